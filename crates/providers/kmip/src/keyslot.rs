//! Keyslots that are opened by a KMIP server: the root key is encrypted there, under an AES key that does not leave it.
//!
//! Beside it lies a known text that was encrypted with the same key: by it an altered slot is told from another server, whose
//! key has the same identifier. Servers that count their keys all have a key 1.

use std::{collections::BTreeMap, sync::Arc, thread};

use claviger_kmip::{AttributeKind, ProtocolVersion, enums::CryptographicAlgorithm};
use claviger_ports::{
    InvalidLocator, KeyslotDevice, KeyslotError, KeyslotKind, ProviderError, Random, SlotBody,
};
use claviger_provider_device::NONCE_LEN;
use claviger_types::{KeySpec, KeyUsage, ProviderName, SecretBytes, SecretKey};

use crate::{
    capabilities::{Kind, Labels},
    client::Client,
    config::{Config, InvalidConfig},
    error::CallError,
    naming, probe,
    raw::{self, Proofs, gcm},
    server::Session,
};

/// A KMIP server whose keys lock keyslots.
pub struct KmipKeyslots {
    name: ProviderName,
    config: Arc<Config>,
    random: Arc<dyn Random>,
}

impl KmipKeyslots {
    /// The server that is configured as the provider `name`.
    pub fn new(name: ProviderName, config: Arc<Config>, random: Arc<dyn Random>) -> Self {
        Self { name, config, random }
    }
}

impl KeyslotDevice for KmipKeyslots {
    fn name(&self) -> &ProviderName {
        &self.name
    }

    fn keyslots(&self, key: Option<&str>) -> Result<Box<dyn KeyslotKind>, InvalidLocator> {
        if key.is_some_and(str::is_empty) {
            return Err(InvalidLocator("a unique identifier is not empty".to_owned()));
        }
        let slot = KmipSlot::new(self.config.clone(), key.map(str::to_owned), self.random.clone());
        Ok(Box::new(slot.map_err(|error| InvalidLocator(error.to_string()))?))
    }
}

/// What opens keyslots of the kind `kmip`: whoever may use the key in the server opens them, without a passphrase.
///
/// It is no provider's key: nobody should be able to destroy it through the service that it opens. The server has to speak
/// KMIP 1.4, since the slot's binding is associated data of AES-GCM.
pub struct KmipSlot {
    config: Arc<Config>,
    key: Option<String>,
    random: Arc<dyn Random>,
}

impl KmipSlot {
    /// `key` is the unique identifier of an active AES key, for slots that are locked; one is made if it is absent. Those that are opened
    /// name their own.
    ///
    /// # Errors
    /// If the configuration can't be used.
    pub fn new(
        config: Arc<Config>,
        key: Option<String>,
        random: Arc<dyn Random>,
    ) -> Result<Self, InvalidConfig> {
        config.check()?;
        Ok(Self { config, key, random })
    }

    /// Does something with the server, on a thread and a runtime of its own: who opens a slot may be in another.
    fn with_server<T: Send>(
        &self,
        work: impl AsyncFnOnce(&Session) -> Result<T, KeyslotError> + Send,
    ) -> Result<T, KeyslotError> {
        let run = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| KeyslotError::Unavailable(error.to_string()))?;
            runtime.block_on(async { work(&self.session().await?).await })
        };
        let lost =
            || KeyslotError::Unavailable("the thread that speaks with the KMIP server ended".to_owned());
        thread::scope(|scope| scope.spawn(run).join()).unwrap_or_else(|_| Err(lost()))
    }

    async fn session(&self) -> Result<Session, KeyslotError> {
        let client = Arc::new(Client::new(Arc::clone(&self.config)));
        client.pool.renew().await.map_err(unavailable)?;
        let identity = probe::look(&client, &self.config).await.map_err(unavailable)?;
        if identity.version < ProtocolVersion::V1_4 {
            let text = format!("the KMIP server speaks {} only, and 1.4 is needed", identity.version);
            return Err(KeyslotError::Unavailable(text));
        }
        Ok(Session {
            client,
            config: Arc::clone(&self.config),
            random: Arc::clone(&self.random),
            version: identity.version,
            news: None,
            scout: None,
        })
    }
}

impl KeyslotKind for KmipSlot {
    fn kind(&self) -> &str {
        "kmip"
    }

    fn lock(
        &self,
        root: &SecretKey,
        binding: &[u8],
        previous: Option<&SlotBody>,
        _random: &dyn Random,
    ) -> Result<SlotBody, KeyslotError> {
        let kept = previous.and_then(|body| body.parameters.get(SlotBody::KEY_ID)).map(|key| key.to_string());
        let known = self.key.clone().or(kept);
        let (key, wrapped, check) = self.with_server(async |session| {
            let key = match known {
                Some(key) => key,
                None => made(session).await.map_err(unavailable)?,
            };
            let wrapped = seal(session, &key, binding, root.expose()).await?;
            let check = seal(session, &key, CHECK, &CHECK_TEXT).await?;
            Ok((key, wrapped, check))
        })?;
        Ok(SlotBody {
            parameters: BTreeMap::from([
                (SlotBody::KEY_ID.into(), key.into()),
                (CHECK_PARAMETER.into(), hex::encode(check).into()),
            ]),
            wrapped: wrapped.into(),
        })
    }

