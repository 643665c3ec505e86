use claviger_ports::{Change, RawCiphertext};
use claviger_types::{CipherMode, KeyAlgorithm, SecretBytes, VersionNumber};

use super::{KeyProof, Scope, capability, ciphertext_error};
use crate::{Error, KeyEntry, MayRawDecrypt, MayRawEncrypt, Reason, Result};

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
        self.restrict(key.target(), version, mode).await?;
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
        check_undecided(key.target(), version, mode)?;
        let opened = capability(live.raw())?.decrypt(mode, iv, additional_data, ciphertext).await;
        opened.map_err(ciphertext_error)
    }

    /// The first encryption under a version that was made for no certain mode decides which it is for: under one key, counter
    /// blocks of the caller's choice would lay open the authentication key of GCM, and who may only encrypt could decrypt.
    /// A decryption decides nothing: who may only decrypt has no say in how others encrypt.
    async fn restrict(&self, entry: &KeyEntry, version: VersionNumber, mode: CipherMode) -> Result<()> {
        if entry.version_or_primary(Some(version))?.algorithm.is_some() {
            return Ok(());
        }
        let change = Change::RestrictVersion(entry.id(), version, KeyAlgorithm::Raw(mode));
        let restricted = self.core.keep_book(change).await;
        // Also after an error: somebody else may have been first.
        self.core.keys.forget(entry.id());
        restricted
    }
}

/// Refuses CTR under a version that is for no certain mode yet: there decrypting is encrypting, so that whoever may only
/// decrypt could find out what authenticates a GCM ciphertext of later, and forge it. Neither GCM nor CBC is of such use.
fn check_undecided(entry: &KeyEntry, version: VersionNumber, mode: CipherMode) -> Result<()> {
    let undecided = entry.version_or_primary(Some(version))?.algorithm.is_none();
    match undecided && mode == CipherMode::Ctr {
        false => Ok(()),
        true => Err(Error::new(
            Reason::InvalidKeyUsage,
            "The key is for no certain mode yet: make it for CTR, or encrypt with it in CTR first.",
        )),
    }
}
