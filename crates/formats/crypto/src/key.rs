//! Private keys of every kind.

use crate::der::{self, Algorithm};
use crate::ec::{EcPrivate, NistCurve};
use crate::ed25519::Ed25519Private;
use crate::ml_dsa::MlDsaPrivate;
use crate::rsa::{Padding, RsaPrivate};
use crate::secp256k1::Secp256k1Private;
use crate::{CryptoError, Curve, HashAlg, Input, KeyKind, PublicKey, Secret, SignatureScheme};

/// A private key, validated and ready to be used from several threads at once.
///
/// It is parsed when it is made and not per operation. The key material is overwritten when it is dropped, as far as
/// AWS-LC and `k256` do so.
pub struct PrivateKey(Inner);

enum Inner {
    Rsa(RsaPrivate),
    Ec(EcPrivate),
    Secp256k1(Secp256k1Private),
    Ed25519(Ed25519Private),
    MlDsa(MlDsaPrivate),
}

impl PrivateKey {
    /// A new key of `kind`.
    ///
    /// # Errors
    /// `Unsupported` for sizes that are not made; `Internal` if generation fails.
    pub fn generate(kind: KeyKind) -> Result<Self, CryptoError> {
        match kind {
            KeyKind::Rsa(bits) => Self::generate_rsa(bits),
            KeyKind::Ec(curve) => Self::generate_ec(curve),
            KeyKind::Ed25519 => Self::generate_ed25519(),
            KeyKind::MlDsa(level) => Self::generate_ml_dsa(level),
        }
    }

    /// A new RSA key with exponent 65537. Takes between tens of milliseconds and seconds.
    ///
    /// # Errors
    /// `Unsupported` unless `bits` is 2048, 3072 or 4096; `Internal` if generation fails.
    pub fn generate_rsa(bits: u32) -> Result<Self, CryptoError> {
        RsaPrivate::generate(bits).map(|key| Self(Inner::Rsa(key)))
    }

    /// A new key on `curve`.
    ///
    /// # Errors
    /// `Internal` if generation fails.
    pub fn generate_ec(curve: Curve) -> Result<Self, CryptoError> {
        match nist(curve) {
            Some(curve) => EcPrivate::generate(curve).map(|key| Self(Inner::Ec(key))),
            None => Secp256k1Private::generate().map(|key| Self(Inner::Secp256k1(key))),
        }
    }

    /// A new Ed25519 key.
    ///
    /// # Errors
    /// `Internal` if generation fails.
    pub fn generate_ed25519() -> Result<Self, CryptoError> {
        Ed25519Private::generate().map(|key| Self(Inner::Ed25519(key)))
    }

    /// A new ML-DSA key.
    ///
    /// # Errors
    /// `Unsupported` unless `level` is 44, 65 or 87; `Internal` if generation fails.
    pub fn generate_ml_dsa(level: u32) -> Result<Self, CryptoError> {
        MlDsaPrivate::generate(level).map(|key| Self(Inner::MlDsa(key)))
    }

