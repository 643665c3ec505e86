//! RSA signatures and OAEP (RFC 8017).

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512,
    OaepAlgorithm, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey,
};
use aws_lc_rs::signature::{self as lc, KeyPair, ParsedPublicKey, RsaKeyPair, RsaSubjectPublicKey};
use zeroize::Zeroizing;

use crate::der::must_equal;
use crate::lazy::get_or_try_init;
use crate::{CryptoError, HashAlg, Input, Secret};

/// The library has one type for signing and another for decrypting. A key is used for one of the two, so the second
/// is made when first asked for.
pub(crate) struct RsaPrivate {
    signer: RsaKeyPair,
    decrypter: OnceLock<OaepPrivateDecryptingKey>,
    bits: u32,
}

impl RsaPrivate {
    pub(crate) fn generate(bits: u32) -> Result<Self, CryptoError> {
        let size = match bits {
            2048 => KeySize::Rsa2048,
            3072 => KeySize::Rsa3072,
            4096 => KeySize::Rsa4096,
            _ => return Err(CryptoError::Unsupported),
        };
        Self::new(RsaKeyPair::generate(size).map_err(|_| CryptoError::Internal)?)
    }

    /// The library checks that the components belong together, but not that the factors are prime.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, CryptoError> {
        Self::new(RsaKeyPair::from_pkcs8(der).map_err(|error| refusal(&error))?)
    }

    fn new(signer: RsaKeyPair) -> Result<Self, CryptoError> {
        let bits = acceptable_bits(signer.public_key())?;
        Ok(Self { signer, decrypter: OnceLock::new(), bits })
    }

    pub(crate) fn bits(&self) -> u32 {
        self.bits
    }

    pub(crate) fn to_pkcs8(&self) -> Result<Secret, CryptoError> {
        let der: Pkcs8V1Der<'_> = self.signer.as_der().map_err(|_| CryptoError::Internal)?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    pub(crate) fn public_key_der(&self) -> Result<Vec<u8>, CryptoError> {
        let der: PublicKeyX509Der<'_> =
            self.signer.public_key().as_der().map_err(|_| CryptoError::Internal)?;
        Ok(der.as_ref().to_vec())
    }

    pub(crate) fn sign(
        &self,
        padding: Padding,
        hash: HashAlg,
        input: Input<'_>,
    ) -> Result<Vec<u8>, CryptoError> {
        let encoding = signing_algorithm(padding, hash)?;
        let digest = input.digest(hash)?;
        let mut signature = vec![0; self.signer.public_modulus_len()];
        self.signer.sign_digest(encoding, &digest, &mut signature).map_err(|_| CryptoError::Internal)?;
        Ok(signature)
    }

    pub(crate) fn decrypt_oaep(
        &self,
        hash: HashAlg,
        label: &[u8],
        ciphertext: &[u8],
    ) -> Result<Secret, CryptoError> {
        let algorithm = oaep(hash)?;
        let key = get_or_try_init(&self.decrypter, || self.decrypter())?;
        let mut plaintext = Zeroizing::new(vec![0; key.min_output_size()]);
        let len = key
            .decrypt(algorithm, ciphertext, &mut plaintext, Some(label))
            .map_err(|_| CryptoError::Rejected)?
            .len();
        plaintext.truncate(len);
        Ok(plaintext)
    }

    fn decrypter(&self) -> Result<OaepPrivateDecryptingKey, CryptoError> {
        let key = PrivateDecryptingKey::from_pkcs8(&self.to_pkcs8()?).map_err(|_| CryptoError::Internal)?;
        OaepPrivateDecryptingKey::new(key).map_err(|_| CryptoError::Internal)
    }
}

pub(crate) struct RsaPublic {
    encrypter: OaepPublicEncryptingKey,
    der: Vec<u8>,
    bits: u32,
    /// The library binds a parsed key to one algorithm: PKCS#1 v1.5 and PSS, each with three hashes.
    verifiers: [OnceLock<ParsedPublicKey>; 6],
}

impl RsaPublic {
    pub(crate) fn from_spki_der(der: &[u8]) -> Result<Self, CryptoError> {
        let key = RsaSubjectPublicKey::from_der(der).map_err(|_| CryptoError::Malformed)?;
        let bits = acceptable_bits(&key)?;
        let key = PublicEncryptingKey::from_der(der).map_err(|_| CryptoError::Malformed)?;
        let canonical: PublicKeyX509Der<'_> = key.as_der().map_err(|_| CryptoError::Internal)?;
        let der = must_equal(der, canonical.as_ref())?;
        let encrypter = OaepPublicEncryptingKey::new(key).map_err(|_| CryptoError::Internal)?;
        Ok(Self { encrypter, der, bits, verifiers: Default::default() })
    }

