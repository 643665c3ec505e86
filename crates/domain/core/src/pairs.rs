use claviger_algorithms::key_kind;
use claviger_crypto::PrivateKey;
use claviger_types::{KeySpec, SecretBytes};
use tokio::sync::Semaphore;

use crate::{Error, Reason, Result};

/// Makes key pairs for use outside: data key pairs and the wrapping keys of imports. RSA keys take long to find, so
/// only a few are made at a time, on threads where nothing else waits.
pub(crate) struct KeyPairs {
    slots: Semaphore,
    waiting: Semaphore,
}

/// How many callers may wait for their pair.
const WAITING: usize = 64;

impl KeyPairs {
    pub(crate) fn new() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get());
        Self { slots: Semaphore::new(threads), waiting: Semaphore::new(WAITING) }
    }

    /// The private key as PKCS#8 and the public key as SubjectPublicKeyInfo, both in DER.
    pub(crate) async fn generate(&self, spec: KeySpec) -> Result<(SecretBytes, Vec<u8>)> {
        let busy = |_| Error::new(Reason::Throttled, "Too many key pairs are being made; try again later.");
        let _waiting = self.waiting.try_acquire().map_err(busy)?;
        let _slot = self.slots.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(move || {
            let key = generate(spec)?;
            let private = SecretBytes::from(key.to_pkcs8().map_err(Error::internal)?);
            Ok((private, key.public_key_der().map_err(Error::internal)?))
        })
        .await
        .map_err(Error::internal)?
    }
}

fn generate(spec: KeySpec) -> Result<PrivateKey> {
    let unsupported = || Error::new(Reason::Unsupported, "Only asymmetric key specs have key pairs.");
    let kind = key_kind(spec).ok_or_else(unsupported)?;
    PrivateKey::generate(kind).map_err(Error::internal)
}
