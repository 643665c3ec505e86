use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Waker},
};

use claviger_ports::{Capability, Provider, ProviderError};
use claviger_types::{KeySpec, KeyUsage, MessageType, SigningAlgorithm};
use tokio::task::JoinSet;

use super::{
    Subject, TestKey,
    signing::{input, is_valid, prepared, simplest},
    tag,
};

/// Signatures of many callers at once, and of callers who go away.
pub(super) async fn check(subject: &Subject<'_>, key: &TestKey) {
    let Some((algorithm, kind)) = simplest(subject, key.spec) else { return };
    let spki: Arc<[u8]> = key.public.as_deref().unwrap().into();
    cancelled_calls(key, algorithm, kind).await;

    let mut calls = JoinSet::new();
    for number in 0..64_u8 {
        let (live, spki) = (Arc::clone(&key.live), Arc::clone(&spki));
        calls.spawn(async move {
            let message = [number; 100];
            let bytes = prepared(algorithm, kind, &spki, &message);
            let signature = live.sign().unwrap().sign(algorithm, input(kind, &bytes)).await?;
            is_valid(&spki, algorithm, &message, &signature).expect("a signature of another call");
            Ok(())
        });
    }
    let mut done = 0;
    while let Some(call) = calls.join_next().await {
        match call.unwrap() {
            Ok(()) => done += 1,
            Err(ProviderError::Busy) => {}
            Err(error) => panic!("{:?}: one of many calls fails: {error}", key.spec),
        }
    }
    assert!(done > 0, "{:?}: all calls were refused", key.spec);
}

/// Making a key is given up while it is under way.
pub(super) async fn cancelled_generation(subject: &Subject<'_>, provider: &dyn Provider) {
    for spec in [KeySpec::EcP256, KeySpec::Rsa2048] {
        if !subject.must(spec, KeyUsage::Sign, Capability::Generate) {
            continue;
        }
        for _ in 0..3 {
            poll_once(provider.generate(spec, KeyUsage::Sign, tag()));
        }
        let made = provider.generate(spec, KeyUsage::Sign, tag()).await.unwrap();
        poll_once(provider.open(spec, &made.handle));
        provider.open(spec, &made.handle).await.unwrap();
    }
}

async fn cancelled_calls(key: &TestKey, algorithm: SigningAlgorithm, kind: MessageType) {
    let spki = key.public.as_deref().unwrap();
    let bytes = prepared(algorithm, kind, spki, b"message");
    let signer = key.live.sign().unwrap();
    for _ in 0..16 {
        poll_once(signer.sign(algorithm, input(kind, &bytes)));
    }
    let signature = signer.sign(algorithm, input(kind, &bytes)).await.unwrap();
    is_valid(spki, algorithm, b"message", &signature).unwrap();
}

/// Begins a call and drops it.
fn poll_once<T>(call: impl Future<Output = T>) {
    let _ = pin!(call).poll(&mut Context::from_waker(Waker::noop()));
}
