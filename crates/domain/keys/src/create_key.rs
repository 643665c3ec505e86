use std::sync::Arc;

use claviger_core::{
    Effect, Error, Gate, MayChange, MayGenerate, MayImport, Operation, Params, ProviderChoice, Reason,
    Result, RingProof, Scope, VersionDetail, actions,
};
use claviger_ports::{Capability, Change};
use claviger_types::{
    Days, Key, KeyId, KeyOrigin, KeyPlace, KeyRingName, KeySpec, KeyState, KeyUsage, KeyVersion,
    ProtectionLevel, Revision, RingKeyName, Rotation, SecretBytes, Tags, VersionNumber, VersionState,
    VersionTemplate,
};

use crate::{
    create_key_version::generated,
    default_policy,
    imported_material::imported,
    put_key_policy::check_policy,
    tags::check_tags,
    update_key::{check_rotation, check_template},
    update_key_description::check_description,
};

/// Makes a key.
pub struct CreateKey {
    /// Its ring and its name there; in the ring `default`, without a name, if absent.
    pub place: Option<(KeyRingName, RingKeyName)>,
    /// What it is made of.
    pub spec: KeySpec,
    /// What it is for.
    pub usage: KeyUsage,
    /// Where its material comes from; imported material is brought later.
    pub origin: KeyOrigin,
    /// Whether it may ever leave in the clear; only software can hold such a key.
    pub exportable: bool,
    /// Free text, at most 8192 characters.
    pub description: Box<str>,
    /// Its policy; the default one if absent.
    pub policy: Option<Box<str>>,
    /// Whether a policy that locks the caller out is accepted.
    pub bypass_lockout_check: bool,
    /// Its labels.
    pub tags: Tags,
    /// What its versions are like.
    pub template: VersionTemplate,
    /// Whether it has a first version from the start.
    pub initial_version: bool,
    /// How it is rotated by time.
    pub rotation: Option<Rotation>,
    /// Who holds it. The protection level of the template follows from it.
    pub provider: ProviderChoice,
}

impl CreateKey {
    /// A key of the ring `default` with generated material and the default policy.
    pub fn new(spec: KeySpec, usage: KeyUsage) -> Self {
        Self {
            place: None,
            spec,
            usage,
            origin: KeyOrigin::Generated,
            exportable: false,
            description: "".into(),
            policy: None,
            bypass_lockout_check: false,
            tags: Tags::new(),
            template: VersionTemplate::default(),
            initial_version: true,
            rotation: None,
            provider: ProviderChoice::Default,
        }
    }
}

/// The key that was made.
pub struct CreatedKey {
    /// The key.
    pub key: Key,
    /// Its first version, if it has one.
    pub version: Option<KeyVersion>,
    /// What is known of it besides.
    pub details: Vec<VersionDetail>,
    /// Its ARN.
    pub arn: String,
}

type Proof = RingProof<actions::CreateKey>;

impl Operation for CreateKey {
    type Proof = Proof;
    type Output = CreatedKey;
    const NAME: &'static str = "CreateKey";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params {
            bypass_lockout_check: Some(self.bypass_lockout_check),
            exportable: self.exportable.then_some(true),
            key_origin: Some(self.origin),
            key_spec: Some(self.spec),
            key_usage: Some(self.usage),
            rotation_period: self.rotation.map(|rotation| Days::of(rotation.period)),
            subject: self.place.as_ref().map(|(_, name)| name.as_str()),
            tags: (!self.tags.is_empty()).then_some(&self.tags),
            ..Params::default()
        }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        if self.origin == KeyOrigin::Adopted {
            return Err(Error::invalid("Keys that are in a device already are taken over by AdoptKey."));
        }
        self.check()?;
        match &self.place {
            Some((ring, _)) => gate.ring(ring, &self.params()).await,
            None => gate.default_ring(&self.params()).await,
        }
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<CreatedKey> {
        let (key, version) = self.prepare(&proof, scope).await?;
        scope.created(key.id);
        let changes = [Change::PutKey(key.clone())].into_iter();
        scope.commit(&proof, changes.chain(version.clone().map(Change::PutVersion)).collect()).await?;
        let arn = scope.arn(key.project, &format!("key/{}", key.id));
        let details = scope.details(&proof, version.as_slice()).await?;
        Ok(CreatedKey { key, version, details, arn })
    }
}

