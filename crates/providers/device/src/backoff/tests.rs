use claviger_testkit::SeededRandom;

use super::*;

#[test]
fn it_doubles_up_to_a_bound_and_varies() {
    let random = SeededRandom::new(1);
    let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));
    let waits: Vec<_> = (0..100).map(|_| backoff.next(&random)).collect();
    for (number, wait) in (0..).zip(&waits) {
        let whole = Duration::from_millis(100 * 2_u64.pow(number.min(10))).min(Duration::from_secs(2));
        assert!(*wait >= whole / 2 && *wait <= whole, "wait {number} is {wait:?}");
    }
    assert!(waits[90..].windows(2).any(|pair| pair[0] != pair[1]), "there is no jitter");
    backoff.reset();
    assert!(backoff.next(&random) <= Duration::from_millis(100));
}
