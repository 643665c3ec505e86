use http::Method;
use serde_json::{Value, json};

use super::Native;
use crate::{authorization_table, openapi::variables};

/// User ids of principals that may do everything but one thing, and nothing but that.
const WITHOUT: u32 = 2000;
const WITH: u32 = 3000;

/// A request that the endpoint understands; whether it succeeds does not matter.
fn body(operation: &str, method: &Method) -> Value {
    let message = "bWVzc2FnZQ==";
    match operation {
        "CreateKey" | "EnableKeyRotation" | "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext" => {
            json!({})
        }
        "MoveKey" => json!({ "to": "software" }),
        "AdoptKey" => json!({ "locator": "pkcs11:object=key", "spec": "ec-p256" }),
        "RemoveOrphan" => json!({ "kind": "interrupted" }),
        "UpdateKeyDescription" => json!({ "description": "new" }),
        "ScheduleKeyDeletion" => json!({ "window_days": 7 }),
        "TagResource" => json!({ "tags": { "stage": "test" } }),
        "UntagResource" => json!({ "names": ["stage"] }),
        "PutKeyPolicy" => json!({ "policy": claviger_keys::default_policy("111122223333".parse().unwrap()) }),
        "CreateAlias" => json!({ "alias": "new", "key": KEY }),
        "UpdateAlias" => json!({ "key": KEY }),
        "CreateGrant" => {
            json!({ "grantee": "arn:aws:iam::111122223333:user/admin", "operations": ["Encrypt"] })
        }
        "GetParametersForImport" => {
            json!({ "wrapping_algorithm": "RSAES_OAEP_SHA_256", "wrapping_key_spec": "rsa-2048" })
        }
        "ImportKeyMaterial" => json!({ "token": "00000000-0000-4000-8000-000000000000", "wrapped": message }),
        "ImportGoKmsStore" => json!({ "passphrase": message, "files": [] }),
        "Encrypt" => json!({ "plaintext": message }),
        "Decrypt" => json!({ "ciphertext": message, "key": KEY }),
        "ReEncrypt" => json!({ "ciphertext": message, "source_key": KEY, "key": KEY }),
        "RawEncrypt" => json!({ "mode": "gcm", "plaintext": message }),
        "RawDecrypt" => json!({ "mode": "ctr", "ciphertext": message, "iv": "AAAAAAAAAAAAAAAAAAAAAA==" }),
        "Sign" => json!({ "message": message, "algorithm": "ECDSA_SHA_256" }),
        "Verify" => json!({ "message": message, "signature": message, "algorithm": "ECDSA_SHA_256" }),
        "GenerateMac" => json!({ "message": message, "algorithm": "HMAC_SHA_256" }),
        "VerifyMac" => json!({ "message": message, "mac": message, "algorithm": "HMAC_SHA_256" }),
        "DeriveSharedSecret" => json!({ "public_key": message }),
        "GenerateRandom" => json!({ "bytes": 1 }),
        "GenerateDataKeyPair" | "GenerateDataKeyPairWithoutPlaintext" => json!({ "spec": "ec-p256" }),
        "CreateCertificateAuthority" => {
            json!({ "name": "new", "key": "alias/signer", "subject": "CN=Covered" })
        }
        "RotateCertificateAuthority" => json!({ "key": "alias/signer" }),
        "IssueCertificate" => {
            json!({ "profile": "client", "key": "alias/signer", "subject": "CN=covered" })
        }
        "RevokeCertificate" => json!({ "reason": "superseded" }),
        "CreatePrincipal" => json!({ "name": "new" }),
        "PutPrincipalPolicy" => json!({ "policy": claviger_testkit::ALLOW_ALL }),
        "SimulatePolicy" => json!({ "principal": "admin", "action": "kms:Encrypt" }),
        "CreateCredential" => json!({ "kind": "bearer-token" }),
        "AddKeyslot" => json!({ "label": "new", "opener": { "kind": "passphrase", "secret": message } }),
        "RotateRootKey" => json!({ "keep": [] }),
        "Backup" => json!({ "name": "new" }),
        _ if *method == Method::PUT => panic!("{operation} needs a body"),
        _ => Value::Null,
    }
}

const KEY: &str = "alias/covered";

