use std::sync::{Arc, Mutex};

use claviger_ports::AuditLog;
use claviger_types::AuditSeq;

use super::{
    disk::{Disk, Rng},
    fixture::{DIR, check_held, from_json, open, options},
};
use crate::{CheckpointExport, LogOptions, Recovery, Scan, SegmentLog, verify};

/// A record that somebody was told is durable.
type Acknowledged = Arc<Mutex<Vec<(AuditSeq, String)>>>;

fn any_options(rng: &mut Rng) -> LogOptions {
    let mut options = options();
    options.preallocate = if rng.coin() { 4096 } else { 0 };
    options.segment_bytes = 500 + rng.below(20_000);
    options.checkpoint_records = 1 + rng.below(40);
    options
}

/// Five callers append until the machine stops.
async fn work(log: &SegmentLog, disk: &Disk, rng: &mut Rng, acknowledged: &Acknowledged) {
    let mut callers = Vec::new();
    for caller in 0..5 {
        let (log, disk, acknowledged) = (log.clone(), disk.clone(), acknowledged.clone());
        let (token, length) = (rng.next(), rng.below(900) as usize);
        callers.push(tokio::spawn(async move {
            for number in 0..1000 {
                let member = format!(r#""who":"{caller}-{token}-{number}","x":"{}""#, "x".repeat(length));
                let Ok(seq) = log.append(&from_json(format!("{{{member}}}"))) else { break };
                if log.settled(seq).await.is_err() {
                    break;
                }
                acknowledged.lock().unwrap().push((seq, member));
            }
            assert!(disk.stopped(), "only the stop of the machine ends the work");
        }));
    }
    for caller in callers {
        caller.await.unwrap();
    }
}

/// That the log is intact, has everything acknowledged, and what was checkpointed.
fn examine(disk: &Disk, log: &SegmentLog, acknowledged: &Acknowledged, held: &CheckpointExport, what: &str) {
    let report = check_held(disk, Some(held)).unwrap_or_else(|damage| panic!("{what}: {damage}"));
    assert_eq!(report.held, Some(verify::Held::Confirmed), "{what}");
    assert_eq!(report.torn_tail, 0, "{what}: cut off when it was opened");
    let entries: Vec<_> = scanned(log.scan(AuditSeq(1)).unwrap(), what);
    assert_eq!(entries.len() as u64, report.records, "{what}");
    for (seq, member) in acknowledged.lock().unwrap().iter() {
        let found = entries.get(seq.0 as usize - 1);
        assert!(found.is_some_and(|json| json.contains(member)), "{what}: lost {} {member}", seq.0);
    }
}

fn scanned(scan: Scan, what: &str) -> Vec<String> {
    let mut expected = 1;
    scan.map(|entry| {
        let entry = entry.unwrap_or_else(|damage| panic!("{what}: {damage}"));
        assert_eq!(entry.seq, AuditSeq(expected), "{what}");
        expected += 1;
        entry.json.into()
    })
    .collect()
}

fn reopen(disk: &Disk, options: &LogOptions, what: &str) -> (SegmentLog, Recovery) {
    open(disk, options).unwrap_or_else(|error| panic!("{what}: {error}"))
}

async fn rounds(seed: u64, end: fn(&Disk, &mut Rng)) -> u64 {
    let mut rng = Rng(seed);
    let disk = Disk::new(rng.next());
    let acknowledged = Acknowledged::default();
    let options = any_options(&mut rng);
    let (mut log, _) = reopen(&disk, &options, "the first start");
    let mut torn = 0;
    for round in 0..4 {
        let what = format!("seed {seed}, round {round}");
        disk.stop_after(1 + rng.below(120));
        work(&log, &disk, &mut rng, &acknowledged).await;
        let held = log.newest_checkpoint();
        end(&disk, &mut rng);
        // It may stop again while it starts; that must change nothing.
        disk.stop_after(rng.below(30));
        if let Ok((interrupted, _)) = open(&disk, &options) {
            drop(interrupted);
        }
        end(&disk, &mut rng);
        let (next, recovery) = reopen(&disk, &options, &what);
        torn += u64::from(recovery.torn_bytes > 0);
        assert!(recovery.head.map_or(0, |head| head.seq.0) >= held.checkpoint.head.seq.0, "{what}");
        examine(&disk, &next, &acknowledged, &held, &what);
        log = next;
    }
    torn
}

#[test]
fn no_acknowledged_record_is_lost_when_the_power_fails() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let torn: u64 = (0..150).map(|seed| runtime.block_on(rounds(seed, |disk, _| disk.crash()))).sum();
    assert!(torn > 10, "the disk tears writes: {torn}");
}

#[test]
fn no_acknowledged_record_is_lost_when_the_process_is_killed() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for seed in 0..50 {
        runtime
            .block_on(rounds(seed, |disk, rng| if rng.below(4) == 0 { disk.crash() } else { disk.kill() }));
    }
}

#[tokio::test]
async fn what_only_the_page_cache_has_is_brought_to_the_disk_at_the_start() {
    let disk = Disk::new(1);
    let log = opened_with_one(&disk).await;
    // The flush fails, the process dies before it can react, and the page cache claims that nothing is missing.
    disk.fail_syncs(u64::MAX);
    let seq = log.append(&from_json(br#"{"n":2}"#)).unwrap();
    assert!(log.settled(seq).await.is_err());
    disk.kill();
    disk.fail_syncs(0);
    let (log, recovery) = open(&disk, &options()).unwrap();
    let found = recovery.head.unwrap().seq;
    log.settled(found).await.unwrap();
    disk.crash();
    let (_log, recovery) = open(&disk, &options()).unwrap();
    assert!(recovery.head.unwrap().seq >= found, "{DIR}: said to be durable, and lost");
}

async fn opened_with_one(disk: &Disk) -> SegmentLog {
    let (log, _) = open(disk, &options()).unwrap();
    super::fixture::write(&log, 1).await;
    log
}
