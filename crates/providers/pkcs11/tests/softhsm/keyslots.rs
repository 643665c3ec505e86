//! Root keys locked with keys of the token.

use std::sync::Arc;

use claviger_ports::{KeyslotDevice, KeyslotError, KeyslotKind, Provider, ProviderState, SlotBody};
use claviger_provider_pkcs11::{Config, Pin, Pkcs11Keyslots, TokenMatch};
use claviger_testkit::SeededRandom;
use claviger_types::{KeySpec, KeyUsage, SecretBytes, SecretKey};

use crate::{shim::Shim, token::SoftHsm};

const BINDING: &[u8] = b"installation, slot and generation";

fn device(config: Config) -> Pkcs11Keyslots {
    Pkcs11Keyslots::new("hsm".parse().unwrap(), Arc::new(config))
}

fn slots(config: Config) -> Box<dyn KeyslotKind> {
    device(config).keyslots(None).unwrap()
}

fn named(config: Config, uri: &str) -> Box<dyn KeyslotKind> {
    device(config).keyslots(Some(uri)).unwrap()
}

fn root(byte: u8) -> SecretKey {
    SecretKey::take(&mut [byte; 32])
}

fn lock(kind: &dyn KeyslotKind, seed: u64) -> SlotBody {
    kind.lock(&root(7), BINDING, None, &SeededRandom::new(seed)).unwrap()
}

#[track_caller]
fn opens(kind: &dyn KeyslotKind, body: &SlotBody, expected: u8) {
    let opened = kind.open(body, BINDING).unwrap();
    assert_eq!(opened.expose(), root(expected).expose());
}

#[track_caller]
fn refused(kind: &dyn KeyslotKind, body: &SlotBody, binding: &[u8], expected: &KeyslotError) {
    assert_eq!(kind.open(body, binding).err().as_ref(), Some(expected));
}

/// What is away, and why.
#[track_caller]
fn away(result: Result<impl Sized, KeyslotError>, expected: &str) {
    match result.err() {
        Some(KeyslotError::Unavailable(reason)) => assert!(reason.contains(expected), "{reason}"),
        other => panic!("it is {other:?}"),
    }
}

fn text<'a>(body: &'a SlotBody, name: &str) -> &'a str {
    body.parameters.get(name).unwrap()
}

fn changed(body: &SlotBody, change: impl FnOnce(&mut SlotBody)) -> SlotBody {
    let mut changed = body.clone();
    change(&mut changed);
    changed
}

fn check_slots(shim: &Shim, mechanism: &str) {
    let kind = slots(shim.config());
    let body = lock(&*kind, 1);
    assert_eq!((kind.kind(), text(&body, "mechanism")), ("pkcs11", mechanism));
    assert!(text(&body, "token").starts_with("pkcs11:token=test;serial="), "{}", text(&body, "token"));
    opens(&*kind, &body, 7);
    opens(&*slots(shim.config()), &body, 7);
    refused(&*kind, &body, b"another slot", &KeyslotError::Altered);
    for place in 0..body.wrapped.len() {
        // Every byte costs a worker: the borders of the fields are enough.
        if [0, 12, 16, 48, 72, body.wrapped.len() - 1].contains(&place) {
            let other = changed(&body, |body| *body.wrapped.get_mut(place).unwrap() ^= 1);
            refused(&*kind, &other, BINDING, &KeyslotError::Altered);
        }
    }
    refused(&*kind, &changed(&body, |body| body.wrapped = [].into()), BINDING, &KeyslotError::Altered);
    // What was locked with another key.
    let second = lock(&*kind, 2);
    assert_ne!(text(&body, "key-id"), text(&second, "key-id"));
    let other = changed(&body, |body| {
        body.parameters.insert("key-id".into(), text(&second, "key-id").into());
    });
    refused(&*kind, &other, BINDING, &KeyslotError::WrongSecret);
    let other = changed(&body, |body| {
        body.parameters.insert("key-id".into(), "00".into());
    });
    refused(&*kind, &other, BINDING, &KeyslotError::WrongSecret);
    // A slot that is locked anew keeps its key.
    let anew = kind.lock(&root(8), BINDING, Some(&body), &SeededRandom::new(3)).unwrap();
    assert_eq!(text(&anew, "key-id"), text(&body, "key-id"));
    opens(&*kind, &anew, 8);
}

#[test]
fn a_slot_opens_with_its_token_only() {
    check_slots(&Shim::new(), "aes-256-gcm");
}

#[test]
fn a_token_without_gcm_locks_slots_with_cbc() {
    let shim = Shim::new();
    shim.set("no-gcm", "");
    check_slots(&shim, "aes-256-cbc+xaes-256-gcm");
}

