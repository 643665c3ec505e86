//! Ed25519 and Ed25519ph (RFC 8032).

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey};
use zeroize::Zeroizing;

use crate::der::must_equal;
use crate::{CryptoError, Input, Secret, ffi};

pub(crate) struct Ed25519Private(Ed25519KeyPair);

impl Ed25519Private {
    pub(crate) fn generate() -> Result<Self, CryptoError> {
        Ed25519KeyPair::generate().map(Self).map_err(|_| CryptoError::Internal)
    }

    /// Takes both versions of RFC 8410 §7; a public key in the second must belong to the private one.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, CryptoError> {
        Ed25519KeyPair::from_pkcs8(der).map(Self).map_err(|_| CryptoError::Malformed)
    }

    /// Version 1, which every reader knows.
    pub(crate) fn to_pkcs8(&self) -> Result<Secret, CryptoError> {
        let document = self.0.to_pkcs8v1().map_err(|_| CryptoError::Internal)?;
        Ok(Zeroizing::new(document.as_ref().to_vec()))
    }

    pub(crate) fn public_key_der(&self) -> Result<Vec<u8>, CryptoError> {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().map_err(|_| CryptoError::Internal)?;
        Ok(der.as_ref().to_vec())
    }

    pub(crate) fn sign(&self, input: Input<'_>) -> Result<Vec<u8>, CryptoError> {
        let signature = self.0.try_sign(input.message()?).map_err(|_| CryptoError::Internal)?;
        Ok(signature.as_ref().to_vec())
    }

    pub(crate) fn sign_prehashed(&self, input: Input<'_>) -> Result<Vec<u8>, CryptoError> {
        // A version 1 document ends with the 32-byte seed (RFC 8410 §7).
        let document = self.to_pkcs8()?;
        let seed = document.last_chunk::<32>().ok_or(CryptoError::Internal)?;
        let mut key = Zeroizing::new([0; 64]);
        for (out, byte) in key.iter_mut().zip(seed.iter().chain(self.0.public_key().as_ref())) {
            *out = *byte;
        }
        Ok(ffi::ed25519ph_sign(&key, input.message()?)?.to_vec())
    }
}

pub(crate) struct Ed25519Public {
    verifier: ParsedPublicKey,
    der: Vec<u8>,
}

impl Ed25519Public {
    /// That the 32 bytes are a point of the curve is checked when a signature is verified, not here.
    pub(crate) fn from_spki_der(der: &[u8]) -> Result<Self, CryptoError> {
        let verifier = ParsedPublicKey::new(&ED25519, der).map_err(|_| CryptoError::Malformed)?;
        let canonical: PublicKeyX509Der<'_> = verifier.as_der().map_err(|_| CryptoError::Internal)?;
        let der = must_equal(der, canonical.as_ref())?;
        Ok(Self { verifier, der })
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(crate) fn verify(&self, input: Input<'_>, signature: &[u8]) -> Result<(), CryptoError> {
        self.verifier.verify_sig(input.message()?, signature).map_err(|_| CryptoError::Rejected)
    }

    pub(crate) fn verify_prehashed(&self, input: Input<'_>, signature: &[u8]) -> Result<(), CryptoError> {
        let message = input.message()?;
        // A SubjectPublicKeyInfo of Ed25519 ends with the 32 bytes of the key (RFC 8410 §4).
        let key = self.der.last_chunk::<32>().ok_or(CryptoError::Internal)?;
        let signature = signature.try_into().map_err(|_| CryptoError::Rejected)?;
        ffi::ed25519ph_verify(key, message, signature)
    }
}
