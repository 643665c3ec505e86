//! The Google front over a real service, for the targets that go through it.

use axum::{Router, body::Body};
use claviger_core::Connection;
use claviger_front_google::{GoogleFront, Options, router};
use claviger_keys::{CreateCredential, NewCredential};
use claviger_testkit::TestService;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// Where its keys are.
pub const RING: &str = "projects/111122223333/locations/eu-test-1/keyRings/r";
const CERTIFICATE: [u8; 32] = [1; 32];

pub struct Front {
    runtime: Runtime,
    _service: TestService,
    router: Router,
}

impl Front {
    /// With a ring, and a key `k` in it.
    pub fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let service = runtime.block_on(async {
            let t = TestService::new().await;
            let kind = NewCredential::ClientCertificate { spki_sha256: CERTIFICATE };
            let create = CreateCredential { principal: "admin".parse().expect("a name"), kind, expires: None };
            t.ok(&t.admin, create).await;
            t
        });
        let front = GoogleFront { service: service.service.clone(), options: Options::default() };
        let router = router(front).expect("a router");
        let front = Self { runtime, _service: service, router };
        let (ring, _) = RING.rsplit_once('/').expect("a name of two parts");
        front.send("POST", &format!("/v1/{ring}?keyRingId=r"), b"{}");
        let key = br#"{"purpose":"ENCRYPT_DECRYPT"}"#;
        front.send("POST", &format!("/v1/{RING}/cryptoKeys?cryptoKeyId=k"), key);
        front
    }

    /// Whatever is asked, there is an answer, and it is not an internal error. `None` if it is no request at all.
    pub fn send(&self, method: &str, path: &str, body: &[u8]) -> Option<(StatusCode, Vec<u8>)> {
        let connection = Connection { secure: true, client_spki_sha256: Some(CERTIFICATE), ..Connection::default() };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .extension(connection)
            .body(Body::from(body.to_vec()))
            .ok()?;
        self.runtime.block_on(async {
            let answer = self.router.clone().oneshot(request).await.expect("an answer");
            let status = answer.status();
            let body = answer.into_body().collect().await.expect("a body").to_bytes();
            assert_ne!(status.as_u16(), 500, "{path}: {}", String::from_utf8_lossy(&body));
            Some((status, body.to_vec()))
        })
    }
}
