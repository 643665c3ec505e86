//! Keyslots whose key is in a token.
//!
//! The root key is encrypted with AES-256-GCM in the token, the binding being its associated data. A token without GCM
//! encrypts a random key with AES-CBC instead, and the root key is encrypted under that with XAES-256-GCM, again with the
//! binding. Beside it lies an empty text that was encrypted the same way: by it an altered slot is told from the key of
//! another.

mod body;

use std::sync::Arc;

use claviger_crypto::{CryptoError, Xaes256Gcm, hkdf_sha256};
use claviger_ports::{
    InvalidLocator, KeyslotDevice, KeyslotError, KeyslotKind, ProviderError, Random, SlotBody,
};
use claviger_types::{KeySpec, ProviderName, SecretBytes, SecretKey};
use cryptoki::object::KeyType;
use zeroize::Zeroizing;

use crate::{
    KEYSLOT_LABEL, adoption,
    calls::Weight,
    config::Config,
    once::{self, Once},
    provider::nonsense,
    uri::{self, ObjectMatch, Pkcs11Uri},
    wire::{Answer, Cipher, Class, Destruction, FoundKey, NewKeySpec, Request},
};
use body::{Body, Mechanism};

/// A token as a place for the keys of keyslots. Each slot that is locked or opened starts a worker, which ends with it.
pub struct Pkcs11Keyslots {
    name: ProviderName,
    config: Arc<Config>,
}

impl Pkcs11Keyslots {
    /// Of the provider with this name and configuration, whether it runs or not. If it does, it must share the
    /// configuration, so that the two do not log in at the same time.
    #[must_use]
    pub fn new(name: ProviderName, config: Arc<Config>) -> Self {
        Self { name, config }
    }
}

impl KeyslotDevice for Pkcs11Keyslots {
    fn name(&self) -> &ProviderName {
        &self.name
    }

    /// `key` is a PKCS#11 URI (RFC 7512) with `id` or `object` of an AES-256 key on this token.
    fn keyslots(&self, key: Option<&str>) -> Result<Box<dyn KeyslotKind>, InvalidLocator> {
        let key = key.map(|locator| named_key(locator, &self.config)).transpose()?;
        Ok(Box::new(Keyslot { name: self.name.clone(), config: Arc::clone(&self.config), key }))
    }
}

const KIND: &str = "pkcs11";

struct Keyslot {
    name: ProviderName,
    config: Arc<Config>,
    /// The key of new slots, if not one that is made for them.
    key: Option<ObjectMatch>,
}

impl KeyslotKind for Keyslot {
    fn kind(&self) -> &str {
        KIND
    }

    /// A slot that is locked anew keeps its key. A key is made only for a new slot, and deleted again if it is of no use.
    fn lock(
        &self,
        root: &SecretKey,
        binding: &[u8],
        previous: Option<&SlotBody>,
        random: &dyn Random,
    ) -> Result<SlotBody, KeyslotError> {
        let previous = previous.map(Body::read).transpose()?;
        once::run(&self.name, &self.config, async |token| {
            let (id, made) = match (&self.key, previous) {
                (Some(named), _) => (token.usable_key(named).await?, false),
                (None, Some(previous)) => (previous.id, false),
                (None, None) => (token.make_key(random).await?, true),
            };
            let locked = token.lock(&id, root, binding, random).await;
            if made && locked.is_err() {
                let key = Destruction { class: Some(Class::Secret {}), id };
                // It protects nothing.
                let _ = token.ask(Request::Destroy { key }, Weight::Light).await;
            }
            locked.map(Body::write)
        })
        .map_err(|error: ProviderError| error.into())
    }

    fn open(&self, body: &SlotBody, binding: &[u8]) -> Result<SecretKey, KeyslotError> {
        let body = Body::read(body)?;
        once::run(&self.name, &self.config, async |token| {
            match token.find(Some(body.id.clone()), None).await?.len() {
                0 => return Err(KeyslotError::WrongSecret),
                1 => {}
                _ => {
                    let what = "several keys on the token have its id";
                    return Err(KeyslotError::Unavailable(what.to_owned()));
                }
            }
            match token.unseal(&body.id, body.mechanism, binding, &body.wrapped).await {
                Ok(root) => SecretKey::from_slice(root.expose()).ok_or(KeyslotError::Altered),
                Err(ProviderError::Rejected) => {
                    match token.unseal(&body.id, body.mechanism, CHECK, &body.check).await {
                        Ok(_) => Err(KeyslotError::Altered),
                        Err(ProviderError::Rejected) => Err(KeyslotError::WrongSecret),
                        Err(error) => Err(error.into()),
                    }
                }
                Err(error) => Err(error.into()),
            }
        })
    }
}

