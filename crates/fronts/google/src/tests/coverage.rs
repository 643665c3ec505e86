use std::collections::BTreeSet;

use claviger_core::Connection;
use http::Method;
use prost::Message;
use serde_json::{Value, json};
use tonic::Code;

use super::{ADMIN, Google, HERE, base64};
use crate::{authorization_table, endpoint::Endpoint, endpoints, json::Query, rest, template::Path, wire};

/// Something to do with each kind of key.
struct World {
    google: Google,
    ring: String,
    enc: String,
    mac: String,
    sig: String,
    dec: String,
    raw: String,
}

impl World {
    async fn new() -> Self {
        let google = Google::new().await;
        let ring = google.ring().await;
        let enc = google.key(&ring, "enc", "ENCRYPT_DECRYPT", "GOOGLE_SYMMETRIC_ENCRYPTION").await;
        let mac = google.key(&ring, "mac", "MAC", "HMAC_SHA256").await;
        let sig = google.key(&ring, "sig", "ASYMMETRIC_SIGN", "EC_SIGN_P256_SHA256").await;
        let dec = google.key(&ring, "dec", "ASYMMETRIC_DECRYPT", "RSA_DECRYPT_OAEP_2048_SHA256").await;
        let raw = google.key(&ring, "raw", "RAW_ENCRYPT_DECRYPT", "AES_128_CTR").await;
        Self { google, ring, enc, mac, sig, dec, raw }
    }

    /// A request for a method, which is right as far as it can be without secrets of others.
    fn request(&self, rpc: &str) -> (Method, String, Value) {
        let Self { ring, enc, mac, sig, dec, raw, .. } = self;
        let version = |key: &str| format!("{key}/cryptoKeyVersions/1");
        let get = |path: String| (Method::GET, path, Value::Null);
        let post = |path: String, body: Value| (Method::POST, path, body);
        let patch = |path: String, body: Value| (Method::PATCH, path, body);
        let delete = |path: String| (Method::DELETE, path, Value::Null);
        let data = base64(b"data");
        match rpc {
            "AsymmetricDecrypt" => post(
                format!("{}:asymmetricDecrypt", version(dec)),
                json!({ "ciphertext": base64(&[1; 256]) }),
            ),
            "AsymmetricSign" => post(format!("{}:asymmetricSign", version(sig)), json!({ "data": data })),
            "CreateCryptoKey" => post(
                format!("{ring}/cryptoKeys?cryptoKeyId=new"),
                json!({ "purpose": "MAC", "versionTemplate": { "algorithm": "HMAC_SHA256" } }),
            ),
            "CreateCryptoKeyVersion" => post(format!("{enc}/cryptoKeyVersions"), json!({})),
            "CreateImportJob" => post(
                format!("{ring}/importJobs?importJobId=j"),
                json!({ "importMethod": "RSA_OAEP_3072_SHA256", "protectionLevel": "SOFTWARE" }),
            ),
            "CreateKeyRing" => post(format!("{HERE}/keyRings?keyRingId=other"), json!({})),
            "Decapsulate" => post(format!("{}:decapsulate", version(dec)), json!({})),
            "Decrypt" => post(format!("{enc}:decrypt"), json!({ "ciphertext": data })),
            "DeleteCryptoKey" => delete(enc.clone()),
            "DeleteCryptoKeyVersion" => delete(version(enc)),
            "DestroyCryptoKeyVersion" => post(format!("{}:destroy", version(mac)), json!({})),
            "Encrypt" => post(format!("{enc}:encrypt"), json!({ "plaintext": data })),
            "ExportTrustedKeyWrappedCryptoKeyVersion" => {
                get(format!("{}:exportTrustedKeyWrappedCryptoKeyVersion", version(enc)))
            }
            "GenerateRandomBytes" => {
                post(format!("{HERE}:generateRandomBytes"), json!({ "lengthBytes": 16 }))
            }
            "GetCryptoKey" => get(enc.clone()),
            "GetCryptoKeyVersion" => get(version(enc)),
            "GetImportJob" => get(format!("{ring}/importJobs/j")),
            "GetKeyRing" => get(ring.clone()),
            "GetLocation" => get(HERE.to_owned()),
            "GetPublicKey" => get(format!("{}/publicKey", version(sig))),
            "GetRetiredResource" => get(format!("{HERE}/retiredResources/x")),
            "GetIamPolicy" => get(format!("{enc}:getIamPolicy")),
            "ImportCryptoKeyVersion" => post(
                format!("{enc}/cryptoKeyVersions:import"),
                json!({
                    "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION",
                    "importJob": format!("{ring}/importJobs/j"),
                    "wrappedKey": data,
                }),
            ),
            "ImportTrustedKeyWrappedCryptoKeyVersion" => {
                post(format!("{enc}/cryptoKeyVersions:importTrustedKeyWrappedCryptoKeyVersion"), json!({}))
            }
            "ListCryptoKeyVersions" => get(format!("{enc}/cryptoKeyVersions")),
            "ListCryptoKeys" => get(format!("{ring}/cryptoKeys")),
            "ListImportJobs" => get(format!("{ring}/importJobs")),
            "ListKeyRings" => get(format!("{HERE}/keyRings")),
            "ListLocations" => get("projects/111122223333/locations".to_owned()),
            "ListRetiredResources" => get(format!("{HERE}/retiredResources")),
            "MacSign" => post(format!("{}:macSign", version(mac)), json!({ "data": data })),
            "MacVerify" => post(format!("{}:macVerify", version(mac)), json!({ "data": data, "mac": data })),
            "RawDecrypt" => post(
                format!("{}:rawDecrypt", version(raw)),
                json!({ "ciphertext": data, "initializationVector": base64(&[1; 16]) }),
            ),
            "RawEncrypt" => post(format!("{}:rawEncrypt", version(raw)), json!({ "plaintext": data })),
            "RestoreCryptoKeyVersion" => post(format!("{}:restore", version(mac)), json!({})),
            "SetIamPolicy" => post(format!("{enc}:setIamPolicy"), json!({ "policy": {} })),
            "TestIamPermissions" => {
                let permission = "cloudkms.cryptoKeyVersions.useToEncrypt";
                post(format!("{enc}:testIamPermissions"), json!({ "permissions": [permission] }))
            }
            "UpdateCryptoKey" => {
                patch(format!("{enc}?updateMask=labels"), json!({ "labels": { "stage": "test" } }))
            }
            "UpdateCryptoKeyPrimaryVersion" => {
                post(format!("{enc}:updatePrimaryVersion"), json!({ "cryptoKeyVersionId": "1" }))
            }
            "UpdateCryptoKeyVersion" => {
                patch(format!("{}?updateMask=state", version(sig)), json!({ "state": "ENABLED" }))
            }
            other => panic!("no request for {other}"),
        }
    }

