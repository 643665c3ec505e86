use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use claviger_algorithms::key_kind;
use claviger_ports::{
    Capability, Handle, LiveKey, NewKey, Provider, ProviderError, ProviderState, Random, TaggedKey,
};
use claviger_provider_device::{Computing, live, public_half, validated};
use claviger_types::{KeySpec, KeyTag, KeyUsage, ProtectionLevel, ProviderName, SecretBytes};
use tokio::sync::watch;

use crate::{
    KEYSLOT_LABEL, LABEL, adoption,
    agreement::AgreementKey,
    calls::{Desk, Weight},
    config::{Config, InvalidConfig},
    encoding,
    handle::KeyPlace,
    key::TokenKey,
    latch,
    supervisor::{self, Status},
    uri::Pkcs11Uri,
    wire::{Answer, Capabilities, Class, Destruction, Failure, Kind, NewKeySpec, Request},
};

/// Keys in a PKCS#11 token.
///
/// Its worker ends when it and every key that it opened have been dropped.
pub struct Pkcs11Provider {
    name: ProviderName,
    config: Arc<Config>,
    token: Arc<TokenLink>,
}

/// The way to the token, which keys share with the provider.
pub(crate) struct TokenLink {
    desk: Desk,
    status: watch::Receiver<Status>,
    pub(crate) computing: Computing,
}

impl Pkcs11Provider {
    /// Starts a worker, and comes back before it has opened the token: until then the state is
    /// [`Probing`](ProviderState::Probing), and calls wait. A token that is not there is looked for again and again.
    ///
    /// # Errors
    /// If the configuration can't be used.
    pub fn start(
        name: ProviderName,
        config: impl Into<Arc<Config>>,
        random: Arc<dyn Random>,
    ) -> Result<Self, InvalidConfig> {
        let config = config.into();
        config.check()?;
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| InvalidConfig::NoRuntime)?;
        let initial = Status { state: ProviderState::Probing(None), capabilities: Arc::default() };
        let (told, status) = watch::channel(initial);
        let (desk, arrivals) = Desk::new(config.waiting, config.deadline, config.generation_deadline);
        runtime.spawn(supervisor::run(name.as_str().to_owned(), Arc::clone(&config), random, told, arrivals));
        let token = TokenLink { desk, status, computing: Computing::new() };
        Ok(Self { name, config, token: Arc::new(token) })
    }

    /// The state once the first attempt to open the token has come to an end.
    pub async fn first_state(&self) -> ProviderState {
        let mut status = self.token.status.clone();
        match status.wait_for(|status| status.state != ProviderState::Probing(None)).await {
            Ok(status) => status.state.clone(),
            Err(_) => ProviderState::Unusable("the provider has been stopped".to_owned()),
        }
    }

    /// Lets a PIN be tried again after a login that failed; see [`Config::pin_latch`]. A provider that runs notices within
    /// seconds. Another provider of the same token that was kept from trying has a latch of its own.
    ///
    /// # Errors
    /// If the file is there and can't be removed.
    pub fn clear_pin_latch(path: &Path) -> std::io::Result<()> {
        latch::clear_all(path)
    }

    fn check(&self, spec: KeySpec, usage: KeyUsage, capability: Capability) -> Result<(), ProviderError> {
        if self.supports(spec, usage, capability) {
            return Ok(());
        }
        match self.state() {
            ProviderState::Usable => Err(ProviderError::Unsupported),
            ProviderState::Probing(reason) => {
                Err(ProviderError::Unavailable(reason.unwrap_or_else(|| "it is being opened".to_owned())))
            }
            ProviderState::Unusable(reason) => Err(ProviderError::Unavailable(reason)),
        }
    }
}

#[async_trait]
impl Provider for Pkcs11Provider {
    fn name(&self) -> &ProviderName {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "pkcs11"
    }

    fn protection(&self) -> ProtectionLevel {
        ProtectionLevel::Hsm
    }

    fn state(&self) -> ProviderState {
        self.token.status.borrow().state.clone()
    }

    /// What the token was seen to do, with keys of the same kind. A key for signatures is supported if there is a way to
    /// sign with it; a key for decryption only if it can decrypt with every algorithm, since what it can't would be lost.
    fn supports(&self, spec: KeySpec, usage: KeyUsage, capability: Capability) -> bool {
        let kind = Kind { spec, usage };
        let capabilities = self.token.capabilities();
        match capability {
            Capability::Generate => capabilities.generate.contains(&kind),
            Capability::Import => capabilities.import.contains(&kind),
        }
    }

