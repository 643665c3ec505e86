//! A key in no device, which answers what it is told to.

use async_trait::async_trait;
use claviger_crypto::{HashAlg, PublicKey, SignatureScheme};
use claviger_ports::{ProviderError, RawCiphertext};
use claviger_types::{CipherMode, KeySpec, SecretBytes, SigningAlgorithm, SigningInput};

use crate::{Authenticates, Computing, Decrypts, DeviceKey, Enciphers, Form, Signs};

pub(crate) struct FakeKey {
    pub(crate) spec: KeySpec,
    pub(crate) forms: Vec<Form>,
    pub(crate) signatures: Vec<Vec<u8>>,
    pub(crate) computing: Computing,
}

impl FakeKey {
    pub(crate) fn new(spec: KeySpec) -> Self {
        Self { spec, forms: Vec::new(), signatures: Vec::new(), computing: Computing::new() }
    }
}

impl DeviceKey for FakeKey {
    const DEVICE: &'static str = "the fake";
    const MAX_TEXT: usize = 8192;

    fn spec(&self) -> KeySpec {
        self.spec
    }

    fn on_heap(&self) -> usize {
        0
    }

    fn computing(&self) -> &Computing {
        &self.computing
    }
}

#[async_trait]
impl Signs for FakeKey {
    fn forms(&self, _algorithm: SigningAlgorithm) -> Result<Vec<Form>, ProviderError> {
        Ok(self.forms.clone())
    }

    async fn sign(
        &self,
        _algorithm: SigningAlgorithm,
        _scheme: SignatureScheme,
        _of: SigningInput<'_>,
    ) -> Result<Vec<Vec<u8>>, ProviderError> {
        Ok(self.signatures.clone())
    }
}

/// A code of the hash's length, and nothing else about it.
#[async_trait]
impl Authenticates for FakeKey {
    async fn code(&self, hash: HashAlg, _message: &[u8]) -> Result<SecretBytes, ProviderError> {
        Ok(SecretBytes::new(vec![7; hash.digest_len()]))
    }
}

/// It has SHA-256 only, and gives back what it gets.
#[async_trait]
impl Decrypts for FakeKey {
    fn decrypts(&self, hash: HashAlg) -> bool {
        hash == HashAlg::Sha256
    }

    async fn decrypt_oaep(
        &self,
        _hash: HashAlg,
        _public: &PublicKey,
        ciphertext: &[u8],
    ) -> Result<SecretBytes, ProviderError> {
        Ok(SecretBytes::new(ciphertext.to_vec()))
    }
}

/// Its ciphertexts are the plaintexts, behind a nonce of zeros.
#[async_trait]
impl Enciphers for FakeKey {
    async fn encrypt(
        &self,
        mode: CipherMode,
        iv: Option<&[u8]>,
        _additional_data: &[u8],
        plaintext: &[u8],
    ) -> Result<RawCiphertext, ProviderError> {
        let iv = iv.map_or_else(|| vec![0; mode.iv_len()], <[u8]>::to_vec);
        Ok(RawCiphertext { iv, ciphertext: plaintext.to_vec() })
    }

    async fn decrypt(
        &self,
        _mode: CipherMode,
        _iv: &[u8],
        _additional_data: &[u8],
        ciphertext: &[u8],
    ) -> Result<SecretBytes, ProviderError> {
        Ok(SecretBytes::new(ciphertext.to_vec()))
    }
}
