use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use claviger_types::{SigningAlgorithm, SigningInput};

use super::*;

const TAG: KeyTag = KeyTag::new([0; 20]);

fn provider(config: Config) -> SoftwareProvider {
    SoftwareProvider::start("software".parse().unwrap(), config).unwrap()
}

async fn key(provider: &SoftwareProvider, spec: KeySpec, usage: KeyUsage) -> Arc<dyn LiveKey> {
    let key = provider.generate(spec, usage, TAG).await.unwrap();
    provider.open(spec, &key.handle).await.unwrap()
}

/// The output of a future that must be ready at once.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// Without room in any queue nothing runs on the pool at all, whatever its threads do.
const NO_ROOM: Config = Config {
    threads: std::num::NonZeroUsize::MIN,
    short_queue: 0,
    long_queue: 0,
    generation_queue: 0,
    niceness: 0,
};

#[tokio::test]
async fn cheap_operations_do_not_wait_for_a_saturated_pool() {
    let provider = provider(NO_ROOM);
    let is_busy =
        |spec, usage| matches!(at_once(provider.generate(spec, usage, TAG)), Err(ProviderError::Busy));
    assert!(is_busy(KeySpec::Rsa2048, KeyUsage::Sign) && is_busy(KeySpec::EcP384, KeyUsage::Sign));

    let aes = at_once(key(&provider, KeySpec::Aes256, KeyUsage::Encrypt));
    let mut sealed = Vec::new();
    at_once(aes.encrypt().unwrap().seal(b"aad", b"message", &mut sealed)).unwrap();
    let opened = at_once(aes.encrypt().unwrap().open(b"aad", &sealed)).unwrap();
    assert!(opened.ct_eq(b"message"));

    let hmac = at_once(key(&provider, KeySpec::Hmac512, KeyUsage::Mac));
    let mac = at_once(hmac.mac().unwrap().compute(MacAlgorithm::HmacSha512, b"message")).unwrap();
    assert!(at_once(hmac.mac().unwrap().verify(MacAlgorithm::HmacSha512, b"message", &mac)).unwrap());

    for (spec, algorithm) in
        [(KeySpec::EcP256, SigningAlgorithm::EcdsaSha256), (KeySpec::Ed25519, SigningAlgorithm::Ed25519)]
    {
        let key = at_once(key(&provider, spec, KeyUsage::Sign));
        let signer = key.sign().unwrap();
        let signature = at_once(signer.sign(algorithm, SigningInput::Message(b"message"))).unwrap();
        let message = SigningInput::Message(b"message");
        assert!(at_once(signer.verify(algorithm, message, &signature)).unwrap());
    }
    at_once(provider.random(&mut [0; 64])).unwrap();
}

#[tokio::test]
async fn slow_operations_are_refused_when_their_lane_is_full() {
    // Keys come from a provider that has room.
    let maker = provider(Config::default());
    for (spec, algorithm) in [
        (KeySpec::Rsa2048, SigningAlgorithm::RsaPssSha256),
        (KeySpec::EcP521, SigningAlgorithm::EcdsaSha512),
        (KeySpec::MlDsa65, SigningAlgorithm::MlDsa),
    ] {
        let made = maker.generate(spec, KeyUsage::Sign, TAG).await.unwrap();
        let private = parse_private(spec, handle::decode(spec, &made.handle).unwrap().1).unwrap();
        let pool = Arc::new(Pool::start(NO_ROOM).unwrap());
        let key = open_private(spec, KeyUsage::Sign, private, pool).unwrap();
        let signed = at_once(key.sign().unwrap().sign(algorithm, SigningInput::Message(b"message")));
        assert!(matches!(signed, Err(ProviderError::Busy)), "{spec:?}");
    }
}

#[tokio::test]
async fn weights_are_of_the_right_size() {
    let provider = provider(Config::default());
    for (spec, usage, weight) in [
        (KeySpec::Aes256, KeyUsage::Encrypt, 500..1_000),
        (KeySpec::Hmac256, KeyUsage::Mac, 500..2_000),
        (KeySpec::EcP256, KeyUsage::KeyAgreement, 1_000..4_000),
        (KeySpec::Ed25519, KeyUsage::Sign, 500..2_000),
        (KeySpec::MlDsa44, KeyUsage::Sign, 8_000..16_000),
        (KeySpec::Rsa2048, KeyUsage::Sign, 6_000..16_000),
    ] {
        let key = key(&provider, spec, usage).await;
        assert!(weight.contains(&key.weight()), "{spec:?} {}", key.weight());
    }
}
