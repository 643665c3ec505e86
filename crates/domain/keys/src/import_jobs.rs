//! Import jobs of a ring: wrapping keys under which material for its keys is brought.

use std::sync::Arc;

use claviger_core::{
    Authorized, Effect, Error, Gate, Operation, Params, Reason, Result, RingProof, Scope, actions,
};
use claviger_ports::{Change, Page, SealedPlace};
use claviger_types::{
    ImportJob, ImportJobId, ImportJobName, ImportJobOwner, KeyRingName, WrappingAlgorithm, WrappingKeySpec,
};

/// How long an import job is good for: three days, as in Cloud KMS.
const VALIDITY_SECS: i64 = 3 * 24 * 60 * 60;

/// Makes an import job.
pub struct CreateImportJob {
    /// The ring.
    pub ring: KeyRingName,
    /// Its name there.
    pub name: ImportJobName,
    /// How material will be wrapped.
    pub algorithm: WrappingAlgorithm,
    /// The kind of the wrapping key.
    pub wrapping_spec: WrappingKeySpec,
}

/// An import job.
pub struct GetImportJob {
    /// The ring.
    pub ring: KeyRingName,
    /// Its name there.
    pub name: ImportJobName,
}

/// The import jobs of a ring, by name.
pub struct ListImportJobs {
    /// The ring.
    pub ring: KeyRingName,
    /// Only those after this one.
    pub after: Option<ImportJobName>,
    /// At most so many, 1 to 1000.
    pub limit: usize,
}

/// Forgets the private key of an import job that has expired. Only the service's own worker can call it.
pub struct ExpireImportJob {
    /// The job.
    pub job: ImportJobId,
}

impl Operation for CreateImportJob {
    type Proof = RingProof<actions::CreateImportJob>;
    type Output = ImportJob;
    const NAME: &'static str = "CreateImportJob";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params {
            subject: Some(self.name.as_str()),
            wrapping_algorithm: Some(self.algorithm),
            wrapping_key_spec: Some(self.wrapping_spec),
            ..Params::default()
        }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.ring(&self.ring, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<ImportJob> {
        let ring = &proof.target().ring;
        if find(&proof, &self.name, scope).await?.is_some() {
            return Err(Error::new(
                Reason::AlreadyExists,
                format!("The import job '{}' exists already.", self.name),
            ));
        }
        let (private_key, public_key) = scope.generate_pair(&proof, self.wrapping_spec.key_spec()).await?;
        let id = ImportJobId::from_random(scope.random().bytes());
        let job = ImportJob {
            id,
            owner: ImportJobOwner::Ring {
                project: ring.project,
                ring: ring.name.clone(),
                name: self.name.clone(),
            },
            algorithm: self.algorithm,
            wrapping_spec: self.wrapping_spec,
            public_key: Arc::from(public_key),
            private_key: Some(scope.seal_secret(&proof, &SealedPlace::ImportJobKey(id), &private_key)?),
            created: scope.now(),
            expires: scope.now().plus_secs(VALIDITY_SECS),
        };
        scope.commit(&proof, vec![Change::InsertImportJob(job.clone())]).await?;
        Ok(job)
    }
}

impl Operation for GetImportJob {
    type Proof = RingProof<actions::GetImportJob>;
    type Output = ImportJob;
    const NAME: &'static str = "GetImportJob";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(self.name.as_str()), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.ring(&self.ring, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<ImportJob> {
        find(&proof, &self.name, scope).await?.ok_or_else(|| absent(&self.name))
    }
}

impl Operation for ListImportJobs {
    type Proof = RingProof<actions::ListImportJobs>;
    type Output = Page<ImportJob>;
    const NAME: &'static str = "ListImportJobs";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(self.ring.as_str()), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.ring(&self.ring, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Page<ImportJob>> {
        let ring = &proof.target().ring;
        let (reads, limit) = (scope.reads(&proof), self.limit.clamp(1, 1000));
        Ok(reads.import_jobs_in_ring(ring.project, &ring.name, self.after.as_ref(), limit).await?)
    }
}

impl Operation for ExpireImportJob {
    type Proof = Authorized<actions::ExpireImportJob, ImportJobId>;
    type Output = ();
    const NAME: &'static str = "ExpireImportJob";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.expiry(self.job)
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<()> {
        let job = scope.reads(&proof).import_job(self.job).await?;
        match job.is_some_and(|job| job.private_key.is_some() && job.expires <= scope.now()) {
            true => scope.commit(&proof, vec![Change::ExpireImportJob(self.job)]).await,
            false => Ok(()),
        }
    }
}

/// An import job of the ring.
pub(crate) async fn find<A: claviger_core::Action>(
    proof: &RingProof<A>,
    name: &ImportJobName,
    scope: &Scope<'_>,
) -> Result<Option<ImportJob>> {
    let ring = &proof.target().ring;
    Ok(scope.reads(proof).import_job_in_ring(ring.project, &ring.name, name).await?)
}

pub(crate) fn absent(name: &ImportJobName) -> Error {
    Error::new(Reason::NotFound, format!("The import job '{name}' does not exist."))
}
