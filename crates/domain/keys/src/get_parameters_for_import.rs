use std::sync::Arc;

use claviger_core::{
    Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_ports::{Change, SealedPlace};
use claviger_types::{
    ImportJob, ImportJobId, ImportJobOwner, KeyOrigin, KeySpec, Timestamp, WrappingAlgorithm, WrappingKeySpec,
};

/// How long an import stays prepared: 24 hours.
const VALIDITY_SECS: i64 = 24 * 60 * 60;

/// Prepares the import of key material: makes the key under which its owner wraps it. Every prepared import stays good
/// until it expires.
pub struct GetParametersForImport {
    /// The key, of origin imported.
    pub key: KeyRef,
    /// How the material will be wrapped.
    pub algorithm: WrappingAlgorithm,
    /// The kind of the wrapping key.
    pub wrapping_spec: WrappingKeySpec,
}

/// A prepared import.
#[derive(Debug)]
pub struct ImportParameters {
    /// The ARN of the key.
    pub key_arn: String,
    /// The token of the import, to be given back with the material.
    pub token: ImportJobId,
    /// The wrapping key, SubjectPublicKeyInfo in DER.
    pub public_key: Vec<u8>,
    /// From when on both are refused.
    pub valid_to: Timestamp,
}

impl Operation for GetParametersForImport {
    type Proof = KeyProof<actions::GetParametersForImport>;
    type Output = ImportParameters;
    const NAME: &'static str = "GetParametersForImport";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params {
            wrapping_algorithm: Some(self.algorithm),
            wrapping_key_spec: Some(self.wrapping_spec),
            ..Params::default()
        }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.own_key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<ImportParameters> {
        let entry = key.target();
        let key_arn = scope.key_arn(entry);
        require_imported(entry.key().origin, &key_arn)?;
        check_wrapping(self.algorithm, self.wrapping_spec, entry.key().spec)?;
        let (private_key, public_key) = scope.generate_pair(&key, self.wrapping_spec.key_spec()).await?;
        let id = ImportJobId::from_random(scope.random().bytes());
        let job = ImportJob {
            id,
            owner: ImportJobOwner::Key(entry.id()),
            algorithm: self.algorithm,
            wrapping_spec: self.wrapping_spec,
            public_key: Arc::from(&*public_key),
            private_key: Some(scope.seal_secret(&key, &SealedPlace::ImportJobKey(id), &private_key)?),
            created: scope.now(),
            expires: scope.now().plus_secs(VALIDITY_SECS),
        };
        let valid_to = job.expires;
        scope.commit(&key, vec![Change::InsertImportJob(job)]).await?;
        Ok(ImportParameters { key_arn, token: id, public_key, valid_to })
    }
}

/// Refuses a key whose material does not come from outside.
pub(crate) fn require_imported(origin: KeyOrigin, arn: &str) -> Result<()> {
    match origin {
        KeyOrigin::Imported => Ok(()),
        KeyOrigin::Generated | KeyOrigin::Adopted => Err(Error::new(
            Reason::Unsupported,
            format!("{arn} origin is {} which is not valid for this operation.", origin.policy_name()),
        )),
    }
}

/// Refuses a way of wrapping that does not fit the material: private keys longer than RSA encrypts are wrapped in two
/// steps, secret keys in one.
fn check_wrapping(algorithm: WrappingAlgorithm, wrapping: WrappingKeySpec, spec: KeySpec) -> Result<()> {
    let directly = match algorithm {
        WrappingAlgorithm::RsaOaepSha1 | WrappingAlgorithm::RsaOaepSha256 => true,
        WrappingAlgorithm::RsaAesKeyWrapSha1 | WrappingAlgorithm::RsaAesKeyWrapSha256 => false,
    };
    let fits = match spec {
        KeySpec::Aes128
        | KeySpec::Aes256
        | KeySpec::HmacSha1
        | KeySpec::Hmac224
        | KeySpec::Hmac256
        | KeySpec::Hmac384
        | KeySpec::Hmac512 => directly,
        KeySpec::EcP256 | KeySpec::EcP384 | KeySpec::EcSecp256k1 | KeySpec::Ed25519 => true,
        KeySpec::EcP521 => !directly || wrapping != WrappingKeySpec::Rsa2048,
        KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => !directly,
        KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => !directly,
    };
    if fits {
        return Ok(());
    }
    let (algorithm, wrapping) = (algorithm.name(), wrapping.key_spec().policy_name());
    let spec = spec.policy_name();
    Err(Error::invalid(format!(
        "Wrapping algorithm {algorithm} with wrapping key spec {wrapping} cannot wrap key material of key spec {spec}."
    )))
}
