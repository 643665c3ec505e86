//! How a signature is asked for: what the token gets, and what becomes of what it gives.

use std::borrow::Cow;

use claviger_crypto::{SignatureScheme, ecdsa_signature_der};
use claviger_provider_device::Form;
use claviger_types::SigningAlgorithm;

use crate::{encoding, wire::SignMechanism};

/// The forms of an algorithm that a token may take, best first.
pub(crate) const fn forms(algorithm: SigningAlgorithm) -> &'static [Form] {
    match algorithm {
        SigningAlgorithm::RsaPkcs1Sha256
        | SigningAlgorithm::RsaPkcs1Sha384
        | SigningAlgorithm::RsaPkcs1Sha512
        | SigningAlgorithm::RsaPssSha256
        | SigningAlgorithm::RsaPssSha384
        | SigningAlgorithm::RsaPssSha512 => &[Form::Message, Form::Digest],
        SigningAlgorithm::EcdsaSha256 | SigningAlgorithm::EcdsaSha384 | SigningAlgorithm::EcdsaSha512 => {
            &[Form::Digest]
        }
        SigningAlgorithm::Ed25519 | SigningAlgorithm::Ed25519ph => &[Form::Message],
        SigningAlgorithm::MlDsa => &[],
    }
}

/// How the token is asked for a signature.
pub(crate) const fn mechanism(scheme: SignatureScheme, form: Form) -> SignMechanism {
    match (scheme, form) {
        (SignatureScheme::RsaPkcs1(hash), Form::Message) => SignMechanism::RsaPkcs1Hashing { hash },
        (SignatureScheme::RsaPkcs1(_), Form::Digest) => SignMechanism::RsaPkcs1 {},
        (SignatureScheme::RsaPss(hash), Form::Message) => SignMechanism::RsaPssHashing { hash },
        (SignatureScheme::RsaPss(hash), Form::Digest) => SignMechanism::RsaPss { hash },
        (SignatureScheme::Ecdsa(_), _) => SignMechanism::Ecdsa {},
        (SignatureScheme::Ed25519ph, _) => SignMechanism::Ed25519ph {},
        (SignatureScheme::Ed25519 | SignatureScheme::MlDsa, _) => SignMechanism::Ed25519 {},
    }
}

/// What the token signs, of a message or digest; `None` if it can't be written.
pub(crate) fn input(scheme: SignatureScheme, form: Form, bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    match (scheme, form) {
        (SignatureScheme::RsaPkcs1(hash), Form::Digest) => encoding::digest_info(hash, bytes).map(Cow::Owned),
        _ => Some(Cow::Borrowed(bytes)),
    }
}

/// A signature in the form of the port; `None` if it is none.
pub(crate) fn output(scheme: SignatureScheme, made: &[u8]) -> Option<Vec<u8>> {
    match scheme {
        SignatureScheme::Ecdsa(_) => ecdsa_signature_der(made),
        _ => Some(made.to_vec()),
    }
}
