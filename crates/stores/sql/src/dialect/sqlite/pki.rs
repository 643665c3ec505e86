//! What the store knows of certificate authorities.

use async_trait::async_trait;
use claviger_ports::{Page, PkiReads, StoreError};
use claviger_types::{
    AccountId, AuthorityId, AuthorityName, Certificate, CertificateAuthority, CertificateSerial, IssuerId,
    Revocation, RevocationList, Timestamp,
};

use super::SqliteStore;
use crate::{certificate, certificate_authority, revocation_list};

#[async_trait]
impl PkiReads for SqliteStore {
    async fn authority_named(
        &self,
        project: AccountId,
        name: &AuthorityName,
    ) -> Result<Option<CertificateAuthority>, StoreError> {
        let name = name.clone();
        self.reads
            .snapshot(move |connection| certificate_authority::find_named(connection, project, &name))
            .await
    }

    async fn authority_of(&self, issuer: IssuerId) -> Result<Option<CertificateAuthority>, StoreError> {
        self.reads.snapshot(move |connection| certificate_authority::find_of(connection, issuer)).await
    }

    async fn authorities(
        &self,
        project: AccountId,
        after: Option<&AuthorityName>,
        limit: usize,
    ) -> Result<Page<CertificateAuthority>, StoreError> {
        let after = after.cloned();
        self.reads
            .snapshot(move |connection| {
                certificate_authority::list(connection, project, after.as_ref(), limit)
            })
            .await
    }

    async fn certificate(
        &self,
        authority: AuthorityId,
        serial: &CertificateSerial,
    ) -> Result<Option<Certificate>, StoreError> {
        let serial = serial.clone();
        self.reads.read(move |connection| certificate::find(connection, authority, &serial)).await
    }

    async fn certificates(
        &self,
        authority: AuthorityId,
        after: Option<&CertificateSerial>,
        limit: usize,
    ) -> Result<Page<Certificate>, StoreError> {
        let after = after.cloned();
        self.reads
            .read(move |connection| certificate::list(connection, authority, after.as_ref(), limit))
            .await
    }

    async fn revocations(
        &self,
        authority: AuthorityId,
        after: Timestamp,
    ) -> Result<Vec<(CertificateSerial, Revocation)>, StoreError> {
        self.reads.read(move |connection| certificate::revocations(connection, authority, after)).await
    }

    async fn revocation_list(&self, issuer: IssuerId) -> Result<Option<RevocationList>, StoreError> {
        self.reads.read(move |connection| revocation_list::find(connection, issuer)).await
    }

    async fn due_revocation_lists(&self, now: Timestamp, limit: usize) -> Result<Vec<IssuerId>, StoreError> {
        self.reads.read(move |connection| revocation_list::due(connection, now, limit)).await
    }
}
