use std::time::{SystemTime, UNIX_EPOCH};

use claviger_ports::{Clock, Random};
use claviger_types::Timestamp;

/// The wall clock of the machine.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else takes as a parameter"
    )]
    fn now(&self) -> Timestamp {
        let micros = |duration: std::time::Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => Timestamp::from_micros(micros(since)),
            Err(before) => Timestamp::from_micros(-micros(before.duration())),
        }
    }
}

/// The random bit generator of the cryptographic library.
pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, out: &mut [u8]) {
        if claviger_crypto::fill(out).is_err() {
            // Without randomness every key and nonce from here on would be guessable: there is no answer to give.
            std::process::abort();
        }
    }
}
