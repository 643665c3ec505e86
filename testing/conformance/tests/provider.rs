//! The provider suite notices what it is there for: a correct provider passes, and each fault is found.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a provider that is only for tests")]

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use claviger_conformance::provider::{Gap, run, tag};
use claviger_ports::{
    Capability, Encrypt, Handle, LiveKey, Mac, NewKey, Provider, ProviderError, ProviderState, Sign,
};
use claviger_software::{Config, SoftwareProvider};
use claviger_types::{
    KeySpec, KeyTag, KeyUsage, MacAlgorithm, MessageType, ProtectionLevel, ProviderName, SecretBytes,
    SigningAlgorithm, SigningInput,
};
use tokio::sync::Semaphore;

#[test]
fn a_correct_provider_passes() {
    run(|| provider(Fault::None), &gaps());
}

#[test]
fn faults_are_found() {
    check(Fault::AcceptsEverySignature, "EcP256 EcdsaSha256 Raw");
    check(Fault::AcceptsShortMacs, "a changed code passes");
    check(Fault::FailsSecondSignature, "one of many calls fails");
    check(Fault::HashesWrongDigests, "EcP256 EcdsaSha256 Digest of 0 bytes: accepted");
    check(Fault::IgnoresAssociatedData, "no associated data: accepted");
    check(Fault::ImportsWhatItCannotRead, "wrong material 0");
    check(Fault::OpensEveryHandle, "a handle of Aes256 as");
    check(Fault::LosesSessions, "Busy");
    check(Fault::PromisesTooMuch, "what it says against the contract");
    check(Fault::RepeatsNonces, "the nonce repeats");
    check(Fault::SignsAnotherMessage, "its public key refuses the signature");

    fn check(fault: Fault, complaint: &str) {
        fails(fault, &gaps(), complaint);
    }
}

#[test]
fn gaps_must_be_declared_and_real() {
    let with = |gap| gaps().into_iter().chain([gap]).collect::<Vec<_>>();
    let without = |gap| gaps().into_iter().filter(|other| *other != gap).collect::<Vec<_>>();
    check(with(Gap::PlainGcm), "plain AES-GCM");
    check(with(Gap::Random), "random bytes: works");
    check(with(Gap::Sign(SigningAlgorithm::EcdsaSha256, MessageType::Digest)), "Digest: works");
    check(with(Gap::Generate(KeySpec::EcP256, KeyUsage::Sign)), "what it says against the contract");
    check(with(Gap::Generate(KeySpec::Aes256, KeyUsage::Sign)), "nobody has to do that");
    check(with(Gap::FinalDestruction), "declared twice");
    check(without(Gap::FinalDestruction), "destroyed: accepted");
    check(
        without(Gap::Import(KeySpec::MlDsa44, KeyUsage::Sign)),
        "MlDsa44 Sign Import: what it says against the contract",
    );

    fn check(gaps: Vec<Gap>, complaint: &str) {
        fails(Fault::None, &gaps, complaint);
    }
}

fn fails(fault: Fault, gaps: &[Gap], complaint: &str) {
    let outcome = catch_unwind(AssertUnwindSafe(|| run(|| provider(fault), gaps)));
    let Err(payload) = outcome else { panic!("{fault:?} is not found") };
    let text = match (payload.downcast_ref::<String>(), payload.downcast_ref::<&str>()) {
        (Some(text), _) => text,
        (_, Some(text)) => *text,
        _ => panic!("{fault:?}: a panic without text"),
    };
    assert!(text.contains(complaint), "{fault:?}: {text}");
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    AcceptsEverySignature,
    AcceptsShortMacs,
    FailsSecondSignature,
    HashesWrongDigests,
    IgnoresAssociatedData,
    ImportsWhatItCannotRead,
    OpensEveryHandle,
    LosesSessions,
    PromisesTooMuch,
    RepeatsNonces,
    SignsAnotherMessage,
}

