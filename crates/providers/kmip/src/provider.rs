use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use claviger_algorithms::key_kind;
use claviger_kmip::{Attribute, AttributeKind, ResultReason, enums::State};
use claviger_ports::{
    Capability, Handle, LiveKey, NewKey, Provider, ProviderError, ProviderState, Random, TaggedKey,
};
use claviger_provider_device::{Computing, live, public_half, validated};
use claviger_types::{KeySpec, KeyTag, KeyUsage, ProtectionLevel, ProviderName, SecretBytes};
use tokio::sync::{Semaphore, watch};

use crate::{
    adoption,
    capabilities::Kind,
    client::Client,
    config::{Config, InvalidConfig},
    error::CallError,
    handle::{KeyPlace, Mark},
    key::ServerKey,
    naming::{self, GROUP},
    objects::{Facts, Made},
    raw::Proofs,
    server::{News, ServerLink, Session, Status},
    supervisor::{self, Supervisor},
};

/// Keys in a KMIP server.
pub struct KmipProvider {
    name: ProviderName,
    server: Arc<ServerLink>,
}

impl KmipProvider {
    /// Begins to look for the server, and comes back before it is found: until then the state is
    /// [`Probing`](ProviderState::Probing), and calls wait. A server that is not there is looked for again and again.
    ///
    /// # Errors
    /// If the configuration can't be used.
    pub fn start(
        name: ProviderName,
        config: Arc<Config>,
        random: Arc<dyn Random>,
    ) -> Result<Self, InvalidConfig> {
        config.check()?;
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| InvalidConfig::NoRuntime)?;
        let client = Arc::new(Client::new(Arc::clone(&config)));
        let news = Arc::new(News::default());
        let (told, status) = watch::channel(Status { state: ProviderState::Probing(None), known: None });
        runtime.spawn(supervisor::run(Supervisor {
            name: name.as_str().to_owned(),
            config: Arc::clone(&config),
            client: Arc::clone(&client),
            random: Arc::clone(&random),
            status: told,
            news: Arc::clone(&news),
            identity: None,
        }));
        let server = ServerLink {
            client,
            config,
            random,
            status,
            news,
            scout: Arc::new(Semaphore::new(1)),
            computing: Computing::new(),
        };
        Ok(Self { name, server: Arc::new(server) })
    }

    /// The state once the first attempt to find the server has come to an end.
    pub async fn first_state(&self) -> ProviderState {
        let mut status = self.server.status.clone();
        match status.wait_for(|status| status.state != ProviderState::Probing(None)).await {
            Ok(status) => status.state.clone(),
            Err(_) => ProviderState::Unusable("the provider has been stopped".to_owned()),
        }
    }

    fn check(&self, kind: Kind, capability: Capability) -> Result<(), ProviderError> {
        if self.supports(kind.spec, kind.usage, capability) {
            Ok(())
        } else {
            Err(ProviderError::Unsupported)
        }
    }
}

#[async_trait]
impl Provider for KmipProvider {
    fn name(&self) -> &ProviderName {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "kmip"
    }

    fn protection(&self) -> ProtectionLevel {
        ProtectionLevel::Hsm
    }

    fn state(&self) -> ProviderState {
        self.server.status.borrow().state.clone()
    }

    /// What the server was seen to do, with keys of the same kind; RSA keys of 2048 bits stand for longer ones. A key for
    /// signatures is supported if there is a way to sign with it; a key for decryption only if it can decrypt with every
    /// algorithm, since what it can't would be lost.
    fn supports(&self, spec: KeySpec, usage: KeyUsage, capability: Capability) -> bool {
        let kind = Kind { spec, usage };
        self.server.known().is_some_and(|known| match capability {
            Capability::Generate => known.capabilities.generate.contains(&kind),
            Capability::Import => known.capabilities.import.contains(&kind),
        })
    }

