use claviger_core::{CallContext, KeyRef, Reason};
use claviger_keys::{DescribeKey, GetPublicKey, SetVersionEnabled};
use claviger_objects::{ActivateObject, CreateObject, DestroyObject, GetObject, RevokeObject, UpdateObject};
use claviger_ports::KeyReads;
use claviger_testkit::TestService;
use claviger_types::{KeySpec, KeyUsage, ObjectId, ObjectKind, ObjectRevocation, ObjectState, VersionNumber};

use crate::make::*;

#[tokio::test]
async fn a_symmetric_key_is_used_while_it_is_active() {
    let t = TestService::new().await;
    let client = t.principal("client", &[CLIENT]).await;
    let made = t.ok(&client, symmetric("a")).await;
    assert!(made.public.is_none());
    let id = made.object.id;
    assert_eq!((made.object.kind, made.object.state), (ObjectKind::SymmetricKey, ObjectState::PreActive));
    assert_eq!(view(&t, &client, id).await.object, made.object, "what is answered is what is stored");
    t.refused(&client, encrypt(id), Reason::KeyState).await;
    t.refused(&client, revoke(id, false), Reason::KeyState).await;

    t.clock.advance(60);
    t.ok(&client, ActivateObject { id }).await;
    t.refused(&client, ActivateObject { id }, Reason::KeyState).await;
    let seen = view(&t, &client, id).await;
    let now = t.service.clock().now();
    assert_eq!((seen.state, seen.object.dates.activation), (ObjectState::Active, Some(now)));
    let sealed = t.ok(&client, encrypt(id)).await;
    assert_eq!(t.ok(&client, decrypt(id, &sealed)).await.plaintext.expose(), b"plaintext");
    t.refused(&client, DestroyObject { id }, Reason::KeyState).await;

    t.clock.advance(60);
    t.ok(&client, revoke(id, false)).await;
    t.refused(&client, revoke(id, false), Reason::KeyState).await;
    let seen = view(&t, &client, id).await;
    let now = t.service.clock().now();
    assert_eq!((seen.state, seen.object.dates.deactivation), (ObjectState::Deactivated, Some(now)));
    assert_eq!(seen.object.revocation, Some(ObjectRevocation { code: 6, message: Some("why".into()) }));
    t.refused(&client, encrypt(id), Reason::KeyState).await;
    t.ok(&client, decrypt(id, &sealed)).await;
    // No other front may bring it back.
    let enable =
        SetVersionEnabled { key: KeyRef::id(id.key()), version: VersionNumber::FIRST, enabled: true };
    t.refused(&t.admin, enable, Reason::KeyState).await;

    t.ok(&client, revoke(id, true)).await;
    t.refused(&client, decrypt(id, &sealed), Reason::KeyState).await;
    assert_eq!(view(&t, &client, id).await.state, ObjectState::Compromised);
}

#[tokio::test]
async fn a_pair_lives_in_two_halves() {
    let t = TestService::new().await;
    let client = t.principal("client", &[CLIENT]).await;
    let made = t.ok(&client, pair("a")).await;
    let (private, public) = (made.object, made.public.unwrap());
    assert_eq!((private.kind, public.kind), (ObjectKind::PrivateKey, ObjectKind::PublicKey));
    assert_eq!((public.id.key(), public.id.is_public_half()), (private.id.key(), true));
    assert!(public.extractable && !private.extractable);
    // Clients fetch the public half before anything is activated.
    t.ok(&client, GetObject { id: public.id, wrap: None }).await;
    t.refused(&client, sign(private.id), Reason::KeyState).await;
    t.ok(&client, ActivateObject { id: private.id }).await;
    let signature = t.ok(&client, sign(private.id)).await.signature;
    t.refused(&client, verify(public.id, &signature), Reason::KeyState).await;
    t.ok(&client, ActivateObject { id: public.id }).await;
    t.ok(&client, verify(public.id, &signature)).await;

    // The halves end apart.
    t.ok(&client, revoke(public.id, false)).await;
    t.ok(&client, sign(private.id)).await;
    t.ok(&client, verify(public.id, &signature)).await;
    t.ok(&client, revoke(public.id, true)).await;
    t.refused(&client, verify(public.id, &signature), Reason::KeyState).await;
    t.ok(&client, sign(private.id)).await;
}

