use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use super::DataDir;

fn with_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_new_directory_is_private() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("a").join("data");
    let dir = DataDir::create(&path).unwrap();
    assert_eq!(fs::metadata(dir.path()).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(dir.is_empty().unwrap());
    assert!(!dir.is_development());
}

#[test]
fn what_others_can_use_is_refused() {
    #[track_caller]
    fn check(directory: u32, file: u32, expected: Option<&str>) {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        DataDir::create(&path).unwrap();
        fs::write(path.join("file"), b"").unwrap();
        with_mode(&path.join("file"), file);
        with_mode(&path, directory);
        match (DataDir::open(&path), expected) {
            (Ok(_), None) => {}
            (Err(error), Some(text)) => {
                let message = error.to_string();
                assert!(message.contains(text) && message.contains("chmod"), "{message}");
            }
            (Ok(_), Some(text)) => panic!("accepted, instead of: {text}"),
            (Err(error), None) => panic!("{error}"),
        }
    }
    check(0o700, 0o600, None);
    check(0o700, 0o400, None);
    check(0o750, 0o600, Some("has mode 750"));
    check(0o755, 0o600, Some("has mode 755"));
    check(0o701, 0o600, Some("has mode 701"));
    check(0o700, 0o640, Some("has mode 640"));
    check(0o700, 0o604, Some("has mode 604"));
}

#[test]
fn files_in_inner_directories_are_looked_at_too() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("data");
    let dir = DataDir::create(&path).unwrap();
    fs::create_dir(dir.tls()).unwrap();
    with_mode(&dir.tls(), 0o700);
    fs::write(dir.tls().join("server.key"), b"").unwrap();
    with_mode(&dir.tls().join("server.key"), 0o644);
    let message = DataDir::open(&path).err().unwrap().to_string();
    assert!(message.contains("server.key has mode 644"), "{message}");
}

#[test]
fn a_missing_directory_is_not_made_by_opening() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("data");
    let message = DataDir::open(&path).err().unwrap().to_string();
    assert!(message.contains("claviger init"), "{message}");
    assert!(!path.exists());
}

#[test]
fn only_one_can_lock_it() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("data");
    let lock = DataDir::create(&path).unwrap().lock().unwrap();
    let message = DataDir::open(&path).unwrap().lock().err().unwrap().to_string();
    assert!(message.contains("another claviger uses"), "{message}");
    drop(lock);
    DataDir::open(&path).unwrap().lock().unwrap();
}
