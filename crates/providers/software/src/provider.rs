use std::{io, sync::Arc};

use async_trait::async_trait;
use claviger_algorithms::key_kind;
use claviger_crypto::{CryptoError, PrivateKey, fill};
use claviger_failures::failure;
use claviger_ports::{Capability, Handle, LiveKey, NewKey, Provider, ProviderError, ProviderState};
use claviger_types::{KeySpec, KeyTag, KeyUsage, MacAlgorithm, ProtectionLevel, ProviderName, SecretBytes};
use zeroize::Zeroizing;

use crate::{
    agreement::AgreementKey,
    cost,
    decryption::DecryptionKey,
    encryption::EncryptionKey,
    handle,
    mac::MacKey,
    pool::{Config, Lane, Pool},
    raw::RawKey,
    signing::SigningKey,
};

/// Keys in the memory of this process.
///
/// Its threads stop when it and every key that it opened have been dropped.
pub struct SoftwareProvider {
    name: ProviderName,
    pool: Arc<Pool>,
}

impl SoftwareProvider {
    /// Starts the threads.
    ///
    /// # Errors
    /// If the system refuses one.
    pub fn start(name: ProviderName, config: Config) -> io::Result<Self> {
        Ok(Self { name, pool: Arc::new(Pool::start(config)?) })
    }

    async fn run<T: Send + 'static>(
        &self,
        lane: Option<Lane>,
        work: impl FnOnce() -> Result<T, ProviderError> + Send + 'static,
    ) -> Result<T, ProviderError> {
        match lane {
            None => work(),
            Some(lane) => self.pool.run(lane, work).await,
        }
    }

    fn check(&self, spec: KeySpec, usage: KeyUsage, capability: Capability) -> Result<(), ProviderError> {
        if self.supports(spec, usage, capability) { Ok(()) } else { Err(ProviderError::Unsupported) }
    }
}

#[async_trait]
impl Provider for SoftwareProvider {
    fn name(&self) -> &ProviderName {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "software"
    }

    fn protection(&self) -> ProtectionLevel {
        ProtectionLevel::Software
    }

    fn state(&self) -> ProviderState {
        ProviderState::Usable
    }

    fn supports(&self, spec: KeySpec, usage: KeyUsage, _capability: Capability) -> bool {
        spec.allows(usage)
    }

    async fn generate(&self, spec: KeySpec, usage: KeyUsage, _tag: KeyTag) -> Result<NewKey, ProviderError> {
        self.check(spec, usage, Capability::Generate)?;
        if let Some(len) = spec.symmetric_len() {
            let mut material = Zeroizing::new(vec![0; len]);
            fill(&mut material).map_err(failure)?;
            return Ok(NewKey { handle: handle::encode(spec, usage, &material), public: None });
        }
        self.run(cost::generation(spec), move || new_key(spec, usage, &generate_private(spec)?)).await
    }

    async fn import(
        &self,
        spec: KeySpec,
        usage: KeyUsage,
        _tag: KeyTag,
        material: SecretBytes,
    ) -> Result<NewKey, ProviderError> {
        self.check(spec, usage, Capability::Import)?;
        if let Some(len) = spec.symmetric_len() {
            if material.len() != len {
                return Err(ProviderError::Rejected);
            }
            return Ok(NewKey { handle: handle::encode(spec, usage, material.expose()), public: None });
        }
        let import = move || new_key(spec, usage, &parse_private(spec, material.expose())?);
        self.run(cost::parsing(spec), import).await
    }

    async fn open(&self, spec: KeySpec, handle: &Handle) -> Result<Arc<dyn LiveKey>, ProviderError> {
        let (usage, material) = handle::decode(spec, handle)?;
        if spec.is_symmetric() {
            return open_symmetric(spec, usage, material);
        }
        let material = SecretBytes::new(material.to_vec());
        let pool = Arc::clone(&self.pool);
        let open = move || {
            let private = parse_private(spec, material.expose())?;
            open_private(spec, usage, private, pool)
        };
        self.run(cost::parsing(spec), open).await
    }

    /// Does nothing: the key is gone when the caller forgets the handle.
    async fn destroy(&self, _spec: KeySpec, _handle: &Handle) -> Result<(), ProviderError> {
        Ok(())
    }

    /// The handle is the material.
    async fn export(&self, spec: KeySpec, handle: &Handle) -> Result<SecretBytes, ProviderError> {
        let (_, material) = handle::decode(spec, handle)?;
        Ok(SecretBytes::new(material.to_vec()))
    }

    async fn random(&self, out: &mut [u8]) -> Result<(), ProviderError> {
        fill(out).map_err(failure)
    }
}

fn generate_private(spec: KeySpec) -> Result<PrivateKey, ProviderError> {
    let kind = key_kind(spec).ok_or(ProviderError::Unsupported)?;
    PrivateKey::generate(kind).map_err(failure)
}

fn parse_private(spec: KeySpec, pkcs8: &[u8]) -> Result<PrivateKey, ProviderError> {
    let key = PrivateKey::from_pkcs8(pkcs8).map_err(key_failure)?;
    if key_kind(spec) == Some(key.kind()) { Ok(key) } else { Err(ProviderError::Rejected) }
}

/// How it is reported that a key, ours or a peer's, could not be read: one of another algorithm is not the key that
/// was asked for.
pub(crate) fn key_failure(error: CryptoError) -> ProviderError {
    match error {
        CryptoError::Unsupported => ProviderError::Rejected,
        other => failure(other),
    }
}

/// The key is written anew, so that a handle has one form whatever was imported.
fn new_key(spec: KeySpec, usage: KeyUsage, key: &PrivateKey) -> Result<NewKey, ProviderError> {
    let material = key.to_pkcs8().map_err(failure)?;
    let public = key.public_key_der().map_err(failure)?;
    Ok(NewKey { handle: handle::encode(spec, usage, &material), public: Some(public) })
}

fn open_symmetric(
    spec: KeySpec,
    usage: KeyUsage,
    material: &[u8],
) -> Result<Arc<dyn LiveKey>, ProviderError> {
    if spec.symmetric_len() != Some(material.len()) {
        return Err(ProviderError::Rejected);
    }
    match (usage, MacAlgorithm::of(spec)) {
        (KeyUsage::Encrypt, None) => {
            Ok(Arc::new(EncryptionKey::new(material).ok_or(ProviderError::Rejected)?))
        }
        (KeyUsage::RawEncrypt, None) => {
            Ok(Arc::new(RawKey { material: SecretBytes::new(material.to_vec()) }))
        }
        (KeyUsage::Mac, Some(algorithm)) => Ok(Arc::new(MacKey::new(algorithm, material))),
        _ => Err(ProviderError::Rejected),
    }
}

fn open_private(
    spec: KeySpec,
    usage: KeyUsage,
    private: PrivateKey,
    pool: Arc<Pool>,
) -> Result<Arc<dyn LiveKey>, ProviderError> {
    let public = Arc::new(private.public_key().map_err(failure)?);
    let private = Arc::new(private);
    match usage {
        KeyUsage::Sign => Ok(Arc::new(SigningKey { spec, private, public, pool })),
        KeyUsage::AsymmetricDecrypt => Ok(Arc::new(DecryptionKey { spec, private, public, pool })),
        KeyUsage::KeyAgreement => Ok(Arc::new(AgreementKey { spec, private, pool })),
        KeyUsage::Encrypt | KeyUsage::Mac | KeyUsage::RawEncrypt => Err(ProviderError::Rejected),
    }
}

#[cfg(test)]
mod tests;
