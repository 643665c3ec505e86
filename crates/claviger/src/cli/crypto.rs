use std::path::{Path, PathBuf};

use clap::Args;
use claviger_api::{
    self as api, Base64, EncryptionAlgorithm, KeySpec, MacAlgorithm, MessageType, Secret, SigningAlgorithm,
};

use super::{
    arguments::{ContextArgs, ServiceArgs},
    data::{self, InputArgs, OutputArgs},
    show::{Format, json},
};
use crate::failure::{Failure, Result};

/// Encrypt a message of at most 64 KiB
#[derive(Args)]
pub(super) struct Encrypt {
    key: String,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    context: ContextArgs,
    /// How [default: SYMMETRIC_DEFAULT]
    #[arg(long)]
    algorithm: Option<EncryptionAlgorithm>,
    #[command(flatten)]
    service: ServiceArgs,
}

impl Encrypt {
    pub(super) fn run(self) -> Result<()> {
        let body = api::Encrypt {
            plaintext: Secret(self.input.read()?),
            encryption_context: self.context.context()?,
            algorithm: self.algorithm,
        };
        let answer: api::Encrypted =
            self.service.client()?.post_body(&["keys", &self.key, "encrypt"], &body)?;
        put(&self.service, &self.output, &answer, &answer.ciphertext.0)
    }
}

/// Decrypt a ciphertext
#[derive(Args)]
pub(super) struct Decrypt {
    /// The key; needed for RSA, otherwise the ciphertext says it
    #[arg(long)]
    key: Option<String>,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    context: ContextArgs,
    /// How it was encrypted [default: SYMMETRIC_DEFAULT]
    #[arg(long)]
    algorithm: Option<EncryptionAlgorithm>,
    #[command(flatten)]
    service: ServiceArgs,
}

impl Decrypt {
    pub(super) fn run(self) -> Result<()> {
        let body = api::Decrypt {
            ciphertext: Base64(self.input.read()?.to_vec()),
            key: self.key,
            encryption_context: self.context.context()?,
            algorithm: self.algorithm,
        };
        let answer: api::Decrypted = self.service.client()?.post_body(&["decrypt"], &body)?;
        put(&self.service, &self.output, &answer, &answer.plaintext.0)
    }
}

/// Encrypt a ciphertext anew, without seeing the plaintext
#[derive(Args)]
pub(super) struct ReEncrypt {
    /// The key of the new ciphertext
    key: String,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    context: ContextArgs,
    /// The key of the old ciphertext; needed for RSA
    #[arg(long, value_name = "KEY")]
    source_key: Option<String>,
    /// A pair of the old encryption context; may be given again
    #[arg(long = "source-context", value_name = "NAME=VALUE", value_parser = super::arguments::pair)]
    source_context: Vec<(String, String)>,
    /// How the new one is made [default: SYMMETRIC_DEFAULT]
    #[arg(long)]
    algorithm: Option<EncryptionAlgorithm>,
    /// How the old one was made [default: SYMMETRIC_DEFAULT]
    #[arg(long, value_name = "ALGORITHM")]
    source_algorithm: Option<EncryptionAlgorithm>,
    #[command(flatten)]
    service: ServiceArgs,
}

impl ReEncrypt {
    pub(super) fn run(self) -> Result<()> {
        let body = api::ReEncrypt {
            ciphertext: Base64(self.input.read()?.to_vec()),
            source_key: self.source_key,
            source_encryption_context: super::arguments::pairs(&self.source_context, "--source-context")?,
            source_algorithm: self.source_algorithm,
            key: self.key,
            encryption_context: self.context.context()?,
            algorithm: self.algorithm,
        };
        let answer: api::Encrypted = self.service.client()?.post_body(&["re-encrypt"], &body)?;
        put(&self.service, &self.output, &answer, &answer.ciphertext.0)
    }
}

/// Sign a message of at most 64 KiB, or the digest of one
#[derive(Args)]
pub(super) struct Sign {
    key: String,
    /// How
    #[arg(long)]
    algorithm: SigningAlgorithm,
    /// What is signed
    #[arg(long, default_value_t = MessageType::Raw)]
    message_type: MessageType,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    service: ServiceArgs,
}

impl Sign {
    pub(super) fn run(self) -> Result<()> {
        let body = api::Sign {
            message: Base64(self.input.read()?.to_vec()),
            message_type: Some(self.message_type),
            algorithm: self.algorithm,
        };
        let answer: api::Signed = self.service.client()?.post_body(&["keys", &self.key, "sign"], &body)?;
        put(&self.service, &self.output, &answer, &answer.signature.0)
    }
}