/// What the empty text is bound to. No binding of a slot begins like this.
const CHECK: &[u8] = b"claviger pkcs11 keyslot v1 key check";

impl Once {
    /// Tries the mechanisms, and takes the first that opens what it has sealed.
    async fn lock(
        &mut self,
        id: &[u8],
        root: &SecretKey,
        binding: &[u8],
        random: &dyn Random,
    ) -> Result<Body, ProviderError> {
        let none = "the token does neither AES-GCM nor AES-CBC with its key";
        let mut refused = ProviderError::Unavailable(none.to_owned());
        for mechanism in [Mechanism::Gcm, Mechanism::Cbc] {
            match self.lock_with(mechanism, id, root, binding, random).await {
                Err(
                    error @ (ProviderError::Unavailable(_) | ProviderError::Timeout | ProviderError::Busy),
                ) => {
                    return Err(error);
                }
                Err(ProviderError::Unsupported) => {}
                Err(error) => refused = error,
                Ok(body) => return Ok(body),
            }
        }
        Err(refused)
    }

    async fn lock_with(
        &mut self,
        mechanism: Mechanism,
        id: &[u8],
        root: &SecretKey,
        binding: &[u8],
        random: &dyn Random,
    ) -> Result<Body, ProviderError> {
        let wrapped = self.seal(id, mechanism, binding, root.expose(), random).await?;
        let check = self.seal(id, mechanism, CHECK, &[], random).await?;
        let opened = self.unseal(id, mechanism, binding, &wrapped).await?;
        if !opened.ct_eq(root.expose()) || !self.unseal(id, mechanism, CHECK, &check).await?.is_empty() {
            return Err(ProviderError::Internal("the token decrypts to something else".to_owned()));
        }
        Ok(Body {
            mechanism,
            token: uri::of_token(&self.token.label, &self.token.serial),
            id: id.to_vec(),
            check,
            wrapped,
        })
    }

