use std::{fs, io, os::unix::fs::PermissionsExt};

use super::{create, read_if_any, replace};

#[test]
fn files_are_private_and_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    assert_eq!(read_if_any(&path).unwrap(), None);
    create(&path, b"one").unwrap();
    assert_eq!(create(&path, b"two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(read_if_any(&path).unwrap().unwrap(), b"one");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    replace(&path, b"three").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"three");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else may be left");
}

#[test]
fn what_a_crash_left_is_no_hindrance() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(dir.path().join(".file.new"), b"half").unwrap();
    replace(&path, b"whole").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"whole");
}
