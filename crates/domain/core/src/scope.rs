use std::sync::{Arc, Mutex, PoisonError};

use claviger_ports::{
    Batch, Capability, Change, Clock, GrantReads, Handle, KeyReads, LiveKey, NewKey, PkiReads,
    PrincipalReads, Provider, ProviderError, Random, SealedPlace, SealedReads, SigningInput,
};
use claviger_types::{
    AccountId, AgreementAlgorithm, EncryptionAlgorithm, KeyId, KeySpec, KeyUsage, KeyVersion, MacAlgorithm,
    ProviderId, Sealed, SecretBytes, SigningAlgorithm, Timestamp, VersionNumber,
};

use crate::{
    Action, Authorized, CallContext, Error, KeyEntry, MayAgree, MayChange, MayDecrypt, MayEncrypt,
    MayGenerate, MayImport, MayMac, MaySign, MayVerify, MayVerifyMac, Reason, Result, Settings,
    header_keys::HeaderKeys, record::Record, service::Core,
};

/// What an operation may do once it is authorized. Every method that touches a key, a secret or the store takes the
/// proof, and only for actions that allow just that.
pub struct Scope<'a> {
    pub(crate) core: &'a Core,
    pub(crate) cx: &'a CallContext,
    pub(crate) record: Mutex<&'a mut Record>,
}

/// A proof of an action on a key.
pub type KeyProof<A> = Authorized<A, Arc<KeyEntry>>;