    async fn generate(&self, spec: KeySpec, usage: KeyUsage, tag: KeyTag) -> Result<NewKey, ProviderError> {
        let kind = Kind { spec, usage };
        let (session, known) = self.server.session().await?;
        self.check(kind, Capability::Generate)?;
        let made = session.make(kind, &tag, known.capabilities.labels(kind)).await;
        let made = made.map_err(CallError::when_making)?;
        let public = match (key_kind(spec), &made.public) {
            (Some(kind), Some(id)) => {
                let public = session.public_key(id).await.map_err(behind_making)?;
                let public = public.filter(|public| public.kind() == kind);
                Some(public.ok_or_else(|| {
                    ProviderError::Internal("the server does not give out the public key".to_owned())
                })?)
            }
            (None, None) => None,
            _ => return Err(CallError::nonsense().into()),
        };
        session.activate(&made.key).await.map_err(behind_making)?;
        new_key(kind, made, tag, public.map(|public| public.der().to_vec()))
    }

    async fn import(
        &self,
        spec: KeySpec,
        usage: KeyUsage,
        tag: KeyTag,
        material: SecretBytes,
    ) -> Result<NewKey, ProviderError> {
        let kind = Kind { spec, usage };
        let (session, known) = self.server.session().await?;
        self.check(kind, Capability::Import)?;
        let (material, public) = validated(spec, material, &self.server.computing).await?;
        let made = session.register(kind, &tag, known.capabilities.labels(kind), material).await;
        let made = made.map_err(CallError::when_making)?;
        session.activate(&made.key).await.map_err(behind_making)?;
        new_key(kind, made, tag, public)
    }

    /// `locator` is the unique identifier of a secret or private key.
    async fn adopt(&self, spec: KeySpec, usage: KeyUsage, locator: &str) -> Result<NewKey, ProviderError> {
        if !spec.allows(usage) || locator.is_empty() {
            return Err(ProviderError::Rejected);
        }
        let (session, known) = self.server.session().await?;
        let place = adoption::adopt(&session, &known, Kind { spec, usage }, locator).await?;
        let handle = place.encode().ok_or(ProviderError::Rejected)?;
        Ok(NewKey { handle, public: (!place.public.is_empty()).then_some(place.public) })
    }

    /// The unique identifier.
    fn device_id(&self, handle: &Handle) -> Option<String> {
        KeyPlace::decode(handle).ok().map(|place| place.key)
    }

