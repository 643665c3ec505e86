use std::sync::Arc;

use claviger_access::Policy;
use claviger_ports::KeyRecord;
use claviger_types::{
    AccountId, Grant, Key, KeyAlgorithm, KeyId, KeyRing, KeyRingName, KeyState, KeyUsage, KeyVersion,
    ProtectionLevel, RingKeyName, VersionNumber, VersionState,
};

use crate::{Error, Needs, Reason, Result};

/// A key as the pipeline sees it: its record, its policy compiled, its grants.
pub struct KeyEntry {
    /// What is stored.
    pub record: KeyRecord,
    /// Its policy.
    pub policy: Arc<Policy>,
    /// The policy of its ring, if that has one.
    pub ring_policy: Option<Arc<Policy>>,
    /// Its grants, by id.
    pub grants: Box<[Arc<Grant>]>,
}

/// A key ring as the pipeline sees it: its record, and its policy compiled.
pub struct RingEntry {
    /// What is stored, or would be.
    pub ring: KeyRing,
    /// Its policy, if it has one.
    pub policy: Option<Arc<Policy>>,
}

impl KeyEntry {
    /// Its id.
    pub fn id(&self) -> KeyId {
        self.record.key.id
    }

    /// The key without its versions.
    pub fn key(&self) -> &Key {
        &self.record.key
    }

    /// The project that owns it.
    pub fn project(&self) -> AccountId {
        self.record.key.project
    }

    /// One of its versions.
    pub fn version(&self, number: VersionNumber) -> Option<&KeyVersion> {
        self.record.versions.iter().find(|version| version.number == number)
    }

    /// What protects a version of it.
    pub fn protection(&self, number: VersionNumber) -> ProtectionLevel {
        self.version(number).map_or(self.key().template.protection, |version| version.protection)
    }

    /// The version that encrypts, signs and computes codes where a caller names none.
    ///
    /// # Errors
    /// `KeyState` if the key has no version yet.
    pub fn primary(&self) -> Result<&KeyVersion> {
        self.version(self.record.key.primary).ok_or_else(|| match self.record.versions.is_empty() {
            true => Error::new(Reason::KeyState, "The key has no version yet."),
            false => Error::new(Reason::StoredDataDamaged, "A stored record is damaged.")
                .caused_by("key without primary version"),
        })
    }

    /// The version that a caller names, or the primary one.
    ///
    /// # Errors
    /// `NotFound`, `KeyState`.
    pub fn version_or_primary(&self, number: Option<VersionNumber>) -> Result<&KeyVersion> {
        match number {
            None => self.primary(),
            Some(number) => self
                .version(number)
                .ok_or_else(|| Error::new(Reason::NotFound, format!("The key has no version {number}."))),
        }
    }

    /// What a version is for: the one algorithm that its maker fixed, or the usual one of such keys.
    pub fn algorithm_of(&self, version: &KeyVersion) -> Option<KeyAlgorithm> {
        version.algorithm.or_else(|| KeyAlgorithm::default_of(self.key().spec, self.key().usage))
    }

    /// Whether a path in the hierarchy of the project is this key's.
    pub(crate) fn is_at(&self, ring: &KeyRingName, name: &RingKeyName) -> bool {
        let place = &self.key().place;
        place.ring == *ring
            && match &place.name {
                Some(own) => own == name,
                None => name.as_str().parse() == Ok(self.id()),
            }
    }

    /// Refuses what the key is not made for and what its state does not allow.
    pub(crate) fn check(
        &self,
        needs: Needs,
        version: Option<VersionNumber>,
        arn: impl Fn() -> String,
    ) -> Result<()> {
        match needs {
            Needs::Nothing => Ok(()),
            Needs::NotPendingDeletion => match self.key().state {
                KeyState::PendingDeletion => Err(state_error(self.key().state, &arn())),
                _ => Ok(()),
            },
            Needs::ToProtect(usages) => {
                self.check_usable(usages, &arn)?;
                match self.version_or_primary(version)?.state {
                    state if state.may_protect() => Ok(()),
                    state => Err(version_error(state, &arn())),
                }
            }
            Needs::ToProcess(usages) => {
                self.check_usable(usages, &arn)?;
                // Which version a symmetric ciphertext needs is written in it.
                if self.key().usage == KeyUsage::Encrypt && version.is_none() {
                    return Ok(());
                }
                match self.version_or_primary(version)?.state {
                    state if state.may_process() => Ok(()),
                    state => Err(version_error(state, &arn())),
                }
            }
        }
    }

    fn check_usable(&self, usages: &[KeyUsage], arn: &impl Fn() -> String) -> Result<()> {
        match self.key().state {
            KeyState::Enabled => {}
            state => return Err(state_error(state, &arn())),
        }
        if usages.contains(&self.key().usage) {
            return Ok(());
        }
        let usage = self.key().usage.policy_name();
        Err(Error::new(
            Reason::InvalidKeyUsage,
            format!("{} key usage is {usage} which is not valid for this operation.", arn()),
        ))
    }
}

/// The refusal that fits a key's state.
pub(crate) fn state_error(state: KeyState, arn: &str) -> Error {
    match state {
        KeyState::Disabled => Error::new(Reason::KeyDisabled, format!("{arn} is disabled.")),
        // Clients recognise this by the words "is pending deletion".
        KeyState::PendingDeletion => Error::new(Reason::KeyState, format!("{arn} is pending deletion.")),
        KeyState::PendingImport => Error::new(Reason::KeyState, format!("{arn} is pending import.")),
        KeyState::Destroyed => Error::new(Reason::NotFound, format!("Key '{arn}' does not exist")),
        KeyState::Enabled => Error::new(Reason::KeyState, format!("{arn} is enabled.")),
    }
}

/// The refusal that fits a version's state.
pub(crate) fn version_error(state: VersionState, arn: &str) -> Error {
    match state {
        VersionState::Disabled => Error::new(Reason::KeyDisabled, format!("A version of {arn} is disabled.")),
        state => Error::new(Reason::KeyState, format!("A version of {arn} is not active ({state:?}).")),
    }
}
