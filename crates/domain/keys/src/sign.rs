use claviger_core::{
    Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_types::{
    KeyId, KeySpec, MessageType, ProtectionLevel, SigningAlgorithm, SigningInput, VersionNumber,
};

use crate::algorithm;

/// Signs a message or its digest.
pub struct Sign {
    /// The key.
    pub key: KeyRef,
    /// The version; the primary one if absent.
    pub version: Option<VersionNumber>,
    /// What is signed, 1 to 65,536 bytes; fronts may allow less.
    pub message: Vec<u8>,
    /// What that is.
    pub message_type: MessageType,
    /// How; it must be one of the key's. The version's own if absent.
    pub algorithm: Option<SigningAlgorithm>,
}

/// A signature.
#[derive(Debug)]
pub struct Signed {
    /// The signature; ECDSA's in DER.
    pub signature: Vec<u8>,
    /// The key.
    pub key: KeyId,
    /// Its ARN.
    pub key_arn: String,
    /// The version that was used.
    pub version: VersionNumber,
    /// What protects it.
    pub protection: ProtectionLevel,
    /// How it was made.
    pub algorithm: SigningAlgorithm,
}

impl Operation for Sign {
    type Proof = KeyProof<actions::Sign>;
    type Output = Signed;
    const NAME: &'static str = "Sign";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        Params {
            message_type: Some(self.message_type),
            signing_algorithm: self.algorithm,
            version: self.version,
            ..Params::default()
        }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<Signed> {
        let entry = key.target();
        let version = entry.version_or_primary(self.version)?;
        let algorithm = algorithm::signing(entry, version, self.algorithm, self.message_type)?;
        let input = signing_input(entry.key().spec, algorithm, self.message_type, &self.message)?;
        let version = version.number;
        let signature = scope.sign(&key, Some(version), algorithm, input).await?;
        let protection = entry.protection(version);
        Ok(Signed {
            signature,
            protection,
            key: entry.id(),
            key_arn: scope.key_arn(entry),
            version,
            algorithm,
        })
    }
}

/// What a provider is to sign or verify; refuses what does not fit the key or the algorithm.
pub(crate) fn signing_input(
    spec: KeySpec,
    algorithm: SigningAlgorithm,
    message_type: MessageType,
    message: &[u8],
) -> Result<SigningInput<'_>> {
    if !SigningAlgorithm::of(spec).contains(&algorithm) {
        return Err(Error::new(
            Reason::InvalidKeyUsage,
            format!("Algorithm {} is incompatible with key spec {}.", algorithm.name(), spec.policy_name()),
        ));
    }
    match (message_type, algorithm) {
        (MessageType::Raw, SigningAlgorithm::Ed25519ph) => {
            Err(Error::invalid("ED25519_PH_SHA_512 needs the message type DIGEST."))
        }
        (MessageType::Raw, _) => Ok(SigningInput::Message(message)),
        // HashEdDSA hashes what it is given with SHA-512 itself, whatever the caller calls it.
        (MessageType::Digest, SigningAlgorithm::Ed25519ph) => Ok(SigningInput::Message(message)),
        (MessageType::Digest, SigningAlgorithm::Ed25519 | SigningAlgorithm::MlDsa) => {
            Err(Error::invalid(format!("{} has no message type DIGEST.", algorithm.name())))
        }
        (MessageType::Digest, _) => match message.len() == digest_len(algorithm) {
            true => Ok(SigningInput::Digest(message)),
            false => {
                Err(Error::invalid(format!("Digest is invalid length for algorithm {}.", algorithm.name())))
            }
        },
        (MessageType::ExternalMu, SigningAlgorithm::MlDsa) if message.len() == 64 => {
            Ok(SigningInput::ExternalMu(message))
        }
        (MessageType::ExternalMu, SigningAlgorithm::MlDsa) => {
            Err(Error::invalid("The message representative of ML-DSA has 64 bytes."))
        }
        (MessageType::ExternalMu, _) => Err(Error::invalid("Only ML-DSA has the message type EXTERNAL_MU.")),
    }
}

fn digest_len(algorithm: SigningAlgorithm) -> usize {
    use SigningAlgorithm::*;
    match algorithm {
        EcdsaSha256 | RsaPkcs1Sha256 | RsaPssSha256 => 32,
        EcdsaSha384 | RsaPkcs1Sha384 | RsaPssSha384 => 48,
        EcdsaSha512 | RsaPkcs1Sha512 | RsaPssSha512 | Ed25519 | Ed25519ph | MlDsa => 64,
    }
}
