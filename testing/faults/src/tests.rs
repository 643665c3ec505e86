use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};

use crate::{Dice, Disk, DiskError, Fault, Vfs};

#[test]
fn what_was_synced_survives_and_the_rest_may() {
    let disk = Disk::new();
    let file = disk.open("f", true).unwrap();
    disk.write(file, 0, &[1; 2000]).unwrap();
    disk.sync(file).unwrap();
    disk.write(file, 1000, &[2; 2000]).unwrap();
    let mut lengths = [0_u32; 4];
    for seed in 0..200 {
        let after = disk.after_power_loss(&mut Dice::new(seed)).contents("f").unwrap();
        assert!(after[..1000] == [1; 1000], "seed {seed}");
        assert!(after[1000..].iter().all(|byte| *byte <= 2));
        let torn = after.len() > 2000 && after[1000..].contains(&1);
        lengths[usize::from(after.len() > 2000) + 2 * usize::from(torn)] += 1;
    }
    assert!(lengths[0] > 0 && lengths[1] > 0 && lengths[3] > 0, "lost, kept and torn: {lengths:?}");
}

#[test]
fn a_file_that_was_never_synced_may_be_gone() {
    let disk = Disk::new();
    let file = disk.open("f", true).unwrap();
    disk.write(file, 0, &[1]).unwrap();
    let there = (0..50).filter(|seed| disk.after_power_loss(&mut Dice::new(*seed)).exists("f")).count();
    assert!((1..50).contains(&there));
}

#[test]
fn faults_fail_and_pass() {
    let disk = Disk::new();
    let file = disk.open("f", true).unwrap();
    disk.write(file, 0, &[1; 10]).unwrap();
    disk.set_fault(Some(Fault::Full));
    assert_eq!(disk.write(file, 5, &[2; 5]), Ok(()));
    assert_eq!(disk.write(file, 6, &[2; 5]), Err(DiskError::Full));
    disk.set_fault(Some(Fault::Unsyncable));
    assert_eq!(disk.sync(file), Err(DiskError::Failed));
    disk.set_fault(Some(Fault::Unwritable));
    assert_eq!(disk.write(file, 0, &[3]), Err(DiskError::Failed));
    disk.set_fault(None);
    assert_eq!(disk.sync(file), Ok(()));
    disk.power_off_after(1);
    assert_eq!(disk.write(file, 0, &[3]), Ok(()));
    assert_eq!(disk.write(file, 0, &[4]), Err(DiskError::Failed));
    assert_eq!(disk.read(file, 0, &mut [0]), Err(DiskError::Failed));
}

/// How many of 40 power losses lose a commit that SQLite has acknowledged.
fn losses(vfs: &Vfs, synchronous: &str) -> usize {
    (0..40)
        .filter(|seed| {
            let disk = Disk::new();
            vfs.insert(Arc::clone(&disk));
            let connection = connect(vfs);
            connection.pragma_update(None, "synchronous", synchronous).unwrap();
            connection.pragma_update(None, "journal_mode", "wal").unwrap();
            connection.execute_batch("CREATE TABLE t (n INTEGER PRIMARY KEY)").unwrap();
            disk.power_off_after(20 + seed);
            let acknowledged =
                (0..100).take_while(|_| connection.execute("INSERT INTO t DEFAULT VALUES", []).is_ok());
            let acknowledged = acknowledged.count();
            vfs.insert(disk.after_power_loss(&mut Dice::new(*seed)));
            let found: usize = connect(vfs)
                .query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0))
                .map_or(0, |found| found.unsigned_abs() as usize);
            found < acknowledged
        })
        .count()
}

fn connect(vfs: &Vfs) -> Connection {
    Connection::open_with_flags_and_vfs("t.db", OpenFlags::default(), vfs.name()).unwrap()
}

/// The shim finds what it is for: commits that were not synced.
#[test]
fn sqlite_loses_commits_only_if_it_does_not_sync() {
    let vfs = Vfs::register("claviger-faults-self-test", Disk::new());
    assert_eq!(losses(&vfs, "extra"), 0);
    // The switch to the write-ahead log removes a rollback journal, which comes back if the removal was not synced.
    assert!(losses(&vfs, "full") > 0);
    assert!(losses(&vfs, "off") > 5);
}
