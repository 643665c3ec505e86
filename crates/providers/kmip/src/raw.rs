use async_trait::async_trait;
use claviger_kmip::{
    RequestPayload, ResponsePayload,
    operations::{DecryptRequest, EncryptRequest},
    value::UniqueIdentifier,
};
use claviger_ports::{ProviderError, RawCiphertext};
use claviger_provider_device::{BLOCK_LEN, Enciphers, NONCE_LEN, tag_len};
use claviger_types::{CipherMode, SecretBytes};

use tokio::sync::OnceCell;

use crate::{error::CallError, key::ServerKey, parameters, server::Session};

/// Initialization vectors that are not given are drawn here, those of GCM here or by the server.
#[async_trait]
impl Enciphers for ServerKey {
    async fn encrypt(
        &self,
        mode: CipherMode,
        iv: Option<&[u8]>,
        additional_data: &[u8],
        plaintext: &[u8],
    ) -> Result<RawCiphertext, ProviderError> {
        let (session, known) = self.server.session().await?;
        if mode == CipherMode::Gcm {
            let draws = known.capabilities.draws;
            let (iv, ciphertext) = session.seal(&self.id, additional_data, plaintext, draws).await?;
            return Ok(RawCiphertext { iv, ciphertext });
        }
        let iv = match iv {
            Some(iv) => iv.to_vec(),
            None => {
                let mut drawn = vec![0; mode.iv_len()];
                session.random.fill(&mut drawn);
                drawn
            }
        };
        let cipher = Cipher { mode, pads: known.capabilities.pads, iv: &iv, aad: additional_data };
        let ciphertext = session.encrypt(&self.id, &cipher, plaintext).await?;
        Ok(RawCiphertext { iv, ciphertext })
    }

    async fn decrypt(
        &self,
        mode: CipherMode,
        iv: &[u8],
        additional_data: &[u8],
        ciphertext: &[u8],
    ) -> Result<SecretBytes, ProviderError> {
        let (session, known) = self.server.session().await?;
        let cipher = Cipher { mode, pads: known.capabilities.pads, iv, aad: additional_data };
        open(&session, &self.id, &cipher, known.capabilities.draws, ciphertext, &self.proofs).await
    }
}

/// A mode with its parameters.
#[derive(Clone, Copy)]
pub(crate) struct Cipher<'a> {
    pub(crate) mode: CipherMode,
    /// Whether the server pads in CBC mode whatever it is told.
    pub(crate) pads: bool,
    pub(crate) iv: &'a [u8],
    pub(crate) aad: &'a [u8],
}

/// AES-GCM with a nonce of 96 bits.
pub(crate) const fn gcm<'a>(nonce: &'a [u8], aad: &'a [u8]) -> Cipher<'a> {
    Cipher { mode: CipherMode::Gcm, pads: false, iv: nonce, aad }
}

/// What a server must be able to decrypt with AES-GCM, without associated data and with some. Encrypted once for as long as the key is open:
/// nobody counts it among the messages of the key, and whoever may decrypt could bring it about as often as he likes.
#[derive(Default)]
pub(crate) struct Proofs {
    bare: OnceCell<Proof>,
    with_data: OnceCell<Proof>,
}

/// A vector, and what was encrypted under it.
type Proof = (Vec<u8>, Vec<u8>);

/// Associated data of proofs.
const PROOF_DATA: &[u8] = b"claviger";

/// Decrypts. Servers that refuse do not say reliably whether the ciphertext is at fault (PyKMIP: a general failure): they are
/// then given something that they must be able to decrypt.
///
/// # Errors
/// `Rejected` if it is.
pub(crate) async fn open(
    session: &Session,
    id: &str,
    cipher: &Cipher<'_>,
    draws: bool,
    ciphertext: &[u8],
    proofs: &Proofs,
) -> Result<SecretBytes, ProviderError> {
    if ciphertext.len() < tag_len(cipher.mode) {
        return Err(ProviderError::Rejected);
    }
    let error = match session.decrypt(id, cipher, ciphertext).await {
        Ok(plaintext) => return Ok(plaintext),
        Err(error @ CallError::Refused { .. }) if !error.is_missing() && !error.is_about_us() => error,
        Err(error) => return Err(error.into()),
    };
    let decrypted = match cipher.mode {
        CipherMode::Gcm => {
            let (cell, aad) = match cipher.aad {
                [] => (&proofs.bare, &[][..]),
                _ => (&proofs.with_data, PROOF_DATA),
            };
            let (iv, proof) = cell.get_or_try_init(|| session.prove(id, aad, draws)).await?;
            session.decrypt(id, &gcm(iv, aad), proof).await
        }
        CipherMode::Cbc | CipherMode::Ctr => {
            // Not with the vector of the ciphertext, under which something has been encrypted before.
            let mut iv = vec![0; cipher.mode.iv_len()];
            session.random.fill(&mut iv);
            let cipher = Cipher { iv: &iv, ..*cipher };
            let proof = session.encrypt(id, &cipher, &[0; BLOCK_LEN]).await?;
            session.decrypt(id, &cipher, &proof).await
        }
    };
    match decrypted {
        Ok(_) => Err(ProviderError::Rejected),
        Err(_) => Err(error.into()),
    }
}

impl Session {
    /// Something to be decrypted.
    async fn prove(&self, id: &str, aad: &[u8], draws: bool) -> Result<Proof, CallError> {
        match self.seal(id, aad, &[0; BLOCK_LEN], draws).await {
            // Who opens a keyslot does not know which it takes.
            Err(CallError::Refused { .. }) => self.seal(id, aad, &[0; BLOCK_LEN], !draws).await,
            sealed => sealed,
        }
    }

