use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use claviger_crypto::{CryptoError, Xaes256Gcm, constant_time_eq, hkdf_sha256};
use claviger_ports::{KeyslotError, Random, SlotBody};
use claviger_types::{SecretBytes, SecretKey};
use zeroize::Zeroizing;

const SALT: &str = "salt";
const COMMITMENT: &str = "commitment";

type Parameters = BTreeMap<Box<str>, Box<str>>;

/// Encrypts under a fresh random nonce: nonce, ciphertext, tag.
pub(super) fn encrypt(
    aead: &Xaes256Gcm,
    aad: &[u8],
    plaintext: &[u8],
    random: &dyn Random,
) -> Result<Box<[u8]>, CryptoError> {
    let nonce = random.bytes::<{ Xaes256Gcm::NONCE_LEN }>();
    let mut out = Vec::with_capacity(nonce.len() + plaintext.len() + Xaes256Gcm::TAG_LEN);
    out.extend_from_slice(&nonce);
    aead.seal_into(&nonce, aad, plaintext, &mut out)?;
    Ok(out.into_boxed_slice())
}

/// Decrypts what [`encrypt`] made.
pub(super) fn decrypt(aead: &Xaes256Gcm, aad: &[u8], bytes: &[u8]) -> Result<SecretBytes, CryptoError> {
    let (nonce, ciphertext) = bytes.split_first_chunk().ok_or(CryptoError::Rejected)?;
    aead.open(nonce, aad, ciphertext).map(SecretBytes::from)
}

/// The key for `info` that follows from `ikm`.
pub(super) fn derive_key(salt: &[u8], ikm: &[u8], info: &[u8]) -> SecretKey {
    let mut key = Zeroizing::new([0; SecretKey::LEN]);
    #[expect(clippy::expect_used, reason = "HKDF-SHA-256 has no error for 32 bytes of output")]
    // Invariant: HKDF-SHA-256 fails only above 8160 bytes of output (RFC 5869 section 2.3).
    hkdf_sha256(salt, ikm, info, key.as_mut_slice()).expect("32 bytes of HKDF output");
    SecretKey::take(&mut key)
}

/// A root key wrapped under a secret, and what commits to that secret.
///
/// XAES-256-GCM alone does not commit: somebody could craft one ciphertext that opens under many passphrases, and
/// learn from one attempt which of many candidates is right. The commitment also tells a wrong secret from an
/// altered ciphertext.
pub(super) struct Committed {
    pub(super) commitment: [u8; 32],
    pub(super) wrapped: Box<[u8]>,
}

impl Committed {
    /// Wraps `root` under keys that follow from `secret`, which must be uniformly random.
    pub(super) fn lock(
        secret: &SecretKey,
        root: &SecretKey,
        binding: &[u8],
        random: &dyn Random,
    ) -> Result<Self, KeyslotError> {
        let wrapped = encrypt(&wrapping_key(secret), binding, root.expose(), random)
            .map_err(|error| KeyslotError::Unavailable(error.to_string()))?;
        Ok(Self { commitment: *commitment_to(secret).expose(), wrapped })
    }

    pub(super) fn open(&self, secret: &SecretKey, binding: &[u8]) -> Result<SecretKey, KeyslotError> {
        if !constant_time_eq(commitment_to(secret).expose(), &self.commitment) {
            return Err(KeyslotError::WrongSecret);
        }
        let root = decrypt(&wrapping_key(secret), binding, &self.wrapped).map_err(|error| match error {
            CryptoError::Rejected => KeyslotError::Altered,
            other => KeyslotError::Unavailable(other.to_string()),
        })?;
        SecretKey::from_slice(root.expose()).ok_or(KeyslotError::Altered)
    }

    /// The slot that holds it, with what its kind adds.
    pub(super) fn into_body(self, mut parameters: Parameters, salt: &[u8]) -> SlotBody {
        parameters.insert(SALT.into(), BASE64_STANDARD.encode(salt).into());
        parameters.insert(COMMITMENT.into(), BASE64_STANDARD.encode(self.commitment).into());
        SlotBody { parameters, wrapped: self.wrapped }
    }

    pub(super) fn read(body: &SlotBody) -> Result<Self, KeyslotError> {
        Ok(Self { commitment: read_bytes(body, COMMITMENT)?, wrapped: body.wrapped.clone() })
    }
}

/// The salt that [`Committed::into_body`] stored.
pub(super) fn read_salt<const N: usize>(body: &SlotBody) -> Result<[u8; N], KeyslotError> {
    read_bytes(body, SALT)
}

/// A parameter of exactly `N` bytes.
fn read_bytes<const N: usize>(body: &SlotBody, name: &str) -> Result<[u8; N], KeyslotError> {
    let decoded = body.parameters.get(name).and_then(|text| BASE64_STANDARD.decode(&**text).ok());
    decoded
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| KeyslotError::OutOfBounds(format!("its {name} does not have {N} bytes")))
}

fn wrapping_key(secret: &SecretKey) -> Xaes256Gcm {
    Xaes256Gcm::new(derive_key(&[], secret.expose(), b"claviger keyslot v1 wrapping key").expose())
}

fn commitment_to(secret: &SecretKey) -> SecretKey {
    derive_key(&[], secret.expose(), b"claviger keyslot v1 commitment")
}
