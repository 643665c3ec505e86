//! What the tests of the seal share: repeatable randomness, cheap locks, a header store in memory.

mod golden;
mod header;
mod keyslots;
mod memory_store;
mod place;
mod reseal;
mod rotation;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use claviger_crypto::sha256;
use claviger_ports::{HeaderStore, HeaderStoreError, KeyslotKind, Random, SealedPlace};
use claviger_types::{SecretBytes, Timestamp};

use super::{Argon2Cost, Header, HeaderError, KeyFile, Passphrase, Seal, SlotLabel, create, unlock};

const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_123_456);

/// Repeatable, and never the same twice.
struct Sequence(AtomicU64);

impl Sequence {
    fn new() -> Self {
        Self(AtomicU64::new(0))
    }
}

impl Random for Sequence {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let block = sha256(&self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

/// A header store that a test can make fail.
struct MemoryHeader {
    bytes: Mutex<Vec<u8>>,
    fails: AtomicBool,
}

impl MemoryHeader {
    fn holding(header: &Header) -> Self {
        Self { bytes: Mutex::new(header.encode()), fails: AtomicBool::new(false) }
    }

    fn reopen(&self) -> Header {
        Header::parse(&self.load().unwrap()).unwrap()
    }
}

impl HeaderStore for MemoryHeader {
    fn load(&self) -> Result<Vec<u8>, HeaderStoreError> {
        Ok(self.bytes.lock().unwrap().clone())
    }

    fn create(&self, _bytes: &[u8]) -> Result<(), HeaderStoreError> {
        Err(HeaderStoreError::Exists)
    }

    fn replace(&self, bytes: &[u8]) -> Result<(), HeaderStoreError> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(HeaderStoreError::Unavailable("no space left".into()));
        }
        *self.bytes.lock().unwrap() = bytes.to_vec();
        Ok(())
    }
}

fn cheap() -> Argon2Cost {
    Argon2Cost::new(8, 1, 1).unwrap()
}

fn secret(text: &str) -> SecretBytes {
    SecretBytes::new(text.as_bytes().to_vec())
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(secret(text)).unwrap().with_cost(cheap())
}

fn key_file(first: u8) -> KeyFile {
    KeyFile::new(SecretBytes::new((first..first + 40).collect())).unwrap()
}

fn label(text: &str) -> SlotLabel {
    text.parse().unwrap()
}

fn place(name: &str) -> SealedPlace {
    SealedPlace::Installation(name.into())
}

/// A new installation with one passphrase slot.
fn fresh(random: &Sequence, lock: &dyn KeyslotKind) -> (Header, Seal, MemoryHeader) {
    let (header, seal) = create(lock, label("first"), random, NOW).unwrap();
    let store = MemoryHeader::holding(&header);
    (header, seal, store)
}

/// Name of the variant, to compare errors that have no equality.
fn name(error: &HeaderError) -> String {
    let text = format!("{error:?}");
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

#[track_caller]
fn check_error<T>(result: Result<T, HeaderError>, expected: &str) {
    match result {
        Ok(_) => panic!("{expected} was expected"),
        Err(error) => assert_eq!(name(&error), expected, "{error}"),
    }
}

#[track_caller]
fn check_opens(header: &Header, lock: &dyn KeyslotKind) -> Seal {
    match unlock(header, &[lock]) {
        Ok((seal, _)) => seal,
        Err(error) => panic!("{error}"),
    }
}
