use std::sync::Arc;

use claviger_core::{Action, KeyEntry, ObjectProof};
use claviger_types::{
    KeyAlgorithm, KeyOrigin, KeySpec, KeyUsage, ManagedObject, ObjectState, ProtectionLevel,
};

/// A managed object, as a client may see it.
#[derive(Clone, Debug)]
pub struct ObjectView {
    /// Its record.
    pub object: ManagedObject,
    /// Its state, with that of its key.
    pub state: ObjectState,
    /// Its key, if it is a view of one that exists.
    pub key: Option<KeyView>,
}

/// What a client may know of the key behind an object.
#[derive(Clone, Debug)]
pub struct KeyView {
    /// What it is made of.
    pub spec: KeySpec,
    /// What it is for.
    pub usage: KeyUsage,
    /// The one algorithm that it is for, where its maker or its first encryption fixed one.
    pub algorithm: Option<KeyAlgorithm>,
    /// Where its material comes from.
    pub origin: KeyOrigin,
    /// What protects it.
    pub protection: ProtectionLevel,
    /// SubjectPublicKeyInfo in DER of an asymmetric key.
    pub public: Option<Arc<[u8]>>,
}

impl ObjectView {
    pub(crate) fn of<K: Action, O: Action>(proof: &ObjectProof<K, O>) -> Self {
        Self {
            object: proof.object().clone(),
            state: proof.state(),
            key: proof.key().map(|entry| KeyView::of(entry)),
        }
    }
}

impl KeyView {
    pub(crate) fn of(entry: &KeyEntry) -> Self {
        let key = entry.key();
        let version = entry.primary().ok();
        Self {
            spec: key.spec,
            usage: key.usage,
            algorithm: version.and_then(|version| version.algorithm),
            origin: key.origin,
            protection: version.map_or(key.template.protection, |version| version.protection),
            public: version.and_then(|version| version.public.clone()),
        }
    }
}
