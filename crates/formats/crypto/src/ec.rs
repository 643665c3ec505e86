//! ECDSA (FIPS 186-5) and ECDH (NIST SP 800-56A) on the NIST curves.

use std::sync::OnceLock;

use aws_lc_rs::agreement::{self, ECDH_P256, ECDH_P384, ECDH_P521, UnparsedPublicKey};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{self as lc, EcdsaKeyPair, KeyPair, ParsedPublicKey};
use zeroize::Zeroizing;

use crate::lazy::get_or_try_init;
use crate::{CryptoError, Curve, HashAlg, Input, Secret};

/// A curve of this module. secp256k1 is not among them: the library's generic code is slow there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NistCurve {
    P256,
    P384,
    P521,
}

impl NistCurve {
    pub(crate) fn curve(self) -> Curve {
        match self {
            Self::P256 => Curve::P256,
            Self::P384 => Curve::P384,
            Self::P521 => Curve::P521,
        }
    }

    fn hash(self) -> HashAlg {
        match self {
            Self::P256 => HashAlg::Sha256,
            Self::P384 => HashAlg::Sha384,
            Self::P521 => HashAlg::Sha512,
        }
    }

    fn signing(self) -> &'static lc::EcdsaSigningAlgorithm {
        match self {
            Self::P256 => &lc::ECDSA_P256_SHA256_ASN1_SIGNING,
            Self::P384 => &lc::ECDSA_P384_SHA384_ASN1_SIGNING,
            Self::P521 => &lc::ECDSA_P521_SHA512_ASN1_SIGNING,
        }
    }

    fn verification(self) -> &'static lc::EcdsaVerificationAlgorithm {
        match self {
            Self::P256 => &lc::ECDSA_P256_SHA256_ASN1,
            Self::P384 => &lc::ECDSA_P384_SHA384_ASN1,
            Self::P521 => &lc::ECDSA_P521_SHA512_ASN1,
        }
    }

    fn agreement(self) -> &'static agreement::Algorithm {
        match self {
            Self::P256 => &ECDH_P256,
            Self::P384 => &ECDH_P384,
            Self::P521 => &ECDH_P521,
        }
    }
}

/// The library has one type for signing and another for agreement; the second is made when first asked for.
pub(crate) struct EcPrivate {
    curve: NistCurve,
    signer: EcdsaKeyPair,
    agreement: OnceLock<agreement::PrivateKey>,
}

impl EcPrivate {
    pub(crate) fn generate(curve: NistCurve) -> Result<Self, CryptoError> {
        let signer = EcdsaKeyPair::generate(curve.signing()).map_err(|_| CryptoError::Internal)?;
        Ok(Self { curve, signer, agreement: OnceLock::new() })
    }

    /// The library checks the range of the scalar and, if there is a public key, that it belongs to it.
    pub(crate) fn from_pkcs8(curve: NistCurve, der: &[u8]) -> Result<Self, CryptoError> {
        let signer = EcdsaKeyPair::from_pkcs8(curve.signing(), der).map_err(|_| CryptoError::Malformed)?;
        Ok(Self { curve, signer, agreement: OnceLock::new() })
    }

    pub(crate) fn curve(&self) -> Curve {
        self.curve.curve()
    }

    pub(crate) fn to_pkcs8(&self) -> Result<Secret, CryptoError> {
        let document = self.signer.to_pkcs8v1().map_err(|_| CryptoError::Internal)?;
        Ok(Zeroizing::new(document.as_ref().to_vec()))
    }

    pub(crate) fn public_key_der(&self) -> Result<Vec<u8>, CryptoError> {
        let der: PublicKeyX509Der<'_> =
            self.signer.public_key().as_der().map_err(|_| CryptoError::Internal)?;
        Ok(der.as_ref().to_vec())
    }

    pub(crate) fn sign(&self, hash: HashAlg, input: Input<'_>) -> Result<Vec<u8>, CryptoError> {
        if hash != self.curve.hash() {
            return Err(CryptoError::Unsupported);
        }
        let signature = self.signer.sign_digest(&input.digest(hash)?).map_err(|_| CryptoError::Internal)?;
        Ok(signature.as_ref().to_vec())
    }

    /// `peer` must already be known to be a SubjectPublicKeyInfo; the library checks that its point is on our curve.
    pub(crate) fn agree(&self, peer: &[u8]) -> Result<Secret, CryptoError> {
        let key = get_or_try_init(&self.agreement, || self.agreement())?;
        let peer = UnparsedPublicKey::new(self.curve.agreement(), peer);
        agreement::agree(key, peer, CryptoError::Malformed, |x| Ok(Zeroizing::new(x.to_vec())))
    }

    fn agreement(&self) -> Result<agreement::PrivateKey, CryptoError> {
        agreement::PrivateKey::from_private_key_der(self.curve.agreement(), &self.to_pkcs8()?)
            .map_err(|_| CryptoError::Internal)
    }
}

pub(crate) struct EcPublic {
    curve: NistCurve,
    verifier: ParsedPublicKey,
    der: Vec<u8>,
}

impl EcPublic {
    pub(crate) fn from_spki_der(curve: NistCurve, der: &[u8]) -> Result<Self, CryptoError> {
        let verifier = ParsedPublicKey::new(curve.verification(), der).map_err(|_| CryptoError::Malformed)?;
        let canonical: PublicKeyX509Der<'_> = verifier.as_der().map_err(|_| CryptoError::Internal)?;
        let der = canonical.as_ref().to_vec();
        Ok(Self { curve, verifier, der })
    }

    pub(crate) fn curve(&self) -> Curve {
        self.curve.curve()
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
        if hash != self.curve.hash() {
            return Err(CryptoError::Unsupported);
        }
        self.verifier.verify_digest_sig(&input.digest(hash)?, signature).map_err(|_| CryptoError::Rejected)
    }

    /// The same of a message that was signed elsewhere, with a hash that is not the curve's.
    pub(crate) fn verify_with(
        &self,
        hash: HashAlg,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        let algorithm = match (self.curve, hash) {
            (NistCurve::P256, HashAlg::Sha384) => &lc::ECDSA_P256_SHA384_ASN1,
            (NistCurve::P384, HashAlg::Sha256) => &lc::ECDSA_P384_SHA256_ASN1,
            (NistCurve::P521, HashAlg::Sha256) => &lc::ECDSA_P521_SHA256_ASN1,
            (NistCurve::P521, HashAlg::Sha384) => &lc::ECDSA_P521_SHA384_ASN1,
            _ => return self.verify(hash, Input::Message(message), signature),
        };
        let key = lc::UnparsedPublicKey::new(algorithm, &self.der);
        key.verify(message, signature).map_err(|_| CryptoError::Rejected)
    }
}
