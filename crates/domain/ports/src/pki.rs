use async_trait::async_trait;
use claviger_types::{
    AccountId, AuthorityId, AuthorityName, Certificate, CertificateAuthority, CertificateSerial, IssuerId,
    Revocation, RevocationList, Timestamp,
};

use crate::{Page, StoreError};

/// Reads of certificate authorities and of what they issued.
#[async_trait]
pub trait PkiReads {
    /// An authority by its name.
    async fn authority_named(
        &self,
        project: AccountId,
        name: &AuthorityName,
    ) -> Result<Option<CertificateAuthority>, StoreError>;

    /// The authority that one of these keys is of.
    async fn authority_of(&self, issuer: IssuerId) -> Result<Option<CertificateAuthority>, StoreError>;

    /// Authorities of a project, by name, after `after`; at most `limit`.
    async fn authorities(
        &self,
        project: AccountId,
        after: Option<&AuthorityName>,
        limit: usize,
    ) -> Result<Page<CertificateAuthority>, StoreError>;

    /// A certificate.
    async fn certificate(
        &self,
        authority: AuthorityId,
        serial: &CertificateSerial,
    ) -> Result<Option<Certificate>, StoreError>;

    /// Certificates of an authority, by serial number, after `after`; at most `limit`.
    async fn certificates(
        &self,
        authority: AuthorityId,
        after: Option<&CertificateSerial>,
        limit: usize,
    ) -> Result<Page<Certificate>, StoreError>;

    /// What an authority has revoked and would be valid after `after` without that, by serial number.
    async fn revocations(
        &self,
        authority: AuthorityId,
        after: Timestamp,
    ) -> Result<Vec<(CertificateSerial, Revocation)>, StoreError>;

    /// The newest list of an issuer.
    async fn revocation_list(&self, issuer: IssuerId) -> Result<Option<RevocationList>, StoreError>;

    /// Issuers that are valid at `now` and whose next list is due then, the longest overdue first; at most `limit`.
    async fn due_revocation_lists(&self, now: Timestamp, limit: usize) -> Result<Vec<IssuerId>, StoreError>;
}
