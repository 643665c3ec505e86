//! Every endpoint, byte for byte where its answer is determined.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use claviger_crypto::{AesGcm, hmac_sha256};
use claviger_gokms::MasterKey;
use claviger_keys::{CreateKey, ImportGoKmsStore, KeyStoreFile, KeyStoreSecret, ScheduleKeyDeletion};
use claviger_ports::{Batch, Change, KeyReads, Store};
use claviger_types::{Days, Key, KeyId, KeySpec, KeyUsage, RequestId, Revision, SecretBytes};

use crate::server::{Answer, Call, SHARED_KEY, Server};

fn ok(body: String) -> Answer {
    Answer { status: 200, kind: "application/json".to_owned(), body }
}

/// The two published examples of the code.
#[test]
fn codes_are_those_of_the_original() {
    let check = |message: &str, expected: &str| {
        assert_eq!(BASE64_STANDARD.encode(hmac_sha256(SHARED_KEY.as_bytes(), message.as_bytes())), expected);
    };
    check(
        "COPY\nWed, 28 Jan 2015 10:42:13 UTC\n/api/v1/blocker/6f90d707-3b6a-4321-b32c-3c1d37915c1b",
        "RvPtP0QB7iIun1ehwheD4YUo7+fYfw7/ywl+HsC5Ddk=",
    );
    check(
        "POST\nWed, 28 Jan 2015 10:42:13 UTC\n/api/v1/go-kms/listkeys",
        "9R9tcue5Qu/vjK8joBstyQM71Kxkb3XHKG9B9yKhngU=",
    );
}

/// The published code is accepted at the time for which it was made.
#[tokio::test]
async fn the_published_request_is_accepted() {
    let server = Server::new().await;
    server.t.clock.set(claviger_types::Timestamp::parse_rfc3339("2015-01-28T10:42:13Z").unwrap());
    let call = Call {
        date: "Wed, 28 Jan 2015 10:42:13 UTC".to_owned(),
        authorization: Some("9R9tcue5Qu/vjK8joBstyQM71Kxkb3XHKG9B9yKhngU=".to_owned()),
        ..Call::to("listkeys", "{}")
    };
    assert_eq!(server.send(call).await, ok("{\"KeyMetadata\":[]}\n".to_owned()));
}

#[tokio::test]
async fn keys_are_made_listed_disabled_and_enabled() {
    let server = Server::new().await;
    let id = server.create_key("<Tests> & more").await;
    let meta = |enabled: bool| {
        format!(
            r#"{{"KeyId":"{id}","CreationDate":"2026-01-01T12:00:00Z","Description":"\u003cTests\u003e \u0026 more","Enabled":{enabled}}}"#
        )
    };
    let one = |enabled| ok(format!("{{\"KeyMetadata\":{}}}\n", meta(enabled)));
    let listed = |enabled| ok(format!("{{\"KeyMetadata\":[{}]}}\n", meta(enabled)));
    let body = format!(r#"{{"KeyID":"{id}"}}"#);
    let call = async |endpoint: &str, body: &str| server.send(Call::to(endpoint, body)).await;
    assert_eq!(call("listkeys", "{}").await, listed(true));
    for _ in 0..2 {
        assert_eq!(call("disablekey", &body).await, one(false));
        assert_eq!(call("listkeys", "null and more").await, listed(false));
    }
    for _ in 0..2 {
        assert_eq!(call("enablekey", &body).await, one(true));
        assert_eq!(call("listkeys", r#"{"x":1}"#).await, listed(true));
    }
}

#[tokio::test]
async fn keys_of_other_kinds_are_not_listed_and_those_about_to_be_deleted_are_disabled() {
    let server = Server::new().await;
    let t = &server.t;
    for (spec, usage) in [(KeySpec::EcP256, KeyUsage::Sign), (KeySpec::Hmac256, KeyUsage::Mac)] {
        let create = CreateKey::new(spec, usage);
        t.ok(&t.admin, create).await;
    }
    let id = server.create_key("").await;
    let key = claviger_core::KeyRef::id(id.parse().unwrap());
    t.ok(&t.admin, ScheduleKeyDeletion { key, window: Days(7) }).await;
    let listed = server.ok("listkeys", "{}").await;
    let listed = listed["KeyMetadata"].as_array().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0]["KeyId"].as_str(), listed[0]["Enabled"].as_bool()), (Some(&*id), Some(false)));
}

