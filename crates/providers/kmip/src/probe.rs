//! What a server is, and what it can do: the former it says, the latter it shows.

use std::collections::HashSet;

use claviger_algorithms::{key_kind, mac_hash, prehash, scheme};
use claviger_crypto::{AesGcm, HashAlg, HmacKey, KeyKind, PrivateKey, PublicKey};
use claviger_kmip::{
    ProtocolVersion, RequestPayload, ResponsePayload, ResultReason,
    enums::{Operation, QueryFunction},
    operations::{DiscoverVersionsRequest, QueryRequest, RngRetrieveRequest},
};
use claviger_provider_device::Form;
use claviger_types::{CipherMode, KeySpec, KeyTag, KeyUsage, MacAlgorithm, SecretBytes, SigningAlgorithm};

use crate::{
    capabilities::{Capabilities, Kind, Labels, Signing},
    client::Client,
    config::Config,
    error::CallError,
    objects::Made,
    pool::Effect,
    raw::{Cipher, gcm},
    server::Session,
    signing::readings,
};

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The newest version that both speak.
    pub(crate) version: ProtocolVersion,
    pub(crate) vendor: Option<String>,
    operations: Vec<Operation>,
}

/// Best first.
const VERSIONS: [ProtocolVersion; 3] = [ProtocolVersion::V1_4, ProtocolVersion::V1_3, ProtocolVersion::V1_2];

/// Asks the server what it is.
///
/// # Errors
/// [`CallError`].
pub(crate) async fn look(client: &Client, config: &Config) -> Result<Identity, CallError> {
    let ask = |version, payload| client.ask(version, payload, Effect::None, config.deadline);
    let request = DiscoverVersionsRequest { versions: VERSIONS.to_vec() };
    let version = match ask(ProtocolVersion::V1_2, RequestPayload::DiscoverVersions(request)).await {
        Ok(ResponsePayload::DiscoverVersions(answer)) => {
            let spoken = VERSIONS.into_iter().find(|version| answer.versions.contains(version));
            spoken.ok_or_else(|| CallError::Broken("the server speaks none of KMIP 1.2 to 1.4".to_owned()))?
        }
        Ok(_) => return Err(CallError::nonsense()),
        Err(CallError::Refused { reason: ResultReason::OperationNotSupported, .. }) => ProtocolVersion::V1_2,
        Err(error) => return Err(error),
    };
    let functions = [QueryFunction::Operations, QueryFunction::Objects, QueryFunction::ServerInformation];
    let request = RequestPayload::Query(QueryRequest { functions: functions.to_vec() });
    match ask(version, request).await? {
        ResponsePayload::Query(answer) => {
            Ok(Identity { version, vendor: answer.vendor_identification, operations: answer.operations })
        }
        _ => Err(CallError::nonsense()),
    }
}

/// Has the server make a key of each kind, use it, and destroy it. Large RSA keys take their time, so that one of 2048 bits
/// stands for all lengths.
///
/// # Errors
/// [`CallError`], if the server is lost meanwhile.
pub(crate) async fn explore(session: &Session, identity: &Identity) -> Result<Capabilities, CallError> {
    let operations = identity.operations.iter().copied().collect();
    let mut explorer = Explorer { session, operations, labels: [None; 2], found: Capabilities::default() };
    for (spec, usage) in [
        (KeySpec::Aes256, KeyUsage::Encrypt),
        (KeySpec::Aes128, KeyUsage::RawEncrypt),
        (KeySpec::Aes256, KeyUsage::RawEncrypt),
        (KeySpec::HmacSha1, KeyUsage::Mac),
        (KeySpec::Hmac224, KeyUsage::Mac),
        (KeySpec::Hmac256, KeyUsage::Mac),
        (KeySpec::Hmac384, KeyUsage::Mac),
        (KeySpec::Hmac512, KeyUsage::Mac),
        (KeySpec::Rsa2048, KeyUsage::Sign),
        (KeySpec::Rsa2048, KeyUsage::AsymmetricDecrypt),
        (KeySpec::EcP256, KeyUsage::Sign),
        (KeySpec::EcP384, KeyUsage::Sign),
        (KeySpec::EcP521, KeyUsage::Sign),
        (KeySpec::EcSecp256k1, KeyUsage::Sign),
    ] {
        let kind = Kind { spec, usage };
        if explorer.may(kind) {
            explorer.generation(kind).await?;
            explorer.import(kind).await?;
        }
    }
    explorer.random().await?;
    let mut found = explorer.found;
    found.labels = explorer.labels.map(|labels| labels.unwrap_or_default());
    for kinds in [&mut found.generate, &mut found.import] {
        for usage in [KeyUsage::Sign, KeyUsage::AsymmetricDecrypt] {
            if kinds.contains(&Kind { spec: KeySpec::Rsa2048, usage }) {
                kinds.extend([KeySpec::Rsa3072, KeySpec::Rsa4096].map(|spec| Kind { spec, usage }));
            }
        }
    }
    Ok(found)
}

