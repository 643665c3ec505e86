use std::sync::Arc;

use async_trait::async_trait;
use claviger_types::{
    AgreementAlgorithm, CipherMode, EncryptionAlgorithm, KeySpec, KeyTag, KeyUsage, MacAlgorithm,
    ProtectionLevel, ProviderName, SecretBytes, SigningAlgorithm, SigningInput,
};

/// What holds key material and computes with it: software, a PKCS#11 token, a KMIP server, a TPM.
///
/// A provider knows specifications, handles and bytes; never principals, names, policies or stores. It owns its
/// threads, sessions and deadlines: no method may block the thread that polls it for longer than a symmetric
/// operation takes.
#[async_trait]
pub trait Provider: Send + Sync {
    /// The name under which it is configured.
    fn name(&self) -> &ProviderName;

    /// What it is, for people: `software`, `pkcs11`, `kmip`.
    fn kind(&self) -> &'static str;

    /// What protects its keys.
    fn protection(&self) -> ProtectionLevel;

    /// Whether it can be used now. Never waits.
    fn state(&self) -> ProviderState;

    /// Whether it can make a key of `spec` and use it for `usage`. Asked when a key is made, so that a key that could
    /// never work is refused then.
    fn supports(&self, spec: KeySpec, usage: KeyUsage, capability: Capability) -> bool;

    /// Makes a key. A device writes `tag` on it when it makes it and never again: what a crash left between that and
    /// the store's commit is found again by it.
    ///
    /// # Errors
    /// `Unsupported` if it [`supports`](Self::supports) no such key, otherwise as for any call.
    async fn generate(&self, spec: KeySpec, usage: KeyUsage, tag: KeyTag) -> Result<NewKey, ProviderError>;

    /// Takes over `material`: the raw bytes of a symmetric key, PKCS#8 (RFC 5958) in DER of a private key. It is
    /// validated completely. `tag` is as for [`generate`](Self::generate).
    ///
    /// # Errors
    /// `Rejected` if the material is no valid key of `spec`.
    async fn import(
        &self,
        spec: KeySpec,
        usage: KeyUsage,
        tag: KeyTag,
        material: SecretBytes,
    ) -> Result<NewKey, ProviderError>;

    /// A handle of a key that is on the device already, where it stays as it is. `locator` is what the device's users
    /// call it: a PKCS#11 URI (RFC 7512 §2.3), a KMIP unique identifier.
    ///
    /// # Errors
    /// `Rejected` if it names not exactly one key, or one that is not of `spec` or can't be used for `usage`.
    async fn adopt(&self, _spec: KeySpec, _usage: KeyUsage, _locator: &str) -> Result<NewKey, ProviderError> {
        Err(ProviderError::Unsupported)
    }

    /// What the device calls the key behind a handle, for people; `None` if there is no device.
    fn device_id(&self, _handle: &Handle) -> Option<String> {
        None
    }

    /// The keys on the device that carry a tag of any installation of ours, whether they are known or not.
    ///
    /// # Errors
    /// As for any call.
    async fn tagged(&self) -> Result<Vec<TaggedKey>, ProviderError> {
        Ok(Vec::new())
    }

    /// The material of a key that may leave: raw bytes of a symmetric key, PKCS#8 in DER of a private one.
    ///
    /// # Errors
    /// `Unsupported` if keys can't leave this provider.
    async fn export(&self, _spec: KeySpec, _handle: &Handle) -> Result<SecretBytes, ProviderError> {
        Err(ProviderError::Unsupported)
    }

    /// The key behind a handle, ready to be used, parsed once. The caller keeps it under a bound.
    ///
    /// # Errors
    /// `Rejected` if the handle is none of this provider's.
    async fn open(&self, spec: KeySpec, handle: &Handle) -> Result<Arc<dyn LiveKey>, ProviderError>;

    /// Destroys the material behind a handle for good. Destroying what is gone is no error.
    ///
    /// # Errors
    /// As for any call; the caller tries again later.
    async fn destroy(&self, spec: KeySpec, handle: &Handle) -> Result<(), ProviderError>;

