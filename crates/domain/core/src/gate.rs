use std::{fmt, sync::Arc};

use claviger_types::{
    AccountId, AliasName, ImportJobId, KeyAlgorithm, KeyId, KeyRingName, KeyUsage, MacAlgorithm, RingKeyName,
    SigningAlgorithm,
};

use crate::{
    Action, Authorized, CallContext, Error, KeyEntry, Needs, Params, Reason, Result, RingEntry,
    action::ActionInfo,
    actions,
    record::Record,
    service::{Core, Tell, Verdict},
    target::Target,
};

/// How a call names a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRef {
    /// The project that the name belongs to; the caller's own if the name does not say.
    pub account: Option<AccountId>,
    /// The name.
    pub name: KeyRefName,
}

/// The kinds of names of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyRefName {
    /// An alias.
    Alias(AliasName),
    /// The key's own id.
    Id(KeyId),
    /// Its ring, and its name there: its id, if it was made without one.
    Ring(KeyRingName, RingKeyName),
}

impl KeyRef {
    /// A key of the caller's project, or any that the caller may use, by its id.
    pub fn id(id: KeyId) -> Self {
        Self { account: None, name: KeyRefName::Id(id) }
    }
}

impl fmt::Display for KeyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            KeyRefName::Alias(alias) => write!(f, "alias/{alias}"),
            KeyRefName::Id(id) => write!(f, "key/{id}"),
            KeyRefName::Ring(ring, name) => write!(f, "keyring/{ring}/key/{name}"),
        }
    }
}

/// A proof of an action on a key ring.
pub type RingProof<A> = Authorized<A, Arc<RingEntry>>;

/// What a caller asks its permissions for.
#[derive(Clone, Debug)]
pub enum PermissionTarget {
    /// A key.
    Key(KeyRef),
    /// A key ring of the caller's project.
    Ring(KeyRingName),
}

/// The project as a whole: the target of what is not about one key.
#[derive(Clone, Copy, Debug)]
pub struct ProjectTarget(pub AccountId);

/// The installation with all its projects: the target of what administers it.
#[derive(Clone, Copy, Debug)]
pub struct Installation;

/// Where an operation gets its proofs. It fetches what the operation names and decides, in this order and for each
/// target; whoever may not see a thing cannot tell whether it exists.
pub struct Gate<'a> {
    pub(crate) core: &'a Core,
    pub(crate) cx: &'a CallContext,
    pub(crate) record: &'a mut Record,
}

