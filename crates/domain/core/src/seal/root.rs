use claviger_crypto::{CryptoError, Xaes256Gcm, hmac_sha256};
use claviger_ports::{Random, SealedPlace};
use claviger_types::{RootKeyGeneration, Sealed, SecretBytes, SecretKey};

use super::canonical::Canonical;
use super::envelope::{decrypt, derive_key, encrypt};
use super::error::SealError;
use super::header::InstallationId;
use super::place::associated_data;

/// One root key. It is never used itself: each purpose has a key of its own that follows from it.
pub(super) struct RootKey {
    generation: RootKeyGeneration,
    key: SecretKey,
    secrets: Xaes256Gcm,
}

impl RootKey {
    pub(super) fn new(generation: RootKeyGeneration, key: SecretKey) -> Self {
        let secrets = Xaes256Gcm::new(subkey(&key, "stored secrets", "").expose());
        Self { generation, key, secrets }
    }

    pub(super) fn generate(generation: RootKeyGeneration, random: &dyn Random) -> Self {
        Self::new(generation, SecretKey::take(&mut random.bytes()))
    }

    pub(super) fn generation(&self) -> RootKeyGeneration {
        self.generation
    }

    /// The key itself, to be wrapped in a keyslot or compared with what one held.
    pub(super) fn key(&self) -> &SecretKey {
        &self.key
    }

    pub(super) fn seal(
        &self,
        place: &SealedPlace,
        secret: &SecretBytes,
        random: &dyn Random,
    ) -> Result<Sealed, SealError> {
        let aad = associated_data(place, self.generation);
        let bytes = encrypt(&self.secrets, &aad, secret.expose(), random).map_err(seal_error)?;
        Ok(Sealed { generation: self.generation, bytes })
    }

    pub(super) fn open(&self, place: &SealedPlace, sealed: &Sealed) -> Result<SecretBytes, SealError> {
        decrypt(&self.secrets, &associated_data(place, self.generation), &sealed.bytes).map_err(seal_error)
    }

    pub(super) fn derive(&self, label: &str) -> SecretKey {
        subkey(&self.key, "derived", label)
    }

    /// Integrity tag of a header whose current root key this is.
    pub(super) fn header_tag(&self, canonical: &[u8]) -> [u8; 32] {
        hmac_sha256(subkey(&self.key, "header integrity", "").expose(), canonical)
    }

    /// Encrypts an older root key, so that whoever opens a keyslot of this one has the older one too.
    pub(super) fn wrap_retired(
        &self,
        retired: &Self,
        installation: InstallationId,
        random: &dyn Random,
    ) -> Result<Box<[u8]>, CryptoError> {
        let aad = self.retired_binding(retired.generation, installation);
        encrypt(&self.retired_wrapping_key(), &aad, retired.key.expose(), random)
    }

    /// Decrypts what [`wrap_retired`](Self::wrap_retired) encrypted; `None` if it is not authentic.
    pub(super) fn unwrap_retired(
        &self,
        generation: RootKeyGeneration,
        wrapped: &[u8],
        installation: InstallationId,
    ) -> Option<Self> {
        let aad = self.retired_binding(generation, installation);
        let key = decrypt(&self.retired_wrapping_key(), &aad, wrapped).ok()?;
        Some(Self::new(generation, SecretKey::from_slice(key.expose())?))
    }

    fn retired_wrapping_key(&self) -> Xaes256Gcm {
        Xaes256Gcm::new(subkey(&self.key, "retired root keys", "").expose())
    }

    fn retired_binding(&self, retired: RootKeyGeneration, installation: InstallationId) -> Vec<u8> {
        Canonical::new("claviger retired root key v1")
            .bytes(installation.as_bytes())
            .number(self.generation.0)
            .number(retired.0)
            .finish()
    }
}

fn subkey(root: &SecretKey, purpose: &str, label: &str) -> SecretKey {
    let info = Canonical::new("claviger root key v1").text(purpose).text(label).finish();
    derive_key(&[], root.expose(), &info)
}

fn seal_error(error: CryptoError) -> SealError {
    match error {
        CryptoError::Rejected => SealError::NotAuthentic,
        CryptoError::TooLarge => SealError::TooLong,
        CryptoError::Malformed | CryptoError::Unsupported | CryptoError::Internal => SealError::Internal,
    }
}
