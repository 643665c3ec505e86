//! Operations with a key whose handle is known.

use claviger_crypto::HashAlg;
use claviger_types::SecretBytes;
use cryptoki::{
    mechanism::{
        Mechanism, MechanismType,
        aead::GcmParams,
        eddsa::{EddsaParams, EddsaSignatureScheme},
        elliptic_curve::{EcKdf, Ecdh1DeriveParams},
        rsa::{PkcsMgfType, PkcsOaepParams, PkcsOaepSource, PkcsPssParams},
        vendor_defined::VendorDefinedMechanism,
    },
    object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle},
    session::Session,
    types::Ulong,
};

use super::trouble::Trouble;
use crate::wire::{Answer, Cipher, Class, Failure, SignMechanism};

pub(super) const fn signing_class(mechanism: SignMechanism) -> Class {
    match mechanism {
        SignMechanism::Hmac { .. } => Class::Secret {},
        _ => Class::Private {},
    }
}

pub(super) const fn decryption_class(cipher: &Cipher) -> Class {
    match cipher {
        Cipher::Oaep { .. } | Cipher::Rsa {} => Class::Private {},
        Cipher::Cbc { .. } | Cipher::CbcPad { .. } | Cipher::Ctr { .. } | Cipher::Gcm { .. } => {
            Class::Secret {}
        }
    }
}

pub(super) fn random(session: &Session, len: u32) -> Result<Answer, Trouble> {
    Ok(Answer::Bytes { bytes: SecretBytes::new(session.generate_random_vec(len)?) })
}

/// Signs, or authenticates.
pub(super) fn sign(
    session: &Session,
    key: ObjectHandle,
    mechanism: SignMechanism,
    text: &[u8],
) -> Result<SecretBytes, Trouble> {
    Ok(SecretBytes::new(session.sign(&signing_mechanism(mechanism)?, key, text)?))
}

/// # Errors
/// `Unsupported` if PKCS#11 has none.
pub(super) fn signing_mechanism(mechanism: SignMechanism) -> Result<Mechanism<'static>, Trouble> {
    Ok(match mechanism {
        SignMechanism::RsaPkcs1 {} => Mechanism::RsaPkcs,
        SignMechanism::RsaPkcs1Hashing { hash } => match hash {
            HashAlg::Sha256 => Mechanism::Sha256RsaPkcs,
            HashAlg::Sha384 => Mechanism::Sha384RsaPkcs,
            HashAlg::Sha512 => Mechanism::Sha512RsaPkcs,
            HashAlg::Sha1 | HashAlg::Sha224 => return Err(no_such("PKCS #1 v1.5 with this hash")),
        },
        SignMechanism::RsaPss { hash } => Mechanism::RsaPkcsPss(pss(hash)),
        SignMechanism::RsaPssHashing { hash } => match hash {
            HashAlg::Sha256 => Mechanism::Sha256RsaPkcsPss(pss(hash)),
            HashAlg::Sha384 => Mechanism::Sha384RsaPkcsPss(pss(hash)),
            HashAlg::Sha512 => Mechanism::Sha512RsaPkcsPss(pss(hash)),
            HashAlg::Sha1 | HashAlg::Sha224 => return Err(no_such("PSS with this hash")),
        },
        SignMechanism::Ecdsa {} => Mechanism::Ecdsa,
        SignMechanism::Ed25519 {} => Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519)),
        SignMechanism::Ed25519ph {} => {
            Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519ph(&[])))
        }
        SignMechanism::Hmac { hash } => match hash {
            HashAlg::Sha1 => Mechanism::Sha1Hmac,
            HashAlg::Sha224 => Mechanism::Sha224Hmac,
            HashAlg::Sha256 => Mechanism::Sha256Hmac,
            HashAlg::Sha384 => Mechanism::Sha384Hmac,
            HashAlg::Sha512 => Mechanism::Sha512Hmac,
        },
    })
}

