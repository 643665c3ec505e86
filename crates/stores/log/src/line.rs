use std::io::Write as _;

use claviger_crypto::Sha256Hasher;
use claviger_types::{AuditHead, AuditSeq, Checkpoint, Timestamp};
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    CheckpointExport, LogId,
    checkpoint::{parse_hash, parse_signature, parse_time},
};

/// Longest record in bytes, without its braces.
pub const MAX_RECORD: usize = 64 * 1024;
/// Longest line, newline included: a record and our members, or a header.
pub(crate) const MAX_LINE: usize = MAX_RECORD + 1024;

const HASH_START: &[u8] = br#","hash":""#;
const HASH_END: &[u8] = br#""}"#;
const HASH_MEMBER: usize = HASH_START.len() + 64 + HASH_END.len();
const FORMAT: u32 = 1;

/// The log so far: place of its last record, hash of its last line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    pub(crate) seq: u64,
    pub(crate) tip: [u8; 32],
}

impl Chain {
    /// Before the first line.
    pub(crate) const START: Self = Self { seq: 0, tip: [0; 32] };

    pub(crate) fn head(&self) -> AuditHead {
        AuditHead { seq: AuditSeq(self.seq), hash: self.tip }
    }

    /// Appends the next record to `out`; `first` of its flush, or not.
    pub(crate) fn push_record(&mut self, out: &mut Vec<u8>, members: &[u8], first: bool) {
        let start = out.len();
        out.extend_from_slice(br#"{"seq":"#);
        push_decimal(out, self.seq + 1);
        if first {
            out.extend_from_slice(br#","flushed":"#);
            push_decimal(out, self.seq);
        }
        if !members.is_empty() {
            out.push(b',');
            out.extend_from_slice(members);
        }
        self.seq += 1;
        self.close_line(out, start);
    }

    /// Appends `checkpoint`, which must be one of the log so far, to `out`.
    pub(crate) fn push_checkpoint(&mut self, out: &mut Vec<u8>, checkpoint: &CheckpointExport, first: bool) {
        let start = out.len();
        out.push(b'{');
        if first {
            push(out, format_args!("\"flushed\":{},", self.seq));
        }
        push(out, format_args!("{}", checkpoint.members()));
        self.close_line(out, start);
    }

    /// Appends the header of segment `number`, which `checkpoint` of the log so far opens, to `out`.
    pub(crate) fn push_header(&mut self, out: &mut Vec<u8>, number: u64, checkpoint: &CheckpointExport) {
        let start = out.len();
        push(
            out,
            format_args!(
                r#"{{"log":{{"format":{FORMAT},"id":"{}","segment":{number},"first":{},"prev":"{}","created":"{}"}},"signature":"{}""#,
                checkpoint.log,
                self.seq + 1,
                hex::encode(self.tip),
                checkpoint.checkpoint.time,
                checkpoint.signature_text(),
            ),
        );
        self.close_line(out, start);
    }

    /// The hash of the line that follows with this body, if it is the one given in hexadecimal. Lower case only, since
    /// otherwise the hash could be changed unnoticed.
    pub(crate) fn confirm(&self, body: &[u8], text: &[u8]) -> Option<[u8; 32]> {
        let hash = self.hash(body);
        (digits(&hash) == text).then_some(hash)
    }

    fn hash(&self, body: &[u8]) -> [u8; 32] {
        let mut hasher = Sha256Hasher::new();
        hasher.update(&self.tip);
        hasher.update(body);
        hasher.finish()
    }

    fn close_line(&mut self, out: &mut Vec<u8>, start: usize) {
        // Invariant: `start` was the length of `out` before the line.
        self.tip = self.hash(out.get(start..).unwrap_or_default());
        push_hash_member(out, &self.tip);
        out.push(b'\n');
    }
}

/// The end of a line with this hash, without its newline.
pub(crate) fn hash_member(hash: &[u8; 32]) -> Vec<u8> {
    let mut member = Vec::with_capacity(HASH_MEMBER);
    push_hash_member(&mut member, hash);
    member
}

/// A line, without its newline, in what is hashed and the hash in hexadecimal; `None` if it does not end with one.
pub(crate) fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (body, member) = line.split_at_checked(line.len().checked_sub(HASH_MEMBER)?)?;
    Some((body, member.strip_prefix(HASH_START)?.strip_suffix(HASH_END)?))
}

/// What a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Header(Header),
    Record(u64),
    Checkpoint(CheckpointExport),
}

