//! Client of Claviger: keys are used by reference and stay where they are.
//!
//! [`Client`] has the calls that applications need; what they say and answer is [`api`]. [`RemoteSigner`] is a key of TLS
//! for rustls, [`RemoteAcceptor`] and [`RemoteConnector`] do handshakes with it on any tokio runtime, and
//! [`RemoteDecrypter`] opens RSA ciphertexts.
//!
//! ```no_run
//! use claviger_client::{Client, api::Encrypt};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::https("https://kms.example:7443")
//!     .trust_file("/etc/ssl/claviger-ca.pem")?
//!     .token_file("/run/secrets/claviger-token")?
//!     .build()?;
//! let plaintext = api_secret(b"attack at dawn");
//! let encrypted =
//!     client.encrypt("alias/payments", &Encrypt { plaintext, encryption_context: Default::default(), algorithm: None }).await?;
//! println!("{} bytes under key {}", encrypted.ciphertext.0.len(), encrypted.key);
//! # Ok(())
//! # }
//! # fn api_secret(bytes: &[u8]) -> claviger_client::api::Secret {
//! #     claviger_client::api::Secret(zeroize::Zeroizing::new(bytes.to_vec()))
//! # }
//! ```
#![forbid(unsafe_code)]

mod builder;
mod call;
mod client;
mod connections;
mod decrypter;
mod endpoints;
mod error;
mod retry;
mod server;
mod tls;

pub use builder::Builder;
pub use call::Call;
pub use claviger_api as api;
pub use client::Client;
pub use decrypter::{OaepHash, RemoteDecrypter};
pub use error::{Error, ErrorKind};
pub use tls::{
    CertificateFile, CertificateSlot, RemoteAcceptor, RemoteConnector, RemoteSigner, SigningOptions,
    SigningThreads,
};