impl Gate<'_> {
    /// Authorizes `A` on a key, then checks that the key's use and state allow it.
    ///
    /// # Errors
    /// `Denied`, `NotFound` for callers who may list keys, `InvalidKeyUsage`, `KeyDisabled`, `KeyState`.
    pub async fn key<A: Action>(
        &mut self,
        key: &KeyRef,
        params: &Params<'_>,
    ) -> Result<Authorized<A, Arc<KeyEntry>>> {
        let account = key.account.unwrap_or(self.cx.caller.identity.account());
        let alias = match &key.name {
            KeyRefName::Alias(alias) => Some(alias),
            KeyRefName::Id(_) | KeyRefName::Ring(..) => None,
        };
        let entry = self.core.keys.named(account, &key.name).await?;
        let Some(entry) = entry.filter(|entry| key.account.is_none_or(|named| named == entry.project()))
        else {
            return Err(self.absent::<A>(key, account, params));
        };
        self.record.target(entry.id());
        let params = completed::<A>(Params { alias: params.alias.or(alias), ..*params }, &entry);
        let decision = self.decide_key::<A>(&entry, &params);
        if !decision.allowed {
            // By the name that the caller used: another would tell him that there is such a key.
            return Err(self.denied::<A>(decision, &key.to_string(), account));
        }
        self.record.decided(decision.why);
        entry.check(A::NEEDS, params.version, || self.core.key_arn(&entry))?;
        Ok(Authorized::new(entry))
    }

    /// As [`key`](Self::key), for what is done only to keys of the caller's own project: one of another project is refused
    /// whatever its policy says.
    ///
    /// # Errors
    /// As [`key`](Self::key).
    pub async fn own_key<A: Action>(
        &mut self,
        key: &KeyRef,
        params: &Params<'_>,
    ) -> Result<Authorized<A, Arc<KeyEntry>>> {
        let own = self.cx.caller.identity.account();
        match key.account.unwrap_or(own) {
            account if account == own => {
                self.key(&KeyRef { account: Some(own), name: key.name.clone() }, params).await
            }
            other => Err(self.absent::<A>(key, other, params)),
        }
    }

    /// Authorizes `A` on the caller's project as a whole.
    ///
    /// # Errors
    /// `Denied`.
    pub fn project<A: Action>(&mut self, params: &Params<'_>) -> Result<Authorized<A, ProjectTarget>> {
        let account = self.cx.caller.identity.account();
        let decision = self.decide_path::<A>(account, "*", params);
        if !decision.allowed {
            return Err(self.denied::<A>(decision, "*", account));
        }
        self.record.decided(decision.why);
        Ok(Authorized::new(ProjectTarget(account)))
    }

    /// Authorizes `A` on a key ring of the caller's project.
    ///
    /// # Errors
    /// `Denied`, `NotFound` for callers who may list key rings.
    pub async fn ring<A: Action>(&mut self, name: &KeyRingName, params: &Params<'_>) -> Result<RingProof<A>> {
        let account = self.cx.caller.identity.account();
        let path = format!("keyring/{name}");
        let Some(entry) = self.core.keys.ring(account, name).await? else {
            let decision = self.decide_path::<A>(account, &path, params);
            let may_list =
                || self.decide_path::<actions::ListKeyRings>(account, "*", &Params::default()).allowed;
            return match decision.allowed || may_list() {
                true => Err(Error::new(Reason::NotFound, format!("The key ring '{name}' does not exist."))),
                false => Err(self.denied::<A>(decision, &path, account)),
            };
        };
        let decision =
            self.core.decide::<A>(&self.cx.caller.identity, self.cx, Target::ring(&entry, &path), params);
        if !decision.allowed {
            return Err(self.denied::<A>(decision, &path, account));
        }
        self.record.decided(decision.why);
        Ok(Authorized::new(entry))
    }

    /// Authorizes `A` on the caller's project as a whole, for what is in the ring that every project has.
    ///
    /// # Errors
    /// `Denied`.
    pub async fn default_ring<A: Action>(&mut self, params: &Params<'_>) -> Result<RingProof<A>> {
        let ProjectTarget(project) = *self.project::<A>(params)?.target();
        let entry = self.core.keys.ring(project, &KeyRingName::default()).await?;
        entry.map(Authorized::new).ok_or_else(|| Error::internal("a project without record"))
    }

    /// Those of `actions` that the caller may do to a target, by their names in policies. It needs no permission and says
    /// nothing about what is not there: nothing is allowed on it. State and usage of a key are not looked at.
    ///
    /// # Errors
    /// `InvalidRequest` for an action that does not exist; if the store can't be read.
    pub async fn permitted<'n>(
        &mut self,
        target: &PermissionTarget,
        actions: &[&'n str],
    ) -> Result<Vec<&'n str>> {
        let account = self.cx.caller.identity.account();
        let (key, ring) = match target {
            PermissionTarget::Key(key) => {
                let of = key.account.unwrap_or(account);
                let entry = self.core.keys.named(of, &key.name).await?;
                (entry.filter(|entry| key.account.is_none_or(|named| named == entry.project())), None)
            }
            PermissionTarget::Ring(name) => (None, self.core.keys.ring(account, name).await?),
        };
        let path = match (&key, &ring) {
            (Some(entry), _) => format!("key/{}", entry.id()),
            (None, Some(entry)) => format!("keyring/{}", entry.ring.name),
            (None, None) => return Ok(Vec::new()),
        };
        let target = match (&key, &ring) {
            (Some(entry), _) => Target::key(entry, &path),
            (None, Some(entry)) => Target::ring(entry, &path),
            (None, None) => return Ok(Vec::new()),
        };
        let mut permitted = Vec::new();
        for name in actions {
            let action = ActionInfo::named(name)
                .ok_or_else(|| Error::invalid(format!("There is no action {name}.")))?;
            let (identity, params) = (&self.cx.caller.identity, Params::default());
            if self.core.decide_on(action, Tell::Refusals, identity, self.cx, target, &params).allowed {
                permitted.push(*name);
            }
        }
        Ok(permitted)
    }

    /// Authorizes the service's own worker, and nobody else, to forget the key of an import job that has expired.
    ///
    /// # Errors
    /// `Denied` for every other caller.
    pub fn expiry(&mut self, job: ImportJobId) -> Result<Authorized<actions::ExpireImportJob, ImportJobId>> {
        match self.cx.caller.is_worker() {
            true => Ok(Authorized::new(job)),
            false => Err(Error::new(Reason::Denied, "Only the service itself ends import jobs.")),
        }
    }

    /// Authorizes `A` on the installation: only for principals of its own project, so that the administrator of another
    /// project, whose policies may allow him everything, administers only that.
    ///
    /// # Errors
    /// `Denied`.
    pub fn installation<A: Action>(&mut self, params: &Params<'_>) -> Result<Authorized<A, Installation>> {
        let account = self.cx.caller.identity.account();
        let decision = self.decide_path::<A>(account, "*", params);
        if !decision.allowed || account != self.core.settings.account {
            return Err(self.denied::<A>(decision, "*", account));
        }
        self.record.decided(decision.why);
        Ok(Authorized::new(Installation))
    }

    /// Authorizes `A` on an alias of the caller's project, whether it exists or not.
    ///
    /// # Errors
    /// `Denied`.
    pub fn alias<A: Action>(
        &mut self,
        alias: &AliasName,
        params: &Params<'_>,
    ) -> Result<Authorized<A, AliasName>> {
        let account = self.cx.caller.identity.account();
        let path = format!("alias/{alias}");
        let decision = self.decide_path::<A>(account, &path, params);
        if !decision.allowed {
            return Err(self.denied::<A>(decision, &path, account));
        }
        Ok(Authorized::new(alias.clone()))
    }

    /// The id of the key that the header of a go-kms ciphertext hides, if it comes from a key store that the caller's
    /// project has taken over. It decides nothing: the key has yet to be authorized.
    ///
    /// # Errors
    /// If the master keys can't be read.
    pub async fn key_in_header(&self, header: &[u8; 64]) -> Result<Option<KeyId>> {
        self.core.header_keys.key_in(self.cx.caller.identity.account(), header).await
    }

    /// Whether a re-encryption would stay with the same key, which policies can decide on; `ciphertext_key` is what the
    /// ciphertext claims where the caller names no source.
    ///
    /// # Errors
    /// If the store can't be read. What does not exist is not the same as anything.
    pub async fn same_key(
        &self,
        source: Option<&KeyRef>,
        ciphertext_key: &Option<KeyId>,
        destination: &KeyRef,
    ) -> Result<bool> {
        let source = match source {
            Some(source) => self.resolve(source).await?,
            None => *ciphertext_key,
        };
        Ok(source.is_some() && source == self.resolve(destination).await?)
    }

    /// Authorizes the service's own worker, and nobody else, to do what is due for a key.
    ///
    /// # Errors
    /// `Denied` for every other caller; `NotFound`.
    pub async fn maintenance(
        &mut self,
        key: KeyId,
    ) -> Result<Authorized<crate::actions::MaintainKey, Arc<KeyEntry>>> {
        if !self.cx.caller.is_worker() {
            return Err(Error::new(Reason::Denied, "Only the service itself maintains keys."));
        }
        self.record.target(key);
        let entry = self.core.keys.entry(key).await?;
        entry.map(Authorized::new).ok_or_else(|| Error::new(Reason::NotFound, "The key does not exist."))
    }

    /// Whether the caller may do `A` to a key: for lists that show only what the caller may see, and for permissions
    /// that follow from something else than a policy.
    pub fn allows<A: Action>(&self, entry: &KeyEntry, params: &Params<'_>) -> bool {
        self.decide_key::<A>(entry, params).allowed
    }

    /// A key without a decision: only for the operation that retires grants, where the permission follows from the grant.
    ///
    /// # Errors
    /// `Denied` for a key that does not exist.
    pub(crate) async fn unproven_key(&mut self, id: KeyId) -> Result<Arc<KeyEntry>> {
        let entry = self.core.keys.entry(id).await?;
        entry.ok_or_else(|| Error::new(Reason::Denied, "The grant does not exist, or you may not retire it."))
    }

    /// Authorizes retiring one grant of a key: its retiring principal may, its grantee if the grant says so, and
    /// whoever policies allow.
    ///
    /// # Errors
    /// `Denied`, also where there is no such key; `InvalidGrantId` for those who may list the key's grants.
    pub async fn retire_grant(
        &mut self,
        key: KeyId,
        grant: &claviger_types::GrantId,
        params: &Params<'_>,
    ) -> Result<Authorized<crate::actions::RetireGrant, Arc<KeyEntry>>> {
        use crate::actions::{ListGrants, RetireGrant};
        use claviger_types::GrantOperation;
        let entry = self.unproven_key(key).await?;
        self.record.target(key);
        let arn: &str = &self.cx.caller.identity.arn;
        let found = entry.grants.iter().find(|known| known.id == *grant);
        let by_grant = found.is_some_and(|grant| {
            grant.retiring.as_deref() == Some(arn)
                || (&*grant.grantee == arn && grant.operations.contains(GrantOperation::RetireGrant))
        });
        let decision = self.decide_key::<RetireGrant>(&entry, params);
        // A deny of a policy still wins over what the grant allows.
        if decision.allowed || (by_grant && !decision.explicitly_denied) {
            return match found {
                Some(_) => Ok(Authorized::new(entry)),
                None => Err(Error::new(Reason::InvalidGrantId, "There is no such grant.")),
            };
        }
        match found.is_none() && self.allows::<ListGrants>(&entry, params) {
            true => Err(Error::new(Reason::InvalidGrantId, "There is no such grant.")),
            false => Err(self.denied::<RetireGrant>(decision, &format!("key/{key}"), entry.project())),
        }
    }

    /// The id behind a name; an id need not exist.
    async fn resolve(&self, key: &KeyRef) -> Result<Option<KeyId>> {
        let account = key.account.unwrap_or(self.cx.caller.identity.account());
        self.core.keys.id(account, &key.name).await
    }

    /// Whoever asks for what is not there learns that only if he may list such things, or his own policies would
    /// have allowed it.
    fn absent<A: Action>(&mut self, key: &KeyRef, account: AccountId, params: &Params<'_>) -> Error {
        let path = key.to_string();
        let own = account == self.cx.caller.identity.account();
        let decision = self.decide_path::<A>(account, &path, params);
        let may_list = || match &key.name {
            KeyRefName::Id(_) | KeyRefName::Ring(..) => {
                self.decide_path::<crate::actions::ListKeys>(account, "*", params).allowed
            }
            KeyRefName::Alias(_) => {
                self.decide_path::<crate::actions::ListAliases>(account, "*", params).allowed
            }
        };
        if own && (decision.allowed || may_list()) {
            let arn = self.core.arn(account, &path);
            return match &key.name {
                KeyRefName::Id(_) => Error::new(Reason::NotFound, format!("Key '{arn}' does not exist")),
                KeyRefName::Ring(ring, name) => Error::new(
                    Reason::NotFound,
                    format!("There is no key '{name}' in the key ring '{ring}'."),
                ),
                KeyRefName::Alias(_) => Error::new(Reason::NotFound, format!("Alias {arn} is not found.")),
            };
        }
        self.denied::<A>(decision, &path, account)
    }

    fn decide_key<A: Action>(&self, entry: &KeyEntry, params: &Params<'_>) -> Verdict {
        let mut buffer = [0; 40];
        let path = key_path(entry.id(), &mut buffer);
        self.core.decide::<A>(&self.cx.caller.identity, self.cx, Target::key(entry, path), params)
    }

    pub(crate) fn decide_path<A: Action>(
        &self,
        account: AccountId,
        path: &str,
        params: &Params<'_>,
    ) -> Verdict {
        self.core.decide::<A>(&self.cx.caller.identity, self.cx, Target::path(account, path), params)
    }

    pub(crate) fn denied<A: Action>(&mut self, decision: Verdict, path: &str, account: AccountId) -> Error {
        self.record.decided(decision.why);
        let (service, _) = A::NAME.split_once(':').unwrap_or(("kms", A::NAME));
        let arn = if path == "*" { "*".to_owned() } else { self.core.arn_of(service, account, path) };
        let caller = &self.cx.caller.identity.arn;
        Error::new(
            Reason::Denied,
            format!("User: {caller} is not authorized to perform: {} on resource: {arn}", A::NAME),
        )
    }
}

