use std::time::Duration;

use super::{Backoff, FIRST, LONGEST, Outcome};

#[test]
fn only_what_changes_nothing_is_repeated_when_it_may_have_been_done() {
    let second = Duration::from_secs(1);
    for (outcome, repeatable, expected) in [
        (Outcome::Decided, true, None),
        (Outcome::Decided, false, None),
        (Outcome::NotDone(None), false, Some(Duration::ZERO)),
        (Outcome::NotDone(Some(second)), false, Some(second)),
        (Outcome::Unknown(None), false, None),
        (Outcome::Unknown(Some(second)), false, None),
        (Outcome::Unknown(Some(second)), true, Some(second)),
    ] {
        assert_eq!(outcome.pause(repeatable), expected, "{outcome:?}, {repeatable}");
    }
}

#[test]
fn pauses_grow_and_end() {
    let mut backoff = Backoff::new(12);
    let pauses: Vec<_> = std::iter::from_fn(|| backoff.next()).collect();
    assert_eq!(pauses.len(), 12);
    assert!(pauses[0] <= FIRST);
    assert!(pauses.iter().all(|pause| *pause <= LONGEST));
    assert_ne!(pauses[10], pauses[11]);
}
