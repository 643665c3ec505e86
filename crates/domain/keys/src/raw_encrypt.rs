use claviger_core::{Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};
use claviger_types::{CipherMode, KeyId, ProtectionLevel, SecretBytes, VersionNumber};

use crate::algorithm;

/// Longest plaintext and longest additional data, in bytes.
const MAX_LEN: usize = 65_536;

/// Encrypts under a raw-encrypt key, in a mode whose parameters the caller chooses and keeps.
pub struct RawEncrypt {
    /// The key, of usage raw encrypt.
    pub key: KeyRef,
    /// Which version; the primary one if absent.
    pub version: Option<VersionNumber>,
    /// How; it must be the version's mode, and is if absent.
    pub mode: Option<CipherMode>,
    /// 0 to 65,536 bytes; whole blocks of 16 for CBC.
    pub plaintext: SecretBytes,
    /// The initialization vector; drawn if absent, which it must be for GCM.
    pub iv: Option<Box<[u8]>>,
    /// What a GCM ciphertext is bound to, at most 65,536 bytes. Unlike an encryption context it may be secret: it is
    /// neither recorded nor decided on.
    pub additional_data: Box<[u8]>,
}

/// A raw ciphertext.
#[derive(Debug)]
pub struct RawEncrypted {
    /// As long as the plaintext, and followed by the tag for GCM.
    pub ciphertext: Vec<u8>,
    /// The initialization vector.
    pub iv: Vec<u8>,
    /// The key.
    pub key: KeyId,
    /// Its ARN.
    pub key_arn: String,
    /// The version that was used.
    pub version: VersionNumber,
    /// What protects it.
    pub protection: ProtectionLevel,
    /// How.
    pub mode: CipherMode,
}

impl Operation for RawEncrypt {
    type Proof = KeyProof<actions::RawEncrypt>;
    type Output = RawEncrypted;
    const NAME: &'static str = "RawEncrypt";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        Params { cipher_mode: self.mode, version: self.version, ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<RawEncrypted> {
        check_len("plaintext", self.plaintext.len())?;
        let entry = key.target();
        let version = entry.version_or_primary(self.version)?;
        let mode = algorithm::cipher_mode(entry, version, self.mode)?;
        // A restore must know it: the first one decides for good.
        scope.did(mode.name());
        let version = version.number;
        check_parameters(mode, self.iv.as_deref(), &self.additional_data)?;
        match mode {
            CipherMode::Gcm if self.iv.is_some() => {
                return Err(Error::invalid("The initialization vector of GCM is drawn and cannot be given."));
            }
            CipherMode::Cbc if !self.plaintext.len().is_multiple_of(16) => {
                return Err(Error::invalid("The plaintext of CBC must be whole blocks of 16 bytes."));
            }
            CipherMode::Cbc | CipherMode::Ctr | CipherMode::Gcm => {}
        }
        let (iv, data) = (self.iv.as_deref(), &self.additional_data);
        let made = scope.raw_encrypt(&key, version, mode, iv, data, self.plaintext.expose()).await?;
        Ok(RawEncrypted {
            protection: entry.protection(version),
            ciphertext: made.ciphertext,
            iv: made.iv,
            key: entry.id(),
            key_arn: scope.key_arn(entry),
            version,
            mode,
        })
    }
}

/// Refuses what no mode, or not this one, can take.
pub(crate) fn check_parameters(mode: CipherMode, iv: Option<&[u8]>, additional_data: &[u8]) -> Result<()> {
    if iv.is_some_and(|iv| iv.len() != mode.iv_len()) {
        return Err(Error::invalid(format!("The initialization vector must have {} bytes.", mode.iv_len())));
    }
    match mode {
        CipherMode::Gcm => check_len("additional data", additional_data.len()),
        CipherMode::Cbc | CipherMode::Ctr if additional_data.is_empty() => Ok(()),
        CipherMode::Cbc | CipherMode::Ctr => {
            Err(Error::invalid("Only GCM can bind a ciphertext to additional data."))
        }
    }
}

fn check_len(what: &str, len: usize) -> Result<()> {
    match len <= MAX_LEN {
        true => Ok(()),
        false => Err(Error::invalid(format!("The {what} has {len} bytes; at most {MAX_LEN} are allowed."))),
    }
}