    /// The same over both transports; the code and the id of each call.
    async fn both(&self, who: [u8; 32], rpc: &str) -> [(Code, String); 2] {
        let (method, path, body) = self.request(rpc);
        let path = format!("/v1/{path}");
        let answer = self.google.rest_as(who, method.clone(), &path, body.clone()).await;
        let status = answer.body["error"]["status"].as_str().map_or(Code::Ok, code);
        let endpoint = endpoint(rpc);
        let wire = wire_of(&endpoint, &method, &path, &body);
        let (result, id) = self.google.grpc_as(who, &endpoint.grpc_path(), &wire).await;
        [(status, answer.request), (result.err().unwrap_or(Code::Ok), id)]
    }
}

fn code(name: &str) -> Code {
    match name {
        "ABORTED" => Code::Aborted,
        "ALREADY_EXISTS" => Code::AlreadyExists,
        "FAILED_PRECONDITION" => Code::FailedPrecondition,
        "INVALID_ARGUMENT" => Code::InvalidArgument,
        "NOT_FOUND" => Code::NotFound,
        "PERMISSION_DENIED" => Code::PermissionDenied,
        "UNIMPLEMENTED" => Code::Unimplemented,
        other => panic!("{other}"),
    }
}

fn endpoint(rpc: &str) -> Endpoint {
    endpoints::all().unwrap().into_iter().find(|endpoint| endpoint.row.rpc == rpc).unwrap()
}

/// The message that the REST form of a request is.
fn wire_of(endpoint: &Endpoint, method: &Method, path: &str, body: &Value) -> Vec<u8> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = Path::new(path);
    let fits = |binding: &&crate::endpoint::Binding| binding.method == *method;
    let (binding, bound) = endpoint
        .bindings
        .iter()
        .filter(fits)
        .find_map(|binding| Some((binding, binding.template.matches(&path)?)))
        .unwrap();
    let body = if body.is_null() { String::new() } else { body.to_string() };
    rest::message(endpoint, binding, body.as_bytes(), bound, Query::parse(query).unwrap())
        .unwrap()
        .encode_to_vec()
}

#[test]
fn every_method_of_every_service_is_in_the_table_once() {
    let defined: Vec<String> =
        wire::methods().unwrap().iter().map(|method| method.name().to_owned()).collect();
    let served: BTreeSet<String> =
        endpoints::all().unwrap().iter().map(|endpoint| endpoint.row.rpc.to_owned()).collect();
    assert_eq!(served.len(), endpoints::all().unwrap().len(), "a method is there twice");
    assert_eq!(served, defined.iter().cloned().collect());
    assert_eq!(served.len(), defined.len(), "two services have methods of the same name");
    for endpoint in endpoints::all().unwrap() {
        assert!(!endpoint.bindings.is_empty(), "{}", endpoint.row.rpc);
    }
}

#[test]
fn every_action_is_one_that_policies_know() {
    for (rpc, _, action) in authorization_table().unwrap() {
        assert!(claviger_core::actions::ALL.contains(&action), "{rpc}: {action}");
    }
}

