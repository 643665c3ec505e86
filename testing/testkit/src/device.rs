use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    pin::Pin,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use claviger_ports::{
    Capability, Encrypt, Handle, LiveKey, NewKey, Provider, ProviderError, ProviderState, Sign, TaggedKey,
};
use claviger_software::{Config, SoftwareProvider};
use claviger_types::{KeySpec, KeyTag, KeyUsage, ProtectionLevel, ProviderName, SecretBytes};

/// A device: what is made in it stays in it, is found again by its tag, and is there for whoever is plugged in to it.
#[derive(Default)]
pub struct Device {
    keys: Mutex<BTreeMap<KeyTag, (KeySpec, SecretBytes)>>,
    /// What is in it and not ours, by its label.
    foreign: Mutex<BTreeMap<String, ForeignKey>>,
}

struct ForeignKey {
    spec: KeySpec,
    material: SecretBytes,
    public: Option<Vec<u8>>,
}

/// A device under the name that it is configured under.
pub struct DeviceProvider {
    name: ProviderName,
    device: Arc<Device>,
    inner: SoftwareProvider,
    /// What the next call that makes or destroys a key answers, after it has done that.
    pub failure: Mutex<Option<ProviderError>>,
    /// How it is.
    pub state: Mutex<ProviderState>,
    meanwhile: Mutex<Option<Meanwhile>>,
}

type Meanwhile = Pin<Box<dyn Future<Output = ()> + Send>>;

/// So few that a test can get there.
pub const MESSAGE_LIMIT: u64 = 5_000;

impl Device {
    /// The tags of what is in it.
    pub fn tags(&self) -> Vec<KeyTag> {
        self.keys.lock().unwrap().keys().copied().collect()
    }

    /// Loses a key, as if somebody else had destroyed it.
    pub fn lose(&self, tag: KeyTag) {
        self.keys.lock().unwrap().remove(&tag);
    }

    /// The labels of what is in it and not ours.
    pub fn labels(&self) -> Vec<String> {
        self.foreign.lock().unwrap().keys().cloned().collect()
    }

    /// A key with a tag like ours, of another installation.
    pub fn put_tagged(&self, tag: KeyTag) {
        self.keys.lock().unwrap().insert(tag, (KeySpec::Aes256, SecretBytes::new(vec![7; 32])));
    }
}

impl DeviceProvider {
    /// A device that is plugged in.
    pub fn new(name: &str, device: &Arc<Device>) -> Arc<Self> {
        let config = Config { threads: NonZeroUsize::MIN, ..Config::default() };
        Arc::new(Self {
            name: name.parse().unwrap(),
            device: device.clone(),
            inner: SoftwareProvider::start("inner".parse().unwrap(), config).unwrap(),
            failure: Mutex::default(),
            state: Mutex::new(ProviderState::Usable),
            meanwhile: Mutex::default(),
        })
    }

    /// What somebody else does while the next call that makes or opens a key is under way, after the key is made.
    pub fn meanwhile(&self, happens: impl Future<Output = ()> + Send + 'static) {
        *self.meanwhile.lock().unwrap() = Some(Box::pin(happens));
    }

    async fn let_happen(&self) {
        let happens = self.meanwhile.lock().unwrap().take();
        if let Some(happens) = happens {
            happens.await;
        }
    }

    /// Makes a key that is not ours.
    pub async fn put_foreign(&self, label: &str, spec: KeySpec, usage: KeyUsage) {
        let NewKey { handle, public } = self.inner.generate(spec, usage, KeyTag::new([0; 20])).await.unwrap();
        let key = ForeignKey { spec, material: handle.0, public };
        self.device.foreign.lock().unwrap().insert(label.to_owned(), key);
    }

    fn keep(&self, spec: KeySpec, tag: KeyTag, new: NewKey) -> Result<NewKey, ProviderError> {
        self.device.keys.lock().unwrap().insert(tag, (spec, new.handle.0));
        match self.failure.lock().unwrap().take() {
            Some(error) => Err(error),
            None => Ok(NewKey { handle: handle(tag), public: new.public }),
        }
    }

    fn held(&self, spec: KeySpec, handle: &Handle) -> Result<Handle, ProviderError> {
        let Some(tag) = tag(handle) else {
            let foreign = self.device.foreign.lock().unwrap();
            let held = label(handle).and_then(|label| foreign.get(&label)).filter(|held| held.spec == spec);
            return held.map(|held| Handle(held.material.duplicate())).ok_or(ProviderError::Rejected);
        };
        let keys = self.device.keys.lock().unwrap();
        let held = keys.get(&tag).filter(|(held, _)| *held == spec);
        held.map(|(_, material)| Handle(material.duplicate())).ok_or(ProviderError::Rejected)
    }
}

