use aws_lc_rs::digest::Digest;

use crate::{CryptoError, HashAlg};

/// An elliptic curve in short Weierstrass form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Curve {
    /// NIST P-256, also secp256r1.
    P256,
    /// NIST P-384, also secp384r1.
    P384,
    /// NIST P-521, also secp521r1.
    P521,
    /// secp256k1 (SEC 2), for ECDSA only.
    Secp256k1,
}

/// What a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// RSA with a modulus of 2048, 3072 or 4096 bits.
    Rsa(u32),
    /// A key on this curve.
    Ec(Curve),
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// ML-DSA-44, 65 or 87 (FIPS 204).
    MlDsa(u32),
}

/// A signature algorithm with its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) with SHA-256, 384 or 512.
    RsaPkcs1(HashAlg),
    /// RSASSA-PSS (RFC 8017 §8.1) with SHA-256, 384 or 512: the same hash in MGF1, a salt as long as the digest.
    RsaPss(HashAlg),
    /// ECDSA (FIPS 186-5) with the hash that belongs to the curve: SHA-256 for P-256 and secp256k1, SHA-384 for
    /// P-384, SHA-512 for P-521. Signatures are ASN.1 DER (RFC 3279 §2.2.3).
    Ecdsa(HashAlg),
    /// Pure Ed25519 (RFC 8032 §5.1.6).
    Ed25519,
    /// Ed25519ph (RFC 8032 §5.1) with an empty context: the message is hashed with SHA-512 first.
    Ed25519ph,
    /// ML-DSA (FIPS 204) with an empty context, hedged.
    MlDsa,
}

/// What is to be signed or was signed. It has no `Debug`: messages do not belong in logs.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    /// The message itself.
    Message(&'a [u8]),
    /// The message's digest under the scheme's hash function: RSA and ECDSA only.
    Digest(&'a [u8]),
    /// The 64-byte message representative mu (FIPS 204 Algorithm 7, line 6): ML-DSA only.
    ExternalMu(&'a [u8]),
}

impl Input<'_> {
    /// The digest that an RSA or ECDSA signature covers.
    ///
    /// # Errors
    /// `Malformed` for a digest of the wrong length, `Unsupported` for mu.
    pub(crate) fn digest(self, hash: HashAlg) -> Result<Digest, CryptoError> {
        match self {
            Self::Message(message) => Ok(hash.hash(message)),
            Self::Digest(digest) => hash.import(digest),
            Self::ExternalMu(_) => Err(CryptoError::Unsupported),
        }
    }

    /// The message, for schemes that must see it whole.
    ///
    /// # Errors
    /// `Unsupported` for anything else.
    pub(crate) fn message(&self) -> Result<&[u8], CryptoError> {
        match self {
            Self::Message(message) => Ok(message),
            Self::Digest(_) | Self::ExternalMu(_) => Err(CryptoError::Unsupported),
        }
    }
}
