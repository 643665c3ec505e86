use claviger_crypto::{AesGcm, CryptoError, Secret, pbkdf2_hmac_sha1};
use claviger_types::{KeyId, SecretKey};

use crate::HEADER_LEN;

/// RFC 8018 PBKDF2 with HMAC-SHA-1, as go-kms calls it: without a salt.
const ITERATIONS: u32 = 4096;

/// The master key of a key store that has it in a PKCS#11 device: encrypted with `CKM_AES_CBC_PAD` under an AES key there,
/// which go-kms knows by its `CKA_LABEL`. Nothing of it is authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrappedMasterKey {
    /// The initialization vector.
    pub iv: [u8; 16],
    /// 32 bytes and a whole block of padding.
    pub ciphertext: [u8; SecretKey::LEN + 16],
}

impl WrappedMasterKey {
    /// The file of the key store that holds it.
    pub const FILE: &str = "hsm.master";

    /// The content of that file; `None` if it has another length.
    pub fn parse(content: &[u8]) -> Option<Self> {
        let (iv, ciphertext) = content.split_first_chunk()?;
        Some(Self { iv: *iv, ciphertext: ciphertext.try_into().ok()? })
    }
}

/// The key under which a key store encrypts its key files and the headers of its ciphertexts.
pub struct MasterKey {
    key: SecretKey,
    aead: AesGcm,
}

impl MasterKey {
    /// Derives it from the passphrase of a key store. Without a salt and with few iterations a weak passphrase can be
    /// guessed by whoever has a key file; that cannot be helped here.
    ///
    /// # Errors
    /// `Internal` if the cryptographic library fails.
    pub fn derive(passphrase: &[u8]) -> Result<Self, CryptoError> {
        let mut key = [0; SecretKey::LEN];
        pbkdf2_hmac_sha1(passphrase, &[], ITERATIONS, &mut key)?;
        Self::new(SecretKey::take(&mut key))
    }

    /// A master key that is known already.
    ///
    /// # Errors
    /// `Internal` if the cryptographic library fails.
    pub fn new(key: SecretKey) -> Result<Self, CryptoError> {
        let aead = AesGcm::new(key.expose())?;
        Ok(Self { key, aead })
    }

    /// The key itself, to be kept where secrets are kept.
    pub fn key(&self) -> &SecretKey {
        &self.key
    }

    /// The id of the key that made a ciphertext with this header; `None` if the header is not one of this key store.
    pub fn open_header(&self, header: &[u8; HEADER_LEN]) -> Option<KeyId> {
        let id = self.open(header)?;
        std::str::from_utf8(&id).ok()?.parse().ok()
    }

    /// Opens nonce ‖ ciphertext ‖ tag.
    pub(crate) fn open(&self, sealed: &[u8]) -> Option<Secret> {
        let (nonce, ciphertext) = sealed.split_first_chunk()?;
        self.aead.open(nonce, &[], ciphertext).ok()
    }
}
