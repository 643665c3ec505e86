//! Requests, as they come over the socket.

use std::{
    io::{self, Read},
    net::Shutdown,
    os::unix::net::UnixStream,
    sync::{Mutex, PoisonError},
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use zeroize::Zeroizing;

use crate::wire::{self, Request};

/// A request and its number.
pub(super) type Job = (u64, Request);

/// Where the threads of a worker take their requests from, one thread at a time.
pub(super) struct Requests {
    socket: UnixStream,
    /// Whether more may come. Behind what makes no sense, nothing does: it may be in the middle of something.
    more: Mutex<bool>,
}

impl Requests {
    pub(super) fn new(socket: UnixStream) -> Self {
        Self { socket, more: Mutex::new(true) }
    }

    /// The next request, for which it waits; `None` when there are no more. After that, and after an error, the socket is closed.
    ///
    /// # Errors
    /// As the system says; or the request makes no sense, which only the first thread is told.
    pub(super) fn next(&self) -> io::Result<Option<Job>> {
        let mut more = self.more.lock().unwrap_or_else(PoisonError::into_inner);
        if !*more {
            return Ok(None);
        }
        let next = match next(&self.socket) {
            Ok(Some((_, Request::Open { .. }))) => Err(io::Error::other("it was opened twice")),
            next => next,
        };
        if !matches!(next, Ok(Some(_))) {
            *more = false;
            self.hang_up();
        }
        next
    }

    /// The socket, for answers.
    pub(super) fn socket(&self) -> &UnixStream {
        &self.socket
    }

    /// Closes the socket in both directions. Threads that wait for requests, or for room for answers, go on.
    pub(super) fn hang_up(&self) {
        let _ = self.socket.shutdown(Shutdown::Both);
    }

    /// Waits until the socket is closed in both directions, from either end.
    pub(super) fn wait_for_hangup(&self) -> io::Result<()> {
        // This is told whatever is asked for.
        let mut waiting = [PollFd::new(&self.socket, PollFlags::empty())];
        loop {
            match poll(&mut waiting, None) {
                Ok(_) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The next request; `None` when there are no more.
pub(super) fn next(mut socket: &UnixStream) -> io::Result<Option<Job>> {
    let mut field = [0; 4];
    match socket.read_exact(&mut field) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let len = wire::frame_len(field).map_err(io::Error::other)?;
    let mut frame = Zeroizing::new(vec![0; len]);
    socket.read_exact(&mut frame)?;
    wire::parse(&frame).map(Some).map_err(io::Error::other)
}

#[cfg(test)]
mod tests;
