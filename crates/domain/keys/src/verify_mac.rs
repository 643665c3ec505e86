use claviger_core::{
    Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_types::{KeyId, MacAlgorithm, ProtectionLevel, VersionNumber};

use crate::generate_mac::mac_algorithm;

/// Checks a message authentication code.
pub struct VerifyMac {
    /// The key.
    pub key: KeyRef,
    /// The version; the primary one if absent.
    pub version: Option<VersionNumber>,
    /// The message.
    pub message: Vec<u8>,
    /// The code, untruncated.
    pub mac: Vec<u8>,
    /// How it was made; the key's way if absent.
    pub algorithm: Option<MacAlgorithm>,
}

/// The code is right; a wrong one is an error.
#[derive(Debug)]
pub struct VerifiedMac {
    /// The key.
    pub key: KeyId,
    /// Its ARN.
    pub key_arn: String,
    /// What protects the version that was used.
    pub protection: ProtectionLevel,
    /// How the code was made.
    pub algorithm: MacAlgorithm,
}

impl Operation for VerifyMac {
    type Proof = KeyProof<actions::VerifyMac>;
    type Output = VerifiedMac;
    const NAME: &'static str = "VerifyMac";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        Params { mac_algorithm: self.algorithm, version: self.version, ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<VerifiedMac> {
        let entry = key.target();
        let algorithm = mac_algorithm(entry.key().spec, self.algorithm)?;
        match scope.verify_mac(&key, self.version, algorithm, &self.message, &self.mac).await? {
            true => {
                let protection = entry.protection(self.version.unwrap_or(entry.key().primary));
                Ok(VerifiedMac { key: entry.id(), key_arn: scope.key_arn(entry), protection, algorithm })
            }
            false => Err(Error::new(Reason::InvalidMac, "The message authentication code is not valid.")),
        }
    }
}
