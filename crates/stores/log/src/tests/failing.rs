use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use claviger_ports::AuditLog;
use claviger_types::{AuditMode, AuditSeq};

use super::{
    disk::{Disk, Rng},
    fixture::{TestClock, TestSigner, check, from_json, open, opened, options, until, write},
};
use crate::SegmentLog;

#[tokio::test]
async fn after_a_failed_flush_calls_fail_until_a_new_segment_has_taken_over() {
    for failures in [1, 2, 3, 5] {
        let disk = Disk::new(failures);
        let log = opened(&disk, &options());
        write(&log, 1).await;
        disk.fail_syncs(failures);
        let seq = log.append(&from_json(br#"{"n":2}"#)).unwrap();
        let error = log.settled(seq).await.unwrap_err();
        assert!(error.to_string().contains("input/output error"), "{error}");
        assert!(!log.healthy() || log.head().unwrap().seq == seq);
        until("healthy again", || log.healthy()).await;
        assert_eq!(log.head().unwrap().seq, seq, "it keeps its place");
        log.settled(seq).await.unwrap();
        assert_eq!(write(&log, 3).await, AuditSeq(3));
        let report = check(&disk).unwrap();
        assert_eq!((report.records, report.last_segment), (3, 2), "{failures} failures, one new segment");
        disk.crash();
        let (_log, recovery) = open(&disk, &options()).unwrap();
        assert_eq!(recovery.head.unwrap().seq, AuditSeq(3));
        check(&disk).unwrap();
    }
}

#[tokio::test]
async fn a_full_disk_refuses_calls_and_loses_nothing() {
    for seed in 0..25 {
        let mut rng = Rng(seed);
        let disk = Disk::new(seed);
        let mut options = options();
        options.segment_bytes = 1000 + rng.below(5000);
        options.checkpoint_records = 1 + rng.below(30);
        options.preallocate = if rng.coin() { 4096 } else { 0 };
        if rng.coin() {
            options.mode = AuditMode::Buffered;
        }
        let log = opened(&disk, &options);
        let mut last = AuditSeq(0);
        for _ in 0..3 {
            disk.limit_space(rng.below(6000));
            fill(&log, &mut last, &mut rng).await;
            assert!(log.append(&from_json(b"{}")).is_err(), "seed {seed}: refused while the disk is full");
            // Space that is not enough leads to nothing worse.
            disk.limit_space(rng.below(300));
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
            disk.free_space();
            until("healthy again", || log.healthy()).await;
            log.durable(last).await.unwrap();
        }
        log.close().await.unwrap();
        let report = check(&disk).unwrap_or_else(|damage| panic!("seed {seed}: {damage}"));
        assert_eq!((report.records, report.head.seq, report.unsigned), (last.0, last, 0), "seed {seed}");
        let unfinished = disk.names().iter().filter(|path| path.extension().unwrap() == "tmp").count();
        assert_eq!(unfinished, 0, "seed {seed}");
    }
}

#[tokio::test]
async fn a_disk_that_stays_full_gets_no_more_segments() {
    let disk = Disk::new(1);
    let log = opened(&disk, &options());
    write(&log, 1).await;
    // Enough for a header again and again, never for the record.
    disk.limit_space(1000);
    let seq = log.append(&from_json(format!(r#"{{"x":"{}"}}"#, "x".repeat(2000)))).unwrap();
    assert!(log.settled(seq).await.is_err());
    let before = disk.syncs();
    until("some tries", || disk.syncs() > before + 5).await;
    assert_eq!(disk.names().iter().filter(|path| path.extension().unwrap() == "log").count(), 2);
    disk.free_space();
    until("healthy again", || log.healthy()).await;
    assert_eq!(write(&log, 3).await, AuditSeq(3));
    assert_eq!(check(&disk).unwrap().last_segment, 2);
}

#[tokio::test]
async fn space_that_was_taken_in_vain_is_given_back() {
    let disk = Disk::new(1);
    let mut options = options();
    options.segment_bytes = 2000;
    let log = opened(&disk, &options);
    log.close().await.unwrap();
    options.preallocate = 1 << 20;
    let log = opened(&disk, &options);
    // Not enough for what is to be taken, but for what is to be written.
    disk.limit_space(100_000);
    write(&log, 1).await;
    disk.free_space();
    for number in 2..=40 {
        write(&log, number).await;
    }
    assert!(log.healthy());
    log.close().await.unwrap();
    assert_eq!(check(&disk).unwrap().records, 40);
    let sizes: Vec<usize> = disk.names().iter().map(|path| disk.get(path).len()).collect();
    assert!(sizes.len() > 2 && sizes.iter().all(|size| *size < 3000), "{sizes:?}");
}

#[tokio::test]
async fn lines_are_written_though_space_ahead_of_them_is_not() {
    let disk = Disk::new(1);
    let mut options = options();
    options.preallocate = 1 << 20;
    disk.refuse_zeros();
    let log = opened(&disk, &options);
    let before = disk.writes();
    for number in 1..=20 {
        write(&log, number).await;
    }
    assert!(log.healthy());
    assert!(disk.writes() <= before + 21, "it is tried once at most");
    // As after a crash: half of the zeros are there.
    disk.kill();
    let (log, recovery) = open(&disk, &options).unwrap();
    assert_eq!(recovery.head.map(|head| head.seq), Some(AuditSeq(20)), "{recovery:?}");
    log.close().await.unwrap();
    assert_eq!(check(&disk).unwrap().records, 20);
}

/// Appends until the log refuses; every record accepted takes the next place.
async fn fill(log: &SegmentLog, last: &mut AuditSeq, rng: &mut Rng) {
    loop {
        let record = format!(r#"{{"x":"{}"}}"#, "x".repeat(rng.below(500) as usize));
        let Ok(seq) = log.append(&from_json(&record)) else { break };
        assert_eq!(seq.0, last.0 + 1);
        *last = seq;
        if log.settled(seq).await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    until("the failure is known", || !log.healthy()).await;
}

#[tokio::test]
async fn closing_on_a_bad_disk_says_what_was_not_written() {
    let disk = Disk::new(1);
    let log = opened(&disk, &options());
    write(&log, 1).await;
    disk.fail_syncs(u64::MAX);
    let seq = log.append(&from_json(b"{}")).unwrap();
    assert!(log.close().await.is_err());
    assert!(log.settled(seq).await.is_err());
    log.settled(AuditSeq(1)).await.unwrap();
    disk.fail_syncs(0);
    // The lock is free again.
    let (_log, recovery) = open(&disk, &options()).unwrap();
    assert!(recovery.head.is_some());
    check(&disk).unwrap();
}

#[tokio::test]
async fn without_the_audit_key_no_segment_is_begun() {
    let disk = Disk::new(1);
    let signer = TestSigner::new();
    let mut options = options();
    options.segment_bytes = 800;
    let (log, _) = SegmentLog::open(options.clone(), TestClock::new(), signer.clone(), disk.layer()).unwrap();
    signer.refuses.store(true, Ordering::Relaxed);
    for number in 0..20 {
        write(&log, number).await;
    }
    assert_eq!(disk.names().len(), 1, "the full segment goes on");
    signer.refuses.store(false, Ordering::Relaxed);
    log.checkpoint_now().await.unwrap();
    until("the next segment", || disk.names().len() == 2).await;

    let refusing = TestSigner::new();
    refusing.refuses.store(true, Ordering::Relaxed);
    let empty = Disk::new(2);
    assert!(SegmentLog::open(options, TestClock::new(), refusing, empty.layer()).is_err());
    assert!(empty.names().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn failures_at_random_under_load_keep_every_record_that_was_acknowledged() {
    for seed in 0..10 {
        let disk = Disk::new(seed);
        let mut options = options();
        options.segment_bytes = 4000;
        let log = opened(&disk, &options);
        let done = Arc::new(AtomicBool::new(false));
        let mut callers = Vec::new();
        for caller in 0..4 {
            let (log, done) = (log.clone(), done.clone());
            callers.push(tokio::spawn(async move {
                let mut kept = Vec::new();
                for number in 0.. {
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                    let member = format!(r#""who":"{caller}-{number}""#);
                    let appended = log.append(&from_json(format!("{{{member}}}")));
                    match appended {
                        Ok(seq) if log.settled(seq).await.is_ok() => kept.push((seq, member)),
                        _ => tokio::time::sleep(std::time::Duration::from_millis(3)).await,
                    }
                }
                kept
            }));
        }
        let mut rng = Rng(seed);
        for _ in 0..5 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            disk.fail_syncs(1 + rng.below(2));
            until("the flushes failed", || disk.failures_left() == 0).await;
            until("healthy again", || log.healthy()).await;
        }
        done.store(true, Ordering::Relaxed);
        let mut kept = Vec::new();
        for caller in callers {
            kept.extend(caller.await.unwrap());
        }
        disk.crash();
        let (log, _) = open(&disk, &options).unwrap();
        check(&disk).unwrap_or_else(|damage| panic!("seed {seed}: {damage}"));
        let entries: Vec<_> = log.scan(AuditSeq(1)).unwrap().map(Result::unwrap).collect();
        for (seq, member) in kept {
            assert!(entries[seq.0 as usize - 1].json.contains(&member), "seed {seed}: {member}");
        }
    }
}
