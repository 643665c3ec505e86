use std::sync::Arc;

use claviger_crypto::PublicKey;
use claviger_ports::{LiveKey, ProviderError};
use claviger_types::{KeySpec, KeyUsage, MacAlgorithm};

use crate::{
    Authenticates, Computing, Decrypts, Enciphers, Signs, decryption::DecryptionKey,
    encryption::EncryptionKey, mac::MacKey, raw::RawKey, signing::SigningKey,
};

/// A key in a device, with the way to it.
pub trait DeviceKey: Send + Sync + 'static {
    /// What failures call the device.
    const DEVICE: &'static str;

    /// How many bytes of plaintext and associated data it takes in one call.
    const MAX_TEXT: usize;

    /// What the key is.
    fn spec(&self) -> KeySpec;

    /// How many bytes this value has elsewhere on the heap.
    fn on_heap(&self) -> usize;

    /// Where the provider computes.
    fn computing(&self) -> &Computing;
}

/// The key as the domain uses it, with the public half of an asymmetric one. Key agreement is not among what devices
/// have in common.
///
/// # Errors
/// `Rejected` if a key of its specification can't be used so.
pub fn live<K>(usage: KeyUsage, key: K, public: Option<PublicKey>) -> Result<Arc<dyn LiveKey>, ProviderError>
where
    K: Authenticates + Decrypts + Enciphers + Signs,
{
    match (usage, public, MacAlgorithm::of(key.spec())) {
        (KeyUsage::Encrypt, None, None) => Ok(Arc::new(EncryptionKey { key })),
        (KeyUsage::RawEncrypt, None, None) => Ok(Arc::new(RawKey { key })),
        (KeyUsage::Mac, None, Some(algorithm)) => Ok(Arc::new(MacKey { algorithm, key })),
        (KeyUsage::Sign, Some(public), _) => Ok(Arc::new(SigningKey { public: Arc::new(public), key })),
        (KeyUsage::AsymmetricDecrypt, Some(public), _) => Ok(Arc::new(DecryptionKey { public, key })),
        _ => Err(ProviderError::Rejected),
    }
}

#[cfg(test)]
mod tests;
