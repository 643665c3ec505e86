//! Records to store. Every optional field is absent in the plain ones and present in the full ones.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use claviger_ports::{Batch, Change, Store, StoreError};
use claviger_types::{
    AccountId, AliasName, CipherMode, Credential, CredentialKind, Days, Deletion, Grant, GrantConstraint,
    GrantId, GrantOperation, ImportJob, ImportJobId, ImportJobOwner, Key, KeyAlgorithm, KeyId, KeyName,
    KeyOrigin, KeyPlace, KeySpec, KeyState, KeyTag, KeyUsage, KeyVersion, Principal, PrincipalId, Project,
    ProtectionLevel, RequestId, Revision, RootKeyGeneration, Rotation, RotationKind, Sealed,
    SigningAlgorithm, Timestamp, VersionImport, VersionNumber, VersionState, VersionTemplate,
    WrappingAlgorithm, WrappingKeySpec,
};

pub(super) const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;

/// Characters of one to four bytes, a combining accent, right-to-left text, quotes, control characters.
pub(super) const FOREIGN: &str = "Schlüssel 鍵 🔑 e\u{301} مفتاح \"'\\ \u{1}\n\t%_*";

/// An id that no other batch of the process has.
pub(super) fn request() -> RequestId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    RequestId::from_bytes(bytes)
}

pub(super) fn batch(changes: Vec<Change>) -> Batch {
    Batch { outcome: request(), changes }
}

pub(super) async fn commit(store: &dyn Store, changes: Vec<Change>) {
    store.commit(batch(changes)).await.expect("the changes fit what is stored");
}

#[track_caller]
pub(super) fn assert_conflict(result: Result<(), StoreError>) {
    match result {
        Err(StoreError::Conflict(text)) => assert!(!text.is_empty(), "a conflict says what is wrong"),
        other => panic!("not a conflict: {other:?}"),
    }
}

/// Expects that the changes conflict with what is stored.
pub(super) async fn conflict(store: &dyn Store, changes: Vec<Change>) {
    assert_conflict(store.commit(batch(changes)).await);
}

pub(super) fn account(number: u8) -> AccountId {
    format!("{number:012}").parse().unwrap()
}

pub(super) fn project(number: u8) -> Project {
    Project { account: account(number), name: format!("project {number}").into(), created: time(1) }
}

/// A store with project 1 and these keys in it, plain and at their first revision.
pub(super) async fn with_keys(store: &dyn Store, numbers: &[u8]) {
    let keys = numbers.iter().map(|number| Change::PutKey(key(*number)));
    commit(store, [Change::InsertProject(project(1))].into_iter().chain(keys).collect()).await;
}

pub(super) fn time(secs: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_123_456).plus_secs(secs)
}

pub(super) fn key_id(number: u8) -> KeyId {
    KeyId::from_bytes([number; 16])
}

pub(super) fn key(number: u8) -> Key {
    Key {
        id: key_id(number),
        project: account(1),
        place: KeyPlace::default(),
        spec: KeySpec::Aes256,
        usage: KeyUsage::Encrypt,
        origin: KeyOrigin::Generated,
        provider: "software".parse().unwrap(),
        exportable: false,
        state: KeyState::Enabled,
        description: "".into(),
        policy: POLICY.into(),
        policy_source: None,
        tags: BTreeMap::new(),
        created: time(2),
        primary: VersionNumber::FIRST,
        template: VersionTemplate::default(),
        rotation: None,
        deletion: None,
        revision: Revision::NEW,
    }
}

pub(super) fn full_key(number: u8) -> Key {
    Key {
        place: KeyPlace {
            ring: "ring-1".parse().unwrap(),
            name: Some(format!("key_{number}").parse().unwrap()),
        },
        spec: KeySpec::Rsa3072,
        usage: KeyUsage::Sign,
        origin: KeyOrigin::Imported,
        exportable: true,
        state: KeyState::PendingDeletion,
        description: FOREIGN.into(),
        policy_source: Some(FOREIGN.into()),
        tags: pairs(&[("", ""), ("stage", "test"), (FOREIGN, FOREIGN)]),
        primary: VersionNumber::new(7).unwrap(),
        template: VersionTemplate {
            algorithm: Some(KeyAlgorithm::Sign(SigningAlgorithm::RsaPssSha512)),
            destroy_after: Days(120).duration(),
            import_only: true,
            protection: ProtectionLevel::Hsm,
        },
        rotation: Some(Rotation { period: Days(2560).duration(), next: time(9) }),
        deletion: Some(Deletion { at: time(10), window: Days(30) }),
        ..key(number)
    }
}