#[test]
fn a_key_that_locks_nothing_does_not_stay() {
    let shim = Shim::new();
    shim.set("no-gcm", "");
    shim.set("no-cbc", "");
    let kind = slots(shim.config());
    away(kind.lock(&root(7), BINDING, None, &SeededRandom::new(1)), "neither AES-GCM nor AES-CBC");
    shim.unset("no-gcm");
    away(
        named(shim.config(), "pkcs11:object=claviger%20keyslot").lock(
            &root(7),
            BINDING,
            None,
            &SeededRandom::new(1),
        ),
        "is not on the token",
    );
}

#[test]
fn another_token_is_a_wrong_one_and_one_that_is_away_is_told() {
    let hsm = SoftHsm::new();
    let body = lock(&*slots(hsm.config()), 1);
    hsm.init("other");
    let labelled = |label: &str| {
        let mut config = hsm.config();
        config.token = TokenMatch { label: Some(label.to_owned()), ..TokenMatch::default() };
        slots(config)
    };
    refused(&*labelled("other"), &body, BINDING, &KeyslotError::WrongSecret);
    away(labelled("none").open(&body, BINDING), "no token is there");
    opens(&*labelled("test"), &body, 7);
}

#[test]
fn a_wrong_pin_is_tried_once() {
    let shim = Shim::new();
    let body = lock(&*slots(shim.config()), 1);
    assert_eq!(shim.count("logins"), 1);
    let wrong = || {
        let mut config = shim.config();
        config.pin = Pin::Given(SecretBytes::new(b"9999".to_vec()));
        slots(config)
    };
    away(wrong().open(&body, BINDING), "correct it, then remove");
    for kind in [wrong(), slots(shim.config())] {
        away(kind.open(&body, BINDING), "a login failed");
        away(kind.lock(&root(7), BINDING, None, &SeededRandom::new(2)), "a login failed");
    }
    assert_eq!(shim.count("logins"), 2);
    claviger_provider_pkcs11::Pkcs11Provider::clear_pin_latch(&shim.hsm.latch()).unwrap();
    opens(&*slots(shim.config()), &body, 7);
}

#[test]
fn a_module_that_hangs_is_given_up() {
    let shim = Shim::new();
    shim.set("hang-login", "");
    let mut config = shim.config();
    config.deadline = std::time::Duration::from_secs(1);
    away(slots(config).lock(&root(7), BINDING, None, &SeededRandom::new(1)), "a login failed");
    shim.unset("hang-login");
}

/// Keyslots are opened while the provider is used, in whatever thread.
#[tokio::test(flavor = "multi_thread")]
async fn provider_and_keyslots_share_a_token() {
    let shim = Shim::new();
    let config = Arc::new(shim.config());
    let random = Arc::new(SeededRandom::new(9));
    let start = || {
        let name = "hsm".parse().unwrap();
        claviger_provider_pkcs11::Pkcs11Provider::start(name, Arc::clone(&config), random.clone()).unwrap()
    };
    let provider = start();
    let device = Pkcs11Keyslots::new("hsm".parse().unwrap(), Arc::clone(&config));
    let kind = device.keyslots(None).unwrap();
    let body = lock(&*kind, 1);
    assert_eq!(provider.first_state().await, ProviderState::Usable);
    // Both log in again and again.
    for _ in 0..3 {
        let provider = start();
        opens(&*kind, &body, 7);
        assert_eq!(provider.first_state().await, ProviderState::Usable);
    }
    // It is not one of the provider's keys.
    assert!(provider.tagged().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_named_is_used_if_it_is_fit() {
    let hsm = SoftHsm::new();
    let provider = hsm.ready(hsm.config());
    let make = async |spec, usage| {
        let tag = claviger_conformance::provider::tag();
        let made = provider.generate(spec, usage, tag).await.unwrap();
        provider.device_id(&made.handle).unwrap()
    };
    let uri = |id: &str| {
        let id: String =
            id.as_bytes().chunks(2).map(|pair| format!("%{}", std::str::from_utf8(pair).unwrap())).collect();
        format!("pkcs11:id={id}")
    };
    let fit = make(KeySpec::Aes256, KeyUsage::Encrypt).await;
    let kind = named(hsm.config(), &uri(&fit));
    let body = lock(&*kind, 1);
    assert_eq!(text(&body, "key-id"), fit);
    opens(&*slots(hsm.config()), &body, 7);
    let check = |uri: &str, expected: &str| {
        away(named(hsm.config(), uri).lock(&root(7), BINDING, None, &SeededRandom::new(2)), expected);
    };
    check(&uri(&make(KeySpec::Aes128, KeyUsage::RawEncrypt).await), "is not an AES-256 key");
    check(&uri(&make(KeySpec::Hmac256, KeyUsage::Mac).await), "is not an AES-256 key");
    check("pkcs11:object=nobody", "is not on the token");
    // All keys of the provider have one label.
    check("pkcs11:object=claviger", "is not the only one");
    for uri in [
        "",
        "pkcs11:",
        "pkcs11:id=%01;type=private",
        "pkcs11:token=other;id=%01",
        "pkcs11:id=%01?pin-value=1",
    ] {
        assert!(device(hsm.config()).keyslots(Some(uri)).is_err(), "{uri}");
    }
}