impl CreateKey {
    /// Refuses what can be no key, whoever asks.
    ///
    /// # Errors
    /// `InvalidRequest`.
    pub fn check(&self) -> Result<()> {
        check_description(&self.description)?;
        check_tags(&self.tags)?;
        check_template(&self.template, self.spec, self.usage)?;
        check_rotation(self.rotation, self.usage, self.template.import_only)?;
        match self.place.as_ref().is_some_and(|(_, name)| name.as_str().parse::<KeyId>().is_ok()) {
            true => Err(Error::invalid("A key's name must not look like the id of a key.")),
            false => Ok(()),
        }
    }

    /// The key and its first version, yet to be stored: for operations that store more than that.
    ///
    /// # Errors
    /// As of the operation.
    pub async fn prepare<A: MayGenerate + MayChange>(
        &self,
        proof: &RingProof<A>,
        scope: &Scope<'_>,
    ) -> Result<(Key, Option<KeyVersion>)> {
        let key = self.key(proof, scope).await?;
        if self.initial_version {
            let version = self.first_version(&key, proof, scope).await?;
            return Ok((key, Some(version)));
        }
        let by = if self.template.import_only { Capability::Import } else { Capability::Generate };
        scope.check_supported(&key.provider, self.spec, self.usage, by)?;
        Ok((key, None))
    }

    /// The same of a key that is made of `material`: raw bytes of a symmetric key, PKCS#8 in DER of a private one.
    ///
    /// # Errors
    /// `InvalidRequest` if it is no valid key of the specification; as of the operation.
    pub async fn prepare_of<A: MayImport + MayChange>(
        &self,
        material: SecretBytes,
        proof: &RingProof<A>,
        scope: &Scope<'_>,
    ) -> Result<(Key, KeyVersion)> {
        let key = Key { state: KeyState::Enabled, ..self.key(proof, scope).await? };
        let version = imported(proof, &key, VersionNumber::FIRST, material, scope).await?;
        Ok((key, version))
    }

    async fn key<A: MayChange>(&self, proof: &RingProof<A>, scope: &Scope<'_>) -> Result<Key> {
        let project = proof.target().ring.project;
        let id = KeyId::from_random(scope.random().bytes());
        let (provider, protection) = scope.provider(&self.provider)?;
        if self.exportable && protection != ProtectionLevel::Software {
            return Err(Error::new(
                Reason::Unsupported,
                "Keys can't be extracted from the device that is to hold this one.",
            ));
        }
        let policy = match &self.policy {
            Some(policy) => {
                check_policy(policy, self.bypass_lockout_check, project, id, proof, scope).await?;
                policy.clone()
            }
            None => default_policy(project).into(),
        };
        Ok(Key {
            id,
            project,
            place: self.free_place(proof, scope).await?,
            spec: self.spec,
            usage: self.usage,
            origin: self.origin,
            provider,
            exportable: self.exportable,
            state: match self.origin {
                KeyOrigin::Generated | KeyOrigin::Adopted => KeyState::Enabled,
                KeyOrigin::Imported => KeyState::PendingImport,
            },
            description: self.description.clone(),
            policy: Arc::from(&*policy),
            policy_source: None,
            tags: self.tags.clone(),
            created: scope.now(),
            primary: VersionNumber::FIRST,
            template: VersionTemplate { protection, ..self.template },
            rotation: self.rotation,
            deletion: None,
            revision: Revision::NEW,
        })
    }

    async fn free_place<A: MayChange>(&self, proof: &RingProof<A>, scope: &Scope<'_>) -> Result<KeyPlace> {
        let Some((ring, name)) = &self.place else { return Ok(KeyPlace::default()) };
        let project = proof.target().ring.project;
        match scope.reads(proof).key_in_ring(project, ring, name).await? {
            None => Ok(KeyPlace { ring: ring.clone(), name: Some(name.clone()) }),
            Some(_) => Err(Error::new(
                Reason::AlreadyExists,
                format!("There is, or was, a key '{name}' in the key ring '{ring}'."),
            )),
        }
    }

    async fn first_version<A: MayGenerate + MayChange>(
        &self,
        key: &Key,
        proof: &RingProof<A>,
        scope: &Scope<'_>,
    ) -> Result<KeyVersion> {
        let number = VersionNumber::FIRST;
        match self.origin {
            KeyOrigin::Generated | KeyOrigin::Adopted => generated(proof, key, number, scope).await,
            KeyOrigin::Imported => {
                scope.check_supported(&key.provider, self.spec, self.usage, Capability::Import)?;
                let version = KeyVersion::new(key.id, number, key.provider.clone(), scope.now());
                Ok(KeyVersion { state: VersionState::PendingImport, ..version })
            }
        }
    }
}
