//! One worker, and the calls that it has.

use std::{collections::HashMap, io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    time::Instant,
};
use zeroize::Zeroizing;

use crate::{
    calls::{Call, Weight},
    config::Config,
    process::Process,
    wire::{self, Answer, Request},
};

/// A worker that runs.
///
/// When it is dropped, the process ends and calls that it has not answered are dropped; see
/// [`take_calls`](Self::take_calls).
pub(crate) struct Connection {
    socket: UnixStream,
    process: Process,
    incoming: Incoming,
    outgoing: Zeroizing<Vec<u8>>,
    sent: HashMap<u64, Sent>,
    number: u64,
}

struct Sent {
    /// Whose it is; `None` if it is ours.
    call: Option<Call>,
    deadline: Instant,
}

/// What a connection tells of.
pub(crate) enum Event {
    /// A call was answered.
    Answered(Box<Call>, Answer),
    /// A request of ours was answered.
    Own(u64, Answer),
    /// The worker is of no use any more.
    Lost(Lost),
    /// Nothing in the worker.
    Nothing,
}

/// Why a worker is of no use any more.
#[derive(Debug)]
pub(crate) enum Lost {
    /// It has ended.
    Ended,
    /// It has sent what makes no sense.
    Nonsense,
    /// It has not answered in time.
    Late,
}

impl Lost {
    pub(crate) const fn describe(&self) -> &'static str {
        match self {
            Self::Ended => "the worker has ended",
            Self::Nonsense => "the worker sent what makes no sense",
            Self::Late => "the module did not answer in time",
        }
    }
}

impl Connection {
    /// Starts a worker. It is told nothing yet.
    ///
    /// # Errors
    /// As the system says.
    pub(crate) fn start(name: &str, config: &Config) -> io::Result<Self> {
        let (process, socket) = Process::start(name, config)?;
        socket.set_nonblocking(true)?;
        tracing::debug!(provider = name, pid = process.id(), "a PKCS#11 worker is started");
        Ok(Self {
            socket: UnixStream::from_std(socket)?,
            process,
            incoming: Incoming::default(),
            outgoing: Zeroizing::default(),
            sent: HashMap::new(),
            number: 0,
        })
    }

    /// Sends a request of ours, and gives its number.
    pub(crate) fn send(&mut self, request: &Request, patience: Duration) -> u64 {
        let number = self.put(request);
        self.sent.insert(number, Sent { call: None, deadline: Instant::now() + patience });
        number
    }

    /// Sends a call.
    pub(crate) fn send_call(&mut self, call: Call, config: &Config) {
        call.leave_place();
        let patience = match call.weight {
            Weight::Light => config.deadline,
            Weight::Heavy => config.generation_deadline,
        };
        let number = self.put(&call.request);
        self.sent.insert(number, Sent { call: Some(call), deadline: Instant::now() + patience });
    }

    /// How many calls it has, and how many of those are heavy.
    pub(crate) fn load(&self) -> (usize, usize) {
        let heavy = self.calls().filter(|call| call.weight == Weight::Heavy).count();
        (self.calls().count(), heavy)
    }

    /// The answer to a request of ours, while there are no calls.
    ///
    /// # Errors
    /// If the worker is lost.
    pub(crate) async fn ask(&mut self, request: &Request, patience: Duration) -> Result<Answer, Lost> {
        let asked = self.send(request, patience);
        match self.next().await {
            Event::Own(number, answer) if number == asked => Ok(answer),
            Event::Own(..) | Event::Answered(..) | Event::Nothing => Err(Lost::Nonsense),
            Event::Lost(lost) => Err(lost),
        }
    }

    /// The next thing that happens. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Event {
        loop {
            match self.incoming.frame() {
                Ok(None) => {}
                Ok(Some(frame)) => return self.answered(&frame),
                Err(lost) => return Event::Lost(lost),
            }
            let deadline = self.sent.values().map(|sent| sent.deadline).min();
            let late = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            let (mut reader, mut writer) = self.socket.split();
            tokio::select! {
                read = reader.read_buf(&mut *self.incoming.bytes) => match read {
                    Ok(0) | Err(_) => return Event::Lost(Lost::Ended),
                    Ok(_) => {}
                },
                written = writer.write(&self.outgoing), if !self.outgoing.is_empty() => match written {
                    Ok(written) => { self.outgoing.drain(..written); }
                    Err(_) => return Event::Lost(Lost::Ended),
                },
                () = late => return Event::Lost(Lost::Late),
            }
        }
    }

    /// The calls that will not be answered: those that are late, and the others.
    pub(crate) fn take_calls(&mut self) -> (Vec<Call>, Vec<Call>) {
        let now = Instant::now();
        let (late, others): (Vec<_>, Vec<_>) =
            self.sent.drain().map(|(_, sent)| sent).partition(|sent| sent.deadline <= now);
        let calls = |sent: Vec<Sent>| sent.into_iter().filter_map(|sent| sent.call).collect();
        (calls(late), calls(others))
    }

    /// Lets the worker end what it is doing when this is dropped.
    pub(crate) fn end_gently(&mut self) {
        self.process.end_gently();
    }

    fn calls(&self) -> impl Iterator<Item = &Call> {
        self.sent.values().filter_map(|sent| sent.call.as_ref())
    }

    fn put(&mut self, request: &Request) -> u64 {
        self.number += 1;
        let frame = wire::frame(self.number, request);
        self.queue(&frame);
        self.number
    }

    fn answered(&mut self, frame: &[u8]) -> Event {
        let Ok((number, answer)) = wire::parse(frame) else { return Event::Lost(Lost::Nonsense) };
        match self.sent.remove(&number) {
            Some(Sent { call: Some(call), .. }) => Event::Answered(Box::new(call), answer),
            Some(Sent { call: None, .. }) => Event::Own(number, answer),
            None => Event::Lost(Lost::Nonsense),
        }
    }

    /// Grows by copying into a new buffer, so that the old one is wiped.
    fn queue(&mut self, frame: &[u8]) {
        if self.outgoing.capacity() - self.outgoing.len() < frame.len() {
            let mut larger = Zeroizing::new(Vec::with_capacity(2 * (self.outgoing.len() + frame.len())));
            larger.extend_from_slice(&self.outgoing);
            self.outgoing = larger;
        }
        self.outgoing.extend_from_slice(frame);
    }
}

/// What has been received of the next frames.
#[derive(Default)]
struct Incoming {
    bytes: Zeroizing<Vec<u8>>,
}

impl Incoming {
    /// The next whole frame without its length; makes room for it if it is not whole.
    fn frame(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, Lost> {
        let Some((field, rest)) = self.bytes.split_first_chunk() else {
            self.reserve(4096);
            return Ok(None);
        };
        let len = wire::frame_len(*field).map_err(|_| Lost::Nonsense)?;
        let Some(frame) = rest.get(..len) else {
            self.reserve(4 + len);
            return Ok(None);
        };
        let frame = Zeroizing::new(frame.to_vec());
        self.bytes.drain(..4 + len);
        Ok(Some(frame))
    }

    /// Room for `whole` bytes in all, and some more to read into.
    fn reserve(&mut self, whole: usize) {
        if self.bytes.capacity() < whole || self.bytes.capacity() == self.bytes.len() {
            let mut larger = Zeroizing::new(Vec::with_capacity(whole.max(2 * self.bytes.len()) + 1));
            larger.extend_from_slice(&self.bytes);
            self.bytes = larger;
        }
    }
}