/// Check a signature; the exit code is 1 if it is wrong
#[derive(Args)]
pub(super) struct Verify {
    key: String,
    /// How it was made
    #[arg(long)]
    algorithm: SigningAlgorithm,
    /// What was signed
    #[arg(long, default_value_t = MessageType::Raw)]
    message_type: MessageType,
    /// The signature
    #[arg(long, value_name = "FILE")]
    signature: PathBuf,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    service: ServiceArgs,
}

impl Verify {
    pub(super) fn run(self) -> Result<()> {
        let body = api::Verify {
            message: Base64(self.input.read()?.to_vec()),
            message_type: Some(self.message_type),
            signature: Base64(data::read(&self.signature)?.to_vec()),
            algorithm: self.algorithm,
        };
        let answer: api::Valid = self.service.client()?.post_body(&["keys", &self.key, "verify"], &body)?;
        self.service.format().show(&answer, |_| "the signature is right\n".to_owned())
    }
}

/// Compute a message authentication code
#[derive(Args)]
pub(super) struct Mac {
    key: String,
    /// How; it must be the key's
    #[arg(long)]
    algorithm: MacAlgorithm,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    service: ServiceArgs,
}

impl Mac {
    pub(super) fn run(self) -> Result<()> {
        let body =
            api::GenerateMac { message: Base64(self.input.read()?.to_vec()), algorithm: self.algorithm };
        let answer: api::Mac = self.service.client()?.post_body(&["keys", &self.key, "mac"], &body)?;
        put(&self.service, &self.output, &answer, &answer.mac.0)
    }
}

/// Check a message authentication code; the exit code is 1 if it is wrong
#[derive(Args)]
pub(super) struct VerifyMac {
    key: String,
    /// How it was made
    #[arg(long)]
    algorithm: MacAlgorithm,
    /// The code
    #[arg(long, value_name = "FILE")]
    mac: PathBuf,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    service: ServiceArgs,
}

impl VerifyMac {
    pub(super) fn run(self) -> Result<()> {
        let body = api::VerifyMac {
            message: Base64(self.input.read()?.to_vec()),
            mac: Base64(data::read(&self.mac)?.to_vec()),
            algorithm: self.algorithm,
        };
        let answer: api::Valid =
            self.service.client()?.post_body(&["keys", &self.key, "verify-mac"], &body)?;
        self.service.format().show(&answer, |_| "the code is right\n".to_owned())
    }
}

/// Make a key for use outside: the key in the clear and encrypted
#[derive(Args)]
pub(super) struct DataKey {
    /// The key that encrypts it
    key: String,
    /// Its length in bytes
    #[arg(long, default_value_t = 32)]
    bytes: usize,
    /// Where the encrypted key is written
    #[arg(long, value_name = "FILE")]
    ciphertext_out: PathBuf,
    /// Where the key in the clear is written; without it, only the encrypted one is made
    #[arg(long, value_name = "FILE")]
    plaintext_out: Option<PathBuf>,
    #[command(flatten)]
    context: ContextArgs,
    #[command(flatten)]
    service: ServiceArgs,
}

impl DataKey {
    pub(super) fn run(self) -> Result<()> {
        let body =
            api::GenerateDataKey { bytes: Some(self.bytes), encryption_context: self.context.context()? };
        let endpoint = if self.plaintext_out.is_some() { "data-key" } else { "data-key-without-plaintext" };
        let answer: api::DataKey = self.service.client()?.post_body(&["keys", &self.key, endpoint], &body)?;
        write_file(&self.ciphertext_out, &answer.ciphertext.0)?;
        if let (Some(path), Some(plaintext)) = (&self.plaintext_out, &answer.plaintext) {
            write_file(path, &plaintext.0)?;
        }
        let told = api::DataKey { plaintext: None, ..answer };
        tell(&self.service, &told, &[Some(&self.ciphertext_out), self.plaintext_out.as_ref()])
    }
}

/// Make a key pair for use outside: its private key in the clear and encrypted
#[derive(Args)]
pub(super) struct DataKeyPair {
    /// The key that encrypts it
    key: String,
    /// What it is made of
    #[arg(long)]
    spec: KeySpec,
    /// Where the public key is written, in DER
    #[arg(long, value_name = "FILE")]
    public_out: PathBuf,
    /// Where the encrypted private key is written
    #[arg(long, value_name = "FILE")]
    ciphertext_out: PathBuf,
    /// Where the private key in the clear is written, PKCS#8 in DER; without it, only the encrypted one is made
    #[arg(long, value_name = "FILE")]
    private_out: Option<PathBuf>,
    #[command(flatten)]
    context: ContextArgs,
    #[command(flatten)]
    service: ServiceArgs,
}

