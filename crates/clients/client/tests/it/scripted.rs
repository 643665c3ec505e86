//! A server that answers each request as the test says.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use claviger_client::{Builder, Client};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    sync::Semaphore,
};

pub(crate) enum Reply {
    /// Status, further headers, body.
    Answer(u16, &'static str, &'static str),
    /// An answer, and the end of the connection right after it.
    AnswerAndClose(&'static str),
    /// The end of the connection.
    Close,
    /// Nothing, for ever.
    Silence,
}

pub(crate) struct Scripted {
    dir: TempDir,
    requests: Arc<Semaphore>,
    connections: Arc<AtomicUsize>,
}

impl Scripted {
    /// Answers one request after the other, over however many connections they come; then with silence.
    pub(crate) fn start(replies: Vec<Reply>) -> Self {
        let dir = TempDir::new().unwrap();
        let listener = UnixListener::bind(dir.path().join("s")).unwrap();
        let scripted = Self { dir, requests: Arc::new(Semaphore::new(0)), connections: Arc::default() };
        let replies = Arc::new(std::sync::Mutex::new(replies.into_iter()));
        let (requests, connections) = (scripted.requests.clone(), scripted.connections.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::Relaxed);
                let (requests, replies) = (requests.clone(), replies.clone());
                tokio::spawn(async move {
                    while read_request(&mut stream).await {
                        requests.add_permits(1);
                        let reply = replies.lock().unwrap().next().unwrap_or(Reply::Silence);
                        if !reply.write(&mut stream).await {
                            break;
                        }
                    }
                });
            }
        });
        scripted
    }

    pub(crate) fn client(&self) -> Builder {
        Client::unix(self.socket()).deadline(Duration::from_secs(20))
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("s")
    }

    /// How many requests have come, and over how many connections.
    pub(crate) fn seen(&self) -> (usize, usize) {
        (self.requests.available_permits(), self.connections.load(Ordering::Relaxed))
    }

    /// Waits until there have been so many requests.
    pub(crate) async fn wait_for_requests(&self, count: u32) {
        drop(self.requests.acquire_many(count).await.unwrap());
    }
}

impl Reply {
    /// Whether the connection goes on.
    async fn write(self, stream: &mut UnixStream) -> bool {
        let answer = |status: u16, headers: &str, body: &str| {
            let length = body.len();
            format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
        };
        match self {
            Self::Answer(status, headers, body) => {
                stream.write_all(answer(status, headers, body).as_bytes()).await.is_ok()
            }
            Self::AnswerAndClose(body) => {
                stream.write_all(answer(200, "", body).as_bytes()).await.unwrap();
                false
            }
            Self::Close => false,
            Self::Silence => std::future::pending().await,
        }
    }
}

/// Whether there was one.
async fn read_request(stream: &mut UnixStream) -> bool {
    let mut text = Vec::new();
    loop {
        let mut some = [0; 4096];
        match stream.read(&mut some).await {
            Ok(0) | Err(_) => return false,
            Ok(length) => text.extend(&some[..length]),
        }
        let shown = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = shown.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return true;
            }
        }
    }
}
