//! What managed objects need of the pipeline: their records at hand, proofs about them, and the ways in which material leaves.

use std::sync::Arc;

use claviger_access::{Policy, PolicyKind};
use claviger_ports::{Change, Handle, SealedPlace, Store};
use claviger_types::{
    KeyState, KeyUsage, ManagedObject, ObjectDates, ObjectId, ObjectKind, ObjectState, Revision, SecretBytes,
    VersionState,
};
use quick_cache::{Weighter, sync::Cache};

use crate::{
    Action, Authorized, CallContext, Error, Gate, KeyEntry, KeyProof, KeyRef, MayChange, MayExport,
    MayImport, MayVerify, Params, ProjectTarget, Reason, Result, RingProof, Scope, actions,
    entry::{state_error, version_error},
    service::Core,
    target::Target,
};

/// A managed object as the pipeline sees it: its record, and its policy compiled.
pub struct ObjectEntry {
    /// What is stored, or what a key that has no record looks like.
    pub object: ManagedObject,
    policy: Arc<Policy>,
}

/// A proof about a managed object: of `K` on its key, if it is a view of one that exists, otherwise of `O` on itself.
pub enum ObjectProof<K, O> {
    /// A view of a key.
    View {
        /// The proof.
        key: KeyProof<K>,
        /// The object.
        object: Arc<ObjectEntry>,
    },
    /// What is only kept, or what is left of a key.
    Kept(Authorized<O, Arc<ObjectEntry>>),
}

impl<K: Action, O: Action> ObjectProof<K, O> {
    /// The object's record.
    pub fn object(&self) -> &ManagedObject {
        match self {
            Self::View { object, .. } => &object.object,
            Self::Kept(proof) => &proof.target().object,
        }
    }

    /// The key of which it is a view.
    pub fn key(&self) -> Option<&Arc<KeyEntry>> {
        match self {
            Self::View { key, .. } => Some(key.target()),
            Self::Kept(_) => None,
        }
    }

    /// Its state, with that of its key.
    pub fn state(&self) -> ObjectState {
        state_of(self.object(), self.key().map(|key| &**key))
    }
}

impl<K: MayChange, O: MayChange> ObjectProof<K, O> {
    /// Makes changes, as [`Scope::commit`] does.
    ///
    /// # Errors
    /// As there.
    pub async fn commit(&self, scope: &Scope<'_>, changes: Vec<Change>) -> Result<()> {
        match self {
            Self::View { key, .. } => scope.commit(key, changes).await,
            Self::Kept(proof) => scope.commit(proof, changes).await,
        }
    }
}

/// The state of an object. That of a symmetric or private key is its version's, because every front changes that, but what has ended by
/// its record stays ended; its public half has a state of its own. Whatever is left of a key that is gone is destroyed.
pub fn state_of(object: &ManagedObject, key: Option<&KeyEntry>) -> ObjectState {
    match (object.key, key) {
        (None, _) => object.state,
        (Some(_), None) => object.state.destroyed(),
        (Some(_), Some(_)) if object.kind == ObjectKind::PublicKey => object.state,
        (Some(_), Some(key)) => match (object.state, state_of_key(key)) {
            (ObjectState::Destroyed | ObjectState::DestroyedCompromised, _) => object.state,
            (ObjectState::Compromised, ObjectState::Destroyed) => ObjectState::DestroyedCompromised,
            (ObjectState::Compromised, _) => ObjectState::Compromised,
            (ObjectState::Deactivated, ObjectState::PreActive | ObjectState::Active) => {
                ObjectState::Deactivated
            }
            (_, of_key) => of_key,
        },
    }
}

