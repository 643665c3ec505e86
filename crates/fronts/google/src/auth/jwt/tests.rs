use std::{sync::OnceLock, time::Duration};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use claviger_core::Reason;
use claviger_crypto::{HashAlg, Input, PrivateKey, SignatureScheme};
use claviger_types::Timestamp;
use serde_json::{Value, json};

use super::{Purpose, Token};

const NOW: i64 = 1_767_268_800;
const EMAIL: &str = "app@111122223333.iam.claviger.internal";
const TOKEN_URI: &str = "https://kms.example/token";

fn header() -> Value {
    json!({ "alg": "RS256", "typ": "JWT", "kid": "key-1" })
}

fn claims() -> Value {
    let aud = "https://cloudkms.googleapis.com/";
    json!({ "iss": EMAIL, "sub": EMAIL, "aud": aud, "iat": NOW, "exp": NOW + 3600 })
}

fn with(mut value: Value, name: &str, to: Value) -> Value {
    match to {
        Value::Null => drop(value.as_object_mut().unwrap().remove(name)),
        to => value[name] = to,
    }
    value
}

fn part(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}.{}", part(header.to_string().as_bytes()), part(claims.to_string().as_bytes()), part(b"x"))
}

fn check(claims: &Value, purpose: Purpose<'_>) -> Result<(), Reason> {
    let text = unsigned(&header(), claims);
    let token = Token::parse(&text).unwrap();
    token.check(purpose, Timestamp::from_secs(NOW), Duration::from_secs(60)).map_err(|error| error.reason())
}

#[test]
fn claims_of_calls() {
    let check = |name: &str, to: Value, expected: Result<(), Reason>| {
        let claims = with(claims(), name, to.clone());
        assert_eq!(check(&claims, Purpose::Call), expected, "{name} {to}");
    };
    check("aud", json!("https://cloudkms.googleapis.com/"), Ok(()));
    check("aud", json!(["https://cloudkms.googleapis.com/"]), Ok(()));
    check("aud", json!(["https://cloudkms.googleapis.com/", "other"]), Err(Reason::WrongProof));
    check("aud", json!("https://storage.googleapis.com/"), Err(Reason::WrongProof));
    check("aud", json!(""), Err(Reason::WrongProof));
    check("aud", Value::Null, Err(Reason::WrongProof));
    check("aud", json!(TOKEN_URI), Err(Reason::WrongProof));
    check("sub", json!("admin@111122223333.iam.claviger.internal"), Err(Reason::WrongProof));
    check("sub", Value::Null, Err(Reason::WrongProof));
    check("exp", json!(NOW + 3601), Err(Reason::WrongProof));
    check("exp", json!(NOW), Err(Reason::WrongProof));
    check("exp", json!(NOW - 1), Err(Reason::WrongProof));
    check("exp", json!(i64::MAX), Err(Reason::WrongProof));
    check("iat", json!(i64::MIN), Err(Reason::WrongProof));
    check("iat", json!(NOW + 60), Ok(()));
    check("iat", json!(NOW + 61), Err(Reason::ClockSkew));
    check("nbf", json!(NOW + 61), Err(Reason::ClockSkew));
    check("other", json!("is ignored"), Ok(()));
}

#[test]
fn tokens_end() {
    let at =
        |iat: i64| check(&with(with(claims(), "iat", json!(iat)), "exp", json!(iat + 3600)), Purpose::Call);
    assert_eq!(at(NOW - 3659), Ok(()));
    assert_eq!(at(NOW - 3660), Err(Reason::ExpiredCredential));
}

#[test]
fn a_scope_stands_in_for_the_audience() {
    let check = |aud: Value, scope: &str| {
        check(&with(with(claims(), "aud", aud), "scope", json!(scope)), Purpose::Call)
    };
    let (platform, kms) =
        ("https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/cloudkms");
    assert_eq!(check(json!(""), platform), Ok(()));
    assert_eq!(check(Value::Null, &format!("{platform} {kms}")), Ok(()));
    assert_eq!(check(Value::Null, kms), Ok(()));
    assert_eq!(
        check(Value::Null, "https://www.googleapis.com/auth/cloudkms.readonly"),
        Err(Reason::WrongProof)
    );
    assert_eq!(check(json!("other"), kms), Err(Reason::WrongProof));
}

