mod devices;
mod raw;

pub use devices::VersionDetail;

use std::sync::{Arc, Mutex, PoisonError};

use claviger_ports::{
    Capability, Change, Clock, GrantReads, Handle, KeyReads, LiveKey, ObjectReads, PkiReads, PrincipalReads,
    Provider, ProviderError, ProviderReads, Random, RingReads, SealedPlace, SealedReads,
};
use claviger_types::{
    AccountId, AgreementAlgorithm, EncryptionAlgorithm, KeyId, KeyRing, KeyRingName, KeySpec, KeyUsage,
    KeyVersion, MacAlgorithm, ProtectionLevel, ProviderId, Sealed, SecretBytes, SigningAlgorithm,
    SigningInput, Timestamp, VersionNumber,
};

use crate::{
    Action, Authorized, CallContext, Error, KeyEntry, MadeKey, MayAgree, MayChange, MayDecrypt, MayEncrypt,
    MayGenerate, MayImport, MayMac, MaySign, MayVerify, MayVerifyMac, ProjectTarget, ProviderChoice, Reason,
    Result, Settings,
    entry::version_error,
    making::{MakeError, Unstored},
    record::Record,
    service::Core,
};

/// What an operation may do once it is authorized. Every method that touches a key, a secret or the store takes the
/// proof, and only for actions that allow just that.
pub struct Scope<'a> {
    pub(crate) core: &'a Core,
    pub(crate) cx: &'a CallContext,
    pub(crate) record: Mutex<&'a mut Record>,
    pub(crate) unstored: Unstored,
}

/// A proof of an action on a key.
pub type KeyProof<A> = Authorized<A, Arc<KeyEntry>>;

/// Everything that can be read of the store, all projects': an operation reads what its proof names.
pub trait Reads:
    KeyReads
    + RingReads
    + ProviderReads
    + GrantReads
    + ObjectReads
    + PkiReads
    + PrincipalReads
    + SealedReads
    + Send
    + Sync
{
}
impl<
    T: KeyReads
        + RingReads
        + ProviderReads
        + GrantReads
        + ObjectReads
        + PkiReads
        + PrincipalReads
        + SealedReads
        + Send
        + Sync
        + ?Sized,
> Reads for T
{
}

