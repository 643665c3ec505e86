use proptest::prelude::*;

use super::*;

fn endpoint(path: &str) -> &'static Endpoint {
    ENDPOINTS.iter().find(|endpoint| endpoint.path == path).unwrap()
}

fn encrypt(body: &str) -> Result<(String, Vec<u8>), DecodeError> {
    parse(endpoint("encrypt"), body.as_bytes()).map(|request| match request {
        WireRequest::Encrypt { key, plaintext } => (key, plaintext.expose().to_vec()),
        _ => panic!("another request"),
    })
}

#[test]
fn members_are_found_in_any_case_and_the_last_one_counts() {
    let check = |body: &str, key: &str, plaintext: &[u8]| {
        assert_eq!(encrypt(body), Ok((key.to_owned(), plaintext.to_vec())), "{body}");
    };
    check(r#"{"KeyID":"k","Plaintext":"eA=="}"#, "k", b"x");
    check(r#"{"keyid":"k","PLAINTEXT":"eA==","Other":[{"KeyID":1}]} trailing"#, "k", b"x");
    check(r#"{"KeyID":"a","keyID":"b","KeyID":null}"#, "b", b"");
    check(r#"{"Plaintext":"eA==","plaintext":null}"#, "", b"");
    check(r#"{"Plaintext":"eA=\u003d","KeyID":"\u006b"}"#, "k", b"x");
    check("null", "", b"");
    check("{}", "", b"");
    check(r#"{"KeyId ":1}"#, "", b"");
}

#[test]
fn errors_have_the_names_and_words_of_go() {
    let check = |path: &str, body: &str, name: &str, description: &str| {
        let error = parse(endpoint(path), body.as_bytes()).err().unwrap();
        assert_eq!((error.name(), &*error.to_string()), (name, description), "{body}");
    };
    check("listkeys", "", "error", "EOF");
    check("listkeys", "{", "error", "unexpected EOF");
    check(
        "listkeys",
        "{x",
        "json.SyntaxError",
        "invalid character 'x' looking for beginning of object key string",
    );
    let mismatch = "json.UnmarshalTypeError";
    check(
        "listkeys",
        "[]",
        mismatch,
        "json: cannot unmarshal array into Go value of type kms.ListKeysRequest",
    );
    check(
        "decrypt",
        "\"x\"",
        mismatch,
        "json: cannot unmarshal string into Go value of type kms.DecryptRequest",
    );
    let place = "into Go struct field EncryptRequest.KeyID of type string";
    check("encrypt", r#"{"keyid":1}"#, mismatch, &format!("json: cannot unmarshal number {place}"));
    check("encrypt", r#"{"KeyID":{}}"#, mismatch, &format!("json: cannot unmarshal object {place}"));
    check(
        "encrypt",
        r#"{"KeyID":true,"Plaintext":"?"}"#,
        mismatch,
        &format!("json: cannot unmarshal bool {place}"),
    );
    let place = "into Go struct field EncryptRequest.Plaintext of type []uint8";
    check("encrypt", r#"{"Plaintext":1}"#, mismatch, &format!("json: cannot unmarshal number {place}"));
    check(
        "encrypt",
        r#"{"Plaintext":"Zg","KeyID":1}"#,
        "base64.CorruptInputError",
        "illegal base64 data at input byte 0",
    );
    check(
        "decrypt",
        r#"{"CiphertextBlob":"Zm9v!"}"#,
        "base64.CorruptInputError",
        "illegal base64 data at input byte 4",
    );
}

#[test]
fn every_request_has_its_members() {
    let check = |path: &str, expected: fn(&WireRequest) -> bool| {
        let body = br#"{"KeyID":"k","DestinationKeyId":"d","Description":"t","Plaintext":"eA==","CiphertextBlob":"eQ=="}"#;
        assert!(expected(&parse(endpoint(path), body).unwrap()), "{path}");
    };
    check("createkey", |r| matches!(r, WireRequest::CreateKey { description } if description == "t"));
    check("decrypt", |r| matches!(r, WireRequest::Decrypt { ciphertext } if ciphertext == b"y"));
    check("disablekey", |r| matches!(r, WireRequest::DisableKey { key } if key == "k"));
    check("enablekey", |r| matches!(r, WireRequest::EnableKey { key } if key == "k"));
    check(
        "encrypt",
        |r| matches!(r, WireRequest::Encrypt { key, plaintext } if key == "k" && plaintext.expose() == b"x"),
    );
    check("generatedatakey", |r| matches!(r, WireRequest::GenerateDataKey { key } if key == "k"));
    check("listkeys", |r| matches!(r, WireRequest::ListKeys));
    check(
        "reencrypt",
        |r| matches!(r, WireRequest::ReEncrypt { ciphertext, destination } if ciphertext == b"y" && destination == "d"),
    );
}

#[test]
fn dates_have_as_many_digits_as_they_need() {
    let check = |micros: i64, expected: &str| {
        let key = Metadata {
            id: KeyId::from_bytes([0; 16]),
            created: Timestamp::from_micros(micros),
            description: "".into(),
            enabled: true,
        };
        let json = WireResponse::Key(key).to_json();
        assert!(json.contains(&format!(r#""CreationDate":"{expected}""#)), "{json}");
    };
    check(1_422_441_733_000_000, "2015-01-28T10:42:13Z");
    check(1_422_441_733_500_000, "2015-01-28T10:42:13.5Z");
    check(1_422_441_733_120_340, "2015-01-28T10:42:13.12034Z");
    check(1_422_441_733_000_001, "2015-01-28T10:42:13.000001Z");
    check(-62_135_596_800_000_000, "0001-01-01T00:00:00Z");
}

proptest! {
    #[test]
    fn answers_read_back(descriptions in proptest::collection::vec(any::<String>(), 0..4), enabled in any::<bool>()) {
        let keys: Vec<_> = descriptions
            .iter()
            .map(|description| Metadata {
                id: KeyId::from_random([7; 16]),
                created: Timestamp::from_secs(0),
                description: description.as_str().into(),
                enabled,
            })
            .collect();
        let json = WireResponse::Keys(keys).to_json();
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        let read = read["KeyMetadata"].as_array().unwrap();
        prop_assert_eq!(read.len(), descriptions.len());
        for (key, description) in read.iter().zip(&descriptions) {
            prop_assert_eq!(key["Description"].as_str(), Some(description.as_str()));
            prop_assert_eq!(key["Enabled"].as_bool(), Some(enabled));
        }
    }

    #[test]
    fn no_body_is_too_strange(body in proptest::collection::vec(any::<u8>(), 0..80)) {
        for endpoint in ENDPOINTS {
            if let Err(error) = parse(endpoint, &body) {
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