    async fn seal(
        &mut self,
        id: &[u8],
        mechanism: Mechanism,
        aad: &[u8],
        text: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, ProviderError> {
        match mechanism {
            Mechanism::Gcm => {
                let (iv, sealed) =
                    self.encrypt(id, Cipher::Gcm { iv: None, aad: aad.to_vec() }, text).await?;
                if iv.len() != GCM_NONCE_LEN {
                    return Err(nonsense());
                }
                Ok([iv, sealed].concat())
            }
            Mechanism::Cbc => {
                let key = Zeroizing::new(random.bytes::<32>());
                let (iv, wrapped) = self.encrypt(id, Cipher::Cbc { iv: None }, &*key).await?;
                if iv.len() + wrapped.len() != CBC_LEN {
                    return Err(nonsense());
                }
                let nonce = random.bytes();
                let sealed = inner(&key)?.seal(&nonce, aad, text).map_err(crypto_failed)?;
                Ok([&iv, &wrapped, nonce.as_slice(), &sealed].concat())
            }
        }
    }

    /// # Errors
    /// `Rejected` if it was sealed otherwise.
    async fn unseal(
        &mut self,
        id: &[u8],
        mechanism: Mechanism,
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<SecretBytes, ProviderError> {
        match mechanism {
            Mechanism::Gcm => {
                let (iv, sealed) = split::<GCM_NONCE_LEN>(sealed)?;
                let cipher = Cipher::Gcm { iv: Some(iv.to_vec()), aad: aad.to_vec() };
                self.decrypt(id, cipher, sealed).await
            }
            Mechanism::Cbc => {
                let (iv, sealed) = split::<16>(sealed)?;
                let (wrapped, sealed) = split::<32>(sealed)?;
                let (nonce, sealed) = split::<{ Xaes256Gcm::NONCE_LEN }>(sealed)?;
                let key = self.decrypt(id, Cipher::Cbc { iv: Some(iv.to_vec()) }, wrapped).await?;
                let key = key.expose().try_into().map_err(|_| nonsense())?;
                inner(key)?.open(nonce, aad, sealed).map(SecretBytes::from).map_err(crypto_failed)
            }
        }
    }

    async fn encrypt(
        &mut self,
        id: &[u8],
        cipher: Cipher,
        text: &[u8],
    ) -> Result<(Vec<u8>, Vec<u8>), ProviderError> {
        let request = Request::Encrypt { id: id.to_vec(), cipher, text: SecretBytes::new(text.to_vec()) };
        match self.ask(request, Weight::Light).await? {
            Answer::Encrypted { iv, text } => Ok((iv, text.expose().to_vec())),
            _ => Err(nonsense()),
        }
    }

    async fn decrypt(
        &mut self,
        id: &[u8],
        cipher: Cipher,
        text: &[u8],
    ) -> Result<SecretBytes, ProviderError> {
        let request = Request::Decrypt { id: id.to_vec(), cipher, text: SecretBytes::new(text.to_vec()) };
        match self.ask(request, Weight::Light).await? {
            Answer::Bytes { bytes } => Ok(bytes),
            _ => Err(nonsense()),
        }
    }

    async fn find(
        &mut self,
        id: Option<Vec<u8>>,
        label: Option<String>,
    ) -> Result<Vec<FoundKey>, ProviderError> {
        match self.ask(Request::Find { class: Class::Secret {}, id, label }, Weight::Light).await? {
            Answer::Found { keys } => Ok(keys),
            _ => Err(nonsense()),
        }
    }

    /// A key for a new slot: it encrypts and decrypts, and stays.
    async fn make_key(&mut self, random: &dyn Random) -> Result<Vec<u8>, ProviderError> {
        use claviger_types::KeyUsage::RawEncrypt;
        let id = random.bytes::<20>().to_vec();
        let (spec, label) = (KeySpec::Aes256, KEYSLOT_LABEL.to_owned());
        let key = NewKeySpec { spec, usage: RawEncrypt, id: id.clone(), label };
        match self.ask(Request::Generate { key }, Weight::Heavy).await? {
            Answer::Made { .. } => Ok(id),
            _ => Err(nonsense()),
        }
    }

    /// The id of the key that is named, if a slot may depend on it.
    async fn usable_key(&mut self, named: &ObjectMatch) -> Result<Vec<u8>, ProviderError> {
        let refuse = |what: &str| Err(ProviderError::Unavailable(format!("the key that is named {what}")));
        let found = self.find(named.id.clone(), named.label.clone()).await?;
        let [key] = found.as_slice() else {
            return refuse(if found.is_empty() { "is not on the token" } else { "is not the only one" });
        };
        if key.key_type != *KeyType::AES || key.value_len != Some(32) {
            return refuse("is not an AES-256 key");
        }
        if !(key.encrypts && key.decrypts) {
            return refuse("may not both encrypt and decrypt");
        }
        if !key.stays {
            return refuse("can leave the token: it is not CKA_SENSITIVE, or is CKA_EXTRACTABLE");
        }
        if key.wants_pin {
            return refuse("wants the PIN for each use: CKA_ALWAYS_AUTHENTICATE");
        }
        if key.id.is_empty() || self.find(Some(key.id.clone()), None).await?.len() != 1 {
            return refuse("has no CKA_ID of its own");
        }
        Ok(key.id.clone())
    }
}

const GCM_NONCE_LEN: usize = 12;

/// An initialization vector and two blocks.
const CBC_LEN: usize = 16 + 32;

fn named_key(locator: &str, config: &Config) -> Result<ObjectMatch, InvalidLocator> {
    let uri: Pkcs11Uri = locator.parse().map_err(|error| InvalidLocator(format!("{error}")))?;
    if !adoption::names_a_key_of(KeySpec::Aes256, &uri, &config.token) {
        let what = "it has to name a secret key of this token, by object= or id=, and nothing else";
        return Err(InvalidLocator(what.to_owned()));
    }
    Ok(uri.object)
}

fn inner(key: &[u8; 32]) -> Result<Xaes256Gcm, ProviderError> {
    let mut derived = Zeroizing::new([0; 32]);
    hkdf_sha256(&[], key, b"claviger pkcs11 keyslot v1", &mut *derived).map_err(crypto_failed)?;
    Ok(Xaes256Gcm::new(&derived))
}

fn split<const N: usize>(bytes: &[u8]) -> Result<(&[u8; N], &[u8]), ProviderError> {
    bytes.split_first_chunk().ok_or(ProviderError::Rejected)
}

fn crypto_failed(error: CryptoError) -> ProviderError {
    match error {
        CryptoError::Rejected => ProviderError::Rejected,
        error => ProviderError::Internal(error.to_string()),
    }
}