/// A path with something in the place of each variable.
async fn path(native: &Native, key: &str, template: &str) -> String {
    let mut path = template.strip_prefix("/claviger/v1").unwrap().to_owned();
    for name in variables(template) {
        let value = match name {
            "alias" => "covered".to_owned(),
            "authority" => {
                make_authority(native).await;
                "covered".to_owned()
            }
            "credential" => "token-x".to_owned(),
            "grant" => {
                let body = body("CreateGrant", &Method::POST);
                native.post(&format!("/keys/{key}/grants"), body).await["id"].as_str().unwrap().to_owned()
            }
            "key" => key.to_owned(),
            "keyslot" => "00000000".to_owned(),
            "policy" => "new".to_owned(),
            "principal" => "subject".to_owned(),
            "provider" => "software".to_owned(),
            "tag" => "00".repeat(20),
            "version" => "1".to_owned(),
            "serial" => {
                let path = "/certificate-authorities/covered/certificates";
                native.post(path, body("IssueCertificate", &Method::POST)).await["serial"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            }
            _ => panic!("{name}"),
        };
        path = path.replace(&format!("{{{name}}}"), &value);
    }
    match path.as_str() {
        "/retirable-grants" => path + "?principal=arn:aws:iam::111122223333:user/subject",
        _ => path,
    }
}

/// An authority and its key, `alias/signer`, if they are not there.
async fn make_authority(native: &Native) {
    let path = "/certificate-authorities/covered";
    if native.call(Method::GET, path, Value::Null).await.status.is_success() {
        return;
    }
    let key = native.post("/keys", json!({ "spec": "ed25519" })).await["id"].clone();
    native.post("/aliases", json!({ "alias": "signer", "key": key })).await;
    let mut body = body("CreateCertificateAuthority", &Method::POST);
    body["name"] = json!("covered");
    native.post("/certificate-authorities", body).await;
}

fn policy(element: &str, actions: &[&str]) -> String {
    let statement = json!({ "Effect": "Allow", element: actions, "Resource": "*" });
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

/// Without the action of the table a call is refused; with it and nothing else it is not. Either way it leaves one
/// outcome record, under the name of the table.
#[tokio::test]
async fn every_endpoint_asks_for_its_action_and_is_recorded() {
    for (operation, action, method, template) in authorization_table() {
        let native = Native::with_users(&[(1000, "admin"), (WITHOUT, "without"), (WITH, "with")]).await;
        // Some ask for two.
        let actions: &[&str] = match operation {
            "ReEncrypt" => &["kms:ReEncryptFrom", "kms:ReEncryptTo"],
            "CreateCertificateAuthority" | "IssueCertificate" | "RotateCertificateAuthority" => {
                &[action, "kms:Sign"]
            }
            _ => &[action],
        };
        native.t.principal("without", &[&policy("NotAction", &[action])]).await;
        native.t.principal("with", &[&policy("Action", actions)]).await;
        native.t.principal("subject", &[]).await;
        let made = native.post("/keys", json!({})).await;
        let key = made["id"].as_str().unwrap();
        native.post("/aliases", json!({ "alias": "covered", "key": key })).await;
        let path = path(&native, key, &template).await;
        // A token names the grant, so that this endpoint has none to name.
        let body = match path.as_str() {
            "/retire-grant" => {
                let grant = body("CreateGrant", &Method::POST);
                json!({ "token": native.post(&format!("/keys/{key}/grants"), grant).await["token"] })
            }
            "/aliases" if method == Method::POST => json!({ "alias": "new", "key": key }),
            _ if path.starts_with("/aliases/") && method == Method::PUT => json!({ "key": key }),
            _ => body(operation, &method),
        };
        for (uid, is_allowed) in [(WITHOUT, false), (WITH, true)] {
            let answer = native.call_as(uid, method.clone(), &path, body.clone()).await;
            let reason = answer.body["reason"].as_str().filter(|_| !answer.status.is_success());
            assert_eq!(reason == Some("Denied"), !is_allowed, "{method} {path} as {uid}: {}", answer.body);
            assert_eq!(answer.status.as_u16() == 403, !is_allowed, "{method} {path} as {uid}");
            let outcomes = native.outcomes(&answer.request);
            assert_eq!(outcomes.len(), 1, "{method} {path} as {uid}: {outcomes:?}");
            assert_eq!(outcomes[0]["operation"], operation, "{method} {path}");
            assert_eq!(outcomes[0]["front"], "native");
            let expected = reason.unwrap_or("Ok");
            assert_eq!(outcomes[0]["outcome"], expected, "{method} {path}");
        }
    }
}

/// What a known caller gets wrong is recorded as well, once, and changes nothing.
#[tokio::test]
async fn every_endpoint_refuses_and_records_what_it_cannot_read() {
    let native = Native::new().await;
    let key = native.post("/keys", json!({})).await["id"].as_str().unwrap().to_owned();
    for (operation, _, method, template) in authorization_table() {
        let path = path(&native, &key, &template).await;
        for (query, wrong) in [("unknown=1", body(operation, &method)), ("", json!({ "unknown": 1 }))] {
            let separator = if path.contains('?') { "&" } else { "?" };
            let answer = native.call(method.clone(), &format!("{path}{separator}{query}"), wrong).await;
            native.refused(&answer, 400, "InvalidRequest");
            let outcomes = native.outcomes(&answer.request);
            assert_eq!(outcomes.len(), 1, "{method} {path}: {outcomes:?}");
            assert_eq!(outcomes[0]["operation"], operation);
            assert_eq!(outcomes[0]["outcome"], "InvalidRequest");
        }
    }
}

/// Nothing but the audit log's own account of it happens when an endpoint is only tried.
#[tokio::test]
async fn a_dry_run_does_nothing() {
    let native = Native::new().await;
    let mut request = super::request(
        Method::POST,
        "/keys",
        &json!({}),
        claviger_core::Connection { secure: true, uid: Some(1000), ..Default::default() },
    );
    request.headers_mut().insert(claviger_api::DRY_RUN_HEADER, "true".parse().unwrap());
    let answer = native.send(request).await;
    native.refused(&answer, 412, "DryRun");
    assert_eq!(native.get("/keys").await["keys"], json!([]));
    assert_eq!(native.outcomes(&answer.request)[0]["outcome"], "DryRun");
}

#[tokio::test]
async fn paths_and_methods_that_there_are_not() {
    let native = Native::new().await;
    let answer = native.call(Method::GET, "/nothing/here", Value::Null).await;
    native.refused(&answer, 404, "NotFound");
    let answer = native.call(Method::DELETE, "/keys", Value::Null).await;
    native.refused(&answer, 405, "InvalidRequest");
}
