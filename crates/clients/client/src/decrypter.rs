use std::sync::Arc;

use claviger_api::{Base64, Decrypt, EncryptionAlgorithm, KeySpec, KeyUsage};
use rustls::pki_types::SubjectPublicKeyInfoDer;
use zeroize::Zeroizing;

use crate::{Client, Error, ErrorKind};

/// Decrypts with an RSA key that stays in the service (RSAES-OAEP).
#[derive(Clone, Debug)]
pub struct RemoteDecrypter {
    key: Arc<str>,
    public_key: SubjectPublicKeyInfoDer<'static>,
    client: Client,
}

/// The hash of RSAES-OAEP, also in its mask generation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OaepHash {
    /// For who can do nothing better.
    Sha1,
    /// SHA-256.
    #[default]
    Sha256,
}

impl RemoteDecrypter {
    /// The key of this name (id, ARN, or `alias/` and an alias). Asks the service for its public half; the caller needs to
    /// be allowed `kms:GetPublicKey` and `kms:Decrypt`.
    ///
    /// # Errors
    /// `Unsupported` if it is not an RSA key for decryption; what the service says, or why it cannot be asked.
    pub async fn open(client: &Client, key: &str) -> Result<Self, Error> {
        let public = client.public_key(key).await?;
        let is_rsa = matches!(public.spec, KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096);
        if !is_rsa || !matches!(public.usage, KeyUsage::AsymmetricDecrypt | KeyUsage::Encrypt) {
            let message = format!(
                "the key {} is of {} for {}, not RSA for decryption",
                public.key, public.spec, public.usage
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        Ok(Self { key: public.key.into(), public_key: public.public_key.0.into(), client: client.clone() })
    }

    /// The id of the key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// SubjectPublicKeyInfo in DER: whoever has it can encrypt.
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// Decrypts; the label is empty.
    ///
    /// # Errors
    /// `IntegrityFailure` if it is not a ciphertext of this key and hash; what else the service says, or why it cannot be
    /// asked.
    pub async fn decrypt(&self, ciphertext: &[u8], hash: OaepHash) -> Result<Zeroizing<Vec<u8>>, Error> {
        let algorithm = match hash {
            OaepHash::Sha1 => EncryptionAlgorithm::RsaOaepSha1,
            OaepHash::Sha256 => EncryptionAlgorithm::RsaOaepSha256,
        };
        let request = Decrypt {
            ciphertext: Base64(ciphertext.to_vec()),
            key: Some(self.key.to_string()),
            encryption_context: Default::default(),
            algorithm: Some(algorithm),
        };
        Ok(self.client.decrypt(&request).await?.plaintext.0)
    }
}
