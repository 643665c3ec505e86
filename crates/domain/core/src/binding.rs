use std::{collections::BTreeMap, sync::Arc};

use claviger_crypto::{HashAlg, Input, PublicKey, SignatureScheme};
use claviger_ports::{Capability, Change, Handle, Provider, ProviderError, ProviderState, SealedPlace};
use claviger_types::{
    KeySpec, KeyUsage, ProtectionLevel, ProviderId, ProviderIdentity, ProviderName, RequestId,
    SigningAlgorithm, SigningInput,
};

use crate::{Error, Reason, Result, Service, making::MadeKey, service::Core};

/// What an identity key can be made of, the first that a device makes, and how it signs.
const KINDS: [(KeySpec, SigningAlgorithm, SignatureScheme); 3] = [
    (KeySpec::EcP256, SigningAlgorithm::EcdsaSha256, SignatureScheme::Ecdsa(HashAlg::Sha256)),
    (KeySpec::Rsa2048, SigningAlgorithm::RsaPkcs1Sha256, SignatureScheme::RsaPkcs1(HashAlg::Sha256)),
    (KeySpec::Ed25519, SigningAlgorithm::Ed25519, SignatureScheme::Ed25519),
];

const CHALLENGE: &[u8] = b"claviger: is this the device that it was?\0";

impl Service {
    /// Lets devices that can be used, and have not yet proved which they are, prove it by signing a challenge with the key
    /// that was made in them when they were first used. So names, slots and hosts may change, and no other device passes
    /// for one that is known. A device under a name that none has had gets an identity.
    ///
    /// # Errors
    /// If the store or the audit log can't be used. What goes wrong with a device is told by the status.
    pub async fn bind_providers(&self) -> Result<()> {
        let core = &self.core;
        for provider in core.providers.all() {
            let is_device = provider.protection() == ProtectionLevel::Hsm;
            let is_unknown = core.providers.known_as(provider.name()).is_none();
            if is_device && is_unknown && provider.state() == ProviderState::Usable {
                match core.bind(provider).await {
                    Ok(Some((id, event))) => {
                        core.providers.bind(id.clone(), provider.clone());
                        let detail = [("provider", id.to_string()), ("name", provider.name().to_string())];
                        self.note(event, BTreeMap::from(detail)).await?;
                    }
                    Ok(None) => {}
                    Err(error) if error.reason() == Reason::KeyState => {
                        core.providers.refuse(provider.name(), error.public());
                    }
                    Err(error) => {
                        tracing::warn!(provider = %provider.name(), error = ?error, "it can't be told which device this is");
                    }
                }
            }
        }
        Ok(())
    }
}

impl Core {
    /// Which device it is; `None` if it can't say now.
    async fn bind(&self, provider: &Arc<dyn Provider>) -> Result<Option<(ProviderId, &'static str)>> {
        let mut known = self.store.providers().await?;
        known.retain(|identity| self.providers.by_id(&identity.id).is_err());
        // The one of the same name is asked first.
        known.sort_by_key(|identity| identity.name != *provider.name());
        for identity in &known {
            match self.is_the_one(provider, identity).await {
                Ok(true) => {
                    if identity.name != *provider.name() {
                        let renamed = ProviderIdentity { name: provider.name().clone(), ..identity.clone() };
                        self.keep_book(Change::PutProvider(renamed)).await?;
                    }
                    return Ok(Some((identity.id.clone(), "provider-recognised")));
                }
                Ok(false) => {}
                Err(ProviderError::Rejected | ProviderError::Unsupported) => {}
                // It may be the one: to take it for another now would be worse than to wait.
                Err(_) => return Ok(None),
            }
        }
        if known.iter().any(|identity| identity.name == *provider.name()) {
            return Err(Error::new(
                Reason::KeyState,
                format!(
                    "This is not the device that was '{}' before. If it is a new one, give it another name.",
                    provider.name()
                ),
            ));
        }
        let id = self.introduce(provider).await?;
        Ok(Some((id, "provider-introduced")))
    }

