use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::{
    client::{get, parse},
    process::{PATIENCE, Site, read_to_end},
};

const SHORT: &str = "limits = { header_timeout = '1s', idle_timeout = '2s', connections = 3 }";

fn connect(site: &Site) -> TcpStream {
    let stream = TcpStream::connect(site.http).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// How long the server keeps a connection over which this was sent.
#[track_caller]
fn kept_for(stream: &mut TcpStream) -> Duration {
    let began = Instant::now();
    read_to_end(stream);
    let kept = began.elapsed();
    assert!(kept < PATIENCE, "it is kept");
    kept
}

#[test]
fn slow_clients_are_given_up() {
    let site = Site::new(SHORT);
    site.init();
    let _running = site.serve();
    // Nothing at all, half a header, and nothing after a request.
    let mut silent = connect(&site);
    let kept = kept_for(&mut silent);
    assert!((500..1900).contains(&kept.as_millis()), "{kept:?}");
    let mut slow = connect(&site);
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n").unwrap();
    let kept = kept_for(&mut slow);
    assert!((500..1900).contains(&kept.as_millis()), "{kept:?}");
    let mut idle = connect(&site);
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = [0; 1024];
    let length = idle.read(&mut answer).unwrap();
    assert_eq!(parse(&answer[..length]).status, 200);
    let kept = kept_for(&mut idle);
    assert!((1500..4000).contains(&kept.as_millis()), "{kept:?}");
}

#[test]
fn a_header_that_drips_in_is_given_up() {
    let site = Site::new(SHORT);
    site.init();
    let _running = site.serve();
    let mut stream = connect(&site);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = [0; 1024];
    assert!(stream.read(&mut answer).unwrap() > 0);
    stream.set_nonblocking(true).unwrap();
    let began = Instant::now();
    while stream.write_all(b"G").is_ok() && stream.read(&mut answer).is_err() {
        assert!(began.elapsed() < Duration::from_secs(5), "each byte renews the patience");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn more_connections_wait_for_their_turn() {
    let site = Site::new(SHORT);
    site.init();
    let _running = site.serve();
    let held: Vec<TcpStream> = (0..3).map(|_| connect(&site)).collect();
    std::thread::sleep(Duration::from_millis(200));
    let mut next = connect(&site);
    next.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    next.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(next.read(&mut [0; 16]).is_err(), "it is served beside three others");
    drop(held);
    next.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(parse(&read_to_end(&mut next)).status, 200);
    // The administrator gets in all the same.
    let _held: Vec<TcpStream> = (0..3).map(|_| connect(&site)).collect();
    let socket = site.data().join("claviger.sock");
    assert_eq!(crate::client::get_unix(&socket, "/healthz").status, 200);
}

#[test]
fn long_headers_are_refused() {
    let site = Site::new("");
    site.init();
    let _running = site.serve();
    assert_eq!(get(site.http, "/healthz", &format!("X-Long: {}\r\n", "x".repeat(8 << 10))).status, 200);
    assert_eq!(get(site.http, "/healthz", &format!("X-Long: {}\r\n", "x".repeat(20 << 10))).status, 431);
}