fn state_of_key(key: &KeyEntry) -> ObjectState {
    let version = key.primary().map_or(VersionState::PendingGeneration, |version| version.state);
    match (key.key().state, version) {
        (KeyState::Destroyed, _) | (_, VersionState::Destroyed) => ObjectState::Destroyed,
        (_, VersionState::Compromised) => ObjectState::Compromised,
        (KeyState::Disabled | KeyState::PendingDeletion, _)
        | (_, VersionState::Deactivated | VersionState::Disabled | VersionState::DestructionScheduled) => {
            ObjectState::Deactivated
        }
        (KeyState::Enabled, VersionState::Active) => ObjectState::Active,
        (
            KeyState::PendingImport | KeyState::Enabled,
            VersionState::Active
            | VersionState::Failed
            | VersionState::PendingGeneration
            | VersionState::PendingImport
            | VersionState::PreActive,
        ) => ObjectState::PreActive,
    }
}

impl Gate<'_> {
    /// Authorizes an action on a managed object: `K` on the key of which it is a view, `O` on what is only kept.
    ///
    /// # Errors
    /// `Denied`. For an object that the caller may not see, as for one that does not exist: `NotFound` for callers who may do it to
    /// objects of their project, or locate objects; otherwise `Denied`, in words that do not tell what it is.
    pub async fn object<K: Action, O: Action>(
        &mut self,
        id: ObjectId,
        params: &Params<'_>,
    ) -> Result<ObjectProof<K, O>> {
        let Some((object, key)) = self.core.object(id).await? else {
            let decision = self.decide_path::<O>(self.cx.caller.identity.account(), &object_path(id), params);
            self.record.decided(decision.why);
            return Err(self.no_object::<K, O>(id, params));
        };
        let proof = match &key {
            Some(entry) => {
                let proof = self.key::<K>(&KeyRef::id(entry.id()), params).await;
                proof.map(|key| ObjectProof::View { key, object: object.clone() })
            }
            None => self.kept::<O>(object.clone(), params).map(ObjectProof::Kept),
        };
        match proof {
            Err(error)
                if error.reason() == Reason::Denied
                    && !self.core.is_visible(self.cx, &object.object, key.as_deref())? =>
            {
                Err(self.no_object::<K, O>(id, params))
            }
            proof => proof,
        }
    }

    /// Authorizes the service's own worker, and nobody else, to do what is due for an object.
    ///
    /// # Errors
    /// `Denied` for every other caller; `NotFound`.
    pub async fn object_maintenance(
        &mut self,
        id: ObjectId,
    ) -> Result<ObjectProof<actions::MaintainKey, actions::MaintainKey>> {
        if !self.cx.caller.is_worker() {
            return Err(Error::new(Reason::Denied, "Only the service itself maintains objects."));
        }
        match self.core.object(id).await? {
            Some((object, Some(entry))) => {
                self.record.target(entry.id());
                Ok(ObjectProof::View { key: Authorized::new(entry), object })
            }
            Some((object, None)) => Ok(ObjectProof::Kept(Authorized::new(object))),
            None => Err(Error::new(Reason::NotFound, format!("There is no object {id}."))),
        }
    }

    /// The record of an object, or what a key that has none looks like. It decides nothing.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn record_of(&self, id: ObjectId) -> Result<Option<Arc<ObjectEntry>>> {
        Ok(self.core.object(id).await?.map(|(object, _)| object))
    }

    /// What a refused use of an object's key is said as: for an object that the caller may not see, as for one that does not exist,
    /// `NotFound` if he may locate objects.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn refused_use(&self, id: ObjectId, refusal: Error) -> Result<Error> {
        let is_visible = match self.core.object(id).await? {
            Some((object, key)) => self.core.is_visible(self.cx, &object.object, key.as_deref())?,
            None => false,
        };
        let own = self.cx.caller.identity.account();
        let may_locate = || self.decide_path::<actions::LocateObjects>(own, "*", &Params::default()).allowed;
        match !is_visible && refusal.reason() == Reason::Denied && may_locate() {
            true => Ok(Error::new(Reason::NotFound, format!("There is no object {id}."))),
            false => Ok(refusal),
        }
    }

    fn kept<O: Action>(
        &mut self,
        entry: Arc<ObjectEntry>,
        params: &Params<'_>,
    ) -> Result<Authorized<O, Arc<ObjectEntry>>> {
        let own = self.cx.caller.identity.account();
        let path = object_path(entry.object.id);
        let target = Target::object(entry.object.project, &entry.policy, &path);
        let decision = self.core.decide::<O>(&self.cx.caller.identity, self.cx, target, params);
        if !decision.allowed {
            return Err(self.denied::<O>(decision, &path, own));
        }
        self.record.decided(decision.why);
        Ok(Authorized::new(entry))
    }

    /// The one answer for what is not there and for what the caller may not see.
    fn no_object<K: Action, O: Action>(&self, id: ObjectId, params: &Params<'_>) -> Error {
        let identity = &self.cx.caller.identity;
        let own = identity.account();
        let may_do = self.decide_path::<O>(own, &object_path(id), params).allowed;
        if may_do || self.decide_path::<actions::LocateObjects>(own, "*", &Params::default()).allowed {
            return Error::new(Reason::NotFound, format!("There is no object {id}."));
        }
        let (caller, of_key, of_object) = (&identity.arn, K::NAME, O::NAME);
        Error::new(
            Reason::Denied,
            format!(
                "User: {caller} is not authorized to perform: {of_key} or {of_object} on the object {id}"
            ),
        )
    }
}

