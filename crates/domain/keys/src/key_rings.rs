//! Key rings: groups of keys with a policy of their own.

use claviger_core::{
    Authorized, Effect, Error, Gate, Operation, Params, ProjectTarget, Reason, Result, RingProof, Scope,
    actions,
};
use claviger_ports::{Change, KeyRecord, Page, RingCursor};
use claviger_types::{KeyRing, KeyRingName, Revision};

/// Makes a key ring. There is no way to delete one.
pub struct CreateKeyRing {
    /// Its name.
    pub name: KeyRingName,
}

/// A key ring.
pub struct GetKeyRing {
    /// Its name.
    pub name: KeyRingName,
}

/// The key rings of the caller's project, by name.
pub struct ListKeyRings {
    /// Only those after this one.
    pub after: Option<KeyRingName>,
    /// At most so many, 1 to 1000.
    pub limit: usize,
}

/// The keys of a ring: those with names, by name, then the others, by id.
pub struct ListRingKeys {
    /// The ring.
    pub ring: KeyRingName,
    /// Only those behind this place.
    pub after: Option<RingCursor>,
    /// At most so many, 1 to 1000.
    pub limit: usize,
}

impl Operation for CreateKeyRing {
    type Proof = Authorized<actions::CreateKeyRing, ProjectTarget>;
    type Output = KeyRing;
    const NAME: &'static str = "CreateKeyRing";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(self.name.as_str()), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<KeyRing> {
        let ProjectTarget(project) = *proof.target();
        let known = scope.reads(&proof).key_ring(project, &self.name).await?;
        if known.is_some() || self.name.is_default() {
            return Err(Error::new(
                Reason::AlreadyExists,
                format!("The key ring '{}' exists already.", self.name),
            ));
        }
        let ring = KeyRing {
            project,
            name: self.name.clone(),
            policy: None,
            created: scope.now(),
            revision: Revision::NEW,
        };
        scope.commit(&proof, vec![Change::PutKeyRing(ring.clone())]).await?;
        Ok(ring)
    }
}

impl Operation for GetKeyRing {
    type Proof = RingProof<actions::GetKeyRing>;
    type Output = KeyRing;
    const NAME: &'static str = "GetKeyRing";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(self.name.as_str()), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.ring(&self.name, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, _scope: &Scope<'_>) -> Result<KeyRing> {
        Ok(proof.target().ring.clone())
    }
}

impl Operation for ListKeyRings {
    type Proof = Authorized<actions::ListKeyRings, ProjectTarget>;
    type Output = Page<KeyRing>;
    const NAME: &'static str = "ListKeyRings";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    /// The default ring is shown also where it has no record yet.
    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Page<KeyRing>> {
        let ProjectTarget(project) = *proof.target();
        let limit = self.limit.clamp(1, 1000);
        let mut page = scope.reads(&proof).key_rings(project, self.after.as_ref(), limit).await?;
        let default = KeyRingName::default();
        let behind = self.after.as_ref().is_none_or(|after| *after < default);
        let before = !page.more || page.items.last().is_some_and(|last| default < last.name);
        if behind && before && page.items.iter().all(|ring| ring.name != default) {
            let ring = scope.default_ring(&proof).await?;
            let at = page.items.partition_point(|other| other.name < default);
            page.items.insert(at, ring);
            page.more |= page.items.len() > limit;
            page.items.truncate(limit);
        }
        Ok(page)
    }
}

impl Operation for ListRingKeys {
    type Proof = RingProof<actions::ListKeys>;
    type Output = Page<KeyRecord>;
    const NAME: &'static str = "ListRingKeys";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(self.ring.as_str()), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.ring(&self.ring, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Page<KeyRecord>> {
        let ring = &proof.target().ring;
        let limit = self.limit.clamp(1, 1000);
        Ok(scope.reads(&proof).keys_in_ring(ring.project, &ring.name, self.after.as_ref(), limit).await?)
    }
}
