//! JSON bodies of Google requests through the whole front: the first byte picks the method.
#![no_main]

mod google_front;

use std::sync::OnceLock;

use google_front::{Front, RING};
use libfuzzer_sys::fuzz_target;

/// Method and path behind the ring. What makes key pairs would take all the time.
const METHODS: [(&str, &str); 12] = [
    ("POST", "/cryptoKeys/k:encrypt"),
    ("POST", "/cryptoKeys/k:decrypt"),
    ("POST", "/cryptoKeys/k/cryptoKeyVersions/1:asymmetricSign"),
    ("POST", "/cryptoKeys/k/cryptoKeyVersions/1:macVerify"),
    ("POST", "/cryptoKeys/k/cryptoKeyVersions/1:rawEncrypt"),
    ("POST", "/cryptoKeys/k/cryptoKeyVersions/1:rawDecrypt"),
    ("POST", "/cryptoKeys/k/cryptoKeyVersions:import"),
    ("POST", "/cryptoKeys/k:updatePrimaryVersion"),
    ("POST", "/cryptoKeys/k:testIamPermissions"),
    ("POST", ":setIamPolicy"),
    ("PATCH", "/cryptoKeys/k?updateMask=labels,rotationPeriod,nextRotationTime,versionTemplate.algorithm"),
    ("PATCH", "/cryptoKeys/k/cryptoKeyVersions/1?updateMask=state"),
];

fuzz_target!(|bytes: &[u8]| {
    static FRONT: OnceLock<Front> = OnceLock::new();
    let front = FRONT.get_or_init(Front::start);
    let Some((first, body)) = bytes.split_first() else { return };
    let Some((method, path)) = METHODS.get(usize::from(*first) % METHODS.len()) else { return };
    front.send(method, &format!("/v1/{RING}{path}"), body);
});
