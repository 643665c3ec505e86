//! After a crash: which changes the audit log announced without telling how they ended.
//!
//! A *mark* beside the log says up to which record everything is told, so that a start need not read a long log. It is
//! only a shortcut: where it is missing or damaged, or is of another log, the whole log is read.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use claviger_log::{LogId, SegmentLog};
use claviger_ports::AuditLog;
use claviger_types::{AuditSeq, RequestId};
use serde::{Deserialize, Serialize};

use crate::{
    data_dir::DataDir,
    failure::{Failure, Result},
    files,
};

/// The changes after the mark that were announced and of whose end the log knows nothing.
///
/// Blocks on reading.
pub(crate) fn open_changes(log: &SegmentLog, id: LogId, dir: &DataDir) -> Result<Vec<RequestId>> {
    let settled = read_mark(dir, id);
    let Some(head) = log.head().filter(|head| head.seq > settled) else { return Ok(Vec::new()) };
    let mut open = BTreeSet::new();
    let failed = || "the audit log can't be read";
    for entry in log.scan(AuditSeq(settled.0 + 1)).map_err(Failure::at(failed()))? {
        let entry = entry.map_err(Failure::at(failed()))?;
        note(&entry.json, &mut open);
    }
    tracing::debug!(from = settled.0 + 1, to = head.seq.0, open = open.len(), "the audit log was read");
    Ok(open.into_iter().collect())
}

fn note(json: &str, open: &mut BTreeSet<RequestId>) {
    // Most records are of calls that change nothing; what does not even have the words is not parsed.
    let concerns = [r#""phase":"intent""#, r#""phase":"outcome""#, r#""event":"reconciled""#];
    if !concerns.iter().any(|words| json.contains(words)) || (open.is_empty() && !json.contains(concerns[0]))
    {
        return;
    }
    let Ok(line) = serde_json::from_str::<Line<'_>>(json) else { return };
    let told = match (line.phase, line.event) {
        ("intent", _) => {
            open.extend(line.request.and_then(|id| id.parse::<RequestId>().ok()));
            None
        }
        ("outcome", _) => line.request,
        ("service", Some("reconciled")) => line.detail.and_then(|detail| detail.request),
        _ => None,
    };
    if let Some(id) = told.and_then(|id| id.parse().ok()) {
        open.remove(&id);
    }
}

#[derive(Deserialize)]
struct Line<'a> {
    phase: &'a str,
    #[serde(borrow, default)]
    event: Option<&'a str>,
    #[serde(borrow, default)]
    request: Option<&'a str>,
    #[serde(borrow, default)]
    detail: Option<Detail<'a>>,
}

#[derive(Deserialize)]
struct Detail<'a> {
    #[serde(borrow, default)]
    request: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
struct Mark {
    log: String,
    settled: u64,
}

fn read_mark(dir: &DataDir, log: LogId) -> AuditSeq {
    let none = AuditSeq(0);
    let Ok(Some(bytes)) = files::read_if_any(&dir.audit_mark()) else { return none };
    match serde_json::from_slice::<Mark>(&bytes) {
        Ok(mark) if mark.log == log.to_string() => AuditSeq(mark.settled),
        _ => none,
    }
}

/// Says that every change up to `settled` is told.
pub(crate) fn write_mark(dir: &DataDir, log: LogId, settled: AuditSeq) -> Result<()> {
    let path = dir.audit_mark();
    let failed = || format!("{} can't be written", path.display());
    let mark = serde_json::to_vec(&Mark { log: log.to_string(), settled: settled.0 });
    files::replace(&path, &mark.map_err(Failure::at(failed()))?).map_err(Failure::at(failed()))
}

/// Moves the mark while calls go on.
///
/// A call has told its end at the latest when its deadline is over. So what the log's head was, one deadline and a
/// margin ago, is settled as soon as everything that was appended until now is durable.
pub(crate) struct MarkKeeper {
    log: SegmentLog,
    id: LogId,
    longest_call: Duration,
    seen: Option<(Instant, AuditSeq)>,
    written: AuditSeq,
}

const MARGIN: Duration = Duration::from_secs(30);

impl MarkKeeper {
    pub(crate) fn new(log: SegmentLog, id: LogId, deadline: Duration) -> Self {
        Self { log, id, longest_call: deadline + MARGIN, seen: None, written: AuditSeq(0) }
    }

    /// Called now and then, with the time.
    pub(crate) async fn tick(&mut self, dir: &DataDir, now: Instant) -> Result<()> {
        let Some(head) = self.log.head() else { return Ok(()) };
        match self.seen {
            Some((at, settled)) if now.duration_since(at) >= self.longest_call => {
                // The end of a call from before may be appended and not durable yet; a checkpoint covers it.
                self.log.checkpoint_now().await?;
                if settled > self.written {
                    write_mark(dir, self.id, settled)?;
                    self.written = settled;
                }
                self.seen = Some((now, head.seq));
            }
            Some(_) => {}
            None => self.seen = Some((now, head.seq)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
