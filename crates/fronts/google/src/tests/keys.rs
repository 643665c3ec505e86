use claviger_crypto::{HashAlg, PublicKey};
use http::Method;
use serde_json::{Value, json};

use super::{Google, HERE, base64, unbase64};
use crate::wire::kms;

#[tokio::test]
async fn the_life_of_a_key() {
    let google = Google::new().await;
    let ring = google.ring().await;
    assert_eq!(ring, format!("{HERE}/keyRings/r"));
    let body = json!({
        "purpose": "ENCRYPT_DECRYPT",
        "labels": { "stage": "test" },
        "rotationPeriod": "7776000s",
        "nextRotationTime": "2026-04-01T00:00:00Z",
        "destroyScheduledDuration": "172800s",
    });
    let made = google.post(&format!("/v1/{ring}/cryptoKeys?crypto_key_id=k"), body).await;
    let key = format!("{ring}/cryptoKeys/k");
    let version = json!({
        "name": format!("{key}/cryptoKeyVersions/1"),
        "state": "ENABLED",
        "protectionLevel": "SOFTWARE",
        "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION",
        "createTime": "2026-01-01T12:00:00Z",
        "generateTime": "2026-01-01T12:00:00Z",
    });
    let expected = json!({
        "name": key,
        "primary": version,
        "purpose": "ENCRYPT_DECRYPT",
        "createTime": "2026-01-01T12:00:00Z",
        "nextRotationTime": "2026-04-01T00:00:00Z",
        "rotationPeriod": "7776000s",
        "versionTemplate": { "protectionLevel": "SOFTWARE", "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION" },
        "labels": { "stage": "test" },
        "destroyScheduledDuration": "172800s",
    });
    assert_eq!(made, expected);
    assert_eq!(google.get(&format!("/v1/{key}")).await, expected);
    assert_eq!(google.get(&format!("/v1/{key}/cryptoKeyVersions/1")).await, version);
    let again = json!({ "purpose": "ENCRYPT_DECRYPT" });
    google
        .refused(Method::POST, &format!("/v1/{ring}/cryptoKeys?cryptoKeyId=k"), again, "ALREADY_EXISTS")
        .await;

    let version = format!("/v1/{key}/cryptoKeyVersions/1");
    let changed = google.patch(&format!("{version}?updateMask=state"), json!({ "state": "DISABLED" })).await;
    assert_eq!(changed["state"], "DISABLED");
    let encrypt = format!("/v1/{key}:encrypt");
    google.refused(Method::POST, &encrypt, json!({ "plaintext": "" }), "FAILED_PRECONDITION").await;
    let doomed = google.post(&format!("{version}:destroy"), json!({})).await;
    assert_eq!(
        (&doomed["state"], &doomed["destroyTime"]),
        (&json!("DESTROY_SCHEDULED"), &json!("2026-01-03T12:00:00Z"))
    );
    google.refused(Method::POST, &format!("{version}:destroy"), json!({}), "FAILED_PRECONDITION").await;
    let restored = google.post(&format!("{version}:restore"), json!({})).await;
    assert_eq!((&restored["state"], &restored["destroyTime"]), (&json!("DISABLED"), &Value::Null));
    google.patch(&format!("{version}?updateMask=state"), json!({ "state": "ENABLED" })).await;
    google.post(&encrypt, json!({ "plaintext": "" })).await;
}

