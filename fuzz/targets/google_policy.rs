//! IAM policies in Google's form: what is accepted compiles, and comes back as it was. The first line is a condition, the
//! rest the other members of the policy.
#![no_main]

mod google_front;

use std::sync::OnceLock;

use google_front::{Front, RING};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    static FRONT: OnceLock<Front> = OnceLock::new();
    let front = FRONT.get_or_init(Front::start);
    let (condition, policy) = text.split_once('\n').unwrap_or((text, ""));
    front.send("POST", &format!("/v1/{RING}/cryptoKeys/k:setIamPolicy"), policy.as_bytes());
    let binding = serde_json::json!({
        "role": "roles/cloudkms.viewer",
        "members": ["serviceAccount:admin@111122223333.iam.claviger.internal"],
        "condition": { "expression": condition },
    });
    let body = serde_json::json!({ "policy": { "version": 3, "bindings": [binding] } });
    let written = front.send("POST", &format!("/v1/{RING}:setIamPolicy"), body.to_string().as_bytes());
    if written.is_some_and(|(status, _)| status.is_success()) {
        let path = format!("/v1/{RING}:getIamPolicy?options.requestedPolicyVersion=3");
        let (_, read) = front.send("GET", &path, b"").expect("an answer");
        let read: serde_json::Value = serde_json::from_slice(&read).expect("JSON");
        assert_eq!(read["bindings"], body["policy"]["bindings"]);
    }
});
