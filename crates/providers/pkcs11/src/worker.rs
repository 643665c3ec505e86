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
    os::{fd::AsFd, unix::net::UnixStream},
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use cryptoki::session::Session;
use rustix::process::{Signal, getpid, kill_process};
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
    let mut requests = take_socket()?;
    confine::harden()?;
    let (number, open) = first_request(&mut requests)?;
    let confinement = confine::restrict(&open)?;

    let answers = Mutex::new(requests.try_clone()?);
    let worker = Arc::new(Worker { token: Token::new(&open, confinement), answers });
    let (jobs, queue) = mpsc::channel();
    let queue = Arc::new(Mutex::new(queue));
    let mut threads = Vec::new();
    for _ in 0..open.sessions.max(1) {
        let (worker, queue) = (Arc::clone(&worker), Arc::clone(&queue));
        threads.push(
            thread::Builder::new().name("pkcs11-session".to_owned()).spawn(move || worker.serve(&queue))?,
        );
    }
    drop(queue);
    let _ = jobs.send((number, Request::Open { open }));
    let ended = loop {
        match next_request(&mut requests) {
            Ok(Some(job)) if !matches!(job.1, Request::Open { .. }) => {
                let _ = jobs.send(job);
            }
            Ok(Some(_)) => break Err(io::Error::other("it was opened twice")),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    drop(jobs);
    end(threads);
    if let Some(worker) = Arc::into_inner(worker) {
        end(vec![thread::spawn(move || worker.token.close())]);
    }
    ended
}

/// The socket, at a descriptor that no child of the module's inherits.
fn take_socket() -> io::Result<UnixStream> {
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    let null = std::fs::OpenOptions::new().read(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    Ok(UnixStream::from(socket))
}

fn first_request(requests: &mut UnixStream) -> io::Result<(u64, Open)> {
    match next_request(requests)? {
        Some((number, Request::Open { open })) => Ok((number, open)),
        Some(_) => Err(io::Error::other("the first request does not open a token")),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// The next request; `None` when there are no more.
fn next_request(requests: &mut UnixStream) -> io::Result<Option<(u64, Request)>> {
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

/// Waits for the threads. A module that hangs is ended by force: nothing else would, and its destructors would hang too.
fn end(threads: Vec<JoinHandle<()>>) {
    let started = Instant::now();
    while threads.iter().any(|thread| !thread.is_finished()) {
        if started.elapsed() > GRACE {
            let _ = kill_process(getpid(), Signal::KILL);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

type Jobs = Mutex<Receiver<(u64, Request)>>;

struct Worker {
    token: Token,
    answers: Mutex<UnixStream>,
}

impl Worker {
    /// What a thread does: a session of its own, one request after the other.
    fn serve(&self, jobs: &Jobs) {
        let mut session = None;
        while let Some((number, request)) = next_job(jobs) {
            let answer = self.answer(&mut session, request);
            let frame = wire::frame(number, &answer);
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            if answers.write_all(&frame).is_err() {
                // The parent is gone, and the reading thread notices too.
                return;
            }
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

fn next_job(jobs: &Jobs) -> Option<(u64, Request)> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}
