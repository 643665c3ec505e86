use claviger_crypto::{CryptoError, HashAlg, Input, PublicKey, SignatureScheme, digest};
use claviger_ports::Sign;
use claviger_types::{KeySpec, MessageType, SigningAlgorithm, SigningInput};
use shake::{
    Shake256,
    digest::{ExtendableOutput, Update, XofReader},
};

use super::{Gap, Subject, TestKey, messages, rejected, tampered, unsupported};

pub(super) async fn check(subject: &Subject<'_>, key: &TestKey) {
    let spki = key.public.as_deref().unwrap();
    let (signs, verifies) = (key.live.sign().unwrap(), key.reopened.sign().unwrap());
    for algorithm in SigningAlgorithm::ALL {
        if !SigningAlgorithm::of(key.spec).contains(&algorithm) {
            let what = format!("{:?} with {algorithm:?}", key.spec);
            unsupported(signs.sign(algorithm, SigningInput::Message(b"message")).await, &what);
            unsupported(signs.verify(algorithm, SigningInput::Message(b"message"), &[0; 64]).await, &what);
            continue;
        }
        for kind in [MessageType::Raw, MessageType::Digest, MessageType::ExternalMu] {
            let what = format!("{:?} {algorithm:?} {kind:?}", key.spec);
            let belongs = message_types(algorithm).contains(&kind);
            if belongs && !subject.has(Gap::Sign(algorithm, kind)) {
                for message in messages() {
                    round_trip(&what, signs, verifies, spki, algorithm, kind, &message).await;
                }
                wrong_lengths(&what, signs, algorithm, kind).await;
            } else {
                let bytes = if belongs { prepared(algorithm, kind, spki, b"message") } else { vec![1; 64] };
                unsupported(signs.sign(algorithm, input(kind, &bytes)).await, &what);
                unsupported(signs.verify(algorithm, input(kind, &bytes), &[0; 64]).await, &what);
            }
        }
        forgeries(subject, key, algorithm).await;
    }
}

/// One signature for each algorithm and input.
pub(super) async fn briefly(subject: &Subject<'_>, key: &TestKey) {
    let spki = key.public.as_deref().unwrap();
    let (signs, verifies) = (key.live.sign().unwrap(), key.reopened.sign().unwrap());
    for algorithm in SigningAlgorithm::of(key.spec).iter().copied() {
        for kind in message_types(algorithm).iter().filter(|kind| !subject.has(Gap::Sign(algorithm, **kind)))
        {
            let what = format!("{:?} {algorithm:?} {kind:?}", key.spec);
            round_trip(&what, signs, verifies, spki, algorithm, *kind, b"message").await;
        }
    }
}

/// What a key that has `algorithm` signs.
pub(super) fn message_types(algorithm: SigningAlgorithm) -> &'static [MessageType] {
    match algorithm {
        SigningAlgorithm::Ed25519 | SigningAlgorithm::Ed25519ph => &[MessageType::Raw],
        SigningAlgorithm::MlDsa => &[MessageType::Raw, MessageType::ExternalMu],
        _ => &[MessageType::Raw, MessageType::Digest],
    }
}

/// Some algorithm and input that a signing key of `spec` must take.
pub(super) fn simplest(subject: &Subject<'_>, spec: KeySpec) -> Option<(SigningAlgorithm, MessageType)> {
    SigningAlgorithm::of(spec)
        .iter()
        .flat_map(|algorithm| message_types(*algorithm).iter().map(|kind| (*algorithm, *kind)))
        .find(|(algorithm, kind)| !subject.has(Gap::Sign(*algorithm, *kind)))
}

/// What is to be signed so that `message` is, in the form of `kind`.
pub(super) fn prepared(
    algorithm: SigningAlgorithm,
    kind: MessageType,
    spki: &[u8],
    message: &[u8],
) -> Vec<u8> {
    match kind {
        MessageType::Raw => message.to_vec(),
        MessageType::Digest => digest(hash(algorithm), message),
        MessageType::ExternalMu => mu(spki, message),
    }
}

pub(super) fn input(kind: MessageType, bytes: &[u8]) -> SigningInput<'_> {
    match kind {
        MessageType::Raw => SigningInput::Message(bytes),
        MessageType::Digest => SigningInput::Digest(bytes),
        MessageType::ExternalMu => SigningInput::ExternalMu(bytes),
    }
}

/// Whether `signature` is right for `message`, without the provider.
pub(super) fn is_valid(
    spki: &[u8],
    algorithm: SigningAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), CryptoError> {
    PublicKey::from_spki_der(spki).unwrap().verify(scheme(algorithm), Input::Message(message), signature)
}

async fn round_trip(
    what: &str,
    signs: &dyn Sign,
    verifies: &dyn Sign,
    spki: &[u8],
    algorithm: SigningAlgorithm,
    kind: MessageType,
    message: &[u8],
) {
    let bytes = prepared(algorithm, kind, spki, message);
    let signature = signs.sign(algorithm, input(kind, &bytes)).await.unwrap();
    assert!(verifies.verify(algorithm, input(kind, &bytes), &signature).await.unwrap(), "{what}");
    is_valid(spki, algorithm, message, &signature)
        .unwrap_or_else(|error| panic!("{what}: its public key refuses the signature: {error}"));
}

