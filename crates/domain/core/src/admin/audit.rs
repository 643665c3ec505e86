use std::{borrow::Cow, sync::Arc};

use claviger_ports::AuditReader;
use claviger_types::{AuditSeq, KeyId, RequestId, Timestamp};
use serde::Deserialize;

use super::keyslots::blocking;
use crate::{
    Authorized, Effect, Error, Gate, Installation, Operation, Params, Reason, Result, Scope, actions,
};

/// Records of the audit log.
pub struct ReadAudit {
    /// Where to begin.
    pub start: AuditStart,
    /// Which records.
    pub filter: AuditFilter,
    /// At most so many, 1 to 1000.
    pub limit: usize,
}

/// Where reading begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditStart {
    /// At this record, or the oldest there is after it.
    At(AuditSeq),
    /// So many records before the end.
    BeforeEnd(u64),
}

/// Which records are wanted: those that are as every field that is given says.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// By this caller: ARN, or the end of it from a slash on (`admin` for `…:user/admin`).
    pub caller: Option<Box<str>>,
    /// About this key.
    pub key: Option<KeyId>,
    /// Of this operation.
    pub operation: Option<Box<str>>,
    /// With this outcome: `Ok`, or the reason of a failure.
    pub outcome: Option<Box<str>>,
    /// Of this call.
    pub request: Option<RequestId>,
    /// Not older.
    pub since: Option<Timestamp>,
    /// Older.
    pub until: Option<Timestamp>,
}

/// Part of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPage {
    /// Each a JSON object.
    pub records: Vec<Box<str>>,
    /// Where to go on reading.
    pub next: AuditSeq,
    /// Whether there is more to read now.
    pub more: bool,
}

/// A signed statement of how far the audit log goes.
pub struct CheckpointAudit;

/// Records looked at in one call, so that a filter that nothing fits ends too.
const MAX_SCANNED: u64 = 200_000;

type Proof = Authorized<actions::ReadAudit, Installation>;

impl Operation for ReadAudit {
    type Proof = Proof;
    type Output = AuditPage;
    const NAME: &'static str = "ReadAudit";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Proof> {
        if !(1..=1000).contains(&self.limit) {
            return Err(Error::invalid("1 to 1000 records can be asked for."));
        }
        gate.installation(&self.params())
    }

    async fn run(&self, _proof: Proof, scope: &Scope<'_>) -> Result<AuditPage> {
        let reader = scope.core.admin()?.audit.clone();
        // Who has just done something finds it.
        reader.catch_up().await?;
        let last = scope.core.log.head().map_or(0, |head| head.seq.0);
        let from = match self.start {
            AuditStart::At(seq) => seq.0.max(1),
            AuditStart::BeforeEnd(count) => last.saturating_sub(count).saturating_add(1),
        };
        let (filter, limit) = (self.filter.clone(), self.limit);
        blocking(move || read(&reader, AuditSeq(from), &filter, limit)).await
    }
}

impl Operation for CheckpointAudit {
    type Proof = Proof;
    /// One line of JSON.
    type Output = String;
    const NAME: &'static str = "CheckpointAudit";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Proof> {
        gate.installation(&self.params())
    }

    async fn run(&self, _proof: Proof, scope: &Scope<'_>) -> Result<String> {
        Ok(scope.core.admin()?.audit.checkpoint().await?)
    }
}

fn read(
    reader: &Arc<dyn AuditReader>,
    from: AuditSeq,
    filter: &AuditFilter,
    limit: usize,
) -> Result<AuditPage> {
    let mut page = AuditPage { records: Vec::new(), next: from, more: false };
    let mut scanned = 0;
    reader
        .read(from, &mut |seq, line| {
            if page.records.len() == limit || scanned == MAX_SCANNED {
                page.more = true;
                return false;
            }
            scanned += 1;
            page.next = AuditSeq(seq.0.saturating_add(1));
            if filter.wants(line) {
                page.records.push(line.into());
            }
            true
        })
        .map_err(|error| Error::new(Reason::Unavailable, error.to_string()))?;
    Ok(page)
}

/// What of a record can be asked for.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    caller: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    keys: Vec<LineKey<'a>>,
    #[serde(borrow)]
    operation: Option<Cow<'a, str>>,
    #[serde(borrow)]
    outcome: Option<Cow<'a, str>>,
    #[serde(borrow)]
    request: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct LineKey<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
}

impl AuditFilter {
    /// What cannot be read fits no filter but the empty one.
    fn wants(&self, line: &str) -> bool {
        let Ok(record) = serde_json::from_str::<Line<'_>>(line) else { return self.is_empty() };
        let same = |wanted: Option<&str>, found: Option<&Cow<'_, str>>| {
            wanted.is_none_or(|wanted| found.is_some_and(|found| **found == *wanted))
        };
        let time = Timestamp::parse_rfc3339(&record.time);
        let (key, request) = (self.key.map(|key| key.to_string()), self.request.map(|id| id.to_string()));
        same(self.operation.as_deref(), record.operation.as_ref())
            && same(self.outcome.as_deref(), record.outcome.as_ref())
            && same(request.as_deref(), record.request.as_ref())
            && key.is_none_or(|key| record.keys.iter().any(|found| *found.key == *key))
            && self.caller.as_deref().is_none_or(|wanted| is_caller(record.caller.as_deref(), wanted))
            && self.since.is_none_or(|since| time.is_some_and(|time| time >= since))
            && self.until.is_none_or(|until| time.is_some_and(|time| time < until))
    }

    fn is_empty(&self) -> bool {
        self.caller.is_none()
            && self.key.is_none()
            && self.operation.is_none()
            && self.outcome.is_none()
            && self.request.is_none()
            && self.since.is_none()
            && self.until.is_none()
    }
}

fn is_caller(found: Option<&str>, wanted: &str) -> bool {
    let ends = |found: &str| found.strip_suffix(wanted).is_some_and(|rest| rest.ends_with('/'));
    found.is_some_and(|found| found == wanted || ends(found))
}
