use std::sync::{Arc, Mutex, PoisonError};

use claviger_access::{NamedPolicy, Policy, PolicyKind};
use claviger_ports::{SealedPlace, Store};
use claviger_types::{
    AccountId, Credential, CredentialId, CredentialKind, Principal, PrincipalId, PrincipalName, SecretBytes,
    SecretKey, Timestamp, TokenHash,
};
use quick_cache::sync::Cache;

use crate::{Caller, Error, Identity, Reason, Result, seal::Seal};

/// Who there is and how they prove it: what fronts verify wire credentials against.
///
/// Any change of a principal, policy or credential empties it at once, so that a revoked credential is refused by the next call.
pub struct Directory {
    store: Arc<dyn Store>,
    seal: Arc<Seal>,
    identities: Cache<PrincipalId, Arc<Identity>>,
    access_keys: Cache<CredentialId, Arc<SharedSecret>>,
    tokens: Cache<TokenHash, Arc<Proven>>,
    certificates: Cache<[u8; 32], Arc<Proven>>,
    service_accounts: Cache<CredentialId, Arc<PublicCredential>>,
}

/// A credential whose secret the caller proves to know, as with a message authentication code.
pub struct SharedSecret {
    proven: Proven,
    secret: SecretBytes,
    derived: Mutex<Option<(Box<str>, Arc<SecretKey>)>>,
}

/// A credential with its principal; whoever presents it is that principal.
#[derive(Clone)]
pub struct Proven {
    caller: Caller,
    expires: Option<Timestamp>,
}

impl Proven {
    /// The caller.
    ///
    /// # Errors
    /// `ExpiredCredential`, or `UnknownCredential` if the principal is disabled.
    pub fn caller(&self, now: Timestamp) -> Result<Caller> {
        if self.expires.is_some_and(|expires| expires <= now) {
            return Err(Error::new(Reason::ExpiredCredential, "The credential has expired."));
        }
        if self.caller.identity.principal.disabled {
            return Err(unknown());
        }
        Ok(self.caller.clone())
    }
}

impl SharedSecret {
    /// The credential with its principal.
    pub fn proven(&self) -> &Proven {
        &self.proven
    }

    /// The secret.
    pub fn secret(&self) -> &SecretBytes {
        &self.secret
    }

    /// A key derived from the secret, remembered as long as `label` stays the same. It is gone when the credential is.
    pub fn derived(&self, label: &str, derive: impl FnOnce(&[u8]) -> [u8; 32]) -> Arc<SecretKey> {
        let mut slot = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, key)) = slot.as_ref().filter(|(known, _)| **known == *label) {
            return key.clone();
        }
        let key = Arc::new(SecretKey::take(&mut derive(self.secret.expose())));
        *slot = Some((label.into(), key.clone()));
        key
    }
}

/// A credential whose private half the caller proves to hold by a signature.
pub struct PublicCredential {
    proven: Proven,
    public: Arc<[u8]>,
}

impl PublicCredential {
    /// The credential with its principal.
    pub fn proven(&self) -> &Proven {
        &self.proven
    }

    /// The public half, SubjectPublicKeyInfo in DER.
    pub fn public(&self) -> &[u8] {
        &self.public
    }
}

impl Directory {
    pub(crate) fn new(store: Arc<dyn Store>, seal: Arc<Seal>) -> Self {
        Self {
            store,
            seal,
            identities: Cache::new(10_000),
            access_keys: Cache::new(10_000),
            tokens: Cache::new(10_000),
            certificates: Cache::new(10_000),
            service_accounts: Cache::new(10_000),
        }
    }

    /// The access-key pair or shared key with this id, with its secret.
    ///
    /// # Errors
    /// `UnknownCredential` if there is none, or it is revoked.
    pub async fn shared_secret(&self, id: &CredentialId) -> Result<Arc<SharedSecret>> {
        self.access_keys
            .get_or_insert_async(id, async {
                let credential = self.store.credential(id).await?.ok_or_else(unknown)?;
                let (CredentialKind::AccessKey { secret } | CredentialKind::SharedKey { secret }) =
                    &credential.kind
                else {
                    return Err(unknown());
                };
                let secret = self.seal.open(&SealedPlace::CredentialSecret(id.clone()), secret)?;
                let proven = self.prove(&credential).await?;
                Ok(Arc::new(SharedSecret { proven, secret, derived: Mutex::new(None) }))
            })
            .await
    }

