use claviger_crypto::sha256;
use claviger_types::{AuditHead, AuditSeq, Checkpoint, Timestamp};

use super::disk::Rng;
use crate::{
    CheckpointExport, LogId,
    line::{self, Chain, Line, begins_flush, parse, split},
};

#[test]
fn the_signed_bytes_are_those_of_the_documentation() {
    let head = AuditHead { seq: AuditSeq(0x0102), hash: [0xab; 32] };
    let checkpoint =
        Checkpoint { head, time: Timestamp::from_micros(0x0304), signature: Box::new([1, 2, 3]) };
    let export = CheckpointExport { log: LogId::from_bytes([0xcd; 16]), checkpoint };
    let expected = format!(
        "{}00{}{}{}{}",
        hex::encode("claviger audit checkpoint v1"),
        "cd".repeat(16),
        "0000000000000102",
        "ab".repeat(32),
        "0000000000000304"
    );
    assert_eq!(hex::encode(export.message()), expected);
    let json = export.to_json();
    let text = format!(
        r#"{{"checkpoint":{{"log":"{}","seq":258,"hash":"{}","time":"1970-01-01T00:00:00.000772Z"}},"signature":"AQID"}}"#,
        "cd".repeat(16),
        "ab".repeat(32)
    );
    assert_eq!(json, text);
    assert_eq!(CheckpointExport::from_json(&json), Ok(export));
}

#[test]
fn text_that_is_no_checkpoint_is_refused() {
    let good = format!(
        r#"{{"checkpoint":{{"log":"{}","seq":1,"hash":"{}","time":"2027-01-01T00:00:00Z"}},"signature":"AQID"}}"#,
        "00".repeat(16),
        "0a".repeat(32)
    );
    assert!(CheckpointExport::from_json(&good).is_ok());
    for (from, to) in [
        ("0a0a", "0A0A"),
        ("\"seq\":1", "\"seq\":-1"),
        ("2027-01-01", "tomorrow"),
        ("AQID", "AQI"),
        ("\"signature\"", "\"more\":1,\"signature\""),
        ("\"log\":\"00", "\"log\":\""),
    ] {
        assert!(CheckpointExport::from_json(&good.replacen(from, to, 1)).is_err(), "{from}");
    }
    assert!(CheckpointExport::from_json("").is_err());
}

#[test]
fn times_beyond_the_calendar_survive() {
    for micros in [i64::MIN, -1, 0, 1, 1_800_000_000_123_456, i64::MAX] {
        let head = AuditHead { seq: AuditSeq(1), hash: [0; 32] };
        let checkpoint = Checkpoint { head, time: Timestamp::from_micros(micros), signature: Box::new([]) };
        let export = CheckpointExport { log: LogId::from_bytes([0; 16]), checkpoint };
        assert_eq!(CheckpointExport::from_json(&export.to_json()), Ok(export), "{micros}");
    }
}

#[test]
fn lines_are_split_where_they_were_joined() {
    let (mut chain, mut out) = (Chain::START, Vec::new());
    chain.push_record(&mut out, br#""x":",\"hash\":\"""#, true);
    let line = out.strip_suffix(b"\n").unwrap();
    let (body, hash) = split(line).unwrap();
    assert_eq!(body, br#"{"seq":1,"flushed":0,"x":",\"hash\":\"""#);
    let tip = sha256(&[&[0; 32], body].concat());
    assert_eq!(hash, hex::encode(tip).as_bytes());
    assert_eq!(chain, Chain { seq: 1, tip });
    assert_eq!(Chain::START.confirm(body, hash), Some(tip));
    let upper = hex::encode_upper(tip);
    assert_eq!(Chain::START.confirm(body, upper.as_bytes()), None, "one spelling of a hash");
    assert_eq!(parse(line), Some(Line::Record(1)));
    assert_eq!(split(b""), None);
    assert_eq!(parse(br#"{"seq":,"#), None);
    assert_eq!(parse(br#"{"seq":99999999999999999999,"#), None);
}

#[test]
fn only_the_first_line_of_a_flush_begins_one() {
    let table: &[(&[u8], bool)] = &[
        (br#"{"seq":17,"flushed":16,"a":1"#, true),
        (br#"{"seq":17,"flushed":"#, true),
        (br#"{"flushed":16,"checkpoint""#, true),
        (br#"{"seq":17,"a":{"flushed":1}"#, false),
        (br#"{"seq":"17","flushed":16"#, false),
        (br#"{"checkpoint":"#, false),
        (br#"{"seq":17"#, false),
        (b"", false),
    ];
    for (line, expected) in table {
        assert_eq!(begins_flush(line), *expected, "{}", String::from_utf8_lossy(line));
    }
}

#[test]
fn no_bytes_make_the_parser_fail_in_another_way() {
    let (mut chain, mut out) = (Chain::START, Vec::new());
    chain.push_record(&mut out, br#""x":1"#, true);
    let mut rng = Rng(7);
    for _ in 0..20_000 {
        let mut line = out.clone();
        line.truncate(rng.below(out.len() as u64 + 1) as usize);
        for _ in 0..rng.below(4) {
            if !line.is_empty() {
                let at = rng.below(line.len() as u64) as usize;
                line[at] = rng.next() as u8;
            }
        }
        let whole = line == out.strip_suffix(b"\n").unwrap();
        if let (Some((body, hash)), Some(_)) = (line::split(&line), line::parse(&line)) {
            assert!(whole || Chain::START.confirm(body, hash).is_none());
        }
    }
}
