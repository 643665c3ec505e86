//! What tests of several operations need.

use claviger_core::{Caller, KeyRef, KeyRefName};
use claviger_testkit::TestService;
use claviger_types::{AliasName, EncryptionAlgorithm, KeyId, KeyOrigin, KeySpec, KeyUsage, SecretBytes};

use crate::{CreateAlias, CreateKey, Encrypt, Encrypted, envelope::AdditionalData};

/// A new key of the administrator's, with the default policy.
pub(crate) async fn key(t: &TestService, spec: KeySpec, usage: KeyUsage, origin: KeyOrigin) -> KeyId {
    let create = CreateKey { origin, ..CreateKey::new(spec, usage) };
    t.ok(&t.admin, create).await.key.id
}

pub(crate) async fn aes_key(t: &TestService) -> KeyId {
    key(t, KeySpec::Aes256, KeyUsage::Encrypt, KeyOrigin::Generated).await
}

pub(crate) async fn aliased(t: &TestService, name: &str, key: KeyId) {
    t.ok(&t.admin, CreateAlias { alias: alias(name), key: KeyRef::id(key) }).await;
}

pub(crate) fn alias(name: &str) -> AliasName {
    name.parse().unwrap()
}

pub(crate) fn by_alias(name: &str) -> KeyRef {
    KeyRef { account: None, name: KeyRefName::Alias(alias(name)) }
}

pub(crate) fn user_arn(caller: &Caller) -> Box<str> {
    caller.identity.arn.clone()
}

/// An identity policy that allows one action, or several in JSON's notation of a list.
pub(crate) fn allow(action: &str) -> String {
    statement(&format!(r#""Effect":"Allow","Action":"{action}","Resource":"*""#))
}

pub(crate) fn statement(statement: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{{statement}}}]}}"#)
}

pub(crate) fn encrypt(key: KeyRef) -> Encrypt {
    Encrypt {
        key,
        version: None,
        plaintext: SecretBytes::new(b"attack at dawn".to_vec()),
        additional_data: AdditionalData::None,
        algorithm: EncryptionAlgorithm::SymmetricDefault,
    }
}

pub(crate) async fn encrypted(t: &TestService, caller: &Caller, key: KeyId) -> Encrypted {
    t.ok(caller, encrypt(KeyRef::id(key))).await
}