impl Scope<'_> {
    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.core.clock.now()
    }

    /// Randomness for ids and tokens.
    pub fn random(&self) -> &dyn Random {
        &*self.core.random
    }

    /// The clock, for what lives longer than the call.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.core.clock
    }

    /// The configuration.
    pub fn settings(&self) -> &Settings {
        &self.core.settings
    }

    /// The call.
    pub fn cx(&self) -> &CallContext {
        self.cx
    }

    /// The ARN of a key.
    pub fn key_arn(&self, entry: &KeyEntry) -> String {
        self.core.key_arn(entry)
    }

    /// The ARN of something of `account`, by its path.
    pub fn arn(&self, account: AccountId, path: &str) -> String {
        self.core.arn(account, path)
    }

    /// Tells the audit log which key the call has made.
    pub fn created(&self, key: KeyId) {
        self.with_record(|record| record.target(key));
    }

    /// AEAD encryption under a version, the primary one if none is named: nonce ‖ ciphertext ‖ tag is appended to `out`. `header` is given the
    /// version and the id of the AEAD first, writes what goes before the ciphertext and returns the associated data.
    ///
    /// # Errors
    /// As for any use of a key.
    pub async fn seal<A: MayEncrypt>(
        &self,
        key: &KeyProof<A>,
        version: Option<VersionNumber>,
        plaintext: &[u8],
        out: &mut Vec<u8>,
        header: impl FnOnce(VersionNumber, u8, &mut Vec<u8>) -> Vec<u8> + Send,
    ) -> Result<VersionNumber> {
        let version = to_protect(key.target(), version)?;
        let live = self.live(key.target(), version).await?;
        let aead = capability(live.encrypt())?;
        if let Some(limit) = aead.message_limit() {
            self.core.count_message(version.key, version.number, limit).await?;
        }
        let aad = header(version.number, aead.aead(), out);
        aead.seal(&aad, plaintext, out).await?;
        Ok(version.number)
    }

    /// The inverse of [`seal`](Self::seal) for any version that may still be used.
    ///
    /// # Errors
    /// `InvalidCiphertext` if anything was changed; as for any use of a key.
    pub async fn open<A: MayDecrypt>(
        &self,
        key: &KeyProof<A>,
        version: VersionNumber,
        aead: u8,
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<SecretBytes> {
        let live = self.live_to_open(key.target(), version).await?;
        let capability = capability(live.encrypt())?;
        if capability.aead() != aead {
            return Err(invalid_ciphertext());
        }
        capability.open(aad, sealed).await.map_err(ciphertext_error)
    }

    /// Opens what was encrypted with AES-256-GCM under the key before it was imported; see [`claviger_ports::Encrypt::open_plain_gcm`].
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_plain_gcm<A: MayDecrypt>(
        &self,
        key: &KeyProof<A>,
        version: VersionNumber,
        sealed: &[u8],
    ) -> Result<SecretBytes> {
        let live = self.live_to_open(key.target(), version).await?;
        capability(live.encrypt())?.open_plain_gcm(sealed).await.map_err(ciphertext_error)
    }

    /// RSA encryption under a version, the primary one if none is named.
    ///
    /// # Errors
    /// As for any use of a key.
    pub async fn rsa_encrypt<A: MayEncrypt>(
        &self,
        key: &KeyProof<A>,
        version: Option<VersionNumber>,
        algorithm: EncryptionAlgorithm,
        plaintext: &[u8],
    ) -> Result<Vec<u8>> {
        let live = self.live_to_protect(key.target(), version).await?;
        Ok(capability(live.asymmetric_decrypt())?.encrypt(algorithm, plaintext).await?)
    }

    /// RSA decryption under a version, the primary one if none is named.
    ///
    /// # Errors
    /// `InvalidCiphertext`, without a reason; as for any use of a key.
    pub async fn rsa_decrypt<A: MayDecrypt>(
        &self,
        key: &KeyProof<A>,
        version: Option<VersionNumber>,
        algorithm: EncryptionAlgorithm,
        ciphertext: &[u8],
    ) -> Result<SecretBytes> {
        let live = self.live_to_process(key.target(), version).await?;
        capability(live.asymmetric_decrypt())?.decrypt(algorithm, ciphertext).await.map_err(ciphertext_error)
    }

    /// Signs with a version, the primary one if none is named.
    ///
    /// # Errors
    /// As for any use of a key.
    pub async fn sign<A: MaySign>(
        &self,
        key: &KeyProof<A>,
        version: Option<VersionNumber>,
        algorithm: SigningAlgorithm,
        input: SigningInput<'_>,
    ) -> Result<Vec<u8>> {
        self.sign_with(key.target(), version, algorithm, input).await
    }

    /// Checks a signature with a version, the primary one if none is named.
    ///
    /// # Errors
    /// As for any use of a key; a wrong signature is `Ok(false)`.
    pub async fn verify<A: MayVerify>(
        &self,
        key: &KeyProof<A>,
        version: Option<VersionNumber>,
        algorithm: SigningAlgorithm,
        input: SigningInput<'_>,
        signature: &[u8],
    ) -> Result<bool> {
        let live = self.live_to_process(key.target(), version).await?;
        Ok(capability(live.sign())?.verify(algorithm, input, signature).await?)
    }

    /// Computes a code with a version, the primary one if none is named.
    ///
    /// # Errors
    /// As for any use of a key.
    pub async fn mac<A: MayMac>(
        &self,
        key: &KeyProof<A>,
        version: Option<VersionNumber>,
        algorithm: MacAlgorithm,
        message: &[u8],
    ) -> Result<Vec<u8>> {
        let live = self.live_to_protect(key.target(), version).await?;
        Ok(capability(live.mac())?.compute(algorithm, message).await?)
    }

    /// Checks a code with a version, the primary one if none is named.
    ///
    /// # Errors
    /// As for any use of a key; a wrong code is `Ok(false)`.
    pub async fn verify_mac<A: MayVerifyMac>(
        &self,
        key: &KeyProof<A>,
        version: Option<VersionNumber>,
        algorithm: MacAlgorithm,
        message: &[u8],
        mac: &[u8],
    ) -> Result<bool> {
        let live = self.live_to_process(key.target(), version).await?;
        Ok(capability(live.mac())?.verify(algorithm, message, mac).await?)
    }

    /// Derives a shared secret with the primary version.
    ///
    /// # Errors
    /// As for any use of a key.
    pub async fn agree<A: MayAgree>(
        &self,
        key: &KeyProof<A>,
        algorithm: AgreementAlgorithm,
        peer: &[u8],
    ) -> Result<SecretBytes> {
        let live = self.live_to_protect(key.target(), None).await?;
        Ok(capability(live.agree())?.agree(algorithm, peer).await?)
    }

    /// Makes key material with a provider.
    ///
    /// # Errors
    /// `Unsupported` if it makes no such keys.
    pub async fn generate<A: MayGenerate, T>(
        &self,
        _proof: &Authorized<A, T>,
        provider: &ProviderId,
        spec: KeySpec,
        usage: KeyUsage,
    ) -> Result<MadeKey> {
        let holder = self.core.providers.by_id(provider)?;
        refuse_unsupported(&*holder, spec, usage, Capability::Generate)?;
        let make = |tag| holder.generate(spec, usage, tag);
        let (made, intent) = self.core.make(provider, holder.protection(), make).await?;
        self.unstored.add(intent, spec, &made.handle);
        Ok(made)
    }

    /// Gives material from outside to a provider.
    ///
    /// # Errors
    /// `InvalidRequest` if it is no valid key of `spec`, `Unsupported` if the provider takes no such keys.
    pub async fn import<A: MayImport, T>(
        &self,
        _proof: &Authorized<A, T>,
        provider: &ProviderId,
        spec: KeySpec,
        usage: KeyUsage,
        material: SecretBytes,
    ) -> Result<MadeKey> {
        let holder = self.core.providers.by_id(provider)?;
        refuse_unsupported(&*holder, spec, usage, Capability::Import)?;
        let make = |tag| holder.import(spec, usage, tag, material);
        match self.core.make(provider, holder.protection(), make).await {
            Ok((made, intent)) => {
                self.unstored.add(intent, spec, &made.handle);
                Ok(made)
            }
            Err(MakeError::Provider(ProviderError::Rejected)) => {
                Err(Error::invalid("The key material is not a valid key of this key spec."))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a provider can serve such a key, asked before one is made.
    ///
    /// # Errors
    /// `Unsupported`.
    pub fn check_supported(
        &self,
        provider: &ProviderId,
        spec: KeySpec,
        usage: KeyUsage,
        by: Capability,
    ) -> Result<()> {
        refuse_unsupported(&*self.core.providers.by_id(provider)?, spec, usage, by)
    }

    /// Random bytes fit to be key material, of the provider whose part that is.
    ///
    /// # Errors
    /// As for any use of a provider.
    pub async fn random_key<A: MayGenerate, T>(
        &self,
        proof: &Authorized<A, T>,
        len: usize,
    ) -> Result<SecretBytes> {
        self.random_of(proof, len, &ProviderChoice::Named(self.core.providers.roles().random.clone())).await
    }

    /// The same, of another provider.
    ///
    /// # Errors
    /// As for any use of a provider; `InvalidRequest` if there is none.
    pub async fn random_of<A: MayGenerate, T>(
        &self,
        _proof: &Authorized<A, T>,
        len: usize,
        provider: &ProviderChoice,
    ) -> Result<SecretBytes> {
        let providers = &self.core.providers;
        let provider = providers.by_id(&providers.chosen(provider)?)?;
        let mut bytes = zeroize::Zeroizing::new(vec![0; len]);
        provider.random(&mut bytes).await?;
        Ok(bytes.into())
    }

    /// A key pair for use outside: its private key (PKCS#8 in DER) and its public key (SubjectPublicKeyInfo in DER).
    ///
    /// # Errors
    /// `Unsupported` for symmetric specifications; `Throttled` if too many are being made.
    pub async fn generate_pair<A: MayGenerate, T>(
        &self,
        _proof: &Authorized<A, T>,
        spec: KeySpec,
    ) -> Result<(SecretBytes, Vec<u8>)> {
        self.core.pairs.generate(spec).await
    }

    /// Encrypts a secret for its place in the store.
    ///
    /// # Errors
    /// `Internal`.
    pub fn seal_secret<A: MayChange, T>(
        &self,
        _proof: &Authorized<A, T>,
        place: &SealedPlace,
        secret: &SecretBytes,
    ) -> Result<Sealed> {
        Ok(self.core.seal.seal(place, secret, &*self.core.random)?)
    }

    /// Decrypts a secret from its place in the store.
    ///
    /// # Errors
    /// `StoredDataDamaged` if it is not what was stored there.
    pub fn open_secret<A: MayImport, T>(
        &self,
        _proof: &Authorized<A, T>,
        place: &SealedPlace,
        sealed: &Sealed,
    ) -> Result<SecretBytes> {
        Ok(self.core.seal.open(place, sealed)?)
    }

    /// Makes changes, all or none. The intent in the audit log is durable before, the changes are durable after.
    /// Once per call: the outcome that reconciles audit log and store is that of the call. Keys that the call has made in
    /// devices arrive with their versions.
    ///
    /// # Errors
    /// `ConcurrentChange` if somebody else changed the same thing, or a key that was made was given up meanwhile; nothing has
    /// been changed then.
    pub async fn commit<A: MayChange, T>(
        &self,
        _proof: &Authorized<A, T>,
        mut changes: Vec<Change>,
    ) -> Result<()> {
        let stored = self.unstored.take_stored_by(&changes);
        changes.extend(stored.iter().map(|key| Change::ArriveKey(key.intent.clone())));
        let committed = self.core.commit(self.intent(), self.cx.request, changes).await;
        // Behind every other failure the versions may be stored all the same.
        if committed.as_ref().is_err_and(|error| error.reason() == Reason::ConcurrentChange) {
            self.unstored.put_back(stored);
        }
        committed
    }

    /// Waits until the announcement of the change in the audit log is durable: for changes of something else than the
    /// store.
    ///
    /// # Errors
    /// If the log can't be written.
    pub async fn announced<A: MayChange, T>(&self, _proof: &Authorized<A, T>) -> Result<()> {
        self.core.announced(self.intent()).await
    }

    /// Tells the audit log what exactly was done, where the name of the operation does not say.
    pub fn did(&self, what: &'static str) {
        self.with_record(|record| record.did(what));
    }

    /// What the store knows.
    pub fn reads<A: Action, T>(&self, _proof: &Authorized<A, T>) -> &dyn Reads {
        &*self.core.reads
    }

    /// The ring that every project has, as it is or would be stored.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn default_ring<A: Action>(&self, proof: &Authorized<A, ProjectTarget>) -> Result<KeyRing> {
        let ProjectTarget(project) = *proof.target();
        let entry = self.core.keys.ring(project, &KeyRingName::default()).await?;
        Ok(entry.ok_or_else(|| Error::internal("a project without record"))?.ring.clone())
    }

    /// Tells the audit log which version the call is about, where it does not use it.
    pub fn about(&self, version: &KeyVersion) {
        self.record.lock().unwrap_or_else(PoisonError::into_inner).used(version.key, version.number);
    }

    /// When a key was last used, as far as it is known.
    pub fn last_usage<A: Action>(&self, key: &KeyProof<A>) -> Option<crate::LastUse> {
        let versions = key.target().record.versions.iter();
        versions.filter_map(|version| self.core.usage.last(version)).max_by_key(|last| last.time)
    }

    /// Since when uses of keys have been observed.
    pub fn usage_tracked_since(&self) -> Timestamp {
        self.core.usage.since()
    }

    /// Destroys the material of those `versions` in their providers, after the change that forgets their handles is
    /// committed. A provider that is down is told in the log; its orphan holds nothing that is still reachable here. What
    /// was adopted stays in its device.
    pub async fn destroy_material<A: MayChange>(
        &self,
        key: &KeyProof<A>,
        versions: impl Fn(&KeyVersion) -> bool + Send,
    ) {
        for version in key.target().record.versions.iter().filter(|version| versions(version)) {
            if let Err(error) = self.destroy_version(key.target(), version).await {
                tracing::error!(key = %version.key, version = %version.number, error = ?error, "key material could not be destroyed by its provider");
            }
        }
    }

    async fn destroy_version(&self, entry: &KeyEntry, version: &KeyVersion) -> Result<()> {
        if version.is_adopted() {
            return Ok(());
        }
        let Some(handle) = self.core.handle_of(version)? else { return Ok(()) };
        let provider = self.core.providers.by_id(&version.provider)?;
        Ok(provider.destroy(entry.key().spec, &handle).await?)
    }

    /// The provider that is to hold a new key, and what protects it there.
    ///
    /// # Errors
    /// `InvalidRequest` if there is none, `Unavailable` while it has not proved who it is.
    pub fn provider(&self, choice: &ProviderChoice) -> Result<(ProviderId, ProtectionLevel)> {
        let id = self.core.providers.chosen(choice)?;
        let protection = self.core.providers.by_id(&id)?.protection();
        Ok((id, protection))
    }

    fn intent(&self) -> Option<claviger_types::AuditSeq> {
        self.with_record(|record| record.intent())
    }

    pub(crate) async fn sign_with(
        &self,
        entry: &KeyEntry,
        version: Option<VersionNumber>,
        algorithm: SigningAlgorithm,
        input: SigningInput<'_>,
    ) -> Result<Vec<u8>> {
        let live = self.live_to_protect(entry, version).await?;
        Ok(capability(live.sign())?.sign(algorithm, input).await?)
    }

    pub(crate) fn with_record<T>(&self, with: impl FnOnce(&mut Record) -> T) -> T {
        with(&mut self.record.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn live_to_protect(
        &self,
        entry: &KeyEntry,
        version: Option<VersionNumber>,
    ) -> Result<Arc<dyn LiveKey>> {
        self.live(entry, to_protect(entry, version)?).await
    }

    async fn live_to_process(
        &self,
        entry: &KeyEntry,
        version: Option<VersionNumber>,
    ) -> Result<Arc<dyn LiveKey>> {
        let version = entry.version_or_primary(version)?;
        match version.state.may_process() {
            true => self.live(entry, version).await,
            false => Err(version_error(version.state, &self.core.key_arn(entry))),
        }
    }

    /// The version that a ciphertext names.
    async fn live_to_open(&self, entry: &KeyEntry, number: VersionNumber) -> Result<Arc<dyn LiveKey>> {
        let version = entry.version(number).ok_or_else(invalid_ciphertext)?;
        if !version.state.may_process() {
            let arn = self.core.key_arn(entry);
            return Err(Error::new(
                Reason::KeyState,
                format!("Version {number} of {arn} can no longer be used."),
            ));
        }
        self.live(entry, version).await
    }

    async fn live(&self, entry: &KeyEntry, version: &KeyVersion) -> Result<Arc<dyn LiveKey>> {
        self.with_record(|record| record.used(version.key, version.number));
        self.core.live(entry, version).await
    }
}

impl Core {
    pub(crate) async fn live(&self, entry: &KeyEntry, version: &KeyVersion) -> Result<Arc<dyn LiveKey>> {
        let open = async {
            let handle = self.handle_of(version)?.ok_or_else(|| {
                Error::new(Reason::KeyState, format!("{} has no key material.", self.key_arn(entry)))
            })?;
            Ok(self.providers.by_id(&version.provider)?.open(entry.key().spec, &handle).await?)
        };
        self.keys.live(version.key, version.number, open).await
    }

    /// How the provider of a version finds its material; `None` if it has none.
    pub(crate) fn handle_of(&self, version: &KeyVersion) -> Result<Option<Handle>> {
        let place = SealedPlace::VersionHandle(version.key, version.number);
        let open = |sealed| Ok(Handle(self.seal.open(&place, sealed)?));
        version.handle.as_ref().map(open).transpose()
    }
}

fn to_protect(entry: &KeyEntry, version: Option<VersionNumber>) -> Result<&KeyVersion> {
    let version = entry.version_or_primary(version)?;
    match version.state.may_protect() {
        true => Ok(version),
        false => Err(version_error(version.state, &entry.id().to_string())),
    }
}

fn refuse_unsupported(
    provider: &dyn Provider,
    spec: KeySpec,
    usage: KeyUsage,
    capability: Capability,
) -> Result<()> {
    match spec.allows(usage) && provider.supports(spec, usage, capability) {
        true => Ok(()),
        false => Err(Error::new(
            Reason::Unsupported,
            format!("KeySpec {} is not supported for KeyUsage {}.", spec.policy_name(), usage.policy_name()),
        )),
    }
}

fn capability<T: ?Sized>(capability: Option<&T>) -> Result<&T> {
    capability.ok_or_else(|| Error::internal("a key without the capability that its usage promises"))
}

fn ciphertext_error(error: ProviderError) -> Error {
    match error {
        ProviderError::Rejected => invalid_ciphertext(),
        error => error.into(),
    }
}

fn invalid_ciphertext() -> Error {
    Error::new(Reason::InvalidCiphertext, "The ciphertext is not valid.")
}
