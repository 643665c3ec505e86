use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use claviger_ports::{Clock, Random};
use claviger_types::Timestamp;

/// A clock that stands still until the test moves it.
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// Standing at `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.micros()))
    }

    /// Sets the time, forwards or backwards.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.micros(), Ordering::SeqCst);
    }

    /// Lets `secs` seconds pass.
    pub fn advance(&self, secs: i64) {
        self.set(self.now().plus_secs(secs));
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Numbers that look random and are the same in every run (SplitMix64). Worthless as a secret.
pub struct SeededRandom(AtomicU64);

impl SeededRandom {
    /// A sequence for each `seed`.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl Random for SeededRandom {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            for (byte, random) in chunk.iter_mut().zip(self.next().to_le_bytes()) {
                *byte = random;
            }
        }
    }
}
