use claviger_crypto::{Curve, HashAlg, PrivateKey};

use super::*;
use crate::fake::FakeKey;

const ECDSA: SignatureScheme = SignatureScheme::Ecdsa(HashAlg::Sha256);

#[test]
fn what_is_given_depends_on_forms_and_length() {
    let (short, long, too_long) = (&[1; 10][..], &[1; 5000][..], &[1; 9000][..]);
    let (digested, wrong) = (&[2; 32][..], &[2; 31][..]);
    let (message, digests) = ([Form::Message], [Form::Digest]);
    let both = [Form::Message, Form::Digest];
    let check = |scheme, forms: &[Form], of, expected: Result<(Form, Vec<u8>), ProviderError>| {
        let prepared = prepare::<FakeKey>(scheme, forms, of);
        assert_eq!(format!("{prepared:?}"), format!("{expected:?}"), "{scheme:?} {forms:?}");
    };
    let as_message = |text: &[u8]| Ok((Form::Message, text.to_vec()));
    let hashed = |text: &[u8]| Ok((Form::Digest, digest(HashAlg::Sha256, text)));
    let rejected = || Err(ProviderError::Rejected);
    let unsupported = || Err(ProviderError::Unsupported);

    check(ECDSA, &both, SigningInput::Message(short), as_message(short));
    check(ECDSA, &both, SigningInput::Message(long), hashed(long));
    check(ECDSA, &message, SigningInput::Message(long), as_message(long));
    check(ECDSA, &message, SigningInput::Message(too_long), rejected());
    check(ECDSA, &digests, SigningInput::Message(short), hashed(short));
    check(ECDSA, &digests, SigningInput::Message(too_long), hashed(too_long));
    check(ECDSA, &[], SigningInput::Message(short), unsupported());

    check(ECDSA, &both, SigningInput::Digest(digested), Ok((Form::Digest, digested.to_vec())));
    check(ECDSA, &both, SigningInput::Digest(wrong), rejected());
    check(ECDSA, &message, SigningInput::Digest(digested), unsupported());

    check(SignatureScheme::Ed25519, &message, SigningInput::Message(long), as_message(long));
    check(SignatureScheme::Ed25519, &both, SigningInput::Digest(digested), unsupported());
    check(SignatureScheme::MlDsa, &both, SigningInput::ExternalMu(&[0; 64]), unsupported());
}

#[tokio::test]
async fn only_a_signature_that_is_right_is_given_out() {
    for (spec, curve, algorithm) in [
        (KeySpec::EcP256, Curve::P256, SigningAlgorithm::EcdsaSha256),
        (KeySpec::EcP384, Curve::P384, SigningAlgorithm::EcdsaSha384),
    ] {
        let private = PrivateKey::generate_ec(curve).unwrap();
        let scheme = scheme(spec, algorithm).unwrap();
        let right = private.sign(scheme, Input::Message(b"message")).unwrap();
        let other = private.sign(scheme, Input::Message(b"other")).unwrap();
        let key = |signatures: &[&Vec<u8>]| SigningKey {
            public: Arc::new(private.public_key().unwrap()),
            key: FakeKey {
                forms: vec![Form::Message],
                signatures: signatures.iter().map(|made| made.to_vec()).collect(),
                ..FakeKey::new(spec)
            },
        };
        let of = SigningInput::Message(b"message");
        assert_eq!(Sign::sign(&key(&[&right]), algorithm, of).await.unwrap(), right);
        assert_eq!(Sign::sign(&key(&[&other, &right]), algorithm, of).await.unwrap(), right);
        for nothing in [&[&other][..], &[]] {
            let error = Sign::sign(&key(nothing), algorithm, of).await.unwrap_err();
            assert_eq!(error.to_string(), "the provider failed: the fake gave a signature that is not right");
        }

        let key = key(&[]);
        assert!(key.verify(algorithm, of, &right).await.unwrap());
        assert!(!key.verify(algorithm, of, &other).await.unwrap());
        let digest = SigningInput::Digest(&[0; 32]);
        assert!(matches!(key.verify(algorithm, digest, &right).await, Err(ProviderError::Unsupported)));
        assert!(matches!(
            Sign::sign(&key, SigningAlgorithm::Ed25519, of).await,
            Err(ProviderError::Unsupported)
        ));
    }
}
