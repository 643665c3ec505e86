use clap::Args;
use claviger_api as api;

use super::{
    client::Client,
    show::{Format, short_time},
};
use crate::failure::Result;

/// A version of a key.
#[derive(Args)]
pub(super) struct VersionOfKey {
    key: String,
    /// Its number
    version: u32,
}

impl VersionOfKey {
    pub(super) fn destroy(&self, client: &Client, format: Format) -> Result<()> {
        let changed: api::ChangedVersion = client.post(&self.path("destroy", &self.version.to_string()))?;
        let Self { key, version } = self;
        format.show(&changed, |changed| {
            let time = changed.destroy_at.as_deref().map(short_time).unwrap_or_default();
            format!(
                "version {version} of {key} will be destroyed at {time}; 'claviger keys restore-version {key} {version}' \
                 takes that back\n"
            )
        })
    }

    pub(super) fn restore(&self, client: &Client, format: Format) -> Result<()> {
        let changed: api::ChangedVersion = client.post(&self.path("restore", &self.version.to_string()))?;
        format.show(&changed, |changed| {
            let Self { key, version } = self;
            format!(
                "version {version} of {key} stays, and is {}; 'claviger keys enable-version {key} {version}' lets it be used\n",
                changed.state
            )
        })
    }

    /// `enable` or `disable`.
    pub(super) fn set(&self, what: &str, client: &Client, format: Format) -> Result<()> {
        let changed: api::ChangedVersion = client.post(&self.path(what, &self.version.to_string()))?;
        format.show(&changed, |changed| {
            format!("version {} of {} is {}\n", self.version, self.key, changed.state)
        })
    }

    fn path<'a>(&'a self, what: &'a str, number: &'a str) -> [&'a str; 5] {
        ["keys", &self.key, "versions", number, what]
    }
}

/// A version in a line.
pub(super) fn version_text(version: &api::KeyVersion, is_primary: bool) -> String {
    let primary = if is_primary { ", primary" } else { "" };
    let mut text = format!("{}{primary}, made {}", version.state, short_time(&version.created));
    let provider = version.provider_name.as_ref().unwrap_or(&version.provider);
    text += &format!(", in {provider}");
    if let Some(id) = version.device_id.as_ref().or(version.tag.as_ref()) {
        text += &format!(" as {id}");
    }
    if let Some(id) = &version.subject_key_id {
        text += &format!(", subject key identifier {id}");
    }
    if let Some(algorithm) = &version.algorithm {
        text += &format!(", {algorithm} only");
    }
    if let Some(time) = version.valid_to.as_deref() {
        text += &format!(", expires {}", short_time(time));
    }
    if let Some(time) = version.destroy_at.as_deref() {
        text += &format!(", destroyed at {}", short_time(time));
    }
    text
}
