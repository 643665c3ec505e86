//! Keyslots that the server opens.

use std::sync::Arc;

use claviger_ports::{KeyslotDevice, KeyslotError, KeyslotKind, Provider, ProviderError, SlotBody};
use claviger_provider_kmip::{KmipKeyslots, KmipSlot};
use claviger_pykmip::PyKmip;
use claviger_testkit::SeededRandom;
use claviger_types::{KeySpec, KeyUsage, SecretKey};

use crate::server::{config, ready};

const KEY: &str = "key = client.create(enums.CryptographicAlgorithm.AES, 256)
client.activate(key)
print(key)";

fn slot(server: &PyKmip, key: &str) -> KmipSlot {
    KmipSlot::new(Arc::new(config(server)), Some(key.to_owned()), Arc::new(SeededRandom::new(2))).unwrap()
}

fn check(slot: &KmipSlot, body: &SlotBody, binding: &[u8], expected: &KeyslotError) {
    let opened = slot.open(body, binding).map(drop);
    match (&opened, expected) {
        (Err(KeyslotError::Unavailable(_)), KeyslotError::Unavailable(_))
        | (Err(KeyslotError::OutOfBounds(_)), KeyslotError::OutOfBounds(_)) => {}
        (Err(error), expected) => assert_eq!(error, expected),
        (Ok(()), expected) => panic!("it opens, instead of: {expected}"),
    }
}

#[test]
fn a_slot_opens_with_the_server_and_nothing_else() {
    let mut server = PyKmip::start();
    let [key, other] = [KEY, KEY].map(|script| server.client("claviger", script).trim().to_owned());
    let (root, random) = (SecretKey::take(&mut [9; 32]), SeededRandom::new(1));
    let slot = slot(&server, &key);
    assert_eq!(slot.kind(), "kmip");
    let body = slot.lock(&root, b"binding", None, &random).unwrap();
    assert_eq!(body.parameters[SlotBody::KEY_ID].as_ref(), key);
    assert!(!body.wrapped.windows(32).any(|part| part == root.expose()));
    assert_eq!(slot.open(&body, b"binding").unwrap().expose(), root.expose());
    // Its own name counts, whatever is configured for new ones.
    let elsewhere = self::slot(&server, &other);
    assert_eq!(elsewhere.open(&body, b"binding").unwrap().expose(), root.expose());

    check(&slot, &body, b"another", &KeyslotError::Altered);
    let changed = |change: &dyn Fn(&mut SlotBody)| {
        let mut changed = body.clone();
        change(&mut changed);
        changed
    };
    for at in [0, 11, 12, body.wrapped.len() - 1] {
        check(&slot, &changed(&|body| body.wrapped[at] ^= 1), b"binding", &KeyslotError::Altered);
    }
    let with_key = |key: &str| {
        changed(&|body| {
            body.parameters.insert(SlotBody::KEY_ID.into(), key.into());
        })
    };
    // Another key is no sign of tampering, whatever its identifier.
    check(&slot, &with_key(&other), b"binding", &KeyslotError::WrongSecret);
    let unchecked = changed(&|body| drop(body.parameters.remove("check")));
    assert_eq!(slot.open(&unchecked, b"binding").unwrap().expose(), root.expose());
    check(&slot, &unchecked, b"another", &KeyslotError::Altered);
    for text in ["no digits", "00"] {
        let other = changed(&|body| drop(body.parameters.insert("check".into(), text.into())));
        check(&slot, &other, b"binding", &KeyslotError::OutOfBounds(String::new()));
    }
    check(&slot, &with_key("1000"), b"binding", &KeyslotError::WrongSecret);
    check(&slot, &with_key(""), b"binding", &KeyslotError::OutOfBounds(String::new()));
    let short = changed(&|body| body.wrapped = vec![1; 11].into());
    check(&slot, &short, b"binding", &KeyslotError::OutOfBounds(String::new()));
    let empty = changed(&|body| body.wrapped = vec![1; 12].into());
    check(&slot, &empty, b"binding", &KeyslotError::Altered);

    server.stop();
    check(&slot, &body, b"binding", &KeyslotError::Unavailable(String::new()));
    let locked = slot.lock(&root, b"binding", None, &random);
    assert!(matches!(locked, Err(KeyslotError::Unavailable(_))), "{locked:?}");
}

/// Servers that count their keys all have a key 1.
#[test]
fn the_same_identifier_on_another_server_is_another_key() {
    let [server, other] = [PyKmip::start(), PyKmip::start()];
    let [key, same] = [&server, &other].map(|server| server.client("claviger", KEY).trim().to_owned());
    assert_eq!(key, same);
    let root = SecretKey::take(&mut [9; 32]);
    let body = slot(&server, &key).lock(&root, b"binding", None, &SeededRandom::new(1)).unwrap();
    check(&slot(&other, &key), &body, b"binding", &KeyslotError::WrongSecret);
}

#[tokio::test]
async fn a_slot_is_opened_from_within_a_runtime_too() {
    let server = PyKmip::start();
    let key = server.client("claviger", KEY).trim().to_owned();
    let slot = slot(&server, &key);
    let root = SecretKey::take(&mut [9; 32]);
    let body = slot.lock(&root, b"binding", None, &SeededRandom::new(1)).unwrap();
    assert_eq!(slot.open(&body, b"binding").unwrap().expose(), root.expose());
}

#[test]
fn a_key_is_made_for_a_slot_and_kept() {
    let server = PyKmip::start();
    let devices = KmipKeyslots::new(
        "vault".parse().unwrap(),
        Arc::new(config(&server)),
        Arc::new(SeededRandom::new(3)),
    );
    let (root, random) = (SecretKey::take(&mut [9; 32]), SeededRandom::new(1));
    let slots = devices.keyslots(None).unwrap();
    let body = slots.lock(&root, b"binding", None, &random).unwrap();
    let again = slots.lock(&root, b"another", Some(&body), &random).unwrap();
    assert_eq!(again.parameters[SlotBody::KEY_ID], body.parameters[SlotBody::KEY_ID]);
    assert_eq!(slots.open(&again, b"another").unwrap().expose(), root.expose());
    assert!(devices.keyslots(Some("")).is_err());
}

/// Whoever could adopt it as a key of Claviger's could have it destroyed, and with it the way to the root key.
#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_slot_is_no_key_of_the_provider() {
    let server = PyKmip::start();
    let devices = KmipKeyslots::new(
        "vault".parse().unwrap(),
        Arc::new(config(&server)),
        Arc::new(SeededRandom::new(4)),
    );
    let slots = devices.keyslots(None).unwrap();
    let root = SecretKey::take(&mut [9; 32]);
    let body = slots.lock(&root, b"binding", None, &SeededRandom::new(1)).unwrap();
    let id = &body.parameters[SlotBody::KEY_ID];

    let provider = ready(config(&server));
    assert!(provider.tagged().await.unwrap().is_empty(), "a sweep would destroy it");
    let adopt = async |id: &str| provider.adopt(KeySpec::Aes256, KeyUsage::Encrypt, id).await.map(drop);
    adopt(server.client("claviger", KEY).trim()).await.unwrap();
    let adopted = adopt(id).await;
    assert!(matches!(adopted, Err(ProviderError::Rejected)), "{adopted:?}");
}
