use std::sync::Arc;

use claviger_ports::{Batch, Change, GrantReads, KeyReads, ObjectReads, PrincipalReads, Store};
use claviger_sql::{SqliteOptions, SqliteStore};
use claviger_types::{
    AccountId, AliasName, CipherMode, Credential, CredentialKind, Days, Deletion, Grant, GrantOperation, Key,
    KeyAlgorithm, KeyId, KeyOrigin, KeyPlace, KeySpec, KeyState, KeyUsage, KeyVersion, ManagedObject,
    ObjectDates, ObjectId, ObjectKind, ObjectState, Principal, PrincipalId, Project, RequestId, Revision,
    RootKeyGeneration, Sealed, Timestamp, TokenHash, VersionNumber, VersionState, VersionTemplate,
};

use super::{
    apply,
    history::{Fate, History, KeyFate, ObjectFate, VersionFate},
};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const PAST: Timestamp = Timestamp::from_secs(1_700_000_000);

struct Copy {
    store: SqliteStore,
    key: KeyId,
    _dir: tempfile::TempDir,
}

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

fn alias() -> AliasName {
    "app".parse().unwrap()
}

fn key(id: KeyId, state: KeyState, deletion: Option<Deletion>) -> Key {
    Key {
        id,
        project: account(),
        place: KeyPlace::default(),
        spec: KeySpec::Aes256,
        usage: KeyUsage::Encrypt,
        origin: KeyOrigin::Imported,
        provider: "software".parse().unwrap(),
        exportable: false,
        state,
        description: "".into(),
        policy: Arc::from("{}"),
        policy_source: None,
        tags: Default::default(),
        created: PAST,
        primary: VersionNumber::FIRST,
        template: VersionTemplate::default(),
        rotation: None,
        deletion,
        revision: Revision::NEW,
    }
}

fn version(key: KeyId) -> KeyVersion {
    KeyVersion {
        key,
        number: VersionNumber::FIRST,
        state: VersionState::Active,
        provider: "software".parse().unwrap(),
        protection: claviger_types::ProtectionLevel::Software,
        tag: None,
        messages: 0,
        handle: Some(Sealed { generation: RootKeyGeneration(1), bytes: vec![1; 60].into() }),
        public: None,
        created: PAST,
        rotated: None,
        valid_to: None,
        algorithm: None,
        destroy_at: None,
        destroyed: None,
        import: None,
        fingerprint: None,
    }
}

fn grant(key: KeyId) -> Grant {
    Grant {
        id: "0".repeat(64).parse().unwrap(),
        key,
        grantee: "arn:aws:iam::111122223333:user/app".into(),
        retiring: None,
        operations: [GrantOperation::Encrypt].into_iter().collect(),
        constraint: None,
        name: None,
        issuer: "arn:aws:iam::111122223333:user/admin".into(),
        created: PAST,
        request: RequestId::from_bytes([9; 16]),
    }
}

fn object(id: ObjectId, key: Option<KeyId>, state: ObjectState) -> ManagedObject {
    ManagedObject {
        id,
        project: account(),
        kind: if id.is_public_half() { ObjectKind::PublicKey } else { ObjectKind::SecretData },
        key,
        state,
        usage_mask: 0,
        names: Box::default(),
        groups: Box::default(),
        sensitive: false,
        extractable: true,
        dates: ObjectDates::default(),
        revocation: None,
        replaces: None,
        replaced_by: None,
        attributes: Arc::default(),
        value: key.is_none().then(|| Sealed { generation: RootKeyGeneration(1), bytes: vec![2; 60].into() }),
        policy: Arc::from("{}"),
        created: PAST,
        changed: PAST,
        revision: Revision::NEW,
    }
}

impl Copy {
    /// With one key that has material, an alias and a grant.
    async fn new(state: KeyState, deletion: Option<Deletion>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(SqliteOptions::new(dir.path().join("claviger.db"))).unwrap();
        let id = KeyId::from_bytes([1; 16]);
        let changes = vec![
            Change::InsertProject(Project { account: account(), name: "default".into(), created: PAST }),
            Change::PutKey(key(id, state, deletion)),
            Change::PutVersion(version(id)),
            Change::InsertName { project: account(), name: alias().to_key_name(), key: id, created: PAST },
            Change::InsertGrant(grant(id)),
        ];
        store.commit(Batch { outcome: RequestId::from_bytes([1; 16]), changes }).await.unwrap();
        Self { store, key: id, _dir: dir }
    }

