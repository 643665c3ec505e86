use claviger_types::AuditSeq;

use super::{
    disk::Disk,
    fixture::{TestSigner, check, check_held, check_keyless, open, opened, options, segment, write, written},
};
use crate::{
    CheckpointExport, Damage, LogId, OpenError,
    line::{self, Chain, Line},
    verify::{Held, verify_with},
};

fn lines(disk: &Disk, number: u64) -> Vec<String> {
    String::from_utf8(disk.get(&segment(number))).unwrap().split_inclusive('\n').map(String::from).collect()
}

fn newest(disk: &Disk) -> CheckpointExport {
    let last = disk.names().len() as u64;
    let found = lines(disk, last).iter().rev().find_map(|line| CheckpointExport::from_json(line).ok());
    found.unwrap()
}

/// A log with three segments and something in each.
async fn three_segments() -> Disk {
    let disk = written(16, 1030).await;
    assert_eq!(disk.names().len(), 3, "{:?}", disk.names());
    disk
}

#[tokio::test]
async fn an_intact_log_is_reported() {
    let disk = three_segments().await;
    let report = check_held(&disk, Some(&newest(&disk))).unwrap();
    assert_eq!(report.first, AuditSeq(1));
    assert_eq!((report.records, report.head.seq), (16, AuditSeq(16)));
    assert_eq!((report.first_segment, report.last_segment), (1, 3));
    assert_eq!((report.checkpoints, report.unsigned, report.torn_tail), (3, 0, 0));
    assert!(report.signatures_checked);
    assert_eq!(report.held, Some(Held::Confirmed));
    assert_eq!(check(&Disk::new(0)), Err(Damage::NoLog));
}

#[tokio::test]
async fn every_edited_byte_is_found() {
    let disk = three_segments().await;
    for number in 1..=3 {
        let content = disk.get(&segment(number));
        for at in 0..content.len() {
            for flip in [0x01, 0x20] {
                let mut edited = content.clone();
                edited[at] ^= flip;
                disk.put(&segment(number), &edited);
                let result = check_keyless(&disk, None);
                let end = number == 3 && at == content.len() - 1;
                match result {
                    // Without its newline the last line looks as if a crash had cut it short.
                    Ok(report) if end => assert!(report.torn_tail > 0),
                    other => assert!(other.is_err(), "segment {number}, byte {at} ^ {flip}: {other:?}"),
                }
            }
        }
        disk.put(&segment(number), &content);
    }
    check(&disk).unwrap();
}

#[tokio::test]
async fn what_was_done_to_a_log_is_told_apart() {
    type Change = fn(&mut Vec<String>);
    let table: &[(&str, u64, Change, Damage)] = &[
        (
            "a record edited",
            1,
            |lines| lines[2] = lines[2].replace("\"n\":2", "\"n\":3"),
            Damage::Record { segment: 1, seq: 2 },
        ),
        (
            "a hash edited",
            1,
            |lines| {
                let at = lines[2].len() - 5;
                lines[2].replace_range(at..at + 2, "xx");
            },
            Damage::Record { segment: 1, seq: 2 },
        ),
        (
            "a record removed",
            1,
            |lines| drop(lines.remove(2)),
            Damage::Gap { segment: 1, expected: 2, found: 3 },
        ),
        (
            "two removed",
            2,
            |lines| drop(lines.drain(1..3)),
            Damage::Gap { segment: 2, expected: 8, found: 10 },
        ),
        (
            "neighbours swapped",
            1,
            |lines| lines.swap(2, 3),
            Damage::Order { segment: 1, expected: 2, found: 3 },
        ),
        (
            "a record repeated",
            1,
            |lines| lines.insert(3, lines[2].clone()),
            Damage::Order { segment: 1, expected: 3, found: 2 },
        ),
        (
            "the end of a closed segment cut",
            1,
            |lines| lines.truncate(6),
            Damage::Gap { segment: 2, expected: 6, found: 8 },
        ),
        ("the closing checkpoint removed", 1, |lines| drop(lines.pop()), Damage::Link { segment: 2 }),
        (
            "a closed segment cut within a line",
            1,
            |lines| lines.last_mut().unwrap().truncate(20),
            Damage::Record { segment: 1, seq: 8 },
        ),
        ("a header removed", 2, |lines| drop(lines.remove(0)), Damage::Header { segment: 2 }),
        (
            "a header edited",
            2,
            |lines| lines[0] = lines[0].replace("2027-", "2028-"),
            Damage::Header { segment: 2 },
        ),
        ("an empty segment", 3, |lines| lines.clear(), Damage::Header { segment: 3 }),
        ("a line inserted", 1, |lines| lines.insert(2, "{}\n".into()), Damage::Record { segment: 1, seq: 2 }),
        (
            "a checkpoint edited",
            3,
            |lines| *lines.last_mut().unwrap() = lines.last().unwrap().replace("\"seq\":16", "\"seq\":15"),
            Damage::Record { segment: 3, seq: 17 },
        ),
    ];
    let disk = three_segments().await;
    assert_eq!(lines(&disk, 1).len(), 9, "header, 7 records, checkpoint");
    for (what, number, change, expected) in table {
        let copy = disk.copy();
        let mut changed = lines(&copy, *number);
        change(&mut changed);
        copy.put(&segment(*number), changed.concat().as_bytes());
        assert_eq!(check(&copy).unwrap_err(), *expected, "{what}");
        assert_eq!(check_keyless(&copy, None).unwrap_err(), *expected, "{what}");
    }
}

