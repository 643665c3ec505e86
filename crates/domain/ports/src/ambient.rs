use claviger_types::Timestamp;

/// The current time; a parameter, so that a test decides what time it is.
pub trait Clock: Send + Sync {
    /// The time of the wall clock.
    fn now(&self) -> Timestamp;
}

/// Cryptographically secure randomness for ids, nonces and tokens. Providers have their own for key material.
pub trait Random: Send + Sync {
    /// Fills `out`. There is no error: a process that cannot draw randomness must not go on.
    fn fill(&self, out: &mut [u8]);
}

impl dyn Random + '_ {
    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }
}
