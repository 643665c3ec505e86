use claviger_core::Reason;
use claviger_types::KeyId;
use proptest::prelude::*;

use super::GrantToken;

fn token(key: [u8; 16], grant: [u8; 32], nonce: [u8; 8]) -> GrantToken {
    GrantToken { key: KeyId::from_bytes(key), grant: hex::encode(grant).parse().unwrap(), nonce }
}

proptest! {
    #[test]
    fn parsing_reverses_encoding(key: [u8; 16], grant: [u8; 32], nonce: [u8; 8]) {
        let token = token(key, grant, nonce);
        prop_assert_eq!(GrantToken::parse(&token.encode()).unwrap(), token);
    }

    #[test]
    fn arbitrary_text_is_no_token(text in ".{0,200}") {
        prop_assert_eq!(GrantToken::parse(&text).unwrap_err().reason(), Reason::InvalidGrantToken);
    }
}

#[test]
fn damaged_tokens_are_refused() {
    let good = token([1; 16], [2; 32], [3; 8]).encode();
    let mut other_format = good.clone();
    other_format.replace_range(0..1, "B");
    let check = |what: &str, text: &str| {
        let reason = GrantToken::parse(text).map_err(|error| error.reason());
        assert_eq!(reason, Err(Reason::InvalidGrantToken), "{what}");
    };
    check("empty", "");
    check("cut", &good[..good.len() - 4]);
    check("longer", &format!("{good}AAAA"));
    check("another format", &other_format);
    check("another alphabet", &good.replace('/', "_").replacen('A', "-", 1));
}