#[tokio::test]
async fn the_usage_mask_restricts() {
    let t = TestService::new().await;
    let (private, public) = active_pair(&t, &t.admin, "a").await;
    let signature = t.ok(&t.admin, sign(private)).await.signature;
    // It would be the private key that signs.
    t.refused(&t.admin, sign(public), Reason::InvalidKeyUsage).await;
    t.refused(&t.admin, verify(private, &signature), Reason::InvalidKeyUsage).await;
    let mut only = active(&t, symmetric("b"));
    only.object.usage_mask = DECRYPT;
    let id = t.ok(&t.admin, only).await.object.id;
    t.refused(&t.admin, encrypt(id), Reason::InvalidKeyUsage).await;
    let mut macs = active(&t, symmetric("c"));
    (macs.spec, macs.usage, macs.object.usage_mask) = (KeySpec::Hmac256, KeyUsage::Mac, MAC);
    let id = t.ok(&t.admin, macs).await.object.id;
    t.ok(&t.admin, mac(id)).await;
    t.refused(&t.admin, encrypt(id), Reason::InvalidKeyUsage).await;
}

#[tokio::test]
async fn what_was_compromised_may_do_nothing() {
    let t = TestService::new().await;
    for is_active in [false, true] {
        let (private, public) = match is_active {
            true => active_pair(&t, &t.admin, "a").await,
            false => {
                let made = t.ok(&t.admin, pair("a")).await;
                (made.object.id, made.public.unwrap().id)
            }
        };
        let occurred = t.service.clock().now().plus_secs(-100);
        let revoke = RevokeObject { occurred: Some(occurred), ..revoke(private, true) };
        t.ok(&t.admin, revoke).await;
        let seen = view(&t, &t.admin, private).await;
        assert_eq!(seen.state, ObjectState::Compromised);
        assert_eq!(seen.object.dates.compromise_occurrence, Some(occurred));
        assert_eq!(seen.object.dates.compromise, Some(t.service.clock().now()));
        t.refused(&t.admin, sign(private), Reason::KeyState).await;
        t.refused(&t.admin, verify(public, b"x"), Reason::KeyState).await;
        t.refused(&t.admin, ActivateObject { id: private }, Reason::KeyState).await;
        t.ok(&t.admin, DestroyObject { id: private }).await;
        assert_eq!(view(&t, &t.admin, private).await.state, ObjectState::DestroyedCompromised);
    }
}

#[tokio::test]
async fn destruction_takes_the_key_from_every_front() {
    let t = TestService::new().await;
    let client = t.principal("client", &[CLIENT]).await;
    let made = t.ok(&client, pair("a")).await;
    let (private, public) = (made.object.id, made.public.unwrap().id);
    let key = || KeyRef::id(private.key());
    t.ok(&client, DestroyObject { id: private }).await;
    t.refused(&t.admin, DescribeKey { key: key() }, Reason::NotFound).await;
    t.refused(&t.admin, GetPublicKey { key: key(), version: None }, Reason::NotFound).await;
    t.refused(&t.admin, sign(private), Reason::NotFound).await;
    let record = t.store.key(private.key()).await.unwrap().unwrap();
    assert!(record.versions.iter().all(|version| version.handle.is_none()));
    // What is left can be described, by nobody else, and nothing more can be done with it.
    for id in [private, public] {
        let seen = view(&t, &client, id).await;
        assert_eq!((seen.state, seen.key.is_none()), (ObjectState::Destroyed, true));
        assert_eq!(seen.object.state, ObjectState::Destroyed);
        assert_eq!(seen.object.dates.destroy, Some(t.service.clock().now()));
        t.refused(&client, DestroyObject { id }, Reason::KeyState).await;
        t.refused(&client, ActivateObject { id }, Reason::KeyState).await;
        t.refused(&client, revoke(id, true), Reason::KeyState).await;
        t.refused(&client, GetObject { id, wrap: None }, Reason::KeyState).await;
    }
}