#[tokio::test]
async fn what_is_encrypted_decrypts() {
    let server = Server::new().await;
    let id = server.create_key("").await;
    for plaintext in [&b""[..], b"x", b"some secret", &[0xff; 65_536]] {
        let blob = server.encrypt(&id, plaintext).await;
        let answer = server.send(Call::to("decrypt", &format!(r#"{{"CiphertextBlob":"{blob}"}}"#))).await;
        let expected = match plaintext {
            b"" => "null".to_owned(),
            plaintext => format!("\"{}\"", BASE64_STANDARD.encode(plaintext)),
        };
        assert_eq!(answer, ok(format!("{{\"Plaintext\":{expected}}}\n")));
    }
}

#[tokio::test]
async fn a_data_key_is_that_of_its_ciphertext() {
    let server = Server::new().await;
    let id = server.create_key("").await;
    let made = server.send(Call::to("generatedatakey", &format!(r#"{{"keyid":"{id}"}}"#))).await;
    assert!(made.body.starts_with(r#"{"Plaintext":""#), "{}", made.body);
    let made: serde_json::Value = serde_json::from_str(&made.body).unwrap();
    assert_eq!(BASE64_STANDARD.decode(made["Plaintext"].as_str().unwrap()).unwrap().len(), 32);
    let body = serde_json::json!({ "CiphertextBlob": made["CiphertextBlob"] }).to_string();
    assert_eq!(server.ok("decrypt", &body).await["Plaintext"], made["Plaintext"]);
}

#[tokio::test]
async fn re_encryption_says_both_keys() {
    let server = Server::new().await;
    let (from, to) = (server.create_key("").await, server.create_key("").await);
    let blob = server.encrypt(&from, b"x").await;
    let body = format!(r#"{{"CiphertextBlob":"{blob}","DestinationKeyId":"{to}"}}"#);
    let answer = server.send(Call::to("reencrypt", &body)).await.body;
    let read: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let new = read["CiphertextBlob"].as_str().unwrap();
    assert_eq!(
        answer,
        format!("{{\"CiphertextBlob\":\"{new}\",\"KeyID\":\"{to}\",\"SourceKeyID\":\"{from}\"}}\n")
    );
    let body = format!(r#"{{"CiphertextBlob":"{new}"}}"#);
    assert_eq!(server.ok("decrypt", &body).await["Plaintext"], "eA==");
}

/// The published key store: its ciphertext decrypts through the API, and is brought over.
#[tokio::test]
async fn ciphertexts_of_the_original_decrypt() {
    const ID: &str = "6f90d707-3b6a-4321-b32c-3c1d37915c1b";
    const PASSPHRASE: &[u8] = b"A long passphrase that will be used to generate the master key";
    let server = Server::new().await;
    let json = format!(
        r#"{{"KeyMetadata":{{"KeyId":"{ID}","CreationDate":"2015-01-28T10:42:13.123456789Z","Description":"Test Encryption Key","Enabled":true}},"AESKey":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}}"#
    );
    let master = MasterKey::derive(PASSPHRASE).unwrap();
    let sealed = AesGcm::new(master.key().expose()).unwrap().seal(&[1; 12], &[], json.as_bytes()).unwrap();
    let file = KeyStoreFile { name: format!("{ID}.key").into(), content: [vec![1; 12], sealed].concat() };
    let secret = KeyStoreSecret::Passphrase(SecretBytes::new(PASSPHRASE.into()));
    let import = ImportGoKmsStore { secret, files: vec![file] };
    server.t.ok(&server.t.admin, import).await;

    let listed = server.send(Call::to("listkeys", "{}")).await.body;
    let expected = r#"{"KeyId":"6f90d707-3b6a-4321-b32c-3c1d37915c1b","CreationDate":"2015-01-28T10:42:13.123456Z","Description":"Test Encryption Key","Enabled":true}"#;
    assert_eq!(listed, format!("{{\"KeyMetadata\":[{expected}]}}\n"));
    let old = "AgICAgICAgICAgICv9KqXpBBRPxgHJJ233JLcpErj8JdvITRHPawxou1SstzgpPH9sOKm/AUnTRw/XsnS3N4xwMDAwMDAwMDAwMDA6UqXbdq8zN3vzxnH6zLNWZ7N5eRu5ld0OPcJ3xlQ8gz+mJdtsumK8YKnYe5nC/DFRTNiEtcLQ==";
    let plaintext = BASE64_STANDARD.encode("Kaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaahn!");
    let decrypted = server.ok("decrypt", &format!(r#"{{"CiphertextBlob":"{old}"}}"#)).await;
    assert_eq!(decrypted["Plaintext"], *plaintext);
    let body = format!(r#"{{"CiphertextBlob":"{old}","DestinationKeyId":"{ID}"}}"#);
    let new = server.ok("reencrypt", &body).await;
    assert_eq!(new["SourceKeyID"], ID);
    let body = serde_json::json!({ "CiphertextBlob": new["CiphertextBlob"] }).to_string();
    assert_eq!(server.ok("decrypt", &body).await["Plaintext"], *plaintext);
}

/// The protocol has no pages, and the store has: every key is listed once, by id.
#[tokio::test]
async fn more_keys_than_a_page_are_listed_too() {
    let server = Server::new().await;
    let t = &server.t;
    let id = server.create_key("").await;
    let first = KeyReads::key(&*t.store, id.parse().unwrap()).await.unwrap().unwrap().key;
    let copies = (1..=2100_u128).map(|number| {
        let id = KeyId::from_random(number.to_be_bytes());
        Change::PutKey(Key { id, revision: Revision::NEW, ..Key::clone(&first) })
    });
    let outcome = RequestId::from_random([1; 16]);
    t.store.commit(Batch { outcome, changes: copies.collect() }).await.unwrap();
    let listed = server.ok("listkeys", "{}").await;
    let listed: Vec<_> =
        listed["KeyMetadata"].as_array().unwrap().iter().map(|key| key["KeyId"].to_string()).collect();
    assert_eq!(listed.len(), 2101);
    assert!(listed.is_sorted());
}
