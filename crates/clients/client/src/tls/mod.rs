//! Keys of TLS that stay in the service.
//!
//! rustls asks for a signature in the middle of a handshake and waits for it on the thread that drives the handshake. If
//! that were a thread of the caller's runtime, everything else on it would wait too: on a current-thread runtime
//! everything, and for ever if the signature needed that runtime. So the steps of a handshake that may sign are done on
//! threads of our own:
//!
//! - [`SigningThreads`] are few, and their queue is bounded: what is too much is refused at once.
//! - A *step* is one poll of the handshake. It uses what has arrived and never waits for the peer, so that slow peers
//!   hold no thread; it waits at most for one signature, which has a deadline.
//! - Between its steps a handshake waits on the caller's runtime, which alone reads and writes its socket's events.
//! - A server's handshake comes to the threads when its ClientHello is whole. After the signature (there is one in each
//!   handshake) nothing is left that waits, and the caller's task goes on by itself.
//! - What comes out is what tokio-rustls makes: a stream of the caller's runtime.
//!
//! Each thread asks the service over a runtime and a connection of its own, which is one switch of threads less than a
//! common one would be.

mod handshake;
mod signer;
mod slot;
mod steps;
mod threads;
mod watch;

pub use handshake::{RemoteAcceptor, RemoteConnector};
pub use signer::RemoteSigner;
pub use slot::CertificateSlot;
pub use threads::{SigningOptions, SigningThreads};
pub use watch::CertificateFile;
