//! Paths and queries of Google requests: names of resources, page tokens, filters, field masks. The first line is the path
//! behind `/v1/`, or behind the ring if it begins with a slash; the second, if there is one, a filter.
#![no_main]

mod google_front;

use std::sync::OnceLock;

use google_front::{Front, RING};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    static FRONT: OnceLock<Front> = OnceLock::new();
    let front = FRONT.get_or_init(Front::start);
    let (path, filter) = text.split_once('\n').unwrap_or((text, ""));
    match path.starts_with('/') {
        true => front.send("GET", &format!("/v1/{RING}{path}"), b""),
        false => front.send("GET", &format!("/v1/{path}"), b""),
    };
    if !filter.is_empty() {
        let escaped: String = filter.bytes().map(|byte| format!("%{byte:02x}")).collect();
        front.send("GET", &format!("/v1/{RING}/cryptoKeys?filter={escaped}"), b"");
    }
});
