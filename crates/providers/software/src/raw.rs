use async_trait::async_trait;
use claviger_crypto::{AesGcm, aes_cbc_decrypt, aes_cbc_encrypt, aes_ctr_decrypt, aes_ctr_encrypt, fill};
use claviger_failures::failure;
use claviger_ports::{LiveKey, ProviderError, RawCipher, RawCiphertext};
use claviger_types::{CipherMode, SecretBytes};

/// An AES key for raw modes.
///
/// It is kept as it is: a key is used in one mode, which is not known here, and to expand it costs less than a call.
pub(crate) struct RawKey {
    pub(crate) material: SecretBytes,
}

impl LiveKey for RawKey {
    fn raw(&self) -> Option<&dyn RawCipher> {
        Some(self)
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + self.material.len()
    }
}

#[async_trait]
impl RawCipher for RawKey {
    async fn encrypt(
        &self,
        mode: CipherMode,
        iv: Option<&[u8]>,
        additional_data: &[u8],
        plaintext: &[u8],
    ) -> Result<RawCiphertext, ProviderError> {
        let key = self.material.expose();
        let (iv, ciphertext) = match mode {
            CipherMode::Cbc => {
                let iv = block(iv, additional_data)?;
                (iv.to_vec(), aes_cbc_encrypt(key, &iv, plaintext))
            }
            CipherMode::Ctr => {
                let iv = block(iv, additional_data)?;
                (iv.to_vec(), aes_ctr_encrypt(key, &iv, plaintext))
            }
            CipherMode::Gcm if iv.is_some() => return Err(ProviderError::Rejected),
            CipherMode::Gcm => {
                let nonce = drawn()?;
                let sealed = AesGcm::new(key).and_then(|key| key.seal(&nonce, additional_data, plaintext));
                (nonce.to_vec(), sealed)
            }
        };
        Ok(RawCiphertext { iv, ciphertext: ciphertext.map_err(failure)? })
    }

    async fn decrypt(
        &self,
        mode: CipherMode,
        iv: &[u8],
        additional_data: &[u8],
        ciphertext: &[u8],
    ) -> Result<SecretBytes, ProviderError> {
        let key = self.material.expose();
        let plaintext = match mode {
            CipherMode::Cbc => aes_cbc_decrypt(key, &block(Some(iv), additional_data)?, ciphertext),
            CipherMode::Ctr => aes_ctr_decrypt(key, &block(Some(iv), additional_data)?, ciphertext),
            CipherMode::Gcm => {
                let nonce = iv.try_into().map_err(|_| ProviderError::Rejected)?;
                AesGcm::new(key).and_then(|key| key.open(nonce, additional_data, ciphertext))
            }
        };
        plaintext.map(SecretBytes::from).map_err(failure)
    }
}

/// The initialization vector of a mode without authentication, drawn if the caller gives none.
fn block(iv: Option<&[u8]>, additional_data: &[u8]) -> Result<[u8; 16], ProviderError> {
    if !additional_data.is_empty() {
        return Err(ProviderError::Rejected);
    }
    match iv {
        Some(iv) => iv.try_into().map_err(|_| ProviderError::Rejected),
        None => drawn(),
    }
}

fn drawn<const LEN: usize>() -> Result<[u8; LEN], ProviderError> {
    let mut bytes = [0; LEN];
    fill(&mut bytes).map_err(failure)?;
    Ok(bytes)
}
