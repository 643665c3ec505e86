//! Power losses: what was acknowledged is there, whole; what was not is there whole or not at all.

use std::{collections::BTreeMap, sync::Arc};

use claviger_faults::{Dice, Disk, Vfs};
use claviger_ports::{Change, KeyReads, OutcomeReads, Store};
use claviger_sql::{SqliteOptions, SqliteStore};
use claviger_types::{Key, KeyVersion, Revision, Timestamp, VersionState};

use crate::records::*;

const ROUNDS: u64 = 150;
const KEYS: u64 = 12;

/// What is known of a key: how many batches were acknowledged, and how many may have been made.
#[derive(Clone, Copy, Default)]
struct Progress {
    acknowledged: u64,
    asked: u64,
}

/// The step that takes a key from `revision` to the next. Each leaves traces in several tables.
fn step(number: u64, revision: u64) -> Vec<Change> {
    let description = format!("{revision}{}", "x".repeat((revision * 700 % 5000) as usize));
    let put = Change::PutKey(Key {
        revision: Revision(revision),
        description: description.into(),
        policy: format!("policy {}", revision / 2).into(),
        ..key(number)
    });
    let next = u32::try_from(revision).unwrap() + 1;
    let mut changes = vec![put, Change::PutVersion(version(number, next))];
    let name = |revision| alias(&format!("{number}-{revision}")).to_key_name();
    if let Some(previous) = revision.checked_sub(1) {
        changes.push(Change::DeleteName { project: account(), name: name(previous) });
        let destroyed =
            KeyVersion { handle: None, state: VersionState::Destroyed, ..version(number, next - 1) };
        changes.push(Change::PutVersion(destroyed));
    }
    changes.push(Change::InsertName {
        project: account(),
        name: name(revision),
        key: key_id(number),
        created: Timestamp::from_secs(0),
    });
    changes
}

fn outcome(number: u64, revision: u64) -> u64 {
    number << 32 | revision
}

fn open(vfs: &Vfs) -> SqliteStore {
    let vfs = Some(vfs.name().to_owned());
    SqliteStore::open(SqliteOptions { vfs, ..SqliteOptions::new("/power/s.db") }).unwrap()
}

/// Several callers change keys of their own until the power goes off.
async fn work(store: &Arc<SqliteStore>, progress: &mut BTreeMap<u64, Progress>) {
    let mut callers = tokio::task::JoinSet::new();
    for number in 0..KEYS {
        let store = Arc::clone(store);
        let mut own = progress.get(&number).copied().unwrap_or_default();
        callers.spawn(async move {
            loop {
                own.asked = own.acknowledged + 1;
                let changes = step(number, own.acknowledged);
                match store.commit(batch(outcome(number, own.acknowledged), changes)).await {
                    Ok(()) => own.acknowledged = own.asked,
                    Err(_) => return (number, own),
                }
            }
        });
    }
    while let Some(finished) = callers.join_next().await {
        let (number, own) = finished.unwrap();
        progress.insert(number, own);
    }
}

/// Compares what is there with what is known, and takes it as known from then on.
async fn verify(store: &SqliteStore, progress: &mut BTreeMap<u64, Progress>, round: u64) {
    store.check().await.unwrap();
    let outcomes = store.outcomes().await.unwrap();
    for (number, known) in progress {
        let record = store.key(key_id(*number)).await.unwrap();
        let found = record.as_ref().map_or(0, |record| record.key.revision.0);
        assert!(
            (known.acknowledged..=known.asked).contains(&found),
            "round {round}, key {number}: {found} changes are there, {} were acknowledged, {} asked for",
            known.acknowledged,
            known.asked
        );
        if let Some(record) = record {
            let last = found - 1;
            assert!(record.key.description.starts_with(&last.to_string()));
            assert_eq!(&*record.key.policy, format!("policy {}", last / 2));
            assert_eq!(record.versions.len() as u64, found);
            let live: Vec<bool> = record.versions.iter().map(|version| version.handle.is_some()).collect();
            assert_eq!(live.iter().filter(|live| **live).count(), 1);
            assert_eq!(live.last(), Some(&true));
            assert_eq!(*record.aliases, [alias(&format!("{number}-{last}"))]);
        }
        for revision in 0..known.asked {
            let remembered = outcomes.contains(&batch(outcome(*number, revision), vec![]).outcome);
            assert_eq!(remembered, revision < found, "round {round}: the outcome goes with its changes");
        }
        *known = Progress { acknowledged: found, asked: found };
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_batches_survive_power_losses_whole() {
    let mut disk = Disk::new();
    let vfs = Vfs::register("sqlite-power", Arc::clone(&disk));
    let mut progress = BTreeMap::new();
    let (mut acknowledged, mut undecided) = (0, 0);
    for round in 0..ROUNDS {
        let mut dice = Dice::new(round);
        if round % 25 == 0 {
            disk = Disk::new();
            vfs.insert(Arc::clone(&disk));
            progress.clear();
            open(&vfs).commit(batch(u64::MAX, vec![project()])).await.unwrap();
        }
        let store = Arc::new(open(&vfs));
        disk.power_off_after(1 + dice.below(300));
        let before: u64 = progress.values().map(|known: &Progress| known.acknowledged).sum();
        work(&store, &mut progress).await;
        acknowledged += progress.values().map(|known| known.acknowledged).sum::<u64>() - before;
        undecided += progress.values().filter(|known| known.asked > known.acknowledged).count();
        drop(store);
        disk = disk.after_power_loss(&mut dice);
        vfs.insert(Arc::clone(&disk));
        let store = open(&vfs);
        verify(&store, &mut progress, round).await;
    }
    assert!(acknowledged > ROUNDS && undecided > 0, "{acknowledged} acknowledged, {undecided} cut off");
}
