use claviger_crypto::{KeyKind, PrivateKey};
use claviger_types::{AgreementAlgorithm, KeySpec};

use super::{TestKey, material, rejected};

pub(super) async fn check(key: &TestKey) {
    let public = key.public.as_deref().unwrap();
    let Some(KeyKind::Ec(curve)) = material::kind(key.spec) else { panic!("{:?} has no curve", key.spec) };
    let peer = PrivateKey::generate_ec(curve).unwrap();
    let peer_public = peer.public_key_der().unwrap();
    let expected = peer.agree(public).unwrap();
    for own in [&key.live, &key.reopened] {
        let secret = own.agree().unwrap().agree(AgreementAlgorithm::Ecdh, &peer_public).await.unwrap();
        assert!(secret.ct_eq(&expected), "{:?}: the two sides disagree", key.spec);
    }

    let own = key.live.agree().unwrap();
    let mut peers =
        vec![Vec::new(), vec![0; 91], peer_public[1..].to_vec(), [&peer_public[..], &[0]].concat()];
    peers.push(peer_public[..peer_public.len() - 1].to_vec());
    // Off the curve: of the two points with one x none is a bit away from the other.
    let mut off_curve = peer_public.clone();
    *off_curve.last_mut().unwrap() ^= 1;
    peers.push(off_curve);
    peers.extend(
        KeySpec::ALL
            .into_iter()
            .filter(|spec| *spec != key.spec)
            .filter_map(material::public)
            .map(<[u8]>::to_vec),
    );
    for (i, wrong) in peers.iter().enumerate() {
        let agreed = own.agree(AgreementAlgorithm::Ecdh, wrong).await;
        rejected(agreed, format_args!("{:?}: wrong peer {i}", key.spec));
    }
}