impl Core {
    /// The ARN of something of `account`.
    pub(crate) fn arn(&self, account: AccountId, path: &str) -> String {
        self.arn_of("kms", account, path)
    }

    /// The same of what is not about keys: the service is that of the action.
    pub(crate) fn arn_of(&self, service: &str, account: AccountId, path: &str) -> String {
        format!("arn:aws:{service}:{}:{account}:{path}", self.settings.region)
    }

    /// The ARN of a key.
    pub(crate) fn key_arn(&self, entry: &KeyEntry) -> String {
        self.arn(entry.project(), &format!("key/{}", entry.id()))
    }
}

/// Where a caller leaves the algorithm to the version, policies decide on that.
fn completed<'a, A: Action>(params: Params<'a>, entry: &KeyEntry) -> Params<'a> {
    let (Needs::ToProtect([_] | [_, _]) | Needs::ToProcess([_] | [_, _])) = A::NEEDS else {
        return params;
    };
    let key = entry.key();
    if key.usage == KeyUsage::Mac {
        return Params { mac_algorithm: params.mac_algorithm.or(MacAlgorithm::of(key.spec)), ..params };
    }
    let of_version = || entry.algorithm_of(entry.version_or_primary(params.version).ok()?);
    let (signing, encryption) = match of_version() {
        Some(KeyAlgorithm::Sign(algorithm)) => (Some(algorithm), None),
        Some(KeyAlgorithm::ExternalMu) => (Some(SigningAlgorithm::MlDsa), None),
        Some(KeyAlgorithm::Decrypt(algorithm)) => (None, Some(algorithm)),
        Some(KeyAlgorithm::Raw(_)) | None => (None, None),
    };
    Params {
        signing_algorithm: params.signing_algorithm.or(signing),
        encryption_algorithm: params.encryption_algorithm.or(encryption),
        ..params
    }
}

/// `key/<id>` in a buffer of the caller's.
fn key_path(id: KeyId, buffer: &mut [u8; 40]) -> &str {
    let (head, tail) = buffer.split_at_mut(4);
    head.copy_from_slice(b"key/");
    if let Ok(text) = tail.try_into() {
        id.encode(text);
    }
    // Invariant: the prefix and the encoded id are ASCII.
    std::str::from_utf8(buffer).unwrap_or_default()
}
