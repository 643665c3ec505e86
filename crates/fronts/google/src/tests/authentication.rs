use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use claviger_core::Connection;
use claviger_crypto::{HashAlg, Input, PrivateKey, SignatureScheme};
use claviger_keys::{CreateCredential, CreatedCredential, NewCredential, RevokeCredential};
use http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};

use super::{ADMIN, Google, HERE, read, rest};
use tower::ServiceExt;

const SECURE: Connection = Connection { peer: None, secure: true, client_spki_sha256: None, uid: None };
/// Noon of the first of January 2026, when tests begin.
const NOW: i64 = 1_767_268_800;
const ADMIN_EMAIL: &str = "admin@111122223333.iam.claviger.internal";

/// A service account with its key.
struct Account {
    id: String,
    key: PrivateKey,
}

impl Account {
    async fn of(google: &Google, principal: &str) -> Self {
        let made = credential(google, principal, NewCredential::ServiceAccountKey).await;
        let secret = made.secret.unwrap();
        let pem = std::str::from_utf8(secret.expose()).unwrap();
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = base64::prelude::BASE64_STANDARD.decode(body).unwrap();
        Self { id: made.id.to_string(), key: PrivateKey::from_pkcs8(&der).unwrap() }
    }

    fn token(&self, claims: &Value) -> String {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.id });
        let signed = format!("{}.{}", part(&header), part(claims));
        let scheme = SignatureScheme::RsaPkcs1(HashAlg::Sha256);
        let signature = self.key.sign(scheme, Input::Message(signed.as_bytes())).unwrap();
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

async fn credential(google: &Google, principal: &str, kind: NewCredential) -> CreatedCredential {
    let operation = CreateCredential { principal: principal.parse().unwrap(), kind, expires: None };
    google.t.ok(&google.t.admin, operation).await
}

fn claims(email: &str, aud: &str) -> Value {
    json!({ "iss": email, "sub": email, "aud": aud, "iat": NOW, "exp": NOW + 3600 })
}

fn api(email: &str) -> Value {
    claims(email, "https://cloudkms.googleapis.com/")
}

async fn check(google: &Google, connection: Connection, tokens: &[&str], expected: Result<(), &str>) {
    let before = google.t.log.records().len();
    let mut request = rest(Method::GET, &format!("/v1/{HERE}/keyRings"), &Value::Null, connection);
    let path = "/google.cloud.kms.v1.KeyManagementService/ListKeyRings";
    let wire = prost::Message::encode_to_vec(&crate::wire::kms::ListKeyRingsRequest {
        parent: HERE.to_owned(),
        ..Default::default()
    });
    let mut same = super::grpc(path, &wire, connection);
    for token in tokens {
        let value: header::HeaderValue = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().append(header::AUTHORIZATION, value.clone());
        same.headers_mut().append(header::AUTHORIZATION, value);
    }
    let answer = google.send(request).await;
    let (result, _) = google.grpc_send(same).await;
    match expected {
        Ok(()) => {
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            assert!(result.is_ok());
        }
        Err(reason) => {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.body);
            assert_eq!(answer.body["error"]["details"][0]["reason"], reason, "{}", answer.body);
            assert_eq!(result, Err(tonic::Code::Unauthenticated));
            // Strangers leave counts and no records, so that nobody can fill the disk.
            assert_eq!(google.t.log.records().len(), before);
        }
    }
}

