//! Tokens of service accounts: whatever they say, they are refused or checked, and none that nobody signed verifies.
#![no_main]

use std::{sync::OnceLock, time::Duration};

use claviger_crypto::{PrivateKey, PublicKey};
use claviger_front_google::jwt::{Purpose, Token};
use claviger_types::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    static KEY: OnceLock<PublicKey> = OnceLock::new();
    let key = KEY.get_or_init(|| {
        PrivateKey::generate_rsa(2048).and_then(|key| key.public_key()).expect("a key")
    });
    let Ok(token) = Token::parse(text) else { return };
    let (now, skew) = (Timestamp::from_secs(1_767_268_800), Duration::from_secs(60));
    let _ = token.check(Purpose::Call, now, skew);
    let _ = token.check(Purpose::Exchange { token_uri: "https://localhost/token" }, now, skew);
    assert!(!token.is_signed_by(key));
});
