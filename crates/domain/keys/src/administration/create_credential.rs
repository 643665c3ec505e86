use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use claviger_core::{
    Authorized, Effect, Error, Gate, Operation, Params, ProjectTarget, Reason, Result, Scope, actions,
};
use claviger_ports::{Change, SealedPlace};
use claviger_types::{
    Credential, CredentialId, CredentialKind, KeySpec, PrincipalName, SecretBytes, Timestamp, TokenHash,
};

use super::find_principal;

/// The fewest bytes of a shared key that is brought.
const MIN_SHARED_KEY: usize = 16;

/// Gives a principal something to prove itself with.
pub struct CreateCredential {
    /// The principal.
    pub principal: PrincipalName,
    /// What it is.
    pub kind: NewCredential,
    /// From when on it is refused; in the future.
    pub expires: Option<Timestamp>,
}

/// The kinds of credentials that can be made.
pub enum NewCredential {
    /// An access-key pair for AWS Signature Version 4.
    AccessKey,
    /// A bearer token.
    BearerToken,
    /// A client certificate, by the SHA-256 of its SubjectPublicKeyInfo in DER. A public key is accepted once, for ever.
    ClientCertificate {
        /// The hash.
        spki_sha256: [u8; 32],
    },
    /// An RSA key pair whose private half signs JSON Web Tokens, as Google's service-account keys do.
    ServiceAccountKey,
    /// A shared HMAC key.
    SharedKey {
        /// The key that both sides know already, at least 16 bytes; a new one if absent.
        key: Option<SecretBytes>,
    },
}

/// A credential that was made.
pub struct CreatedCredential {
    /// Its public id.
    pub id: CredentialId,
    /// The secret access key, token, shared key or private key (PKCS#8 in PEM), as text. Shown now or never; `None` if it
    /// was brought.
    pub secret: Option<SecretBytes>,
}

type Proof = Authorized<actions::CreateCredential, ProjectTarget>;

impl Operation for CreateCredential {
    type Proof = Proof;
    type Output = CreatedCredential;
    const NAME: &'static str = "CreateCredential";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(self.principal.as_str()), valid_to: self.expires, ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<CreatedCredential> {
        if self.expires.is_some_and(|expires| expires <= scope.now()) {
            return Err(Error::invalid("A credential expires in the future."));
        }
        let principal = find_principal(&proof, &self.principal, scope).await?;
        let id = self.new_id(scope)?;
        let (kind, secret) = self.make(&id, &proof, scope).await?;
        let credential = Credential {
            id: id.clone(),
            principal: principal.id,
            kind,
            created: scope.now(),
            expires: self.expires,
            revoked: None,
        };
        scope.commit(&proof, vec![Change::InsertCredential(credential)]).await?;
        Ok(CreatedCredential { id, secret })
    }
}

impl CreateCredential {
    /// What is stored, and what is shown.
    async fn make(
        &self,
        id: &CredentialId,
        proof: &Proof,
        scope: &Scope<'_>,
    ) -> Result<(CredentialKind, Option<SecretBytes>)> {
        let seal = |secret: &SecretBytes| {
            scope.seal_secret(proof, &SealedPlace::CredentialSecret(id.clone()), secret)
        };
        match &self.kind {
            NewCredential::AccessKey => {
                let text = text(BASE64_STANDARD.encode(scope.random_key(proof, 30).await?.expose()));
                Ok((CredentialKind::AccessKey { secret: seal(&text)? }, Some(text)))
            }
            NewCredential::BearerToken => {
                let token = BASE64_URL_SAFE_NO_PAD.encode(scope.random_key(proof, 32).await?.expose());
                let token = text(format!("clv_{}", &*zeroize::Zeroizing::new(token)));
                Ok((CredentialKind::BearerToken { hash: token_hash(token.expose()) }, Some(token)))
            }
            NewCredential::ClientCertificate { spki_sha256 } => {
                if scope.reads(proof).credential_by_spki(*spki_sha256).await?.is_some() {
                    return Err(Error::new(
                        Reason::AlreadyExists,
                        "The public key of this certificate is or was that of a credential.",
                    ));
                }
                Ok((CredentialKind::ClientCertificate { spki_sha256: *spki_sha256 }, None))
            }
            NewCredential::ServiceAccountKey => {
                let (private, public) = scope.generate_pair(proof, KeySpec::Rsa2048).await?;
                let spki_sha256 = claviger_crypto::sha256(&public);
                let kind = CredentialKind::ServiceAccountKey { public: Arc::from(public), spki_sha256 };
                Ok((kind, Some(pem(&private))))
            }
            NewCredential::SharedKey { key: Some(key) } => {
                if key.len() < MIN_SHARED_KEY {
                    return Err(Error::invalid("A shared key has at least 16 bytes."));
                }
                Ok((CredentialKind::SharedKey { secret: seal(key)? }, None))
            }
            NewCredential::SharedKey { key: None } => {
                let key = text(BASE64_STANDARD.encode(scope.random_key(proof, 32).await?.expose()));
                Ok((CredentialKind::SharedKey { secret: seal(&key)? }, Some(key)))
            }
        }
    }

    fn new_id(&self, scope: &Scope<'_>) -> Result<CredentialId> {
        let unique = base32(scope.random().bytes());
        let id = match self.kind {
            // As long as AWS's and of the same characters, which clients check.
            NewCredential::AccessKey => format!("CKIA{unique}"),
            NewCredential::BearerToken => format!("token-{}", unique.to_lowercase()),
            NewCredential::ClientCertificate { .. } => format!("certificate-{}", unique.to_lowercase()),
            NewCredential::ServiceAccountKey => format!("service-account-key-{}", unique.to_lowercase()),
            NewCredential::SharedKey { .. } => format!("shared-key-{}", unique.to_lowercase()),
        };
        id.parse().map_err(Error::internal)
    }
}

/// The hash by which a bearer token is known: SHA-256 of the whole text, with its `clv_`.
pub fn token_hash(token: &[u8]) -> TokenHash {
    TokenHash(claviger_crypto::sha256(token))
}

/// Sixteen characters of `A–Z 2–7` (RFC 4648 §6).
fn base32(bytes: [u8; 10]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let number = bytes.iter().fold(0u128, |number, byte| number << 8 | u128::from(*byte));
    let digit = |place: u32| ALPHABET.get((number >> (5 * place) & 31) as usize).copied().unwrap_or(b'A');
    (0..16).rev().map(|place| char::from(digit(place))).collect()
}

/// PKCS#8 in the textual encoding of RFC 7468.
fn pem(private: &SecretBytes) -> SecretBytes {
    let encoded = zeroize::Zeroizing::new(BASE64_STANDARD.encode(private.expose()));
    let mut pem = String::with_capacity(encoded.len() + encoded.len() / 64 + 64);
    pem.push_str("-----BEGIN PRIVATE KEY-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at_checked(64).unwrap_or((rest, ""));
        pem.push_str(line);
        pem.push('\n');
        rest = more;
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    text(pem)
}

fn text(text: String) -> SecretBytes {
    SecretBytes::new(text.into_bytes())
}