    /// The service-account key with this id.
    ///
    /// # Errors
    /// `UnknownCredential` if there is none, or it is revoked.
    pub async fn service_account_key(&self, id: &CredentialId) -> Result<Arc<PublicCredential>> {
        self.service_accounts
            .get_or_insert_async(id, async {
                let credential = self.store.credential(id).await?.ok_or_else(unknown)?;
                let CredentialKind::ServiceAccountKey { public, .. } = &credential.kind else {
                    return Err(unknown());
                };
                let proven = self.prove(&credential).await?;
                Ok(Arc::new(PublicCredential { proven, public: public.clone() }))
            })
            .await
    }

    /// The caller who presents a bearer token with this hash.
    ///
    /// # Errors
    /// `UnknownCredential` if there is no such token, or it is revoked; `ExpiredCredential`.
    pub async fn bearer_token(&self, hash: TokenHash, now: Timestamp) -> Result<Caller> {
        let proven = self.tokens.get_or_insert_async(&hash, async {
            let credential = self.store.credential_by_token(hash).await?.ok_or_else(unknown)?;
            self.prove(&credential).await.map(Arc::new)
        });
        proven.await?.caller(now)
    }

    /// The caller who proved to hold the key of a client certificate, by the SHA-256 of its SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// As [`bearer_token`](Self::bearer_token).
    pub async fn client_certificate(&self, spki_sha256: [u8; 32], now: Timestamp) -> Result<Caller> {
        let proven = self.certificates.get_or_insert_async(&spki_sha256, async {
            let credential = self.store.credential_by_spki(spki_sha256).await?.ok_or_else(unknown)?;
            let CredentialKind::ClientCertificate { .. } = credential.kind else { return Err(unknown()) };
            self.prove(&credential).await.map(Arc::new)
        });
        proven.await?.caller(now)
    }

    /// The caller behind a Unix socket whose peer was mapped to this principal by the configuration.
    ///
    /// # Errors
    /// `UnknownCredential` if there is no such principal, or it is disabled.
    pub async fn local_user(&self, account: AccountId, name: &PrincipalName, uid: u32) -> Result<Caller> {
        let principal = self.store.principal_named(account, name).await?.ok_or_else(unknown)?;
        if principal.disabled {
            return Err(unknown());
        }
        let identity = self.identity(principal.id).await?.ok_or_else(unknown)?;
        let credential = format!("uid-{uid}").parse().map_err(|_| unknown())?;
        Ok(Caller::verified(identity, credential, "unix-socket"))
    }

    /// A principal with its policies.
    pub(crate) async fn identity(&self, id: PrincipalId) -> Result<Option<Arc<Identity>>> {
        let load = async {
            let Some(principal) = self.store.principal(id).await? else { return Err(unknown()) };
            let mut policies = Vec::new();
            for policy in self.store.identity_policies(id).await? {
                let compiled = Policy::parse(&policy.document, PolicyKind::Identity).map_err(|error| {
                    Error::new(Reason::StoredDataDamaged, "A stored policy is damaged.")
                        .caused_by(error.to_string())
                })?;
                policies.push(Arc::new(NamedPolicy { name: policy.name, policy: compiled }));
            }
            Ok(Arc::new(Identity { arn: user_arn(&principal), principal, policies }))
        };
        match self.identities.get_or_insert_async(&id, load).await {
            Ok(identity) => Ok(Some(identity)),
            Err(error) if error.reason() == Reason::UnknownCredential => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Forgets everything, after any change of principals, policies or credentials.
    pub(crate) fn forget(&self) {
        self.identities.clear();
        self.access_keys.clear();
        self.tokens.clear();
        self.certificates.clear();
        self.service_accounts.clear();
    }

    async fn prove(&self, credential: &Credential) -> Result<Proven> {
        if credential.revoked.is_some() {
            return Err(unknown());
        }
        let identity = self.identity(credential.principal).await?.ok_or_else(unknown)?;
        let caller = Caller::verified(identity, credential.id.clone(), credential.kind.name());
        Ok(Proven { caller, expires: credential.expires })
    }
}

fn user_arn(principal: &Principal) -> Box<str> {
    format!("arn:aws:iam::{}:user/{}", principal.project, principal.name).into()
}

fn unknown() -> Error {
    Error::new(Reason::UnknownCredential, "The credential is not known.")
}
