use std::collections::HashSet;

use claviger_ports::{OutcomeReads, StoreError};
use claviger_types::{RootKeyGeneration, Sealed};

use super::memory_store::{FixedClock, MemoryStore};
use super::*;
use crate::seal::{AllResealed, ResealError, ResealStep, State, reseal_all, root::RootKey};

/// A seal with generations 1 and 2, and one that has only generation 1.
fn seals() -> (Seal, Seal) {
    let key = |generation: u8| {
        let mut bytes = [generation; 32];
        RootKey::new(RootKeyGeneration(generation.into()), claviger_types::SecretKey::take(&mut bytes))
    };
    let both = State { header_tag: [0; 32], current: key(2).into(), retired: vec![key(1).into()] };
    let before = State { header_tag: [0; 32], current: key(1).into(), retired: vec![] };
    (Seal::new(both), Seal::new(before))
}

fn filled(before: &Seal, rows: usize) -> MemoryStore {
    let (store, random) = (MemoryStore::new(), Sequence::new());
    for n in 0..rows {
        let place = place(&n.to_string());
        store.put(&place, before.seal(&place, &secret(&n.to_string()), &random).unwrap());
    }
    store
}

async fn run(store: &MemoryStore, seal: &Seal) -> (Result<AllResealed, ResealError>, Vec<ResealStep>) {
    let mut steps = Vec::new();
    let random = Sequence::new();
    let result = reseal_all(store, seal, &random, &FixedClock(NOW), &mut |step| steps.push(step)).await;
    (result, steps)
}

#[track_caller]
fn check_all_new(store: &MemoryStore, seal: &Seal, rows: usize) {
    for n in 0..rows {
        let sealed = store.get(&place(&n.to_string()));
        assert_eq!(sealed.generation, RootKeyGeneration(2));
        assert!(seal.open(&place(&n.to_string()), &sealed).unwrap().ct_eq(n.to_string().as_bytes()));
    }
}

#[tokio::test]
async fn encrypts_everything_anew_and_reports_every_place_once() {
    let (seal, before) = seals();
    let store = filled(&before, 600);
    let (result, steps) = run(&store, &seal).await;
    let done = result.unwrap();
    assert_eq!((done.generation(), done.observed()), (RootKeyGeneration(2), NOW));
    check_all_new(&store, &seal, 600);
    assert_eq!(steps.iter().map(|step| step.places.len()).collect::<Vec<_>>(), [256, 256, 88]);
    assert_eq!(steps.iter().flat_map(|step| &step.places).collect::<HashSet<_>>().len(), 600);
    assert_eq!(steps.iter().map(|step| step.outcome).collect::<Vec<_>>(), store.outcomes().await.unwrap());

    let (result, steps) = run(&store, &seal).await;
    assert!(result.is_ok() && steps.is_empty());
}

#[tokio::test]
async fn goes_on_where_it_stopped() {
    let (seal, before) = seals();
    let store = filled(&before, 600).before_commit(|number, _| match number {
        2 => Err(StoreError::Unavailable("disk full".into())),
        _ => Ok(()),
    });
    let (result, steps) = run(&store, &seal).await;
    assert!(matches!(result, Err(ResealError::Store(StoreError::Unavailable(_)))));
    assert_eq!(steps.len(), 1);
    let (result, steps) = run(&store, &seal).await;
    assert!(result.is_ok());
    assert_eq!(steps.iter().map(|step| step.places.len()).sum::<usize>(), 600 - 256);
    check_all_new(&store, &seal, 600);
}

#[tokio::test]
async fn never_overwrites_what_others_changed_meanwhile() {
    let (seal, before) = seals();
    let newer = seal.seal(&place("0"), &secret("newer"), &Sequence::new()).unwrap();
    let older = before.seal(&place("1"), &secret("1"), &Sequence::new()).unwrap();
    let expected = newer.clone();
    let store = filled(&before, 20).before_commit(move |number, store| {
        match number {
            1 => store.put(&place("0"), newer.clone()),
            2 => store.put(&place("1"), older.clone()),
            3 => store.remove(&place("2")),
            _ => {}
        }
        Ok(())
    });
    assert!(run(&store, &seal).await.0.is_ok());
    assert!(store.get(&place("0")) == expected);
    for n in [1, 3, 19] {
        let sealed = store.get(&place(&n.to_string()));
        assert!(seal.open(&place(&n.to_string()), &sealed).unwrap().ct_eq(n.to_string().as_bytes()));
    }
}

#[tokio::test]
async fn gives_up_when_others_are_always_faster() {
    let (seal, before) = seals();
    let store =
        filled(&before, 3).before_commit(|_, _| Err(StoreError::Conflict("somebody is always faster")));
    assert!(matches!(run(&store, &seal).await.0, Err(ResealError::Contended)));
}

#[tokio::test]
async fn what_does_not_open_is_named_and_holds_up_nothing_else() {
    let (seal, before) = seals();
    let store = MemoryStore::new();
    let good = filled(&before, 3);
    let moved = before.seal(&place("elsewhere"), &secret("x"), &Sequence::new()).unwrap();
    for n in 0..600 {
        store.put(&place(&format!("bad {n}")), moved.clone());
    }
    let future = Sealed { generation: RootKeyGeneration(9), ..moved };
    store.put(&place("future"), future);
    for n in 0..3 {
        store.put(&place(&n.to_string()), good.get(&place(&n.to_string())));
    }
    let (result, _) = run(&store, &seal).await;
    let Err(ResealError::Unopenable(places)) = result else { panic!("{result:?}") };
    assert_eq!(places.iter().collect::<HashSet<_>>().len(), 601);
    check_all_new(&store, &seal, 3);
}
