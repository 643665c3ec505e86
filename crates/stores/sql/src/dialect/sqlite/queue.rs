use std::sync::{
    Arc,
    mpsc::{Receiver, Sender, channel},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The way from async callers to a thread: bounded for those who wait, and with time-outs for the thread, which
/// neither of the usual channels has both of.
pub(super) struct Queue<T> {
    room: Arc<Semaphore>,
    sender: Sender<Item<T>>,
}

/// What was sent, and its place in the queue, which is free again when this is dropped.
pub(super) struct Item<T> {
    pub(super) value: T,
    _place: Option<OwnedSemaphorePermit>,
}

/// The thread is gone.
#[derive(Debug)]
pub(super) struct Closed;

impl<T> Queue<T> {
    pub(super) fn new(capacity: usize) -> (Self, Receiver<Item<T>>) {
        let (sender, receiver) = channel();
        (Self { room: Arc::new(Semaphore::new(capacity)), sender }, receiver)
    }

    /// Waits for a place.
    pub(super) async fn send(&self, value: T) -> Result<(), Closed> {
        let place = Arc::clone(&self.room).acquire_owned().await.map_err(|_| Closed)?;
        self.sender.send(Item { value, _place: Some(place) }).map_err(|_| Closed)
    }

    /// Sends without waiting, whatever the bound: for the few messages that end the thread.
    pub(super) fn send_now(&self, value: T) -> Result<(), Closed> {
        self.sender.send(Item { value, _place: None }).map_err(|_| Closed)
    }
}
