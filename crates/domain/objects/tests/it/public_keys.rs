//! Public keys that are only kept, and check signatures.

use std::sync::Arc;

use claviger_core::{Error, KeyRef, Reason};
use claviger_crypto::PublicKey;
use claviger_keys::Verify;
use claviger_objects::{ActivateObject, DestroyObject, RegisterObject, UseObject, VerifyWithObject};
use claviger_testkit::{ALLOW_ALL, TestService};
use claviger_types::{MessageType, ObjectId, ObjectKind, SecretBytes, SigningAlgorithm};

use crate::make::*;

/// The SubjectPublicKeyInfo of a new pair, and what it has signed.
async fn signed(t: &TestService) -> (Vec<u8>, Vec<u8>) {
    let (private, public) = active_pair(t, &t.admin, "a").await;
    let signature = t.ok(&t.admin, sign(private)).await.signature;
    let spki = view(t, &t.admin, public).await.key.unwrap().public.unwrap();
    (spki.to_vec(), signature)
}

fn public_key(t: &TestService, value: &[u8]) -> RegisterObject {
    let mut register = RegisterObject { kind: ObjectKind::PublicKey, ..secret("p", value) };
    (register.object.usage_mask, register.object.activation) = (VERIFY, Some(t.service.clock().now()));
    register
}

fn check(id: ObjectId, signature: &[u8]) -> VerifyWithObject {
    check_as(id, signature, None)
}

fn check_as(id: ObjectId, signature: &[u8], algorithm: Option<SigningAlgorithm>) -> VerifyWithObject {
    let operation = Verify {
        key: KeyRef::id(id.key()),
        version: None,
        message: b"message".to_vec(),
        message_type: MessageType::Raw,
        signature: signature.to_vec(),
        algorithm,
    };
    VerifyWithObject {
        verify: Arc::new(UseObject { id, mask: VERIFY, processes: true, operation }),
        decode: Arc::new(|value| {
            PublicKey::from_spki_der(value).map_err(|_| Error::new(Reason::InvalidKeyUsage, "No key."))
        }),
    }
}

#[tokio::test]
async fn a_registered_public_key_checks_signatures() {
    let t = TestService::new().await;
    let client = t.principal("client", &[CLIENT]).await;
    let (spki, signature) = signed(&t).await;
    let id = t.ok(&client, public_key(&t, &spki)).await.id;
    t.ok(&client, check(id, &signature)).await;
    t.ok(&client, check_as(id, &signature, Some(SigningAlgorithm::EcdsaSha256))).await;
    for wrong in [&signature[1..], &[], b"no signature at all"] {
        t.refused(&client, check(id, wrong), Reason::InvalidSignature).await;
    }
    let (_, other) = signed(&t).await;
    t.refused(&client, check(id, &other), Reason::InvalidSignature).await;
    for unfit in [SigningAlgorithm::EcdsaSha384, SigningAlgorithm::RsaPssSha256] {
        t.refused(&client, check_as(id, &signature, Some(unfit)), Reason::InvalidKeyUsage).await;
    }
    let record = t.log.records().into_iter().rev().find(|record| record["operation"] == "Verify").unwrap();
    assert_eq!(record["params"]["object"], id.to_string(), "{record}");
}

/// The halves of keys are used as before.
#[tokio::test]
async fn so_does_the_half_of_a_key() {
    let t = TestService::new().await;
    let (private, public) = active_pair(&t, &t.admin, "a").await;
    let signature = t.ok(&t.admin, sign(private)).await.signature;
    t.ok(&t.admin, check(public, &signature)).await;
    t.refused(&t.admin, check(public, b"x"), Reason::InvalidSignature).await;
    t.refused(&t.admin, check(private, &signature), Reason::InvalidKeyUsage).await;
}

#[tokio::test]
async fn its_mask_and_state_are_obeyed() {
    let t = TestService::new().await;
    let (spki, signature) = signed(&t).await;
    let mut unfit = public_key(&t, &spki);
    unfit.object.usage_mask = ENCRYPT;
    let unfit = t.ok(&t.admin, unfit).await.id;
    t.refused(&t.admin, check(unfit, &signature), Reason::InvalidKeyUsage).await;
    let mut waits = public_key(&t, &spki);
    waits.object.activation = None;
    let id = t.ok(&t.admin, waits).await.id;
    t.refused(&t.admin, check(id, &signature), Reason::KeyState).await;
    t.ok(&t.admin, ActivateObject { id }).await;
    t.ok(&t.admin, check(id, &signature)).await;
    // What was signed before may still be checked.
    t.ok(&t.admin, revoke(id, false)).await;
    t.ok(&t.admin, check(id, &signature)).await;
    t.ok(&t.admin, revoke(id, true)).await;
    t.refused(&t.admin, check(id, &signature), Reason::KeyState).await;
    t.ok(&t.admin, DestroyObject { id }).await;
    t.refused(&t.admin, check(id, &signature), Reason::KeyState).await;
}

#[tokio::test]
async fn what_is_no_public_key_checks_nothing() {
    let t = TestService::new().await;
    let (spki, signature) = signed(&t).await;
    let id = t.ok(&t.admin, public_key(&t, b"no key")).await.id;
    t.refused(&t.admin, check(id, &signature), Reason::InvalidKeyUsage).await;
    // Its value is for those who may read it.
    let secret = RegisterObject {
        kind: ObjectKind::SecretData,
        value: SecretBytes::new(spki.clone()),
        ..public_key(&t, &spki)
    };
    let id = t.ok(&t.admin, secret).await.id;
    t.refused(&t.admin, check(id, &signature), Reason::InvalidKeyUsage).await;
}

#[tokio::test]
async fn it_takes_the_permission_to_verify() {
    let t = TestService::new().await;
    let owner = t.principal("owner", &[CLIENT]).await;
    let (spki, signature) = signed(&t).await;
    let id = t.ok(&owner, public_key(&t, &spki)).await.id;
    let allow = |action: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#
        )
    };
    let verifier = t.principal("verifier", &[&allow("kms:Verify")]).await;
    t.ok(&verifier, check(id, &signature)).await;
    let signer = t.principal("signer", &[&allow("kms:Sign")]).await;
    t.refused(&signer, check(id, &signature), Reason::Denied).await;
    // To whom it is not visible it is as if it were not there.
    let absent = ObjectId::from_random([9; 16]);
    let client = t.principal("client", &[CLIENT]).await;
    let stranger = t.stranger("444455556666", "stranger", &[ALLOW_ALL]).await;
    for (caller, reason) in
        [(&client, Reason::NotFound), (&signer, Reason::Denied), (&stranger, Reason::NotFound)]
    {
        for id in [id, absent] {
            t.refused(caller, check(id, &signature), reason).await;
        }
    }
}
