use std::path::PathBuf;

use clap::Args;
use claviger_api::{self as api, Base64, CipherMode, Secret};

use super::{
    arguments::ServiceArgs,
    crypto::{put, write_file},
    data::{self, InputArgs, OutputArgs},
};
use crate::failure::Result;

/// Which key, and how.
#[derive(Args)]
struct RawArgs {
    key: String,
    /// How
    #[arg(long)]
    mode: CipherMode,
    /// The version of the key [default: the primary one]
    #[arg(long = "key-version", value_name = "NUMBER")]
    version: Option<u32>,
    /// What the ciphertext is bound to; only with gcm
    #[arg(long, value_name = "FILE")]
    additional_data: Option<PathBuf>,
}

impl RawArgs {
    fn additional_data(&self) -> Result<Secret> {
        self.additional_data.as_deref().map_or(Ok(Secret::default()), |path| Ok(Secret(data::read(path)?)))
    }
}

/// Encrypt under a raw-encrypt key, in a mode whose parameters you keep
#[derive(Args)]
pub(super) struct RawEncrypt {
    #[command(flatten)]
    raw: RawArgs,
    /// The initialization vector, 16 bytes; drawn if absent, and always with gcm
    #[arg(long, value_name = "FILE")]
    iv: Option<PathBuf>,
    /// Where the initialization vector is written
    #[arg(long, value_name = "FILE", required_unless_present = "iv")]
    iv_out: Option<PathBuf>,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    service: ServiceArgs,
}

impl RawEncrypt {
    pub(super) fn run(self) -> Result<()> {
        let iv = self.iv.as_deref().map(data::read).transpose()?;
        let body = api::RawEncrypt {
            mode: self.raw.mode,
            plaintext: Secret(self.input.read()?),
            version: self.raw.version,
            iv: iv.map(|iv| Base64(iv.to_vec())),
            additional_data: self.raw.additional_data()?,
        };
        let answer: api::RawEncrypted =
            self.service.client()?.post_body(&["keys", &self.raw.key, "raw-encrypt"], &body)?;
        if let Some(path) = &self.iv_out {
            write_file(path, &answer.iv.0)?;
        }
        put(&self.service, &self.output, &answer, &answer.ciphertext.0)
    }
}

/// Decrypt under a raw-encrypt key; only gcm notices changes
#[derive(Args)]
pub(super) struct RawDecrypt {
    #[command(flatten)]
    raw: RawArgs,
    /// The initialization vector
    #[arg(long, value_name = "FILE")]
    iv: PathBuf,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    service: ServiceArgs,
}

impl RawDecrypt {
    pub(super) fn run(self) -> Result<()> {
        let body = api::RawDecrypt {
            mode: self.raw.mode,
            ciphertext: Base64(self.input.read()?.to_vec()),
            version: self.raw.version,
            iv: Base64(data::read(&self.iv)?.to_vec()),
            additional_data: self.raw.additional_data()?,
        };
        let answer: api::RawDecrypted =
            self.service.client()?.post_body(&["keys", &self.raw.key, "raw-decrypt"], &body)?;
        put(&self.service, &self.output, &answer, &answer.plaintext.0)
    }
}
