use std::path::PathBuf;

use axum::http::Method;
use clap::{Args, Subcommand};
use claviger_api as api;
use claviger_api::{CipherMode, KeyOrigin, KeySpec, KeyUsage};

use super::{
    adopt::Adopt,
    aliases::AliasCommand,
    arguments::{ServiceArgs, pair, pairs},
    client::Client,
    data,
    import::{ImportMaterial, ImportParameters},
    show::{Facts, Format, Table, short_time},
    versions::{VersionOfKey, version_text},
};
use crate::failure::{Failure, Result};

/// Make, list and change keys
///
/// A key is named by its id, its ARN, or alias/ and the name of an alias.
#[derive(Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    command: KeysCommand,
    #[command(flatten)]
    service: ServiceArgs,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Make a key
    Create(Create),
    /// The keys of the project
    List,
    /// Everything about a key that is not secret
    Show { key: String },
    /// Let a disabled key be used again
    Enable { key: String },
    /// Refuse every use of a key until it is enabled again
    Disable { key: String },
    /// Make a new version of a key now; the old ones still decrypt
    Rotate { key: String },
    /// Rotation by time, and the rotations that there were
    #[command(subcommand)]
    Rotation(RotationCommand),
    /// Schedule the destruction of a key; until then it is refused, and that can be taken back
    ScheduleDeletion {
        key: String,
        /// Days until then, 7 to 30
        #[arg(long, value_name = "DAYS", default_value_t = 30)]
        days: u16,
    },
    /// Take back a scheduled destruction; the key is disabled afterwards
    CancelDeletion { key: String },
    /// Change the description of a key
    Describe { key: String, description: String },
    /// Add or change labels of a key
    Tag {
        key: String,
        #[arg(required = true, value_name = "NAME=VALUE", value_parser = pair)]
        tags: Vec<(String, String)>,
    },
    /// Remove labels of a key
    Untag {
        key: String,
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// The labels of a key
    Tags { key: String },
    /// Second names of keys
    #[command(subcommand)]
    Alias(AliasCommand),
    /// The policy of a key
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// When a key was last used
    LastUsage { key: String },
    /// Give a key the material that its owner brings
    Import(ImportMaterial),
    /// Prepare an import whose material is wrapped elsewhere
    ImportParameters(ImportParameters),
    /// Forget imported material; it can be brought again
    DeleteMaterial { key: String },
    /// Make a key of one that is in a device already, where it stays
    Adopt(Adopt),
    /// Schedule the destruction of a version; until then it is refused, and that can be taken back
    DestroyVersion(VersionOfKey),
    /// Take back the scheduled destruction of a version; it is disabled afterwards
    RestoreVersion(VersionOfKey),
    /// Let a disabled version be used again
    EnableVersion(VersionOfKey),
    /// Refuse every use of a version until it is enabled again
    DisableVersion(VersionOfKey),
}

#[derive(Args)]
struct Create {
    /// What it is made of
    #[arg(long, default_value_t = KeySpec::Aes256, value_name = "SPEC")]
    spec: KeySpec,
    /// What it is for [default: encrypt for AES, mac for HMAC, sign for the others]
    #[arg(long, value_name = "USAGE")]
    usage: Option<KeyUsage>,
    /// The one mode of a raw-encrypt key [default: gcm]
    #[arg(long, value_name = "MODE")]
    cipher_mode: Option<CipherMode>,
    /// Its material will be brought with 'keys import'
    #[arg(long)]
    imported: bool,
    /// Free text
    #[arg(long, default_value = "", value_name = "TEXT")]
    description: String,
    /// A label; may be given again
    #[arg(long = "tag", value_name = "NAME=VALUE", value_parser = pair)]
    tags: Vec<(String, String)>,
    /// A second name for it
    #[arg(long, value_name = "NAME")]
    alias: Option<String>,
    /// A file with its policy, an IAM policy document in JSON
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Accept a policy that locks you out
    #[arg(long, requires = "policy")]
    bypass_lockout_check: bool,
    /// The provider that is to hold it [default: the one that makes new keys]
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// It is used once or for a short time: held by the provider that is configured for such keys
    #[arg(long, conflicts_with = "provider")]
    one_off: bool,
}

#[derive(Subcommand)]
enum RotationCommand {
    /// Whether and when a key is rotated
    Show { key: String },
    /// Rotate a key by time
    Set {
        key: String,
        /// Days between rotations, 90 to 2560 [default: as it is, or 365]
        #[arg(long, value_name = "DAYS")]
        days: Option<u16>,
    },
    /// Rotate a key by time no longer
    Stop { key: String },
    /// The rotations that a key has had
    List { key: String },
}

#[derive(Subcommand)]
enum PolicyCommand {
    /// Print the policy of a key as it was written
    Get { key: String },
    /// Replace the policy of a key
    Put {
        key: String,
        /// An IAM policy document in JSON; - is the standard input
        #[arg(long, value_name = "FILE", default_value = "-")]
        file: PathBuf,
        /// Accept a policy that locks you out
        #[arg(long)]
        bypass_lockout_check: bool,
    },
}

