use std::sync::Arc;

use claviger_core::{
    Authorized, Effect, Error, Gate, KeyEntry, KeyProof, KeyRef, MadeKey, MayChange, MayGenerate, Operation,
    Params, Reason, Result, Scope, actions,
};
use claviger_ports::{Capability, Change, SealedPlace};
use claviger_types::{Key, KeyVersion, VersionNumber, VersionState};

use crate::rotate_key::refuse_ended;

/// The most versions that a key can have.
const MAX_VERSIONS: u32 = 10_000;

/// Makes a new version of a key, which does not become the primary one unless it is the first.
pub struct CreateKeyVersion {
    /// The key.
    pub key: KeyRef,
}

/// A version after a change, with its key.
#[derive(Clone, Debug)]
pub struct VersionAnswer {
    /// The key.
    pub key: Arc<Key>,
    /// The version.
    pub version: KeyVersion,
}

impl Operation for CreateKeyVersion {
    type Proof = KeyProof<actions::CreateKeyVersion>;
    type Output = VersionAnswer;
    const NAME: &'static str = "CreateKeyVersion";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.own_key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<VersionAnswer> {
        let of = key.target().key();
        if of.template.import_only || !of.origin.is_renewable() {
            return Err(Error::new(Reason::KeyState, "The versions of this key are imported."));
        }
        refuse_ended(key.target())?;
        let of = scope.at_next_version(of, Capability::Generate)?;
        let version = generated(&key, &of, next_number(key.target())?, scope).await?;
        put_version_of(&key, of, version, scope).await
    }
}

/// The number of the version that is made next.
pub(crate) fn next_number(entry: &KeyEntry) -> Result<VersionNumber> {
    let next = match entry.record.versions.iter().map(|version| version.number).max() {
        None => Some(VersionNumber::FIRST),
        Some(last) => last.next().filter(|next| next.get() <= MAX_VERSIONS),
    };
    next.ok_or_else(|| Error::new(Reason::Quota, "The key has too many versions."))
}

/// A version with new material.
pub(crate) async fn generated<A: MayGenerate + MayChange, T>(
    proof: &Authorized<A, T>,
    key: &Key,
    number: VersionNumber,
    scope: &Scope<'_>,
) -> Result<KeyVersion> {
    let made = scope.generate(proof, &key.provider, key.spec, key.usage).await?;
    let version = KeyVersion {
        state: VersionState::Active,
        algorithm: key.template.algorithm,
        ..KeyVersion::new(key.id, number, key.provider.clone(), scope.now())
    };
    with_material(proof, version, made, scope)
}

/// A version that has its material from now on.
pub(crate) fn with_material<A: MayChange, T>(
    proof: &Authorized<A, T>,
    version: KeyVersion,
    made: MadeKey,
    scope: &Scope<'_>,
) -> Result<KeyVersion> {
    let MadeKey { provider, protection, tag, handle, public } = made;
    let place = SealedPlace::VersionHandle(version.key, version.number);
    let handle = Some(scope.seal_secret(proof, &place, &handle.0)?);
    Ok(KeyVersion { provider, protection, tag, handle, public: public.map(Arc::from), ..version })
}

/// Stores a version, new or changed. The key is written too: so that two changes at the same time are told apart.
pub(crate) async fn put_version<A: MayChange>(
    proof: &KeyProof<A>,
    version: KeyVersion,
    scope: &Scope<'_>,
) -> Result<VersionAnswer> {
    put_version_of(proof, proof.target().key().clone(), version, scope).await
}

/// The same with a key that is changed, too.
pub(crate) async fn put_version_of<A: MayChange>(
    proof: &KeyProof<A>,
    key: Key,
    version: KeyVersion,
    scope: &Scope<'_>,
) -> Result<VersionAnswer> {
    let changes = vec![Change::PutKey(key.clone()), Change::PutVersion(version.clone())];
    scope.commit(proof, changes).await?;
    Ok(VersionAnswer { key: Arc::new(key), version })
}
