//! What still needs a version in a provider that is to be emptied.

use std::{collections::BTreeMap, fmt};

use claviger_core::{Action, Authorized, Result, Scope};
use claviger_ports::KeyRecord;
use claviger_types::{AccountId, AuthorityName, KeyId, KeyVersion, ProviderId, VersionNumber, VersionState};

/// What needs a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionNeed {
    /// It is the primary one.
    Primary,
    /// Its key has not been moved elsewhere.
    NotMoved,
    /// A certificate authority signs with it.
    Authority(AuthorityName),
}

impl fmt::Display for VersionNeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Primary => f.write_str("primary"),
            Self::NotMoved => f.write_str("not moved"),
            Self::Authority(name) => write!(f, "certificate authority {name}"),
        }
    }
}

/// Which versions certificate authorities sign with.
pub(crate) struct Signers(BTreeMap<(KeyId, VersionNumber), AuthorityName>);

impl Signers {
    /// Those of a project whose certificates have not expired.
    pub(crate) async fn of<A: Action, T>(
        project: AccountId,
        proof: &Authorized<A, T>,
        scope: &Scope<'_>,
    ) -> Result<Self> {
        let (mut signers, mut after) = (BTreeMap::new(), None);
        loop {
            let page = scope.reads(proof).authorities(project, after.as_ref(), 1000).await?;
            for authority in &page.items {
                let valid = authority.issuers.iter().filter(|issuer| issuer.not_after > scope.now());
                signers.extend(valid.map(|issuer| ((issuer.key, issuer.version), authority.name.clone())));
            }
            after = page.items.last().map(|authority| authority.name.clone());
            if !page.more {
                return Ok(Self(signers));
            }
        }
    }

    /// What needs a version of a key as long as it is in `provider`.
    pub(crate) fn need(
        &self,
        record: &KeyRecord,
        version: &KeyVersion,
        provider: &ProviderId,
    ) -> Option<VersionNeed> {
        let key = &record.key;
        // What is deactivated still decrypts, and what is not active yet will be.
        if version.state == VersionState::DestructionScheduled {
            return None;
        }
        if version.number == key.primary {
            return Some(VersionNeed::Primary);
        }
        if let Some(authority) = self.0.get(&(version.key, version.number)) {
            return Some(VersionNeed::Authority(authority.clone()));
        }
        // Where new versions are made says nothing as long as the primary one is still here.
        let primary = record.versions.iter().find(|version| version.number == key.primary);
        let has_primary = primary.is_some_and(|primary| primary.provider == *provider);
        (key.provider == *provider || has_primary).then_some(VersionNeed::NotMoved)
    }
}
