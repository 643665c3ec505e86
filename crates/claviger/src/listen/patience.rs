//! How long a client is waited for between requests and within the header of one.
//!
//! The obvious timer per request costs an allocation and two turns of the runtime's timer wheel for each, which shows
//! in the rate of short calls. So there is one timer per connection, which is set anew every few seconds at most; what
//! a request costs is a few atomic operations.

use std::{
    io,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use hyper::rt::{Read, ReadBufCursor, Sleep, Timer, Write};

/// The patience with one connection.
#[derive(Clone)]
pub(super) struct Patience {
    state: Arc<State>,
}

struct State {
    header: Duration,
    idle: Duration,
    begun: Instant,
    /// Reads that brought something.
    reads: AtomicU64,
    /// When the wait for a header ends, in milliseconds since `begun`; `NONE` if none is waited for.
    deadline: AtomicU64,
}

const NONE: u64 = u64::MAX;

impl Patience {
    /// A header may take `header`, and a connection may stay without one for `idle`.
    pub(super) fn new(header: Duration, idle: Duration) -> Self {
        let begun = Instant::now();
        let state = State { header, idle, begun, reads: AtomicU64::new(0), deadline: AtomicU64::new(NONE) };
        Self { state: Arc::new(state) }
    }

    /// The timer for the HTTP implementation. It asks for nothing but the end of waits for a header, and the times that
    /// it gives are not used.
    pub(super) fn timer(&self) -> HeaderTimer {
        HeaderTimer(self.state.clone())
    }

    /// Polls `connection` also when a wait is over.
    pub(super) async fn watch<F: Future>(&self, connection: F) -> F::Output {
        let mut connection = pin!(connection);
        let first = Instant::now() + self.state.header;
        let mut tick = pin!(tokio::time::sleep_until(first.into()));
        std::future::poll_fn(|cx| {
            if let Poll::Ready(output) = connection.as_mut().poll(cx) {
                return Poll::Ready(output);
            }
            while tick.as_mut().poll(cx).is_ready() {
                tick.as_mut().reset(self.state.next_look().into());
            }
            Poll::Pending
        })
        .await
    }
}

impl State {
    fn wait_until(&self, deadline: Instant) {
        let millis = deadline.duration_since(self.begun).as_millis();
        self.deadline.store(u64::try_from(millis).unwrap_or(NONE), Relaxed);
    }

    /// Never later than a deadline that is set from now on, since none is nearer than the time of a header.
    fn next_look(&self) -> Instant {
        let latest = Instant::now() + self.header;
        let soonest = Instant::now() + Duration::from_millis(50);
        match self.deadline.load(Relaxed) {
            NONE => latest,
            // Milliseconds were rounded down.
            millis => (self.begun + Duration::from_millis(millis + 1)).clamp(soonest.min(latest), latest),
        }
    }
}

/// Counts what comes in.
pub(super) struct Watched<I> {
    io: I,
    patience: Patience,
}

impl<I> Watched<I> {
    pub(super) fn new(io: I, patience: Patience) -> Self {
        Self { io, patience }
    }
}

impl<I: Read + Unpin> Read for Watched<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.io).poll_read(cx, buffer);
        if read.is_ready() {
            self.patience.state.reads.fetch_add(1, Relaxed);
        }
        read
    }
}

impl<I: Write + Unpin> Write for Watched<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, parts)
    }
}

/// Makes [`HeaderWait`]s.
pub(super) struct HeaderTimer(Arc<State>);

impl Timer for HeaderTimer {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn Sleep>> {
        self.wait()
    }

    fn sleep_until(&self, _: Instant) -> Pin<Box<dyn Sleep>> {
        self.wait()
    }
}

impl HeaderTimer {
    fn wait(&self) -> Pin<Box<dyn Sleep>> {
        let state = self.0.clone();
        let reads = state.reads.load(Relaxed);
        // A client that has just connected wants something at once.
        let patience = if reads == 0 { state.header } else { state.idle };
        let until = Instant::now() + patience;
        state.wait_until(until);
        Box::pin(HeaderWait { state, reads, until, begun: false })
    }
}

/// The wait for one header.
struct HeaderWait {
    state: Arc<State>,
    reads: u64,
    until: Instant,
    /// Whether a part of it has come.
    begun: bool,
}

impl Future for HeaderWait {
    type Output = ();

    /// Wakes nobody: [`Patience::watch`] does.
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        if !self.begun && self.state.reads.load(Relaxed) != self.reads {
            self.begun = true;
            self.until = self.until.min(now + self.state.header);
            self.state.wait_until(self.until);
        }
        if now >= self.until { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Sleep for HeaderWait {}

impl Drop for HeaderWait {
    fn drop(&mut self) {
        self.state.deadline.store(NONE, Relaxed);
    }
}
