use claviger_types::{AuditHead, AuditSeq, Checkpoint, Timestamp};

use super::*;
use crate::LogId;

/// After a group of so many that the next is waited for.
fn crowded() -> Shared {
    let limits =
        Limits { mode: AuditMode::Durable, buffer_limit: 1 << 20, flush_interval: Duration::from_secs(3600) };
    let head = AuditHead { seq: AuditSeq(0), hash: [0; 32] };
    let checkpoint = Checkpoint { head, time: Timestamp::from_micros(0), signature: Box::new([]) };
    let newest = CheckpointExport { log: LogId::from_bytes([0; 16]), checkpoint };
    let shared = Shared::new(limits, Done { chain: Chain::START, newest, end: (1, 0), signed: Ok(()) });
    for _ in 0..2 * CROWD {
        shared.append(b"").unwrap();
    }
    shared.nudge(shared.lock());
    let mut batch = Batch::default();
    shared.take(&mut batch, None);
    assert_eq!(batch.len(), 2 * CROWD);
    shared
}

/// How long what is there waits for more; `None` if there is nothing.
fn gathering(shared: &Shared) -> Option<Duration> {
    let state = shared.lock();
    Some(shared.flush_at(&state)? - state.active_since?)
}

#[test]
fn records_gather_while_there_is_work() {
    let shared = crowded();
    let expected = GATHERING * (2 * CROWD as u32);
    assert_eq!(gathering(&shared), None);
    shared.append(b"").unwrap();
    shared.nudge(shared.lock());
    assert_eq!(gathering(&shared), Some(expected));
    shared.rest();
    shared.rest();
    shared.resume();
    shared.append(b"").unwrap();
    assert_eq!(gathering(&shared), Some(Duration::ZERO), "one has nothing to do");
    shared.resume();
    assert_eq!(gathering(&shared), Some(expected), "all have");
}

#[test]
fn nobody_waits_for_the_disk_where_nothing_is_to_be_done() {
    let shared = crowded();
    shared.append(b"").unwrap();
    shared.rest();
    assert_eq!(gathering(&shared), Some(shared.limits.flush_interval), "buffered records have time");
}
