use std::sync::Arc;

use async_trait::async_trait;
use claviger_ports::{LiveKey, ProviderError, RawCipher, RawCiphertext};
use claviger_types::{CipherMode, SecretBytes};

use crate::{
    calls::Weight,
    provider::{TokenLink, nonsense},
    wire::{Answer, Cipher, MAX_TEXT, Request},
};

/// An AES key for raw modes. Initialization vectors that are not given are drawn by the token.
pub(crate) struct RawKey {
    pub(crate) id: Vec<u8>,
    pub(crate) token: Arc<TokenLink>,
}

const TAG_LEN: usize = 16;
const BLOCK_LEN: usize = 16;

impl LiveKey for RawKey {
    fn raw(&self) -> Option<&dyn RawCipher> {
        Some(self)
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + self.id.len()
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
        if mode == CipherMode::Gcm && iv.is_some() {
            return Err(ProviderError::Rejected);
        }
        let cipher = cipher(mode, iv, additional_data, plaintext)?;
        encrypt(&self.token, &self.id, cipher, plaintext, mode).await
    }

    async fn decrypt(
        &self,
        mode: CipherMode,
        iv: &[u8],
        additional_data: &[u8],
        ciphertext: &[u8],
    ) -> Result<SecretBytes, ProviderError> {
        let cipher = cipher(mode, Some(iv), additional_data, ciphertext)?;
        decrypt(&self.token, &self.id, cipher, ciphertext, mode).await
    }
}

/// Encrypts in the token, and checks the lengths of what comes back.
pub(crate) async fn encrypt(
    token: &TokenLink,
    id: &[u8],
    cipher: Cipher,
    plaintext: &[u8],
    mode: CipherMode,
) -> Result<RawCiphertext, ProviderError> {
    let request = Request::Encrypt { id: id.to_vec(), cipher, text: SecretBytes::new(plaintext.to_vec()) };
    let Answer::Encrypted { iv, text } = token.call(request, Weight::Light).await? else {
        return Err(nonsense());
    };
    if iv.len() != mode.iv_len() || text.len() != plaintext.len() + tag_len(mode) {
        return Err(ProviderError::Internal("the token gave a ciphertext of another length".to_owned()));
    }
    Ok(RawCiphertext { iv, ciphertext: text.expose().to_vec() })
}

/// Decrypts in the token, and checks the length of what comes back.
pub(crate) async fn decrypt(
    token: &TokenLink,
    id: &[u8],
    cipher: Cipher,
    ciphertext: &[u8],
    mode: CipherMode,
) -> Result<SecretBytes, ProviderError> {
    let len = ciphertext.len().checked_sub(tag_len(mode)).ok_or(ProviderError::Rejected)?;
    let request = Request::Decrypt { id: id.to_vec(), cipher, text: SecretBytes::new(ciphertext.to_vec()) };
    match token.call(request, Weight::Light).await? {
        Answer::Bytes { bytes } if bytes.len() == len => Ok(bytes),
        Answer::Bytes { .. } => {
            Err(ProviderError::Internal("the token gave a plaintext of another length".to_owned()))
        }
        _ => Err(nonsense()),
    }
}

/// The mode with its parameters, checked as the port has it.
fn cipher(
    mode: CipherMode,
    iv: Option<&[u8]>,
    additional_data: &[u8],
    text: &[u8],
) -> Result<Cipher, ProviderError> {
    let wrong_iv = iv.is_some_and(|iv| iv.len() != mode.iv_len());
    let stray_data = mode != CipherMode::Gcm && !additional_data.is_empty();
    let broken_block = mode == CipherMode::Cbc && !text.len().is_multiple_of(BLOCK_LEN);
    let too_long = text.len().saturating_add(additional_data.len()) > MAX_TEXT;
    if wrong_iv || stray_data || broken_block || too_long {
        return Err(ProviderError::Rejected);
    }
    let iv = iv.map(<[u8]>::to_vec);
    Ok(match mode {
        CipherMode::Cbc => Cipher::Cbc { iv },
        CipherMode::Ctr => Cipher::Ctr { iv },
        CipherMode::Gcm => Cipher::Gcm { iv, aad: additional_data.to_vec() },
    })
}

const fn tag_len(mode: CipherMode) -> usize {
    match mode {
        CipherMode::Gcm => TAG_LEN,
        CipherMode::Cbc | CipherMode::Ctr => 0,
    }
}
