use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use claviger_api::{self as api, Base64, Secret, WrappingAlgorithm, WrappingKeySpec};
use claviger_gokms::WrappedMasterKey;
use claviger_provider_pkcs11::decrypt_cbc_pad;
use claviger_types::ProviderName;
use zeroize::Zeroizing;

use super::{
    arguments::ServiceArgs,
    client::Client,
    data, openers,
    show::{Facts, Format, short_time},
    wrapping,
};
use crate::{
    config::Config,
    data_dir::DataDir,
    devices::Devices,
    failure::{Failure, Result},
    process,
};

/// Give a key the material that its owner brings
///
/// The material is wrapped here, under a key of the service, and leaves this machine only so. A key without material is
/// made with 'claviger keys create --imported'.
#[derive(Args)]
pub(super) struct ImportMaterial {
    key: String,
    /// The material: the raw bytes of a symmetric key, or a private key in PKCS#8, PEM or DER
    #[arg(long, value_name = "FILE", required_unless_present = "wrapped")]
    material: Option<PathBuf>,
    /// When it is to be forgotten, RFC 3339 [default: never]
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// Material that was wrapped elsewhere, as 'keys import-parameters' said
    #[arg(long, value_name = "FILE", conflicts_with = "material", requires = "token")]
    wrapped: Option<PathBuf>,
    /// The token that 'keys import-parameters' gave
    #[arg(long, requires = "wrapped")]
    token: Option<String>,
}

/// Prepare an import whose material is wrapped elsewhere
#[derive(Args)]
pub(super) struct ImportParameters {
    key: String,
    /// How it will be wrapped
    #[arg(long, default_value_t = WrappingAlgorithm::RsaAesKeyWrapSha256)]
    wrapping_algorithm: WrappingAlgorithm,
    /// Under what kind of key
    #[arg(long, default_value_t = WrappingKeySpec::Rsa4096)]
    wrapping_key_spec: WrappingKeySpec,
    /// Where the wrapping key is written, PEM
    #[arg(long, value_name = "FILE")]
    public_out: PathBuf,
}

impl ImportMaterial {
    pub(super) fn run(self, client: &Client, format: Format) -> Result<()> {
        let (token, wrapped) = match (&self.material, self.wrapped, self.token) {
            (None, Some(wrapped), Some(token)) => (token, data::read(&wrapped)?.to_vec()),
            (Some(material), ..) => {
                let material = wrapping::material(material)?;
                let body = api::GetImportParameters {
                    wrapping_algorithm: wrapping::algorithm(&material),
                    wrapping_key_spec: Some(WrappingKeySpec::Rsa4096),
                };
                let parameters: api::ImportParameters =
                    client.post_body(&["keys", &self.key, "import-parameters"], &body)?;
                let wrapped = wrapping::wrap(&parameters.public_key.0, &material)?;
                (parameters.token, wrapped)
            }
            _ => return Err(Failure::usage("give --material, or --wrapped and --token")),
        };
        let body = api::ImportMaterial { token, wrapped: Base64(wrapped), valid_to: self.expires };
        let version: api::MaterialVersion = client.post_body(&["keys", &self.key, "material"], &body)?;
        format.show(&version, |version| {
            format!("version {} of {} has its material\n", version.version, self.key)
        })
    }
}

impl ImportParameters {
    pub(super) fn run(self, client: &Client, format: Format) -> Result<()> {
        let body = api::GetImportParameters {
            wrapping_algorithm: self.wrapping_algorithm,
            wrapping_key_spec: Some(self.wrapping_key_spec),
        };
        let parameters: api::ImportParameters =
            client.post_body(&["keys", &self.key, "import-parameters"], &body)?;
        let pem = crate::audit_key::pem("PUBLIC KEY", &parameters.public_key.0);
        data::write(&self.public_out, pem.as_bytes())?;
        format.show(&parameters, |parameters| {
            let mut facts = Facts::default();
            facts.add("token", &parameters.token);
            facts.add("wrapping key", self.public_out.display());
            facts.add("until", short_time(&parameters.valid_to));
            facts.render()
        })
    }
}