    /// Fills `out` with random bytes fit to be key material.
    ///
    /// # Errors
    /// As for any call.
    async fn random(&self, out: &mut [u8]) -> Result<(), ProviderError>;
}

/// Whether a provider can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderState {
    /// It is being asked what it can do: it has just been started, or is not reached and tried again. The text says
    /// what went wrong, if anything has.
    Probing(Option<String>),
    /// It is ready.
    Usable,
    /// Trying again is no use, or would do harm, as with a wrong PIN. The text says what to do.
    Unusable(String),
}

/// A key on a device that carries one of our tags.
pub struct TaggedKey {
    /// The tag.
    pub tag: KeyTag,
    /// What the device calls it.
    pub device_id: String,
    /// What [`Provider::destroy`] takes to remove all of it.
    pub handle: Handle,
}

/// What a provider may be able to do with a key beyond using it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Make it.
    Generate,
    /// Take it over from outside.
    Import,
}

/// How a provider finds a key again. Opaque and versioned by the provider; it may hold the key itself, so the domain
/// encrypts it before it is stored.
pub struct Handle(pub SecretBytes);

/// A key that has just been made.
pub struct NewKey {
    /// How to find it again.
    pub handle: Handle,
    /// SubjectPublicKeyInfo in DER of an asymmetric key.
    pub public: Option<Vec<u8>>,
}

/// A key that is ready to be used. Each accessor is `None` if the key cannot do that.
pub trait LiveKey: Send + Sync {
    /// Authenticated encryption.
    fn encrypt(&self) -> Option<&dyn Encrypt> {
        None
    }
    /// Signatures.
    fn sign(&self) -> Option<&dyn Sign> {
        None
    }
    /// Decryption with a private key.
    fn asymmetric_decrypt(&self) -> Option<&dyn AsymmetricDecrypt> {
        None
    }
    /// Message authentication codes.
    fn mac(&self) -> Option<&dyn Mac> {
        None
    }
    /// Key agreement.
    fn agree(&self) -> Option<&dyn Agree> {
        None
    }
    /// Raw modes of encryption.
    fn raw(&self) -> Option<&dyn RawCipher> {
        None
    }
    /// Approximate memory in bytes, for the bound on what is kept.
    fn weight(&self) -> usize;
}

/// AEAD under a symmetric key. The id of the AEAD goes into the ciphertext's header.
#[async_trait]
pub trait Encrypt: Send + Sync {
    /// Which AEAD this key uses: 1 = XAES-256-GCM (C2SP), 2 = AES-256-GCM of a device.
    fn aead(&self) -> u8;

    /// How many messages may be encrypted before nonces could repeat; `None` if that is no concern. The caller counts
    /// them, durably.
    fn message_limit(&self) -> Option<u64> {
        None
    }

    /// Nonce ‖ ciphertext ‖ tag appended to `out`; the nonce is drawn by the provider.
    ///
    /// # Errors
    /// As for any call.
    async fn seal(&self, aad: &[u8], plaintext: &[u8], out: &mut Vec<u8>) -> Result<(), ProviderError>;

    /// The inverse of [`seal`](Self::seal).
    ///
    /// # Errors
    /// `Rejected` if anything was changed, or `aad` is another.
    async fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<SecretBytes, ProviderError>;

    /// Opens AES-256-GCM with a 96-bit nonce in front and no associated data: what was encrypted before the key was
    /// imported, by systems that used it so. There is no such encryption. `Unsupported` unless the provider can.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    async fn open_plain_gcm(&self, _sealed: &[u8]) -> Result<SecretBytes, ProviderError> {
        Err(ProviderError::Unsupported)
    }
}

/// Signatures with a private key.
#[async_trait]
pub trait Sign: Send + Sync {
    /// Signs. ECDSA signatures are DER (RFC 3279 §2.2.3), the others as their specifications have them.
    ///
    /// # Errors
    /// `Rejected` if the input has the wrong length, `Unsupported` if the key has no such algorithm.
    async fn sign(
        &self,
        algorithm: SigningAlgorithm,
        input: SigningInput<'_>,
    ) -> Result<Vec<u8>, ProviderError>;

