use claviger_ports::RawCiphertext;
use claviger_types::{CipherMode, SecretBytes, VersionNumber};

use super::{KeyProof, Scope, capability, ciphertext_error};
use crate::{MayRawDecrypt, MayRawEncrypt, Result};

/// Raw modes. The version is the caller's choice, because nothing in a ciphertext says it.
impl Scope<'_> {
    /// Encrypts under `version`.
    ///
    /// # Errors
    /// As for any use of a key.
    pub async fn raw_encrypt<A: MayRawEncrypt>(
        &self,
        key: &KeyProof<A>,
        version: VersionNumber,
        mode: CipherMode,
        iv: Option<&[u8]>,
        additional_data: &[u8],
        plaintext: &[u8],
    ) -> Result<RawCiphertext> {
        let live = self.live_to_protect(key.target(), Some(version)).await?;
        Ok(capability(live.raw())?.encrypt(mode, iv, additional_data, plaintext).await?)
    }

    /// The inverse of [`raw_encrypt`](Self::raw_encrypt).
    ///
    /// # Errors
    /// `InvalidCiphertext`, without a reason; as for any use of a key.
    pub async fn raw_decrypt<A: MayRawDecrypt>(
        &self,
        key: &KeyProof<A>,
        version: VersionNumber,
        mode: CipherMode,
        iv: &[u8],
        additional_data: &[u8],
        ciphertext: &[u8],
    ) -> Result<SecretBytes> {
        let live = self.live_to_process(key.target(), Some(version)).await?;
        let opened = capability(live.raw())?.decrypt(mode, iv, additional_data, ciphertext).await;
        opened.map_err(ciphertext_error)
    }
}
