//! ECDSA on secp256k1 with SHA-256, by `k256`: deterministic nonces (RFC 6979).
//!
//! Our signatures have the lower of the two possible `s`; both are accepted, as ECDSA itself does.

use k256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use k256::ecdsa::{Signature, SigningKey, VerifyingKey};
use k256::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use zeroize::Zeroizing;

use crate::{CryptoError, HashAlg, Input, Secret, random};

pub(crate) struct Secp256k1Private(SigningKey);

impl Secp256k1Private {
    pub(crate) fn generate() -> Result<Self, CryptoError> {
        loop {
            let mut scalar = Zeroizing::new([0; 32]);
            random::fill(scalar.as_mut_slice())?;
            // Fails for zero and for values above the group order: once in 2^127 attempts.
            if let Ok(key) = SigningKey::from_slice(scalar.as_slice()) {
                return Ok(Self(key));
            }
        }
    }

    /// `k256` checks the range of the scalar and, if there is a public key, that it belongs to it.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, CryptoError> {
        SigningKey::from_pkcs8_der(der).map(Self).map_err(|_| CryptoError::Malformed)
    }

    pub(crate) fn to_pkcs8(&self) -> Result<Secret, CryptoError> {
        let document = self.0.to_pkcs8_der().map_err(|_| CryptoError::Internal)?;
        Ok(Zeroizing::new(document.as_bytes().to_vec()))
    }

    pub(crate) fn public_key_der(&self) -> Result<Vec<u8>, CryptoError> {
        let document = self.0.verifying_key().to_public_key_der().map_err(|_| CryptoError::Internal)?;
        Ok(document.into_vec())
    }

    pub(crate) fn sign(&self, hash: HashAlg, input: Input<'_>) -> Result<Vec<u8>, CryptoError> {
        if hash != HashAlg::Sha256 {
            return Err(CryptoError::Unsupported);
        }
        let digest = input.digest(hash)?;
        let signature: Signature = self.0.sign_prehash(digest.as_ref()).map_err(|_| CryptoError::Internal)?;
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

pub(crate) struct Secp256k1Public {
    key: VerifyingKey,
    der: Vec<u8>,
}

impl Secp256k1Public {
    pub(crate) fn from_spki_der(der: &[u8]) -> Result<Self, CryptoError> {
        let key = VerifyingKey::from_public_key_der(der).map_err(|_| CryptoError::Malformed)?;
        let der = key.to_public_key_der().map_err(|_| CryptoError::Internal)?.into_vec();
        Ok(Self { key, der })
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(crate) fn verify(
        &self,
        hash: HashAlg,
        input: Input<'_>,
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        if hash != HashAlg::Sha256 {
            return Err(CryptoError::Unsupported);
        }
        let digest = input.digest(hash)?;
        let signature = Signature::from_der(signature).map_err(|_| CryptoError::Rejected)?;
        self.key.verify_prehash(digest.as_ref(), &signature.normalize_s()).map_err(|_| CryptoError::Rejected)
    }
}
