use claviger_ports::{KeyslotError, KeyslotKind, Random, SlotBody};
use claviger_types::{SecretBytes, SecretKey};

use super::envelope::{Committed, derive_key, read_salt};
use super::error::HeaderError;

pub(super) const KIND: &str = "key-file";
const KDF: &str = "hkdf-sha256";
const SALT_LEN: usize = 32;

/// Opens and makes keyslots of kind `key-file`: the content of a file of random bytes, through HKDF-SHA-256.
pub struct KeyFile(SecretBytes);

impl KeyFile {
    /// Fewest bytes that a key file must have.
    pub const MIN_LEN: usize = 32;

    /// `content` is the whole file, byte for byte.
    ///
    /// # Errors
    /// `TooWeak` if it is shorter than 32 bytes or one byte repeated. Whether its bytes are random nobody can tell,
    /// and unlike a passphrase they are not stretched.
    pub fn new(content: SecretBytes) -> Result<Self, HeaderError> {
        let bytes = content.expose();
        if bytes.len() < Self::MIN_LEN {
            return Err(HeaderError::TooWeak("a key file needs at least 32 random bytes"));
        }
        if bytes.iter().all(|byte| Some(byte) == bytes.first()) {
            return Err(HeaderError::TooWeak("the key file is one byte repeated; it needs random bytes"));
        }
        Ok(Self(content))
    }

    fn secret(&self, salt: &[u8; SALT_LEN]) -> SecretKey {
        derive_key(salt, self.0.expose(), b"claviger keyslot v1 key file")
    }
}

impl KeyslotKind for KeyFile {
    fn kind(&self) -> &str {
        KIND
    }

    fn lock(
        &self,
        root: &SecretKey,
        binding: &[u8],
        _previous: Option<&SlotBody>,
        random: &dyn Random,
    ) -> Result<SlotBody, KeyslotError> {
        let salt = random.bytes();
        let committed = Committed::lock(&self.secret(&salt), root, binding, random)?;
        Ok(committed.into_body([("kdf".into(), KDF.into())].into(), &salt))
    }

    fn open(&self, body: &SlotBody, binding: &[u8]) -> Result<SecretKey, KeyslotError> {
        check(body)?;
        Committed::read(body)?.open(&self.secret(&read_salt(body)?), binding)
    }
}

/// Whether a slot of this kind is one that [`KeyFile`] could have written.
pub(super) fn check(body: &SlotBody) -> Result<(), KeyslotError> {
    if body.parameters.get("kdf").is_none_or(|kdf| **kdf != *KDF) {
        return Err(KeyslotError::OutOfBounds("its kdf is not hkdf-sha256".to_owned()));
    }
    read_salt::<SALT_LEN>(body)?;
    Committed::read(body).map(drop)
}
