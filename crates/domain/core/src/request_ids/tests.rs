use std::{
    collections::HashSet,
    sync::atomic::{AtomicU8, Ordering},
};

use super::*;

struct Counter(AtomicU8);

impl Random for Counter {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(LEN) {
            chunk.fill(self.0.fetch_add(1, Ordering::Relaxed));
        }
    }
}

#[test]
fn no_id_is_given_twice() {
    let (ids, random) = (RequestIds::default(), Counter(AtomicU8::new(0)));
    let given: HashSet<_> = (0..3 * AT_ONCE).map(|_| ids.next(&random)).collect();
    assert_eq!(given.len(), 3 * AT_ONCE);
    assert_eq!(usize::from(random.0.load(Ordering::Relaxed)), 3 * AT_ONCE, "all that was drawn is used");
}
