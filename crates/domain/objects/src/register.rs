use std::sync::Arc;

use claviger_core::{
    Effect, Error, Gate, Operation, Params, ProviderChoice, Reason, Result, RingProof, Scope, actions,
};
use claviger_keys::CreateKey;
use claviger_ports::{Change, SealedPlace};
use claviger_types::{
    KeyAlgorithm, KeyOrigin, KeySpec, KeyUsage, ManagedObject, ObjectId, ObjectKind, SecretBytes,
    VersionTemplate,
};

use crate::{
    CreatedObjects, NewObject,
    create::{changes, check_halves, objects_of},
    new_object::Identity,
    policy::owners_policy,
};

/// The longest value that is kept, in bytes.
const MAX_VALUE_LEN: usize = 1 << 20;

/// Takes over a key that this installation can use.
pub struct RegisterKey {
    /// What it is made of.
    pub spec: KeySpec,
    /// What it is for.
    pub usage: KeyUsage,
    /// The one algorithm that it is for; of a raw-encrypt key, its first encryption decides if absent.
    pub algorithm: Option<KeyAlgorithm>,
    /// Whether it may ever leave again.
    pub exportable: bool,
    /// Who holds it.
    pub provider: ProviderChoice,
    /// Raw bytes of a symmetric key, PKCS#8 in DER of a private one.
    pub material: SecretBytes,
    /// The symmetric or private key.
    pub object: NewObject,
    /// The public half of an asymmetric key; if absent, it looks like that of a key that another front has made.
    pub public: Option<NewObject>,
}

impl Operation for RegisterKey {
    type Proof = RingProof<actions::RegisterObject>;
    type Output = CreatedObjects;
    const NAME: &'static str = "RegisterKey";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params {
            exportable: Some(self.exportable),
            key_origin: Some(KeyOrigin::Imported),
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
        let key = self.key(policy.as_str().into());
        let (key, version) = key.prepare_of(self.material.duplicate(), &proof, scope).await?;
        scope.created(key.id);
        let made = objects_of(&key, &self.object, self.public.as_ref(), scope);
        scope.commit(&proof, changes(key, version, &made)).await?;
        Ok(made.stored())
    }
}

impl RegisterKey {
    fn key(&self, policy: Box<str>) -> CreateKey {
        CreateKey {
            origin: KeyOrigin::Imported,
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

/// Keeps a value: a secret, a certificate, a public key, opaque data, or a key of a kind that is only kept.
pub struct RegisterObject {
    /// What it is.
    pub kind: ObjectKind,
    /// The value, as its front encodes it: 1 byte to 1 MiB.
    pub value: SecretBytes,
    /// Whether it may leave.
    pub extractable: bool,
    /// What its client says of it.
    pub object: NewObject,
}

impl Operation for RegisterObject {
    type Proof = RingProof<actions::RegisterObject>;
    type Output = ManagedObject;
    const NAME: &'static str = "RegisterObject";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { exportable: Some(self.extractable), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        self.object.check()?;
        if !(1..=MAX_VALUE_LEN).contains(&self.value.len()) {
            return Err(Error::new(
                Reason::InvalidRequest,
                format!("The value of an object has 1 to {MAX_VALUE_LEN} bytes."),
            ));
        }
        gate.default_ring(&self.params()).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<ManagedObject> {
        scope.check_kept(&proof).await?;
        let id = ObjectId::from_random(scope.random().bytes());
        let value = scope.seal_secret(&proof, &SealedPlace::ObjectValue(id), &self.value)?;
        let object = self.object.record(Identity {
            id,
            project: proof.target().ring.project,
            kind: self.kind,
            key: None,
            extractable: self.extractable,
            value: Some(value),
            policy: &Arc::from(owners_policy(&scope.cx().caller.identity)),
            now: scope.now(),
        });
        scope.made(id);
        scope.commit(&proof, vec![Change::PutObject(object.clone())]).await?;
        Ok(object.stored())
    }
}
