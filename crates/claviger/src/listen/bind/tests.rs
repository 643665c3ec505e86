use std::{fs, os::unix::fs::PermissionsExt};

use super::{bind_tcp, bind_unix};

#[tokio::test]
async fn an_address_in_use_is_told() {
    let first = bind_tcp("127.0.0.1:0".parse().unwrap(), "--listen").unwrap();
    let message = bind_tcp(first.local_addr().unwrap(), "--listen").unwrap_err().to_string();
    assert!(message.contains("in use") && message.contains("--listen"), "{message}");
}

#[tokio::test]
async fn a_socket_takes_the_place_of_a_dead_one_only() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists(), "a dead socket stays");
    let socket = bind_unix(path.clone(), 0o640).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    let message = bind_unix(path.clone(), 0o600).err().unwrap().to_string();
    assert!(message.contains("another process listens"), "{message}");
    drop(socket);
    assert!(!path.exists(), "the file goes away with the socket");
    fs::write(&path, b"precious").unwrap();
    let message = bind_unix(path.clone(), 0o600).err().unwrap().to_string();
    assert!(message.contains("in the way"), "{message}");
    assert_eq!(fs::read(&path).unwrap(), b"precious");
}