#[tokio::test]
async fn tokens_that_service_accounts_sign_themselves() {
    let google = Google::new().await;
    google.t.principal("app", &[]).await;
    let (admin, app) = (Account::of(&google, "admin").await, Account::of(&google, "app").await);
    let good = admin.token(&api(ADMIN_EMAIL));
    check(&google, SECURE, &[&good], Ok(())).await;
    // Remembered now.
    check(&google, SECURE, &[&good], Ok(())).await;
    check(&google, Connection::default(), &[&good], Err("WRONG_PROOF")).await;
    check(&google, SECURE, &[&good, &good], Err("WRONG_PROOF")).await;
    check(&google, SECURE, &[&format!("{good}AAAA")], Err("UNKNOWN_CREDENTIAL")).await;
    // A key signs for its own account only.
    check(&google, SECURE, &[&app.token(&api(ADMIN_EMAIL))], Err("WRONG_PROOF")).await;
    let forged = Account { id: admin.id.clone(), key: app.key };
    check(&google, SECURE, &[&forged.token(&api(ADMIN_EMAIL))], Err("UNKNOWN_CREDENTIAL")).await;
    let unknown = Account { id: "service-account-key-x".to_owned(), key: forged.key };
    check(&google, SECURE, &[&unknown.token(&api(ADMIN_EMAIL))], Err("UNKNOWN_CREDENTIAL")).await;
    let other = claims(ADMIN_EMAIL, "https://storage.googleapis.com/");
    check(&google, SECURE, &[&admin.token(&other)], Err("WRONG_PROOF")).await;

    google.t.clock.advance(3700);
    check(&google, SECURE, &[&good], Err("EXPIRED_CREDENTIAL")).await;
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once() {
    let google = Google::new().await;
    let admin = Account::of(&google, "admin").await;
    let signed = admin.token(&api(ADMIN_EMAIL));
    let given =
        exchange(&google, &admin.token(&claims(ADMIN_EMAIL, "https://oauth2.googleapis.com/token"))).await;
    let given = given.1["access_token"].as_str().unwrap().to_owned();
    check(&google, SECURE, &[&signed], Ok(())).await;
    check(&google, SECURE, &[&given], Ok(())).await;
    google.t.ok(&google.t.admin, RevokeCredential { id: admin.id.parse().unwrap() }).await;
    check(&google, SECURE, &[&signed], Err("UNKNOWN_CREDENTIAL")).await;
    check(&google, SECURE, &[&given], Err("UNKNOWN_CREDENTIAL")).await;
}

#[tokio::test]
async fn other_credentials_and_two_at_once() {
    let google = Google::new().await;
    google.t.principal("app", &[]).await;
    google.certificate("app", [9; 32]).await;
    let admin = Account::of(&google, "admin").await;
    let signed = admin.token(&api(ADMIN_EMAIL));
    let native = credential(&google, "admin", NewCredential::BearerToken).await.secret.unwrap();
    let native = std::str::from_utf8(native.expose()).unwrap();
    let with = |client_spki_sha256| Connection { client_spki_sha256: Some(client_spki_sha256), ..SECURE };
    check(&google, SECURE, &[], Err("MISSING_CREDENTIAL")).await;
    check(&google, SECURE, &[native], Ok(())).await;
    check(&google, SECURE, &["clv_unknown"], Err("UNKNOWN_CREDENTIAL")).await;
    check(&google, SECURE, &["clvg_a.b.c"], Err("WRONG_PROOF")).await;
    check(&google, with(ADMIN), &[], Ok(())).await;
    check(&google, with(ADMIN), &[&signed], Ok(())).await;
    check(&google, with([9; 32]), &[&signed], Err("WRONG_PROOF")).await;
    // No credential of anybody, and the token says who it is.
    check(&google, with([8; 32]), &[&signed], Ok(())).await;
    check(&google, with([8; 32]), &[], Err("MISSING_CREDENTIAL")).await;
}

async fn exchange(google: &Google, assertion: &str) -> (StatusCode, Value) {
    let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
    exchange_form(google, &format!("assertion={assertion}&grant_type={grant}"), SECURE).await
}

async fn exchange_form(google: &Google, form: &str, connection: Connection) -> (StatusCode, Value) {
    let request = Request::post("/token")
        .header(header::HOST, "kms.example:7443")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .extension(connection)
        .body(axum::body::Body::from(form.to_owned()))
        .unwrap();
    let answer = read(google.router.clone().oneshot(request).await.unwrap()).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn assertions_are_exchanged_for_access_tokens() {
    let google = Google::new().await;
    let admin = Account::of(&google, "admin").await;
    let ours = admin.token(&claims(ADMIN_EMAIL, "https://kms.example:7443/token"));
    let (status, given) = exchange(&google, &ours).await;
    assert_eq!(
        (status, &given["token_type"], &given["expires_in"]),
        (StatusCode::OK, &json!("Bearer"), &json!(3600))
    );
    let token = given["access_token"].as_str().unwrap();
    check(&google, SECURE, &[token], Ok(())).await;
    check(&google, Connection::default(), &[token], Err("WRONG_PROOF")).await;
    // What is for calls is not for an exchange, and the other way round.
    let (status, refused) = exchange(&google, &admin.token(&api(ADMIN_EMAIL))).await;
    assert_eq!((status, &refused["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")));
    check(&google, SECURE, &[&ours], Err("WRONG_PROOF")).await;
    check(&google, SECURE, &[&format!("clvg_{}", admin.token(&api(ADMIN_EMAIL)))], Err("WRONG_PROOF")).await;
    google.t.clock.advance(3660);
    check(&google, SECURE, &[token], Err("EXPIRED_CREDENTIAL")).await;
}

#[tokio::test]
async fn forms_that_are_refused() {
    let google = Google::new().await;
    let admin = Account::of(&google, "admin").await;
    let assertion = admin.token(&claims(ADMIN_EMAIL, "https://kms.example:7443/token"));
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    for (form, error) in [
        (String::new(), "invalid_request"),
        (format!("assertion={assertion}"), "unsupported_grant_type"),
        (format!("grant_type=password&assertion={assertion}"), "unsupported_grant_type"),
        (format!("grant_type={grant}&assertion=x"), "invalid_grant"),
        (format!("grant_type={grant}&grant_type={grant}&assertion={assertion}"), "invalid_request"),
        (format!("grant_type={grant}&assertion={}", "x".repeat(9000)), "invalid_request"),
    ] {
        let (status, refused) = exchange_form(&google, &form, SECURE).await;
        assert_eq!((status, &refused["error"]), (StatusCode::BAD_REQUEST, &json!(error)), "{form}");
    }
    let form = format!("grant_type={grant}&assertion={assertion}");
    let (status, _) = exchange_form(&google, &form, Connection::default()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}
