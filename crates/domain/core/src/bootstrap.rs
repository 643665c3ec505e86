use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use claviger_access::{Policy, PolicyKind};
use claviger_crypto::sha256;
use claviger_ports::{Batch, Change, Random, SealedPlace};
use claviger_types::{
    Credential, CredentialId, CredentialKind, IdentityPolicy, PolicyName, Principal, PrincipalId,
    PrincipalName, Project, RequestId, Revision, SecretBytes, Timestamp, TokenHash,
};
use zeroize::Zeroizing;

use crate::{Error, Reason, Result, Service};

/// A principal that exists from the start.
pub struct FirstPrincipal {
    /// Its name.
    pub name: PrincipalName,
    /// Its policies: IAM policy documents.
    pub policies: Vec<(PolicyName, Box<str>)>,
    /// What it proves itself with.
    pub credentials: Vec<FirstCredential>,
}

/// A credential to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstCredential {
    /// An access-key pair (AWS Signature Version 4).
    AccessKey,
    /// A bearer token (RFC 6750).
    BearerToken,
    /// A shared HMAC key (go-kms).
    SharedKey,
}

/// A credential that has just been made. Its secret is shown once; of a bearer token not even we keep it.
pub struct IssuedCredential {
    /// Whom it proves.
    pub principal: PrincipalName,
    /// What it is.
    pub kind: FirstCredential,
    /// Its public id.
    pub id: CredentialId,
    /// Its secret, as the client is given it: printable ASCII.
    pub secret: SecretBytes,
}

impl Service {
    /// Makes the project of the configuration with its first principals.
    ///
    /// **The one path around the gate**: before there is a principal, nobody can be authorized to make one. It works
    /// once: only while the store has neither that project nor any key, which the store checks again when it commits.
    /// The audit log is told before and after.
    ///
    /// # Errors
    /// `AlreadyExists` if the store is in use; `MalformedPolicy`; if store or log can't be used.
    pub async fn bootstrap(
        &self,
        project: &str,
        principals: Vec<FirstPrincipal>,
    ) -> Result<Vec<IssuedCredential>> {
        let core = &self.core;
        let account = core.settings.account;
        if core.store.project(account).await?.is_some() || core.store.key_count().await? > 0 {
            return Err(Error::new(Reason::AlreadyExists, "The store is in use already."));
        }
        let now = core.clock.now();
        let mut changes =
            vec![Change::InsertProject(Project { account, name: project.into(), created: now })];
        let mut issued = Vec::new();
        let names: Vec<_> = principals.iter().map(|principal| principal.name.to_string()).collect();
        for first in principals {
            self.first_principal(first, now, &mut changes, &mut issued)?;
        }
        let detail = BTreeMap::from([("account", account.to_string()), ("principals", names.join(","))]);
        self.note("bootstrap-intent", detail.clone()).await?;
        let outcome = RequestId::from_random(core.random.bytes());
        core.store.commit(Batch { outcome, changes }).await?;
        self.note("bootstrap", detail).await?;
        self.forget_outcomes(vec![outcome]).await?;
        core.directory.forget();
        Ok(issued)
    }

    fn first_principal(
        &self,
        first: FirstPrincipal,
        now: Timestamp,
        changes: &mut Vec<Change>,
        issued: &mut Vec<IssuedCredential>,
    ) -> Result<()> {
        let id = PrincipalId::from_random(self.core.random.bytes());
        let project = self.core.settings.account;
        let name = first.name;
        changes.push(Change::PutPrincipal(Principal {
            id,
            project,
            name: name.clone(),
            disabled: false,
            created: now,
            revision: Revision::NEW,
        }));
        for (policy, document) in first.policies {
            Policy::parse(&document, PolicyKind::Identity)?;
            let policy = IdentityPolicy { principal: id, name: policy, document, updated: now };
            changes.push(Change::PutIdentityPolicy(policy));
        }
        for kind in first.credentials {
            let (credential, secret) = self.first_credential(id, kind, now)?;
            let (id, principal) = (credential.id.clone(), name.clone());
            changes.push(Change::InsertCredential(credential));
            issued.push(IssuedCredential { principal, kind, id, secret });
        }
        Ok(())
    }

    fn first_credential(
        &self,
        principal: PrincipalId,
        kind: FirstCredential,
        now: Timestamp,
    ) -> Result<(Credential, SecretBytes)> {
        let random = &*self.core.random;
        let id = new_id(kind, random)?;
        let secret = new_secret(kind, random);
        let place = SealedPlace::CredentialSecret(id.clone());
        let kind = match kind {
            FirstCredential::AccessKey => {
                CredentialKind::AccessKey { secret: self.core.seal.seal(&place, &secret, random)? }
            }
            FirstCredential::SharedKey => {
                CredentialKind::SharedKey { secret: self.core.seal.seal(&place, &secret, random)? }
            }
            FirstCredential::BearerToken => {
                CredentialKind::BearerToken { hash: TokenHash(sha256(secret.expose())) }
            }
        };
        Ok((Credential { id, principal, kind, created: now, expires: None, revoked: None }, secret))
    }
}

/// As credentials that are made later have them: an access key's in the length and characters that clients check.
fn new_id(kind: FirstCredential, random: &dyn Random) -> Result<CredentialId> {
    const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let unique: String = random
        .bytes::<16>()
        .iter()
        .filter_map(|byte| BASE32.get(usize::from(byte & 31)).copied().map(char::from))
        .collect();
    let text = match kind {
        FirstCredential::AccessKey => format!("CKIA{unique}"),
        FirstCredential::BearerToken => format!("token-{}", unique.to_lowercase()),
        FirstCredential::SharedKey => format!("shared-key-{}", unique.to_lowercase()),
    };
    text.parse().map_err(Error::internal)
}

/// 256 random bits; of an access key 240, which make the 40 characters that clients expect.
fn new_secret(kind: FirstCredential, random: &dyn Random) -> SecretBytes {
    let bytes = Zeroizing::new(random.bytes::<32>());
    let text = match kind {
        FirstCredential::AccessKey => BASE64_STANDARD.encode(bytes.get(..30).unwrap_or_default()),
        FirstCredential::BearerToken => {
            format!("clv_{}", &*Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(*bytes)))
        }
        FirstCredential::SharedKey => BASE64_STANDARD.encode(*bytes),
    };
    SecretBytes::new(text.into_bytes())
}
