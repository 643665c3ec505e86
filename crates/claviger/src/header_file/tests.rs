use claviger_ports::{HeaderStore, HeaderStoreError};

use super::HeaderFile;

#[test]
fn a_header_is_made_once_and_then_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let store = HeaderFile::new(dir.path().join("header"));
    assert!(matches!(store.load(), Err(HeaderStoreError::Missing)));
    assert!(matches!(store.replace(b"x"), Err(HeaderStoreError::Missing)));
    store.create(b"one").unwrap();
    assert!(matches!(store.create(b"two"), Err(HeaderStoreError::Exists)));
    assert_eq!(store.load().unwrap(), b"one");
    store.replace(b"three").unwrap();
    assert_eq!(store.load().unwrap(), b"three");
}

#[test]
fn a_directory_that_is_gone_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let store = HeaderFile::new(dir.path().join("gone").join("header"));
    assert!(matches!(store.create(b"x"), Err(HeaderStoreError::Unavailable(_))));
}
