use std::collections::BTreeMap;

use claviger_core::{Caller, EncryptionContext, KeyRef};
use claviger_keys::{CreateKey, Decrypt, Encrypt, envelope::AdditionalData};
use claviger_testkit::TestService;
use claviger_types::{EncryptionAlgorithm, KeyId, KeySpec, KeyUsage, SecretBytes};

pub(crate) fn create(spec: KeySpec, usage: KeyUsage) -> CreateKey {
    CreateKey::new(spec, usage)
}

pub(crate) async fn key(t: &TestService, spec: KeySpec, usage: KeyUsage) -> KeyId {
    t.ok(&t.admin, create(spec, usage)).await.key.id
}

pub(crate) async fn aes(t: &TestService) -> KeyId {
    key(t, KeySpec::Aes256, KeyUsage::Encrypt).await
}

pub(crate) fn context(pairs: &[(&str, &str)]) -> AdditionalData {
    let pairs: BTreeMap<_, _> = pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
    AdditionalData::Context(EncryptionContext::new(pairs))
}

pub(crate) fn encrypt(key: KeyId, plaintext: &[u8]) -> Encrypt {
    Encrypt {
        key: KeyRef::id(key),
        version: None,
        plaintext: SecretBytes::new(plaintext.to_vec()),
        additional_data: AdditionalData::None,
        algorithm: EncryptionAlgorithm::SymmetricDefault,
    }
}

pub(crate) fn decrypt(ciphertext: &[u8]) -> Decrypt {
    Decrypt {
        key: None,
        version: None,
        ciphertext: ciphertext.to_vec(),
        additional_data: AdditionalData::None,
        algorithm: Some(EncryptionAlgorithm::SymmetricDefault),
    }
}

pub(crate) async fn encrypted(t: &TestService, by: &Caller, key: KeyId, plaintext: &[u8]) -> Vec<u8> {
    t.ok(by, encrypt(key, plaintext)).await.ciphertext
}