/// Take over the keys of another system
#[derive(Args)]
pub(super) struct Import {
    #[command(subcommand)]
    command: ImportCommand,
    #[command(flatten)]
    service: ServiceArgs,
}

#[derive(Subcommand)]
enum ImportCommand {
    /// Take over a go-kms key store, so that what it encrypted still decrypts
    GoKms {
        /// The directory with its key files
        #[arg(long, value_name = "DIR")]
        keys: PathBuf,
        /// A file with the passphrase of the store
        #[arg(long, value_name = "FILE", required_unless_present = "provider")]
        passphrase_file: Option<PathBuf>,
        #[command(flatten)]
        device: DeviceArgs,
    },
}

/// The device that has the master key of a key store.
#[derive(Args)]
struct DeviceArgs {
    /// The provider whose device has the master key of the store, which is decrypted here
    #[arg(long, value_name = "NAME", conflicts_with = "passphrase_file", requires_all = ["config", "key_label"])]
    provider: Option<ProviderName>,
    /// The configuration that has this provider
    #[arg(long, value_name = "FILE", requires = "provider")]
    config: Option<PathBuf>,
    /// The CKA_LABEL of the AES key in the device, which go-kms has as GOKMS_HSM_AES_KEYID
    #[arg(long, value_name = "LABEL", requires = "provider")]
    key_label: Option<String>,
}

impl Import {
    pub(super) fn run(self) -> Result<()> {
        let ImportCommand::GoKms { keys, passphrase_file, device } = self.command;
        let passphrase = passphrase_file
            .map(|path| data::read(&path).map(openers::without_line_end).map(Secret))
            .transpose()?;
        let body =
            api::ImportGoKms { passphrase, master_key: device.master_key(&keys)?, files: key_files(&keys)? };
        let client = self.service.client()?;
        let store: api::ImportedKeyStore = client.post_body(&["import", "go-kms"], &body)?;
        self.service.format().show(&store, |store| {
            let mut text: String =
                store.imported.iter().map(|key| format!("{key} is taken over\n")).collect();
            for key in &store.skipped {
                text.push_str(&format!("{} is here already ({})\n", key.key, key.state));
            }
            if text.is_empty() { "the directory holds no keys\n".to_owned() } else { text }
        })
    }
}

impl DeviceArgs {
    /// The master key, if a device has it.
    fn master_key(&self, keys: &Path) -> Result<Option<Secret>> {
        let (Some(provider), Some(config), Some(label)) = (&self.provider, &self.config, &self.key_label)
        else {
            return Ok(None);
        };
        let path = keys.join(WrappedMasterKey::FILE);
        let wrapped = WrappedMasterKey::parse(&data::read(&path)?);
        let wrapped =
            wrapped.ok_or_else(|| Failure::new(format!("{} does not have 64 bytes", path.display())))?;
        process::keep_memory_private();
        let config = Config::load(config)?;
        let dir = DataDir::open(&config.data)?;
        let devices = Devices::prepare(&config, dir.path())?;
        let token = devices.token(provider)?;
        let opened = decrypt_cbc_pad(provider, token, label, &wrapped.iv, &wrapped.ciphertext);
        let key =
            opened.map_err(Failure::at(format!("{} can't be decrypted by {provider}", path.display())))?;
        Ok(Some(Secret(Zeroizing::new(key.expose().to_vec()))))
    }
}

/// Every plain file of the directory; the service knows which are keys.
fn key_files(directory: &Path) -> Result<Vec<api::KeyStoreFile>> {
    let shown = directory.display();
    let failed = || Failure::at(format!("{shown} can't be read"));
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        if !entry.file_type().map_err(failed())?.is_file() {
            continue;
        }
        let name = entry.file_name().into_string().map_err(|name| {
            Failure::new(format!("{shown} holds a file whose name is not UTF-8: {}", name.display()))
        })?;
        files.push(api::KeyStoreFile { name, content: Base64(data::read(&entry.path())?.to_vec()) });
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}