/// Everything that can be read of the store, all projects': an operation reads what its proof names.
pub trait Reads: KeyReads + GrantReads + PkiReads + PrincipalReads + SealedReads + Send + Sync {}
impl<T: KeyReads + GrantReads + PkiReads + PrincipalReads + SealedReads + Send + Sync + ?Sized> Reads for T {}

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

    /// AEAD encryption under the primary version: nonce ‖ ciphertext ‖ tag is appended to `out`. `header` is given the
    /// version and the id of the AEAD first, writes what goes before the ciphertext and returns the associated data.
    ///
    /// # Errors
    /// As for any use of a key.
    pub async fn seal<A: MayEncrypt>(
        &self,
        key: &KeyProof<A>,
        plaintext: &[u8],
        out: &mut Vec<u8>,
        header: impl FnOnce(VersionNumber, u8, &mut Vec<u8>) -> Vec<u8> + Send,
    ) -> Result<VersionNumber> {
        let version = key.target().primary()?;
        let live = self.live(key.target(), version).await?;
        let aead = capability(live.encrypt())?;
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
        let live = self.live_to_process(key.target(), version).await?;
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
        let live = self.live_to_process(key.target(), version).await?;
        capability(live.encrypt())?.open_plain_gcm(sealed).await.map_err(ciphertext_error)
    }

    /// RSA encryption under the primary version.
    ///
    /// # Errors
    /// As for any use of a key.
    pub async fn rsa_encrypt<A: MayEncrypt>(
        &self,
        key: &KeyProof<A>,
        algorithm: EncryptionAlgorithm,
        plaintext: &[u8],
    ) -> Result<Vec<u8>> {
        let live = self.live_primary(key.target()).await?;
        Ok(capability(live.asymmetric_decrypt())?.encrypt(algorithm, plaintext).await?)
    }

    /// RSA decryption under the primary version.
    ///
    /// # Errors
    /// `InvalidCiphertext`, without a reason; as for any use of a key.
    pub async fn rsa_decrypt<A: MayDecrypt>(
        &self,
        key: &KeyProof<A>,
        algorithm: EncryptionAlgorithm,
        ciphertext: &[u8],
    ) -> Result<SecretBytes> {
        let live = self.live_primary(key.target()).await?;
        capability(live.asymmetric_decrypt())?.decrypt(algorithm, ciphertext).await.map_err(ciphertext_error)
    }

    /// Signs with the primary version.
    ///
    /// # Errors
    /// As for any use of a key.
    pub async fn sign<A: MaySign>(
        &self,
        key: &KeyProof<A>,
        algorithm: SigningAlgorithm,
        input: SigningInput<'_>,
    ) -> Result<Vec<u8>> {
        self.sign_primary(key.target(), algorithm, input).await
    }

    /// Checks a signature with the primary version.
    ///
    /// # Errors
    /// As for any use of a key; a wrong signature is `Ok(false)`.
    pub async fn verify<A: MayVerify>(
        &self,
        key: &KeyProof<A>,
        algorithm: SigningAlgorithm,
        input: SigningInput<'_>,
        signature: &[u8],
    ) -> Result<bool> {
        let live = self.live_primary(key.target()).await?;
        Ok(capability(live.sign())?.verify(algorithm, input, signature).await?)
    }

    /// Computes a code with the primary version.
    ///
    /// # Errors
    /// As for any use of a key.
    pub async fn mac<A: MayMac>(
        &self,
        key: &KeyProof<A>,
        algorithm: MacAlgorithm,
        message: &[u8],
    ) -> Result<Vec<u8>> {
        let live = self.live_primary(key.target()).await?;
        Ok(capability(live.mac())?.compute(algorithm, message).await?)
    }

    /// Checks a code with the primary version.
    ///
    /// # Errors
    /// As for any use of a key; a wrong code is `Ok(false)`.
    pub async fn verify_mac<A: MayVerifyMac>(
        &self,
        key: &KeyProof<A>,
        algorithm: MacAlgorithm,
        message: &[u8],
        mac: &[u8],
    ) -> Result<bool> {
        let live = self.live_primary(key.target()).await?;
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
        let live = self.live_primary(key.target()).await?;
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
    ) -> Result<NewKey> {
        let provider = self.core.provider(provider)?;
        refuse_unsupported(&**provider, spec, usage, Capability::Generate)?;
        Ok(provider.generate(spec, usage).await?)
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
    ) -> Result<NewKey> {
        let provider = self.core.provider(provider)?;
        refuse_unsupported(&**provider, spec, usage, Capability::Import)?;
        match provider.import(spec, usage, material).await {
            Ok(key) => Ok(key),
            Err(ProviderError::Rejected) => {
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
        refuse_unsupported(&**self.core.provider(provider)?, spec, usage, by)
    }

    /// Random bytes fit to be key material.
    ///
    /// # Errors
    /// As for any use of a provider.
    pub async fn random_key<A: MayGenerate, T>(
        &self,
        _proof: &Authorized<A, T>,
        len: usize,
    ) -> Result<SecretBytes> {
        let provider = self.core.provider(&self.core.settings.default_provider)?;
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
    /// Once per call: the outcome that reconciles audit log and store is that of the call.
    ///
    /// # Errors
    /// `ConcurrentChange` if somebody else changed the same thing; nothing has been changed then.
    pub async fn commit<A: MayChange, T>(
        &self,
        _proof: &Authorized<A, T>,
        changes: Vec<Change>,
    ) -> Result<()> {
        self.core.commit(self.intent(), self.cx.request, changes).await
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

    /// When each key was last used, as far as it is known.
    pub fn last_usage<A: Action>(&self, key: &KeyProof<A>) -> Option<crate::LastUse> {
        self.core.usage.last(key.target().id())
    }

    /// Since when uses of keys have been observed.
    pub fn usage_tracked_since(&self) -> Timestamp {
        self.core.usage.since()
    }

    /// Destroys the material of versions in their providers, after the change that forgets their handles is
    /// committed. A provider that is down is told in the log; its orphan holds nothing that is still reachable here.
    pub async fn destroy_material<A: MayChange>(&self, key: &KeyProof<A>) {
        for version in key.target().record.versions.iter() {
            if let Err(error) = self.destroy_version(key.target(), version).await {
                tracing::error!(key = %version.key, version = %version.number, error = ?error, "key material could not be destroyed by its provider");
            }
        }
    }

    async fn destroy_version(&self, entry: &KeyEntry, version: &KeyVersion) -> Result<()> {
        let Some(sealed) = &version.handle else { return Ok(()) };
        let place = SealedPlace::VersionHandle(version.key, version.number);
        let handle = Handle(self.core.seal.open(&place, sealed)?);
        let provider = self.core.provider(&version.provider)?;
        Ok(provider.destroy(entry.key().spec, &handle).await?)
    }

    fn intent(&self) -> Option<claviger_types::AuditSeq> {
        self.with_record(|record| record.intent())
    }

    pub(crate) async fn sign_primary(
        &self,
        entry: &KeyEntry,
        algorithm: SigningAlgorithm,
        input: SigningInput<'_>,
    ) -> Result<Vec<u8>> {
        let live = self.live_primary(entry).await?;
        Ok(capability(live.sign())?.sign(algorithm, input).await?)
    }

    pub(crate) fn with_record<T>(&self, with: impl FnOnce(&mut Record) -> T) -> T {
        with(&mut self.record.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn live_primary(&self, entry: &KeyEntry) -> Result<Arc<dyn LiveKey>> {
        self.live(entry, entry.primary()?).await
    }

    async fn live_to_process(&self, entry: &KeyEntry, number: VersionNumber) -> Result<Arc<dyn LiveKey>> {
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
    async fn live(&self, entry: &KeyEntry, version: &KeyVersion) -> Result<Arc<dyn LiveKey>> {
        let open = async {
            let Some(sealed) = &version.handle else {
                return Err(Error::new(
                    Reason::KeyState,
                    format!("{} has no key material.", self.key_arn(entry)),
                ));
            };
            let place = SealedPlace::VersionHandle(version.key, version.number);
            let handle = Handle(self.seal.open(&place, sealed)?);
            Ok(self.provider(&version.provider)?.open(entry.key().spec, &handle).await?)
        };
        self.keys.live(version.key, version.number, open).await
    }

    pub(crate) fn provider(&self, id: &ProviderId) -> Result<&Arc<dyn Provider>> {
        self.providers.iter().find(|provider| provider.id() == id).ok_or_else(|| {
            Error::new(Reason::Unavailable, "The key's provider is not configured.")
                .caused_by(format!("provider {id}"))
        })
    }

    async fn announced(&self, intent: Option<claviger_types::AuditSeq>) -> Result<()> {
        let intent =
            intent.ok_or_else(|| Error::internal("a change without an announcement in the audit log"))?;
        Ok(self.log.durable(intent).await?)
    }

    /// Commits and forgets what was cached of it.
    pub(crate) async fn commit(
        &self,
        intent: Option<claviger_types::AuditSeq>,
        outcome: claviger_types::RequestId,
        changes: Vec<Change>,
    ) -> Result<()> {
        self.announced(intent).await?;
        let mut touched = Touched::of(&changes);
        // The key that loses an alias must be forgotten too: its policy may decide by its aliases. One at a time, so
        // that what is looked up here is still so when the change is committed.
        let _one_at_a_time = match touched.aliases.is_empty() {
            true => None,
            false => Some(self.alias_changes.lock().await),
        };
        for (project, alias) in &touched.aliases {
            touched.keys.extend(self.keys.alias(*project, alias).await?);
        }
        let result = self.store.commit(Batch { outcome, changes }).await;
        // Also after an error: whether a change was made that could not be acknowledged is then unknown.
        touched.forget(self);
        Ok(result?)
    }
}

/// What a batch changes, as far as something of it may be cached.
#[derive(Default)]
struct Touched {
    keys: Vec<KeyId>,
    versions: Vec<(KeyId, VersionNumber)>,
    aliases: Vec<(claviger_types::AccountId, claviger_types::AliasName)>,
    directory: bool,
    header_keys: bool,
}

impl Touched {
    fn of(changes: &[Change]) -> Self {
        let mut touched = Self::default();
        for change in changes {
            match change {
                Change::PutKey(key) => touched.keys.push(key.id),
                Change::PutVersion(version) => {
                    touched.keys.push(version.key);
                    touched.versions.push((version.key, version.number));
                }
                Change::InsertName { project, name, key, .. }
                | Change::MoveName { project, name, key, .. } => {
                    touched.keys.push(*key);
                    touched.aliases.extend(name.value.parse().ok().map(|alias| (*project, alias)));
                }
                Change::DeleteName { project, name } => {
                    touched.aliases.extend(name.value.parse().ok().map(|alias| (*project, alias)));
                }
                Change::InsertGrant(grant) => touched.keys.push(grant.key),
                Change::DeleteGrant(key, _) => touched.keys.push(*key),
                Change::PutPrincipal(_)
                | Change::PutIdentityPolicy(_)
                | Change::DeleteIdentityPolicy(..)
                | Change::InsertCredential(_)
                | Change::RevokeCredential(..) => touched.directory = true,
                Change::PutSecret(name, _) | Change::InsertSecret(name, _) => {
                    touched.header_keys |= HeaderKeys::is_one(name);
                }
                Change::InsertProject(_)
                | Change::PutCertificateAuthority(_)
                | Change::InsertCertificate(_)
                | Change::RevokeCertificate(..)
                | Change::PutRevocationList(_)
                | Change::InsertImportJob(_)
                | Change::DeleteImportJobs(_)
                | Change::Reseal { .. }
                | Change::ForgetOutcomes(_) => {}
            }
        }
        touched
    }

    fn forget(&self, core: &Core) {
        for key in &self.keys {
            core.keys.forget(*key);
        }
        for (key, version) in &self.versions {
            core.keys.forget_version(*key, *version);
        }
        for (project, alias) in &self.aliases {
            core.keys.forget_alias(*project, alias);
        }
        if self.header_keys {
            core.header_keys.forget();
        }
        if self.directory {
            core.directory.forget();
        }
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
