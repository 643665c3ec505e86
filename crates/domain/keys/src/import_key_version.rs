use std::sync::Arc;

use claviger_core::{
    Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Reason, Result, RingProof, Scope, actions,
};
use claviger_ports::{Capability, Change, SealedPlace};
use claviger_types::{
    ImportJobName, KeyAlgorithm, KeyOrigin, KeySpec, KeyVersion, SecretBytes, VersionImport, VersionNumber,
    VersionState, VersionTemplate,
};

use crate::{
    create_key_version::{VersionAnswer, next_number, with_material},
    import_jobs,
    imported_material::{Identity, identify, not_a_key, replaced, unwrap},
    update_key::check_template,
};

/// Makes a version of the material that its owner brings, or brings the material of a destroyed one again.
pub struct ImportKeyVersion {
    /// The key.
    pub key: KeyRef,
    /// The version whose material is brought again; a new one if absent.
    pub version: Option<VersionNumber>,
    /// The import job of the key's ring.
    pub job: ImportJobName,
    /// What the material is; it must be the key's.
    pub spec: KeySpec,
    /// The one algorithm of the version; the key's if absent.
    pub algorithm: Option<KeyAlgorithm>,
    /// The material, wrapped as the job says: the raw bytes of a symmetric key, PKCS#8 in DER of a private key.
    pub wrapped: Vec<u8>,
}

type Proof = (KeyProof<actions::ImportKeyVersion>, RingProof<actions::UseImportJob>);

impl Operation for ImportKeyVersion {
    type Proof = Proof;
    type Output = VersionAnswer;
    const NAME: &'static str = "ImportKeyVersion";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(self.job.as_str()), version: self.version, ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        let key: KeyProof<actions::ImportKeyVersion> = gate.own_key(&self.key, &self.params()).await?;
        let ring = key.target().key().place.ring.clone();
        Ok((key, gate.ring(&ring, &self.params()).await?))
    }

    async fn run(&self, (key, ring): Self::Proof, scope: &Scope<'_>) -> Result<VersionAnswer> {
        let of = key.target().key();
        if of.origin == KeyOrigin::Imported {
            let message = "The key material of this key is brought by ImportKeyMaterial.";
            return Err(Error::new(Reason::Unsupported, message));
        }
        if of.spec != self.spec {
            return Err(Error::invalid("The algorithm of the material is not that of the key."));
        }
        let algorithm = self.algorithm.or(of.template.algorithm);
        check_template(&VersionTemplate { algorithm, ..of.template }, of.spec, of.usage)?;
        let material = self.unwrapped(&ring, scope).await?;
        let identity = identify(of.id, of.spec, &material).await?;
        let of = scope.at_next_version(of, Capability::Import)?;
        let before = self.version.and_then(|number| key.target().version(number));
        let version = match self.version {
            None => KeyVersion::new(of.id, next_number(key.target())?, of.provider.clone(), scope.now()),
            Some(number) => {
                self.destroyed(key.target().version_or_primary(Some(number))?, algorithm, &identity)?
            }
        };
        let new = scope.import(&key, &of.provider, of.spec, of.usage, material).await;
        let new = new.map_err(|error| match error.reason() {
            Reason::InvalidRequest => not_a_key(),
            _ => error,
        })?;
        let imported = KeyVersion {
            state: VersionState::Active,
            algorithm,
            destroyed: None,
            import: Some(VersionImport { job: self.job.clone(), time: scope.now() }),
            fingerprint: identity.fingerprint(),
            ..with_material(&key, version, new, scope)?
        };
        let mut changes = vec![Change::PutKey(of.clone()), Change::PutVersion(imported.clone())];
        changes.extend(before.and_then(replaced));
        scope.commit(&key, changes).await?;
        if let Some(before) = before {
            scope.clear_replaced(&key, before).await;
        }
        Ok(VersionAnswer { key: Arc::new(of), version: imported })
    }
}

impl ImportKeyVersion {
    async fn unwrapped(
        &self,
        ring: &RingProof<actions::UseImportJob>,
        scope: &Scope<'_>,
    ) -> Result<SecretBytes> {
        let job = import_jobs::find(ring, &self.job, scope).await?;
        let job = job.ok_or_else(|| import_jobs::absent(&self.job))?;
        let sealed = job.private_key.filter(|_| job.expires > scope.now());
        let sealed =
            sealed.ok_or_else(|| Error::new(Reason::ExpiredImportToken, "The import job has expired."))?;
        let private = scope.open_secret(ring, &SealedPlace::ImportJobKey(job.id), &sealed)?;
        unwrap(job.algorithm, private, self.wrapped.clone()).await
    }

    /// Refuses a version that is not destroyed or never was imported, and material that is not what it had.
    /// It is for what it was for before: a block cipher key in another mode would give away what it encrypted.
    fn destroyed(
        &self,
        version: &KeyVersion,
        algorithm: Option<KeyAlgorithm>,
        identity: &Identity,
    ) -> Result<KeyVersion> {
        if version.state != VersionState::Destroyed || version.import.is_none() {
            let message = "Only the material of an imported version that is destroyed can be brought again.";
            return Err(Error::new(Reason::KeyState, message));
        }
        if version.algorithm != algorithm {
            return Err(Error::invalid("The algorithm is not the one that the version had before."));
        }
        let same = match identity {
            Identity::Fingerprint(fingerprint) => version.fingerprint == Some(*fingerprint),
            Identity::Public(public) => version.public.as_deref() == Some(&**public),
        };
        match same {
            true => Ok(version.clone()),
            false => Err(Error::new(
                Reason::IncorrectKeyMaterial,
                "The key material is not the same that was imported into this version before.",
            )),
        }
    }
}
