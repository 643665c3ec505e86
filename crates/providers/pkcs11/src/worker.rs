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
mod requests;
mod search;
mod token;
mod trouble;

use std::{
    io::{self, Write},
    os::{fd::AsFd, unix::net::UnixStream},
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use cryptoki::session::Session;
use rustix::process::{Signal, getpid, kill_process};

use crate::wire::{self, Answer, Failure, Open, Request};
pub(crate) use probe::field_len;
use requests::{Job, Requests};
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

    let worker = Arc::new(Worker {
        token: Token::new(&open, confinement),
        requests: Requests::new(socket),
        writing: Mutex::default(),
    });
    let sessions = open.sessions.max(1);
    let mut first = Some((number, Request::Open { open }));
    let mut threads = Vec::new();
    for left in (0..sessions).rev() {
        // The last one, so that the module is not in use before all are there.
        let first = if left == 0 { first.take() } else { None };
        let (worker, session) =
            (Arc::clone(&worker), thread::Builder::new().name("pkcs11-session".to_owned()));
        threads.push(session.spawn(move || worker.serve(first))?);
    }
    let hung_up = worker.requests.wait_for_hangup();
    worker.requests.hang_up();
    let ended = end(threads);
    let closed = match Arc::into_inner(worker) {
        Some(worker) => end(vec![thread::spawn(move || {
            worker.token.close();
            Ok(())
        })]),
        None => Ok(()),
    };
    hung_up.and(ended).and(closed)
}

/// The socket, at a descriptor that no child of the module's inherits.
fn take_socket() -> io::Result<UnixStream> {
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    let null = std::fs::OpenOptions::new().read(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    Ok(UnixStream::from(socket))
}

fn first_request(socket: &UnixStream) -> io::Result<(u64, Open)> {
    match requests::next(socket)? {
        Some((number, Request::Open { open })) => Ok((number, open)),
        Some(_) => Err(io::Error::other("the first request does not open a token")),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
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

struct Worker {
    token: Token,
    requests: Requests,
    writing: Mutex<()>,
}

impl Worker {
    /// What a thread does, until there are no more requests: a session of its own, one request after the other. Each thread reads for
    /// itself: one that handed them out would have to be woken for each, and wake another.
    fn serve(&self, first: Option<Job>) -> io::Result<()> {
        let (mut session, mut next) = (None, first);
        while let Some((number, request)) =
            next.take().map_or_else(|| self.requests.next(), |job| Ok(Some(job)))?
        {
            let answer = self.answer(&mut session, request);
            let frame = wire::frame(number, &answer);
            let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
            if self.requests.socket().write_all(&frame).is_err() {
                // Nobody reads answers any more.
                self.requests.hang_up();
                break;
            }
        }
        Ok(())
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