    /// Whether the device has the identity key.
    async fn is_the_one(
        &self,
        provider: &Arc<dyn Provider>,
        identity: &ProviderIdentity,
    ) -> Result<bool, ProviderError> {
        let internal = |error: Error| ProviderError::Internal(error.public().to_owned());
        let place = place(&identity.id);
        let SealedPlace::Installation(name) = &place else { return Ok(false) };
        let sealed = self.store.secret(name).await.map_err(|error| internal(error.into()))?;
        let Some(sealed) = sealed else { return Ok(false) };
        let handle = self.seal.open(&place, &sealed).map_err(|error| internal(error.into()))?;
        let Some((_, algorithm, scheme)) = KINDS.into_iter().find(|(spec, ..)| *spec == identity.spec) else {
            return Ok(false);
        };
        let mut challenge = CHALLENGE.to_vec();
        challenge.extend(self.random.bytes::<32>());
        let live = provider.open(identity.spec, &Handle(handle)).await?;
        let sign = live.sign().ok_or(ProviderError::Unsupported)?;
        let signature = sign.sign(algorithm, SigningInput::Message(&challenge)).await?;
        // The public half that the store has counts, whatever the device says that it has.
        let public = PublicKey::from_spki_der(&identity.public);
        Ok(public.is_ok_and(|key| key.verify(scheme, Input::Message(&challenge), &signature).is_ok()))
    }

    /// Gives a device an identity.
    async fn introduce(&self, provider: &Arc<dyn Provider>) -> Result<ProviderId> {
        let makes = |spec: KeySpec| provider.supports(spec, KeyUsage::Sign, Capability::Generate);
        let kind = KINDS.into_iter().find(|(spec, ..)| makes(*spec));
        let (spec, ..) = kind.ok_or_else(|| {
            Error::new(Reason::Unsupported, "The device makes no keys that sign, by which it could be known.")
        })?;
        let id = new_id(provider.name(), self.random.bytes())?;
        let make = |tag| provider.generate(spec, KeyUsage::Sign, tag);
        let (MadeKey { handle, public, .. }, intent) = self.make(&id, provider.protection(), make).await?;
        let intent = intent.ok_or_else(|| Error::internal("a key in a device without tag"))?;
        let place = place(&id);
        let sealed = self.seal.seal(&place, &handle.0, &*self.random)?;
        let SealedPlace::Installation(name) = place else {
            return Err(Error::internal("an identity is a secret of the installation"));
        };
        let identity = ProviderIdentity {
            id: id.clone(),
            name: provider.name().clone(),
            kind: provider.kind().into(),
            spec,
            public: public.ok_or_else(|| Error::internal("a key that signs without public half"))?.into(),
            tag: intent.tag,
            created: self.clock.now(),
        };
        let changes = vec![
            Change::InsertSecret(name, sealed),
            Change::ArriveKey(intent),
            Change::PutProvider(identity),
        ];
        let outcome = RequestId::from_random(self.random.bytes());
        self.store.commit(claviger_ports::Batch { outcome, changes }).await?;
        self.forget_outcomes(vec![outcome]).await?;
        Ok(id)
    }
}

fn place(id: &ProviderId) -> SealedPlace {
    SealedPlace::Installation(format!("provider/{id}").into())
}

/// Whether an id is one that a device was to be known by which was configured under `name`.
pub(crate) fn is_id_of(id: &ProviderId, name: &ProviderName) -> bool {
    let random = id.as_str().strip_prefix(name.as_str()).and_then(|rest| rest.strip_prefix('-'));
    random.is_some_and(|random| random.len() == 8 && random.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn new_id(name: &ProviderName, random: [u8; 4]) -> Result<ProviderId> {
    format!("{name}-{:08x}", u32::from_be_bytes(random)).parse().map_err(Error::internal)
}
