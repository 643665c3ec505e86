use claviger_core::{
    Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_types::{KeyId, KeySpec, MacAlgorithm};

/// Computes a message authentication code.
pub struct GenerateMac {
    /// The key.
    pub key: KeyRef,
    /// The message, 1 to 65,536 bytes; fronts may allow less.
    pub message: Vec<u8>,
    /// How; it must be the key's.
    pub algorithm: MacAlgorithm,
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
    /// How it was made.
    pub algorithm: MacAlgorithm,
}

impl Operation for GenerateMac {
    type Proof = KeyProof<actions::GenerateMac>;
    type Output = GeneratedMac;
    const NAME: &'static str = "GenerateMac";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        Params { mac_algorithm: Some(self.algorithm), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<GeneratedMac> {
        let entry = key.target();
        check_mac_algorithm(entry.key().spec, self.algorithm)?;
        let mac = scope.mac(&key, self.algorithm, &self.message).await?;
        Ok(GeneratedMac { mac, key: entry.id(), key_arn: scope.key_arn(entry), algorithm: self.algorithm })
    }
}

/// Refuses an algorithm that is not the key's.
pub(crate) fn check_mac_algorithm(spec: KeySpec, algorithm: MacAlgorithm) -> Result<()> {
    match MacAlgorithm::of(spec) == Some(algorithm) {
        true => Ok(()),
        false => Err(Error::new(
            Reason::InvalidKeyUsage,
            format!("Algorithm {} is incompatible with key spec {}.", algorithm.name(), spec.policy_name()),
        )),
    }
}
