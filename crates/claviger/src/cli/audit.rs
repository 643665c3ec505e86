use std::{
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use clap::{Args, Subcommand};
use claviger_api as api;
use claviger_log::{CheckpointExport, CheckpointVerifier, Ed25519Verifier, verify};
use serde_json::Value;

use super::{
    arguments::ServiceArgs,
    client::Client,
    crypto::public_key,
    data,
    show::{Facts, Format, Table, json, short_time},
};
use crate::failure::{Failure, Result};

/// What was done, by whom, and whether the record of it is whole
#[derive(Args)]
pub(super) struct Audit {
    #[command(subcommand)]
    command: AuditCommand,
    #[command(flatten)]
    service: ServiceArgs,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// The newest records
    Tail {
        /// How many
        #[arg(short = 'n', long, default_value_t = 20, value_name = "N")]
        lines: u64,
        /// Go on with those that come
        #[arg(short, long)]
        follow: bool,
    },
    /// The records that are as every option says
    Query(Query),
    /// Check the files of an audit log: that nothing was changed, removed or put in another order
    ///
    /// Works on the files, with or without a running service. The public key should come from elsewhere than the
    /// machine whose log is checked: whoever can write there can exchange both.
    Verify(Verify),
    /// A signed statement of how far the log goes, to be kept elsewhere and given to 'audit verify'
    Checkpoint {
        /// Where it is written; - is the standard output
        #[arg(long, value_name = "FILE", default_value = "-")]
        out: PathBuf,
    },
}

#[derive(Args)]
struct Query {
    /// By this caller: an ARN, or the name at its end
    #[arg(long)]
    caller: Option<String>,
    /// About this key: its id
    #[arg(long)]
    key: Option<String>,
    /// Of this operation
    #[arg(long)]
    operation: Option<String>,
    /// With this outcome: Ok, or the reason of a failure
    #[arg(long)]
    outcome: Option<String>,
    /// Of this call
    #[arg(long, value_name = "ID")]
    request: Option<String>,
    /// Not older than this time, RFC 3339
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Older than this time, RFC 3339
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// From this place of the log on
    #[arg(long, value_name = "SEQ", default_value_t = 1)]
    from: u64,
    /// At most so many
    #[arg(long, default_value_t = 1000, value_name = "N")]
    limit: usize,
}

#[derive(Args)]
struct Verify {
    /// The directory with the segments [default: audit in the data directory]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// The public key that signs the log, PEM [default: audit-signing-key.pem in the data directory]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// A checkpoint of before: shows whether the log was cut off or rewritten since
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
}

impl Audit {
    pub(super) fn run(self) -> Result<()> {
        let format = self.service.format();
        match self.command {
            AuditCommand::Verify(verify) => verify.run(&self.service),
            AuditCommand::Tail { lines, follow } => tail(&self.service.client()?, format, lines, follow),
            AuditCommand::Query(query) => query.run(&self.service.client()?, format),
            AuditCommand::Checkpoint { out } => {
                let answer: api::AuditCheckpoint = self.service.client()?.post(&["audit", "checkpoint"])?;
                let line = format!("{}\n", answer.checkpoint);
                match out == Path::new("-") {
                    true => data::write_standard(line.as_bytes()),
                    false => data::write(&out, line.as_bytes()),
                }
            }
        }
    }
}

impl Query {
    fn run(self, client: &Client, format: Format) -> Result<()> {
        let optional = [
            ("caller", self.caller),
            ("key", self.key),
            ("operation", self.operation),
            ("outcome", self.outcome),
            ("request_id", self.request),
            ("since", self.since),
            ("until", self.until),
        ];
        let filter: Vec<_> = optional.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let mut records = Vec::new();
        let mut from = self.from;
        while records.len() < self.limit {
            let limit = (self.limit - records.len()).min(1000);
            let mut query = filter.clone();
            query.extend([("from", from.to_string()), ("limit", limit.to_string())]);
            let page: api::AuditPage = client.get(&["audit", "records"], &query)?;
            records.extend(page.records);
            from = page.next;
            if !page.more {
                break;
            }
        }
        format.show(&records, |records| table(records).render("no records"))
    }
}

/// With `--follow` until somebody ends it; JSON is one record in a line then.
fn tail(client: &Client, format: Format, lines: u64, follow: bool) -> Result<()> {
    let mut query = vec![("last", lines.to_string()), ("limit", "1000".to_owned())];
    loop {
        let page: api::AuditPage = client.get(&["audit", "records"], &query)?;
        match (format, follow) {
            (Format::Table, _) if !page.records.is_empty() => {
                data::write_standard(table(&page.records).render("").as_bytes())?;
            }
            (Format::Table, _) => {}
            (Format::Json, false) => data::write_standard(json(&page.records)?.as_bytes())?,
            (Format::Json, true) => {
                for record in &page.records {
                    data::write_standard(format!("{record}\n").as_bytes())?;
                }
            }
        }
        if !follow {
            return Ok(());
        }
        if !page.more {
            // Each look is a record of its own: one a second keeps them few.
            thread::sleep(Duration::from_secs(1));
        }
        query = vec![("from", page.next.to_string()), ("limit", "1000".to_owned())];
    }
}

fn table(records: &[Value]) -> Table {
    let mut table = Table::new(["SEQ", "TIME", "CALLER", "OPERATION", "OUTCOME", "ABOUT"]);
    for record in records {
        let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
        let caller = text("caller");
        let caller = caller.rsplit('/').next().unwrap_or_default().to_owned();
        let operation = if record["event"].is_string() { text("event") } else { text("operation") };
        let outcome = if record["phase"] == "intent" { "(announced)".to_owned() } else { text("outcome") };
        table.row([
            record["seq"].to_string(),
            short_time(&text("time")),
            caller,
            operation,
            outcome,
            about(record),
        ]);
    }
    table
}

/// The keys of a record, its subject, or what the service says of itself.
fn about(record: &Value) -> String {
    let keys = record["keys"].as_array().into_iter().flatten();
    let mut parts: Vec<String> = keys.filter_map(|key| Some(key["key"].as_str()?.to_owned())).collect();
    parts.extend(record.pointer("/params/subject").and_then(Value::as_str).map(str::to_owned));
    parts.extend(record["did"].as_str().map(str::to_owned));
    if let Some(detail) = record["detail"].as_object() {
        parts.extend(
            detail.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default())),
        );
    }
    parts.join(" ")
}