/// Encrypts. An initialization vector that is not given is drawn by the token.
pub(super) fn encrypt(
    session: &Session,
    key: ObjectHandle,
    cipher: &Cipher,
    text: &[u8],
) -> Result<Answer, Trouble> {
    let draw = |iv: &Option<Vec<u8>>, len| match iv {
        Some(iv) => Ok(iv.clone()),
        None => session.generate_random_vec(len),
    };
    let (iv, text) = match cipher {
        Cipher::Cbc { iv } => {
            let iv = draw(iv, 16)?;
            let text =
                in_blocks(text, |text| Ok(session.encrypt(&Mechanism::AesCbc(block(&iv)?), key, text)?))?;
            (iv, text)
        }
        Cipher::Ctr { iv } => {
            let iv = draw(iv, 16)?;
            let counter = Counter::new(&iv)?;
            let text = in_blocks(text, |text| Ok(session.encrypt(&counter.mechanism(), key, text)?))?;
            (iv, text)
        }
        Cipher::Gcm { iv, aad } => {
            // Some tokens draw the vector on their own, and write it over the one that they are given.
            let mut iv = draw(iv, 12)?;
            let text = session.encrypt(&Mechanism::AesGcm(gcm(&mut iv, aad)?), key, text)?;
            (iv, text)
        }
        Cipher::CbcPad { .. } => return Err(no_such("encryption with padding")),
        Cipher::Oaep { .. } | Cipher::Rsa {} => return Err(no_such("encryption with a private key")),
    };
    Ok(Answer::Encrypted { iv, text: SecretBytes::new(text) })
}

/// Decrypts.
pub(super) fn decrypt(
    session: &Session,
    key: ObjectHandle,
    cipher: &Cipher,
    text: &[u8],
) -> Result<SecretBytes, Trouble> {
    let rejected = || Trouble::from(Failure::Rejected {});
    let text = match cipher {
        Cipher::Cbc { iv } => {
            let iv = block(iv.as_deref().ok_or_else(rejected)?)?;
            in_blocks(text, |text| Ok(session.decrypt(&Mechanism::AesCbc(iv), key, text)?))?
        }
        Cipher::CbcPad { iv } => session.decrypt(&Mechanism::AesCbcPad(block(iv)?), key, text)?,
        Cipher::Ctr { iv } => {
            let counter = Counter::new(iv.as_deref().ok_or_else(rejected)?)?;
            in_blocks(text, |text| Ok(session.decrypt(&counter.mechanism(), key, text)?))?
        }
        Cipher::Gcm { iv, aad } => {
            let mut iv = iv.clone().ok_or_else(rejected)?;
            let opened = session.decrypt(&Mechanism::AesGcm(gcm(&mut iv, aad)?), key, text);
            opened.map_err(|error| gcm_trouble(session, key, error.into()))?
        }
        Cipher::Oaep { hash } => {
            let opened = session.decrypt(&Mechanism::RsaPkcsOaep(oaep(*hash)), key, text);
            opened.map_err(|error| Trouble::from(error).of_decryption())?
        }
        Cipher::Rsa {} => session.decrypt(&Mechanism::RsaX509, key, text)?,
    };
    Ok(SecretBytes::new(text))
}

/// The x coordinate that two keys on one curve agree on, `len` bytes long. `point` is the peer's, uncompressed.
pub(super) fn agree(
    session: &Session,
    key: ObjectHandle,
    point: &[u8],
    len: u32,
) -> Result<SecretBytes, Trouble> {
    let wanted = usize::try_from(len).unwrap_or(0);
    let template = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::GENERIC_SECRET),
        Attribute::Token(false),
        Attribute::Sensitive(false),
        Attribute::Extractable(true),
        Attribute::ValueLen(Ulong::try_from(wanted)?),
    ];
    let mechanism = Mechanism::Ecdh1Derive(Ecdh1DeriveParams::new(EcKdf::null(), point));
    let derived = session.derive_key(&mechanism, key, &template)?;
    let value = session.get_attributes(derived, &[AttributeType::Value]);
    // It goes with its session in any case.
    let _ = session.destroy_object(derived);
    for attribute in value? {
        if let Attribute::Value(value) = attribute {
            let value = SecretBytes::new(value);
            return padded(value, wanted);
        }
    }
    Err(no_such("derivation of a secret that can be read"))
}