#[tokio::test]
async fn a_public_half_goes_alone() {
    let t = TestService::new().await;
    let made = t.ok(&t.admin, pair("a")).await;
    let (private, public) = (made.object.id, made.public.unwrap().id);
    t.ok(&t.admin, DestroyObject { id: public }).await;
    t.refused(&t.admin, GetObject { id: public, wrap: None }, Reason::KeyState).await;
    t.refused(&t.admin, DestroyObject { id: public }, Reason::KeyState).await;
    t.ok(&t.admin, ActivateObject { id: private }).await;
    t.ok(&t.admin, sign(private)).await;
    t.refused(&t.admin, verify(public, b"x"), Reason::KeyState).await;
    t.ok(&t.admin, revoke(private, false)).await;
    t.ok(&t.admin, DestroyObject { id: private }).await;
    assert_eq!(view(&t, &t.admin, public).await.state, ObjectState::Destroyed);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let t = TestService::new().await;
    let (none, empty, long) = (vec![], vec!["".into()], vec!["x".repeat(1025).into()]);
    let many = vec!["x".into(); 33];
    for names in [empty, long, many] {
        let mut create = symmetric("a");
        create.object.names = names.into();
        t.refused(&t.admin, create, Reason::InvalidRequest).await;
    }
    let mut nameless = symmetric("a");
    nameless.object.names = none.into();
    t.ok(&t.admin, nameless).await;
    let half = Some(new_object("p", 0));
    t.refused(&t.admin, CreateObject { public: half, ..symmetric("a") }, Reason::InvalidRequest).await;
    let mut large = symmetric("a");
    large.object.attributes = vec![0; (64 << 10) + 1].into();
    t.refused(&t.admin, large, Reason::InvalidRequest).await;
    let mut backwards = active(&t, symmetric("a"));
    backwards.object.deactivation = Some(t.service.clock().now().plus_secs(-1));
    t.refused(&t.admin, backwards, Reason::InvalidRequest).await;
    let id = active_symmetric(&t, &t.admin, "a").await;
    let mut wordy = revoke(id, false);
    wordy.reason.message = Some("x".repeat(4097).into());
    t.refused(&t.admin, wordy, Reason::InvalidRequest).await;
    let nobody = ObjectId::from_random([9; 16]);
    t.refused(&t.admin, DestroyObject { id: nobody }, Reason::NotFound).await;
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let t = TestService::new().await;
    let dry = || CallContext { dry_run: true, ..t.context(&t.admin) };
    let made = t.call_as(dry(), symmetric("a")).await.unwrap_err();
    assert_eq!(made.reason(), Reason::DryRun);
    let id = t.ok(&t.admin, symmetric("a")).await.object.id;
    let before = view(&t, &t.admin, id).await;
    let object = new_object("b", 0);
    let revision = before.object.revision;
    let errors = [
        t.call_as(dry(), ActivateObject { id }).await.unwrap_err(),
        t.call_as(dry(), revoke(id, true)).await.unwrap_err(),
        t.call_as(dry(), DestroyObject { id }).await.unwrap_err(),
        t.call_as(dry(), UpdateObject { id, revision, object }).await.map(drop).unwrap_err(),
    ];
    assert!(errors.iter().all(|error| error.reason() == Reason::DryRun), "{errors:?}");
    let after = view(&t, &t.admin, id).await;
    assert_eq!((after.object, after.state), (before.object, before.state));
}

#[tokio::test]
async fn a_pair_may_go_without_a_record_of_its_public_half() {
    let t = TestService::new().await;
    let made = t.ok(&t.admin, CreateObject { public: None, ..active(&t, pair("a")) }).await;
    let private = made.object;
    let public = ObjectId::of_public_half(private.id.key());
    assert_eq!(private.kind, ObjectKind::PrivateKey);
    let signature = t.ok(&t.admin, sign(private.id)).await.signature;
    t.ok(&t.admin, verify(public, &signature)).await;
    t.ok(&t.admin, GetObject { id: public, wrap: None }).await;
    t.ok(&t.admin, revoke(private.id, false)).await;
    t.ok(&t.admin, DestroyObject { id: private.id }).await;
    t.refused(&t.admin, GetObject { id: public, wrap: None }, Reason::NotFound).await;
}

/// That each call leaves one outcome is checked with every call.
#[tokio::test]
async fn records_name_the_object() {
    let t = TestService::new().await;
    let made = t.ok(&t.admin, pair("a")).await;
    let (private, public) = (made.object.id, made.public.unwrap().id);
    t.ok(&t.admin, revoke(private, true)).await;
    t.ok(&t.admin, DestroyObject { id: public }).await;
    let last = |operation: &str, phase: &str| {
        let records = t.log.records();
        let found = records.iter().rev().find(|r| r["operation"] == operation && r["phase"] == phase);
        found.unwrap_or_else(|| panic!("no {phase} of {operation}")).clone()
    };
    assert_eq!(last("CreateObject", "outcome")["keys"][0]["key"], private.to_string());
    for phase in ["intent", "outcome"] {
        let record = last("RevokeObject", phase);
        assert_eq!(record["params"]["object"], private.to_string());
        assert_eq!(record["params"]["compromised"], true);
        assert_eq!(record["keys"][0]["key"], private.to_string());
        let record = last("DestroyObject", phase);
        assert_eq!(record["params"]["object"], public.to_string());
    }
    let registered = t.ok(&t.admin, secret("s", b"value")).await.id;
    assert_eq!(last("RegisterObject", "outcome")["object"], registered.to_string());
}
