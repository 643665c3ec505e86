use claviger_types::{CredentialId, KeyId, RootKeyGeneration, Sealed, VersionNumber};
use proptest::prelude::*;

use super::*;
use crate::seal::place::associated_data;
use crate::seal::{SealError, State, root::RootKey};
use claviger_types::ImportJobId;

/// Few values on purpose, so that neighbours and equals are common.
fn places() -> impl Strategy<Value = SealedPlace> {
    let id = prop::sample::select(vec![[0; 16], [1; 16], [0x41; 16]]);
    prop_oneof![
        (id.clone(), 1..4u32).prop_map(|(id, version)| SealedPlace::VersionHandle(
            KeyId::from_bytes(id),
            VersionNumber::new(version).unwrap()
        )),
        id.prop_map(|id| SealedPlace::ImportJobKey(ImportJobId::from_bytes(id))),
        "[A0-]{1,3}".prop_map(|id| SealedPlace::CredentialSecret(id.parse().unwrap())),
        "[A0\\x00\\-]{0,3}|value|secret|credential".prop_map(|name| SealedPlace::Installation(name.into())),
    ]
}

fn ring() -> Seal {
    let random = Sequence::new();
    let key = |generation| RootKey::generate(RootKeyGeneration(generation), &random);
    let retired = vec![key(1).into()];
    Seal::new(State { header_tag: [0; 32], current: key(2).into(), retired })
}

proptest! {
    #[test]
    fn one_place_and_generation_per_associated_data(
        one in places(), other in places(), first in 0..3u32, second in 0..3u32,
    ) {
        let (first, second) = (RootKeyGeneration(first), RootKeyGeneration(second));
        let same = one == other && first == second;
        prop_assert_eq!(associated_data(&one, first) == associated_data(&other, second), same);
    }

    #[test]
    fn opens_where_it_was_sealed_and_nowhere_else(
        one in places(), other in places(), bytes in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let seal = ring();
        let sealed = seal.seal(&one, &SecretBytes::new(bytes.clone()), &Sequence::new()).unwrap();
        prop_assert!(seal.open(&one, &sealed).unwrap().ct_eq(&bytes));
        if one != other {
            prop_assert_eq!(seal.open(&other, &sealed).err(), Some(SealError::NotAuthentic));
        }
    }
}

#[test]
fn associated_data_is_what_stored_secrets_were_bound_to() {
    let id: CredentialId = "AK1".parse().unwrap();
    let aad = associated_data(&SealedPlace::CredentialSecret(id), RootKeyGeneration(7));
    let field = |bytes: &[u8]| [&(bytes.len() as u64).to_be_bytes()[..], bytes].concat();
    let expected = [
        field(b"claviger sealed secret v1"),
        field(&[0, 0, 0, 7]),
        field(b"credential"),
        field(b"AK1"),
        field(b"secret"),
    ];
    assert_eq!(aad, expected.concat());
}

#[test]
fn no_altered_ciphertext_opens() {
    let seal = ring();
    let place = place("audit key");
    let sealed = seal.seal(&place, &secret("content"), &Sequence::new()).unwrap();
    for position in 0..sealed.bytes.len() {
        let mut altered = sealed.clone();
        altered.bytes[position] ^= 1;
        assert_eq!(seal.open(&place, &altered).err(), Some(SealError::NotAuthentic), "byte {position}");
        altered = Sealed { bytes: sealed.bytes[..position].into(), ..sealed.clone() };
        assert_eq!(seal.open(&place, &altered).err(), Some(SealError::NotAuthentic), "length {position}");
    }
}

#[test]
fn no_ciphertext_opens_under_another_generation() {
    let seal = ring();
    let place = place("audit key");
    let sealed = seal.seal(&place, &secret("content"), &Sequence::new()).unwrap();
    assert_eq!(sealed.generation, RootKeyGeneration(2));
    for (generation, expected) in [
        (0, SealError::UnknownGeneration(RootKeyGeneration(0))),
        (1, SealError::NotAuthentic),
        (3, SealError::UnknownGeneration(RootKeyGeneration(3))),
    ] {
        let moved = Sealed { generation: RootKeyGeneration(generation), ..sealed.clone() };
        assert_eq!(seal.open(&place, &moved).err(), Some(expected));
    }
}

#[test]
fn sealing_twice_gives_two_ciphertexts() {
    let (seal, random) = (ring(), Sequence::new());
    let once = seal.seal(&place("a"), &secret("content"), &random).unwrap();
    assert!(once != seal.seal(&place("a"), &secret("content"), &random).unwrap());
}

#[test]
fn derived_keys_differ_by_label_and_root_key() {
    let random = Sequence::new();
    let (_, one, _) = fresh(&random, &passphrase("a"));
    let (_, other, _) = fresh(&random, &passphrase("a"));
    let keys = [one.derive("a"), one.derive("b"), one.derive(""), other.derive("a")];
    for (i, a) in keys.iter().enumerate() {
        assert!(keys.iter().skip(i + 1).all(|b| a.expose() != b.expose()));
    }
    assert_eq!(one.derive("a").expose(), keys[0].expose());
}