/// Some tokens leave out zeros in front.
fn padded(value: SecretBytes, len: usize) -> Result<SecretBytes, Trouble> {
    if value.len() == len {
        return Ok(value);
    }
    let broken = || Failure::Broken { text: "the secret has another length than the curve".to_owned() };
    let zeros = len.checked_sub(value.len()).ok_or_else(broken)?;
    let mut padded = SecretBytes::with_capacity(len);
    let fits = padded.extend(&vec![0; zeros]).and_then(|()| padded.extend(value.expose()));
    fits.map_err(|_| broken())?;
    Ok(padded)
}

/// Nothing is encrypted to nothing by these modes, and some tokens choke on it.
fn in_blocks(text: &[u8], work: impl FnOnce(&[u8]) -> Result<Vec<u8>, Trouble>) -> Result<Vec<u8>, Trouble> {
    if text.is_empty() { Ok(Vec::new()) } else { work(text) }
}

fn block(iv: &[u8]) -> Result<[u8; 16], Trouble> {
    iv.try_into().map_err(|_| Failure::Rejected {}.into())
}

fn gcm<'a>(iv: &'a mut [u8], aad: &'a [u8]) -> Result<GcmParams<'a>, Trouble> {
    Ok(GcmParams::new(iv, aad, Ulong::from(128))?)
}

/// Whether an error that says nothing was for the ciphertext: the token is asked to open what it has just sealed. Always
/// the same message under the same vector, so that nothing is learnt from it and no use of the key is counted.
fn gcm_trouble(session: &Session, key: ObjectHandle, trouble: Trouble) -> Trouble {
    let Trouble::Failed(Failure::Broken { text }) = trouble else { return trouble };
    let works = || {
        let (mut sealing, mut opening) = ([0; 12], [0; 12]);
        let sealed = session.encrypt(&Mechanism::AesGcm(gcm(&mut sealing, PROOF)?), key, &[])?;
        opening.copy_from_slice(&sealing);
        session.decrypt(&Mechanism::AesGcm(gcm(&mut opening, PROOF)?), key, &sealed)?;
        Ok::<_, Trouble>(())
    };
    match works() {
        Ok(()) => Failure::Rejected {}.into(),
        Err(_) => Failure::Broken { text }.into(),
    }
}

const PROOF: &[u8] = b"claviger: does this key still work?";

fn pss(hash: HashAlg) -> PkcsPssParams {
    let salt = u64::try_from(hash.digest_len()).unwrap_or(0);
    PkcsPssParams { hash_alg: hash_mechanism(hash), mgf: mask(hash), s_len: Ulong::from(salt) }
}

fn oaep(hash: HashAlg) -> PkcsOaepParams<'static> {
    PkcsOaepParams::new(hash_mechanism(hash), mask(hash), PkcsOaepSource::empty())
}

const fn hash_mechanism(hash: HashAlg) -> MechanismType {
    match hash {
        HashAlg::Sha1 => MechanismType::SHA1,
        HashAlg::Sha224 => MechanismType::SHA224,
        HashAlg::Sha256 => MechanismType::SHA256,
        HashAlg::Sha384 => MechanismType::SHA384,
        HashAlg::Sha512 => MechanismType::SHA512,
    }
}

const fn mask(hash: HashAlg) -> PkcsMgfType {
    match hash {
        HashAlg::Sha1 => PkcsMgfType::MGF1_SHA1,
        HashAlg::Sha224 => PkcsMgfType::MGF1_SHA224,
        HashAlg::Sha256 => PkcsMgfType::MGF1_SHA256,
        HashAlg::Sha384 => PkcsMgfType::MGF1_SHA384,
        HashAlg::Sha512 => PkcsMgfType::MGF1_SHA512,
    }
}

/// `CK_AES_CTR_PARAMS`, which the binding has no type for; the counter is the whole block.
#[repr(C)]
struct Counter {
    bits: libc::c_ulong,
    block: [u8; 16],
}

impl Counter {
    fn new(iv: &[u8]) -> Result<Self, Trouble> {
        Ok(Self { bits: 128, block: block(iv)? })
    }

    fn mechanism(&self) -> Mechanism<'_> {
        Mechanism::VendorDefined(VendorDefinedMechanism::new(MechanismType::AES_CTR, Some(self)))
    }
}

fn no_such(what: &str) -> Trouble {
    Failure::Unsupported { text: format!("there is no {what}") }.into()
}
