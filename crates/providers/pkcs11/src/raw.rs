use async_trait::async_trait;
use claviger_ports::{ProviderError, RawCiphertext};
use claviger_provider_device::{Enciphers, tag_len};
use claviger_types::{CipherMode, SecretBytes};

use crate::{
    calls::Weight,
    key::TokenKey,
    provider::nonsense,
    wire::{Answer, Cipher, Request},
};

/// Initialization vectors that are not given are drawn by the token.
#[async_trait]
impl Enciphers for TokenKey {
    async fn encrypt(
        &self,
        mode: CipherMode,
        iv: Option<&[u8]>,
        additional_data: &[u8],
        plaintext: &[u8],
    ) -> Result<RawCiphertext, ProviderError> {
        let cipher = cipher(mode, iv, additional_data);
        let text = SecretBytes::new(plaintext.to_vec());
        let request = Request::Encrypt { id: self.id.clone(), cipher, text };
        let Answer::Encrypted { iv, text } = self.token.call(request, Weight::Light).await? else {
            return Err(nonsense());
        };
        if iv.len() != mode.iv_len() || text.len() != plaintext.len() + tag_len(mode) {
            return Err(ProviderError::Internal("the token gave a ciphertext of another length".to_owned()));
        }
        Ok(RawCiphertext { iv, ciphertext: text.expose().to_vec() })
    }

    async fn decrypt(
        &self,
        mode: CipherMode,
        iv: &[u8],
        additional_data: &[u8],
        ciphertext: &[u8],
    ) -> Result<SecretBytes, ProviderError> {
        let len = ciphertext.len().checked_sub(tag_len(mode)).ok_or(ProviderError::Rejected)?;
        let cipher = cipher(mode, Some(iv), additional_data);
        let text = SecretBytes::new(ciphertext.to_vec());
        let request = Request::Decrypt { id: self.id.clone(), cipher, text };
        match self.token.call(request, Weight::Light).await? {
            Answer::Bytes { bytes } if bytes.len() == len => Ok(bytes),
            Answer::Bytes { .. } => {
                Err(ProviderError::Internal("the token gave a plaintext of another length".to_owned()))
            }
            _ => Err(nonsense()),
        }
    }
}

/// The mode with its parameters.
fn cipher(mode: CipherMode, iv: Option<&[u8]>, additional_data: &[u8]) -> Cipher {
    let iv = iv.map(<[u8]>::to_vec);
    match mode {
        CipherMode::Cbc => Cipher::Cbc { iv },
        CipherMode::Ctr => Cipher::Ctr { iv },
        CipherMode::Gcm => Cipher::Gcm { iv, aad: additional_data.to_vec() },
    }
}