struct Explorer<'a> {
    session: &'a Session,
    operations: HashSet<Operation>,
    /// What the server has let us give to a key.
    labels: [Option<Labels>; 2],
    found: Capabilities,
}

/// What is known of a key that was made here: its material.
type Material<'a> = Option<&'a SecretBytes>;

impl Explorer<'_> {
    fn may(&self, kind: Kind) -> bool {
        let uses: &[Operation] = match kind.usage {
            KeyUsage::Encrypt | KeyUsage::RawEncrypt => &[Operation::Encrypt, Operation::Decrypt],
            KeyUsage::AsymmetricDecrypt => &[Operation::Decrypt],
            KeyUsage::Mac => &[Operation::Mac],
            KeyUsage::Sign => &[Operation::Sign],
            KeyUsage::KeyAgreement => return false,
        };
        let manages = [Operation::Activate, Operation::Destroy, Operation::GetAttributes];
        uses.iter().chain(&manages).all(|operation| self.operations.contains(operation))
    }

    async fn generation(&mut self, kind: Kind) -> Result<(), CallError> {
        let makes = if kind.spec.is_symmetric() { Operation::Create } else { Operation::CreateKeyPair };
        if !self.operations.contains(&makes) {
            return Ok(());
        }
        if let Some(made) = self.make(kind, None).await? {
            let public = match &made.public {
                Some(id) => tolerated("read a public key", self.session.public_key(id).await)?.flatten(),
                None => None,
            };
            if self.try_out(kind, &made, public, None).await? {
                self.found.generate.insert(kind);
            }
        }
        Ok(())
    }

    async fn import(&mut self, kind: Kind) -> Result<(), CallError> {
        if !self.operations.contains(&Operation::Register) {
            return Ok(());
        }
        let Some((material, public)) = self.material(kind.spec).await else { return Ok(()) };
        if let Some(made) = self.make(kind, Some(&material)).await?
            && self.try_out(kind, &made, public, Some(&material)).await?
        {
            self.found.import.insert(kind);
        }
        Ok(())
    }

    /// Has a key made or taken over, with the attributes that the server has admitted, or the most that it admits.
    async fn make(&mut self, kind: Kind, material: Material<'_>) -> Result<Option<Made>, CallError> {
        let [symmetric, pairs] = &mut self.labels;
        let admitted = if kind.spec.is_symmetric() { symmetric } else { pairs };
        for labels in admitted.map_or(Labels::ALL.to_vec(), |labels| vec![labels]) {
            let tag = KeyTag::new(self.session.random.bytes());
            let made = match material {
                None => self.session.make(kind, &tag, labels).await,
                Some(key) => self.session.register(kind, &tag, labels, key.duplicate()).await,
            };
            if let Some(made) = tolerated("make a key", made)? {
                *admitted = Some(labels);
                return Ok(Some(made));
            }
        }
        Ok(None)
    }

    /// Uses a key and destroys it.
    async fn try_out(
        &mut self,
        kind: Kind,
        made: &Made,
        public: Option<PublicKey>,
        material: Material<'_>,
    ) -> Result<bool, CallError> {
        let works = match tolerated("activate a key", self.session.activate(&made.key).await)? {
            Some(()) => self.works(kind, &made.key, public, material).await?,
            None => false,
        };
        for id in [Some(&made.key), made.public.as_ref()].into_iter().flatten() {
            tolerated("destroy a key", self.session.destroy(id, None).await)?;
        }
        Ok(works)
    }

    async fn works(
        &mut self,
        kind: Kind,
        id: &str,
        public: Option<PublicKey>,
        material: Material<'_>,
    ) -> Result<bool, CallError> {
        let public = public.filter(|public| key_kind(kind.spec) == Some(public.kind()));
        match (kind.usage, public, MacAlgorithm::of(kind.spec)) {
            (KeyUsage::Encrypt, ..) => self.gcm(id, material).await,
            (KeyUsage::RawEncrypt, ..) => {
                Ok(self.gcm(id, material).await? && self.ctr(id).await? && self.cbc(id).await?)
            }
            (KeyUsage::Mac, _, Some(algorithm)) => {
                self.mac(kind.spec, mac_hash(algorithm), id, material).await
            }
            (KeyUsage::Sign, Some(public), _) => self.sign(kind.spec, id, &public).await,
            (KeyUsage::AsymmetricDecrypt, Some(public), _) => self.oaep(id, &public).await,
            _ => Ok(false),
        }
    }

    /// With nonces that are drawn here, or else there.
    async fn gcm(&mut self, id: &str, material: Material<'_>) -> Result<bool, CallError> {
        if self.session.version < ProtocolVersion::V1_4 {
            return Ok(false);
        }
        for draws in [false, true] {
            if self.gcm_with(id, material, draws).await? {
                self.found.draws = draws;
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn gcm_with(&self, id: &str, material: Material<'_>, draws: bool) -> Result<bool, CallError> {
        for (aad, text) in [(&b"aad"[..], &b"message"[..]), (b"", b"")] {
            let sealed = self.session.seal(id, aad, text, draws).await;
            let Some((nonce, sealed)) = tolerated("encrypt", sealed)? else { return Ok(false) };
            let opened = tolerated("decrypt", self.session.decrypt(id, &gcm(&nonce, aad), &sealed).await)?;
            if !opened.is_some_and(|opened| opened.ct_eq(text)) {
                return Ok(false);
            }
            let other = self.session.decrypt(id, &gcm(&nonce, b"other"), &sealed).await;
            if tolerated("decrypt with other data, as it should not", other)?.is_some() {
                return Ok(false);
            }
            let cipher = material.and_then(|key| AesGcm::new(key.expose()).ok());
            let nonce: [u8; 12] = nonce.try_into().unwrap_or_default();
            let is_other = |cipher: AesGcm| !cipher.seal(&nonce, aad, text).is_ok_and(|own| own == sealed);
            if cipher.is_some_and(is_other) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn ctr(&self, id: &str) -> Result<bool, CallError> {
        let iv: [u8; 16] = self.session.random.bytes();
        let cipher = Cipher { mode: CipherMode::Ctr, pads: false, iv: &iv, aad: &[] };
        Ok(self.there_and_back(id, &cipher, b"message").await?.is_some())
    }

    async fn cbc(&mut self, id: &str) -> Result<bool, CallError> {
        let iv: [u8; 16] = self.session.random.bytes();
        for pads in [false, true] {
            let cipher = Cipher { mode: CipherMode::Cbc, pads, iv: &iv, aad: &[] };
            if self.there_and_back(id, &cipher, &[7; 32]).await?.is_some() {
                self.found.pads = pads;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The ciphertext of something that was encrypted, and decrypts to what it was.
    async fn there_and_back(
        &self,
        id: &str,
        cipher: &Cipher<'_>,
        text: &[u8],
    ) -> Result<Option<Vec<u8>>, CallError> {
        let Some(sealed) = tolerated("encrypt", self.session.encrypt(id, cipher, text).await)? else {
            return Ok(None);
        };
        let opened = tolerated("decrypt", self.session.decrypt(id, cipher, &sealed).await)?;
        Ok(opened.is_some_and(|opened| opened.ct_eq(text)).then_some(sealed))
    }

    async fn mac(
        &self,
        spec: KeySpec,
        hash: HashAlg,
        id: &str,
        material: Material<'_>,
    ) -> Result<bool, CallError> {
        for message in [&b"message"[..], b""] {
            let code = self.session.mac(id, spec, hash, message).await;
            let Some(code) = tolerated("make an HMAC", code)? else { return Ok(false) };
            let known = material.map(|key| HmacKey::new(hash, key.expose()));
            if known.is_some_and(|key| key.verify(message, &code).is_err()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn sign(&mut self, spec: KeySpec, id: &str, public: &PublicKey) -> Result<bool, CallError> {
        let mut some = false;
        for algorithm in SigningAlgorithm::of(spec).iter().copied() {
            for form in [Form::Message, Form::Digest] {
                let way = Signing { algorithm, form };
                if self.signs(spec, id, public, way).await? {
                    self.found.sign.insert(way);
                    some = true;
                }
            }
        }
        Ok(some)
    }

    async fn signs(
        &self,
        spec: KeySpec,
        id: &str,
        public: &PublicKey,
        way: Signing,
    ) -> Result<bool, CallError> {
        let Some(scheme) = scheme(spec, way.algorithm) else { return Ok(false) };
        let Some(hash) = prehash(scheme) else { return Ok(false) };
        if way.form == Form::Digest && self.session.version < ProtocolVersion::V1_4 {
            return Ok(false);
        }
        let digest = claviger_crypto::digest(hash, b"message");
        let text = match way.form {
            Form::Message => b"message".to_vec(),
            Form::Digest => digest.clone(),
        };
        let made = tolerated("sign", self.session.sign(id, scheme, way.form, text).await)?;
        let input = || claviger_crypto::Input::Digest(&digest);
        let is_right = |signature: &Vec<u8>| public.verify(scheme, input(), signature).is_ok();
        Ok(made.is_some_and(|made| readings(scheme, made).iter().any(is_right)))
    }

    async fn oaep(&mut self, id: &str, public: &PublicKey) -> Result<bool, CallError> {
        // A key that can't decrypt with every algorithm is none: what it can't would be lost.
        let hashes = [HashAlg::Sha1, HashAlg::Sha256, HashAlg::Sha512];
        for hash in hashes {
            let Ok(ciphertext) = public.encrypt_oaep(hash, &[], b"message") else { return Ok(false) };
            let opened = tolerated("decrypt", self.session.decrypt_oaep(id, hash, &ciphertext).await)?;
            if !opened.is_some_and(|opened| opened.ct_eq(b"message")) {
                return Ok(false);
            }
        }
        self.found.decrypt.extend(hashes);
        Ok(true)
    }

    async fn random(&mut self) -> Result<(), CallError> {
        if self.operations.contains(&Operation::RngRetrieve) {
            let drawn = tolerated("give random bytes", self.session.random_bytes(32).await)?;
            self.found.random = drawn.is_some();
        }
        Ok(())
    }

    /// A key that is made here, to be given to the server.
    async fn material(&self, spec: KeySpec) -> Option<(SecretBytes, Option<PublicKey>)> {
        if let Some(len) = spec.symmetric_len() {
            let mut key = zeroize::Zeroizing::new(vec![0; len]);
            self.session.random.fill(&mut key);
            return Some((key.into(), None));
        }
        let made = tokio::task::spawn_blocking(move || {
            // Others have no form that such servers take.
            let kind = key_kind(spec).filter(|kind| matches!(kind, KeyKind::Rsa(_) | KeyKind::Ec(_)))?;
            let key = PrivateKey::generate(kind).ok()?;
            Some((SecretBytes::from(key.to_pkcs8().ok()?), Some(key.public_key().ok()?)))
        });
        made.await.ok().flatten()
    }
}

impl Session {
    /// Random bytes of the server's.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn random_bytes(&self, len: u32) -> Result<SecretBytes, CallError> {
        let request = RequestPayload::RngRetrieve(RngRetrieveRequest { data_length: len });
        match self.ask(request).await? {
            ResponsePayload::RngRetrieve(answer) if u32::try_from(answer.data.len()) == Ok(len) => {
                Ok(answer.data)
            }
            _ => Err(CallError::nonsense()),
        }
    }
}

/// What the server did, if it did it; unless it can't be asked any more.
fn tolerated<T>(what: &str, outcome: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match outcome {
        Ok(done) => Ok(Some(done)),
        Err(error @ (CallError::Refused { .. } | CallError::Broken(_) | CallError::Unspeakable(_)))
            if !error.is_about_us() =>
        {
            tracing::debug!(%error, "a KMIP server does not {what}");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