    async fn generate(&self, spec: KeySpec, usage: KeyUsage, tag: KeyTag) -> Result<NewKey, ProviderError> {
        self.check(spec, usage, Capability::Generate)?;
        let id = tag.as_bytes().to_vec();
        let key = NewKeySpec { spec, usage, id: id.clone(), label: LABEL.to_owned() };
        let Answer::Made { public } = self.token.call(Request::Generate { key }, Weight::Heavy).await? else {
            return Err(nonsense());
        };
        let public = match (key_kind(spec), public) {
            (None, _) => None,
            (Some(kind), Some(parts)) => {
                let public = encoding::public_key(kind, &parts).ok_or_else(|| {
                    ProviderError::Internal("the token describes another key than was asked for".to_owned())
                })?;
                Some(public.der().to_vec())
            }
            (Some(_), None) => return Err(nonsense()),
        };
        new_key(spec, usage, id, public)
    }

    async fn import(
        &self,
        spec: KeySpec,
        usage: KeyUsage,
        tag: KeyTag,
        material: SecretBytes,
    ) -> Result<NewKey, ProviderError> {
        self.check(spec, usage, Capability::Import)?;
        let (material, public) = validated(spec, material, &self.token.computing).await?;
        let id = tag.as_bytes().to_vec();
        let key = NewKeySpec { spec, usage, id: id.clone(), label: LABEL.to_owned() };
        match self.token.call(Request::Import { key, material }, Weight::Heavy).await? {
            Answer::Made { .. } => new_key(spec, usage, id, public),
            _ => Err(nonsense()),
        }
    }

    /// `locator` is a PKCS#11 URI (RFC 7512) with `id` or `object` of a private or secret key on this token.
    async fn adopt(&self, spec: KeySpec, usage: KeyUsage, locator: &str) -> Result<NewKey, ProviderError> {
        if !spec.allows(usage) {
            return Err(ProviderError::Rejected);
        }
        let uri: Pkcs11Uri = locator.parse().map_err(|_| ProviderError::Rejected)?;
        if !adoption::names_a_key_of(spec, &uri, &self.config.token) {
            return Err(ProviderError::Rejected);
        }
        let found = self.token.find(spec, uri.object.id, uri.object.label).await?;
        let key = adoption::the_one(found)?;
        let public = adoption::check(spec, usage, &key)?;
        // With the key of a keyslot, whoever may decrypt with it could open a copy of the slot.
        let slots = self.token.find(spec, Some(key.id.clone()), Some(KEYSLOT_LABEL.to_owned())).await?;
        if !slots.is_empty() {
            tracing::warn!("a key on the PKCS#11 token is not taken over: it locks a keyslot");
            return Err(ProviderError::Rejected);
        }
        // From now on it is known by its id alone.
        adoption::the_one(self.token.find(spec, Some(key.id.clone()), None).await?)?;
        new_key(spec, usage, key.id, public)
    }

    /// `CKA_ID` in hexadecimal digits.
    fn device_id(&self, handle: &Handle) -> Option<String> {
        KeyPlace::decode(handle).ok().map(|place| hex::encode(&place.id))
    }

    async fn tagged(&self) -> Result<Vec<TaggedKey>, ProviderError> {
        let Answer::Tags { ids } = self.token.call(Request::Tagged {}, Weight::Heavy).await? else {
            return Err(nonsense());
        };
        let tagged = ids.into_iter().filter_map(|id| {
            let tag = KeyTag::new(id.as_slice().try_into().ok()?);
            let device_id = hex::encode(&id);
            let handle = KeyPlace { kind: None, id, public: Vec::new() }.encode()?;
            Some(TaggedKey { tag, device_id, handle })
        });
        Ok(tagged.collect())
    }

    async fn open(&self, spec: KeySpec, handle: &Handle) -> Result<Arc<dyn LiveKey>, ProviderError> {
        let place = KeyPlace::decode(handle)?;
        let Some((of_spec, usage)) = place.kind else { return Err(ProviderError::Rejected) };
        if of_spec != spec {
            return Err(ProviderError::Rejected);
        }
        let public = public_half(spec, &place.public)?;
        let found = adoption::the_one(self.token.find(spec, Some(place.id.clone()), None).await?)?;
        if let Some(public) = &public
            && let Some(there) = encoding::public_key(public.kind(), &found.public)
            && there.der() != public.der()
        {
            // Another key has got its id.
            return Err(ProviderError::Rejected);
        }
        let key = TokenKey { spec, id: place.id, token: Arc::clone(&self.token) };
        match usage {
            KeyUsage::KeyAgreement if public.is_some() => Ok(Arc::new(AgreementKey { key })),
            _ => live(usage, key, public),
        }
    }