impl Keys {
    pub(super) fn run(self) -> Result<()> {
        let (client, format) = (self.service.client()?, self.service.format());
        match self.command {
            KeysCommand::Create(create) => create.run(&client, format),
            KeysCommand::List => list(&client, format),
            KeysCommand::Show { key } => {
                let key: api::Key = client.get(&["keys", &key], &[])?;
                format.show(&key, key_facts)
            }
            KeysCommand::Enable { key } => {
                client.act(Method::POST, &["keys", &key, "enable"])?;
                format.done(&format!("{key} is enabled"))
            }
            KeysCommand::Disable { key } => {
                client.act(Method::POST, &["keys", &key, "disable"])?;
                format.done(&format!("{key} is disabled"))
            }
            KeysCommand::Rotate { key } => {
                client.act(Method::POST, &["keys", &key, "rotate"])?;
                format.done(&format!("{key} has a new version"))
            }
            KeysCommand::Rotation(command) => command.run(&client, format),
            KeysCommand::ScheduleDeletion { key, days } => {
                let body = api::ScheduleDeletion { window_days: days };
                let done: api::ScheduledDeletion =
                    client.post_body(&["keys", &key, "schedule-deletion"], &body)?;
                format.show(&done, |done| {
                    format!(
                        "{key} will be destroyed at {}; 'claviger keys cancel-deletion {key}' takes that back\n",
                        short_time(&done.deletion)
                    )
                })
            }
            KeysCommand::CancelDeletion { key } => {
                client.act(Method::POST, &["keys", &key, "cancel-deletion"])?;
                format.done(&format!(
                    "{key} stays, and is disabled; 'claviger keys enable {key}' lets it be used"
                ))
            }
            KeysCommand::Describe { key, description } => {
                let body = api::SetDescription { description };
                client.act_with(Method::PUT, &["keys", &key, "description"], &body)?;
                format.done(&format!("{key} is described anew"))
            }
            KeysCommand::Tag { key, tags } => {
                let body = api::Tags { tags: pairs(&tags, "tag")? };
                client.act_with(Method::POST, &["keys", &key, "tags"], &body)?;
                format.done(&format!("{key} is tagged"))
            }
            KeysCommand::Untag { key, names } => {
                client.act_with(Method::POST, &["keys", &key, "untag"], &api::TagNames { names })?;
                format.done(&format!("{key} is untagged"))
            }
            KeysCommand::Tags { key } => {
                let tags: api::Tags = client.get(&["keys", &key, "tags"], &[])?;
                format.show(&tags, tag_table)
            }
            KeysCommand::Alias(command) => command.run(&client, format),
            KeysCommand::Policy(command) => command.run(&client, format),
            KeysCommand::LastUsage { key } => {
                let usage: api::KeyLastUsage = client.get(&["keys", &key, "last-usage"], &[])?;
                format.show(&usage, last_usage)
            }
            KeysCommand::Import(command) => command.run(&client, format),
            KeysCommand::ImportParameters(command) => command.run(&client, format),
            KeysCommand::Adopt(command) => command.run(&client, format),
            KeysCommand::DestroyVersion(version) => version.destroy(&client, format),
            KeysCommand::RestoreVersion(version) => version.restore(&client, format),
            KeysCommand::EnableVersion(version) => version.set("enable", &client, format),
            KeysCommand::DisableVersion(version) => version.set("disable", &client, format),
            KeysCommand::DeleteMaterial { key } => {
                let version: api::MaterialVersion = client.delete(&["keys", &key, "material"])?;
                format.show(&version, |version| {
                    format!("the material of version {} of {key} is forgotten\n", version.version)
                })
            }
        }
    }
}

impl Create {
    fn run(self, client: &Client, format: Format) -> Result<()> {
        let body = api::CreateKey {
            spec: Some(self.spec),
            usage: self.usage,
            cipher_mode: self.cipher_mode,
            origin: self.imported.then_some(KeyOrigin::Imported),
            description: self.description,
            tags: pairs(&self.tags, "--tag")?,
            policy: self.policy.as_deref().map(data::read_text).transpose()?,
            bypass_lockout_check: self.bypass_lockout_check,
            provider: self.provider,
            one_off: self.one_off,
        };
        let key: api::Key = client.post_body(&["keys"], &body)?;
        show_new(key, self.alias, client, format)
    }
}

/// Gives a key that was made the alias that it is to have, and shows it.
pub(super) fn show_new(
    mut key: api::Key,
    alias: Option<String>,
    client: &Client,
    format: Format,
) -> Result<()> {
    if let Some(alias) = alias {
        let body = api::CreateAlias { alias: alias.clone(), key: key.summary.id.clone() };
        if let Err(failure) = client.act_with(Method::POST, &["aliases"], &body) {
            let id = &key.summary.id;
            return Err(Failure::new(format!("the key {id} is made, but not its alias")).because(failure));
        }
        key.aliases.push(alias.strip_prefix("alias/").unwrap_or(&alias).to_owned());
    }
    format.show(&key, key_facts)
}

