use std::{io::Write, thread};

use super::*;

fn pair() -> (Requests, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    (Requests::new(ours), theirs)
}

#[test]
fn each_is_taken_once() {
    let (requests, mut parent) = pair();
    for number in 1..=2 {
        parent.write_all(&wire::frame(number, &Request::Probe {})).unwrap();
    }
    assert!(matches!(requests.next(), Ok(Some((1, Request::Probe {})))));
    assert!(matches!(requests.next(), Ok(Some((2, Request::Probe {})))));
    drop(parent);
    assert!(matches!(requests.next(), Ok(None)));
    requests.wait_for_hangup().unwrap();
}

#[test]
fn nothing_is_taken_behind_what_makes_no_sense() {
    let (requests, mut parent) = pair();
    parent.write_all(&[0xFF; 4]).unwrap();
    parent.write_all(&wire::frame(1, &Request::Probe {})).unwrap();
    assert!(requests.next().is_err());
    assert!(matches!(requests.next(), Ok(None)));
    requests.wait_for_hangup().unwrap();
    assert!(parent.write_all(&[0]).is_err(), "the parent notices");
}

#[test]
fn whoever_waits_is_told() {
    let (requests, _parent) = pair();
    thread::scope(|scope| {
        let waiting = [scope.spawn(|| requests.next()), scope.spawn(|| requests.next())];
        requests.hang_up();
        for thread in waiting {
            assert!(matches!(thread.join().unwrap(), Ok(None)));
        }
    });
}
