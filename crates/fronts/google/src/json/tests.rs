use claviger_core::Reason;
use prost::Message;
use prost_reflect::MessageDescriptor;

use super::{Query, Style, from_wire, into_wire, read, set};
use crate::wire::{descriptors, kms};

fn descriptor(name: &str) -> MessageDescriptor {
    descriptors().unwrap().get_message_by_name(&format!("google.cloud.kms.v1.{name}")).unwrap()
}

fn parsed<M: Message + Default>(name: &str, json: &str) -> M {
    let message = read(json.as_bytes(), &descriptor(name)).unwrap();
    M::decode(&**into_wire(message)).unwrap()
}

#[test]
fn both_alphabets_with_and_without_padding() {
    for text in ["+/8=", "-_8=", "+/8", "-_8"] {
        let request: kms::EncryptRequest = parsed("EncryptRequest", &format!(r#"{{"plaintext":"{text}"}}"#));
        assert_eq!(request.plaintext, [0xfb, 0xff], "{text}");
    }
}

#[test]
fn integers_and_enumerations_in_both_forms() {
    for (purpose, crc) in [("1", "\"4294967295\""), ("\"ENCRYPT_DECRYPT\"", "4294967295")] {
        let key: kms::CryptoKey = parsed("CryptoKey", &format!(r#"{{"purpose":{purpose}}}"#));
        assert_eq!(key.purpose, 1);
        let request: kms::EncryptRequest =
            parsed("EncryptRequest", &format!(r#"{{"plaintextCrc32c":{crc}}}"#));
        assert_eq!(request.plaintext_crc32c, Some(4_294_967_295));
    }
}

#[test]
fn names_of_both_kinds() {
    for text in
        [r#"{"nextRotationTime":"2026-01-01T00:00:00Z"}"#, r#"{"next_rotation_time":"2026-01-01T00:00:00Z"}"#]
    {
        let key: kms::CryptoKey = parsed("CryptoKey", text);
        assert_eq!(key.next_rotation_time.unwrap().seconds, 1_767_225_600);
    }
    let key: kms::CryptoKey = parsed("CryptoKey", r#"{"rotationPeriod":"7776000s"}"#);
    let kms::crypto_key::RotationSchedule::RotationPeriod(period) = key.rotation_schedule.unwrap();
    assert_eq!(period.seconds, 7_776_000);
}

#[test]
fn what_is_not_as_it_must_be_is_refused_without_quoting_values() {
    for text in [
        "[]",
        "{",
        "{}x",
        r#"{"plaintext":1}"#,
        r#"{"plaintext":"c2VjcmV0*"}"#,
        r#"{"plaintextCrc32c":"c2VjcmV0"}"#,
        r#"{"unknown":"c2VjcmV0"}"#,
    ] {
        let error = read(text.as_bytes(), &descriptor("EncryptRequest")).unwrap_err();
        assert_eq!(error.reason(), Reason::InvalidRequest, "{text}");
        assert!(!error.public().contains("c2Vj"), "{}", error.public());
    }
}

#[test]
fn answers_have_names_or_numbers() {
    let version = kms::CryptoKeyVersion {
        name: "n".to_owned(),
        state: 1,
        algorithm: 12,
        create_time: Some(prost_types::Timestamp { seconds: 1_767_225_600, nanos: 0 }),
        ..Default::default()
    };
    let wire = version.encode_to_vec();
    let json = |numbers| {
        let json = from_wire(&wire, &descriptor("CryptoKeyVersion"), Style { numbers }).unwrap();
        String::from_utf8(json.to_vec()).unwrap()
    };
    assert_eq!(
        json(false),
        r#"{"name":"n","state":"ENABLED","createTime":"2026-01-01T00:00:00Z","algorithm":"EC_SIGN_P256_SHA256"}"#
    );
    assert_eq!(json(true), r#"{"name":"n","state":1,"createTime":"2026-01-01T00:00:00Z","algorithm":12}"#);
    let response = kms::EncryptResponse {
        ciphertext: vec![0xfb, 0xff],
        ciphertext_crc32c: Some(7),
        ..Default::default()
    };
    let json =
        from_wire(&response.encode_to_vec(), &descriptor("EncryptResponse"), Style::default()).unwrap();
    assert_eq!(std::str::from_utf8(&json).unwrap(), r#"{"ciphertext":"+/8=","ciphertextCrc32c":"7"}"#);
}

#[test]
fn parameters_set_fields() {
    let mut message = read(b"", &descriptor("UpdateCryptoKeyRequest")).unwrap();
    set(&mut message, "crypto_key.name", "projects/p").unwrap();
    set(&mut message, "updateMask", "labels,versionTemplate.algorithm,next_rotation_time").unwrap();
    let request = kms::UpdateCryptoKeyRequest::decode(&**into_wire(message)).unwrap();
    assert_eq!(request.crypto_key.unwrap().name, "projects/p");
    assert_eq!(
        request.update_mask.unwrap().paths,
        ["labels", "version_template.algorithm", "next_rotation_time"]
    );
    let mut message = read(b"", &descriptor("ListCryptoKeysRequest")).unwrap();
    for (name, text) in [("pageSize", "7"), ("version_view", "FULL"), ("filter", "a b")] {
        set(&mut message, name, text).unwrap();
    }
    for (text, expected) in [("true", true), ("True", true), ("false", false), ("False", false)] {
        let mut message = read(b"", &descriptor("CreateCryptoKeyRequest")).unwrap();
        set(&mut message, "skipInitialVersionCreation", text).unwrap();
        let request = kms::CreateCryptoKeyRequest::decode(&**into_wire(message)).unwrap();
        assert_eq!(request.skip_initial_version_creation, expected, "{text}");
    }
    let request = kms::ListCryptoKeysRequest::decode(&**into_wire(message)).unwrap();
    assert_eq!((request.page_size, request.version_view, &*request.filter), (7, 1, "a b"));
}

#[test]
fn parameters_that_are_refused() {
    let check = |name: &str, text: &str| {
        let mut message = read(br#"{"parent":"projects/p"}"#, &descriptor("CreateCryptoKeyRequest")).unwrap();
        set(&mut message, name, text).unwrap_err().public().to_owned()
    };
    assert_eq!(check("nothing", "1"), "There is no parameter 'nothing'.");
    assert_eq!(check("parent.name", "1"), "There is no parameter 'parent.name'.");
    assert_eq!(
        check("skipInitialVersionCreation", "yes"),
        "The parameter 'skipInitialVersionCreation' is not of its type."
    );
    assert_eq!(check("parent", "projects/q"), "'parent' is there twice, with different values.");
}

#[test]
fn queries() {
    let query = Query::parse("%24alt=json%3Benum-encoding%3Dint&pageSize=5&filter=a+b%2Bc&prettyPrint=false")
        .unwrap();
    assert!(query.style.numbers);
    let fields: Vec<_> = query.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(fields, [("pageSize", "5"), ("filter", "a b+c")]);
    for wrong in ["alt=media", "fields=name", "key=x", "access_token=x", "a=%zz", "callback=f"] {
        assert_eq!(Query::parse(wrong).unwrap_err().reason(), Reason::InvalidRequest, "{wrong}");
    }
}
