//! What every provider of keys must do.
//!
//! A provider's test calls [`run`] and declares its [`Gap`]s. A gap must be real: the suite fails when a declared gap
//! works, so that the list can only shrink.

mod agreement;
mod decryption;
mod encryption;
mod handles;
mod import;
mod load;
mod mac;
mod material;
mod raw;
mod signing;

use std::{fmt::Display, sync::Arc};

use claviger_crypto::PublicKey;
use claviger_ports::{Capability, Handle, LiveKey, Provider, ProviderError, ProviderState};
use claviger_types::{KeySpec, KeyTag, KeyUsage, MessageType, SecretBytes, SigningAlgorithm};

/// What a provider does not do, though the contract asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// It makes no keys of this kind.
    Generate(KeySpec, KeyUsage),
    /// It takes over no keys of this kind.
    Import(KeySpec, KeyUsage),
    /// Its keys that have this algorithm do not sign such input.
    Sign(SigningAlgorithm, MessageType),
    /// It gives no random bytes.
    Random,
    /// Its signatures with such keys take so long that one for each algorithm has to do.
    Slow(KeySpec),
    /// It does not open what was encrypted with plain AES-GCM before the key was imported.
    PlainGcm,
    /// A key that was destroyed still opens, because the handle is the key.
    FinalDestruction,
}

/// Runs the suite on the provider that `make` makes. `make` is called several times, and each provider must open the
/// handles of the others, as if the process had been restarted.
///
/// # Panics
/// If the provider breaks the contract, or does what is declared to be a gap.
pub fn run(make: impl Fn() -> Arc<dyn Provider>, gaps: &[Gap]) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(check(&Subject { make: &make, gaps }));
}

/// A tag that no key has.
pub fn tag() -> KeyTag {
    let mut bytes = [0; 20];
    claviger_crypto::fill(&mut bytes).unwrap();
    KeyTag::new(bytes)
}

/// What is under test.
struct Subject<'a> {
    make: &'a dyn Fn() -> Arc<dyn Provider>,
    gaps: &'a [Gap],
}

impl Subject<'_> {
    fn provider(&self) -> Arc<dyn Provider> {
        (self.make)()
    }

    fn has(&self, gap: Gap) -> bool {
        self.gaps.contains(&gap)
    }

    /// Whether the contract asks for it and no gap excuses from it.
    fn must(&self, spec: KeySpec, usage: KeyUsage, capability: Capability) -> bool {
        let gap = match capability {
            Capability::Generate => Gap::Generate(spec, usage),
            Capability::Import => Gap::Import(spec, usage),
        };
        spec.allows(usage) && !self.has(gap)
    }

    fn kinds(&self, capability: Capability) -> impl Iterator<Item = (KeySpec, KeyUsage)> {
        all_kinds().filter(move |(spec, usage)| self.must(*spec, *usage, capability))
    }
}

/// A key, opened by the provider that made it and by another.
struct TestKey {
    spec: KeySpec,
    usage: KeyUsage,
    handle: Handle,
    public: Option<Vec<u8>>,
    live: Arc<dyn LiveKey>,
    reopened: Arc<dyn LiveKey>,
}

async fn check(subject: &Subject<'_>) {
    declared_gaps_make_sense(subject);
    let provider = subject.provider();
    assert_eq!(provider.state(), ProviderState::Usable);
    assert_eq!(provider.name(), subject.provider().name(), "a provider made anew has another name");
    random(subject, &*provider).await;
    for (spec, usage) in all_kinds() {
        offer(subject, &*provider, spec, usage).await;
    }
    for (spec, usage) in subject.kinds(Capability::Generate) {
        let made = provider.generate(spec, usage, tag()).await.unwrap_or_else(|error| {
            panic!("{spec:?} {usage:?} is supported but can't be made: {error}");
        });
        let key = open(subject, &*provider, spec, usage, made.handle, made.public).await;
        operations(subject, &key).await;
        handles::check(subject, &*provider, &key).await;
    }
    import::check(subject, &*provider).await;
    load::cancelled_generation(subject, &*provider).await;
}

fn declared_gaps_make_sense(subject: &Subject<'_>) {
    for (i, gap) in subject.gaps.iter().enumerate() {
        assert!(!subject.gaps[..i].contains(gap), "{gap:?} is declared twice");
        match *gap {
            Gap::Generate(spec, usage) | Gap::Import(spec, usage) => {
                assert!(spec.allows(usage), "{gap:?}: nobody has to do that");
            }
            Gap::Sign(algorithm, kind) => {
                assert!(signing::message_types(algorithm).contains(&kind), "{gap:?}: nobody has to do that");
            }
            Gap::Slow(spec) => assert!(spec.is_asymmetric(), "{gap:?}: such keys sign nothing"),
            Gap::Random | Gap::PlainGcm | Gap::FinalDestruction => {}
        }
    }
}

async fn random(subject: &Subject<'_>, provider: &dyn Provider) {
    let (mut a, mut b) = ([0; 32], [0; 32]);
    if subject.has(Gap::Random) {
        unsupported(provider.random(&mut a).await, "random bytes");
        return;
    }
    provider.random(&mut a).await.unwrap();
    provider.random(&mut b).await.unwrap();
    assert_ne!(a, b, "random bytes repeat");
    provider.random(&mut []).await.unwrap();
    let mut many = vec![0; 64 * 1024];
    provider.random(&mut many).await.unwrap();
    let (front, back) = many.split_at(many.len() - 32);
    assert!(front != vec![0; front.len()] && back != [0; 32], "a part is not filled");
}