#[tokio::test]
async fn numbers_for_who_asks_for_numbers() {
    let google = Google::new().await;
    let ring = google.ring().await;
    let path = format!("/v1/{ring}/cryptoKeys?cryptoKeyId=k&%24alt=json%3Benum-encoding%3Dint");
    let made = google.post(&path, json!({ "purpose": 1, "version_template": { "algorithm": 1 } })).await;
    assert_eq!((&made["purpose"], &made["primary"]["state"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn keys_are_updated_by_mask() {
    let google = Google::new().await;
    let ring = google.ring().await;
    let key = google.key(&ring, "k", "ENCRYPT_DECRYPT", "GOOGLE_SYMMETRIC_ENCRYPTION").await;
    let update =
        async |mask: &str, body: Value| google.patch(&format!("/v1/{key}?updateMask={mask}"), body).await;
    let labelled = update("labels", json!({ "labels": { "a": "b" }, "purpose": "MAC" })).await;
    assert_eq!(
        (&labelled["labels"], &labelled["purpose"]),
        (&json!({ "a": "b" }), &json!("ENCRYPT_DECRYPT"))
    );
    let rotating = json!({ "rotationPeriod": "86400s", "nextRotationTime": "2026-02-01T00:00:00Z" });
    let rotated = update("rotationPeriod,next_rotation_time", rotating).await;
    assert_eq!(rotated["rotationPeriod"], "86400s");
    let slower = update("rotationPeriod", json!({ "rotationPeriod": "172800s" })).await;
    assert_eq!(
        (&slower["rotationPeriod"], &slower["nextRotationTime"]),
        (&json!("172800s"), &json!("2026-02-01T00:00:00Z"))
    );
    let later = update("nextRotationTime", json!({ "nextRotationTime": "2026-03-01T00:00:00Z" })).await;
    assert_eq!(
        (&later["rotationPeriod"], &later["nextRotationTime"]),
        (&json!("172800s"), &json!("2026-03-01T00:00:00Z"))
    );
    google
        .refused(
            Method::PATCH,
            &format!("/v1/{key}?updateMask=rotationPeriod"),
            json!({}),
            "INVALID_ARGUMENT",
        )
        .await;
    let still = update("rotationPeriod,nextRotationTime", json!({})).await;
    assert_eq!((&still["rotationPeriod"], &still["labels"]), (&Value::Null, &json!({ "a": "b" })));
    for (mask, body) in [
        ("", json!({})),
        ("purpose", json!({ "purpose": "MAC" })),
        ("*", json!({})),
        ("rotationPeriod", json!({ "rotationPeriod": "86400s" })),
        ("versionTemplate.algorithm", json!({ "versionTemplate": { "algorithm": "HMAC_SHA256" } })),
        (
            "rotationPeriod,nextRotationTime",
            json!({ "rotationPeriod": "1s", "nextRotationTime": "2026-02-01T00:00:00Z" }),
        ),
    ] {
        google
            .refused(Method::PATCH, &format!("/v1/{key}?updateMask={mask}"), body, "INVALID_ARGUMENT")
            .await;
    }
    let sig = google.key(&ring, "s", "ASYMMETRIC_SIGN", "RSA_SIGN_PSS_2048_SHA256").await;
    let path = format!("/v1/{sig}?updateMask=versionTemplate.algorithm");
    let template = |algorithm: &str| json!({ "versionTemplate": { "algorithm": algorithm } });
    google.refused(Method::PATCH, &path, template("RSA_SIGN_PSS_3072_SHA256"), "INVALID_ARGUMENT").await;
    let changed = google.patch(&path, template("RSA_SIGN_PKCS1_2048_SHA256")).await;
    assert_eq!(changed["versionTemplate"]["algorithm"], "RSA_SIGN_PKCS1_2048_SHA256");
    let first = google.get(&format!("/v1/{sig}/cryptoKeyVersions/1")).await;
    assert_eq!(first["algorithm"], "RSA_SIGN_PSS_2048_SHA256");
}

#[tokio::test]
async fn keys_that_cannot_be_made() {
    let google = Google::new().await;
    let ring = google.ring().await;
    let check = async |id: &str, body: Value, status: &str| {
        google.refused(Method::POST, &format!("/v1/{ring}/cryptoKeys?cryptoKeyId={id}"), body, status).await;
    };
    let mac = json!({ "purpose": "MAC", "versionTemplate": { "algorithm": "HMAC_SHA256" } });
    check("", mac.clone(), "INVALID_ARGUMENT").await;
    check("a.b", mac.clone(), "INVALID_ARGUMENT").await;
    check("00000000-0000-4000-8000-000000000000", mac, "INVALID_ARGUMENT").await;
    check("k", json!({}), "INVALID_ARGUMENT").await;
    check("k", json!({ "purpose": "MAC" }), "INVALID_ARGUMENT").await;
    check(
        "k",
        json!({ "purpose": "MAC", "versionTemplate": { "algorithm": "EC_SIGN_P256_SHA256" } }),
        "INVALID_ARGUMENT",
    )
    .await;
    check(
        "k",
        json!({ "purpose": "KEY_ENCAPSULATION", "versionTemplate": { "algorithm": "ML_KEM_768" } }),
        "UNIMPLEMENTED",
    )
    .await;
    check("k", json!({ "purpose": "ASYMMETRIC_SIGN", "versionTemplate": { "algorithm": "RSA_SIGN_RAW_PKCS1_2048" } }), "UNIMPLEMENTED").await;
    let hsm = json!({ "purpose": "ENCRYPT_DECRYPT", "versionTemplate": { "protectionLevel": "HSM", "algorithm": 1 } });
    check("k", hsm, "INVALID_ARGUMENT").await;
    check("k", json!({ "purpose": "ENCRYPT_DECRYPT", "rotationPeriod": "86400s" }), "INVALID_ARGUMENT").await;
    check("k", json!({ "purpose": "ENCRYPT_DECRYPT", "importOnly": true }), "INVALID_ARGUMENT").await;
    let body = json!({ "purpose": "ENCRYPT_DECRYPT" });
    let path = format!("/v1/{HERE}/keyRings/absent/cryptoKeys?cryptoKeyId=k");
    google.refused(Method::POST, &path, body, "NOT_FOUND").await;
}

#[tokio::test]
async fn lists_go_on_where_they_ended() {
    let google = Google::new().await;
    let ring = google.ring().await;
    for id in ["c", "a", "b"] {
        google.key(&ring, id, "MAC", "HMAC_SHA256").await;
    }
    google.key(&ring, "d", "ENCRYPT_DECRYPT", "GOOGLE_SYMMETRIC_ENCRYPTION").await;
    let names = |answer: &Value| -> Vec<String> {
        let keys = answer["cryptoKeys"].as_array().cloned().unwrap_or_default();
        keys.iter().map(|key| key["name"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
    };
    let path = format!("/v1/{ring}/cryptoKeys");
    let all = google.get(&path).await;
    assert_eq!((names(&all).join(""), &all["totalSize"]), ("abcd".to_owned(), &json!(4)));
    let first = google.get(&format!("{path}?pageSize=3")).await;
    let token = first["nextPageToken"].as_str().unwrap();
    let second = google.get(&format!("{path}?pageSize=3&pageToken={token}")).await;
    assert_eq!((names(&first).join(""), names(&second).join("")), ("abc".to_owned(), "d".to_owned()));
    assert_eq!(second["nextPageToken"], Value::Null);
    let filtered = google.get(&format!("{path}?filter=purpose%3DENCRYPT_DECRYPT")).await;
    assert_eq!(names(&filtered), ["d"]);
    for query in ["filter=nonsense", "orderBy=nothing", "pageToken=x", "pageSize=-1"] {
        google.refused(Method::GET, &format!("{path}?{query}"), Value::Null, "INVALID_ARGUMENT").await;
    }

    let rings = google.get(&format!("/v1/{HERE}/keyRings")).await;
    let rings: Vec<_> =
        rings["keyRings"].as_array().unwrap().iter().map(|ring| ring["name"].clone()).collect();
    assert_eq!(rings, [json!(format!("{HERE}/keyRings/default")), json!(ring)]);

    for _ in 0..3 {
        google.post(&format!("/v1/{ring}/cryptoKeys/d/cryptoKeyVersions"), json!({})).await;
    }
    let path = format!("/v1/{ring}/cryptoKeys/d/cryptoKeyVersions");
    let first = google.get(&format!("{path}?pageSize=3")).await;
    assert_eq!((first["cryptoKeyVersions"].as_array().unwrap().len(), &first["totalSize"]), (3, &json!(4)));
    let token = first["nextPageToken"].as_str().unwrap();
    let second = google.get(&format!("{path}?pageSize=3&pageToken={token}")).await;
    assert_eq!(second["cryptoKeyVersions"][0]["name"], format!("{ring}/cryptoKeys/d/cryptoKeyVersions/4"));
}

/// Keys of the other protocols are in the ring `default`, under their ids.
#[tokio::test]
async fn keys_of_other_protocols_have_names_here() {
    let google = Google::new().await;
    let made = google
        .t
        .ok(
            &google.t.admin,
            claviger_keys::CreateKey::new(claviger_types::KeySpec::Aes256, claviger_types::KeyUsage::Encrypt),
        )
        .await;
    let name = format!("{HERE}/keyRings/default/cryptoKeys/{}", made.key.id);
    assert_eq!(google.get(&format!("/v1/{name}")).await["name"], name);
    let listed = google.get(&format!("/v1/{HERE}/keyRings/default/cryptoKeys")).await;
    assert_eq!(listed["cryptoKeys"][0]["name"], name);
    let sealed = google.post(&format!("/v1/{name}:encrypt"), json!({ "plaintext": base64(b"x") })).await;
    assert_eq!(sealed["name"], format!("{name}/cryptoKeyVersions/1"));
}

#[tokio::test]
async fn material_is_imported_and_brought_again() {
    let google = Google::new().await;
    let ring = google.ring().await;
    let body = json!({ "importMethod": "RSA_OAEP_3072_SHA256", "protectionLevel": "SOFTWARE" });
    let job = google.post(&format!("/v1/{ring}/importJobs?importJobId=j"), body).await;
    assert_eq!((&job["state"], &job["importMethod"]), (&json!("ACTIVE"), &json!("RSA_OAEP_3072_SHA256")));
    let asked = google.get(&format!("/v1/{ring}/importJobs/j?publicKeyFormat=DER")).await;
    let public = PublicKey::from_spki_der(&unbase64(&asked["publicKey"]["data"])).unwrap();
    assert_eq!(google.get(&format!("/v1/{ring}/importJobs")).await["importJobs"][0], job);

    let body = json!({
        "purpose": "ENCRYPT_DECRYPT",
        "versionTemplate": { "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION" },
        "importOnly": true,
    });
    let path = format!("/v1/{ring}/cryptoKeys?cryptoKeyId=k&skipInitialVersionCreation=true");
    let key = google.post(&path, body).await;
    assert_eq!((&key["importOnly"], &key["primary"]), (&json!(true), &Value::Null));
    let key = key["name"].as_str().unwrap();
    google
        .refused(
            Method::POST,
            &format!("/v1/{key}:encrypt"),
            json!({ "plaintext": "" }),
            "FAILED_PRECONDITION",
        )
        .await;
    google
        .refused(Method::POST, &format!("/v1/{key}/cryptoKeyVersions"), json!({}), "FAILED_PRECONDITION")
        .await;
    let wrapped = public.encrypt_oaep(HashAlg::Sha256, b"", &[5; 32]).unwrap();
    let import = |wrapped: &[u8]| {
        json!({
            "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION",
            "importJob": format!("{ring}/importJobs/j"),
            "wrappedKey": base64(wrapped),
        })
    };
    let path = format!("/v1/{key}/cryptoKeyVersions:import");
    let imported = google.post(&path, import(&wrapped)).await;
    assert_eq!((&imported["state"], &imported["importJob"]), (&json!("ENABLED"), &job["name"]));
    google.post(&format!("/v1/{key}:encrypt"), json!({ "plaintext": "" })).await;
    google.refused(Method::POST, &path, import(&[1; 384]), "INVALID_ARGUMENT").await;
    let mut other = import(&wrapped);
    other["algorithm"] = json!("HMAC_SHA256");
    google.refused(Method::POST, &path, other, "INVALID_ARGUMENT").await;
    google.t.clock.advance(4 * 86_400);
    let expired = google.get(&format!("/v1/{ring}/importJobs/j")).await;
    assert_eq!((&expired["state"], &expired["publicKey"]), (&json!("EXPIRED"), &Value::Null));
    google.refused(Method::POST, &path, import(&wrapped), "FAILED_PRECONDITION").await;
}

#[tokio::test]
async fn there_is_one_location() {
    let google = Google::new().await;
    let listed = google.get("/v1/projects/111122223333/locations").await;
    assert_eq!(listed["locations"].as_array().unwrap().len(), 1);
    assert_eq!(google.get(&format!("/v1/{HERE}")).await, listed["locations"][0]);
    assert_eq!(listed["locations"][0]["locationId"], "eu-test-1");
    google.refused(Method::GET, "/v1/projects/111122223333/locations/global", Value::Null, "NOT_FOUND").await;
    google
        .refused(Method::GET, "/v1/projects/444455556666/locations", Value::Null, "PERMISSION_DENIED")
        .await;
    google.refused(Method::GET, "/v1/projects/my-project/locations", Value::Null, "INVALID_ARGUMENT").await;
    google
        .refused(
            Method::GET,
            "/v1/projects/444455556666/locations/eu-test-1/keyRings",
            Value::Null,
            "PERMISSION_DENIED",
        )
        .await;
}

#[tokio::test]
async fn both_transports_answer_the_same() {
    let google = Google::new().await;
    let ring = google.ring().await;
    let key = google.key(&ring, "k", "ENCRYPT_DECRYPT", "GOOGLE_SYMMETRIC_ENCRYPTION").await;
    let over_rest = google.get(&format!("/v1/{key}")).await;
    let over_grpc: kms::CryptoKey =
        google.call("GetCryptoKey", kms::GetCryptoKeyRequest { name: key.clone() }).await.unwrap();
    assert_eq!(over_rest["name"], over_grpc.name);
    assert_eq!(over_grpc.primary.unwrap().state, 1);
    assert_eq!(over_grpc.create_time.unwrap().seconds, 1_767_268_800);
}
