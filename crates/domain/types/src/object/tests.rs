use super::{ObjectId, ObjectState};
use crate::{KeyId, VersionState};

/// Bytes that look random, and those at the ends.
fn samples() -> impl Iterator<Item = [u8; 16]> {
    let mixed = (0..1000u64).map(|n| {
        let a = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let b = (a ^ (a >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        u128::from_be_bytes([a.to_be_bytes(), b.to_be_bytes()].concat().try_into().unwrap()).to_be_bytes()
    });
    [[0; 16], [0xff; 16]].into_iter().chain(mixed)
}

#[test]
fn either_half_is_found_from_the_other() {
    for bytes in samples() {
        let key = KeyId::from_random(bytes);
        let (own, public) = (ObjectId::of_key(key), ObjectId::of_public_half(key));
        assert_ne!(own, public);
        assert_eq!((own.is_public_half(), public.is_public_half()), (false, true));
        assert_eq!((own.key(), public.key()), (key, key));
        assert_eq!(own.to_string(), key.to_string());
        for id in [own, public] {
            assert_eq!(id.to_string().parse(), Ok(id));
            assert_eq!(ObjectId::from_bytes(*id.as_bytes()), id);
        }
        // What is no key never looks like the public half of one.
        assert!(!ObjectId::from_random(bytes).is_public_half());
    }
}

#[test]
fn ids_are_text_as_other_uuids() {
    let key: KeyId = "11111111-1111-4111-8111-111111111111".parse().unwrap();
    let public = ObjectId::of_public_half(key);
    assert_eq!(public.to_string(), "11111111-1111-8111-8111-111111111111");
    for wrong in ["", "1", "11111111111141118111111111111111", "{11111111-1111-4111-8111-111111111111}"] {
        let error = wrong.parse::<ObjectId>().unwrap_err();
        assert_eq!(error.to_string(), "not a valid unique identifier");
    }
}

const OBJECTS: [ObjectState; 6] = [
    ObjectState::Active,
    ObjectState::Compromised,
    ObjectState::Deactivated,
    ObjectState::Destroyed,
    ObjectState::DestroyedCompromised,
    ObjectState::PreActive,
];

const VERSIONS: [VersionState; 10] = [
    VersionState::Active,
    VersionState::Compromised,
    VersionState::Deactivated,
    VersionState::Destroyed,
    VersionState::DestructionScheduled,
    VersionState::Disabled,
    VersionState::Failed,
    VersionState::PendingGeneration,
    VersionState::PendingImport,
    VersionState::PreActive,
];

/// Only activation gives a version more than it may, and only to one that waits for it.
#[test]
fn versions_follow_their_object_and_never_come_back() {
    for object in OBJECTS {
        for version in VERSIONS {
            let Some(next) = version.following(object) else { continue };
            let gains = (next.may_protect() && !version.may_protect())
                || (next.may_process() && !version.may_process());
            match version {
                VersionState::PreActive if object != ObjectState::Compromised => assert!(gains),
                _ => assert!(!gains, "{version:?} becomes {next:?} with {object:?}"),
            }
            assert_eq!(next.following(object), None, "it follows once");
        }
    }
    let used = |version: VersionState| version.may_process() || version.may_protect();
    for version in VERSIONS.into_iter().filter(|version| used(*version)) {
        assert_eq!(version.following(ObjectState::Compromised), Some(VersionState::Compromised));
    }
}

#[test]
fn destruction_is_final_and_remembers_a_compromise() {
    for state in OBJECTS {
        let gone = state.destroyed();
        assert!(gone.is_destroyed());
        assert_eq!(gone.destroyed(), gone);
        let was = matches!(state, ObjectState::Compromised | ObjectState::DestroyedCompromised);
        assert_eq!(gone == ObjectState::DestroyedCompromised, was);
    }
}
