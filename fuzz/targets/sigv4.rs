//! Signed requests: whatever the headers say, they are refused or checked, and a random signature never verifies.
#![no_main]

use std::time::Duration;

use claviger_front_aws::sigv4::{Expected, Presented, SignedRequest};
use claviger_types::Timestamp;
use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut lines = text.split('\n');
    let (path, query) = (lines.next().unwrap_or("/"), lines.next());
    let mut headers = HeaderMap::new();
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { continue };
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    }
    let request =
        SignedRequest { method: "POST", path, query, authority: Some("localhost"), headers: &headers, body: b"{}" };
    let Ok(presented) = Presented::parse(&request) else { return };
    let Ok(region) = "us-east-1".parse() else { return };
    let expected = Expected {
        region: &region,
        service: "kms",
        now: Timestamp::from_secs(1_440_938_160),
        skew: Duration::from_secs(300),
    };
    let _ = presented.check(&expected);
    assert!(!presented.verify(&[7; 32]));
});
