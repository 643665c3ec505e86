use std::sync::Arc;

use claviger_core::{
    Effect, Error, Gate, KeyEntry, KeyProof, KeyRef, Operation, Params, ProviderChoice, Reason, Result,
    Scope, actions,
};
use claviger_ports::Change;
use claviger_types::{
    Key, KeyUsage, KeyVersion, ProtectionLevel, ProviderId, VersionNumber, VersionState, VersionTemplate,
};

use crate::create_key_version::{generated, next_number};

/// Moves a key to another provider for good: there is a new version there, which is the primary one from now on. Those that
/// there were stay where they are, and go on doing for what exists what they did.
///
/// The material does not move, because it does not leave a device. Doing it again changes nothing.
pub struct MoveKey {
    /// The key.
    pub key: KeyRef,
    /// Where to.
    pub to: ProviderChoice,
    /// Also if whoever names no version gets another one for what exists: another public key, codes and raw ciphertexts
    /// that the new version does not know.
    pub new_material: bool,
}

/// What a move came to.
pub struct MovedKey {
    /// The key as it is now.
    pub key: Arc<Key>,
    /// What was done.
    pub done: Move,
}

/// What a move came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// There is a new primary version.
    NewVersion(VersionNumber),
    /// The next version will be made there; nothing had to be made now.
    NextVersions,
    /// It was there already.
    Nothing,
}

impl Operation for MoveKey {
    type Proof = KeyProof<actions::MoveKey>;
    type Output = MovedKey;
    const NAME: &'static str = "MoveKey";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        let provider = match &self.to {
            ProviderChoice::Named(name) => Some(name),
            _ => None,
        };
        Params { new_material: Some(self.new_material), provider, ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        let proof: Self::Proof = gate.own_key(&self.key, &self.params()).await?;
        let (provider, protection) = gate.destination(&self.to, proof.target().key())?;
        self.check(proof.target(), &provider, protection)?;
        Ok(proof)
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<MovedKey> {
        let entry = proof.target();
        let (provider, protection) = scope.destination(&self.to, entry.key())?;
        let template = VersionTemplate { protection, ..entry.key().template };
        let mut key = Key { provider: provider.clone(), template, ..entry.key().clone() };
        let mut changes = Vec::new();
        let mut done = Move::NextVersions;
        if to_leave(entry, &provider).is_some() {
            let version = generated(&proof, &key, next_number(entry)?, scope).await?;
            key.primary = version.number;
            done = Move::NewVersion(version.number);
            scope.about(&version);
            changes.push(Change::PutVersion(version));
        } else if key == *entry.key() {
            return Ok(MovedKey { key: entry.record.key.clone(), done: Move::Nothing });
        }
        changes.push(Change::PutKey(key.clone()));
        scope.commit(&proof, changes).await?;
        Ok(MovedKey { key: Arc::new(key), done })
    }
}

impl MoveKey {
    /// Refuses what a new version would break.
    fn check(&self, entry: &KeyEntry, to: &ProviderId, protection: ProtectionLevel) -> Result<()> {
        let unsupported = |why: &str| Err(Error::new(Reason::Unsupported, why));
        let key = entry.key();
        if key.template.import_only || !key.origin.is_renewable() {
            return unsupported("Its material is imported: its owner brings it to a new key.");
        }
        if key.exportable && protection == ProtectionLevel::Hsm {
            return unsupported("It may be exported, and what is in a device can't be.");
        }
        if let Some(version) = entry.version(key.primary).filter(|version| is_paused(version)) {
            let (number, state) = (version.number, version.state);
            let why =
                format!("Its primary version {number} is not active ({state:?}), and a new one would be.");
            return Err(Error::new(Reason::KeyState, why));
        }
        if self.new_material || to_leave(entry, to).is_none() {
            return Ok(());
        }
        match key.usage {
            KeyUsage::Encrypt => Ok(()),
            KeyUsage::Sign | KeyUsage::AsymmetricDecrypt | KeyUsage::KeyAgreement => {
                unsupported("It would get another public key.")
            }
            KeyUsage::Mac => unsupported("Codes of before would be checked with another key."),
            KeyUsage::RawEncrypt => unsupported("Ciphertexts of before would be decrypted with another key."),
        }
    }
}

/// The primary version, if it is used and elsewhere.
fn to_leave<'a>(entry: &'a KeyEntry, to: &ProviderId) -> Option<&'a KeyVersion> {
    let primary = entry.version(entry.key().primary)?;
    (primary.state == VersionState::Active && primary.provider != *to).then_some(primary)
}

/// Whether a version is refused now, and may be used again.
fn is_paused(version: &KeyVersion) -> bool {
    match version.state {
        VersionState::Disabled
        | VersionState::PendingGeneration
        | VersionState::PendingImport
        | VersionState::PreActive => true,
        VersionState::Active
        | VersionState::Compromised
        | VersionState::Deactivated
        | VersionState::Destroyed
        | VersionState::DestructionScheduled
        | VersionState::Failed => false,
    }
}