impl RotationCommand {
    fn run(self, client: &Client, format: Format) -> Result<()> {
        match self {
            Self::Show { key } => {
                let status: api::RotationStatus = client.get(&["keys", &key, "rotation"], &[])?;
                format.show(&status, |status| match &status.rotation {
                    Some(rotation) => rotation_text(rotation) + "\n",
                    None => "not rotated by time\n".to_owned(),
                })
            }
            Self::Set { key, days } => {
                let body = api::SetRotation { period_days: days };
                client.act_with(Method::PUT, &["keys", &key, "rotation"], &body)?;
                format.done(&format!("{key} is rotated by time"))
            }
            Self::Stop { key } => {
                client.act(Method::DELETE, &["keys", &key, "rotation"])?;
                format.done(&format!("{key} is rotated by time no longer"))
            }
            Self::List { key } => {
                let list: api::RotationList = client.get(&["keys", &key, "rotations"], &[])?;
                format.show(&list, |list| {
                    let mut table = Table::new(["TIME", "KIND"]);
                    for rotation in &list.rotations {
                        table.row([short_time(&rotation.time), rotation.kind.to_string()]);
                    }
                    table.render("no rotations")
                })
            }
        }
    }
}

impl PolicyCommand {
    fn run(self, client: &Client, format: Format) -> Result<()> {
        match self {
            Self::Get { key } => {
                let policy: api::PolicyDocument = client.get(&["keys", &key, "policy"], &[])?;
                format.show(&policy, |policy| policy.policy.trim_end().to_owned() + "\n")
            }
            Self::Put { key, file, bypass_lockout_check } => {
                let body = api::PutKeyPolicy { policy: data::read_text(&file)?, bypass_lockout_check };
                client.act_with(Method::PUT, &["keys", &key, "policy"], &body)?;
                format.done(&format!("{key} has a new policy"))
            }
        }
    }
}

fn list(client: &Client, format: Format) -> Result<()> {
    let mut all = api::KeyList { keys: Vec::new(), next: None };
    loop {
        let mut query = vec![("limit", "1000".to_owned())];
        query.extend(all.next.take().map(|next| ("after", next)));
        let page: api::KeyList = client.get(&["keys"], &query)?;
        all.keys.extend(page.keys);
        all.next = page.next;
        if all.next.is_none() {
            break;
        }
    }
    format.show(&all, key_table)
}

fn key_table(list: &api::KeyList) -> String {
    let mut table = Table::new(["KEY", "SPEC", "USAGE", "STATE", "CREATED", "DESCRIPTION"]);
    for key in &list.keys {
        table.row([
            key.id.clone(),
            key.spec.to_string(),
            key.usage.to_string(),
            key.state.to_string(),
            short_time(&key.created),
            key.description.clone(),
        ]);
    }
    table.render("no keys; 'claviger keys create' makes one")
}

fn key_facts(key: &api::Key) -> String {
    let summary = &key.summary;
    let mut facts = Facts::default();
    facts.add("key", &summary.id);
    facts.add("arn", &summary.arn);
    facts.add("spec", summary.spec);
    facts.add("usage", summary.usage);
    facts.add("state", summary.state);
    facts.add("origin", summary.origin);
    facts.add("provider", &key.provider);
    facts.add_some("name", key.name.as_ref().map(|name| format!("{name} in key ring {}", key.ring)));
    facts.add("created", short_time(&summary.created));
    facts.add_some("description", Some(&summary.description).filter(|text| !text.is_empty()));
    facts.add_some("aliases", Some(key.aliases.join(", ")).filter(|aliases| !aliases.is_empty()));
    facts.add_some("rotation", key.rotation.as_ref().map(rotation_text));
    facts.add_some("destroyed at", key.deletion.as_deref().map(short_time));
    for version in &key.versions {
        let is_primary = version.number == key.primary_version;
        facts.add(&format!("version {}", version.number), version_text(version, is_primary));
    }
    facts.render()
}

fn rotation_text(rotation: &api::Rotation) -> String {
    format!("every {} days, next at {}", rotation.period_days, short_time(&rotation.next))
}

fn tag_table(tags: &api::Tags) -> String {
    let mut table = Table::new(["NAME", "VALUE"]);
    for (name, value) in &tags.tags {
        table.row([name.clone(), value.clone()]);
    }
    table.render("no tags")
}

fn last_usage(usage: &api::KeyLastUsage) -> String {
    let since = short_time(&usage.tracked_since);
    match &usage.last {
        Some(last) => {
            format!("{} at {}, request {}\n", last.operation, short_time(&last.time), last.request_id)
        }
        None => format!("not used since {since}; 'claviger audit query --key' knows of what was before\n"),
    }
}