impl Core {
    /// An object that has a record, or a half of a key that has none; with the key of which it is a view, if that is not gone.
    async fn object(&self, id: ObjectId) -> Result<Option<(Arc<ObjectEntry>, Option<Arc<KeyEntry>>)>> {
        let recorded = self.objects.entry(id).await?;
        let of = recorded.as_ref().map_or(Some(id.key()), |entry| entry.object.key);
        let key = match of {
            Some(key) => self.keys.entry(key).await?,
            None => None,
        };
        let object = recorded.or_else(|| view_of(key.as_deref()?, id).map(Arc::new));
        Ok(object.map(|object| (object, key)))
    }

    fn is_visible(&self, cx: &CallContext, object: &ManagedObject, key: Option<&KeyEntry>) -> Result<bool> {
        let (identity, params) = (&cx.caller.identity, Params::default());
        if let Some(entry) = key {
            let path = format!("key/{}", entry.id());
            let verdict =
                self.decide::<actions::DescribeKey>(identity, cx, Target::key(entry, &path), &params);
            return Ok(verdict.allowed);
        }
        let (policy, path) = (compiled(&object.policy)?, object_path(object.id));
        let target = Target::object(object.project, &policy, &path);
        Ok(self.decide::<actions::DescribeObject>(identity, cx, target, &params).allowed)
    }
}