    fn open(&self, body: &SlotBody, binding: &[u8]) -> Result<SecretKey, KeyslotError> {
        let out_of_bounds = |text: &str| KeyslotError::OutOfBounds(text.to_owned());
        let key = body.parameters.get(SlotBody::KEY_ID).filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| out_of_bounds("it names no key"))?;
        let check = body.parameters.get(CHECK_PARAMETER).map(|check| hex::decode(&**check)).transpose();
        let check = check.map_err(|_| out_of_bounds("its check is not one"))?;
        if [Some(&*body.wrapped), check.as_deref()].into_iter().flatten().any(|text| text.len() < NONCE_LEN) {
            return Err(out_of_bounds("there is no wrapped key"));
        }
        let opened = self.with_server(async |session| {
            // A key that is not there is told apart from one that does not open it.
            let facts = match session
                .facts(key, &[AttributeKind::State, AttributeKind::CryptographicAlgorithm])
                .await
            {
                Err(error) if error.is_missing() => return Err(KeyslotError::WrongSecret),
                known => known.map_err(unavailable)?,
            };
            if facts.algorithm.is_some_and(|algorithm| algorithm != CryptographicAlgorithm::Aes) {
                return Err(KeyslotError::WrongSecret);
            }
            match (open(session, key, binding, &body.wrapped).await?, &check) {
                (Some(opened), _) => Ok(opened),
                // With a key that opens the check, it is the slot that is not as it was.
                (None, Some(check)) => match open(session, key, CHECK, check).await? {
                    Some(_) => Err(KeyslotError::Altered),
                    None => Err(KeyslotError::WrongSecret),
                },
                // Slots of before had none.
                (None, None) => Err(KeyslotError::Altered),
            }
        })?;
        SecretKey::from_slice(opened.expose()).ok_or(KeyslotError::Altered)
    }
}

/// The parameter with a text that shows which key it was sealed with.
const CHECK_PARAMETER: &str = "check";

/// What that text is bound to. No binding of a slot begins like this.
const CHECK: &[u8] = b"claviger kmip keyslot v1 key check";

/// A whole block: not every server encrypts nothing.
const CHECK_TEXT: [u8; 16] = [0; 16];

/// A key for a slot, and for nothing else, kept as closely as the server can. It has neither tag nor group: what is swept away are keys of
/// the service, of which this is none.
async fn made(session: &Session) -> Result<String, CallError> {
    let kind = Kind { spec: KeySpec::Aes256, usage: KeyUsage::RawEncrypt };
    let mut refused = CallError::Busy;
    for labels in Labels::ALL.map(|labels| Labels { group: false, ..labels }) {
        match session.make_named(kind, naming::KEYSLOT.to_owned(), labels).await {
            Ok(made) => {
                session.activate(&made.key).await?;
                return Ok(made.key);
            }
            Err(error @ CallError::Refused { .. }) => refused = error,
            Err(error) => return Err(error),
        }
    }
    Err(refused)
}

/// Nonce, ciphertext and tag of a text, which was opened again: what can't be opened now, never can.
///
/// Servers are not asked what they can only for a keyslot: one that takes no nonce draws it, or the other way round.
async fn seal(session: &Session, key: &str, aad: &[u8], text: &[u8]) -> Result<Vec<u8>, KeyslotError> {
    let sealed = match session.seal(key, aad, text, false).await {
        Err(CallError::Refused { .. }) => session.seal(key, aad, text, true).await,
        sealed => sealed,
    };
    let (nonce, sealed) = sealed.map_err(unavailable)?;
    let opened = session.decrypt(key, &gcm(&nonce, aad), &sealed).await.map_err(unavailable)?;
    match opened.ct_eq(text) {
        true => Ok([nonce, sealed].concat()),
        false => Err(KeyslotError::Unavailable("the KMIP server does not decrypt".to_owned())),
    }
}

/// What [`seal`] sealed; `None` if it was sealed otherwise.
async fn open(
    session: &Session,
    key: &str,
    aad: &[u8],
    sealed: &[u8],
) -> Result<Option<SecretBytes>, KeyslotError> {
    let Some((nonce, sealed)) = sealed.split_at_checked(NONCE_LEN) else { return Ok(None) };
    match raw::open(session, key, &gcm(nonce, aad), false, sealed, &Proofs::default()).await {
        Ok(opened) => Ok(Some(opened)),
        Err(ProviderError::Rejected) => Ok(None),
        Err(error) => Err(KeyslotError::Unavailable(error.to_string())),
    }
}

fn unavailable(error: CallError) -> KeyslotError {
    KeyslotError::Unavailable(error.to_string())
}