/// As it comes back after it was put.
pub(super) fn stored(mut key: Key) -> Key {
    key.revision = key.revision.next();
    key
}

pub(super) fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<Box<str>, Box<str>> {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

pub(super) fn sealed(generation: u32, text: &str) -> Sealed {
    Sealed { generation: RootKeyGeneration(generation), bytes: text.as_bytes().into() }
}

pub(super) fn version(key: u8, number: u32) -> KeyVersion {
    KeyVersion {
        key: key_id(key),
        number: VersionNumber::new(number).unwrap(),
        state: VersionState::Active,
        provider: "software".parse().unwrap(),
        protection: ProtectionLevel::Software,
        tag: None,
        messages: 0,
        handle: Some(sealed(1, &format!("handle {number} of key {key}"))),
        public: None,
        created: time(3),
        rotated: None,
        valid_to: None,
        algorithm: None,
        destroy_at: None,
        destroyed: None,
        import: None,
        fingerprint: None,
    }
}

pub(super) fn full_version(key: u8, number: u32) -> KeyVersion {
    KeyVersion {
        protection: ProtectionLevel::Hsm,
        tag: Some(KeyTag::new([9; 20])),
        public: Some([0x30, 0, 0xff].as_slice().into()),
        rotated: Some(RotationKind::OnDemand),
        valid_to: Some(time(1000)),
        algorithm: Some(KeyAlgorithm::Raw(CipherMode::Ctr)),
        destroy_at: Some(time(2000)),
        destroyed: Some(time(3000)),
        import: Some(VersionImport { job: "job-1".parse().unwrap(), time: time(500) }),
        fingerprint: Some([7; 32]),
        ..version(key, number)
    }
}

pub(super) fn alias(name: &str) -> AliasName {
    name.parse().unwrap()
}

pub(super) fn insert_alias(name: &str, project: u8, key: u8) -> Change {
    insert_name(alias(name).to_key_name(), project, key)
}

pub(super) fn insert_name(name: KeyName, project: u8, key: u8) -> Change {
    Change::InsertName { project: account(project), name, key: key_id(key), created: time(4) }
}

pub(super) fn grant_id(number: u8) -> GrantId {
    format!("{number:064x}").parse().unwrap()
}

pub(super) fn grant(number: u8, key: u8) -> Grant {
    Grant {
        id: grant_id(number),
        key: key_id(key),
        grantee: "arn:aws:iam::000000000001:user/alice".into(),
        retiring: None,
        operations: [GrantOperation::Encrypt].into_iter().collect(),
        constraint: None,
        name: None,
        issuer: "arn:aws:iam::000000000001:user/root".into(),
        created: time(5),
        request: RequestId::from_bytes([number; 16]),
    }
}

pub(super) fn full_grant(number: u8, key: u8) -> Grant {
    Grant {
        retiring: Some("arn:aws:iam::000000000001:user/bob".into()),
        operations: GrantOperation::ALL.iter().copied().collect(),
        constraint: Some(GrantConstraint::ContextSubset(pairs(&[("tenant", "7"), (FOREIGN, FOREIGN)]))),
        name: Some(FOREIGN.into()),
        ..grant(number, key)
    }
}

pub(super) fn import_job(number: u8, key: u8) -> ImportJob {
    ImportJob {
        id: ImportJobId::from_bytes([number; 16]),
        owner: ImportJobOwner::Key(key_id(key)),
        algorithm: WrappingAlgorithm::RsaOaepSha256,
        wrapping_spec: WrappingKeySpec::Rsa4096,
        public_key: [0x30, number].as_slice().into(),
        private_key: Some(sealed(1, &format!("wrapping key {number}"))),
        created: time(4),
        expires: time(6),
    }
}

pub(super) fn principal_id(number: u8) -> PrincipalId {
    PrincipalId::from_bytes([number; 16])
}

pub(super) fn principal(number: u8, name: &str) -> Principal {
    Principal {
        id: principal_id(number),
        project: account(1),
        name: name.parse().unwrap(),
        disabled: false,
        created: time(7),
        revision: Revision::NEW,
    }
}

/// A store with project 1 and principal 1.
pub(super) async fn with_principal(store: &dyn Store) {
    let changes = vec![Change::InsertProject(project(1)), Change::PutPrincipal(principal(1, "alice"))];
    commit(store, changes).await;
}

pub(super) fn credential(id: &str, kind: CredentialKind) -> Credential {
    Credential {
        id: id.parse().unwrap(),
        principal: principal_id(1),
        kind,
        created: time(8),
        expires: None,
        revoked: None,
    }
}