impl Scope<'_> {
    /// Whether the caller may see an object that a listing has found, and then the key of which it is a view.
    ///
    /// # Errors
    /// If a key can't be read.
    pub async fn visible(
        &self,
        _proof: &Authorized<actions::LocateObjects, ProjectTarget>,
        object: &ManagedObject,
    ) -> Result<Option<Option<Arc<KeyEntry>>>> {
        let key = match object.key {
            Some(key) => self.core.keys.entry(key).await?,
            None => None,
        };
        Ok(self.core.is_visible(self.cx, object, key.as_deref())?.then_some(key))
    }

    /// Refuses one more object that is only kept where the project has as many as it may. Calls that run at the same time may
    /// pass by as many as they are.
    ///
    /// # Errors
    /// `Quota`; if the store can't be read.
    pub async fn check_kept<A: MayImport>(&self, proof: &RingProof<A>) -> Result<()> {
        let most = self.core.settings.kept_objects.get();
        let project = proof.target().ring.project;
        match self.core.reads.kept_objects(project, most).await? < most {
            true => Ok(()),
            false => Err(Error::new(
                Reason::Quota,
                format!(
                    "The project keeps {most} objects already, which is as many as it may: destroy others first."
                ),
            )),
        }
    }

    /// Tells the audit log which object the call has made.
    pub fn made(&self, object: ObjectId) {
        self.with_record(|record| record.made(object));
    }

    /// The material of an exportable key: raw bytes of a symmetric key, PKCS#8 in DER of a private one.
    ///
    /// # Errors
    /// `NotExtractable` if the key is not exportable, whatever policies say; `KeyState`; as for any use of a provider.
    pub async fn export<A: MayExport>(&self, key: &KeyProof<A>) -> Result<SecretBytes> {
        let entry = key.target();
        if !entry.key().exportable {
            return Err(Error::new(Reason::NotExtractable, "The key is not extractable."));
        }
        if entry.key().state != KeyState::Enabled {
            return Err(state_error(entry.key().state, &self.key_arn(entry)));
        }
        let version = entry.primary()?;
        // What is disabled, or about to be destroyed, is at nobody's disposal.
        match version.state {
            VersionState::PreActive
            | VersionState::Active
            | VersionState::Deactivated
            | VersionState::Compromised => {}
            state => return Err(version_error(state, &self.key_arn(entry))),
        }
        let sealed = version.handle.as_ref().ok_or_else(|| {
            Error::new(Reason::KeyState, format!("{} has no key material.", self.key_arn(entry)))
        })?;
        self.with_record(|record| record.used(version.key, version.number));
        let place = SealedPlace::VersionHandle(version.key, version.number);
        let handle = Handle(self.core.seal.open(&place, sealed)?);
        Ok(self.core.providers.by_id(&version.provider)?.export(entry.key().spec, &handle).await?)
    }

    /// The value of an object that is only kept.
    ///
    /// # Errors
    /// `KeyState` if it is destroyed.
    pub fn kept_value<A: MayExport>(&self, proof: &Authorized<A, Arc<ObjectEntry>>) -> Result<SecretBytes> {
        self.value_of(&proof.target().object)
    }

    /// The value of a public key that is only kept, for whoever may check signatures with it. Nothing of it is secret.
    ///
    /// # Errors
    /// `InvalidKeyUsage` if it is no public key; `KeyState` if it is destroyed.
    pub fn kept_public_key<A: MayVerify>(
        &self,
        proof: &Authorized<A, Arc<ObjectEntry>>,
    ) -> Result<SecretBytes> {
        let object = &proof.target().object;
        match object.kind {
            ObjectKind::PublicKey => self.value_of(object),
            _ => Err(Error::new(
                Reason::InvalidKeyUsage,
                format!("The object {} is only kept, and is no public key.", object.id),
            )),
        }
    }

    fn value_of(&self, object: &ManagedObject) -> Result<SecretBytes> {
        let sealed = object
            .value
            .as_ref()
            .ok_or_else(|| Error::new(Reason::KeyState, format!("The object {} is destroyed.", object.id)))?;
        Ok(self.core.seal.open(&SealedPlace::ObjectValue(object.id), sealed)?)
    }
}

/// Records of managed objects that were used lately, under a bound. Invalidated as [`KeyTable`](crate::table::KeyTable) is.
pub(crate) struct ObjectTable {
    store: Arc<dyn Store>,
    entries: Cache<ObjectId, Arc<ObjectEntry>, ObjectWeight>,
}

/// Bytes of records that are kept.
const BOUND: u64 = 32 << 20;

impl ObjectTable {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, entries: Cache::with_weighter(32_768, BOUND, ObjectWeight) }
    }

    async fn entry(&self, id: ObjectId) -> Result<Option<Arc<ObjectEntry>>> {
        let load = async {
            let object = self.store.object(id).await.map_err(|error| Some(error.into()))?.ok_or(None)?;
            let policy = compiled(&object.policy).map_err(Some)?;
            Ok(Arc::new(ObjectEntry { object, policy }))
        };
        match self.entries.get_or_insert_async(&id, load).await {
            Ok(entry) => Ok(Some(entry)),
            Err(None) => Ok(None),
            Err(Some(error)) => Err(error),
        }
    }

    pub(crate) fn forget(&self, id: ObjectId) {
        self.entries.remove(&id);
    }
}

