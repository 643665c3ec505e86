use std::{
    io,
    sync::{Arc, Mutex, PoisonError, mpsc::Receiver},
    thread::{self, JoinHandle},
};

use claviger_ports::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::queue::{Item, Queue};
use crate::error::Fault;

/// Reads that may wait; more callers wait for a place.
const WAITING: usize = 256;

type Task = Box<dyn FnOnce(&Connection) + Send>;

enum Message {
    Run(Task),
    Stop,
}

/// A few threads, each with a connection that only reads.
pub(super) struct Readers {
    queue: Queue<Message>,
    count: usize,
}

impl Readers {
    /// Starts a thread for each connection; they end after [`stop`](Self::stop).
    pub(super) fn start(connections: Vec<Connection>) -> io::Result<(Self, Vec<JoinHandle<()>>)> {
        let (queue, receiver) = Queue::new(WAITING);
        let receiver = Arc::new(Mutex::new(receiver));
        let count = connections.len();
        let threads = connections
            .into_iter()
            .map(|connection| {
                let receiver = Arc::clone(&receiver);
                thread::Builder::new().name("sqlite-reader".into()).spawn(move || run(&connection, &receiver))
            })
            .collect::<io::Result<_>>()?;
        Ok((Self { queue, count }, threads))
    }

    /// Runs `read` on a reading thread. A single statement sees every commit that was acknowledged before.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let task: Task = Box::new(move |connection| {
            // A caller that went away does not need the answer.
            if !answer.is_closed() {
                let _ = answer.send(read(connection));
            }
        });
        let closed = || StoreError::Unavailable("the store is closed".into());
        self.queue.send(Message::Run(task)).await.map_err(|_| closed())?;
        Ok(answered.await.map_err(|_| closed())??)
    }

    /// The same with several statements that see one state.
    pub(super) async fn snapshot<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.read(move |connection| {
            connection.prepare_cached("BEGIN")?.execute([])?;
            let result = read(connection);
            connection.prepare_cached("ROLLBACK")?.execute([])?;
            result
        })
        .await
    }

    /// Ends the threads after the reads that wait.
    pub(super) fn stop(&self) {
        for _ in 0..self.count {
            // Those that have ended need no message.
            let _ = self.queue.send_now(Message::Stop);
        }
    }
}

fn run(connection: &Connection, receiver: &Mutex<Receiver<Item<Message>>>) {
    loop {
        // One thread waits in `recv`, the others for the mutex; nothing panics while it is held.
        let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(Item { value: Message::Run(task), .. }) => task(connection),
            Ok(Item { value: Message::Stop, .. }) | Err(_) => return,
        }
    }
}
