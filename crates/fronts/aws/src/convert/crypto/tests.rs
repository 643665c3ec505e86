use claviger_types::Region;
use serde::Deserialize;

use super::*;
use crate::call::from_json;

const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

/// Replaces `ID` by an id and checks how a request is converted.
fn check<'a, R: Deserialize<'a>, O>(
    body: &'a str,
    convert: impl FnOnce(R, Names<'_>) -> Result<O, Fault>,
    expected: Result<(), &str>,
) -> Option<O> {
    let region: Region = "eu-here-1".parse().unwrap();
    let converted =
        from_json(body.as_bytes()).and_then(|request| convert(request, Names { region: &region }));
    let kind = converted.as_ref().map(drop).map_err(|fault| fault.code.name);
    assert_eq!(kind, expected, "{body}");
    converted.ok()
}

fn body(members: &str) -> String {
    format!(r#"{{"KeyId":"{ID}"{}{members}}}"#, if members.is_empty() { "" } else { "," })
}

const VALIDATION: Result<(), &str> = Err("ValidationException");
const UNSUPPORTED: Result<(), &str> = Err("UnsupportedOperationException");

#[test]
fn encrypt_requests() {
    let check = |members: &str, expected| check(&body(members), encrypt, expected);
    let full = check(
        r#""Plaintext":"AAEC","EncryptionContext":{"a":"b"},"EncryptionAlgorithm":"SYMMETRIC_DEFAULT""#,
        Ok(()),
    );
    let full = full.unwrap();
    assert_eq!(full.plaintext.expose(), [0, 1, 2]);
    assert_eq!(full.additional_data.context().unwrap().pairs().len(), 1);
    let plain = check(r#""Plaintext":"AAEC""#, Ok(())).unwrap();
    assert_eq!(
        (plain.algorithm, plain.additional_data),
        (EncryptionAlgorithm::SymmetricDefault, Default::default())
    );
    check("", VALIDATION);
    check(r#""Plaintext":"""#, VALIDATION);
    check(&format!(r#""Plaintext":"{}""#, "AAAA".repeat(1366)), VALIDATION);
    check(&format!(r#""Plaintext":"{}AA==""#, "AAAA".repeat(1365)), Ok(()));
    check(r#""Plaintext":"AAEC","EncryptionAlgorithm":"RSAES_OAEP_SHA_256""#, Ok(()));
    check(r#""Plaintext":"AAEC","EncryptionAlgorithm":"SM2PKE""#, UNSUPPORTED);
    check(r#""Plaintext":"AAEC","EncryptionAlgorithm":"AES""#, VALIDATION);
    check(r#""Plaintext":"AAEC","GrantTokens":["x"]"#, Err("InvalidGrantTokenException"));
}

#[test]
fn decrypt_requests() {
    let check = |body: &str, expected| check(body, decrypt, expected);
    let without_key = check(r#"{"CiphertextBlob":"AAEC"}"#, Ok(())).unwrap();
    assert_eq!(without_key.key, None);
    assert!(check(&body(r#""CiphertextBlob":"AAEC""#), Ok(())).unwrap().key.is_some());
    check("{}", VALIDATION);
    check(r#"{"CiphertextBlob":""}"#, VALIDATION);
    check(r#"{"CiphertextBlob":"AAEC","KeyId":""}"#, VALIDATION);
    check(r#"{"CiphertextBlob":"AAEC","KeyId":"x"}"#, Err("NotFoundException"));
    check(
        r#"{"CiphertextBlob":"AAEC","Recipient":{"KeyEncryptionAlgorithm":"RSAES_OAEP_SHA_256"}}"#,
        UNSUPPORTED,
    );
    check(r#"{"CiphertextBlob":"AAEC","Recipient":null}"#, Ok(()));
    check(r#"{"CiphertextBlob":"AAEC","DryRunModifiers":[]}"#, Ok(()));
    check(r#"{"CiphertextBlob":"AAEC","DryRunModifiers":["IGNORE_CIPHERTEXT"]}"#, UNSUPPORTED);
    check(&format!(r#"{{"CiphertextBlob":"{}"}}"#, "AAAA".repeat(2048)), Ok(()));
    check(&format!(r#"{{"CiphertextBlob":"{}AA=="}}"#, "AAAA".repeat(2048)), VALIDATION);
}

#[test]
fn re_encrypt_requests() {
    let check = |body: &str, expected| check(body, re_encrypt, expected);
    let destination = format!(r#""CiphertextBlob":"AAEC","DestinationKeyId":"{ID}""#);
    assert_eq!(check(&format!("{{{destination}}}"), Ok(())).unwrap().source_key, None);
    let full = format!(
        r#"{{{destination},"SourceKeyId":"alias/a","SourceEncryptionContext":{{"a":"1"}},"DestinationEncryptionContext":{{"b":"2"}},"SourceEncryptionAlgorithm":"RSAES_OAEP_SHA_1"}}"#
    );
    let full = check(&full, Ok(())).unwrap();
    assert_eq!(full.source_algorithm, EncryptionAlgorithm::RsaOaepSha1);
    assert_eq!(full.destination_algorithm, EncryptionAlgorithm::SymmetricDefault);
    assert!(full.source_additional_data.context().unwrap().pairs().contains_key("a"));
    assert!(full.destination_additional_data.context().unwrap().pairs().contains_key("b"));
    check(r#"{"CiphertextBlob":"AAEC"}"#, VALIDATION);
    check(&format!(r#"{{"DestinationKeyId":"{ID}"}}"#), VALIDATION);
}

#[test]
fn data_key_requests() {
    let check = |members: &str, expected| check(&body(members), generate_data_key, expected);
    assert_eq!(check(r#""KeySpec":"AES_128""#, Ok(())).unwrap().len, 16);
    assert_eq!(check(r#""KeySpec":"AES_256""#, Ok(())).unwrap().len, 32);
    assert_eq!(check(r#""NumberOfBytes":1024"#, Ok(())).unwrap().len, 1024);
    check(r#""NumberOfBytes":0"#, VALIDATION);
    check(r#""NumberOfBytes":1025"#, VALIDATION);
    check("", VALIDATION);
    check(r#""NumberOfBytes":32,"KeySpec":"AES_256""#, VALIDATION);
    check(r#""KeySpec":"AES_512""#, VALIDATION);
    check(r#""KeySpec":"AES_256","Recipient":{}"#, UNSUPPORTED);
}

#[test]
fn data_key_pair_requests() {
    let check = |members: &str, expected| check(&body(members), generate_data_key_pair, expected);
    assert_eq!(check(r#""KeyPairSpec":"RSA_2048""#, Ok(())).unwrap().spec, KeySpec::Rsa2048);
    check(r#""KeyPairSpec":"ECC_NIST_EDWARDS25519""#, Ok(()));
    check("", VALIDATION);
    check(r#""KeyPairSpec":"HMAC_256""#, VALIDATION);
    check(r#""KeyPairSpec":"ML_DSA_44""#, VALIDATION);
    check(r#""KeyPairSpec":"SM2""#, UNSUPPORTED);
    check(r#""KeyPairSpec":"RSA_2048","Recipient":{}"#, UNSUPPORTED);
}

#[test]
fn random_requests() {
    let check = |body: &str, expected| check(body, |request, _| generate_random(request), expected);
    assert_eq!(check(r#"{"NumberOfBytes":1}"#, Ok(())).unwrap().len, 1);
    check("{}", VALIDATION);
    check(r#"{"NumberOfBytes":-1}"#, VALIDATION);
    check(r#"{"NumberOfBytes":1,"CustomKeyStoreId":"x"}"#, UNSUPPORTED);
    check(r#"{"NumberOfBytes":1,"Recipient":{}}"#, UNSUPPORTED);
}

#[test]
fn signing_requests() {
    let signs = |members: &str, expected| check(&body(members), sign, expected);
    let signed = signs(r#""Message":"AAEC","SigningAlgorithm":"ECDSA_SHA_256""#, Ok(())).unwrap();
    assert_eq!(
        (signed.message_type, signed.algorithm),
        (MessageType::Raw, Some(SigningAlgorithm::EcdsaSha256))
    );
    let mu = r#""Message":"AAEC","MessageType":"EXTERNAL_MU","SigningAlgorithm":"ML_DSA_SHAKE_256""#;
    assert_eq!(signs(mu, Ok(())).unwrap().message_type, MessageType::ExternalMu);
    for algorithm in SigningAlgorithm::ALL {
        let name = algorithm.name();
        let request = format!(r#""Message":"AAEC","MessageType":"DIGEST","SigningAlgorithm":"{name}""#);
        assert_eq!(signs(&request, Ok(())).unwrap().algorithm, Some(algorithm));
        assert!(SIGNING_ALGORITHMS.contains(&name));
    }
    signs(r#""Message":"AAEC""#, VALIDATION);
    signs(r#""SigningAlgorithm":"ECDSA_SHA_256""#, VALIDATION);
    signs(r#""Message":"","SigningAlgorithm":"ECDSA_SHA_256""#, VALIDATION);
    signs(r#""Message":"AAEC","SigningAlgorithm":"SM2DSA""#, UNSUPPORTED);
    signs(r#""Message":"AAEC","SigningAlgorithm":"X""#, VALIDATION);
    signs(r#""Message":"AAEC","MessageType":"X","SigningAlgorithm":"ECDSA_SHA_256""#, VALIDATION);
    let verifies = |members: &str, expected| check(&body(members), verify, expected);
    verifies(r#""Message":"AAEC","Signature":"AAEC","SigningAlgorithm":"ECDSA_SHA_256""#, Ok(()));
    verifies(r#""Message":"AAEC","SigningAlgorithm":"ECDSA_SHA_256""#, VALIDATION);
    verifies(r#""Message":"AAEC","Signature":"","SigningAlgorithm":"ECDSA_SHA_256""#, VALIDATION);
}

#[test]
fn mac_requests() {
    let makes = |members: &str, expected| check(&body(members), generate_mac, expected);
    assert_eq!(
        makes(r#""Message":"AAEC","MacAlgorithm":"HMAC_SHA_384""#, Ok(())).unwrap().algorithm,
        Some(MacAlgorithm::HmacSha384)
    );
    makes(r#""Message":"AAEC""#, VALIDATION);
    makes(r#""Message":"AAEC","MacAlgorithm":"HMAC_SHA_1""#, VALIDATION);
    let verifies = |members: &str, expected| check(&body(members), verify_mac, expected);
    verifies(r#""Message":"AAEC","Mac":"AAEC","MacAlgorithm":"HMAC_SHA_256""#, Ok(()));
    verifies(r#""Message":"AAEC","MacAlgorithm":"HMAC_SHA_256""#, VALIDATION);
}

#[test]
fn agreement_and_public_key_requests() {
    let derives = |members: &str, expected| check(&body(members), derive_shared_secret, expected);
    derives(r#""KeyAgreementAlgorithm":"ECDH","PublicKey":"AAEC""#, Ok(()));
    derives(r#""KeyAgreementAlgorithm":"ECDH""#, VALIDATION);
    derives(r#""PublicKey":"AAEC""#, VALIDATION);
    derives(r#""KeyAgreementAlgorithm":"X25519","PublicKey":"AAEC""#, VALIDATION);
    derives(r#""KeyAgreementAlgorithm":"ECDH","PublicKey":"AAEC","Recipient":{}"#, UNSUPPORTED);
    check(&body(""), get_public_key, Ok(()));
    check("{}", get_public_key, VALIDATION);
}