#[derive(Clone)]
struct ObjectWeight;

impl Weighter<ObjectId, Arc<ObjectEntry>> for ObjectWeight {
    fn weight(&self, _: &ObjectId, entry: &Arc<ObjectEntry>) -> u64 {
        let object = &entry.object;
        let labels: usize = object.names.iter().chain(&object.groups).map(|label| label.len() + 16).sum();
        let value = object.value.as_ref().map_or(0, |sealed| sealed.bytes.len());
        // A compiled policy is about three times its text.
        (512 + labels + value + object.attributes.len() + 4 * object.policy.len()) as u64
    }
}

/// What a key looks like that no KMIP client has made or changed; `None` if it has no such half.
fn view_of(entry: &KeyEntry, id: ObjectId) -> Option<ObjectEntry> {
    let key = entry.key();
    let asymmetric = key.spec.is_asymmetric();
    let kind = match (id.is_public_half(), asymmetric) {
        (true, true) => ObjectKind::PublicKey,
        (true, false) => return None,
        (false, true) => ObjectKind::PrivateKey,
        (false, false) => ObjectKind::SymmetricKey,
    };
    let public = kind == ObjectKind::PublicKey;
    Some(ObjectEntry {
        object: ManagedObject {
            id,
            project: key.project,
            kind,
            key: Some(key.id),
            state: ObjectState::Active,
            usage_mask: usage_mask(key.usage, public),
            names: entry.record.aliases.iter().map(|alias| alias.as_str().into()).collect(),
            groups: Box::default(),
            sensitive: !public && !key.exportable,
            extractable: public || key.exportable,
            dates: ObjectDates { activation: Some(key.created), ..ObjectDates::default() },
            revocation: None,
            replaces: None,
            replaced_by: None,
            attributes: Arc::default(),
            value: None,
            policy: key.policy.clone(),
            created: key.created,
            changed: key.created,
            revision: Revision::NEW,
        },
        policy: entry.policy.clone(),
    })
}

/// What a key may be used for, in the bits of KMIP 2.1 §11.18.
fn usage_mask(usage: KeyUsage, public: bool) -> u32 {
    const SIGN: u32 = 0x01;
    const VERIFY: u32 = 0x02;
    const ENCRYPT: u32 = 0x04;
    const DECRYPT: u32 = 0x08;
    const MAC_GENERATE: u32 = 0x80;
    const MAC_VERIFY: u32 = 0x100;
    const KEY_AGREEMENT: u32 = 0x800;
    match (usage, public) {
        (KeyUsage::Sign, false) => SIGN,
        (KeyUsage::Sign, true) => VERIFY,
        (KeyUsage::AsymmetricDecrypt, false) => DECRYPT,
        (KeyUsage::AsymmetricDecrypt, true) => ENCRYPT,
        (KeyUsage::KeyAgreement, _) => KEY_AGREEMENT,
        (KeyUsage::Mac, _) => MAC_GENERATE | MAC_VERIFY,
        // Ciphertexts of encrypt keys are in a format of our own, which KMIP has no words for.
        (KeyUsage::Encrypt, _) => 0,
        (KeyUsage::RawEncrypt, _) => ENCRYPT | DECRYPT,
    }
}

fn compiled(text: &str) -> Result<Arc<Policy>> {
    let policy = Policy::parse(text, PolicyKind::Key).map_err(|error| {
        Error::new(Reason::StoredDataDamaged, "A stored policy is damaged.").caused_by(error.to_string())
    })?;
    Ok(Arc::new(policy))
}

fn object_path(id: ObjectId) -> String {
    format!("object/{id}")
}