/// First line of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) segment: u64,
    /// The log before this segment, and when the segment was created.
    pub(crate) opening: CheckpointExport,
}

impl Header {
    /// The log before this segment.
    pub(crate) fn base(&self) -> Chain {
        let AuditHead { seq, hash } = self.opening.checkpoint.head;
        Chain { seq: seq.0, tip: hash }
    }

    pub(crate) fn created(&self) -> Timestamp {
        self.opening.checkpoint.time
    }
}

/// Reads a whole line without its newline. The content of a record is not looked at.
pub(crate) fn parse(line: &[u8]) -> Option<Line> {
    if let Some(rest) = line.strip_prefix(br#"{"seq":"#) {
        return decimal(rest).map(|(seq, _)| Line::Record(seq));
    }
    let text = std::str::from_utf8(line).ok()?;
    if line.starts_with(br#"{"log":"#) {
        let wire: HeaderWire = serde_json::from_str(text).ok()?;
        return wire.into_header().map(Line::Header);
    }
    CheckpointExport::from_json(text).ok().map(Line::Checkpoint)
}

/// Whether a line that starts with these bytes was the first of its flush.
pub(crate) fn begins_flush(line: &[u8]) -> bool {
    let after_seq = line.strip_prefix(br#"{"seq":"#).and_then(decimal).map(|(_, rest)| rest);
    let record = after_seq.is_some_and(|rest| rest.starts_with(br#","flushed":"#));
    record || line.starts_with(br#"{"flushed":"#)
}

fn decimal(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = text.split_at_checked(digits)?;
    Some((std::str::from_utf8(number).ok()?.parse().ok()?, rest))
}

fn push_hash_member(out: &mut Vec<u8>, hash: &[u8; 32]) {
    out.extend_from_slice(HASH_START);
    out.extend_from_slice(&digits(hash));
    out.extend_from_slice(HASH_END);
}

fn digits(hash: &[u8; 32]) -> [u8; 64] {
    let mut text = [0; 64];
    // Invariant: the text of 32 bytes has 64 digits, so that this cannot fail.
    let _ = hex::encode_to_slice(hash, &mut text);
    text
}

/// Formatting takes as long as hashing, so records get on without it.
fn push_decimal(out: &mut Vec<u8>, mut number: u64) {
    let start = out.len();
    loop {
        out.push(b'0' + (number % 10) as u8);
        number /= 10;
        if number == 0 {
            break;
        }
    }
    if let Some(digits) = out.get_mut(start..) {
        digits.reverse();
    }
}

fn push(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to a vector cannot fail.
    let _ = out.write_fmt(text);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderWire {
    log: LogWire,
    signature: String,
    #[serde(rename = "hash")]
    _hash: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogWire {
    format: u32,
    id: String,
    segment: u64,
    first: u64,
    prev: String,
    created: String,
}

impl HeaderWire {
    fn into_header(self) -> Option<Header> {
        let log: LogId = self.log.id.parse().ok()?;
        let head = AuditHead {
            seq: AuditSeq(self.log.first.checked_sub(1)?),
            hash: parse_hash(self.log.prev.as_bytes())?,
        };
        let time = parse_time(&self.log.created)?;
        let checkpoint = Checkpoint { head, time, signature: parse_signature(&self.signature)? };
        (self.log.format == FORMAT)
            .then_some(Header { segment: self.log.segment, opening: CheckpointExport { log, checkpoint } })
    }
}