    pub(crate) fn bits(&self) -> u32 {
        self.bits
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(crate) fn verify(
        &self,
        padding: Padding,
        hash: HashAlg,
        input: Input<'_>,
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        let (slot, algorithm) = verification_algorithm(padding, hash)?;
        let cell = self.verifiers.get(slot).ok_or(CryptoError::Internal)?;
        let key = get_or_try_init(cell, || {
            ParsedPublicKey::new(algorithm, &self.der).map_err(|_| CryptoError::Internal)
        })?;
        key.verify_digest_sig(&input.digest(hash)?, signature).map_err(|_| CryptoError::Rejected)
    }

    pub(crate) fn encrypt_oaep(
        &self,
        hash: HashAlg,
        label: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let algorithm = oaep(hash)?;
        if plaintext.len() > self.encrypter.max_plaintext_size(algorithm) {
            return Err(CryptoError::TooLarge);
        }
        let mut ciphertext = vec![0; self.encrypter.ciphertext_size()];
        self.encrypter
            .encrypt(algorithm, plaintext, &mut ciphertext, Some(label))
            .map_err(|_| CryptoError::Internal)?;
        Ok(ciphertext)
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Padding {
    Pkcs1,
    Pss,
}

fn signing_algorithm(padding: Padding, hash: HashAlg) -> Result<&'static dyn lc::RsaEncoding, CryptoError> {
    match (padding, hash) {
        (Padding::Pkcs1, HashAlg::Sha256) => Ok(&lc::RSA_PKCS1_SHA256),
        (Padding::Pkcs1, HashAlg::Sha384) => Ok(&lc::RSA_PKCS1_SHA384),
        (Padding::Pkcs1, HashAlg::Sha512) => Ok(&lc::RSA_PKCS1_SHA512),
        (Padding::Pss, HashAlg::Sha256) => Ok(&lc::RSA_PSS_SHA256),
        (Padding::Pss, HashAlg::Sha384) => Ok(&lc::RSA_PSS_SHA384),
        (Padding::Pss, HashAlg::Sha512) => Ok(&lc::RSA_PSS_SHA512),
        (_, HashAlg::Sha1 | HashAlg::Sha224) => Err(CryptoError::Unsupported),
    }
}

fn verification_algorithm(
    padding: Padding,
    hash: HashAlg,
) -> Result<(usize, &'static lc::RsaParameters), CryptoError> {
    match (padding, hash) {
        (Padding::Pkcs1, HashAlg::Sha256) => Ok((0, &lc::RSA_PKCS1_2048_8192_SHA256)),
        (Padding::Pkcs1, HashAlg::Sha384) => Ok((1, &lc::RSA_PKCS1_2048_8192_SHA384)),
        (Padding::Pkcs1, HashAlg::Sha512) => Ok((2, &lc::RSA_PKCS1_2048_8192_SHA512)),
        (Padding::Pss, HashAlg::Sha256) => Ok((3, &lc::RSA_PSS_2048_8192_SHA256)),
        (Padding::Pss, HashAlg::Sha384) => Ok((4, &lc::RSA_PSS_2048_8192_SHA384)),
        (Padding::Pss, HashAlg::Sha512) => Ok((5, &lc::RSA_PSS_2048_8192_SHA512)),
        (_, HashAlg::Sha1 | HashAlg::Sha224) => Err(CryptoError::Unsupported),
    }
}

fn oaep(hash: HashAlg) -> Result<&'static OaepAlgorithm, CryptoError> {
    match hash {
        HashAlg::Sha1 => Ok(&OAEP_SHA1_MGF1SHA1),
        HashAlg::Sha224 => Err(CryptoError::Unsupported),
        HashAlg::Sha256 => Ok(&OAEP_SHA256_MGF1SHA256),
        HashAlg::Sha384 => Ok(&OAEP_SHA384_MGF1SHA384),
        HashAlg::Sha512 => Ok(&OAEP_SHA512_MGF1SHA512),
    }
}

/// The library tells a key of a size that it does not take from one that is not valid by this text alone.
fn refusal(error: &KeyRejected) -> CryptoError {
    match error.description_() {
        "TooSmall" | "TooLarge" => CryptoError::Unsupported,
        _ => CryptoError::Malformed,
    }
}

/// Size of the modulus, if it is one of ours and the exponent is at least 65537 (FIPS 186-5 §5.4).
fn acceptable_bits(key: &RsaSubjectPublicKey) -> Result<u32, CryptoError> {
    let exponent = key.exponent().big_endian_without_leading_zero();
    let exponent_is_fine = match exponent {
        [] | [_] | [_, _] => false,
        [a, b, c] => u32::from_be_bytes([0, *a, *b, *c]) >= 65537,
        // The library takes no exponent above 33 bits.
        _ => true,
    };
    let modulus = key.modulus().big_endian_without_leading_zero();
    let top_bit = modulus.first().is_some_and(|first| first & 0x80 != 0);
    let bits = match modulus.len() {
        256 => 2048,
        384 => 3072,
        512 => 4096,
        _ => return Err(CryptoError::Unsupported),
    };
    if !top_bit {
        return Err(CryptoError::Unsupported);
    }
    if exponent_is_fine { Ok(bits) } else { Err(CryptoError::Malformed) }
}