/// What [`Faulty`] can do: enough to show every fault, and quick.
const KINDS: [(KeySpec, KeyUsage); 3] = [
    (KeySpec::Aes256, KeyUsage::Encrypt),
    (KeySpec::EcP256, KeyUsage::Sign),
    (KeySpec::Hmac256, KeyUsage::Mac),
];

fn gaps() -> Vec<Gap> {
    let missing = KeySpec::ALL
        .into_iter()
        .flat_map(|spec| KeyUsage::ALL.map(|usage| (spec, usage)))
        .filter(|(spec, usage)| spec.allows(*usage) && !KINDS.contains(&(*spec, *usage)));
    missing
        .flat_map(|(spec, usage)| [Gap::Generate(spec, usage), Gap::Import(spec, usage)])
        .chain([Gap::FinalDestruction])
        .collect()
}

fn provider(fault: Fault) -> Arc<dyn Provider> {
    let inner = SoftwareProvider::start("faulty".parse().unwrap(), Config::default()).unwrap();
    Arc::new(Faulty { inner, fault })
}

/// The software provider, restricted to [`KINDS`] and with one fault.
struct Faulty {
    inner: SoftwareProvider,
    fault: Fault,
}

impl Faulty {
    fn live(&self, inner: Arc<dyn LiveKey>) -> Arc<dyn LiveKey> {
        Arc::new(FaultyKey {
            inner,
            fault: self.fault,
            sessions: Semaphore::new(8),
            sealed: Mutex::default(),
        })
    }
}

#[async_trait]
impl Provider for Faulty {
    fn name(&self) -> &ProviderName {
        self.inner.name()
    }

    fn kind(&self) -> &'static str {
        self.inner.kind()
    }

    fn protection(&self) -> ProtectionLevel {
        self.inner.protection()
    }

    fn state(&self) -> ProviderState {
        self.inner.state()
    }

    fn supports(&self, spec: KeySpec, usage: KeyUsage, _capability: Capability) -> bool {
        KINDS.contains(&(spec, usage)) || self.fault == Fault::PromisesTooMuch
    }

    async fn generate(&self, spec: KeySpec, usage: KeyUsage, tag: KeyTag) -> Result<NewKey, ProviderError> {
        if !KINDS.contains(&(spec, usage)) {
            return Err(ProviderError::Unsupported);
        }
        self.inner.generate(spec, usage, tag).await
    }

    async fn import(
        &self,
        spec: KeySpec,
        usage: KeyUsage,
        tag: KeyTag,
        material: SecretBytes,
    ) -> Result<NewKey, ProviderError> {
        if !KINDS.contains(&(spec, usage)) {
            return Err(ProviderError::Unsupported);
        }
        match self.inner.import(spec, usage, tag, material).await {
            Err(_) if self.fault == Fault::ImportsWhatItCannotRead => {
                self.inner.generate(spec, usage, tag).await
            }
            imported => imported,
        }
    }

    async fn open(&self, spec: KeySpec, handle: &Handle) -> Result<Arc<dyn LiveKey>, ProviderError> {
        match self.inner.open(spec, handle).await {
            Err(_) if self.fault == Fault::OpensEveryHandle => {
                let key = self.inner.generate(KeySpec::Aes256, KeyUsage::Encrypt, tag()).await?;
                self.inner.open(KeySpec::Aes256, &key.handle).await
            }
            opened => opened.map(|inner| self.live(inner)),
        }
    }

    async fn destroy(&self, spec: KeySpec, handle: &Handle) -> Result<(), ProviderError> {
        self.inner.destroy(spec, handle).await
    }

    async fn random(&self, out: &mut [u8]) -> Result<(), ProviderError> {
        self.inner.random(out).await
    }
}

struct FaultyKey {
    inner: Arc<dyn LiveKey>,
    fault: Fault,
    /// One for each signature that is being made.
    sessions: Semaphore,
    /// Ciphertexts by associated data and plaintext.
    sealed: Mutex<HashMap<[Vec<u8>; 2], Vec<u8>>>,
}

impl LiveKey for FaultyKey {
    fn encrypt(&self) -> Option<&dyn Encrypt> {
        self.inner.encrypt().map(|_| self as &dyn Encrypt)
    }

