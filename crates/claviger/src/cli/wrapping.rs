//! Key material on its way into the service: wrapped here, so that nothing else sees it.

use std::path::Path;

use claviger_api::WrappingAlgorithm;
use claviger_crypto::{HashAlg, PrivateKey, PublicKey, aes_kwp_wrap, fill};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use zeroize::Zeroizing;

use super::{arguments::SecretBytes, data};
use crate::failure::{Failure, Result};

/// What is in a file of key material: of PEM, the DER in it.
pub(super) fn material(path: &Path) -> Result<SecretBytes> {
    let bytes = data::read(path)?;
    if !bytes.starts_with(b"-----") {
        return Ok(bytes);
    }
    PrivatePkcs8KeyDer::from_pem_slice(&bytes)
        .map(|key| Zeroizing::new(key.secret_pkcs8_der().to_vec()))
        .map_err(|_| Failure::new(format!("{} holds no PRIVATE KEY (PKCS#8) in PEM", path.display())))
}

/// How material is wrapped: private keys may be longer than RSA encrypts, secret keys are not.
pub(super) fn algorithm(material: &[u8]) -> WrappingAlgorithm {
    match PrivateKey::from_pkcs8(material) {
        Ok(_) => WrappingAlgorithm::RsaAesKeyWrapSha256,
        Err(_) => WrappingAlgorithm::RsaOaepSha256,
    }
}

/// Wraps as [`algorithm`] says: under `wrapping_key`, or under a fresh AES key that is under it.
pub(super) fn wrap(wrapping_key: &[u8], material: &[u8]) -> Result<Vec<u8>> {
    let key = PublicKey::from_spki_der(wrapping_key)?;
    if algorithm(material) == WrappingAlgorithm::RsaOaepSha256 {
        return key
            .encrypt_oaep(HashAlg::Sha256, &[], material)
            .map_err(|_| Failure::new("the material is neither a secret key nor a private key in PKCS#8"));
    }
    let mut ephemeral = Zeroizing::new([0; 32]);
    fill(&mut *ephemeral)?;
    let mut wrapped = key.encrypt_oaep(HashAlg::Sha256, &[], &*ephemeral)?;
    wrapped.extend(aes_kwp_wrap(&*ephemeral, material)?);
    Ok(wrapped)
}
