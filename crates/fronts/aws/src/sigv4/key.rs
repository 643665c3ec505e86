use claviger_crypto::hmac_sha256;
use zeroize::{Zeroize, Zeroizing};

/// The key that signs for one day, region and service, from a secret access key.
pub fn signing_key(secret: &[u8], date: &str, region: &str, service: &str) -> [u8; 32] {
    let mut seed = Zeroizing::new(Vec::with_capacity(4 + secret.len()));
    seed.extend_from_slice(b"AWS4");
    seed.extend_from_slice(secret);
    let mut key = hmac_sha256(&seed, date.as_bytes());
    for part in [region, service, "aws4_request"] {
        let next = hmac_sha256(&key, part.as_bytes());
        key.zeroize();
        key = next;
    }
    key
}
