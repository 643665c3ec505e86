use claviger_ports::RawCiphertext;
use claviger_types::{CipherMode, KeyVersion, SecretBytes, VersionNumber};

use super::{KeyProof, Scope, capability, ciphertext_error};
use crate::{Error, KeyEntry, MayRawDecrypt, MayRawEncrypt, Reason, Result, entry::version_error};

/// Raw modes. The version is the caller's choice, because nothing in a ciphertext says it.
impl Scope<'_> {
    /// Encrypts under `version`, or the primary one, and says which.
    ///
    /// # Errors
    /// As for any use of a key.
    pub async fn raw_encrypt<A: MayRawEncrypt>(
        &self,
        key: &KeyProof<A>,
        version: Option<VersionNumber>,
        mode: CipherMode,
        iv: Option<&[u8]>,
        additional_data: &[u8],
        plaintext: &[u8],
    ) -> Result<(VersionNumber, RawCiphertext)> {
        let version = self.version_for(key.target(), version)?;
        if !version.state.may_protect() {
            return Err(version_error(version.state, &self.key_arn(key.target())));
        }
        let live = self.live(key.target(), version).await?;
        let made = capability(live.raw())?.encrypt(mode, iv, additional_data, plaintext).await?;
        Ok((version.number, made))
    }

    /// The inverse of [`raw_encrypt`](Self::raw_encrypt).
    ///
    /// # Errors
    /// `InvalidCiphertext`, without a reason; as for any use of a key.
    pub async fn raw_decrypt<A: MayRawDecrypt>(
        &self,
        key: &KeyProof<A>,
        version: Option<VersionNumber>,
        mode: CipherMode,
        iv: &[u8],
        additional_data: &[u8],
        ciphertext: &[u8],
    ) -> Result<(VersionNumber, SecretBytes)> {
        let version = self.version_for(key.target(), version)?;
        if !version.state.may_process() {
            return Err(version_error(version.state, &self.key_arn(key.target())));
        }
        let live = self.live(key.target(), version).await?;
        let opened = capability(live.raw())?.decrypt(mode, iv, additional_data, ciphertext).await;
        Ok((version.number, opened.map_err(ciphertext_error)?))
    }

    fn version_for<'k>(&self, entry: &'k KeyEntry, number: Option<VersionNumber>) -> Result<&'k KeyVersion> {
        let Some(number) = number else { return entry.primary() };
        entry.version(number).ok_or_else(|| {
            Error::new(Reason::NotFound, format!("{} has no version {number}.", self.key_arn(entry)))
        })
    }
}
