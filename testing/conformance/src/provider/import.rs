use claviger_ports::{Capability, LiveKey, NewKey, Provider, ProviderError};
use claviger_types::{KeySpec, KeyUsage, SecretBytes};
use std::sync::Arc;

use super::{Subject, encryption, mac, material, open, operations, raw, rejected, tag};

pub(super) async fn check(subject: &Subject<'_>, provider: &dyn Provider) {
    for (spec, usage) in subject.kinds(Capability::Import) {
        let material = material::of(spec);
        let imported = import(provider, spec, usage, material.clone()).await.unwrap_or_else(|error| {
            panic!("{spec:?} {usage:?}: a valid key is not taken over: {error}");
        });
        assert_eq!(imported.public.as_deref(), material::public(spec), "{spec:?}: another public half");
        let key = open(subject, provider, spec, usage, imported.handle, imported.public).await;
        operations(subject, &key).await;
        wrong_material(provider, spec, usage, &material).await;
        match usage {
            KeyUsage::Encrypt => {
                encryption::check_imported(subject, &*key.live, material.as_slice().try_into().unwrap())
                    .await;
                for (raw, aad, ciphertext) in encryption::XAES_VECTORS {
                    let live = live(provider, spec, usage, raw.to_vec()).await;
                    encryption::check_vector(&*live, aad, ciphertext).await;
                }
            }
            KeyUsage::Mac => {
                for vector in mac::vectors(spec) {
                    let live = live(provider, spec, usage, vector.key.clone()).await;
                    mac::check_vector(spec, &*live, &vector).await;
                }
            }
            KeyUsage::RawEncrypt => {
                raw::check_imported(&*key.live, &material).await;
                for vector in raw::vectors(spec) {
                    let live = live(provider, spec, usage, hex::decode(vector.key).unwrap()).await;
                    raw::check_vector(&*live, vector).await;
                }
            }
            _ => {}
        }
    }
}

async fn wrong_material(provider: &dyn Provider, spec: KeySpec, usage: KeyUsage, right: &[u8]) {
    let mut all =
        vec![Vec::new(), vec![0], vec![0x30; 300], right[..right.len() - 1].to_vec(), [right, &[0]].concat()];
    let other_len = |len: &usize| Some(*len) != spec.symmetric_len();
    all.extend([16, 24, 31, 33, 65, 128].into_iter().filter(other_len).map(|len| vec![1; len]));
    if spec.is_asymmetric() {
        all.push(right[1..].to_vec());
        all.push(material::public(spec).unwrap().to_vec());
        all.extend(KeySpec::ALL.into_iter().filter(|other| *other != spec).map(material::of));
    }
    if spec.rsa_bits().is_some() || matches!(spec, KeySpec::EcP256 | KeySpec::EcP384 | KeySpec::EcP521) {
        // The last bytes are the CRT coefficient, or the public key: a key that contradicts itself.
        let mut inconsistent = right.to_vec();
        *inconsistent.last_mut().unwrap() ^= 1;
        all.push(inconsistent);
    }
    for (i, wrong) in all.into_iter().enumerate() {
        let len = wrong.len();
        let imported = import(provider, spec, usage, wrong).await;
        rejected(imported, format_args!("{spec:?}: wrong material {i} of {len} bytes"));
    }
}

async fn live(provider: &dyn Provider, spec: KeySpec, usage: KeyUsage, raw: Vec<u8>) -> Arc<dyn LiveKey> {
    let imported = import(provider, spec, usage, raw).await.unwrap();
    provider.open(spec, &imported.handle).await.unwrap()
}

async fn import(
    provider: &dyn Provider,
    spec: KeySpec,
    usage: KeyUsage,
    material: Vec<u8>,
) -> Result<NewKey, ProviderError> {
    provider.import(spec, usage, tag(), SecretBytes::new(material)).await
}
