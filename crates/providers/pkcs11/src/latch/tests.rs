use super::*;

#[test]
fn it_stays_until_it_is_lifted() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("latch");
    assert!(!is_set(&path));
    clear(&path).unwrap();
    set(&path, "a login is tried").unwrap();
    assert!(is_set(&path));
    assert_eq!(set(&path, "once more").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read_to_string(&path).unwrap(), "a login is tried");
    clear(&path).unwrap();
    assert!(!is_set(&path));
}

#[test]
fn without_its_directory_nothing_is_tried() {
    let dir = tempfile::tempdir().unwrap();
    assert!(set(&dir.path().join("none").join("latch"), "").is_err());
}
