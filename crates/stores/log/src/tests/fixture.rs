use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use claviger_crypto::{Input, PrivateKey, SignatureScheme};
use claviger_ports::{AuditLog, Clock, LogRecord};
use claviger_types::{AuditSeq, Timestamp};

use super::disk::Disk;
use crate::{
    CheckpointExport, CheckpointSigner, Damage, Ed25519Verifier, LogId, LogOptions, OpenError, Recovery,
    SegmentLog, SignerError, verify,
};

pub(super) const DIR: &str = "/audit";

/// A clock that tests set; a second later with every look.
pub(super) struct TestClock(pub(super) AtomicI64);

impl TestClock {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_800_000_000)))
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// An audit key, which can be taken away.
pub(super) struct TestSigner {
    key: PrivateKey,
    pub(super) refuses: AtomicBool,
}

impl TestSigner {
    pub(super) fn new() -> Arc<Self> {
        let key = PrivateKey::generate_ed25519().unwrap();
        Arc::new(Self { key, refuses: AtomicBool::new(false) })
    }

    pub(super) fn verifier(&self) -> Ed25519Verifier {
        Ed25519Verifier::from_spki_der(&self.key.public_key_der().unwrap()).unwrap()
    }
}

impl CheckpointSigner for TestSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        if self.refuses.load(Ordering::Relaxed) {
            return Err(SignerError("the key is locked".into()));
        }
        let signed = self.key.sign(SignatureScheme::Ed25519, Input::Message(message));
        signed.map_err(|error| SignerError(error.to_string()))
    }
}

/// The audit key of the tests that need no other.
pub(super) static KEY: LazyLock<Arc<TestSigner>> = LazyLock::new(TestSigner::new);

pub(super) fn options() -> LogOptions {
    let mut options = LogOptions::new(DIR, LogId::from_bytes(*b"sixteen byte id."));
    options.preallocate = 0;
    options
}

pub(super) fn open(disk: &Disk, options: &LogOptions) -> Result<(SegmentLog, Recovery), OpenError> {
    SegmentLog::open(options.clone(), TestClock::new(), KEY.clone(), disk.layer())
}

pub(super) fn opened(disk: &Disk, options: &LogOptions) -> SegmentLog {
    open(disk, options).unwrap().0
}

pub(super) fn segment(number: u64) -> PathBuf {
    Path::new(DIR).join(format!("{number:08}.log"))
}

pub(super) fn check(disk: &Disk) -> Result<verify::Report, Damage> {
    check_held(disk, None)
}

pub(super) fn check_held(disk: &Disk, held: Option<&CheckpointExport>) -> Result<verify::Report, Damage> {
    verify::verify_with(&*disk.layer(), Path::new(DIR), Some(&KEY.verifier()), held)
}

/// As [`check`], without the public key.
pub(super) fn check_keyless(disk: &Disk, held: Option<&CheckpointExport>) -> Result<verify::Report, Damage> {
    verify::verify_with(&*disk.layer(), Path::new(DIR), None, held)
}

pub(super) fn from_json(json: impl AsRef<[u8]>) -> LogRecord {
    LogRecord::parse(json.as_ref()).unwrap()
}

/// Appends a record with this number and waits until it is settled.
pub(super) async fn write(log: &SegmentLog, number: u64) -> AuditSeq {
    let seq = log.append(&from_json(format!(r#"{{"n":{number}}}"#))).unwrap();
    log.settled(seq).await.unwrap();
    seq
}

/// A closed log with `count` records whose segments have about `segment_bytes`.
pub(super) async fn written(count: u64, segment_bytes: u64) -> Disk {
    let disk = Disk::new(1);
    let mut options = options();
    options.segment_bytes = segment_bytes;
    let log = opened(&disk, &options);
    for number in 1..=count {
        write(&log, number).await;
    }
    log.close().await.unwrap();
    disk
}

/// Waits until `condition` holds; fails after 20 seconds.
pub(super) async fn until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..4_000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("waited in vain: {what}");
}
