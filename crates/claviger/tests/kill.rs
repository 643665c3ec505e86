//! The program killed at random points under concurrent writes: whatever it acknowledged is there after the next start,
//! and the audit log verifies.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what is wrong by panicking"
)]

use std::{
    collections::HashSet,
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

const ROUNDS: usize = 100;
const WRITERS: usize = 4;

#[test]
fn acknowledged_writes_survive_being_killed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let started = Instant::now();
    let mut acknowledged = HashSet::new();
    for round in 0..ROUNDS {
        acknowledged.extend(write_until_killed(Server::start(&data), round));
        assert!(started.elapsed() < Duration::from_secs(300), "{round} rounds took too long");
    }
    let server = Server::start(&data);
    let there = server.keys();
    let lost: Vec<_> = acknowledged.difference(&there).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged keys are lost: {lost:?}", lost.len(), acknowledged.len());
    assert!(acknowledged.len() > ROUNDS, "hardly anything was written: {}", acknowledged.len());
    drop(server);
    verify_audit(&data);
}

/// Writers make keys until the server is killed, after a time that differs from round to round; gives the ids that were acknowledged.
fn write_until_killed(mut server: Server, round: usize) -> Vec<String> {
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let over = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (socket, acknowledged, over) = (server.socket.clone(), acknowledged.clone(), over.clone());
            thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    match request(&socket, "POST", "/claviger/v1/keys", "{}") {
                        Some(key) => {
                            acknowledged.lock().unwrap().push(key["id"].as_str().unwrap().to_owned())
                        }
                        None => break,
                    }
                }
            })
        })
        .collect();
    // Spread over the life of a write without a random generator: multiples of the golden ratio visit every part.
    let spread = (round as f64 * 0.618_033_988).fract();
    thread::sleep(Duration::from_micros(5_000 + (spread * 60_000.0) as u64));
    server.kill();
    over.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.join().unwrap();
    }
    std::mem::take(&mut *acknowledged.lock().unwrap())
}

struct Server {
    child: Child,
    socket: PathBuf,
}

impl Server {
    fn start(data: &Path) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_claviger"))
            .args(["dev", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut server = Self { child, socket: data.join("claviger.sock") };
        let started = Instant::now();
        while request(&server.socket, "GET", "/healthz", "").is_none() {
            if let Some(status) = server.child.try_wait().unwrap() {
                let mut message = String::new();
                server.child.stderr.take().unwrap().read_to_string(&mut message).unwrap();
                panic!("the server ended with {status}: {message}");
            }
            assert!(started.elapsed() < Duration::from_secs(30), "the server does not answer");
            thread::sleep(Duration::from_millis(2));
        }
        server
    }

    fn keys(&self) -> HashSet<String> {
        let mut keys = HashSet::new();
        let mut path = "/claviger/v1/keys?limit=1000".to_owned();
        loop {
            let page = request(&self.socket, "GET", &path, "").unwrap();
            let items = page["keys"].as_array().unwrap();
            keys.extend(items.iter().map(|key| key["id"].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(next) => path = format!("/claviger/v1/keys?limit=1000&after={next}"),
                None => return keys,
            }
        }
    }

    fn kill(&mut self) {
        // SIGKILL: nothing is finished or flushed.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `None` if there is no whole successful answer.
fn request(socket: &Path, method: &str, path: &str, body: &str) -> Option<Value> {
    let mut stream = UnixStream::connect(socket).ok()?;
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    if !head.starts_with("HTTP/1.1 2") {
        return None;
    }
    Some(serde_json::from_str(body).unwrap_or(Value::Null))
}

fn verify_audit(data: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_claviger"))
        .args(["audit", "verify", "--data"])
        .arg(data)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
