use claviger_core::{
    Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_ports::{Change, SealedPlace};
use claviger_types::{
    Days, ImportJobId, ImportJobOwner, KeyState, KeyVersion, SecretBytes, Timestamp, VersionNumber,
    VersionState,
};

use crate::{
    create_key_version::with_material,
    get_parameters_for_import::require_imported,
    imported_material::{Identity, identify, not_a_key, replaced, unwrap},
};

/// The longest time after which material expires.
const MAX_VALIDITY: Days = Days(365);

/// Gives a key the material that its owner brings. What was brought once can be brought again, nothing else.
pub struct ImportKeyMaterial {
    /// The key.
    pub key: KeyRef,
    /// The token of the prepared import.
    pub token: ImportJobId,
    /// The material, wrapped as it was prepared: the raw bytes of a symmetric key, PKCS#8 in DER of a private key.
    pub wrapped: Vec<u8>,
    /// When the material expires; in the future, at most 365 days ahead. `None` if it does not.
    pub valid_to: Option<Timestamp>,
    /// Whether it is new; if absent, it is so exactly for a key that never had any.
    pub import_type: Option<ImportType>,
}

/// Whether material was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportType {
    /// It was.
    Existing,
    /// It was not.
    New,
}

/// Material that was taken over.
#[derive(Debug)]
pub struct ImportedKeyMaterial {
    /// The ARN of the key.
    pub key_arn: String,
    /// The version that has it.
    pub version: VersionNumber,
}

impl ImportKeyMaterial {
    /// The token as it comes over the wire.
    ///
    /// # Errors
    /// `InvalidImportToken`.
    pub fn parse_token(bytes: &[u8]) -> Result<ImportJobId> {
        bytes.try_into().map(ImportJobId::from_bytes).map_err(|_| invalid_token())
    }
}

impl Operation for ImportKeyMaterial {
    type Proof = KeyProof<actions::ImportKeyMaterial>;
    type Output = ImportedKeyMaterial;
    const NAME: &'static str = "ImportKeyMaterial";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { valid_to: self.valid_to, ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.own_key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<ImportedKeyMaterial> {
        let entry = key.target();
        let key_arn = scope.key_arn(entry);
        require_imported(entry.key().origin, &key_arn)?;
        self.check_validity(scope.now())?;
        let material = self.unwrapped(&key, scope).await?;
        let identity = identify(entry.id(), entry.key().spec, &material).await?;
        let version = entry.primary()?;
        check_state(version)?;
        self.check_identity(version, &identity)?;
        let changed = self.filled(&key, version, identity, material, scope).await?;
        let mut changed_key = entry.key().clone();
        if changed_key.state == KeyState::PendingImport {
            changed_key.state = KeyState::Enabled;
        }
        let before = (changed.tag != version.tag).then_some(version);
        let mut changes = vec![Change::PutKey(changed_key), Change::PutVersion(changed)];
        changes.extend(before.and_then(replaced));
        scope.commit(&key, changes).await?;
        if let Some(before) = before {
            scope.clear_replaced(&key, before).await;
        }
        Ok(ImportedKeyMaterial { key_arn, version: version.number })
    }
}

impl ImportKeyMaterial {
    fn check_validity(&self, now: Timestamp) -> Result<()> {
        let Some(valid_to) = self.valid_to else { return Ok(()) };
        match valid_to > now && valid_to <= now.plus_days(MAX_VALIDITY) {
            true => Ok(()),
            false => Err(Error::invalid("ValidTo must be in the future, at most 365 days ahead.")),
        }
    }

    async fn unwrapped(
        &self,
        key: &KeyProof<actions::ImportKeyMaterial>,
        scope: &Scope<'_>,
    ) -> Result<SecretBytes> {
        let job = scope.reads(key).import_job(self.token).await?;
        let owner = ImportJobOwner::Key(key.target().id());
        let job = job.filter(|job| job.owner == owner).ok_or_else(invalid_token)?;
        let sealed = job.private_key.filter(|_| job.expires > scope.now());
        let sealed =
            sealed.ok_or_else(|| Error::new(Reason::ExpiredImportToken, "The import token has expired."))?;
        let private = scope.open_secret(key, &SealedPlace::ImportJobKey(job.id), &sealed)?;
        unwrap(job.algorithm, private, self.wrapped.clone()).await
    }

    /// Refuses material that is not what the key had before.
    fn check_identity(&self, version: &KeyVersion, identity: &Identity) -> Result<()> {
        let fingerprint = version.fingerprint.map(Identity::Fingerprint);
        let known =
            fingerprint.or_else(|| version.public.as_ref().map(|public| Identity::Public(public.to_vec())));
        let refused = |message: &'static str| Err(Error::new(Reason::IncorrectKeyMaterial, message));
        match (known, self.import_type) {
            (Some(_), Some(ImportType::New)) => Err(Error::new(
                Reason::Unsupported,
                "The key has key material; rotation of imported key material is not supported.",
            )),
            (Some(known), _) if known != *identity => {
                refused("The key material is not the same that was imported into this key before.")
            }
            (None, Some(ImportType::Existing)) => {
                refused("No key material has been imported into this key before.")
            }
            _ => Ok(()),
        }
    }

    /// The version with the material. Material that is there already is not taken over again; only its expiry changes.
    async fn filled(
        &self,
        key: &KeyProof<actions::ImportKeyMaterial>,
        version: &KeyVersion,
        identity: Identity,
        material: SecretBytes,
        scope: &Scope<'_>,
    ) -> Result<KeyVersion> {
        let changed = KeyVersion { valid_to: self.valid_to, ..version.clone() };
        if version.handle.is_some() {
            return Ok(changed);
        }
        let of = key.target().key();
        let new = scope.import(key, &version.provider, of.spec, of.usage, material).await;
        let new = new.map_err(|error| match error.reason() {
            Reason::InvalidRequest => not_a_key(),
            _ => error,
        })?;
        let mut changed = with_material(key, changed, new, scope)?;
        if changed.state == VersionState::PendingImport {
            changed.state = VersionState::Active;
        }
        changed.fingerprint = match identity {
            Identity::Fingerprint(fingerprint) => Some(fingerprint),
            Identity::Public(_) => None,
        };
        Ok(changed)
    }
}

/// Material cannot bring back what is destroyed, or take back its destruction.
fn check_state(version: &KeyVersion) -> Result<()> {
    match version.state {
        VersionState::PendingImport | VersionState::Active | VersionState::Disabled => Ok(()),
        _ => Err(Error::new(
            Reason::KeyState,
            format!("Version {} can't be given key material now.", version.number),
        )),
    }
}

fn invalid_token() -> Error {
    Error::new(Reason::InvalidImportToken, "The import token is not valid for this key.")
}

#[cfg(test)]
mod tests;