    async fn apply(&self, fate: KeyFate) -> apply::Applied {
        let history = History { keys: [(self.key, fate)].into(), ..History::default() };
        apply::history(&self.store, &history, NOW).await.unwrap()
    }

    /// Adds objects: views of both halves of the key, and a secret.
    async fn with_objects(&self, state: ObjectState) -> [ObjectId; 3] {
        let halves = [ObjectId::of_key(self.key), ObjectId::of_public_half(self.key)];
        let secret = ObjectId::from_random([5; 16]);
        let mut objects: Vec<_> = halves.map(|id| object(id, Some(self.key), state)).into();
        objects.push(object(secret, None, state));
        let changes = objects.into_iter().map(Change::PutObject).collect();
        self.store.commit(Batch { outcome: RequestId::from_bytes([3; 16]), changes }).await.unwrap();
        [halves[0], halves[1], secret]
    }

    async fn apply_to_object(&self, id: ObjectId, fate: ObjectFate) -> apply::Applied {
        let history = History { objects: [(id, fate)].into(), ..History::default() };
        apply::history(&self.store, &history, NOW).await.unwrap()
    }

    async fn object(&self, id: ObjectId) -> ManagedObject {
        self.store.object(id).await.unwrap().unwrap()
    }

    async fn version_state(&self) -> VersionState {
        self.store.key(self.key).await.unwrap().unwrap().versions[0].state
    }

    async fn key(&self) -> Key {
        (*self.store.key(self.key).await.unwrap().unwrap().key).clone()
    }

    async fn has_material(&self) -> bool {
        let record = self.store.key(self.key).await.unwrap().unwrap();
        record.versions.iter().any(|version| version.handle.is_some())
    }
}

fn due() -> Option<Deletion> {
    Some(Deletion { at: PAST, window: Days(7) })
}

#[tokio::test]
async fn a_version_is_again_what_it_was() {
    let cases = [
        (VersionFate::Destroyed, VersionState::Destroyed, None),
        (VersionFate::Doomed(PAST), VersionState::DestructionScheduled, Some(PAST.plus_days(Days(30)))),
        (VersionFate::Disabled, VersionState::Disabled, None),
        (VersionFate::Usable, VersionState::Active, None),
    ];
    for (fate, state, destroy_at) in cases {
        let copy = Copy::new(KeyState::Enabled, None).await;
        let versions = [(VersionNumber::FIRST, fate)].into();
        let applied = copy.apply(KeyFate { versions, ..KeyFate::default() }).await;
        assert_eq!(applied.versions.len(), usize::from(fate != VersionFate::Usable));
        let record = copy.store.key(copy.key).await.unwrap().unwrap();
        assert_eq!((record.versions[0].state, record.versions[0].destroy_at), (state, destroy_at));
        assert_eq!(copy.has_material().await, fate != VersionFate::Destroyed);
    }
}

#[tokio::test]
async fn a_destroyed_key_does_not_come_back() {
    for (state, deletion) in [(KeyState::Enabled, None), (KeyState::PendingDeletion, due())] {
        let copy = Copy::new(state, deletion).await;
        let applied = copy.apply(KeyFate { destroyed: true, ..KeyFate::default() }).await;
        assert_eq!(applied.destroyed, [copy.key]);
        assert_eq!(copy.key().await.state, KeyState::Destroyed);
        assert!(!copy.has_material().await);
        assert_eq!(copy.store.key_named(account(), &alias().to_key_name()).await.unwrap(), None);
        assert!(copy.store.grants_of_key(copy.key).await.unwrap().is_empty());
        // Once more changes nothing.
        let again = copy.apply(KeyFate { destroyed: true, ..KeyFate::default() }).await;
        assert_eq!(again, apply::Applied::default());
    }
}

#[tokio::test]
async fn a_destruction_is_scheduled_again_for_the_same_time() {
    let copy = Copy::new(KeyState::Enabled, None).await;
    let deletion = Deletion { at: NOW.plus_days(Days(3)), window: Days(7) };
    let applied =
        copy.apply(KeyFate { deletion: Some(Fate::Scheduled(deletion)), ..KeyFate::default() }).await;
    assert_eq!(applied.pending, [(copy.key, deletion.at)].into());
    let key = copy.key().await;
    assert_eq!((key.state, key.deletion), (KeyState::PendingDeletion, Some(deletion)));
    assert!(copy.has_material().await);
}

