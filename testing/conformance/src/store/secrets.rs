use claviger_ports::{Change, SealedPlace, Store};
use claviger_types::{
    CredentialKind, ImportJob, ImportJobId, ImportJobOwner, KeyVersion, RootKeyGeneration, Sealed,
    VersionNumber, WrappingAlgorithm, WrappingKeySpec,
};

use super::samples::*;

pub(super) async fn import_jobs(store: &dyn Store) {
    const SPECS: [WrappingKeySpec; 3] =
        [WrappingKeySpec::Rsa2048, WrappingKeySpec::Rsa3072, WrappingKeySpec::Rsa4096];
    with_keys(store, &[1, 2]).await;
    let jobs: Vec<ImportJob> = (0..)
        .zip(WrappingAlgorithm::ALL)
        .map(|(number, algorithm)| ImportJob {
            algorithm,
            wrapping_spec: SPECS[usize::from(number) % 3],
            ..import_job(number, 1 + number % 2)
        })
        .collect();
    commit(store, jobs.iter().cloned().map(Change::InsertImportJob).collect()).await;
    for job in &jobs {
        assert_eq!(store.import_job(job.id).await.unwrap().as_ref(), Some(job));
    }
    conflict(store, vec![Change::InsertImportJob(import_job(0, 2))]).await;
    commit(store, vec![Change::DeleteImportJobs(key_id(1))]).await;
    for job in &jobs {
        let found = store.import_job(job.id).await.unwrap();
        if job.owner == ImportJobOwner::Key(key_id(1)) {
            assert!(found.is_none())
        } else {
            assert_eq!(found.as_ref(), Some(job))
        }
    }
    commit(store, vec![Change::DeleteImportJobs(key_id(1))]).await;
    assert!(store.import_job(ImportJobId::from_bytes([99; 16])).await.unwrap().is_none());
}

pub(super) async fn installation_secrets(store: &dyn Store) {
    assert_eq!(store.secret("audit-key").await.unwrap(), None);
    for secret in [sealed(1, "one"), sealed(2, ""), sealed(2, "three")] {
        commit(store, vec![Change::PutSecret("audit-key".into(), secret.clone())]).await;
        assert_eq!(store.secret("audit-key").await.unwrap(), Some(secret));
    }
    assert_eq!(store.secret("audit-ke").await.unwrap(), None);
    commit(store, vec![Change::InsertSecret("audit-ke".into(), sealed(1, "first"))]).await;
    conflict(store, vec![Change::InsertSecret("audit-ke".into(), sealed(2, "second"))]).await;
    assert_eq!(store.secret("audit-ke").await.unwrap(), Some(sealed(1, "first")));
}

async fn fill(store: &dyn Store, generation: u32) -> Vec<(SealedPlace, Sealed)> {
    with_principal(store).await;
    let secret = |text| sealed(generation, text);
    let credential_of = |id: &str, kind| Change::InsertCredential(credential(id, kind));
    let changes = vec![
        Change::PutKey(key(1)),
        Change::PutVersion(KeyVersion { handle: Some(secret("v1")), ..version(1, 1) }),
        Change::PutVersion(KeyVersion { handle: Some(secret("v2")), ..version(1, 2) }),
        Change::PutVersion(KeyVersion { handle: None, ..version(1, 3) }),
        Change::InsertImportJob(ImportJob { private_key: Some(secret("job")), ..import_job(1, 1) }),
        credential_of("AKIA1", CredentialKind::AccessKey { secret: secret("access") }),
        credential_of("shared", CredentialKind::SharedKey { secret: secret("shared") }),
        credential_of("cert", CredentialKind::ClientCertificate { spki_sha256: [1; 32] }),
        Change::PutSecret("audit-key".into(), secret("audit")),
    ];
    commit(store, changes).await;
    vec![
        (SealedPlace::VersionHandle(key_id(1), VersionNumber::FIRST), secret("v1")),
        (SealedPlace::VersionHandle(key_id(1), VersionNumber::new(2).unwrap()), secret("v2")),
        (SealedPlace::ImportJobKey(ImportJobId::from_bytes([1; 16])), secret("job")),
        (SealedPlace::CredentialSecret("AKIA1".parse().unwrap()), secret("access")),
        (SealedPlace::CredentialSecret("shared".parse().unwrap()), secret("shared")),
        (SealedPlace::Installation("audit-key".into()), secret("audit")),
    ]
}

pub(super) async fn sealed_before_finds_every_place(store: &dyn Store) {
    let places = fill(store, 5).await;
    assert_eq!(store.sealed_before(RootKeyGeneration(5), 100).await.unwrap(), []);
    for current in [4, 6] {
        let found = store.sealed_before(RootKeyGeneration(current), 100).await.unwrap();
        assert_eq!(found.len(), places.len());
        assert!(
            places.iter().all(|place| found.contains(place)),
            "another generation than {current}: {found:?}"
        );
    }
    for limit in 0..=places.len() {
        assert_eq!(store.sealed_before(RootKeyGeneration(6), limit).await.unwrap().len(), limit);
    }
}

pub(super) async fn reseal_compares_and_swaps(store: &dyn Store) {
    let reseal =
        |place: &SealedPlace, from: Sealed, to: Sealed| Change::Reseal { place: place.clone(), from, to };
    for (place, old) in fill(store, 5).await {
        let new = Sealed { generation: RootKeyGeneration(6), bytes: [&*old.bytes, b" anew"].concat().into() };
        let wrong = Sealed { bytes: b"other".as_slice().into(), ..old.clone() };
        let wrong_generation = Sealed { generation: RootKeyGeneration(4), ..old.clone() };
        conflict(store, vec![reseal(&place, wrong, new.clone())]).await;
        conflict(store, vec![reseal(&place, wrong_generation, new.clone())]).await;
        commit(store, vec![reseal(&place, old.clone(), new.clone())]).await;
        conflict(store, vec![reseal(&place, old, new.clone())]).await;
        let found = store.sealed_before(RootKeyGeneration(5), 100).await.unwrap();
        assert!(found.contains(&(place, new)), "it is stored where it was");
    }
    assert_eq!(store.sealed_before(RootKeyGeneration(6), 100).await.unwrap(), []);
    let absent = [
        SealedPlace::VersionHandle(key_id(1), VersionNumber::new(3).unwrap()),
        SealedPlace::ImportJobKey(ImportJobId::from_bytes([9; 16])),
        SealedPlace::CredentialSecret("cert".parse().unwrap()),
        SealedPlace::Installation("none".into()),
    ];
    for place in absent {
        conflict(store, vec![reseal(&place, sealed(6, "a"), sealed(7, "b"))]).await;
    }
}
