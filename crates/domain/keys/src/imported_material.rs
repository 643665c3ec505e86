//! Material on its way in: unwrapped and recognised.

use claviger_core::{Authorized, Error, MayChange, MayImport, Reason, Result, Scope};
use claviger_crypto::{CryptoError, HashAlg, PrivateKey, Secret, Sha256Hasher, unwrap_rsa_aes};
use claviger_ports::Change;
use claviger_types::{
    Key, KeyId, KeyIntent, KeySpec, KeyVersion, SecretBytes, VersionNumber, VersionState, WrappingAlgorithm,
};
use tokio::sync::Semaphore;

use crate::create_key_version::with_material;

/// Parsing an RSA private key tests its primes, which takes as long as a hundred signatures: only so many at a time, on
/// threads where nothing else waits.
static PARSING: Semaphore = Semaphore::const_new(2);

/// What material is known by after it is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Of a symmetric key.
    Fingerprint([u8; 32]),
    /// Of a private key: its SubjectPublicKeyInfo in DER.
    Public(Vec<u8>),
}

impl Identity {
    /// What is stored of it: a public key is stored anyway.
    pub(crate) fn fingerprint(self) -> Option<[u8; 32]> {
        match self {
            Self::Fingerprint(fingerprint) => Some(fingerprint),
            Self::Public(_) => None,
        }
    }
}

/// Takes the wrapping off material.
///
/// # Errors
/// `UnwrapFailed`, without a reason, if it was not wrapped so under this key.
pub(crate) async fn unwrap(
    algorithm: WrappingAlgorithm,
    wrapping_key: SecretBytes,
    wrapped: Vec<u8>,
) -> Result<SecretBytes> {
    off_thread(move || {
        let key = PrivateKey::from_pkcs8(wrapping_key.expose()).map_err(Error::internal)?;
        let opened: Result<Secret, CryptoError> = match algorithm {
            WrappingAlgorithm::RsaAesKeyWrapSha1 => unwrap_rsa_aes(&key, HashAlg::Sha1, &wrapped),
            WrappingAlgorithm::RsaAesKeyWrapSha256 => unwrap_rsa_aes(&key, HashAlg::Sha256, &wrapped),
            WrappingAlgorithm::RsaOaepSha1 => key.decrypt_oaep(HashAlg::Sha1, b"", &wrapped),
            WrappingAlgorithm::RsaOaepSha256 => key.decrypt_oaep(HashAlg::Sha256, b"", &wrapped),
        };
        match opened {
            Ok(material) => Ok(SecretBytes::from(material)),
            Err(CryptoError::Rejected | CryptoError::Malformed | CryptoError::TooLarge) => {
                Err(Error::new(Reason::UnwrapFailed, "The encrypted key material does not unwrap."))
            }
            Err(error) => Err(Error::internal(error)),
        }
    })
    .await
}

/// What `material` is known by.
///
/// # Errors
/// `IncorrectKeyMaterial` if it is no private key where one is expected.
pub(crate) async fn identify(key: KeyId, spec: KeySpec, material: &SecretBytes) -> Result<Identity> {
    if spec.is_symmetric() {
        return Ok(Identity::Fingerprint(fingerprint(key, material)));
    }
    let material = material.duplicate();
    off_thread(move || {
        let private = PrivateKey::from_pkcs8(material.expose()).map_err(|_| not_a_key())?;
        private.public_key_der().map(Identity::Public).map_err(Error::internal)
    })
    .await
}

/// A version of a new key that is made of `material`.
///
/// # Errors
/// `IncorrectKeyMaterial` if it is no valid key of the key's specification; as for any use of a provider.
pub(crate) async fn imported<A: MayImport + MayChange, T>(
    proof: &Authorized<A, T>,
    key: &Key,
    number: VersionNumber,
    material: SecretBytes,
    scope: &Scope<'_>,
) -> Result<KeyVersion> {
    let identity = identify(key.id, key.spec, &material).await?;
    let made = scope.import(proof, &key.provider, key.spec, key.usage, material).await;
    let made = made.map_err(|error| match error.reason() {
        Reason::InvalidRequest => not_a_key(),
        _ => error,
    })?;
    let version = KeyVersion {
        state: VersionState::Active,
        algorithm: key.template.algorithm,
        fingerprint: identity.fingerprint(),
        ..KeyVersion::new(key.id, number, key.provider.clone(), scope.now())
    };
    with_material(proof, version, made, scope)
}

/// What keeps in mind the key in a device that a version was made of before it gets material again. It was destroyed when the
/// version lost it, if the device was there then; whether it was, [`Scope::clear_replaced`] looks.
pub(crate) fn replaced(before: &KeyVersion) -> Option<Change> {
    // Nobody is making it any more: it is as old as it is.
    let (provider, created) = (before.provider.clone(), before.created);
    before.tag.map(|tag| Change::IntendKey(KeyIntent { tag, provider, created }))
}

/// The refusal of material that is no key of the kind.
pub(crate) fn not_a_key() -> Error {
    Error::new(Reason::IncorrectKeyMaterial, "The key material is not a valid key of this key spec.")
}

/// SHA-256 over a label, the key's id and the material.
///
/// It lies in the store unencrypted, for as long as the key does: a key derived from the root key would be another after
/// that is rotated, and the material would no longer be recognised. Material of 224 bits and more that was drawn at
/// random cannot be found from it, and the key's id keeps the same material of two keys from being recognised. Who imports
/// material that can be guessed makes it guessable to somebody who has the database and not the root key.
fn fingerprint(key: KeyId, material: &SecretBytes) -> [u8; 32] {
    let mut hasher = Sha256Hasher::new();
    hasher.update(b"claviger imported key material v1\0");
    hasher.update(key.as_bytes());
    hasher.update(material.expose());
    hasher.finish()
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let slot = PARSING.acquire().await.map_err(Error::internal)?;
    let work = move || {
        // Held until the work is done, even if nobody waits for it any more.
        let _slot = slot;
        work()
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}
