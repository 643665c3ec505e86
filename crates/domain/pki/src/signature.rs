//! How certificates, lists and requests are signed.

use claviger_core::{Error, Reason, Result};
use claviger_crypto::{CryptoError, Curve, HashAlg, KeyKind, PublicKey, SignatureScheme};
use claviger_types::{KeySpec, SigningAlgorithm};
use const_oid::{
    ObjectIdentifier,
    db::{rfc5912, rfc8410},
};
use der::{
    Decode, Encode, Sequence,
    asn1::{Any, AnyRef, BitString},
};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

/// How a key signs certificates if nobody says: the first of these that it can.
///
/// # Errors
/// `Unsupported` for keys that are not for certificates.
pub(crate) fn usual_algorithm(spec: KeySpec) -> Result<SigningAlgorithm> {
    match spec {
        KeySpec::EcP256 => Ok(SigningAlgorithm::EcdsaSha256),
        KeySpec::EcP384 => Ok(SigningAlgorithm::EcdsaSha384),
        KeySpec::EcP521 => Ok(SigningAlgorithm::EcdsaSha512),
        KeySpec::Ed25519 => Ok(SigningAlgorithm::Ed25519),
        KeySpec::Rsa2048 | KeySpec::Rsa3072 => Ok(SigningAlgorithm::RsaPkcs1Sha256),
        KeySpec::Rsa4096 => Ok(SigningAlgorithm::RsaPkcs1Sha512),
        other => Err(Error::new(
            Reason::Unsupported,
            format!(
                "A key of {} signs no certificates here: take RSA, ec-p256, ec-p384, ec-p521 or ed25519.",
                other.name()
            ),
        )),
    }
}

/// The name of an algorithm in what it signs.
///
/// # Errors
/// `Unsupported` for algorithms that certificates are not signed with here.
pub(crate) fn identifier(algorithm: SigningAlgorithm) -> Result<AlgorithmIdentifierOwned> {
    let known = ALGORITHMS.iter().find(|(_, known, _)| *known == algorithm);
    let (oid, _, scheme) = known.ok_or_else(|| {
        Error::new(Reason::Unsupported, format!("Certificates are not signed with {}.", algorithm.name()))
    })?;
    // RFC 4055 §5 wants NULL for RSA; the others have no parameters (RFC 5758 §3.2, RFC 8410 §3).
    let parameters = matches!(scheme, SignatureScheme::RsaPkcs1(_)).then(Any::null);
    Ok(AlgorithmIdentifierOwned { oid: *oid, parameters })
}

/// A public key that may be in a certificate.
///
/// # Errors
/// `InvalidRequest` if it is none, `Unsupported` for kinds and sizes that we do not certify.
pub(crate) fn public_key(spki: &[u8]) -> Result<PublicKey> {
    let key = PublicKey::from_spki_der(spki).map_err(|error| {
        Error::invalid("The public key is not one that can be certified.").caused_by(error)
    })?;
    match key.kind() {
        KeyKind::Rsa(_) | KeyKind::Ed25519 => Ok(key),
        KeyKind::Ec(Curve::P256 | Curve::P384 | Curve::P521) => Ok(key),
        KeyKind::Ec(Curve::Secp256k1) | KeyKind::MlDsa(_) => Err(Error::new(
            Reason::Unsupported,
            "Certificates are for RSA, P-256, P-384, P-521 and Ed25519 keys.",
        )),
    }
}

/// Checks a signature.
///
/// # Errors
/// `InvalidSignature`; `Unsupported` for other algorithms.
pub(crate) fn verify(
    key: &PublicKey,
    algorithm: &AlgorithmIdentifierOwned,
    message: &[u8],
    signature: &BitString,
) -> Result<()> {
    let scheme = ALGORITHMS.iter().find(|(oid, ..)| *oid == algorithm.oid).map(|(_, _, scheme)| *scheme);
    let no_parameters = algorithm.parameters.as_ref().is_none_or(|parameters| *parameters == Any::null());
    let scheme = scheme.filter(|_| no_parameters).ok_or_else(|| unchecked(algorithm))?;
    let bytes = signature.as_bytes().ok_or_else(wrong_signature)?;
    key.verify_foreign(scheme, message, bytes).map_err(|error| match error {
        CryptoError::Unsupported => unchecked(algorithm),
        _ => wrong_signature(),
    })
}

