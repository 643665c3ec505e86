use claviger_types::RootKeyGeneration;

use super::memory_store::{FixedClock, MemoryStore};
use super::*;
use crate::seal::{
    AllResealed, GRACE_SECS, HeaderChange, SealError, SlotId, add_slot, begin_rotation, finish_not_before,
    finish_rotation, reseal_all,
};

struct Installation {
    random: Sequence,
    header: Header,
    seal: Seal,
    store: MemoryHeader,
}

/// A passphrase slot and a key file slot.
fn two_slots() -> Installation {
    let random = Sequence::new();
    let (header, seal, store) = fresh(&random, &passphrase("first"));
    let (change, _) = add_slot(&seal, &header, &key_file(1), label("file"), &random, NOW).unwrap();
    let header = change.commit(&store, &seal).unwrap();
    Installation { random, header, seal, store }
}

impl Installation {
    fn begin(&self, keep: &[&dyn KeyslotKind], drop: &[SlotId]) -> Result<HeaderChange, HeaderError> {
        begin_rotation(&self.seal, &self.header, keep, drop, &self.random, NOW)
    }

    fn commit(&mut self, change: HeaderChange) {
        self.header = change.commit(&self.store, &self.seal).unwrap();
    }

    /// As after a crash: nothing but what is on disk.
    fn restart(&mut self, lock: &dyn KeyslotKind) {
        self.header = self.store.reopen();
        self.seal = check_opens(&self.header, lock);
    }

    async fn reseal(&self, rows: &MemoryStore, now: Timestamp) -> AllResealed {
        reseal_all(rows, &self.seal, &self.random, &FixedClock(now), &mut |_| {}).await.unwrap()
    }
}

#[test]
fn both_generations_open_and_the_new_one_seals() {
    let mut it = two_slots();
    let old = it.seal.seal(&place("a"), &secret("old"), &it.random).unwrap();
    let change = it.begin(&[&passphrase("first"), &key_file(1)], &[]).unwrap();
    assert_eq!(it.seal.current(), RootKeyGeneration(1), "nothing is in use before it is on disk");
    it.commit(change);
    assert_eq!(it.seal.current(), RootKeyGeneration(2));
    let new = it.seal.seal(&place("a"), &secret("new"), &it.random).unwrap();
    assert_eq!(new.generation, RootKeyGeneration(2));
    assert_eq!(it.header.retired().collect::<Vec<_>>(), [RootKeyGeneration(1)]);

    for lock in [&passphrase("first") as &dyn KeyslotKind, &key_file(1)] {
        it.restart(lock);
        assert!(it.seal.open(&place("a"), &old).unwrap().ct_eq(b"old"));
        assert!(it.seal.open(&place("a"), &new).unwrap().ct_eq(b"new"));
    }
}

#[test]
fn every_slot_must_be_kept_or_dropped() {
    let it = two_slots();
    let [first, file] = [it.header.slots()[0].id, it.header.slots()[1].id];
    let right = passphrase("first");
    check_error(it.begin(&[&right], &[]), "SlotNotOpened");
    check_error(it.begin(&[&right, &key_file(2)], &[]), "SlotNotOpened");
    check_error(it.begin(&[&passphrase("wrong"), &key_file(1)], &[]), "SlotNotOpened");
    check_error(it.begin(&[], &[first, file]), "LastSlot");
    let unknown = "00000000".parse().unwrap();
    check_error(it.begin(&[&right, &key_file(1)], &[unknown]), "NoSuchSlot");
    assert!(it.begin(&[&right], &[file]).is_ok());
    assert!(it.begin(&[&key_file(1)], &[first]).is_ok());

    let Err(error) = it.begin(&[&right], &[]) else { panic!("began") };
    let text = error.to_string();
    assert!(text.contains(&file.to_string()) && text.contains("key-file, \"file\""), "{text}");
    assert_eq!(it.store.reopen(), it.header);
}

#[test]
fn whoever_kept_the_old_root_key_or_header_cannot_open_the_new_one() {
    let mut it = two_slots();
    let dropped = it.header.slots()[0].id;
    let old_header = it.header.clone();
    let leaked = check_opens(&old_header, &passphrase("first"));
    let change = it.begin(&[&key_file(1)], &[dropped]).unwrap();
    it.commit(change);
    let sealed = it.seal.seal(&place("a"), &secret("new"), &it.random).unwrap();
    assert_eq!(
        leaked.open(&place("a"), &sealed).err(),
        Some(SealError::UnknownGeneration(RootKeyGeneration(2)))
    );
    check_error(unlock(&it.header, &[&passphrase("first")]), "NoSlotOfKind");
    let mut patched = it.header.clone();
    patched.slots.push(old_header.slots[0].clone());
    check_error(unlock(&patched, &[&passphrase("first")]), "Tampered");
}

#[test]
fn a_kept_slot_costs_what_it_did() {
    let random = Sequence::new();
    let cost = Argon2Cost::new(32, 2, 2).unwrap();
    let plain = || Passphrase::new(secret("first")).unwrap();
    let (header, seal, store) = fresh(&random, &plain().with_cost(cost));
    let costs = |header: &Header| -> Vec<String> {
        let body = &header.slots()[0].body.parameters;
        ["memory_kib", "passes", "lanes"].map(|name| body[name].to_string()).to_vec()
    };
    let change = begin_rotation(&seal, &header, &[&plain()], &[], &random, NOW).unwrap();
    let kept = change.commit(&store, &seal).unwrap();
    assert_eq!(costs(&kept), ["32", "2", "2"]);
    let cheaper = plain().with_cost(cheap());
    let change = begin_rotation(&seal, &kept, &[&cheaper], &[], &random, NOW).unwrap();
    assert_eq!(costs(change.header()), ["8", "1", "1"]);
    assert_eq!(change.header().slots()[0].id, header.slots()[0].id);
    assert_eq!(change.header().slots()[0].created, header.slots()[0].created);
}

