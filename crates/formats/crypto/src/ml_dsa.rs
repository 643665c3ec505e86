//! ML-DSA (FIPS 204) with keys as RFC 9881 writes them.

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{
    KeyPair, ML_DSA_44, ML_DSA_44_SIGNING, ML_DSA_65, ML_DSA_65_SIGNING, ML_DSA_87, ML_DSA_87_SIGNING,
    ParsedPublicKey, PqdsaKeyPair, PqdsaSigningAlgorithm, PqdsaVerificationAlgorithm,
};
use zeroize::Zeroizing;

use crate::der::must_equal;
use crate::lazy::get_or_try_init;
use crate::{CryptoError, Input, Secret, ffi};

pub(crate) struct MlDsaPrivate {
    level: u32,
    signer: PqdsaKeyPair,
    mu_signer: OnceLock<ffi::MlDsaKey>,
}

impl MlDsaPrivate {
    pub(crate) fn generate(level: u32) -> Result<Self, CryptoError> {
        let signer = PqdsaKeyPair::generate(signing(level)?).map_err(|_| CryptoError::Internal)?;
        Ok(Self { level, signer, mu_signer: OnceLock::new() })
    }

    /// Where the document has both the seed and the expanded key, the library checks that they agree.
    pub(crate) fn from_pkcs8(level: u32, der: &[u8]) -> Result<Self, CryptoError> {
        let signer = PqdsaKeyPair::from_pkcs8(signing(level)?, der).map_err(|_| CryptoError::Malformed)?;
        Ok(Self { level, signer, mu_signer: OnceLock::new() })
    }

    pub(crate) fn level(&self) -> u32 {
        self.level
    }

    /// The seed only (RFC 9881 §6).
    pub(crate) fn to_pkcs8(&self) -> Result<Secret, CryptoError> {
        let document = self.signer.to_pkcs8v1().map_err(|_| CryptoError::Internal)?;
        Ok(Zeroizing::new(document.as_ref().to_vec()))
    }

    pub(crate) fn public_key_der(&self) -> Result<Vec<u8>, CryptoError> {
        let der: PublicKeyX509Der<'_> =
            self.signer.public_key().as_der().map_err(|_| CryptoError::Internal)?;
        Ok(der.as_ref().to_vec())
    }

    pub(crate) fn sign(&self, input: Input<'_>) -> Result<Vec<u8>, CryptoError> {
        match input {
            Input::Message(message) => {
                let mut signature = vec![0; self.signer.algorithm().signature_len()];
                self.signer.sign(message, &mut signature).map_err(|_| CryptoError::Internal)?;
                Ok(signature)
            }
            Input::ExternalMu(mu) => {
                let mu = mu.try_into().map_err(|_| CryptoError::Malformed)?;
                get_or_try_init(&self.mu_signer, || ffi::MlDsaKey::from_pkcs8(&self.to_pkcs8()?))?.sign_mu(mu)
            }
            Input::Digest(_) => Err(CryptoError::Unsupported),
        }
    }
}

pub(crate) struct MlDsaPublic {
    level: u32,
    verifier: ParsedPublicKey,
    mu_verifier: OnceLock<ffi::MlDsaKey>,
    der: Vec<u8>,
}

impl MlDsaPublic {
    pub(crate) fn from_spki_der(level: u32, der: &[u8]) -> Result<Self, CryptoError> {
        let verifier = ParsedPublicKey::new(verification(level)?, der).map_err(|_| CryptoError::Malformed)?;
        let canonical: PublicKeyX509Der<'_> = verifier.as_der().map_err(|_| CryptoError::Internal)?;
        let der = must_equal(der, canonical.as_ref())?;
        Ok(Self { level, verifier, mu_verifier: OnceLock::new(), der })
    }

    pub(crate) fn level(&self) -> u32 {
        self.level
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(crate) fn verify(&self, input: Input<'_>, signature: &[u8]) -> Result<(), CryptoError> {
        match input {
            Input::Message(message) => {
                self.verifier.verify_sig(message, signature).map_err(|_| CryptoError::Rejected)
            }
            Input::ExternalMu(mu) => {
                let mu = mu.try_into().map_err(|_| CryptoError::Malformed)?;
                get_or_try_init(&self.mu_verifier, || ffi::MlDsaKey::from_spki(&self.der))?
                    .verify_mu(mu, signature)
            }
            Input::Digest(_) => Err(CryptoError::Unsupported),
        }
    }
}

fn signing(level: u32) -> Result<&'static PqdsaSigningAlgorithm, CryptoError> {
    match level {
        44 => Ok(&ML_DSA_44_SIGNING),
        65 => Ok(&ML_DSA_65_SIGNING),
        87 => Ok(&ML_DSA_87_SIGNING),
        _ => Err(CryptoError::Unsupported),
    }
}

fn verification(level: u32) -> Result<&'static PqdsaVerificationAlgorithm, CryptoError> {
    match level {
        44 => Ok(&ML_DSA_44),
        65 => Ok(&ML_DSA_65),
        87 => Ok(&ML_DSA_87),
        _ => Err(CryptoError::Unsupported),
    }
}
