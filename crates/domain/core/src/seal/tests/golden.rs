//! What version 1 wrote must open for ever. The files and constants here may be added to, never changed.

use claviger_types::{KeyId, RootKeyGeneration, Sealed, VersionNumber};

use super::*;
use crate::seal::SealError;

/// A rotation under way: two slots, generation 2, generation 1 retired.
const HEADER: &[u8] = include_bytes!("../../../tests/vectors/keyslots-v1.json");

fn golden(generation: u32, hex_bytes: &str) -> Sealed {
    let bytes = hex::decode(hex_bytes).unwrap().into();
    Sealed { generation: RootKeyGeneration(generation), bytes }
}

#[track_caller]
fn check_golden(lock: &dyn KeyslotKind) {
    let seal = check_opens(&Header::parse(HEADER).unwrap(), lock);
    let first = golden(
        1,
        "4c0e071832d527694adea57b50dd7b2164c2a47c02940dcf90f5767b25892da2662b7ae61fb00c9dae3969b6fde472ca\
         a1a236b5998e964f33757a6e2b2d1e91823bc50df6db16",
    );
    let second = golden(
        2,
        "e66c57014a6156061ae669809ec5d735e484e8fcfd540e117188561d60c0b1b1a645fe682842953ee7f10385a87b1f03\
         95de65091bb5374bc1335d2007c38da987fa78f93e1caa9c",
    );
    let handle = SealedPlace::VersionHandle(KeyId::from_bytes([0x11; 16]), VersionNumber::FIRST);
    let opened = seal.open(&place("audit-key"), &first).unwrap();
    assert!(opened.ct_eq(b"sealed under the first root key"));
    assert!(seal.open(&handle, &second).unwrap().ct_eq(b"sealed under the second root key"));
    assert_eq!(seal.open(&handle, &first).err(), Some(SealError::NotAuthentic));
    let derived = "6509f4ac3620db940bdd964c3ae072f7ebfdc50eaf07bf24790f8861c67ce585";
    assert_eq!(hex::encode(seal.derive("label").expose()), derived);
}

#[test]
fn version_1_opens_with_its_passphrase() {
    check_golden(&Passphrase::new(secret("correct horse battery staple")).unwrap());
}

#[test]
fn version_1_opens_with_its_key_file() {
    check_golden(&key_file(1));
}

#[test]
fn version_1_is_written_as_it_was_read() {
    assert_eq!(Header::parse(HEADER).unwrap().encode(), HEADER);
}