/// The worker would destroy it at once otherwise, since it has long been due.
#[tokio::test]
async fn a_destruction_that_was_taken_back_is_not_carried_out() {
    let copy = Copy::new(KeyState::PendingDeletion, due()).await;
    let applied = copy.apply(KeyFate { deletion: Some(Fate::Cancelled), ..KeyFate::default() }).await;
    assert_eq!(applied.cancelled, [copy.key]);
    let key = copy.key().await;
    assert_eq!((key.state, key.deletion), (KeyState::Disabled, None));
    assert!(copy.store.due_keys(NOW, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn where_nobody_knows_the_waiting_time_begins_anew() {
    let perhaps = KeyFate { deletion: Some(Fate::PerhapsCancelled), ..KeyFate::default() };
    let copy = Copy::new(KeyState::PendingDeletion, due()).await;
    copy.apply(perhaps).await;
    assert_eq!(copy.key().await.deletion, Some(Deletion { at: NOW.plus_days(Days(7)), window: Days(7) }));

    let copy = Copy::new(KeyState::PendingDeletion, due()).await;
    let applied = apply::without_history(&copy.store, NOW).await.unwrap();
    assert_eq!(applied.pending, [(copy.key, NOW.plus_days(Days(7)))].into());
    assert!(copy.store.due_keys(NOW, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn imported_material_that_was_deleted_stays_away() {
    let copy = Copy::new(KeyState::Enabled, None).await;
    let applied = copy.apply(KeyFate { material_deleted: true, ..KeyFate::default() }).await;
    assert_eq!(applied.material_deleted, [copy.key]);
    assert_eq!(copy.key().await.state, KeyState::PendingImport);
    assert!(!copy.has_material().await);
}

#[tokio::test]
async fn a_disabled_key_stays_disabled() {
    let copy = Copy::new(KeyState::Enabled, None).await;
    let applied = copy.apply(KeyFate { disabled: Some(true), ..KeyFate::default() }).await;
    assert_eq!(applied.disabled, [copy.key]);
    assert_eq!(copy.key().await.state, KeyState::Disabled);
}

#[tokio::test]
async fn keys_and_credentials_that_the_copy_does_not_have_are_left_out() {
    let copy = Copy::new(KeyState::Enabled, None).await;
    let fate = KeyFate { destroyed: true, ..KeyFate::default() };
    let history = History {
        keys: [(KeyId::from_bytes([2; 16]), fate)].into(),
        revoked: [("token-unknown".parse().unwrap(), NOW)].into(),
        ..History::default()
    };
    assert_eq!(apply::history(&copy.store, &history, NOW).await.unwrap(), apply::Applied::default());
    assert_eq!(copy.key().await.state, KeyState::Enabled);
}

#[tokio::test]
async fn a_revoked_credential_stays_revoked() {
    let copy = Copy::new(KeyState::Enabled, None).await;
    let principal = PrincipalId::from_bytes([3; 16]);
    let id: claviger_types::CredentialId = "token-a".parse().unwrap();
    let changes = vec![
        Change::PutPrincipal(Principal {
            id: principal,
            project: account(),
            name: "app".parse().unwrap(),
            disabled: false,
            created: PAST,
            revision: Revision::NEW,
        }),
        Change::InsertCredential(Credential {
            id: id.clone(),
            principal,
            kind: CredentialKind::BearerToken { hash: TokenHash([4; 32]) },
            created: PAST,
            expires: None,
            revoked: None,
        }),
    ];
    copy.store.commit(Batch { outcome: RequestId::from_bytes([2; 16]), changes }).await.unwrap();
    let history = History { revoked: [(id.clone(), NOW)].into(), ..History::default() };
    let applied = apply::history(&copy.store, &history, NOW).await.unwrap();
    assert_eq!(applied.revoked, std::slice::from_ref(&id));
    assert_eq!(copy.store.credential(&id).await.unwrap().unwrap().revoked, Some(NOW));
}

#[tokio::test]
async fn an_object_that_was_revoked_stays_so_with_its_key() {
    let deactivated = ObjectFate { deactivated: Some(PAST), ..ObjectFate::default() };
    let compromised = ObjectFate { compromised: Some(PAST), ..deactivated };
    for (fate, state, version) in [
        (deactivated, ObjectState::Deactivated, VersionState::Deactivated),
        (compromised, ObjectState::Compromised, VersionState::Compromised),
    ] {
        // That it was activated since is lost, and must not be made up for.
        for before in [ObjectState::PreActive, ObjectState::Active] {
            let copy = Copy::new(KeyState::Enabled, None).await;
            let [key, public, secret] = copy.with_objects(before).await;
            let applied = copy.apply_to_object(public, fate).await;
            assert_eq!((applied.ended, copy.object(public).await.state), (vec![public], state));
            assert_eq!(copy.version_state().await, VersionState::Active, "the public half ends alone");
            for id in [key, secret] {
                assert_eq!(copy.apply_to_object(id, fate).await.ended, [id]);
                assert_eq!(copy.object(id).await.state, state);
                assert_eq!(copy.apply_to_object(id, fate).await, apply::Applied::default());
            }
            assert_eq!(copy.version_state().await, version);
            assert!(copy.has_material().await);
        }
    }
    // Also if the key had no record then.
    let copy = Copy::new(KeyState::Enabled, None).await;
    let id = ObjectId::of_key(copy.key);
    assert_eq!(copy.apply_to_object(id, compromised).await.ended, [id]);
    assert_eq!(copy.version_state().await, VersionState::Compromised);
}

#[tokio::test]
async fn a_destroyed_object_does_not_come_back() {
    let destroyed = ObjectFate { destroyed: Some(PAST), ..ObjectFate::default() };
    let copy = Copy::new(KeyState::Enabled, None).await;
    let [key, public, secret] = copy.with_objects(ObjectState::Active).await;
    for id in [public, secret] {
        assert_eq!(copy.apply_to_object(id, destroyed).await.ended, [id]);
        let object = copy.object(id).await;
        assert_eq!((object.state, object.value), (ObjectState::Destroyed, None));
    }
    assert_eq!(copy.key().await.state, KeyState::Enabled);
    assert_eq!(copy.apply_to_object(key, destroyed).await.destroyed, [copy.key]);
    assert_eq!(copy.key().await.state, KeyState::Destroyed);
    assert!(!copy.has_material().await);
    assert_eq!(copy.object(key).await.state, ObjectState::Destroyed);
    for id in [key, public, secret, ObjectId::from_random([9; 16])] {
        assert_eq!(copy.apply_to_object(id, destroyed).await, apply::Applied::default());
    }
    // The worker's destruction of a key takes its objects, too.
    let copy = Copy::new(KeyState::Enabled, None).await;
    let [key, public, _] = copy.with_objects(ObjectState::Compromised).await;
    copy.apply(KeyFate { destroyed: true, ..KeyFate::default() }).await;
    for id in [key, public] {
        assert_eq!(copy.object(id).await.state, ObjectState::DestroyedCompromised);
    }
}

/// An active object refuses to be destroyed, so that it was not.
#[tokio::test]
async fn a_destruction_that_nobody_saw_end_counts_if_it_was_possible() {
    let perhaps = ObjectFate { perhaps_destroyed: Some(PAST), ..ObjectFate::default() };
    let copy = Copy::new(KeyState::Enabled, None).await;
    let [key, public, secret] = copy.with_objects(ObjectState::Active).await;
    for id in [key, public, secret] {
        assert_eq!(copy.apply_to_object(id, perhaps).await, apply::Applied::default());
        let revoked = ObjectFate { deactivated: Some(PAST), ..perhaps };
        copy.apply_to_object(id, revoked).await;
        assert_eq!(copy.object(id).await.state, ObjectState::Destroyed);
    }
    assert!(!copy.has_material().await);
}

/// Otherwise a key that has encrypted with GCM could be used with counter blocks of the caller's choice.
#[tokio::test]
async fn the_mode_of_a_raw_key_stays_fixed() {
    let copy = Copy::new(KeyState::Enabled, None).await;
    let used = KeyFate { modes: [(VersionNumber::FIRST, CipherMode::Ctr)].into(), ..KeyFate::default() };
    let algorithm = async || copy.store.key(copy.key).await.unwrap().unwrap().versions[0].algorithm;
    copy.apply(used.clone()).await;
    assert_eq!(algorithm().await, None, "it is no raw key");
    let raw = Key { usage: KeyUsage::RawEncrypt, ..copy.key().await };
    let batch = Batch { outcome: RequestId::from_bytes([2; 16]), changes: vec![Change::PutKey(raw)] };
    copy.store.commit(batch).await.unwrap();
    copy.apply(used).await;
    assert_eq!(algorithm().await, Some(KeyAlgorithm::Raw(CipherMode::Ctr)));
    let other = KeyFate { modes: [(VersionNumber::FIRST, CipherMode::Gcm)].into(), ..KeyFate::default() };
    copy.apply(other).await;
    assert_eq!(algorithm().await, Some(KeyAlgorithm::Raw(CipherMode::Ctr)), "once and for all");
}