    async fn tagged(&self) -> Result<Vec<TaggedKey>, ProviderError> {
        let (session, known) = self.server.session().await?;
        let group = known.capabilities.groups().then(|| Attribute::ObjectGroup(GROUP.to_owned()));
        let mut halves: BTreeMap<[u8; 20], [Option<String>; 2]> = BTreeMap::new();
        for id in session.locate(group.into_iter().collect()).await? {
            let facts = match session.facts(&id, &[AttributeKind::Name, AttributeKind::State]).await {
                Ok(facts) => facts,
                // Gone meanwhile, or none of our business.
                Err(CallError::Refused { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            if is_destroyed(&facts) {
                continue;
            }
            if let Some((tag, public)) = facts.names.iter().find_map(|name| naming::tag_of(name)) {
                let [key, half] = halves.entry(*tag.as_bytes()).or_default();
                *(if public { half } else { key }) = Some(id);
            }
        }
        Ok(halves.into_iter().filter_map(tagged_key).collect())
    }

    async fn open(&self, spec: KeySpec, handle: &Handle) -> Result<Arc<dyn LiveKey>, ProviderError> {
        let place = KeyPlace::decode(handle)?;
        let Some(kind) = place.kind.filter(|kind| kind.spec == spec) else {
            return Err(ProviderError::Rejected);
        };
        let public = public_half(spec, &place.public)?;
        let (session, _) = self.server.session().await?;
        let facts = match session.facts(&place.key, &RECOGNISED_BY).await {
            Err(error) if is_none_of_ours(&error) => return Err(ProviderError::Rejected),
            facts => facts?,
        };
        if !place.mark.fits(&facts) || is_destroyed(&facts) {
            return Err(ProviderError::Rejected);
        }
        if facts.state.is_some_and(|state| state != State::Active) {
            return Err(ProviderError::Unavailable("the key is not active in the KMIP server".to_owned()));
        }
        let key =
            ServerKey { spec, id: place.key, server: Arc::clone(&self.server), proofs: Proofs::default() };
        live(kind.usage, key, public)
    }

    /// Revokes and destroys both halves; of an adopted key too. What has got the identifier of one that is gone stays.
    async fn destroy(&self, _spec: KeySpec, handle: &Handle) -> Result<(), ProviderError> {
        let place = KeyPlace::decode(handle)?;
        let (session, _) = self.server.session().await?;
        if let Some(facts) = still_there(&session, &place.key).await?
            && place.mark.fits(&facts)
        {
            session.destroy(&place.key, facts.state).await?;
        }
        let Some(id) = &place.public_id else { return Ok(()) };
        if let Some(facts) = still_there(&session, id).await? {
            let is_meant = match place.mark {
                Mark::Tag(_) => place.mark.fits(&facts),
                // Made in another second, perhaps; but what it is can be seen.
                Mark::Since(_) => {
                    session.public_key(id).await?.is_some_and(|there| there.der() == place.public)
                }
            };
            if is_meant {
                session.destroy(id, facts.state).await?;
            }
        }
        Ok(())
    }

    /// From the server's own generator, if it lends it.
    async fn random(&self, out: &mut [u8]) -> Result<(), ProviderError> {
        let (session, known) = self.server.session().await?;
        if !known.capabilities.random {
            return Err(ProviderError::Unsupported);
        }
        for part in out.chunks_mut(RANDOM_AT_ONCE) {
            let len = u32::try_from(part.len()).map_err(|_| ProviderError::Rejected)?;
            part.copy_from_slice(session.random_bytes(len).await?.expose());
        }
        Ok(())
    }
}

/// More than that some servers do not give in one call.
const RANDOM_AT_ONCE: usize = 1024;

const RECOGNISED_BY: [AttributeKind; 3] =
    [AttributeKind::Name, AttributeKind::State, AttributeKind::InitialDate];

/// What the server says of an object; `None` if it is gone.
async fn still_there(session: &Session, id: &str) -> Result<Option<Facts>, ProviderError> {
    match session.facts(id, &RECOGNISED_BY).await {
        Err(error) if error.is_missing() => Ok(None),
        facts => Ok(Some(facts?).filter(|facts| !is_destroyed(facts))),
    }
}

/// There is no such object, or it is somebody else's.
fn is_none_of_ours(error: &CallError) -> bool {
    error.is_missing() || matches!(error, CallError::Refused { reason: ResultReason::PermissionDenied, .. })
}

fn is_destroyed(facts: &Facts) -> bool {
    matches!(facts.state, Some(State::Destroyed | State::DestroyedCompromised))
}

fn tagged_key((tag, halves): ([u8; 20], [Option<String>; 2])) -> Option<TaggedKey> {
    let tag = KeyTag::new(tag);
    let mut ids = halves.into_iter().flatten();
    let key = ids.next()?;
    let device_id = key.clone();
    let place = KeyPlace { kind: None, key, public_id: ids.next(), mark: Mark::Tag(tag), public: Vec::new() };
    Some(TaggedKey { tag, device_id, handle: place.encode()? })
}

/// What fails when the key is there must not be taken for a key that was not made: it would be forgotten in the server.
fn behind_making(error: CallError) -> ProviderError {
    match error.into() {
        ProviderError::Busy | ProviderError::Rejected | ProviderError::Unsupported => {
            ProviderError::Unavailable("the key was made, and could not be made ready".to_owned())
        }
        other => other,
    }
}

fn new_key(kind: Kind, made: Made, tag: KeyTag, public: Option<Vec<u8>>) -> Result<NewKey, ProviderError> {
    let place = KeyPlace {
        kind: Some(kind),
        key: made.key,
        public_id: made.public,
        mark: Mark::Tag(tag),
        public: public.clone().unwrap_or_default(),
    };
    let handle = place.encode().ok_or_else(CallError::nonsense)?;
    Ok(NewKey { handle, public })
}
