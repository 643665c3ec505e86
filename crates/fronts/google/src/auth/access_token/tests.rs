use claviger_core::Reason;
use claviger_types::Timestamp;

use super::{AccessTokens, LIFE};

const NOW: Timestamp = Timestamp::from_secs(1_767_268_800);

#[test]
fn tokens_come_back_until_they_end() {
    let tokens = AccessTokens::new([7; 32]);
    let id = "service-account-key-1".parse().unwrap();
    let token = tokens.make(&id, NOW);
    let read = |now| tokens.read(&token, now).map_err(|error| error.reason());
    assert_eq!(read(NOW), Ok(id.clone()));
    assert_eq!(read(NOW.plus_secs(LIFE - 1)), Ok(id));
    assert_eq!(read(NOW.plus_secs(LIFE)), Err(Reason::ExpiredCredential));
}

#[test]
fn no_other_text_is_a_token() {
    let tokens = AccessTokens::new([7; 32]);
    let id = "service-account-key-1".parse().unwrap();
    let refused = |token: &str| {
        assert_eq!(tokens.read(token, NOW).unwrap_err().reason(), Reason::UnknownCredential, "{token}");
    };
    refused("");
    refused("clvg_");
    refused(&AccessTokens::new([8; 32]).make(&id, NOW));
    let good = tokens.make(&id, NOW);
    for place in 5..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        refused(std::str::from_utf8(&bytes).unwrap());
    }
    refused(&good[..good.len() - 1]);
}
