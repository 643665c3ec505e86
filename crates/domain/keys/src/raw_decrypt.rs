use claviger_core::{Effect, Gate, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};
use claviger_types::{CipherMode, KeyId, ProtectionLevel, SecretBytes, VersionNumber};

use crate::{algorithm, raw_encrypt::check_parameters};

/// Decrypts what [`RawEncrypt`](crate::RawEncrypt), or the same mode elsewhere, made. Only GCM notices changes.
pub struct RawDecrypt {
    /// The key, of usage raw encrypt.
    pub key: KeyRef,
    /// Which version; the primary one if absent, for a raw ciphertext does not say it.
    pub version: Option<VersionNumber>,
    /// How; it must be the version's mode, and is if absent.
    pub mode: Option<CipherMode>,
    /// The ciphertext, followed by the tag for GCM.
    pub ciphertext: Vec<u8>,
    /// The initialization vector.
    pub iv: Box<[u8]>,
    /// What a GCM ciphertext is bound to.
    pub additional_data: Box<[u8]>,
}

/// A plaintext.
pub struct RawDecrypted {
    /// The message.
    pub plaintext: SecretBytes,
    /// The key.
    pub key: KeyId,
    /// Its ARN.
    pub key_arn: String,
    /// The version that was used.
    pub version: VersionNumber,
    /// What protects it.
    pub protection: ProtectionLevel,
}

impl Operation for RawDecrypt {
    type Proof = KeyProof<actions::RawDecrypt>;
    type Output = RawDecrypted;
    const NAME: &'static str = "RawDecrypt";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        Params { cipher_mode: self.mode, version: self.version, ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<RawDecrypted> {
        let entry = key.target();
        let version = entry.version_or_primary(self.version)?;
        let mode = algorithm::cipher_mode(entry, version, self.mode)?;
        let version = version.number;
        check_parameters(mode, Some(&self.iv), &self.additional_data)?;
        let (iv, data) = (&self.iv, &self.additional_data);
        let plaintext = scope.raw_decrypt(&key, version, mode, iv, data, &self.ciphertext).await?;
        let protection = entry.protection(version);
        Ok(RawDecrypted { plaintext, protection, key: entry.id(), key_arn: scope.key_arn(entry), version })
    }
}