fn handle(tag: KeyTag) -> Handle {
    Handle(SecretBytes::new(tag.as_bytes().to_vec()))
}

fn tag(handle: &Handle) -> Option<KeyTag> {
    handle.0.expose().try_into().ok().map(KeyTag::new)
}

fn label(handle: &Handle) -> Option<String> {
    String::from_utf8(handle.0.expose().to_vec()).ok()
}

#[async_trait]
impl Provider for DeviceProvider {
    fn name(&self) -> &ProviderName {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "device"
    }

    fn protection(&self) -> ProtectionLevel {
        ProtectionLevel::Hsm
    }

    fn state(&self) -> ProviderState {
        self.state.lock().unwrap().clone()
    }

    fn supports(&self, spec: KeySpec, usage: KeyUsage, capability: Capability) -> bool {
        self.inner.supports(spec, usage, capability)
    }

    async fn generate(&self, spec: KeySpec, usage: KeyUsage, tag: KeyTag) -> Result<NewKey, ProviderError> {
        let new = self.inner.generate(spec, usage, tag).await?;
        let kept = self.keep(spec, tag, new);
        self.let_happen().await;
        kept
    }

    async fn import(
        &self,
        spec: KeySpec,
        usage: KeyUsage,
        tag: KeyTag,
        material: SecretBytes,
    ) -> Result<NewKey, ProviderError> {
        let new = self.inner.import(spec, usage, tag, material).await?;
        let kept = self.keep(spec, tag, new);
        self.let_happen().await;
        kept
    }

    async fn adopt(&self, spec: KeySpec, _: KeyUsage, locator: &str) -> Result<NewKey, ProviderError> {
        if let Ok(tag) = locator.parse() {
            return Ok(NewKey { handle: handle(tag), public: None });
        }
        let foreign = self.device.foreign.lock().unwrap();
        let key = foreign.get(locator).filter(|key| key.spec == spec).ok_or(ProviderError::Rejected)?;
        let handle = Handle(SecretBytes::new(locator.as_bytes().to_vec()));
        Ok(NewKey { handle, public: key.public.clone() })
    }

    async fn tagged(&self) -> Result<Vec<TaggedKey>, ProviderError> {
        let tags = self.device.tags().into_iter();
        Ok(tags.map(|tag| TaggedKey { tag, device_id: tag.to_string(), handle: handle(tag) }).collect())
    }

    fn device_id(&self, handle: &Handle) -> Option<String> {
        tag(handle).map(|tag| tag.to_string()).or_else(|| label(handle))
    }

    async fn open(&self, spec: KeySpec, handle: &Handle) -> Result<Arc<dyn LiveKey>, ProviderError> {
        self.let_happen().await;
        let held = self.held(spec, handle)?;
        Ok(Arc::new(DeviceKey(self.inner.open(spec, &held).await?)))
    }

    async fn destroy(&self, _spec: KeySpec, handle: &Handle) -> Result<(), ProviderError> {
        match tag(handle) {
            Some(tag) => drop(self.device.keys.lock().unwrap().remove(&tag)),
            None => drop(label(handle).and_then(|label| self.device.foreign.lock().unwrap().remove(&label))),
        }
        match self.failure.lock().unwrap().take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    async fn random(&self, out: &mut [u8]) -> Result<(), ProviderError> {
        self.inner.random(out).await
    }
}

struct DeviceKey(Arc<dyn LiveKey>);

impl LiveKey for DeviceKey {
    fn encrypt(&self) -> Option<&dyn Encrypt> {
        self.0.encrypt().map(|_| self as &dyn Encrypt)
    }

    fn sign(&self) -> Option<&dyn Sign> {
        self.0.sign()
    }

    fn weight(&self) -> usize {
        self.0.weight()
    }
}

impl DeviceKey {
    fn inner(&self) -> Result<&dyn Encrypt, ProviderError> {
        self.0.encrypt().ok_or(ProviderError::Unsupported)
    }
}

#[async_trait]
impl Encrypt for DeviceKey {
    fn aead(&self) -> u8 {
        2
    }

    fn message_limit(&self) -> Option<u64> {
        Some(MESSAGE_LIMIT)
    }

    async fn seal(&self, aad: &[u8], plaintext: &[u8], out: &mut Vec<u8>) -> Result<(), ProviderError> {
        self.inner()?.seal(aad, plaintext, out).await
    }

    async fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<SecretBytes, ProviderError> {
        self.inner()?.open(aad, sealed).await
    }
}
