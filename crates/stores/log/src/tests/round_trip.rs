use claviger_ports::AuditLog;
use claviger_types::AuditSeq;
use proptest::{collection::vec, prelude::*};

use super::{
    disk::Disk,
    fixture::{check, from_json, open, opened, options, write, written},
};
use crate::{LogOptions, Retention};

fn record() -> impl Strategy<Value = serde_json::Map<String, serde_json::Value>> {
    let value = prop_oneof![
        any::<String>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<bool>().prop_map(serde_json::Value::from),
        vec(any::<String>(), 0..3).prop_map(serde_json::Value::from),
    ];
    let name = any::<String>()
        .prop_filter("the log's own", |name| !["seq", "prev", "hash", "flushed"].contains(&name.as_str()));
    vec((name, value), 0..6).prop_map(|members| members.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_appended_is_found_again(records in vec(record(), 1..40), segment_bytes in 300..5000_u64, reopen_at in 0..40_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let disk = Disk::new(1);
            let mut options = options();
            options.segment_bytes = segment_bytes;
            let mut log = opened(&disk, &options);
            for (at, record) in records.iter().enumerate() {
                if at == reopen_at {
                    log.close().await.unwrap();
                    log = opened(&disk, &options);
                }
                let seq = log.append(&from_json(serde_json::to_string(record).unwrap())).unwrap();
                log.durable(seq).await.unwrap();
            }
            let found: Vec<_> = log.scan(AuditSeq(0)).unwrap().map(Result::unwrap).collect();
            prop_assert_eq!(found.len(), records.len());
            for (entry, record) in found.iter().zip(&records) {
                let mut json: serde_json::Map<_, _> = serde_json::from_str(&entry.json).unwrap();
                prop_assert_eq!(json.remove("seq"), Some(entry.seq.0.into()));
                prop_assert_eq!(json.remove("hash"), Some(hex::encode(entry.hash).into()));
                json.remove("flushed");
                prop_assert_eq!(&json, record);
            }
            let report = check(&disk).unwrap();
            prop_assert_eq!(report.records, records.len() as u64);
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn a_scan_starts_anywhere() {
    let disk = written(40, 1000).await;
    assert!(disk.names().len() > 5);
    let log = opened(&disk, &options());
    for from in 0..=42 {
        let found: Vec<u64> = log.scan(AuditSeq(from)).unwrap().map(|entry| entry.unwrap().seq.0).collect();
        assert_eq!(found, (from.max(1)..=40).collect::<Vec<_>>(), "from {from}");
    }
}

#[tokio::test]
async fn a_scan_ends_with_what_is_durable() {
    let disk = Disk::new(1);
    let log = opened(&disk, &options());
    write(&log, 1).await;
    disk.fail_syncs(u64::MAX);
    let seq = log.append(&from_json(b"{}")).unwrap();
    assert!(log.settled(seq).await.is_err());
    assert_eq!(log.scan(AuditSeq(1)).unwrap().count(), 1);
}

#[tokio::test]
async fn old_segments_are_removed_whole() {
    let table: &[(&str, Retention, std::ops::RangeInclusive<usize>)] = &[
        ("by number", Retention { segments: Some(2), age: None }, 3..=3),
        ("by age", Retention { segments: None, age: Some(std::time::Duration::from_secs(5)) }, 2..=5),
        ("nothing", Retention::default(), 8..=8),
    ];
    for (what, retention, kept) in table {
        let disk = Disk::new(1);
        let options = LogOptions { segment_bytes: 1000, retain: Some(*retention), ..options() };
        let log = opened(&disk, &options);
        for number in 1..=50 {
            write(&log, number).await;
        }
        log.close().await.unwrap();
        assert!(kept.contains(&disk.names().len()), "{what}: {:?}", disk.names());
        let report = check(&disk).unwrap();
        assert_eq!(report.head.seq, AuditSeq(50), "{what}");
        assert_eq!(report.records, 51 - report.first.0, "{what}");
        let (log, recovery) = open(&disk, &options).unwrap();
        assert_eq!(recovery.head.unwrap().seq, AuditSeq(50), "{what}");
        assert_eq!(log.scan(AuditSeq(1)).unwrap().next().unwrap().unwrap().seq, report.first, "{what}");
    }
}