impl Verify {
    fn run(self, service: &ServiceArgs) -> Result<()> {
        let data_directory = service.data_directory();
        let dir = self.dir.unwrap_or_else(|| data_directory.join("audit"));
        let key = self.key.unwrap_or_else(|| data_directory.join("audit-signing-key.pem"));
        let key = read_key(&key)?;
        let held = self.checkpoint.as_deref().map(read_checkpoint).transpose()?;
        let report =
            verify::verify(&dir, Some(&key as &dyn CheckpointVerifier), held.as_ref()).map_err(|damage| {
                Failure::new(format!("the audit log in {} is NOT whole: {damage}", dir.display()))
            })?;
        service.format().show(&ReportTwin::from(&report), ReportTwin::render)
    }
}

/// The public key of a log.
pub(crate) fn read_key(path: &Path) -> Result<Ed25519Verifier> {
    Ed25519Verifier::from_spki_der(&public_key(path)?)
        .ok_or_else(|| Failure::new(format!("{} is not the public key of an audit log", path.display())))
}

/// A checkpoint that was kept.
pub(super) fn read_checkpoint(path: &Path) -> Result<CheckpointExport> {
    CheckpointExport::from_json(&data::read_text(path)?)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

#[derive(serde::Serialize)]
struct ReportTwin {
    log: String,
    first: u64,
    last: u64,
    head: String,
    records: u64,
    checkpoints: u64,
    unsigned: u64,
    torn_tail_bytes: u64,
    held_checkpoint: Option<&'static str>,
}

impl From<&verify::Report> for ReportTwin {
    fn from(report: &verify::Report) -> Self {
        Self {
            log: report.log.to_string(),
            first: report.first.0,
            last: report.head.seq.0,
            head: hex::encode(report.head.hash),
            records: report.records,
            checkpoints: report.checkpoints,
            unsigned: report.unsigned,
            torn_tail_bytes: report.torn_tail,
            held_checkpoint: report.held.map(|held| match held {
                verify::Held::Confirmed => "confirmed",
                verify::Held::Removed => "removed",
            }),
        }
    }
}

impl ReportTwin {
    fn render(&self) -> String {
        let mut facts = Facts::default();
        facts.add("the log is whole", &self.log);
        facts.add("records", format!("{}, from {} to {}", self.records, self.first, self.last));
        facts.add("head", &self.head);
        facts.add("checkpoints", self.checkpoints);
        facts.add(
            "after the last of them",
            format!("{} records, which its signature does not cover", self.unsigned),
        );
        if self.first > 1 {
            facts.add(
                "before",
                format!("records 1 to {} were removed, by retention or by somebody", self.first - 1),
            );
        }
        if self.torn_tail_bytes > 0 {
            let bytes = self.torn_tail_bytes;
            facts.add(
                "unfinished",
                format!("{bytes} bytes at the end, which a crash or a writer at work left"),
            );
        }
        match self.held_checkpoint {
            Some("confirmed") => facts.add("given checkpoint", "the log still holds what it held then"),
            Some(_) => facts.add("given checkpoint", "what it covers has been removed since"),
            None => {}
        }
        facts.render()
    }
}
