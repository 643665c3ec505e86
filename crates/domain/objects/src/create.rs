use claviger_core::{
    Effect, Error, Gate, Operation, Params, ProviderChoice, Result, RingProof, Scope, actions,
};
use claviger_keys::CreateKey;
use claviger_ports::Change;
use claviger_types::{
    Key, KeyAlgorithm, KeySpec, KeyUsage, KeyVersion, ManagedObject, ObjectId, ObjectKind, ObjectState,
    VersionState, VersionTemplate,
};

use crate::{NewObject, new_object::Identity, policy::owners_policy};

/// Makes a key and the object, or the two objects, that are views of it.
pub struct CreateObject {
    /// What it is made of.
    pub spec: KeySpec,
    /// What it is for.
    pub usage: KeyUsage,
    /// The one algorithm that it is for; of a raw-encrypt key, its first encryption decides if absent.
    pub algorithm: Option<KeyAlgorithm>,
    /// Whether it may ever leave; only software can hold such a key.
    pub exportable: bool,
    /// Who holds it.
    pub provider: ProviderChoice,
    /// The symmetric or private key.
    pub object: NewObject,
    /// The public half of an asymmetric key; if absent, it looks like that of a key that another front has made.
    pub public: Option<NewObject>,
}

/// Objects that were made.
#[derive(Debug)]
pub struct CreatedObjects {
    /// The symmetric or private key.
    pub object: ManagedObject,
    /// The public half.
    pub public: Option<ManagedObject>,
}

impl CreatedObjects {
    /// As they are stored after they were put.
    pub(crate) fn stored(self) -> Self {
        Self { object: self.object.stored(), public: self.public.map(ManagedObject::stored) }
    }
}

impl Operation for CreateObject {
    type Proof = RingProof<actions::CreateKey>;
    type Output = CreatedObjects;
    const NAME: &'static str = "CreateObject";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params {
            exportable: Some(self.exportable),
            key_spec: Some(self.spec),
            key_usage: Some(self.usage),
            ..Params::default()
        }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        check_halves(self.spec, self.public.as_ref())?;
        self.object.check()?;
        self.key("".into()).check()?;
        gate.default_ring(&self.params()).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<CreatedObjects> {
        let policy = owners_policy(&scope.cx().caller.identity);
        let (key, version) = self.key(policy.as_str().into()).prepare(&proof, scope).await?;
        let version = version.ok_or_else(|| Error::internal("a key without a version"))?;
        scope.created(key.id);
        let made = objects_of(&key, &self.object, self.public.as_ref(), scope);
        scope.commit(&proof, changes(key, version, &made)).await?;
        Ok(made.stored())
    }
}

impl CreateObject {
    fn key(&self, policy: Box<str>) -> CreateKey {
        CreateKey {
            policy: Some(policy),
            // The owner may change it, or the account may.
            bypass_lockout_check: true,
            exportable: self.exportable,
            provider: self.provider.clone(),
            template: VersionTemplate { algorithm: self.algorithm, ..VersionTemplate::default() },
            ..CreateKey::new(self.spec, self.usage)
        }
    }
}

/// Refuses a public half of what has none.
pub(crate) fn check_halves(spec: KeySpec, public: Option<&NewObject>) -> Result<()> {
    if public.is_some() && spec.is_symmetric() {
        return Err(Error::invalid("A symmetric key has no public half."));
    }
    public.map_or(Ok(()), NewObject::check)
}

/// The objects that are views of a new key.
pub(crate) fn objects_of(
    key: &Key,
    object: &NewObject,
    public: Option<&NewObject>,
    scope: &Scope<'_>,
) -> CreatedObjects {
    let identity = |id, kind, extractable| Identity {
        id,
        project: key.project,
        kind,
        key: Some(key.id),
        extractable,
        value: None,
        policy: &key.policy,
        now: scope.now(),
    };
    let kind = if key.spec.is_asymmetric() { ObjectKind::PrivateKey } else { ObjectKind::SymmetricKey };
    CreatedObjects {
        object: object.record(identity(ObjectId::of_key(key.id), kind, key.exportable)),
        public: public.map(|public| {
            public.record(identity(ObjectId::of_public_half(key.id), ObjectKind::PublicKey, true))
        }),
    }
}

/// What storing a new key and its objects changes. The version begins in the state of its object.
pub(crate) fn changes(key: Key, version: KeyVersion, made: &CreatedObjects) -> Vec<Change> {
    let state = match made.object.state {
        ObjectState::Active => VersionState::Active,
        ObjectState::Deactivated => VersionState::Deactivated,
        _ => VersionState::PreActive,
    };
    let objects = [Some(&made.object), made.public.as_ref()].into_iter().flatten();
    [Change::PutKey(key), Change::PutVersion(KeyVersion { state, ..version })]
        .into_iter()
        .chain(objects.cloned().map(Change::PutObject))
        .collect()
}