    /// AES-GCM under a random nonce, which the server draws if it `draws`: nonce, and ciphertext with tag.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn seal(
        &self,
        id: &str,
        aad: &[u8],
        plaintext: &[u8],
        draws: bool,
    ) -> Result<(Vec<u8>, Vec<u8>), CallError> {
        if !draws {
            let nonce: [u8; NONCE_LEN] = self.random.bytes();
            let sealed = self.encrypt(id, &gcm(&nonce, aad), plaintext).await?;
            return Ok((nonce.to_vec(), sealed));
        }
        let request = EncryptRequest {
            unique_identifier: Some(id.into()),
            cryptographic_parameters: Some(parameters::drawn_gcm()),
            data: Some(SecretBytes::new(plaintext.to_vec())),
            additional_data: (!aad.is_empty()).then(|| aad.to_vec()),
            ..EncryptRequest::default()
        };
        let ResponsePayload::Encrypt(answer) = self.ask(RequestPayload::Encrypt(request)).await? else {
            return Err(CallError::nonsense());
        };
        let nonce = answer.iv_counter_nonce.unwrap_or_default();
        let mut sealed = answer.data.unwrap_or_default();
        sealed.extend(answer.tag.unwrap_or_default());
        let is_other = answer.unique_identifier != UniqueIdentifier::from(id);
        match is_other
            || nonce.len() != NONCE_LEN
            || sealed.len() != plaintext.len() + tag_len(CipherMode::Gcm)
        {
            true => Err(CallError::nonsense()),
            false => Ok((nonce, sealed)),
        }
    }

    /// Encrypts, and checks the length of what comes back.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn encrypt(
        &self,
        id: &str,
        cipher: &Cipher<'_>,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, CallError> {
        let pads = cipher.mode == CipherMode::Cbc && cipher.pads;
        let request = EncryptRequest {
            unique_identifier: Some(id.into()),
            cryptographic_parameters: Some(parameters::cipher(cipher.mode, cipher.pads)),
            data: Some(SecretBytes::new(plaintext.to_vec())),
            iv_counter_nonce: Some(cipher.iv.to_vec()),
            additional_data: (!cipher.aad.is_empty()).then(|| cipher.aad.to_vec()),
            ..EncryptRequest::default()
        };
        let ResponsePayload::Encrypt(answer) = self.ask(RequestPayload::Encrypt(request)).await? else {
            return Err(CallError::nonsense());
        };
        let mut ciphertext = answer.data.unwrap_or_default();
        ciphertext.extend(answer.tag.unwrap_or_default());
        let padding = if pads { BLOCK_LEN } else { 0 };
        let is_other = answer.unique_identifier != UniqueIdentifier::from(id);
        if is_other || ciphertext.len() != plaintext.len() + tag_len(cipher.mode) + padding {
            return Err(CallError::nonsense());
        }
        // A plaintext of whole blocks gets a block of padding, which comes last and which nothing depends on.
        ciphertext.truncate(plaintext.len() + tag_len(cipher.mode));
        Ok(ciphertext)
    }

    /// Decrypts, and checks the length of what comes back.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn decrypt(
        &self,
        id: &str,
        cipher: &Cipher<'_>,
        ciphertext: &[u8],
    ) -> Result<SecretBytes, CallError> {
        let len = ciphertext.len().saturating_sub(tag_len(cipher.mode));
        let (text, tag) = ciphertext.split_at_checked(len).unwrap_or_default();
        let mut text = text.to_vec();
        if cipher.mode == CipherMode::Cbc && cipher.pads {
            text.extend(self.padding_behind(id, cipher, ciphertext).await?);
        }
        let request = DecryptRequest {
            unique_identifier: Some(id.into()),
            cryptographic_parameters: Some(parameters::cipher(cipher.mode, cipher.pads)),
            data: Some(text),
            iv_counter_nonce: Some(cipher.iv.to_vec()),
            additional_data: (!cipher.aad.is_empty()).then(|| cipher.aad.to_vec()),
            tag: (cipher.mode == CipherMode::Gcm).then(|| tag.to_vec()),
            ..DecryptRequest::default()
        };
        let ResponsePayload::Decrypt(answer) = self.ask(RequestPayload::Decrypt(request)).await? else {
            return Err(CallError::nonsense());
        };
        let plaintext = answer.data.unwrap_or_default();
        if answer.unique_identifier != UniqueIdentifier::from(id) || plaintext.len() != len {
            return Err(CallError::nonsense());
        }
        Ok(plaintext)
    }

    /// The block that a padding server would have put behind this ciphertext: nothing, encrypted with the last block as
    /// its initialization vector.
    async fn padding_behind(
        &self,
        id: &str,
        cipher: &Cipher<'_>,
        ciphertext: &[u8],
    ) -> Result<Vec<u8>, CallError> {
        let last = ciphertext.last_chunk::<BLOCK_LEN>().map_or(cipher.iv, |block| block.as_slice());
        let request = EncryptRequest {
            unique_identifier: Some(id.into()),
            cryptographic_parameters: Some(parameters::cipher(CipherMode::Cbc, true)),
            data: Some(SecretBytes::default()),
            iv_counter_nonce: Some(last.to_vec()),
            ..EncryptRequest::default()
        };
        match self.ask(RequestPayload::Encrypt(request)).await? {
            ResponsePayload::Encrypt(answer) => {
                answer.data.filter(|block| block.len() == BLOCK_LEN).ok_or_else(CallError::nonsense)
            }
            _ => Err(CallError::nonsense()),
        }
    }
}
