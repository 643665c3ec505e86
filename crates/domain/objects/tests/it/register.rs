use claviger_core::{ProviderChoice, Reason};
use claviger_objects::{ActivateObject, Content, DestroyObject, GetObject, RegisterKey, RegisterObject};
use claviger_ports::{Batch, Change, ObjectReads, Store};
use claviger_testkit::{KEPT_OBJECTS, TestService};
use claviger_types::{
    KeyOrigin, KeySpec, KeyUsage, ManagedObject, ObjectId, ObjectKind, ObjectState, RequestId, Revision,
    SecretBytes,
};

use crate::make::*;

fn aes(material: &[u8]) -> RegisterKey {
    RegisterKey {
        spec: KeySpec::Aes128,
        usage: KeyUsage::RawEncrypt,
        algorithm: None,
        exportable: true,
        provider: ProviderChoice::Default,
        material: SecretBytes::new(material.to_vec()),
        object: new_object("registered", ENCRYPT | DECRYPT),
        public: None,
    }
}

#[tokio::test]
async fn a_key_from_outside_is_used_as_any_other() {
    let t = TestService::new().await;
    let client = t.principal("client", &[CLIENT]).await;
    let id = t.ok(&client, aes(&[7; 16])).await.object.id;
    assert_eq!(view(&t, &client, id).await.key.unwrap().origin, KeyOrigin::Imported);
    t.refused(&client, encrypt(id), Reason::KeyState).await;
    t.ok(&client, ActivateObject { id }).await;
    let sealed = t.ok(&client, encrypt(id)).await;
    t.ok(&client, decrypt(id, &sealed)).await;
    match t.ok(&client, GetObject { id, wrap: None }).await.content {
        Content::Symmetric(material) => assert_eq!(material.expose(), [7; 16]),
        _ => panic!("no symmetric key"),
    }
}

#[tokio::test]
async fn a_pair_from_outside_has_both_halves() {
    let t = TestService::new().await;
    let own = active(&t, pair("a"));
    let own = claviger_objects::CreateObject { exportable: true, ..own };
    let made = t.ok(&t.admin, own).await;
    let Content::Private(material) =
        t.ok(&t.admin, GetObject { id: made.object.id, wrap: None }).await.content
    else {
        panic!("no private key")
    };
    let register = RegisterKey {
        spec: KeySpec::EcP256,
        usage: KeyUsage::Sign,
        exportable: false,
        material,
        object: claviger_objects::NewObject {
            activation: Some(t.service.clock().now()),
            ..new_object("b", SIGN)
        },
        public: Some(new_object("b-public", VERIFY)),
        ..aes(&[])
    };
    let again = t.ok(&t.admin, register).await;
    let signature = t.ok(&t.admin, sign(again.object.id)).await.signature;
    t.ok(&t.admin, verify(made.public.unwrap().id, &signature)).await;
    t.refused(&t.admin, GetObject { id: again.object.id, wrap: None }, Reason::NotExtractable).await;
}

#[tokio::test]
async fn what_is_no_such_key_is_refused() {
    let t = TestService::new().await;
    for material in [&[7; 15][..], &[7; 17], &[]] {
        t.refused(&t.admin, aes(material), Reason::IncorrectKeyMaterial).await;
    }
    let half = RegisterKey { public: Some(new_object("p", 0)), ..aes(&[7; 16]) };
    t.refused(&t.admin, half, Reason::InvalidRequest).await;
    let no_pair = RegisterKey { spec: KeySpec::EcP256, usage: KeyUsage::Sign, ..aes(&[7; 16]) };
    t.refused(&t.admin, no_pair, Reason::IncorrectKeyMaterial).await;
}

#[tokio::test]
async fn secrets_and_other_values_are_kept() {
    let t = TestService::new().await;
    let client = t.principal("client", &[CLIENT]).await;
    for kind in [ObjectKind::SecretData, ObjectKind::OpaqueObject, ObjectKind::Certificate] {
        let made = t.ok(&client, RegisterObject { kind, ..secret("s", b"the value") }).await;
        let id = made.id;
        let seen = view(&t, &client, id).await;
        assert_eq!((&seen.object, seen.key.is_none()), (&made, true));
        let stored = made.value.unwrap();
        assert!(!stored.bytes.windows(9).any(|part| part == b"the value"));
        match t.ok(&client, GetObject { id, wrap: None }).await.content {
            Content::Kept(value) => assert_eq!(value.expose(), b"the value"),
            _ => panic!("not kept"),
        }
        t.ok(&client, ActivateObject { id }).await;
        t.refused(&client, DestroyObject { id }, Reason::KeyState).await;
        t.ok(&client, revoke(id, false)).await;
        t.ok(&client, GetObject { id, wrap: None }).await;
        t.ok(&client, DestroyObject { id }).await;
        let left = view(&t, &client, id).await;
        assert_eq!((left.state, left.object.value), (ObjectState::Destroyed, None));
        t.refused(&client, GetObject { id, wrap: None }, Reason::KeyState).await;
        t.refused(&client, DestroyObject { id }, Reason::KeyState).await;
    }
    let kept_in = RegisterObject { extractable: false, ..secret("s", b"x") };
    let id = t.ok(&client, kept_in).await.id;
    t.refused(&client, GetObject { id, wrap: None }, Reason::NotExtractable).await;
    for len in [0, (1 << 20) + 1] {
        t.refused(&client, secret("s", &vec![1; len]), Reason::InvalidRequest).await;
    }
    let log: String = t.log.records().iter().map(ToString::to_string).collect();
    assert!(!log.contains("the value"));
}

/// Nobody fills the store for all others.
#[tokio::test]
async fn a_project_keeps_only_so_many_values() {
    let t = TestService::new().await;
    let client = t.principal("client", &[CLIENT]).await;
    let first = t.ok(&client, secret("first", b"x")).await;
    let stored = t.store.object(first.id).await.unwrap().unwrap();
    let others = (2..=KEPT_OBJECTS.get()).map(|number| {
        let id = ObjectId::from_random(u128::from(number).to_be_bytes());
        Change::PutObject(ManagedObject { id, revision: Revision::NEW, ..stored.clone() })
    });
    let outcome = RequestId::from_random([7; 16]);
    t.store.commit(Batch { outcome, changes: others.collect() }).await.unwrap();
    t.refused(&client, secret("another", b"x"), Reason::Quota).await;
    // Keys and other projects are no part of it.
    t.ok(&client, aes(&[7; 16])).await;
    let stranger = t.stranger("444455556666", "stranger", &[CLIENT]).await;
    t.ok(&stranger, secret("s", b"x")).await;
    t.ok(&client, DestroyObject { id: first.id }).await;
    t.ok(&client, secret("another", b"x")).await;
    t.refused(&client, secret("one more", b"x"), Reason::Quota).await;
}