    /// Deletes both halves from the token; of an adopted key too.
    async fn destroy(&self, _spec: KeySpec, handle: &Handle) -> Result<(), ProviderError> {
        let place = KeyPlace::decode(handle)?;
        let class = place.kind.map(|(spec, _)| class(spec));
        let key = Destruction { class, id: place.id };
        match self.token.call(Request::Destroy { key }, Weight::Light).await? {
            Answer::Done {} => Ok(()),
            _ => Err(nonsense()),
        }
    }

    /// From the token's own generator.
    async fn random(&self, out: &mut [u8]) -> Result<(), ProviderError> {
        for part in out.chunks_mut(RANDOM_AT_ONCE) {
            let len = u32::try_from(part.len()).map_err(|_| nonsense())?;
            match self.token.call(Request::Random { len }, Weight::Light).await? {
                Answer::Bytes { bytes } if bytes.len() == part.len() => part.copy_from_slice(bytes.expose()),
                _ => return Err(nonsense()),
            }
        }
        Ok(())
    }
}

/// More than that some tokens do not give in one call.
const RANDOM_AT_ONCE: usize = 1024;

impl TokenLink {
    /// Has a request carried out.
    ///
    /// # Errors
    /// As for any call.
    pub(crate) async fn call(&self, request: Request, weight: Weight) -> Result<Answer, ProviderError> {
        match self.desk.call(request, weight).await? {
            Answer::Failed { failure } => Err(reported(failure)),
            answer => Ok(answer),
        }
    }

    /// The same, but tells apart when the token can't say whether the ciphertext is at fault: `Ok(None)`.
    ///
    /// # Errors
    /// As for any call.
    pub(crate) async fn try_call(&self, request: Request) -> Result<Option<Answer>, ProviderError> {
        match self.desk.call(request, Weight::Light).await? {
            Answer::Failed { failure: Failure::Undecided { .. } } => Ok(None),
            Answer::Failed { failure } => Err(reported(failure)),
            answer => Ok(Some(answer)),
        }
    }

    /// What the token was last seen to do.
    pub(crate) fn capabilities(&self) -> Arc<Capabilities> {
        Arc::clone(&self.status.borrow().capabilities)
    }

    async fn find(
        &self,
        spec: KeySpec,
        id: Option<Vec<u8>>,
        label: Option<String>,
    ) -> Result<Vec<crate::wire::FoundKey>, ProviderError> {
        match self.call(Request::Find { class: class(spec), id, label }, Weight::Light).await? {
            Answer::Found { keys } => Ok(keys),
            _ => Err(nonsense()),
        }
    }
}

/// What the worker should not have answered.
pub(crate) fn nonsense() -> ProviderError {
    ProviderError::Internal("the worker gave an answer of another kind".to_owned())
}

pub(crate) fn reported(failure: Failure) -> ProviderError {
    match failure {
        Failure::Rejected {} => ProviderError::Rejected,
        Failure::Unsupported { text } => {
            tracing::debug!("a PKCS#11 token refuses: {}", text.escape_debug());
            ProviderError::Unsupported
        }
        Failure::NotLoggedIn {} => ProviderError::Unavailable("the token is not logged in to".to_owned()),
        Failure::Missing {} => ProviderError::Unavailable("the key is not on the token".to_owned()),
        Failure::Ambiguous {} => ProviderError::Internal("several keys on the token have this id".to_owned()),
        Failure::Gone { text } => ProviderError::Unavailable(text),
        Failure::Pin { text } | Failure::Undecided { text } | Failure::Broken { text } => {
            ProviderError::Internal(text)
        }
    }
}

fn new_key(
    spec: KeySpec,
    usage: KeyUsage,
    id: Vec<u8>,
    public: Option<Vec<u8>>,
) -> Result<NewKey, ProviderError> {
    let place = KeyPlace { kind: Some((spec, usage)), id, public: public.clone().unwrap_or_default() };
    Ok(NewKey { handle: place.encode().ok_or(ProviderError::Rejected)?, public })
}

const fn class(spec: KeySpec) -> Class {
    if spec.is_symmetric() { Class::Secret {} } else { Class::Private {} }
}
