use claviger_ports::{Handle, Provider};
use claviger_types::{KeySpec, SecretBytes};

use super::{Gap, Subject, TestKey, rejected, tampered};

/// A handle opens what it was given for and nothing else, until its key is destroyed.
pub(super) async fn check(subject: &Subject<'_>, provider: &dyn Provider, key: &TestKey) {
    let spec = key.spec;
    for other in KeySpec::ALL.into_iter().filter(|other| *other != spec) {
        rejected(provider.open(other, &key.handle).await, format_args!("a handle of {spec:?} as {other:?}"));
    }
    let bytes = key.handle.0.expose();
    let cut = [0, 1, 2, 3, bytes.len() / 2, bytes.len() - 1].map(|len| bytes[..len].to_vec());
    let noise = [1, 32, 64, 200].map(|len| vec![0xff; len]);
    let changed = tampered(bytes).into_iter().filter(|changed| changed.first() != bytes.first());
    for wrong in cut.into_iter().chain(noise).chain(changed).chain([[bytes, &[0]].concat()]) {
        let what = format!("no handle of {spec:?}: {} bytes", wrong.len());
        rejected(provider.open(spec, &Handle(SecretBytes::new(wrong))).await, what);
    }

    provider.destroy(spec, &key.handle).await.unwrap();
    for provider in [provider, &*subject.provider()] {
        let opened = provider.open(spec, &key.handle).await;
        if subject.has(Gap::FinalDestruction) {
            assert!(opened.is_ok(), "{spec:?}: a destroyed key does not open; that is no gap any more");
        } else {
            rejected(opened, format_args!("{spec:?}: destroyed"));
        }
    }
    provider.destroy(spec, &key.handle).await.unwrap();
}
