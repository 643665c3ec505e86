use std::sync::Arc;

use claviger_core::{
    Effect, Error, Gate, KeyEntry, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_types::{KeyAlgorithm, KeyState, VersionNumber, VersionState};

/// The public half of an asymmetric key.
pub struct GetPublicKey {
    /// The key.
    pub key: KeyRef,
    /// The version; the primary one if absent.
    pub version: Option<VersionNumber>,
}

/// A public key.
pub struct PublicKeyAnswer {
    /// SubjectPublicKeyInfo in DER (RFC 5280 §4.1).
    pub spki: Arc<[u8]>,
    /// The version that it is of.
    pub version: VersionNumber,
    /// The one algorithm that the version is for, if its maker fixed one.
    pub algorithm: Option<KeyAlgorithm>,
    /// The key.
    pub entry: Arc<KeyEntry>,
    /// Its ARN.
    pub arn: String,
}

impl Operation for GetPublicKey {
    type Proof = KeyProof<actions::GetPublicKey>;
    type Output = PublicKeyAnswer;
    const NAME: &'static str = "GetPublicKey";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params { version: self.version, ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<PublicKeyAnswer> {
        let entry = key.target();
        let arn = scope.key_arn(entry);
        match entry.key().state {
            KeyState::Enabled => {}
            KeyState::Disabled => return Err(Error::new(Reason::KeyDisabled, format!("{arn} is disabled."))),
            KeyState::PendingDeletion => {
                return Err(Error::new(Reason::KeyState, format!("{arn} is pending deletion.")));
            }
            KeyState::PendingImport | KeyState::Destroyed => {
                return Err(Error::new(Reason::KeyState, format!("{arn} is pending import.")));
            }
        }
        if entry.key().spec.is_symmetric() {
            return Err(Error::new(Reason::Unsupported, "The key is symmetric and has no public half."));
        }
        let version = entry.version_or_primary(self.version)?;
        let spki = match (version.state, &version.public) {
            (VersionState::Active | VersionState::Deactivated, Some(public)) => public.clone(),
            (VersionState::Disabled, _) => {
                return Err(Error::new(Reason::KeyDisabled, format!("A version of {arn} is disabled.")));
            }
            _ => return Err(Error::new(Reason::KeyState, format!("A version of {arn} can't be used."))),
        };
        let (number, algorithm) = (version.number, version.algorithm);
        Ok(PublicKeyAnswer { spki, version: number, algorithm, entry: entry.clone(), arn })
    }
}