#[tokio::test]
async fn missing_and_foreign_segments_are_named() {
    let disk = three_segments().await;
    let copy = disk.copy();
    copy.delete(&segment(2));
    assert_eq!(check(&copy), Err(Damage::MissingSegment { segment: 2 }));
    assert!(matches!(
        open(&copy, &options()),
        Err(OpenError::Damaged(Damage::MissingSegment { segment: 2 }))
    ));

    let copy = disk.copy();
    copy.put(&segment(2), &disk.get(&segment(3)));
    copy.delete(&segment(3));
    assert_eq!(check(&copy), Err(Damage::Header { segment: 2 }));

    let other = Disk::new(9);
    let mut foreign = options();
    foreign.new_id = LogId::from_bytes([7; 16]);
    foreign.segment_bytes = 1030;
    let log = opened(&other, &foreign);
    for number in 1..=16 {
        write(&log, number).await;
    }
    log.close().await.unwrap();
    let copy = disk.copy();
    copy.put(&segment(2), &other.get(&segment(2)));
    let (expected, found) = (options().new_id, foreign.new_id);
    assert_eq!(check(&copy), Err(Damage::ForeignSegment { segment: 2, expected, found }));
    assert!(open(&copy, &options()).is_err());
    assert_eq!(
        check_held(&other, Some(&newest(&disk))),
        Err(Damage::ForeignLog { held: expected, found: foreign.new_id })
    );
    let mut expecting = options();
    expecting.expected_id = Some(expected);
    assert!(matches!(open(&other, &expecting), Err(OpenError::Foreign { .. })));
    assert!(matches!(open(&Disk::new(0), &expecting), Err(OpenError::Missing { .. })));
    assert!(open(&disk, &expecting).is_ok());
}

#[tokio::test]
async fn a_tail_cut_at_any_byte_is_torn_and_no_damage() {
    let disk = three_segments().await;
    let held = newest(&disk);
    let content = disk.get(&segment(3));
    let header = content.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for length in 0..content.len() {
        let copy = disk.copy();
        copy.put(&segment(3), &content[..length]);
        if length < header {
            assert_eq!(check(&copy), Err(Damage::Header { segment: 3 }), "{length}");
            assert!(open(&copy, &options()).is_err());
            continue;
        }
        let whole = content[..length].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
        let report = check(&copy).unwrap();
        assert_eq!(report.torn_tail, (length - whole) as u64);
        match check_held(&copy, Some(&held)) {
            Ok(_) => assert_eq!(report.records, 16, "only the checkpoint itself may be missing"),
            Err(told) => assert_eq!(told, Damage::Truncated { held: 16, last: report.head.seq.0 }),
        }
        for padding in [0, 7, 5000] {
            let mut padded = content[..length].to_vec();
            padded.resize(length + padding, 0);
            copy.put(&segment(3), &padded);
            assert_eq!(check(&copy).unwrap(), report, "zeros are no part of the tail");
        }
        let (_log, recovery) = open(&copy, &options()).unwrap();
        assert_eq!(recovery.torn_bytes, report.torn_tail);
        assert_eq!(recovery.head.unwrap(), report.head);
        copy.kill();
        assert_eq!(copy.get(&segment(3)), &content[..whole]);
    }
}

#[tokio::test]
async fn zeros_before_a_later_flush_are_damage() {
    let disk = three_segments().await;
    let all = lines(&disk, 3);
    // The last line but one belongs to a flush of its own, after which another was begun.
    let start = all[..all.len() - 2].concat().len();
    let mut content = disk.get(&segment(3));
    content[start + 3..start + 20].fill(0);
    disk.put(&segment(3), &content);
    assert_eq!(check(&disk), Err(Damage::Record { segment: 3, seq: 16 }));
    assert!(matches!(open(&disk, &options()), Err(OpenError::Damaged(_))));
    // In the last flush they may be what a crash left out.
    content.truncate(all[..all.len() - 1].concat().len());
    disk.put(&segment(3), &content);
    let report = check(&disk).unwrap();
    assert_eq!(report.head.seq, AuditSeq(15));
    assert!(report.torn_tail > 0);
}

