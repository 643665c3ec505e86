use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use claviger_types::AuditSeq;

use super::fixture::{KEY, TestClock, options, write};
use crate::{LogOptions, OpenError, Recovery, SegmentLog, StdFiles, scan, verify};

/// A directory that is removed with its content.
struct TempDir(PathBuf);

impl TempDir {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("claviger-log-{}-{number}", process::id()));
        fs::create_dir(&dir).unwrap();
        Self(dir)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn open(dir: &Path, preallocate: u64) -> Result<(SegmentLog, Recovery), OpenError> {
    let options = LogOptions { dir: dir.to_owned(), preallocate, segment_bytes: 1000, ..options() };
    SegmentLog::open(options, TestClock::new(), KEY.clone(), Arc::new(StdFiles))
}

#[tokio::test]
async fn a_log_on_a_real_file_system() {
    for preallocate in [0, 65_536] {
        let temp = TempDir::new();
        let dir = temp.0.join("audit");
        let (log, recovery) = open(&dir, preallocate).unwrap();
        assert!(recovery.created);
        for number in 1..=30 {
            write(&log, number).await;
        }
        assert!(matches!(open(&dir, preallocate), Err(OpenError::Locked(_))));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&dir), 0o700);
        assert_eq!(mode(&dir.join("00000001.log")), 0o600);
        // While it is being written, from outside.
        assert_eq!(verify::verify(&dir, Some(&KEY.verifier()), None).unwrap().records, 30);
        assert_eq!(scan(&dir, AuditSeq(11)).unwrap().map(Result::unwrap).count(), 20);
        assert_eq!(log.scan(AuditSeq(11)).unwrap().map(Result::unwrap).count(), 20);
        log.close().await.unwrap();
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            let content = fs::read(&path).unwrap();
            assert!(content.ends_with(b"}\n"), "{} keeps no space", path.display());
            for line in content.strip_suffix(b"\n").unwrap().split(|byte| *byte == b'\n') {
                serde_json::from_slice::<serde_json::Value>(line).unwrap();
            }
        }
        let (log, recovery) = open(&dir, preallocate).unwrap();
        assert!(recovery.clean && recovery.segments > 2);
        assert_eq!(write(&log, 31).await, AuditSeq(31));
        log.close().await.unwrap();
    }
}

#[tokio::test]
async fn what_a_killed_process_left_is_taken_up() {
    let temp = TempDir::new();
    let dir = temp.0.join("audit");
    let (log, _) = open(&dir, 65_536).unwrap();
    for number in 1..=5 {
        write(&log, number).await;
    }
    let left = fs::read(dir.join("00000001.log")).unwrap();
    assert!(left.ends_with(&[0; 64]), "space is taken in advance");
    let end = left.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let copy = temp.0.join("copy");
    fs::create_dir(&copy).unwrap();
    let mut torn = left.clone();
    torn[end..end + 10].copy_from_slice(b"{\"seq\":6,\"");
    fs::write(copy.join("00000001.log"), &torn).unwrap();
    fs::write(copy.join("00000002.tmp"), "{\"log\"").unwrap();
    let (log, recovery) = open(&copy, 65_536).unwrap();
    assert_eq!((recovery.torn_bytes, recovery.clean), (10, false));
    assert!(!copy.join("00000002.tmp").exists());
    assert_eq!(write(&log, 6).await, AuditSeq(6));
    log.close().await.unwrap();
    assert_eq!(verify::verify(&copy, Some(&KEY.verifier()), None).unwrap().records, 6);
}
