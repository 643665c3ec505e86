use std::{collections::BTreeSet, io::Write};

use clap::Args;
use claviger_api as api;
use serde::Serialize;

use super::{
    client::{Client, Outcome},
    show::{Format, Table, printable},
};
use crate::failure::{Failure, Result};

/// Move keys to another provider, by new versions that are made there
///
/// The new versions become the primary ones; the old ones stay, and decrypt and verify what exists. What was moved is left
/// alone when it is done again, so after a failure the same command goes on. Keys that others are bound to by their public
/// key, or by codes, and keys with imported material are told and left where they are.
#[derive(Args)]
pub(super) struct Roll {
    /// The provider that is left; it need not be there any more
    #[arg(long, value_name = "NAME")]
    from: String,
    /// The provider that they go to [default: that of the role rollover]
    #[arg(long, value_name = "NAME")]
    to: Option<String>,
    #[command(flatten)]
    only: OnlyKeys,
    /// Also if they get another public key, or codes and raw ciphertexts of before need the old version by its number
    #[arg(long, requires = "keys")]
    new_material: bool,
}

/// Some of the keys in a provider.
#[derive(Args)]
pub(super) struct OnlyKeys {
    /// Only these keys: ids, ARNs, or alias/ and an alias; with commas, or given again
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    keys: Vec<String>,
}

/// What became of the keys.
#[derive(Default, Serialize)]
struct Report {
    moved: Vec<String>,
    already_moved: Vec<String>,
    not_movable: Vec<NotMoved>,
    failed: Vec<NotMoved>,
}

#[derive(Serialize)]
struct NotMoved {
    key: String,
    why: String,
}

/// What became of one.
enum Step {
    Moved(String),
    AlreadyMoved,
    NotMovable(String),
    Failed(String),
}

/// How often a key is tried that somebody else is changing.
const ATTEMPTS: usize = 3;

impl Roll {
    pub(super) fn run(self, client: &Client, format: Format) -> Result<()> {
        if self.to.as_ref() == Some(&self.from) {
            return Err(Failure::new("--from and --to name the same provider"));
        }
        let list = in_provider(client, &self.from)?;
        let keys = self.only.of(list.keys, &self.from)?;
        let mut report = Report::default();
        for (done, key) in keys.iter().enumerate() {
            let step = match is_moved(key, &list.provider) {
                true => Ok(Step::AlreadyMoved),
                false => self.move_key(client, key),
            };
            let step = step.map_err(|failure| {
                let of = keys.len();
                Failure::new(format!("after {done} of {of} keys; the same command goes on from there"))
                    .because(failure)
            })?;
            report.add(key, step, (done + 1, keys.len()));
        }
        format.show(&report, Report::render)?;
        match report.not_movable.is_empty() && report.failed.is_empty() {
            true => Ok(()),
            false => Err(Failure::told()),
        }
    }

    fn move_key(&self, client: &Client, key: &api::ProviderKey) -> Result<Step> {
        let body = api::MoveKey { to: self.to.clone(), new_material: self.new_material };
        let path = ["keys", &key.key.summary.id, "move"];
        let mut attempts = 1;
        loop {
            let problem = match client.try_post_body::<_, api::MovedKey>(&path, &body)? {
                Outcome::Done(moved) => return Ok(Step::done(&moved)),
                Outcome::Refused(problem) => problem,
            };
            match problem.reason.as_str() {
                "ConcurrentChange" if attempts < ATTEMPTS => attempts += 1,
                "DryRun" => return Ok(Step::Moved("would be moved".to_owned())),
                "Unsupported" | "KeyState" => return Ok(Step::NotMovable(problem.detail)),
                // It would be the same with every key.
                "InvalidRequest" | "Unavailable" => return Err(Failure::new(problem.detail)),
                reason => return Ok(Step::Failed(format!("{} ({reason})", problem.detail))),
            }
        }
    }
}

impl Step {
    fn done(moved: &api::MovedKey) -> Self {
        match moved.outcome {
            api::MoveOutcome::NewVersion => {
                Self::Moved(format!("version {} is primary", moved.primary_version))
            }
            api::MoveOutcome::NextVersions => Self::Moved("its next version will be made there".to_owned()),
            api::MoveOutcome::Nothing => Self::AlreadyMoved,
        }
    }
}

impl Report {
    fn add(&mut self, key: &api::ProviderKey, step: Step, (done, of): (usize, usize)) {
        let id = key.key.summary.id.clone();
        let not_moved = |why: &str| NotMoved { key: id.clone(), why: why.to_owned() };
        let told = match &step {
            Step::Moved(how) => format!("moved: {how}"),
            Step::AlreadyMoved => "moved before".to_owned(),
            Step::NotMovable(why) => format!("not moved: {why}"),
            Step::Failed(why) => format!("failed: {why}"),
        };
        // Nobody may be looking.
        let _ = writeln!(std::io::stderr(), "{done}/{of}  {id}  {}", printable(&told));
        match step {
            Step::Moved(_) => self.moved.push(id),
            Step::AlreadyMoved => self.already_moved.push(id),
            Step::NotMovable(why) => self.not_movable.push(not_moved(&why)),
            Step::Failed(why) => self.failed.push(not_moved(&why)),
        }
    }

    fn render(&self) -> String {
        let mut text = format!(
            "{} moved, {} moved before, {} can't be moved so, {} failed\n",
            self.moved.len(),
            self.already_moved.len(),
            self.not_movable.len(),
            self.failed.len()
        );
        let mut table = Table::new(["KEY", "WHY NOT"]);
        for left in self.not_movable.iter().chain(&self.failed) {
            table.row([left.key.clone(), left.why.clone()]);
        }
        if !self.not_movable.is_empty() || !self.failed.is_empty() {
            text += &table.render("");
        }
        text
    }
}

impl OnlyKeys {
    /// Those that are meant; all if none is named.
    pub(super) fn of(&self, all: Vec<api::ProviderKey>, provider: &str) -> Result<Vec<api::ProviderKey>> {
        if self.keys.is_empty() {
            return Ok(all);
        }
        let is = |key: &api::ProviderKey, name: &str| {
            let alias = name.strip_prefix("alias/");
            key.key.summary.id == name
                || key.key.summary.arn == name
                || alias.is_some_and(|alias| key.key.aliases.iter().any(|known| known == alias))
        };
        let named: BTreeSet<&String> = self.keys.iter().collect();
        if let Some(absent) = named.iter().find(|name| !all.iter().any(|key| is(key, name))) {
            return Err(Failure::new(format!("{absent} has nothing in {provider}")));
        }
        Ok(all.into_iter().filter(|key| named.iter().any(|name| is(key, name))).collect())
    }
}

/// The keys that have something in a provider.
pub(super) fn in_provider(client: &Client, provider: &str) -> Result<api::ProviderKeyList> {
    let path = ["providers", provider, "keys"];
    let mut all: api::ProviderKeyList = client.look(&path, &[("limit", "1000".to_owned())])?;
    while let Some(next) = all.next.take() {
        let query = [("limit", "1000".to_owned()), ("after", next)];
        let page: api::ProviderKeyList = client.look(&path, &query)?;
        all.keys.extend(page.keys);
        all.next = page.next;
    }
    Ok(all)
}

fn is_moved(key: &api::ProviderKey, from: &str) -> bool {
    let of = &key.key;
    let primary = of.versions.iter().find(|version| version.number == of.primary_version);
    of.provider != from && primary.is_none_or(|version| version.provider != from)
}
