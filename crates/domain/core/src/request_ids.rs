use std::sync::{Mutex, PoisonError};

use claviger_ports::Random;
use claviger_types::RequestId;

/// Ids for requests. They are drawn many at a time, since a draw takes as long for one as for all; nothing about them is secret, but
/// nobody can bring about one that was used before.
#[derive(Default)]
pub(crate) struct RequestIds(Mutex<Vec<RequestId>>);

const AT_ONCE: usize = 64;
const LEN: usize = 16;

impl RequestIds {
    pub(crate) fn next(&self, random: &dyn Random) -> RequestId {
        let mut drawn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = drawn.pop() {
            return id;
        }
        let bytes: [u8; AT_ONCE * LEN] = random.bytes();
        let (ids, _) = bytes.as_chunks::<LEN>();
        let [first, others @ ..] = ids else { return RequestId::from_random(random.bytes()) };
        drawn.extend(others.iter().copied().map(RequestId::from_random));
        RequestId::from_random(*first)
    }
}

#[cfg(test)]
mod tests;
