use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use claviger_core::seal::{Header, Seal, create};
use claviger_ports::Clock;

use super::{Asking, credential_path, lock};
use crate::{
    ambient::{SystemClock, SystemRandom},
    config::Unlock,
    devices::Devices,
    failure::Result,
};

fn file(dir: &tempfile::TempDir, name: &str, content: &[u8], mode: u32) -> PathBuf {
    let path = dir.path().join(name);
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

fn open(header: &Header, sources: &[Unlock]) -> Result<Seal> {
    super::open(header, sources, &Devices::default())
}

#[test]
fn what_made_a_slot_opens_it() {
    let dir = tempfile::tempdir().unwrap();
    let key = Unlock::KeyFile(file(&dir, "key", KEY, 0o600));
    let other = Unlock::KeyFile(file(&dir, "other", b"0123456789abcdef0123456789abcdeX", 0o600));
    let phrase = Unlock::PassphraseFile(file(&dir, "phrase", b"correct horse\n", 0o640));
    let same = Unlock::PassphraseFile(file(&dir, "same", b"correct horse", 0o400));
    let wrong = Unlock::PassphraseFile(file(&dir, "wrong", b"wrong", 0o600));
    let header = |source: &Unlock| {
        let lock = lock(source, Asking::Once, &Devices::default()).unwrap();
        create(&*lock, "test".parse().unwrap(), &SystemRandom, SystemClock.now()).unwrap().0
    };
    let of_key = header(&key);
    open(&of_key, std::slice::from_ref(&key)).unwrap();
    open(&of_key, &[other.clone(), key]).unwrap();
    let of_phrase = header(&phrase);
    open(&of_phrase, &[same]).unwrap();
    let message = open(&of_phrase, &[wrong]).err().unwrap().to_string();
    assert!(message.contains("no keyslot opens with this passphrase"), "{message}");
    let message = open(&of_phrase, &[other]).err().unwrap().to_string();
    assert!(message.contains("no keyslot is of a kind offered (key-file)"), "{message}");
    let message = open(&of_phrase, &[]).err().unwrap().to_string();
    assert!(message.contains("[[unlock]]"), "{message}");
}

#[test]
fn sources_that_are_not_right_are_told() {
    let dir = tempfile::tempdir().unwrap();
    #[track_caller]
    fn check(source: Unlock, expected: &str) {
        let message = lock(&source, Asking::Once, &Devices::default()).err().unwrap().to_string();
        assert!(message.contains(expected), "{message}");
    }
    check(Unlock::PassphraseFile(dir.path().join("gone")), "gone can't be read");
    check(Unlock::PassphraseFile(file(&dir, "empty", b"\r\n", 0o600)), "passphrase is empty");
    check(Unlock::PassphraseFile(file(&dir, "open", b"x", 0o644)), "has mode 644");
    check(Unlock::KeyFile(file(&dir, "writable", KEY, 0o620)), "has mode 620");
    check(Unlock::KeyFile(file(&dir, "short", b"short", 0o600)), "at least 32");
    check(Unlock::PassphraseFd(987), "/dev/fd/987");
}

#[test]
fn credentials_are_files_of_one_directory() {
    let directory = || Some(PathBuf::from("/run/credentials/claviger.service"));
    assert_eq!(
        credential_path("pass", directory()).unwrap(),
        PathBuf::from("/run/credentials/claviger.service/pass")
    );
    for name in ["", "../pass", ".pass", "a/b"] {
        assert!(credential_path(name, directory()).is_err(), "{name}");
    }
    assert!(credential_path("pass", None).unwrap_err().to_string().contains("LoadCredential="));
}
