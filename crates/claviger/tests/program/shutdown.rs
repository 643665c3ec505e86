use std::{
    io::Write,
    net::TcpStream,
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::{
    client::parse,
    process::{PATIENCE, Site, events, read_to_end},
};

/// A request whose body is not all there yet.
fn half_a_request(site: &Site) -> TcpStream {
    let mut stream = TcpStream::connect(site.http).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nX-Amz-Target: TrentService.ListKeys\r\n\r\n{{ "
    )
    .unwrap();
    // So that it has begun.
    sleep(Duration::from_millis(200));
    stream
}

fn no_longer_listens(site: &Site) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(site.http).is_ok() {
        if Instant::now() > deadline {
            return false;
        }
        sleep(Duration::from_millis(10));
    }
    true
}

#[test]
fn a_call_in_flight_is_finished() {
    let site = Site::new("");
    site.init();
    let mut running = site.serve();
    let mut stream = half_a_request(&site);
    let idle = TcpStream::connect(site.http).unwrap();
    running.signal(Signal::TERM);
    assert!(no_longer_listens(&site));
    sleep(Duration::from_millis(200));
    assert!(running.is_running(), "a call is in flight");
    stream.write_all(b" }").unwrap();
    let answer = parse(&read_to_end(&mut stream));
    assert!((400..500).contains(&answer.status), "{}", answer.text);
    let began = Instant::now();
    assert!(running.wait().success());
    assert!(began.elapsed() < Duration::from_secs(5), "a connection without a request held it up");
    drop(idle);
    assert_eq!(events(&site.data()).last().unwrap(), "stopped");
}

#[test]
fn a_second_signal_ends_at_once() {
    let site = Site::new("");
    site.init();
    let running = site.serve();
    let _stream = half_a_request(&site);
    running.signal(Signal::INT);
    assert!(no_longer_listens(&site));
    running.signal(Signal::INT);
    assert!(!running.wait().success());
    site.serve().stop();
}

#[test]
fn a_start_after_a_crash_goes_on() {
    let site = Site::new("");
    site.init();
    for _ in 0..3 {
        site.serve().kill();
    }
    site.serve().stop();
    let events = events(&site.data());
    assert_eq!(events.iter().filter(|event| *event == "started").count(), 4, "{events:?}");
}
