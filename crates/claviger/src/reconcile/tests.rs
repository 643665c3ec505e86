use std::collections::BTreeSet;

use claviger_log::LogId;
use claviger_types::AuditSeq;

use super::{note, read_mark, write_mark};
use crate::data_dir::DataDir;

const A: &str = "11111111-1111-4111-8111-111111111111";
const B: &str = "22222222-2222-4222-8222-222222222222";

fn call(phase: &str, id: &str) -> String {
    format!(
        r#"{{"seq":1,"time":"2026-01-01T00:00:00Z","phase":"{phase}","request":"{id}","operation":"CreateKey","hash":""}}"#
    )
}

fn reconciled(id: &str) -> String {
    format!(
        r#"{{"seq":1,"phase":"service","event":"reconciled","detail":{{"outcome":"committed","request":"{id}"}}}}"#
    )
}

#[test]
fn what_was_announced_and_not_told_is_open() {
    #[track_caller]
    fn check(lines: &[String], expected: &[&str]) {
        let mut open = BTreeSet::new();
        lines.iter().for_each(|line| note(line, &mut open));
        let open: Vec<_> = open.iter().map(ToString::to_string).collect();
        assert_eq!(open, expected);
    }
    check(&[], &[]);
    check(&[call("intent", A)], &[A]);
    check(&[call("intent", A), call("outcome", A)], &[]);
    check(&[call("intent", B), call("intent", A), call("outcome", B)], &[A]);
    check(&[call("outcome", A)], &[]);
    check(&[call("intent", A), reconciled(A)], &[]);
    check(&[call("intent", A), reconciled(B)], &[A]);
    // Words in what callers wrote prove nothing.
    check(
        &[format!(r#"{{"phase":"outcome","request":"{B}","params":{{"x":"\"phase\":\"intent\""}}}}"#)],
        &[],
    );
    check(&["not JSON \"phase\":\"intent\"".to_owned()], &[]);
}

#[test]
fn a_mark_counts_for_its_own_log_only() {
    let parent = tempfile::tempdir().unwrap();
    let dir = DataDir::create(&parent.path().join("data")).unwrap();
    let (log, other) = (LogId::from_bytes([1; 16]), LogId::from_bytes([2; 16]));
    assert_eq!(read_mark(&dir, log), AuditSeq(0));
    write_mark(&dir, log, AuditSeq(17)).unwrap();
    assert_eq!(read_mark(&dir, log), AuditSeq(17));
    assert_eq!(read_mark(&dir, other), AuditSeq(0));
    for damaged in ["", "{", r#"{"log":"x"}"#] {
        std::fs::write(dir.audit_mark(), damaged).unwrap();
        assert_eq!(read_mark(&dir, log), AuditSeq(0), "{damaged}");
    }
}
