//! Public keys of every kind.

use std::fmt;

use crate::der::{self, Algorithm};
use crate::ec::EcPublic;
use crate::ed25519::Ed25519Public;
use crate::key::nist;
use crate::ml_dsa::MlDsaPublic;
use crate::rsa::{Padding, RsaPublic};
use crate::secp256k1::Secp256k1Public;
use crate::{CryptoError, Curve, HashAlg, Input, KeyKind, SignatureScheme};

/// A public key, validated and ready to be used from several threads at once.
pub struct PublicKey(Inner);

enum Inner {
    Rsa(Box<RsaPublic>),
    Ec(EcPublic),
    Secp256k1(Secp256k1Public),
    Ed25519(Ed25519Public),
    MlDsa(MlDsaPublic),
}

impl PublicKey {
    /// Parses and validates a `SubjectPublicKeyInfo`. The rules of [`crate::PrivateKey::from_pkcs8`] hold; points may
    /// be compressed.
    ///
    /// # Errors
    /// `Malformed` if this is not exactly one valid key; `Unsupported` for other algorithms, sizes and curves.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, CryptoError> {
        let inner = match der::public_key_algorithm(der)? {
            Algorithm::Rsa => Inner::Rsa(Box::new(RsaPublic::from_spki_der(der)?)),
            Algorithm::Ec(curve) => match nist(curve) {
                Some(curve) => Inner::Ec(EcPublic::from_spki_der(curve, der)?),
                None => Inner::Secp256k1(Secp256k1Public::from_spki_der(der)?),
            },
            Algorithm::Ed25519 => Inner::Ed25519(Ed25519Public::from_spki_der(der)?),
            Algorithm::MlDsa(level) => Inner::MlDsa(MlDsaPublic::from_spki_der(level, der)?),
        };
        Ok(Self(inner))
    }

    /// The key as a `SubjectPublicKeyInfo`, points uncompressed.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        match &self.0 {
            Inner::Rsa(key) => key.der(),
            Inner::Ec(key) => key.der(),
            Inner::Secp256k1(key) => key.der(),
            Inner::Ed25519(key) => key.der(),
            Inner::MlDsa(key) => key.der(),
        }
    }

    /// What the key is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        match &self.0 {
            Inner::Rsa(key) => KeyKind::Rsa(key.bits()),
            Inner::Ec(key) => KeyKind::Ec(key.curve()),
            Inner::Secp256k1(_) => KeyKind::Ec(Curve::Secp256k1),
            Inner::Ed25519(_) => KeyKind::Ed25519,
            Inner::MlDsa(key) => KeyKind::MlDsa(key.level()),
        }
    }

    /// Verifies what [`crate::PrivateKey::sign`] makes.
    ///
    /// # Errors
    /// `Rejected` if the signature is not valid, including when it does not parse; `Unsupported` and `Malformed` as
    /// for signing.
    pub fn verify(
        &self,
        scheme: SignatureScheme,
        input: Input<'_>,
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        match (&self.0, scheme) {
            (Inner::Rsa(key), SignatureScheme::RsaPkcs1(hash)) => {
                key.verify(Padding::Pkcs1, hash, input, signature)
            }
            (Inner::Rsa(key), SignatureScheme::RsaPss(hash)) => {
                key.verify(Padding::Pss, hash, input, signature)
            }
            (Inner::Ec(key), SignatureScheme::Ecdsa(hash)) => key.verify(hash, input, signature),
            (Inner::Secp256k1(key), SignatureScheme::Ecdsa(hash)) => key.verify(hash, input, signature),
            (Inner::Ed25519(key), SignatureScheme::Ed25519) => key.verify(input, signature),
            (Inner::Ed25519(key), SignatureScheme::Ed25519ph) => key.verify_prehashed(input, signature),
            (Inner::MlDsa(key), SignatureScheme::MlDsa) => key.verify(input, signature),
            _ => Err(CryptoError::Unsupported),
        }
    }

    /// The same of a message that was signed elsewhere. ECDSA may have another hash than that of its curve: OpenSSL signs
    /// with SHA-256 on every curve unless it is told otherwise.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_foreign(
        &self,
        scheme: SignatureScheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        match (&self.0, scheme) {
            (Inner::Ec(key), SignatureScheme::Ecdsa(hash)) => key.verify_with(hash, message, signature),
            _ => self.verify(scheme, Input::Message(message), signature),
        }
    }

    /// Encrypts with RSAES-OAEP (RFC 8017 §7.1) and the same hash in MGF1.
    ///
    /// # Errors
    /// `Unsupported` if this is not an RSA key or the hash is SHA-224; `TooLarge` if `plaintext` is longer than the
    /// modulus less two digests less two bytes.
    pub fn encrypt_oaep(
        &self,
        hash: HashAlg,
        label: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        match &self.0 {
            Inner::Rsa(key) => key.encrypt_oaep(hash, label, plaintext),
            _ => Err(CryptoError::Unsupported),
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PublicKey").field(&self.kind()).finish()
    }
}
