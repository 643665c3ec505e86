//! From the credentials of a request to its caller, for both transports.

pub(crate) mod exchange;
pub mod jwt;

use std::{sync::Arc, time::Duration};

use claviger_core::{Caller, Connection, Error, Proven, Reason, Result, Service};
use claviger_crypto::{PublicKey, sha256};
use claviger_keys::token_hash;
use claviger_types::{AccountId, CredentialId, PrincipalName, Timestamp};
use http::{HeaderMap, header};
use quick_cache::sync::Cache;

use self::jwt::{Purpose, Token};

/// Keys and tokens that are remembered, each at most.
const REMEMBERED: usize = 10_000;

/// The domain of the e-mail addresses of principals.
pub(crate) const EMAIL_DOMAIN: &str = "iam.claviger.internal";

/// The e-mail address by which Google's clients know a principal.
pub fn service_account_email(principal: &PrincipalName, project: AccountId) -> String {
    format!("{principal}@{project}.{EMAIL_DOMAIN}")
}

/// Verifies credentials, and remembers what was expensive to verify.
pub(crate) struct Authenticator {
    skew: Duration,
    /// Public keys, parsed. A credential never changes its key.
    keys: Cache<CredentialId, Arc<PublicKey>>,
    /// Tokens whose signature and claims were good, by their hash. Whether their credential still is, the
    /// directory says anew for each call.
    good: Cache<[u8; 32], Arc<Good>>,
}

struct Good {
    credential: CredentialId,
    expires: Timestamp,
}

impl Authenticator {
    pub(crate) fn new(skew: Duration) -> Self {
        Self { skew, keys: Cache::new(REMEMBERED), good: Cache::new(REMEMBERED) }
    }

    /// Who calls. The credentials of a request must be of the same principal: one that is ignored would let somebody
    /// believe that he acts as another than he does. A client certificate that is no credential says nothing.
    pub(crate) async fn authenticate(
        &self,
        service: &Service,
        connection: &Connection,
        headers: &HeaderMap,
    ) -> Result<Caller> {
        let by_token = match bearer_token(headers)? {
            Some(_) if !connection.secure => {
                return Err(wrong("Tokens are refused over connections that are not encrypted."));
            }
            Some(token) => Some(self.by_token(service, token).await?),
            None => None,
        };
        match (by_token, by_certificate(service, connection).await?) {
            (Some(caller), None) | (None, Some(caller)) => Ok(caller),
            (Some(caller), Some(other)) if principal(&caller) == principal(&other) => Ok(caller),
            (Some(_), Some(_)) => {
                Err(wrong("The client certificate and the token are of different principals."))
            }
            (None, None) => Err(Error::new(
                Reason::MissingCredential,
                "Prove who you are: with a bearer token (one that a service account key signed, an access token, or one of \
                 the native API) or with a client certificate.",
            )),
        }
    }

    async fn by_token(&self, service: &Service, token: &str) -> Result<Caller> {
        let now = service.clock().now();
        if jwt::is_one(token) {
            return self.by_signed_token(service, token, now).await;
        }
        service.directory().bearer_token(token_hash(token.as_bytes()), now).await
    }

    async fn by_signed_token(&self, service: &Service, text: &str, now: Timestamp) -> Result<Caller> {
        let hash = sha256(text.as_bytes());
        if let Some(good) = self.good.get(&hash) {
            let skew = i64::try_from(self.skew.as_secs()).unwrap_or(0);
            if good.expires > now.plus_secs(-skew) {
                return account(service, &good.credential).await?.caller(now);
            }
        }
        let (text, purpose) = match text.strip_prefix(exchange::PREFIX) {
            Some(assertion) => (assertion, Purpose::Access),
            None => (text, Purpose::Call),
        };
        let token = Token::parse(text)?;
        let caller = self.verified(service, &token, purpose, now).await?;
        let good = Good { credential: token.key().clone(), expires: token.expires() };
        self.good.insert(hash, Arc::new(good));
        Ok(caller)
    }

    /// The caller whose key signed a token that is for `purpose`.
    async fn verified(
        &self,
        service: &Service,
        token: &Token<'_>,
        purpose: Purpose<'_>,
        now: Timestamp,
    ) -> Result<Caller> {
        token.check(purpose, now, self.skew)?;
        let credential = service.directory().service_account_key(token.key()).await.map_err(same)?;
        let public = self.public_key(token.key(), credential.public())?;
        if !token.is_signed_by(&public) {
            return Err(unsigned());
        }
        let caller = credential.proven().caller(now)?;
        let principal = &caller.identity.principal;
        match service_account_email(&principal.name, principal.project) == token.issuer() {
            true => Ok(caller),
            false => Err(wrong("The token's issuer is not the service account whose key signed it.")),
        }
    }

    fn public_key(&self, id: &CredentialId, spki: &[u8]) -> Result<Arc<PublicKey>> {
        if let Some(known) = self.keys.get(id) {
            return Ok(known);
        }
        let key = PublicKey::from_spki_der(spki).map_err(|error| {
            Error::new(Reason::StoredDataDamaged, "A stored record is damaged.").caused_by(error.to_string())
        })?;
        let key = Arc::new(key);
        self.keys.insert(id.clone(), key.clone());
        Ok(key)
    }
}

/// Who does not prove to hold a key learns the same about keys that exist and keys that do not.
fn unsigned() -> Error {
    Error::new(Reason::UnknownCredential, "The token is not signed by a key that is known here.")
}

fn same(error: Error) -> Error {
    if error.reason() == Reason::UnknownCredential { unsigned() } else { error }
}

async fn account(service: &Service, id: &CredentialId) -> Result<Proven> {
    Ok(service.directory().service_account_key(id).await?.proven().clone())
}

async fn by_certificate(service: &Service, connection: &Connection) -> Result<Option<Caller>> {
    let Some(spki_sha256) = connection.client_spki_sha256 else { return Ok(None) };
    match service.directory().client_certificate(spki_sha256, service.clock().now()).await {
        Ok(caller) => Ok(Some(caller)),
        Err(error) if error.reason() == Reason::UnknownCredential => Ok(None),
        Err(error) => Err(error),
    }
}

/// The token of the one Authorization header (RFC 6750 §2.1).
fn bearer_token(headers: &HeaderMap) -> Result<Option<&str>> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let wrong = || wrong("The Authorization header must be one of 'Bearer' and a token.");
    if values.next().is_some() {
        return Err(wrong());
    }
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(wrong)?;
    match scheme.eq_ignore_ascii_case("Bearer") && !token.is_empty() {
        true => Ok(Some(token)),
        false => Err(wrong()),
    }
}

fn principal(caller: &Caller) -> claviger_types::PrincipalId {
    caller.identity.principal.id
}

fn wrong(message: &'static str) -> Error {
    Error::new(Reason::WrongProof, message)
}
