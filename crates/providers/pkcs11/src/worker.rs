//! The process that the vendor's module lives in.
//!
//! It reads requests from the socket that is its standard input. Before it loads the module it gives up everything that
//! the module has no business with; see [`confine`]. When the socket is closed it ends, and so it does when its parent
//! has died in whatever way.

mod confine;
mod crypto;
mod ffi;
mod keys;
mod probe;
mod search;
mod token;
mod trouble;

use std::{
    io::{self, Read, Write},
    net::Shutdown,
    os::{fd::AsFd, unix::net::UnixStream},
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use cryptoki::session::Session;
use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
    process::{Signal, getpid, kill_process},
};
use zeroize::Zeroizing;

use crate::wire::{self, Answer, Failure, Open, Request};
pub(crate) use probe::field_len;
use token::Token;

/// What the program does when it is started as a worker, with the parent's socket as standard input. Call it from
/// `main` before anything else: descriptors that are open are closed, and threads that run would not be confined.
///
/// There are no arguments and no environment variables of ours: everything comes over the socket.
#[must_use]
pub fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The parent copies this to its log.
            let _ = writeln!(io::stderr(), "the worker ends: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The module gets so long to end what it is doing, and to let go of the device.
const GRACE: Duration = Duration::from_secs(2);

fn run() -> io::Result<()> {
    confine::close_inherited();
    let socket = take_socket()?;
    confine::harden()?;
    let (number, open) = first_request(&socket)?;
    let confinement = confine::restrict(&open)?;

    let worker = Arc::new(Worker::new(Token::new(&open, confinement), socket));
    let sessions = open.sessions.max(1);
    let mut first = Some((number, Request::Open { open }));
    let mut threads = Vec::new();
    for _ in 0..sessions {
        let (worker, first) = (Arc::clone(&worker), first.take());
        let session = thread::Builder::new().name("pkcs11-session".to_owned());
        threads.push(session.spawn(move || worker.serve(first))?);
    }
    let hung_up = wait_for_hangup(&worker.socket);
    let ended = end(threads);
    if let Some(worker) = Arc::into_inner(worker) {
        end(vec![thread::spawn(move || {
            worker.token.close();
            Ok(())
        })])?;
    }
    hung_up.and(ended)
}

/// The socket, at a descriptor that no child of the module's inherits.
fn take_socket() -> io::Result<UnixStream> {
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    let null = std::fs::OpenOptions::new().read(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    Ok(UnixStream::from(socket))
}

fn first_request(socket: &UnixStream) -> io::Result<(u64, Open)> {
    match next_request(socket)? {
        Some((number, Request::Open { open })) => Ok((number, open)),
        Some(_) => Err(io::Error::other("the first request does not open a token")),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// The next request; `None` when there are no more.
fn next_request(mut requests: &UnixStream) -> io::Result<Option<Job>> {
    let mut field = [0; 4];
    match requests.read_exact(&mut field) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let len = wire::frame_len(field).map_err(io::Error::other)?;
    let mut frame = Zeroizing::new(vec![0; len]);
    requests.read_exact(&mut frame)?;
    wire::parse(&frame).map(Some).map_err(io::Error::other)
}

/// Waits until the socket is closed, at the other end or by a thread that has done with it.
fn wait_for_hangup(socket: &UnixStream) -> io::Result<()> {
    // That it is closed is always told.
    let mut waiting = [PollFd::new(socket, PollFlags::empty())];
    loop {
        match poll(&mut waiting, None) {
            Ok(_) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Waits for the threads. A module that hangs is ended by force: nothing else would, and its destructors would hang too.
fn end(threads: Vec<JoinHandle<io::Result<()>>>) -> io::Result<()> {
    let started = Instant::now();
    while threads.iter().any(|thread| !thread.is_finished()) {
        if started.elapsed() > GRACE {
            let _ = kill_process(getpid(), Signal::KILL);
        }
        thread::sleep(Duration::from_millis(5));
    }
    threads
        .into_iter()
        .map(|thread| thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread panicked"))))
        .fold(Ok(()), Result::and)
}

/// A request and its number.
type Job = (u64, Request);

struct Worker {
    token: Token,
    socket: UnixStream,
    /// Whoever waits for the next request.
    reading: Mutex<()>,
    writing: Mutex<()>,
}

impl Worker {
    fn new(token: Token, socket: UnixStream) -> Self {
        Self { token, socket, reading: Mutex::default(), writing: Mutex::default() }
    }

    /// What a thread does, until there are no more requests.
    fn serve(&self, first: Option<Job>) -> io::Result<()> {
        let served = self.serve_all(first);
        // The others end as well.
        let _ = self.socket.shutdown(Shutdown::Both);
        served
    }

    /// A session of its own, one request after the other. Each thread reads for itself: one that handed them out would have to be woken
    /// for each, and wake another.
    fn serve_all(&self, first: Option<Job>) -> io::Result<()> {
        let (mut session, mut next) = (None, first);
        while let Some((number, request)) = next.take().map_or_else(|| self.next(), |job| Ok(Some(job)))? {
            let answer = self.answer(&mut session, request);
            let frame = wire::frame(number, &answer);
            let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
            if (&self.socket).write_all(&frame).is_err() {
                // The parent is gone.
                break;
            }
        }
        Ok(())
    }

    fn next(&self) -> io::Result<Option<Job>> {
        let _reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        match next_request(&self.socket)? {
            Some((_, Request::Open { .. })) => Err(io::Error::other("it was opened twice")),
            next => Ok(next),
        }
    }

    fn answer(&self, session: &mut Option<Session>, request: Request) -> Answer {
        let outcome = catch_unwind(AssertUnwindSafe(|| self.token.carry_out(session, request)));
        let failure = match outcome {
            Ok(Ok(answer)) => return answer,
            Ok(Err(failure)) => failure,
            Err(_) => Failure::Broken { text: "the binding of the module panicked".to_owned() },
        };
        Answer::Failed { failure }
    }
}
