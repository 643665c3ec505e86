use std::time::Duration;

use axum::http::Method;
use claviger_api as api;
use claviger_client::{Call, Client, ErrorKind};
use rustls::pki_types::{CertificateRevocationListDer, pem::PemObject};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::Site;
use crate::failure::{Failure, Result};

/// What the administrator does.
pub(super) struct Admin(Client);

const AUTHORITIES: &str = "certificate-authorities";
/// The first list of a new authority is signed soon after it was made.
const PATIENCE: Duration = Duration::from_secs(10);

impl Admin {
    pub(super) fn new(site: &Site) -> Result<Self> {
        site.administrator().map(Self)
    }

    /// Makes a key that signs.
    pub(super) async fn key(&self, description: &str) -> Result<api::KeySummary> {
        let request = api::CreateKey {
            spec: Some(api::KeySpec::EcP256),
            usage: Some(api::KeyUsage::Sign),
            cipher_mode: None,
            origin: None,
            description: description.to_owned(),
            tags: Default::default(),
            policy: None,
            bypass_lockout_check: false,
            provider: None,
            one_off: false,
        };
        let made = self.0.create_key(&request).await.map_err(Failure::at("a key can't be made"))?;
        Ok(made.summary)
    }

    pub(super) async fn make_authority(
        &self,
        request: &api::CreateCertificateAuthority,
    ) -> Result<api::CertificateAuthority> {
        self.post(&[AUTHORITIES], request, "the certificate authority can't be made").await
    }

    pub(super) async fn authority(&self, name: &str) -> Result<api::CertificateAuthority> {
        let failed = format!("the certificate authority {name} can't be used");
        self.0.call(Call::get(&[AUTHORITIES, name])).await.map_err(Failure::at(failed))
    }

    pub(super) async fn issue(
        &self,
        authority: &str,
        request: &api::IssueCertificate,
    ) -> Result<api::IssuedCertificate> {
        self.post(&[AUTHORITIES, authority, "certificates"], request, "a certificate can't be issued").await
    }

    pub(super) async fn principal(&self, name: &str) -> Result<api::Principal> {
        let request = api::CreatePrincipal { name: name.to_owned() };
        self.post(&["principals"], &request, "a principal can't be made").await
    }

    pub(super) async fn allow(&self, principal: &str, name: &str, policy: String) -> Result<()> {
        let call = Call::change(Method::PUT, &["principals", principal, "policies", name]);
        let call = call.json(&api::PutIdentityPolicy { policy }).map_err(Failure::at("a policy is wrong"))?;
        self.0.act(call).await.map_err(Failure::at("a principal can't be given a policy"))
    }

    /// A bearer token that is refused from `expires` on.
    pub(super) async fn token(&self, principal: &str, expires: String) -> Result<api::CreatedCredential> {
        let request = api::CreateCredential {
            kind: api::CredentialKind::BearerToken,
            expires: Some(expires),
            spki_sha256: None,
            shared_key: None,
        };
        self.post(&["principals", principal, "credentials"], &request, "a token can't be made").await
    }

    /// The newest revocation list of an authority.
    pub(super) async fn revocations(&self, authority: &str) -> Result<CertificateRevocationListDer<'static>> {
        let failed = || format!("there is no revocation list of {authority}");
        let asked = tokio::time::timeout(PATIENCE, async {
            loop {
                match self.0.call::<api::RevocationList>(Call::get(&[AUTHORITIES, authority, "crl"])).await {
                    Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Unavailable) => {
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                    other => return other,
                }
            }
        });
        let list = asked.await.map_err(Failure::at(failed()))?.map_err(Failure::at(failed()))?;
        CertificateRevocationListDer::from_pem_slice(list.crl.as_bytes()).map_err(Failure::at(failed()))
    }

    /// Where the next record of the audit log will be.
    pub(super) async fn end_of_log(&self) -> Result<u64> {
        let status: api::Status =
            self.0.call(Call::get(&["status"])).await.map_err(Failure::at("the service does not answer"))?;
        Ok(status.audit.map_or(1, |head| head.seq + 1))
    }

    /// The records from a place of the audit log on that are as every condition says.
    pub(super) async fn records(&self, mut from: u64, conditions: &[(&str, &str)]) -> Result<Vec<Value>> {
        let mut records = Vec::new();
        loop {
            let call = Call::get(&["audit", "records"]).query("from", &from.to_string());
            let call = conditions.iter().fold(call, |call, (name, value)| call.query(name, value));
            let page: api::AuditPage =
                self.0.call(call).await.map_err(Failure::at("the audit log can't be read"))?;
            records.extend(page.records);
            from = page.next;
            if !page.more {
                return Ok(records);
            }
        }
    }

    async fn post<B: Serialize, A: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &B,
        failed: &str,
    ) -> Result<A> {
        let call = Call::change(Method::POST, path).json(body).map_err(Failure::at(failed))?;
        self.0.call(call).await.map_err(Failure::at(failed))
    }
}
