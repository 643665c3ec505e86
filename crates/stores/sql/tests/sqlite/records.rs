//! Records that the tests of this folder store.

use claviger_ports::{Batch, Change, Store, StoreError};
use claviger_types::{
    AccountId, AliasName, Key, KeyId, KeyOrigin, KeyPlace, KeySpec, KeyState, KeyUsage, KeyVersion, Project,
    RequestId, Revision, RootKeyGeneration, Sealed, Timestamp, VersionNumber, VersionState, VersionTemplate,
};

pub(crate) fn account() -> AccountId {
    "123456789012".parse().unwrap()
}

pub(crate) fn project() -> Change {
    Change::InsertProject(Project {
        account: account(),
        name: "test".into(),
        created: Timestamp::from_secs(0),
    })
}

/// An id that looks random and follows from its number.
pub(crate) fn key_id(number: u64) -> KeyId {
    let mut dice = claviger_faults::Dice::new(number);
    let bytes = [dice.roll().to_be_bytes(), number.to_be_bytes()].concat();
    KeyId::from_bytes(bytes.try_into().unwrap())
}

pub(crate) fn key(number: u64) -> Key {
    Key {
        id: key_id(number),
        project: account(),
        place: KeyPlace::default(),
        spec: KeySpec::Aes256,
        usage: KeyUsage::Encrypt,
        origin: KeyOrigin::Generated,
        provider: "software".parse().unwrap(),
        exportable: false,
        state: KeyState::Enabled,
        description: "".into(),
        policy: r#"{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions",
            "Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kms:*","Resource":"*"}]}"#
            .into(),
        policy_source: None,
        tags: [].into(),
        created: Timestamp::from_micros(1_700_000_000_123_456 + number.cast_signed()),
        primary: VersionNumber::FIRST,
        template: VersionTemplate::default(),
        rotation: None,
        deletion: None,
        revision: Revision::NEW,
    }
}

/// A version with a handle as long as that of a sealed AES key.
pub(crate) fn version(number: u64, version: u32) -> KeyVersion {
    KeyVersion {
        key: key_id(number),
        number: VersionNumber::new(version).unwrap(),
        state: VersionState::Active,
        provider: "software".parse().unwrap(),
        protection: claviger_types::ProtectionLevel::Software,
        tag: None,
        messages: 0,
        handle: Some(handle(number, version)),
        public: None,
        created: Timestamp::from_micros(1_700_000_000_123_456 + number.cast_signed()),
        rotated: None,
        valid_to: None,
        algorithm: None,
        destroy_at: None,
        destroyed: None,
        import: None,
        fingerprint: None,
    }
}

pub(crate) fn handle(number: u64, version: u32) -> Sealed {
    let mut dice = claviger_faults::Dice::new(number ^ u64::from(version) << 40);
    let bytes: Vec<u8> = (0..10).flat_map(|_| dice.roll().to_be_bytes()).collect();
    Sealed { generation: RootKeyGeneration(1), bytes: bytes.into() }
}

pub(crate) fn alias(name: &str) -> AliasName {
    name.parse().unwrap()
}

pub(crate) fn insert_alias(name: &str, number: u64) -> Change {
    let name = alias(name).to_key_name();
    Change::InsertName { project: account(), name, key: key_id(number), created: Timestamp::from_secs(0) }
}

pub(crate) fn batch(outcome: u64, changes: Vec<Change>) -> Batch {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&outcome.to_be_bytes());
    Batch { outcome: RequestId::from_bytes(bytes), changes }
}

pub(crate) async fn put_key(store: &dyn Store, number: u64) -> Result<(), StoreError> {
    let changes = vec![Change::PutKey(key(number)), Change::PutVersion(version(number, 1))];
    store.commit(batch(number, changes)).await
}
