use claviger_core::{Caller, Reason};
use claviger_objects::{DestroyObject, LocateObjects, NewObject};
use claviger_ports::ObjectFilter;
use claviger_testkit::{ALLOW_ALL, TestService};
use claviger_types::ObjectId;

use crate::make::*;

async fn located(t: &TestService, by: &Caller, filter: ObjectFilter) -> Vec<ObjectId> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = t.ok(by, LocateObjects { filter: filter.clone(), after, limit: 2 }).await;
        assert!(page.items.len() == 2 || !page.more, "an answer is full unless it is the last");
        found.extend(page.items.iter().map(|view| view.object.id));
        after = found.last().copied();
        if !page.more {
            return found;
        }
    }
}

fn named(name: &str) -> ObjectFilter {
    ObjectFilter { name: Some(name.into()), ..ObjectFilter::default() }
}

fn grouped(group: &str) -> ObjectFilter {
    ObjectFilter { group: Some(group.into()), ..ObjectFilter::default() }
}

fn sorted(mut ids: Vec<ObjectId>) -> Vec<ObjectId> {
    ids.sort();
    ids
}

#[tokio::test]
async fn by_name_and_group() {
    let t = TestService::new().await;
    let (mut twins, mut all) = (Vec::new(), Vec::new());
    for number in 0..5 {
        // Clients make up the same name twice within a second.
        let object = NewObject {
            groups: Box::new([if number % 2 == 0 { "even" } else { "odd" }.into()]),
            ..new_object("twin", ENCRYPT)
        };
        let create = claviger_objects::CreateObject { object, ..symmetric("") };
        twins.push(t.ok(&t.admin, create).await.object.id);
    }
    all.extend(&twins);
    all.push(t.ok(&t.admin, secret("other", b"x")).await.id);
    assert_eq!(located(&t, &t.admin, named("twin")).await, sorted(twins.clone()));
    assert_eq!(located(&t, &t.admin, ObjectFilter::default()).await, sorted(all));
    let even = sorted(vec![twins[0], twins[2], twins[4]]);
    assert_eq!(located(&t, &t.admin, grouped("even")).await, even);
    let both = ObjectFilter { group: Some("odd".into()), ..named("twin") };
    assert_eq!(located(&t, &t.admin, both).await, sorted(vec![twins[1], twins[3]]));
    let neither = ObjectFilter { group: Some("odd".into()), ..named("other") };
    assert!(located(&t, &t.admin, neither).await.is_empty());
    for unknown in [named("twi"), named("TWIN"), grouped("twin"), named("even")] {
        assert!(located(&t, &t.admin, unknown).await.is_empty());
    }
    t.ok(&t.admin, DestroyObject { id: twins[0] }).await;
    assert_eq!(located(&t, &t.admin, named("twin")).await.len(), 4);
    let destroyed = ObjectFilter { destroyed: true, ..named("twin") };
    assert_eq!(located(&t, &t.admin, destroyed).await.len(), 5);
    for limit in [0, 1001] {
        let operation = LocateObjects { filter: ObjectFilter::default(), after: None, limit };
        t.refused(&t.admin, operation, Reason::InvalidRequest).await;
    }
}

/// However much of the others' lies between.
#[tokio::test]
async fn everybody_finds_his_own() {
    let t = TestService::new().await;
    let alice = t.principal("alice", &[CLIENT]).await;
    let bob = t.principal("bob", &[CLIENT]).await;
    let stranger = t.stranger("444455556666", "stranger", &[ALLOW_ALL]).await;
    let (mut alices, mut all) = (Vec::new(), Vec::new());
    for number in 0..140 {
        let by = if number % 35 == 0 { &alice } else { &bob };
        let id = t.ok(by, secret("s", b"x")).await.id;
        all.push(id);
        if number % 35 == 0 {
            alices.push(id);
        }
    }
    alices.push(t.ok(&alice, symmetric("s")).await.object.id);
    all.extend(alices.last());
    assert_eq!(located(&t, &alice, ObjectFilter::default()).await, sorted(alices.clone()));
    assert_eq!(located(&t, &alice, named("s")).await, sorted(alices));
    assert_eq!(located(&t, &t.admin, ObjectFilter::default()).await, sorted(all));
    assert!(located(&t, &stranger, ObjectFilter::default()).await.is_empty());
    let nobody = t.principal("nobody", &[]).await;
    let operation = LocateObjects { filter: ObjectFilter::default(), after: None, limit: 1 };
    t.refused(&nobody, operation, Reason::Denied).await;
}
