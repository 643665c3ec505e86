//! Bodies of signed AWS requests through the whole front, over a real service: the first byte picks the operation.
//! Whatever the body says, there is an answer, and it is not an internal error.
#![no_main]

use std::sync::OnceLock;

use axum::{Router, body::Body};
use claviger_crypto::{hmac_sha256, sha256};
use claviger_front_aws::{AwsFront, Options, operation_names, router, sigv4::signing_key};
use claviger_keys::{CreateCredential, NewCredential};
use claviger_testkit::TestService;
use http::Request;
use http_body_util::BodyExt;
use libfuzzer_sys::fuzz_target;
use tokio::runtime::Runtime;
use tower::ServiceExt;

struct Front {
    runtime: Runtime,
    _service: TestService,
    router: Router,
    operations: Vec<&'static str>,
    id: String,
    key: [u8; 32],
}

fuzz_target!(|bytes: &[u8]| {
    static FRONT: OnceLock<Front> = OnceLock::new();
    let front = FRONT.get_or_init(start);
    let Some((first, body)) = bytes.split_first() else { return };
    let operation = front.operations[usize::from(*first) % front.operations.len()];
    let request = sign(front, operation, body);
    front.runtime.block_on(async {
        let answer = front.router.clone().oneshot(request).await.expect("an answer");
        let status = answer.status();
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        assert_ne!(status.as_u16(), 500, "{operation}: {}", String::from_utf8_lossy(&body));
    });
});

fn start() -> Front {
    let runtime = Runtime::new().expect("a runtime");
    let (service, id, secret) = runtime.block_on(async {
        let t = TestService::new().await;
        let kind = NewCredential::AccessKey;
        let create = CreateCredential { principal: "admin".parse().expect("a name"), kind, expires: None };
        let key = t.ok(&t.admin, create).await;
        let secret = key.secret.expect("a secret").expose().to_vec();
        (t, key.id.to_string(), secret)
    });
    let router = router(AwsFront { service: service.service.clone(), options: Options::default() });
    let key = signing_key(&secret, "20260101", "eu-test-1", "kms");
    // Key generation would take all the time.
    let slow = ["GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GetParametersForImport", "CreateKey"];
    let operations = operation_names().filter(|name| !slow.contains(name)).collect();
    Front { runtime, _service: service, router, operations, id, key }
}

fn sign(front: &Front, operation: &str, body: &[u8]) -> Request<Body> {
    let (time, scope) = ("20260101T120000Z", "20260101/eu-test-1/kms/aws4_request");
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let target = format!("TrentService.{operation}");
    let names = "host;x-amz-date;x-amz-target";
    let canonical = format!(
        "POST\n/\n\nhost:localhost\nx-amz-date:{time}\nx-amz-target:{target}\n\n{names}\n{}",
        hex(&sha256(body))
    );
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&sha256(canonical.as_bytes())));
    let signature = hex(&hmac_sha256(&front.key, text.as_bytes()));
    let id = &front.id;
    Request::post("/")
        .header("host", "localhost")
        .header("x-amz-date", time)
        .header("x-amz-target", target)
        .header("content-type", "application/x-amz-json-1.1")
        .header(
            "authorization",
            format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}"),
        )
        .body(Body::from(body.to_vec()))
        .expect("a request")
}