/// Something that is signed: its content, exactly as it was signed, how, and the signature.
#[derive(Sequence)]
pub(crate) struct Signed<'a> {
    pub(crate) content: AnyRef<'a>,
    pub(crate) algorithm: AlgorithmIdentifierOwned,
    pub(crate) signature: BitString,
}

impl<'a> Signed<'a> {
    /// Puts content and signature together, if they belong together: a key that was replaced, or a device that failed,
    /// is found here and not by whoever relies on it.
    ///
    /// # Errors
    /// `Internal`.
    pub(crate) fn assemble(
        content: &[u8],
        algorithm: SigningAlgorithm,
        signature: &[u8],
        key: &PublicKey,
    ) -> Result<Vec<u8>> {
        let signature = BitString::from_bytes(signature).map_err(Error::internal)?;
        let algorithm = identifier(algorithm)?;
        verify(key, &algorithm, content, &signature).map_err(|_| {
            Error::internal("the issuer's key made a signature that its certificate does not verify")
        })?;
        let content = AnyRef::from_der(content).map_err(Error::internal)?;
        Signed { content, algorithm, signature }.to_der().map_err(Error::internal)
    }

    /// The content with its tag and length.
    pub(crate) fn content_der(&self) -> Result<Vec<u8>> {
        self.content.to_der().map_err(Error::internal)
    }
}

/// What is said of a key in a certificate.
///
/// # Errors
/// `Internal`.
pub(crate) fn key_info(key: &PublicKey) -> Result<SubjectPublicKeyInfoOwned> {
    SubjectPublicKeyInfoOwned::from_der(key.der()).map_err(Error::internal)
}

type Known = (ObjectIdentifier, SigningAlgorithm, SignatureScheme);

const ALGORITHMS: [Known; 7] = [
    (rfc5912::ECDSA_WITH_SHA_256, SigningAlgorithm::EcdsaSha256, SignatureScheme::Ecdsa(HashAlg::Sha256)),
    (rfc5912::ECDSA_WITH_SHA_384, SigningAlgorithm::EcdsaSha384, SignatureScheme::Ecdsa(HashAlg::Sha384)),
    (rfc5912::ECDSA_WITH_SHA_512, SigningAlgorithm::EcdsaSha512, SignatureScheme::Ecdsa(HashAlg::Sha512)),
    (rfc8410::ID_ED_25519, SigningAlgorithm::Ed25519, SignatureScheme::Ed25519),
    (
        rfc5912::SHA_256_WITH_RSA_ENCRYPTION,
        SigningAlgorithm::RsaPkcs1Sha256,
        SignatureScheme::RsaPkcs1(HashAlg::Sha256),
    ),
    (
        rfc5912::SHA_384_WITH_RSA_ENCRYPTION,
        SigningAlgorithm::RsaPkcs1Sha384,
        SignatureScheme::RsaPkcs1(HashAlg::Sha384),
    ),
    (
        rfc5912::SHA_512_WITH_RSA_ENCRYPTION,
        SigningAlgorithm::RsaPkcs1Sha512,
        SignatureScheme::RsaPkcs1(HashAlg::Sha512),
    ),
];

fn unchecked(algorithm: &AlgorithmIdentifierOwned) -> Error {
    Error::new(
        Reason::Unsupported,
        format!("Signatures of the algorithm {} by such a key are not checked here.", algorithm.oid),
    )
}

fn wrong_signature() -> Error {
    Error::new(Reason::InvalidSignature, "The signature does not verify with the public key.")
}