    /// Parses and validates an unencrypted PKCS#8 document (RFC 5958).
    ///
    /// RSA moduli have exactly 2048, 3072 or 4096 bits and exponents of at least 65537. Elliptic curve keys name
    /// their curve and may lack the public key; if it is there it must belong to the private one. ML-DSA keys have
    /// their seed (RFC 9881 §6, `seed` and `both`).
    ///
    /// # Errors
    /// `Malformed` if this is not exactly one valid key; `Unsupported` for other algorithms, sizes and curves.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, CryptoError> {
        let inner = match der::private_key_algorithm(der)? {
            Algorithm::Rsa => Inner::Rsa(RsaPrivate::from_pkcs8(der)?),
            Algorithm::Ec(curve) => match nist(curve) {
                Some(curve) => Inner::Ec(EcPrivate::from_pkcs8(curve, der)?),
                None => Inner::Secp256k1(Secp256k1Private::from_pkcs8(der)?),
            },
            Algorithm::Ed25519 => Inner::Ed25519(Ed25519Private::from_pkcs8(der)?),
            Algorithm::MlDsa(level) => Inner::MlDsa(MlDsaPrivate::from_pkcs8(level, der)?),
        };
        Ok(Self(inner))
    }

    /// The key as a PKCS#8 document, version 1.
    ///
    /// # Errors
    /// `Internal` if it cannot be written.
    pub fn to_pkcs8(&self) -> Result<Secret, CryptoError> {
        match &self.0 {
            Inner::Rsa(key) => key.to_pkcs8(),
            Inner::Ec(key) => key.to_pkcs8(),
            Inner::Secp256k1(key) => key.to_pkcs8(),
            Inner::Ed25519(key) => key.to_pkcs8(),
            Inner::MlDsa(key) => key.to_pkcs8(),
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

    /// The public key as a `SubjectPublicKeyInfo` (RFC 5280, RFC 5480, RFC 8410, RFC 9881).
    ///
    /// # Errors
    /// `Internal` if it cannot be written.
    pub fn public_key_der(&self) -> Result<Vec<u8>, CryptoError> {
        match &self.0 {
            Inner::Rsa(key) => key.public_key_der(),
            Inner::Ec(key) => key.public_key_der(),
            Inner::Secp256k1(key) => key.public_key_der(),
            Inner::Ed25519(key) => key.public_key_der(),
            Inner::MlDsa(key) => key.public_key_der(),
        }
    }

    /// The public key, ready to be used.
    ///
    /// # Errors
    /// `Internal` if it cannot be made.
    pub fn public_key(&self) -> Result<PublicKey, CryptoError> {
        PublicKey::from_spki_der(&self.public_key_der()?).map_err(|_| CryptoError::Internal)
    }

    /// Signs. ECDSA signatures are ASN.1 DER, all others the bytes of their specification.
    ///
    /// # Errors
    /// `Unsupported` if the key cannot do `scheme` or the scheme cannot take that kind of `input`; `Malformed` if a
    /// digest or mu has the wrong length.
    pub fn sign(&self, scheme: SignatureScheme, input: Input<'_>) -> Result<Vec<u8>, CryptoError> {
        match (&self.0, scheme) {
            (Inner::Rsa(key), SignatureScheme::RsaPkcs1(hash)) => key.sign(Padding::Pkcs1, hash, input),
            (Inner::Rsa(key), SignatureScheme::RsaPss(hash)) => key.sign(Padding::Pss, hash, input),
            (Inner::Ec(key), SignatureScheme::Ecdsa(hash)) => key.sign(hash, input),
            (Inner::Secp256k1(key), SignatureScheme::Ecdsa(hash)) => key.sign(hash, input),
            (Inner::Ed25519(key), SignatureScheme::Ed25519) => key.sign(input),
            (Inner::Ed25519(key), SignatureScheme::Ed25519ph) => key.sign_prehashed(input),
            (Inner::MlDsa(key), SignatureScheme::MlDsa) => key.sign(input),
            _ => Err(CryptoError::Unsupported),
        }
    }

    /// Decrypts RSAES-OAEP (RFC 8017 §7.1) with the same hash in MGF1.
    ///
    /// # Errors
    /// `Unsupported` if this is not an RSA key or the hash is SHA-224; `Rejected` for every ciphertext that does not
    /// decrypt, whatever the reason.
    pub fn decrypt_oaep(
        &self,
        hash: HashAlg,
        label: &[u8],
        ciphertext: &[u8],
    ) -> Result<Secret, CryptoError> {
        match &self.0 {
            Inner::Rsa(key) => key.decrypt_oaep(hash, label, ciphertext),
            _ => Err(CryptoError::Unsupported),
        }
    }

    /// ECDH on the NIST curves: the x coordinate of the shared point, as long as the field (NIST SP 800-56A
    /// §5.7.1.2). It is not uniformly random; derive keys from it.
    ///
    /// # Errors
    /// `Unsupported` if this key is not on a NIST curve, or the peer's is of another kind or curve; `Malformed` if
    /// `peer_spki_der` is not exactly one valid public key.
    pub fn agree(&self, peer_spki_der: &[u8]) -> Result<Secret, CryptoError> {
        let Inner::Ec(key) = &self.0 else { return Err(CryptoError::Unsupported) };
        if der::public_key_algorithm(peer_spki_der)? != Algorithm::Ec(key.curve()) {
            return Err(CryptoError::Unsupported);
        }
        key.agree(peer_spki_der)
    }
}

/// The NIST curves go one way and secp256k1 (`None`) another.
pub(crate) fn nist(curve: Curve) -> Option<NistCurve> {
    match curve {
        Curve::P256 => Some(NistCurve::P256),
        Curve::P384 => Some(NistCurve::P384),
        Curve::P521 => Some(NistCurve::P521),
        Curve::Secp256k1 => None,
    }
}
