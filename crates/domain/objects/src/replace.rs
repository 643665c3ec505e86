use std::sync::Arc;

use claviger_core::{
    Effect, Error, Gate, KeyEntry, ObjectEntry, ObjectProof, Operation, Params, ProviderChoice, Reason,
    Result, RingProof, Scope, actions,
};
use claviger_keys::CreateKey;
use claviger_ports::Change;
use claviger_types::{KeyOrigin, ManagedObject, ObjectId, ObjectState, Timestamp};

use crate::{
    CreatedObjects, NewObject,
    create::{changes, objects_of},
};

/// Makes a key to replace another (KMIP 2.1 §6.1.42, §6.1.43): it is like the old one and takes over its names. The old one stays as it is.
pub struct ReplaceObject {
    /// The symmetric or private key that is replaced; it must not be destroyed.
    pub id: ObjectId,
    /// From when on the new one is active; at once if absent and the old one is active.
    pub activation: Option<Timestamp>,
    /// From when on the new one is deactivated.
    pub deactivation: Option<Timestamp>,
    /// Who holds the new one.
    pub provider: ProviderChoice,
}

/// The proofs for [`ReplaceObject`].
pub struct ReplaceProof {
    old: ObjectProof<actions::UpdateKey, actions::UpdateObject>,
    public: Option<Arc<ObjectEntry>>,
    ring: RingProof<actions::CreateKey>,
}

impl Operation for ReplaceObject {
    type Proof = ReplaceProof;
    type Output = CreatedObjects;
    const NAME: &'static str = "ReplaceObject";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { object: Some(self.id), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<ReplaceProof> {
        let old = gate.object(self.id, &self.params()).await?;
        let params = old.key().map_or(self.params(), |entry: &Arc<KeyEntry>| Params {
            exportable: Some(entry.key().exportable),
            key_spec: Some(entry.key().spec),
            key_usage: Some(entry.key().usage),
            ..self.params()
        });
        let public = gate.record_of(ObjectId::of_public_half(self.id.key())).await?;
        Ok(ReplaceProof { ring: gate.default_ring(&params).await?, old, public })
    }

    async fn run(&self, proof: ReplaceProof, scope: &Scope<'_>) -> Result<CreatedObjects> {
        let ReplaceProof { old, public, ring } = proof;
        let entry = old.key().filter(|_| !self.id.is_public_half() && !old.state().is_destroyed());
        let entry = entry.ok_or_else(|| {
            Error::new(Reason::KeyState, format!("The object {} is no key that can be replaced.", self.id))
        })?;
        if entry.key().origin == KeyOrigin::Imported {
            return Err(Error::new(
                Reason::Unsupported,
                "Registered keys can't be replaced by generated ones.",
            ));
        }
        let public = public.as_ref().map(|public| &public.object);
        let (key, version) = self.key(entry).prepare(&ring, scope).await?;
        let version = version.ok_or_else(|| Error::internal("a key without a version"))?;
        scope.created(key.id);
        let now = scope.now();
        let is_active = old.state() == ObjectState::Active;
        let successor = |object: &ManagedObject| self.successor(object, is_active.then_some(now));
        let mut made = objects_of(&key, &successor(old.object()), public.map(successor).as_ref(), scope);
        made.object.replaces = Some(self.id);
        if let Some(new) = &mut made.public {
            new.replaces = public.map(|public| public.id);
        }
        let mut changes = changes(key, version, &made);
        changes.push(Change::PutObject(replaced(old.object(), made.object.id, now)));
        if let (Some(public), Some(new)) = (public, &made.public) {
            changes.push(Change::PutObject(replaced(public, new.id, now)));
        }
        scope.commit(&ring, changes).await?;
        Ok(made.stored())
    }
}

impl ReplaceObject {
    fn key(&self, entry: &KeyEntry) -> CreateKey {
        let old = entry.key();
        CreateKey {
            policy: Some(old.policy.as_ref().into()),
            bypass_lockout_check: true,
            exportable: old.exportable,
            provider: self.provider.clone(),
            template: old.template,
            tags: old.tags.clone(),
            ..CreateKey::new(old.spec, old.usage)
        }
    }

    fn successor(&self, old: &ManagedObject, at_once: Option<Timestamp>) -> NewObject {
        NewObject {
            names: old.names.clone(),
            groups: old.groups.clone(),
            usage_mask: old.usage_mask,
            sensitive: old.sensitive,
            activation: self.activation.or(at_once),
            deactivation: self.deactivation,
            attributes: old.attributes.clone(),
        }
    }
}

/// A name leads to one object at a time, to the newest.
fn replaced(old: &ManagedObject, by: ObjectId, now: Timestamp) -> ManagedObject {
    ManagedObject { names: Box::default(), replaced_by: Some(by), changed: now, ..old.clone() }
}
