use claviger_core::{
    Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_types::{KeyId, KeySpec, MacAlgorithm, ProtectionLevel, VersionNumber};

/// Computes a message authentication code.
pub struct GenerateMac {
    /// The key.
    pub key: KeyRef,
    /// The version; the primary one if absent.
    pub version: Option<VersionNumber>,
    /// The message, 1 to 65,536 bytes; fronts may allow less.
    pub message: Vec<u8>,
    /// How; it must be the key's, and is if absent.
    pub algorithm: Option<MacAlgorithm>,
}

/// A code.
#[derive(Debug)]
pub struct GeneratedMac {
    /// The code, untruncated.
    pub mac: Vec<u8>,
    /// The key.
    pub key: KeyId,
    /// Its ARN.
    pub key_arn: String,
    /// The version that was used.
    pub version: VersionNumber,
    /// What protects it.
    pub protection: ProtectionLevel,
    /// How it was made.
    pub algorithm: MacAlgorithm,
}

impl Operation for GenerateMac {
    type Proof = KeyProof<actions::GenerateMac>;
    type Output = GeneratedMac;
    const NAME: &'static str = "GenerateMac";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        Params { mac_algorithm: self.algorithm, version: self.version, ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<GeneratedMac> {
        let entry = key.target();
        let algorithm = mac_algorithm(entry.key().spec, self.algorithm)?;
        let version = entry.version_or_primary(self.version)?.number;
        let mac = scope.mac(&key, Some(version), algorithm, &self.message).await?;
        let protection = entry.protection(version);
        Ok(GeneratedMac {
            mac,
            protection,
            key: entry.id(),
            key_arn: scope.key_arn(entry),
            version,
            algorithm,
        })
    }
}

/// The algorithm of a key; refuses another.
pub(crate) fn mac_algorithm(spec: KeySpec, asked: Option<MacAlgorithm>) -> Result<MacAlgorithm> {
    let refused = |message: String| Err(Error::new(Reason::InvalidKeyUsage, message));
    match (MacAlgorithm::of(spec), asked) {
        (Some(own), None) => Ok(own),
        (Some(own), Some(asked)) if own == asked => Ok(own),
        (_, Some(asked)) => {
            let (name, spec) = (asked.name(), spec.policy_name());
            refused(format!("Algorithm {name} is incompatible with key spec {spec}."))
        }
        (None, None) => refused("The key computes no message authentication codes.".to_owned()),
    }
}
