use claviger_ports::{Change, Store};
use claviger_types::{Credential, CredentialKind, TokenHash};

use super::samples::*;

fn token(number: u8) -> CredentialKind {
    CredentialKind::BearerToken { hash: TokenHash([number; 32]) }
}

fn certificate(number: u8) -> CredentialKind {
    CredentialKind::ClientCertificate { spki_sha256: [number; 32] }
}

pub(super) async fn every_kind_comes_back(store: &dyn Store) {
    let access_key =
        credential("AKIA1", CredentialKind::AccessKey { secret: sealed(1, "secret access key") });
    conflict(store, vec![Change::InsertCredential(access_key.clone())]).await;
    with_principal(store).await;
    let shared_key = credential("shared", CredentialKind::SharedKey { secret: sealed(2, "shared key") });
    let bearer = Credential { expires: Some(time(99)), ..credential("token", token(1)) };
    let client = Credential { revoked: Some(time(98)), ..credential("certificate", certificate(1)) };
    let all = [access_key, client.clone(), shared_key, bearer.clone()];
    commit(store, all.iter().rev().cloned().map(Change::InsertCredential).collect()).await;
    for credential in &all {
        assert_eq!(store.credential(&credential.id).await.unwrap().as_ref(), Some(credential));
    }
    assert_eq!(store.credentials(principal_id(1)).await.unwrap(), all);
    assert_eq!(store.credentials(principal_id(2)).await.unwrap(), []);
    assert_eq!(store.credential(&"none".parse().unwrap()).await.unwrap(), None);
    assert_eq!(store.credential_by_token(TokenHash([1; 32])).await.unwrap(), Some(bearer));
    assert_eq!(store.credential_by_token(TokenHash([2; 32])).await.unwrap(), None);
    assert_eq!(store.credential_by_spki([1; 32]).await.unwrap(), Some(client));
    assert_eq!(store.credential_by_spki([2; 32]).await.unwrap(), None);
}

/// Also a token or public key is taken for ever: one that was revoked may have been stolen.
pub(super) async fn conflicts(store: &dyn Store) {
    with_principal(store).await;
    let insert = |id: &str, kind| Change::InsertCredential(credential(id, kind));
    commit(store, vec![insert("t", token(1)), insert("c", certificate(1))]).await;
    commit(store, vec![Change::RevokeCredential("c".parse().unwrap(), time(9))]).await;
    conflict(store, vec![insert("t", token(2))]).await;
    conflict(store, vec![insert("t2", token(1))]).await;
    conflict(store, vec![insert("c2", certificate(1))]).await;
    assert_eq!(store.credentials(principal_id(1)).await.unwrap().len(), 2);
}

pub(super) async fn revocation_happens_once(store: &dyn Store) {
    with_principal(store).await;
    let id = "t".parse().unwrap();
    conflict(store, vec![Change::RevokeCredential("t".parse().unwrap(), time(9))]).await;
    commit(store, vec![Change::InsertCredential(credential("t", token(1)))]).await;
    commit(store, vec![Change::RevokeCredential("t".parse().unwrap(), time(9))]).await;
    conflict(store, vec![Change::RevokeCredential("t".parse().unwrap(), time(10))]).await;
    let revoked = Some(Credential { revoked: Some(time(9)), ..credential("t", token(1)) });
    assert_eq!(store.credential(&id).await.unwrap(), revoked);
    assert_eq!(store.credential_by_token(TokenHash([1; 32])).await.unwrap(), revoked);
}