/// Rewrites the log after `change` so that the chain is right again, as anybody can who has no key: without the signatures
/// that would be wrong, or with them.
fn rechain(disk: &Disk, keep_checkpoints: bool, change: impl Fn(&str) -> String) {
    let mut chain = Chain::START;
    for number in 1..=disk.names().len() as u64 {
        let mut out = Vec::new();
        for line in lines(disk, number) {
            let line = line.trim_end();
            let (body, _) = line::split(line.as_bytes()).unwrap();
            let body = change(std::str::from_utf8(body).unwrap());
            match line::parse(line.as_bytes()).unwrap() {
                Line::Record(seq) => {
                    let members = body.strip_prefix(&format!("{{\"seq\":{seq}")).unwrap().to_owned();
                    let members =
                        members.strip_prefix(&format!(",\"flushed\":{}", seq - 1)).unwrap_or(&members);
                    chain.push_record(&mut out, members.trim_start_matches(',').as_bytes(), true);
                }
                Line::Header(header) => {
                    let mut opening = header.opening;
                    opening.checkpoint.head = chain.head();
                    chain.push_header(&mut out, number, &opening);
                }
                Line::Checkpoint(mut checkpoint) if keep_checkpoints => {
                    checkpoint.checkpoint.head = chain.head();
                    let first = line::begins_flush(line.as_bytes());
                    chain.push_checkpoint(&mut out, &checkpoint, first);
                }
                Line::Checkpoint(_) => {}
            }
        }
        disk.put(&segment(number), &out);
    }
}

#[tokio::test]
async fn a_log_that_was_chained_anew_is_found_by_its_checkpoints() {
    let disk = three_segments().await;
    let held = newest(&disk);
    rechain(&disk, true, str::to_owned);
    check_held(&disk, Some(&held)).unwrap();

    let edited = disk.copy();
    rechain(&edited, true, |body| body.replace("\"n\":3", "\"n\":33"));
    check_keyless(&edited, None).unwrap();
    assert_eq!(check_keyless(&edited, Some(&held)), Err(Damage::Rewritten { held: 16 }));
    assert_eq!(check(&edited), Err(Damage::Signature { segment: 1, seq: 7 }));

    // Without the checkpoints, the header after it still tells.
    let edited = disk.copy();
    rechain(&edited, false, |body| body.replace("\"n\":3", "\"n\":33"));
    check_keyless(&edited, None).unwrap();
    assert_eq!(check(&edited), Err(Damage::Signature { segment: 2, seq: 7 }));

    // In the last segment nothing does but a checkpoint held elsewhere.
    let edited = disk.copy();
    let mut last = lines(&edited, 3);
    let checkpoint = last.pop().unwrap();
    let base = match line::parse(last[0].trim_end().as_bytes()).unwrap() {
        Line::Header(header) => header,
        other => panic!("{other:?}"),
    };
    let (mut chain, mut out) = (base.base(), Vec::new());
    chain.push_header(&mut out, 3, &base.opening);
    chain.push_record(&mut out, br#""n":"invented""#, true);
    chain.push_record(&mut out, br#""n":"invented too""#, true);
    edited.put(&segment(3), &out);
    let report = check(&edited).unwrap();
    assert_eq!(report.unsigned, 2, "and the report says that nothing vouches for them");
    let held = CheckpointExport::from_json(&checkpoint).unwrap();
    assert_eq!(check_held(&edited, Some(&held)), Err(Damage::Rewritten { held: 16 }));
}

#[tokio::test]
async fn a_held_checkpoint_finds_a_log_that_was_cut_off() {
    let disk = three_segments().await;
    let held = newest(&disk);
    disk.delete(&segment(3));
    check(&disk).unwrap();
    assert_eq!(check_held(&disk, Some(&held)), Err(Damage::Truncated { held: 16, last: 14 }));

    let mut forged = held.clone();
    forged.checkpoint.head.seq = AuditSeq(14);
    assert_eq!(check_held(&disk, Some(&forged)), Err(Damage::HeldSignature));
    let stranger = TestSigner::new().verifier();
    let result = verify_with(&*disk.layer(), &options().dir, Some(&stranger), None);
    assert_eq!(result, Err(Damage::Signature { segment: 1, seq: 0 }));

    // What was held before old segments were removed can't be confirmed, and is no damage.
    let early = lines(&disk, 1).iter().find_map(|line| CheckpointExport::from_json(line).ok()).unwrap();
    assert_eq!(check_held(&disk, Some(&early)).unwrap().held, Some(Held::Confirmed));
    disk.delete(&segment(1));
    let report = check(&disk).unwrap();
    assert_eq!((report.first, report.first_segment), (AuditSeq(8), 2));
    assert_eq!(check_held(&disk, Some(&early)).unwrap().held, Some(Held::Removed));
}