#[test]
fn a_rotation_that_cannot_be_stored_is_not_used() {
    let mut it = two_slots();
    let keep: [&dyn KeyslotKind; 2] = [&passphrase("first"), &key_file(1)];
    let change = it.begin(&keep, &[]).unwrap();
    it.store.fails.store(true, Ordering::Relaxed);
    check_error(change.commit(&it.store, &it.seal), "Store");
    assert_eq!(it.seal.current(), RootKeyGeneration(1));
    it.store.fails.store(false, Ordering::Relaxed);
    let change = it.begin(&keep, &[]).unwrap();
    it.commit(change);
    it.restart(&key_file(1));
    assert_eq!(it.seal.current(), RootKeyGeneration(2));
}

#[test]
fn of_two_rotations_at_once_the_second_is_refused() {
    let mut it = two_slots();
    let keep: [&dyn KeyslotKind; 2] = [&passphrase("first"), &key_file(1)];
    let (one, other) = (it.begin(&keep, &[]).unwrap(), it.begin(&keep, &[]).unwrap());
    it.commit(one);
    let sealed = it.seal.seal(&place("a"), &secret("new"), &it.random).unwrap();
    check_error(other.commit(&it.store, &it.seal), "Stale");
    it.restart(&key_file(1));
    assert!(it.seal.open(&place("a"), &sealed).is_ok());
}

#[tokio::test]
async fn finishes_after_a_crash_at_every_step() {
    let mut it = two_slots();
    let rows = MemoryStore::new();
    for n in 0..10 {
        let place = place(&n.to_string());
        rows.put(&place, it.seal.seal(&place, &secret(&format!("content {n}")), &it.random).unwrap());
    }
    let change = it.begin(&[&passphrase("first"), &key_file(1)], &[]).unwrap();
    it.commit(change);
    it.restart(&passphrase("first"));

    let early = it.reseal(&rows, NOW).await;
    let not_before = finish_not_before(&it.header).unwrap();
    assert!(not_before >= NOW.plus_secs(GRACE_SECS));
    check_error(finish_rotation(&it.seal, &it.header, &early), "TooSoon");
    it.restart(&key_file(1));

    let done = it.reseal(&rows, not_before).await;
    assert_eq!((done.generation(), done.observed()), (RootKeyGeneration(2), not_before));
    let change = finish_rotation(&it.seal, &it.header, &done).unwrap();
    it.restart(&key_file(1));
    assert_eq!(it.header.retired().count(), 1, "not committed, so not finished");
    it.commit(change);
    for restarted in [false, true] {
        if restarted {
            it.restart(&passphrase("first"));
        }
        assert_eq!(it.header.retired().count(), 0);
        for n in 0..10 {
            let (place, expected) = (place(&n.to_string()), format!("content {n}"));
            assert!(it.seal.open(&place, &rows.get(&place)).unwrap().ct_eq(expected.as_bytes()));
        }
    }
    check_error(finish_rotation(&it.seal, &it.header, &done), "NoRotation");
}

#[tokio::test]
async fn the_old_key_is_gone_after_the_end() {
    let mut it = two_slots();
    let old = it.seal.seal(&place("a"), &secret("old"), &it.random).unwrap();
    let change = it.begin(&[&passphrase("first"), &key_file(1)], &[]).unwrap();
    it.commit(change);
    let done = it.reseal(&MemoryStore::new(), finish_not_before(&it.header).unwrap()).await;
    let change = finish_rotation(&it.seal, &it.header, &done).unwrap();
    it.commit(change);
    let unknown = Some(SealError::UnknownGeneration(RootKeyGeneration(1)));
    assert_eq!(it.seal.open(&place("a"), &old).err(), unknown);
    it.restart(&key_file(1));
    assert_eq!(it.seal.open(&place("a"), &old).err(), unknown);
}

#[tokio::test]
async fn a_rotation_within_a_rotation_keeps_every_key_until_the_end() {
    let mut it = two_slots();
    let keep: [&dyn KeyslotKind; 2] = [&passphrase("first"), &key_file(1)];
    let rows = MemoryStore::new();
    let mut proof = None;
    for n in 1..=3 {
        let place = place(&n.to_string());
        rows.put(&place, it.seal.seal(&place, &secret("content"), &it.random).unwrap());
        if n == 2 {
            proof = Some(it.reseal(&MemoryStore::new(), NOW.plus_secs(1_000_000)).await);
        }
        let change = it.begin(&keep, &[]).unwrap();
        it.commit(change);
    }
    it.restart(&key_file(1));
    assert_eq!(it.header.retired().map(|g| g.0).collect::<Vec<_>>(), [1, 2, 3]);
    check_error(finish_rotation(&it.seal, &it.header, &proof.unwrap()), "StillNeeded");
    let done = it.reseal(&rows, finish_not_before(&it.header).unwrap()).await;
    let change = finish_rotation(&it.seal, &it.header, &done).unwrap();
    it.commit(change);
    for n in 1..=3 {
        let place = place(&n.to_string());
        assert!(it.seal.open(&place, &rows.get(&place)).unwrap().ct_eq(b"content"));
    }
}

#[test]
fn rotations_that_are_never_finished_come_to_an_end() {
    let mut it = two_slots();
    let keep: [&dyn KeyslotKind; 2] = [&passphrase("first"), &key_file(1)];
    for _ in 0..8 {
        let change = it.begin(&keep, &[]).unwrap();
        it.commit(change);
        it.restart(&key_file(1));
    }
    check_error(it.begin(&keep, &[]), "TooMany");
}
