use std::{path::Path, time::Duration, time::Instant};

use claviger_core::seal::KeyFile;
use claviger_ports::{AuditLog, LogRecord};
use claviger_types::{AuditSeq, SecretBytes};

use super::{Opened, open};
use crate::{config::Config, data_dir::DataDir, devices::Devices, first, reconcile::MarkKeeper};

const REQUEST: &str = "11111111-1111-4111-8111-111111111111";

async fn opened(path: &Path) -> Opened {
    let config = Config::parse(&format!("data = '{}'", path.display())).unwrap();
    let dir = DataDir::create(path).unwrap().lock().unwrap();
    let key = KeyFile::new(SecretBytes::new((0..32).collect())).unwrap();
    let seal = first::header(&dir, &key, "test").unwrap();
    let installation = first::installation(&dir, None).unwrap();
    open(dir, &installation, seal, &config, &Devices::default()).await.unwrap()
}

/// As after a crash: nothing is told, nothing is marked.
async fn crash(opened: Opened) {
    opened.log.close().await.unwrap();
    opened.store.close().await;
}

fn reconciled(opened: &Opened) -> Vec<String> {
    let records = opened.log.scan(AuditSeq(1)).unwrap().map(|entry| entry.unwrap().json.to_string());
    records.filter(|json| json.contains("reconciled")).collect()
}

async fn announce(opened: &Opened) {
    let intent = format!(r#"{{"phase":"intent","request":"{REQUEST}","operation":"CreateKey"}}"#);
    let seq = opened.log.append(&LogRecord::parse(intent.as_bytes()).unwrap()).unwrap();
    opened.log.durable(seq).await.unwrap();
}

#[tokio::test]
async fn a_change_that_a_crash_cut_short_is_told_once() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("data");
    let first = opened(&path).await;
    announce(&first).await;
    crash(first).await;
    let second = opened(&path).await;
    let told = reconciled(&second);
    assert!(told.len() == 1 && told[0].contains(REQUEST) && told[0].contains("not-committed"), "{told:?}");
    crash(second).await;
    let third = opened(&path).await;
    assert_eq!(reconciled(&third).len(), 1);
    third.close().await.unwrap();
}

#[tokio::test]
async fn an_orderly_end_leaves_nothing_to_read() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("data");
    let first = opened(&path).await;
    first.service.note("test", Default::default()).await.unwrap();
    let head = first.log.head().unwrap().seq.0;
    first.close().await.unwrap();
    let mark = std::fs::read_to_string(path.join("audit-settled.json")).unwrap();
    assert!(mark.contains(&format!("\"settled\":{head}}}")), "{mark}");
    opened(&path).await.close().await.unwrap();
}

#[tokio::test]
async fn the_mark_follows_at_a_distance() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("data");
    let opened = opened(&path).await;
    let mark = path.join("audit-settled.json");
    let mut keeper = MarkKeeper::new(opened.log.clone(), opened.log_id, Duration::from_secs(30));
    let begun = Instant::now();
    opened.service.note("test", Default::default()).await.unwrap();
    keeper.tick(&opened.dir, begun).await.unwrap();
    // This change may last until its deadline.
    announce(&opened).await;
    keeper.tick(&opened.dir, begun + Duration::from_secs(59)).await.unwrap();
    assert!(!mark.exists(), "too soon");
    keeper.tick(&opened.dir, begun + Duration::from_secs(60)).await.unwrap();
    let settled = std::fs::read_to_string(&mark).unwrap();
    assert!(settled.contains("\"settled\":1}"), "{settled}");
    crash(opened).await;
    let again = self::opened(&path).await;
    assert_eq!(reconciled(&again).len(), 1, "what came after the mark is read");
    again.close().await.unwrap();
}