#[tokio::test]
async fn every_method_is_refused_without_permission_and_leaves_one_record() {
    let world = World::new().await;
    for (number, (rpc, operation, action)) in authorization_table().unwrap().into_iter().enumerate() {
        // An import needs its job as well.
        let besides = if rpc == "ImportCryptoKeyVersion" { ",\"kms:UseImportJob\"" } else { "" };
        let without = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","NotAction":"{action}","Resource":"*"}}}}"#
        );
        let with = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":["{action}"{besides}],"Resource":"*"}}}}"#
        );
        for (offset, policy, is_allowed) in [(0, without, false), (1, with, true)] {
            let mut who = [2; 32];
            who[0] = 2 * u8::try_from(number).unwrap() + offset;
            world.google.principal(&format!("caller-{number}-{offset}"), &[&policy], who).await;
            for (code, id) in world.both(who, rpc).await {
                assert_eq!(code == Code::PermissionDenied, !is_allowed, "{rpc}: {code:?}");
                assert_ne!(code, Code::Unimplemented, "{rpc}");
                let outcomes = world.google.outcomes(&id);
                assert_eq!(outcomes.len(), 1, "{rpc}: {outcomes:?}");
                assert_eq!(outcomes[0]["operation"], operation, "{rpc}");
                assert_eq!(outcomes[0]["front"], "google");
                if !is_allowed {
                    assert_eq!(outcomes[0]["outcome"], "Denied", "{rpc}");
                }
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_offered_says_so_and_what_needs_no_permission_leaves_a_record_too() {
    let world = World::new().await;
    for endpoint in endpoints::all().unwrap() {
        let (rpc, operation) = (endpoint.row.rpc, endpoint.row.operation);
        if endpoint.row.action.is_some() {
            continue;
        }
        let is_offered = matches!(rpc, "GetLocation" | "ListLocations" | "TestIamPermissions");
        let expected = if is_offered { Code::Ok } else { Code::Unimplemented };
        for (code, id) in world.both(ADMIN, rpc).await {
            assert_eq!(code, expected, "{rpc}");
            let outcomes = world.google.outcomes(&id);
            assert_eq!(outcomes.len(), 1, "{rpc}: {outcomes:?}");
            assert_eq!(outcomes[0]["operation"], operation);
        }
    }
}

/// What a known caller gets wrong is recorded as well, once.
#[tokio::test]
async fn what_cannot_be_read_is_refused_and_recorded() {
    let world = World::new().await;
    for endpoint in endpoints::all().unwrap() {
        let (method, path, _) = world.request(endpoint.row.rpc);
        let separator = if path.contains('?') { '&' } else { '?' };
        let path = format!("/v1/{path}{separator}unknown=1");
        let answer = world.google.rest(method, &path, json!({ "unknown": 1 })).await;
        assert_eq!(answer.body["error"]["status"], "INVALID_ARGUMENT", "{path}: {}", answer.body);
        let (code, id) = world.google.grpc_as(ADMIN, &endpoint.grpc_path(), &[0xff]).await;
        let expected = if endpoints::UNSUPPORTED.contains(&endpoint.row.rpc) {
            Code::Unimplemented
        } else {
            Code::InvalidArgument
        };
        assert_eq!(code, Err(expected), "{}", endpoint.row.rpc);
        for id in [answer.request, id] {
            let outcomes = world.google.outcomes(&id);
            assert_eq!(outcomes.len(), 1, "{path}: {outcomes:?}");
            assert_eq!(outcomes[0]["operation"], endpoint.row.operation);
        }
    }
}

#[tokio::test]
async fn paths_methods_and_bodies_that_there_are_not() {
    let google = Google::new().await;
    let check = async |answer: super::Answer, status: &str| {
        assert_eq!(answer.body["error"]["status"], status, "{}", answer.body);
        let outcomes = google.outcomes(&answer.request);
        assert_eq!(outcomes.len(), 1);
        assert_eq!(outcomes[0]["operation"], "UnknownMethod");
    };
    check(google.rest(Method::GET, "/v1/nothing", Value::Null).await, "NOT_FOUND").await;
    check(google.rest(Method::DELETE, &format!("/v1/{HERE}/keyRings"), Value::Null).await, "NOT_FOUND").await;
    check(google.rest(Method::POST, &format!("/v1/{HERE}/keyRings/r:fly"), json!({})).await, "NOT_FOUND")
        .await;
    let path = "/google.cloud.kms.v1.KeyManagementService/Fly";
    assert_eq!(google.grpc_as(ADMIN, path, &[]).await.0, Err(Code::Unimplemented));
    let connection = Connection { secure: true, client_spki_sha256: Some(ADMIN), ..Connection::default() };
    let path = "/google.cloud.kms.v1.KeyManagementService/ListKeyRings";
    for (name, value) in [("content-type", "application/json"), ("grpc-encoding", "gzip")] {
        let mut request = super::grpc(path, &[], connection);
        request.headers_mut().insert(name, value.parse().unwrap());
        assert!(google.grpc_send(request).await.0.is_err(), "{name}");
    }
    let large = json!({ "plaintext": "A".repeat(300_000) });
    let path = format!("/v1/{HERE}/keyRings/r/cryptoKeys/k:encrypt");
    assert!(
        google
            .refused(Method::POST, &path, large, "INVALID_ARGUMENT")
            .await
            .contains("longer than 262144 bytes")
    );
}