    fn sign(&self) -> Option<&dyn Sign> {
        self.inner.sign().map(|_| self as &dyn Sign)
    }

    fn mac(&self) -> Option<&dyn Mac> {
        self.inner.mac().map(|_| self as &dyn Mac)
    }

    fn weight(&self) -> usize {
        self.inner.weight()
    }
}

#[async_trait]
impl Encrypt for FaultyKey {
    fn aead(&self) -> u8 {
        self.inner.encrypt().unwrap().aead()
    }

    async fn seal(&self, aad: &[u8], plaintext: &[u8], out: &mut Vec<u8>) -> Result<(), ProviderError> {
        let mut sealed = Vec::new();
        let sealed_aad = if self.fault == Fault::IgnoresAssociatedData { b"" } else { aad };
        self.inner.encrypt().unwrap().seal(sealed_aad, plaintext, &mut sealed).await?;
        if self.fault == Fault::RepeatsNonces {
            let message = [aad.to_vec(), plaintext.to_vec()];
            sealed = self.sealed.lock().unwrap().entry(message).or_insert(sealed).clone();
        }
        out.extend_from_slice(&sealed);
        Ok(())
    }

    async fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<SecretBytes, ProviderError> {
        let aad = if self.fault == Fault::IgnoresAssociatedData { b"" } else { aad };
        self.inner.encrypt().unwrap().open(aad, sealed).await
    }

    async fn open_plain_gcm(&self, sealed: &[u8]) -> Result<SecretBytes, ProviderError> {
        self.inner.encrypt().unwrap().open_plain_gcm(sealed).await
    }
}

#[async_trait]
impl Sign for FaultyKey {
    async fn sign(
        &self,
        algorithm: SigningAlgorithm,
        input: SigningInput<'_>,
    ) -> Result<Vec<u8>, ProviderError> {
        let signer = self.inner.sign().unwrap();
        match (self.fault, input) {
            (Fault::HashesWrongDigests, SigningInput::Digest(digest)) if digest.len() != 32 => {
                signer.sign(algorithm, SigningInput::Message(digest)).await
            }
            (Fault::SignsAnotherMessage, _) => {
                signer.sign(algorithm, SigningInput::Message(b"another")).await
            }
            (Fault::FailsSecondSignature, _) => {
                let _all = self.sessions.try_acquire_many(8).map_err(|_| ProviderError::Timeout)?;
                // Lets the others try.
                tokio::task::yield_now().await;
                signer.sign(algorithm, input).await
            }
            (Fault::LosesSessions, _) => {
                self.sessions.try_acquire().map_err(|_| ProviderError::Busy)?.forget();
                tokio::task::yield_now().await;
                self.sessions.add_permits(1);
                signer.sign(algorithm, input).await
            }
            _ => signer.sign(algorithm, input).await,
        }
    }

    async fn verify(
        &self,
        algorithm: SigningAlgorithm,
        input: SigningInput<'_>,
        signature: &[u8],
    ) -> Result<bool, ProviderError> {
        let valid = self.inner.sign().unwrap().verify(algorithm, input, signature).await;
        match self.fault {
            Fault::AcceptsEverySignature | Fault::SignsAnotherMessage => valid.map(|_| true),
            _ => valid,
        }
    }
}

#[async_trait]
impl Mac for FaultyKey {
    async fn compute(&self, algorithm: MacAlgorithm, message: &[u8]) -> Result<Vec<u8>, ProviderError> {
        self.inner.mac().unwrap().compute(algorithm, message).await
    }

    async fn verify(
        &self,
        algorithm: MacAlgorithm,
        message: &[u8],
        mac: &[u8],
    ) -> Result<bool, ProviderError> {
        let inner = self.inner.mac().unwrap();
        match self.fault {
            Fault::AcceptsShortMacs => Ok(inner.compute(algorithm, message).await?.starts_with(mac)),
            _ => inner.verify(algorithm, message, mac).await,
        }
    }
}