/// Digests and message representatives have one length.
async fn wrong_lengths(what: &str, key: &dyn Sign, algorithm: SigningAlgorithm, kind: MessageType) {
    let len = match kind {
        MessageType::Raw => return,
        MessageType::Digest => hash(algorithm).digest_len(),
        MessageType::ExternalMu => 64,
    };
    for wrong in [0, 1, len - 1, len + 1, 2 * len] {
        let bytes = vec![1; wrong];
        let what = format!("{what} of {wrong} bytes");
        rejected(key.sign(algorithm, input(kind, &bytes)).await, &what);
        rejected(key.verify(algorithm, input(kind, &bytes), &[0; 64]).await, &what);
    }
}

/// Signatures that are not, which are no errors.
async fn forgeries(subject: &Subject<'_>, key: &TestKey, algorithm: SigningAlgorithm) {
    let spki = key.public.as_deref().unwrap();
    let (signs, verifies) = (key.live.sign().unwrap(), key.reopened.sign().unwrap());
    for kind in message_types(algorithm).iter().filter(|kind| !subject.has(Gap::Sign(algorithm, **kind))) {
        let what = format!("{:?} {algorithm:?} {kind:?}", key.spec);
        let message = prepared(algorithm, *kind, spki, b"message");
        let other = prepared(algorithm, *kind, spki, b"another");
        let signature = signs.sign(algorithm, input(*kind, &message)).await.unwrap();
        assert!(!verifies.verify(algorithm, input(*kind, &other), &signature).await.unwrap(), "{what}");
        for changed in tampered(&signature) {
            let verdict = verifies.verify(algorithm, input(*kind, &message), &changed).await.unwrap();
            assert!(!verdict, "{what}: a changed signature passes");
        }
        for other in SigningAlgorithm::of(key.spec).iter().filter(|other| **other != algorithm) {
            let missing = subject.has(Gap::Sign(*other, *kind));
            if *kind == MessageType::Raw && !missing {
                let verdict = verifies.verify(*other, input(*kind, &message), &signature).await.unwrap();
                assert!(!verdict, "{what}: it passes as {other:?}");
            }
        }
    }
}

/// FIPS 204 algorithm 7 line 6, for an empty context.
fn mu(spki: &[u8], message: &[u8]) -> Vec<u8> {
    // A SubjectPublicKeyInfo of ML-DSA has 22 bytes before the key.
    let mut tr = [0; 64];
    let mut hash = Shake256::default();
    hash.update(&spki[22..]);
    hash.finalize_xof().read(&mut tr);
    let mut mu = vec![0; 64];
    let mut hash = Shake256::default();
    hash.update(&tr);
    hash.update(&[0, 0]);
    hash.update(message);
    hash.finalize_xof().read(&mut mu);
    mu
}

fn scheme(algorithm: SigningAlgorithm) -> SignatureScheme {
    match algorithm {
        SigningAlgorithm::EcdsaSha256 | SigningAlgorithm::EcdsaSha384 | SigningAlgorithm::EcdsaSha512 => {
            SignatureScheme::Ecdsa(hash(algorithm))
        }
        SigningAlgorithm::Ed25519 => SignatureScheme::Ed25519,
        SigningAlgorithm::Ed25519ph => SignatureScheme::Ed25519ph,
        SigningAlgorithm::MlDsa => SignatureScheme::MlDsa,
        SigningAlgorithm::RsaPkcs1Sha256
        | SigningAlgorithm::RsaPkcs1Sha384
        | SigningAlgorithm::RsaPkcs1Sha512 => SignatureScheme::RsaPkcs1(hash(algorithm)),
        SigningAlgorithm::RsaPssSha256 | SigningAlgorithm::RsaPssSha384 | SigningAlgorithm::RsaPssSha512 => {
            SignatureScheme::RsaPss(hash(algorithm))
        }
    }
}

fn hash(algorithm: SigningAlgorithm) -> HashAlg {
    match algorithm {
        SigningAlgorithm::EcdsaSha256 | SigningAlgorithm::RsaPkcs1Sha256 | SigningAlgorithm::RsaPssSha256 => {
            HashAlg::Sha256
        }
        SigningAlgorithm::EcdsaSha384 | SigningAlgorithm::RsaPkcs1Sha384 | SigningAlgorithm::RsaPssSha384 => {
            HashAlg::Sha384
        }
        SigningAlgorithm::EcdsaSha512 | SigningAlgorithm::RsaPkcs1Sha512 | SigningAlgorithm::RsaPssSha512 => {
            HashAlg::Sha512
        }
        SigningAlgorithm::Ed25519 | SigningAlgorithm::Ed25519ph | SigningAlgorithm::MlDsa => {
            panic!("{algorithm:?} does not sign digests")
        }
    }
}