#[test]
fn claims_of_assertions() {
    let purpose = Purpose::Exchange { token_uri: TOKEN_URI };
    let check =
        |name: &str, to: Value| check(&with(with(claims(), "aud", json!(TOKEN_URI)), name, to), purpose);
    assert_eq!(check("aud", json!(TOKEN_URI)), Ok(()));
    assert_eq!(check("aud", json!("https://oauth2.googleapis.com/token")), Ok(()));
    assert_eq!(check("aud", json!("https://other.example/token")), Err(Reason::WrongProof));
    assert_eq!(check("aud", Value::Null), Err(Reason::WrongProof));
    assert_eq!(check("aud", json!("https://cloudkms.googleapis.com/")), Err(Reason::WrongProof));
    assert_eq!(check("sub", Value::Null), Ok(()));
    assert_eq!(check("sub", json!("somebody@else")), Err(Reason::WrongProof));
}

#[test]
fn what_is_no_token() {
    let refused =
        |text: &str| assert_eq!(Token::parse(text).unwrap_err().reason(), Reason::WrongProof, "{text}");
    for text in ["", "..", "a.b.c", "a.b", "a.b.c.d"] {
        refused(text);
    }
    for (name, to) in [
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("rs256")),
        ("alg", Value::Null),
        ("kid", Value::Null),
        ("kid", json!("../x")),
        ("kid", json!(1)),
        ("typ", json!("JWE")),
        ("crit", json!([])),
    ] {
        refused(&unsigned(&with(header(), name, to), &claims()));
    }
    for (name, to) in [("iss", Value::Null), ("iat", json!("1")), ("exp", json!(1.5)), ("aud", json!(1))] {
        refused(&unsigned(&header(), &with(claims(), name, to)));
    }
    refused(&format!("{}=", unsigned(&header(), &claims())));
    refused(&format!("{} ", unsigned(&header(), &claims())));
    refused(&unsigned(&header(), &with(claims(), "pad", json!("x".repeat(4096)))));
    let twice = r#"{"alg":"none","alg":"RS256","kid":"key-1"}"#;
    refused(&format!("{}.{}.{}", part(twice.as_bytes()), part(claims().to_string().as_bytes()), part(b"x")));
    let good = unsigned(&header(), &claims());
    assert!(Token::parse(&good).is_ok());
}

#[test]
fn claims_of_access_tokens() {
    let check = |aud: &str| check(&with(claims(), "aud", json!(aud)), Purpose::Access);
    assert_eq!(check(TOKEN_URI), Ok(()));
    assert_eq!(check("https://oauth2.googleapis.com/token"), Ok(()));
    assert_eq!(check("http://kms.example/token"), Err(Reason::WrongProof));
    assert_eq!(check("https://cloudkms.googleapis.com/"), Err(Reason::WrongProof));
}

fn key() -> &'static PrivateKey {
    static KEY: OnceLock<PrivateKey> = OnceLock::new();
    KEY.get_or_init(|| PrivateKey::generate_rsa(2048).unwrap())
}

#[test]
fn signatures() {
    let sign = |scheme| {
        let text = unsigned(&header(), &claims());
        let (signed, _) = text.rsplit_once('.').unwrap();
        let signature = key().sign(scheme, Input::Message(signed.as_bytes())).unwrap();
        format!("{signed}.{}", part(&signature))
    };
    let public = key().public_key().unwrap();
    let is_signed = |text: &str| Token::parse(text).unwrap().is_signed_by(&public);
    let good = sign(SignatureScheme::RsaPkcs1(HashAlg::Sha256));
    assert!(is_signed(&good));
    assert!(!is_signed(&sign(SignatureScheme::RsaPss(HashAlg::Sha256))));
    assert!(!is_signed(&sign(SignatureScheme::RsaPkcs1(HashAlg::Sha512))));
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (head, _) = signed.split_once('.').unwrap();
    let other = part(with(claims(), "iss", json!("admin")).to_string().as_bytes());
    assert!(!is_signed(&format!("{head}.{other}.{signature}")));
    assert!(!is_signed(&unsigned(&header(), &claims())));
}
