use std::{
    future::Future,
    pin::pin,
    sync::atomic::Ordering,
    task::{Context, Waker},
    time::Duration,
};

use claviger_ports::AuditLog;
use claviger_types::{AuditMode, AuditSeq};

use super::{
    disk::Disk,
    fixture::{TestClock, TestSigner, check, from_json, open, opened, options, segment, until, write},
};
use crate::{CheckpointExport, MAX_RECORD, SegmentLog, verify};

#[tokio::test]
async fn lines_look_as_documented() {
    let disk = Disk::new(1);
    let log = opened(&disk, &options());
    let first = log.append(&from_json(br#" {"action":"Encrypt", "nested":{"seq":1}} "#)).unwrap();
    log.settled(first).await.unwrap();
    log.settled(log.append(&from_json(b"{}")).unwrap()).await.unwrap();
    log.close().await.unwrap();
    let text = String::from_utf8(disk.get(&segment(1))).unwrap();
    let starts = [
        r#"{"log":{"format":1,"id":"7369787465656e20627974652069642e","segment":1,"first":1,"prev":"0000000000000000000000000000000000000000000000000000000000000000","created":"2027-01-15T08:00:00Z"},"signature":""#,
        r#"{"seq":1,"flushed":0,"action":"Encrypt", "nested":{"seq":1},"hash":""#,
        r#"{"seq":2,"flushed":1,"hash":""#,
        r#"{"flushed":2,"checkpoint":{"log":"7369787465656e20627974652069642e","seq":2,"hash":""#,
    ];
    assert_eq!(text.lines().count(), starts.len(), "{text}");
    let mut previous = [0; 32];
    for (line, start) in text.lines().zip(starts) {
        assert!(line.starts_with(start), "{line}");
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        let (body, _) = line.rsplit_once(",\"hash\":").unwrap();
        previous = claviger_crypto::sha256(&[&previous, body.as_bytes()].concat());
        assert_eq!(json["hash"], hex::encode(previous));
    }
}

#[tokio::test]
async fn a_record_that_is_too_long_is_refused_alone() {
    let disk = Disk::new(1);
    let log = opened(&disk, &options());
    let long = |members: usize| from_json(format!(r#"{{"a":"{}"}}"#, "x".repeat(members - 6)));
    assert!(log.append(&long(MAX_RECORD + 1)).is_err());
    assert!(log.healthy());
    assert_eq!(log.head(), None);
    let seq = log.append(&long(MAX_RECORD)).unwrap();
    assert_eq!(seq, AuditSeq(1));
    log.settled(seq).await.unwrap();
    log.close().await.unwrap();
    assert_eq!(check(&disk).unwrap().records, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_flush_serves_all_calls_in_flight() {
    let disk = Disk::new(1);
    let log = opened(&disk, &options());
    disk.slow_syncs(Duration::from_millis(3));
    let before = (disk.syncs(), disk.writes());
    let mut calls = Vec::new();
    for caller in 0..64 {
        let log = log.clone();
        calls.push(tokio::spawn(async move {
            for number in 0..20 {
                write(&log, caller * 100 + number).await;
            }
        }));
    }
    for call in calls {
        call.await.unwrap();
    }
    let (syncs, writes) = (disk.syncs() - before.0, disk.writes() - before.1);
    assert!(syncs < 64 * 20 / 8, "{syncs} flushes for {} records", 64 * 20);
    assert_eq!(syncs, writes);
    assert_eq!(log.waiting(), 0);
    log.close().await.unwrap();
    assert_eq!(check(&disk).unwrap().records, 64 * 20);
}

#[tokio::test]
async fn one_caller_gets_one_flush_for_each_record_at_once() {
    let disk = Disk::new(1);
    let log = opened(&disk, &options());
    let before = disk.syncs();
    for number in 0..50 {
        write(&log, number).await;
        assert_eq!(log.head().unwrap().seq, AuditSeq(number + 1));
    }
    assert_eq!(disk.syncs() - before, 50);
}

#[tokio::test]
async fn buffered_calls_go_on_before_the_disk() {
    let disk = Disk::new(1);
    let mut options = options();
    options.mode = AuditMode::Buffered;
    options.flush_interval = Duration::from_millis(150);
    let log = opened(&disk, &options);
    let before = disk.syncs();
    for number in 0..100 {
        write(&log, number).await;
    }
    assert_eq!(disk.syncs(), before, "settled did not wait");
    assert_eq!(log.head(), None);
    until("the records are written without being asked for", || {
        log.head().is_some_and(|head| head.seq.0 == 100)
    })
    .await;
    assert_eq!(disk.syncs(), before + 1);
    // Somebody who asks does not wait for the interval.
    let mut options = options.clone();
    log.close().await.unwrap();
    options.flush_interval = Duration::from_secs(3600);
    let log = opened(&disk, &options);
    let seq = write(&log, 100).await;
    log.durable(seq).await.unwrap();
    assert_eq!(log.head().unwrap().seq, seq);
    log.close().await.unwrap();
    assert_eq!(check(&disk).unwrap().records, 101);
}

#[tokio::test]
async fn a_full_buffer_holds_calls_back_and_then_refuses_them() {
    let disk = Disk::new(1);
    let mut options = options();
    options.mode = AuditMode::Buffered;
    options.buffer_limit = 1000;
    let log = opened(&disk, &options);
    disk.slow_syncs(Duration::from_millis(300));
    // The writer takes the first and is busy with it.
    let first = log.append(&from_json(format!(r#"{{"a":"{}"}}"#, "x".repeat(900)))).unwrap();
    let busy = disk.syncs();
    log.settled(first).await.unwrap();
    until("the writer is busy", || disk.syncs() > busy).await;
    let record = format!(r#"{{"a":"{}"}}"#, "x".repeat(400));
    let mut seqs = Vec::new();
    let refusal = loop {
        match log.append(&from_json(&record)) {
            Ok(seq) => seqs.push(seq),
            Err(error) => break error,
        }
    };
    assert!(refusal.to_string().contains("too slow"), "{refusal}");
    assert_eq!(seqs.len(), 9, "four times the limit");
    let last = *seqs.last().unwrap();
    log.settled(last).await.unwrap();
    assert!(log.head().unwrap().seq >= last, "above the limit settled waits for the disk");
    write(&log, 1).await;
    log.close().await.unwrap();
    check(&disk).unwrap();
}

#[tokio::test]
async fn a_waiter_that_gives_up_leaves_nothing_behind() {
    let disk = Disk::new(1);
    let log = opened(&disk, &options());
    disk.slow_syncs(Duration::from_millis(200));
    let seq = log.append(&from_json(br#"{"a":1}"#)).unwrap();
    {
        let mut first = pin!(log.settled(seq));
        let mut second = pin!(log.durable(seq));
        let mut context = Context::from_waker(Waker::noop());
        assert!(first.as_mut().poll(&mut context).is_pending());
        assert!(first.as_mut().poll(&mut context).is_pending());
        assert!(second.as_mut().poll(&mut context).is_pending());
        assert_eq!(log.waiting(), 2);
    }
    assert_eq!(log.waiting(), 0);
    let timed_out = tokio::time::timeout(Duration::from_millis(5), log.settled(seq)).await;
    assert!(timed_out.is_err());
    log.settled(seq).await.unwrap();
    assert_eq!(log.waiting(), 0);
    assert!(log.settled(AuditSeq(seq.0 + 1)).await.is_err(), "nobody waits for what was never appended");
}

#[tokio::test]
async fn checkpoints_are_written_after_records_after_time_and_when_asked_for() {
    let disk = Disk::new(1);
    let signer = TestSigner::new();
    let mut options = options();
    options.checkpoint_records = 10;
    options.checkpoint_interval = Duration::from_millis(50);
    let (log, recovery) =
        SegmentLog::open(options.clone(), TestClock::new(), signer.clone(), disk.layer()).unwrap();
    assert!(recovery.created);
    assert_eq!(log.newest_checkpoint().checkpoint.head.seq, AuditSeq(0));
    let records = (0..10).map(|_| log.append(&from_json(b"{}")).unwrap()).max().unwrap();
    log.settled(records).await.unwrap();
    until("after ten records", || log.newest_checkpoint().checkpoint.head.seq.0 >= 1).await;
    let seq = write(&log, 11).await;
    until("after the interval", || log.newest_checkpoint().checkpoint.head.seq == seq).await;
    let seq = write(&log, 12).await;
    let asked = log.checkpoint_now().await.unwrap();
    assert_eq!(asked.checkpoint.head.seq, seq);
    let writes = disk.writes();
    assert_eq!(log.checkpoint_now().await.unwrap(), asked, "nothing new, nothing written");
    assert_eq!(disk.writes(), writes);
    assert!(asked.verify(&signer.verifier()));
    assert!(!asked.verify(&TestSigner::new().verifier()));
    assert_eq!(CheckpointExport::from_json(&asked.to_json()).unwrap(), asked);

    signer.refuses.store(true, Ordering::Relaxed);
    let seq = write(&log, 13).await;
    assert!(log.checkpoint_now().await.unwrap_err().to_string().contains("locked"));
    assert!(log.healthy(), "records go on without checkpoints");
    signer.refuses.store(false, Ordering::Relaxed);
    assert_eq!(log.checkpoint_now().await.unwrap().checkpoint.head.seq, seq);
    log.close().await.unwrap();
    let dir = options.dir.as_path();
    let held = verify::verify_with(&*disk.layer(), dir, Some(&signer.verifier()), Some(&asked)).unwrap();
    assert_eq!((held.unsigned, held.held), (0, Some(verify::Held::Confirmed)));
}

#[tokio::test]
async fn the_last_handle_closes_the_log() {
    let disk = Disk::new(1);
    let log = opened(&disk, &options());
    log.append(&from_json(b"{}")).unwrap();
    let other = log.clone();
    drop(log);
    write(&other, 2).await;
    drop(other);
    let reopened = || open(&disk, &options()).is_ok_and(|(_, recovery)| recovery.clean);
    until("the lock is free", reopened).await;
    assert_eq!(check(&disk).unwrap().records, 2);
}

#[tokio::test]
async fn a_closed_log_takes_nothing_and_is_free_for_the_next() {
    let disk = Disk::new(1);
    let log = opened(&disk, &options());
    assert!(open(&disk, &options()).is_err(), "locked");
    let waiting = log.append(&from_json(b"{}")).unwrap();
    let (first, second) = tokio::join!(log.close(), log.close());
    first.and(second).unwrap();
    log.settled(waiting).await.unwrap();
    assert!(!log.healthy());
    assert!(log.append(&from_json(b"{}")).is_err());
    assert!(log.checkpoint_now().await.is_err());
    let (next, recovery) = open(&disk, &options()).unwrap();
    assert!(recovery.clean && !recovery.created);
    assert_eq!(recovery.head, log.head());
    assert_eq!(write(&next, 2).await, AuditSeq(2));
}