    /// Checks a signature with the public half.
    ///
    /// # Errors
    /// As [`sign`](Self::sign); a signature that is wrong is `Ok(false)`.
    async fn verify(
        &self,
        algorithm: SigningAlgorithm,
        input: SigningInput<'_>,
        signature: &[u8],
    ) -> Result<bool, ProviderError>;
}

/// RSA decryption (and, with the public half, encryption).
#[async_trait]
pub trait AsymmetricDecrypt: Send + Sync {
    /// Encrypts with the public half.
    ///
    /// # Errors
    /// `Rejected` if the plaintext is too long for the key.
    async fn encrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, ProviderError>;

    /// Decrypts.
    ///
    /// # Errors
    /// `Rejected`, without a reason, if the ciphertext is not one of this key.
    async fn decrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        ciphertext: &[u8],
    ) -> Result<SecretBytes, ProviderError>;
}

/// Message authentication codes.
#[async_trait]
pub trait Mac: Send + Sync {
    /// Computes the code, untruncated.
    ///
    /// # Errors
    /// `Unsupported` if the key has another algorithm.
    async fn compute(&self, algorithm: MacAlgorithm, message: &[u8]) -> Result<Vec<u8>, ProviderError>;

    /// Compares in constant time with the code of `message`.
    ///
    /// # Errors
    /// As [`compute`](Self::compute); a wrong code is `Ok(false)`.
    async fn verify(
        &self,
        algorithm: MacAlgorithm,
        message: &[u8],
        mac: &[u8],
    ) -> Result<bool, ProviderError>;
}

/// A block cipher in modes whose parameters the caller sees and keeps.
#[async_trait]
pub trait RawCipher: Send + Sync {
    /// Encrypts. `iv` is the initialization vector; if absent, the provider draws it.
    ///
    /// With GCM it must be absent: two messages under one vector give away the XOR of their plaintexts and the key of
    /// the authentication, and a caller's choice cannot be relied upon never to repeat, least of all among several
    /// callers of one key. Cloud KMS refuses it likewise.
    ///
    /// # Errors
    /// `Rejected` if `iv` has not the mode's length or is given with GCM, if there is `additional_data` without GCM, or
    /// if a plaintext for CBC is not whole blocks: there is no padding.
    async fn encrypt(
        &self,
        mode: CipherMode,
        iv: Option<&[u8]>,
        additional_data: &[u8],
        plaintext: &[u8],
    ) -> Result<RawCiphertext, ProviderError>;

    /// Decrypts. Only GCM notices that something was changed.
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt), but GCM needs the vector; `Rejected`, without a reason, if GCM's tag is wrong.
    async fn decrypt(
        &self,
        mode: CipherMode,
        iv: &[u8],
        additional_data: &[u8],
        ciphertext: &[u8],
    ) -> Result<SecretBytes, ProviderError>;
}

/// What [`RawCipher::encrypt`] makes.
pub struct RawCiphertext {
    /// The initialization vector.
    pub iv: Vec<u8>,
    /// As long as the plaintext; with GCM the 16-byte tag follows.
    pub ciphertext: Vec<u8>,
}

/// Key agreement.
#[async_trait]
pub trait Agree: Send + Sync {
    /// The raw shared secret with the owner of `peer`, a SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// `Rejected` if `peer` is no valid public key of the same curve.
    async fn agree(&self, algorithm: AgreementAlgorithm, peer: &[u8]) -> Result<SecretBytes, ProviderError>;
}

/// Why a provider did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The bytes given are not what they should be; trying again is useless.
    #[error("the input was rejected")]
    Rejected,
    /// This provider, or this key, cannot do that.
    #[error("not supported by this provider")]
    Unsupported,
    /// Too many calls are waiting.
    #[error("too many calls are waiting for the provider")]
    Busy,
    /// The provider can't be reached now.
    #[error("the provider is unavailable: {0}")]
    Unavailable(String),
    /// It did not answer in time; whether it did what was asked is unknown.
    #[error("the provider did not answer in time")]
    Timeout,
    /// A defect of the provider or of our use of it.
    #[error("the provider failed: {0}")]
    Internal(String),
}
