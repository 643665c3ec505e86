use clap::Args;
use claviger_api as api;
use claviger_api::{KeySpec, KeyUsage};

use super::{
    arguments::{pair, pairs},
    client::Client,
    keys::show_new,
    show::Format,
};
use crate::failure::Result;

/// Make a key of one that is in a device already
///
/// It stays there as it is, also when its version is destroyed here.
#[derive(Args)]
pub(super) struct Adopt {
    /// The device
    #[arg(long, value_name = "NAME")]
    provider: String,
    /// What the device calls it: a PKCS#11 URI, or the unique identifier of KMIP; without a PIN
    #[arg(long, value_name = "LOCATOR")]
    locator: String,
    /// What it is made of
    #[arg(long, value_name = "SPEC")]
    spec: KeySpec,
    /// What it is for [default: encrypt for AES, mac for HMAC, sign for the others]
    #[arg(long, value_name = "USAGE")]
    usage: Option<KeyUsage>,
    /// Free text
    #[arg(long, default_value = "", value_name = "TEXT")]
    description: String,
    /// A label; may be given again
    #[arg(long = "tag", value_name = "NAME=VALUE", value_parser = pair)]
    tags: Vec<(String, String)>,
    /// A second name for it
    #[arg(long, value_name = "NAME")]
    alias: Option<String>,
}

impl Adopt {
    pub(super) fn run(self, client: &Client, format: Format) -> Result<()> {
        let body = api::AdoptKey {
            locator: self.locator,
            spec: self.spec,
            usage: self.usage,
            description: self.description,
            tags: pairs(&self.tags, "--tag")?,
        };
        let key: api::Key = client.post_body(&["providers", &self.provider, "adopt"], &body)?;
        show_new(key, self.alias, client, format)
    }
}