impl DataKeyPair {
    pub(super) fn run(self) -> Result<()> {
        let body = api::GenerateDataKeyPair { spec: self.spec, encryption_context: self.context.context()? };
        let endpoint =
            if self.private_out.is_some() { "data-key-pair" } else { "data-key-pair-without-plaintext" };
        let answer: api::DataKeyPair =
            self.service.client()?.post_body(&["keys", &self.key, endpoint], &body)?;
        write_file(&self.public_out, &answer.public_key.0)?;
        write_file(&self.ciphertext_out, &answer.ciphertext.0)?;
        if let (Some(path), Some(private)) = (&self.private_out, &answer.private_key) {
            write_file(path, &private.0)?;
        }
        let told = api::DataKeyPair { private_key: None, ..answer };
        let files = [Some(&self.public_out), Some(&self.ciphertext_out), self.private_out.as_ref()];
        tell(&self.service, &told, &files)
    }
}

/// Random bytes
#[derive(Args)]
pub(super) struct Random {
    /// How many, 1 to 1024
    bytes: usize,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    service: ServiceArgs,
}

impl Random {
    pub(super) fn run(self) -> Result<()> {
        let body = api::GenerateRandom { bytes: self.bytes };
        let answer: api::RandomBytes = self.service.client()?.post_body(&["random"], &body)?;
        put(&self.service, &self.output, &answer, &answer.random.0)
    }
}

/// The public half of an asymmetric key
#[derive(Args)]
pub(super) struct PublicKey {
    key: String,
    /// In DER instead of PEM
    #[arg(long)]
    der: bool,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    service: ServiceArgs,
}

impl PublicKey {
    pub(super) fn run(self) -> Result<()> {
        let answer: api::PublicKey = self.service.client()?.get(&["keys", &self.key, "public-key"], &[])?;
        let bytes = match self.der {
            true => answer.public_key.0.clone(),
            false => crate::audit_key::pem("PUBLIC KEY", &answer.public_key.0).into_bytes(),
        };
        put(&self.service, &self.output, &answer, &bytes)
    }
}

/// Derive the secret that a key pair shares with another (ECDH)
///
/// The answer is the raw secret, to be put through a key derivation function.
#[derive(Args)]
pub(super) struct Derive {
    key: String,
    /// The other's public key, PEM or DER
    #[arg(long, value_name = "FILE")]
    public_key: PathBuf,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    service: ServiceArgs,
}

impl Derive {
    pub(super) fn run(self) -> Result<()> {
        let body = api::DeriveSharedSecret { public_key: Base64(public_key(&self.public_key)?) };
        let answer: api::SharedSecret =
            self.service.client()?.post_body(&["keys", &self.key, "derive"], &body)?;
        put(&self.service, &self.output, &answer, &answer.shared_secret.0)
    }
}

/// The bytes to where they are wanted; as JSON, the whole answer.
pub(super) fn put<T: serde::Serialize>(
    service: &ServiceArgs,
    output: &OutputArgs,
    answer: &T,
    bytes: &[u8],
) -> Result<()> {
    match service.format() {
        Format::Json if output.is_standard() => {
            data::write_standard(zeroize::Zeroizing::new(json(answer)?).as_bytes())
        }
        Format::Json | Format::Table => output.write(bytes),
    }
}

pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    match path.as_os_str() == "-" {
        true => Err(Failure::usage("the standard output can't hold several answers; name files")),
        false => data::write(path, bytes),
    }
}

fn tell<T: serde::Serialize>(service: &ServiceArgs, answer: &T, files: &[Option<&PathBuf>]) -> Result<()> {
    service.format().show(answer, |_| {
        files.iter().flatten().map(|path| format!("{} is written\n", path.display())).collect()
    })
}

/// DER, whichever of the two forms the file has.
pub(super) fn public_key(path: &Path) -> Result<Vec<u8>> {
    use rustls::pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};
    let bytes = data::read(path)?;
    match bytes.starts_with(b"-----") {
        true => SubjectPublicKeyInfoDer::from_pem_slice(&bytes)
            .map(|key| key.to_vec())
            .map_err(|_| Failure::new(format!("{} holds no PUBLIC KEY in PEM", path.display()))),
        false => Ok(bytes.to_vec()),
    }
}