/// `supports` says what is so.
async fn offer(subject: &Subject<'_>, provider: &dyn Provider, spec: KeySpec, usage: KeyUsage) {
    for capability in [Capability::Generate, Capability::Import] {
        let must = subject.must(spec, usage, capability);
        let supports = provider.supports(spec, usage, capability);
        assert_eq!(supports, must, "{spec:?} {usage:?} {capability:?}: what it says against the contract");
        if must {
            continue;
        }
        let what = format!("{spec:?} {usage:?}");
        match capability {
            Capability::Generate => unsupported(provider.generate(spec, usage, tag()).await, what),
            Capability::Import => {
                let material = SecretBytes::new(material::of(spec));
                unsupported(provider.import(spec, usage, tag(), material).await, what);
            }
        }
    }
}

/// Opens a key twice, and checks what is known of it without using it.
async fn open(
    subject: &Subject<'_>,
    provider: &dyn Provider,
    spec: KeySpec,
    usage: KeyUsage,
    handle: Handle,
    public: Option<Vec<u8>>,
) -> TestKey {
    let live = provider.open(spec, &handle).await.unwrap();
    let reopened = subject.provider().open(spec, &handle).await.unwrap();
    assert_eq!(public.is_some(), spec.is_asymmetric(), "{spec:?}: public half");
    if let Some(der) = &public {
        let public = PublicKey::from_spki_der(der).unwrap();
        assert_eq!(Some(public.kind()), material::kind(spec), "{spec:?}: another kind of key");
        assert_eq!(public.der(), der, "{spec:?}: the public half is not in its usual form");
    }
    let offered = [
        (live.asymmetric_decrypt().is_some(), KeyUsage::AsymmetricDecrypt),
        (live.encrypt().is_some(), KeyUsage::Encrypt),
        (live.agree().is_some(), KeyUsage::KeyAgreement),
        (live.mac().is_some(), KeyUsage::Mac),
        (live.raw().is_some(), KeyUsage::RawEncrypt),
        (live.sign().is_some(), KeyUsage::Sign),
    ];
    for (offers, other) in offered {
        assert_eq!(offers, other == usage, "{spec:?} for {usage:?} used for {other:?}");
    }
    assert!(live.weight() > 0, "{spec:?}: nothing is weightless");
    TestKey { spec, usage, handle, public, live, reopened }
}

/// Uses a key in every way.
async fn operations(subject: &Subject<'_>, key: &TestKey) {
    match key.usage {
        KeyUsage::AsymmetricDecrypt => decryption::check(key).await,
        KeyUsage::Encrypt => encryption::check(subject, key).await,
        KeyUsage::KeyAgreement => agreement::check(key).await,
        KeyUsage::Mac => mac::check(key).await,
        KeyUsage::RawEncrypt => raw::check(key).await,
        KeyUsage::Sign if subject.has(Gap::Slow(key.spec)) => signing::briefly(subject, key).await,
        KeyUsage::Sign => {
            signing::check(subject, key).await;
            load::check(subject, key).await;
        }
    }
}

/// What is encrypted, signed and authenticated: nothing, a little, what one call of AWS KMS may carry, and much.
fn messages() -> [Vec<u8>; 4] {
    [Vec::new(), b"message".to_vec(), vec![0x5a; 4096], vec![0xa5; 64 * 1024]]
}

/// `bytes` in ways that must not pass for them: bits changed, cut off, something appended.
fn tampered(bytes: &[u8]) -> Vec<Vec<u8>> {
    let flip = |at: usize, bit: u8| {
        let mut changed = bytes.to_vec();
        changed[at] ^= bit;
        changed
    };
    let mut all =
        vec![Vec::new(), bytes[..1].to_vec(), bytes[..bytes.len() - 1].to_vec(), bytes[1..].to_vec()];
    all.extend([0, bytes.len() / 3, bytes.len() / 2, bytes.len() - 1].map(|at| flip(at, 1)));
    all.extend([1, bytes.len() - 2].map(|at| flip(at, 0x80)));
    all.push([bytes, &[0]].concat());
    all
}

fn all_kinds() -> impl Iterator<Item = (KeySpec, KeyUsage)> {
    KeySpec::ALL.into_iter().flat_map(|spec| KeyUsage::ALL.map(|usage| (spec, usage)))
}

#[track_caller]
fn rejected<T>(result: Result<T, ProviderError>, what: impl Display) {
    match result {
        Err(ProviderError::Rejected) => {}
        Err(error) => panic!("{what}: {error}, instead of a rejection"),
        Ok(_) => panic!("{what}: accepted"),
    }
}

#[track_caller]
fn unsupported<T>(result: Result<T, ProviderError>, what: impl Display) {
    match result {
        Err(ProviderError::Unsupported) => {}
        Err(error) => panic!("{what}: {error}, instead of unsupported"),
        Ok(_) => panic!("{what}: works, though it is a gap or does not belong to the key"),
    }
}
