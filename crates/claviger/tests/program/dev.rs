use std::{collections::BTreeMap, fs, net::SocketAddr, os::unix::fs::PermissionsExt, path::Path};

use crate::{
    client::{Tls, get, get_tls, get_unix},
    process::{Running, events, refused},
};

fn address(exports: &BTreeMap<String, String>) -> SocketAddr {
    exports["AWS_ENDPOINT_URL_KMS"].strip_prefix("https://").unwrap().parse().unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn it_serves_over_tls_with_what_it_prints() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let (running, exports) = Running::dev(&data, &[]);
    let names: Vec<&str> = exports.keys().map(String::as_str).collect();
    let expected = [
        "AWS_ACCESS_KEY_ID",
        "AWS_CA_BUNDLE",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL_KMS",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS",
        "GOKMSCLI_AUTHKEY",
        "GOKMSCLI_URL",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_CLOUD_PROJECT",
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    ];
    assert_eq!(names, expected);
    assert_eq!(exports["AWS_ACCESS_KEY_ID"].len(), 20);
    assert_eq!(exports["AWS_SECRET_ACCESS_KEY"].len(), 40);
    let tls = Tls::new(Path::new(&exports["AWS_CA_BUNDLE"]), &[], None);
    for name in ["127.0.0.1", "localhost", "::1"] {
        let answer = get_tls(address(&exports), name, "/healthz", "", &tls).unwrap();
        assert!(answer.status == 200 && answer.text.ends_with("ok\n"), "{name}: {}", answer.text);
    }
    assert!(get_tls(address(&exports), "example.com", "/healthz", "", &tls).is_err());
    assert_eq!(get_tls(address(&exports), "localhost", "/readyz", "", &tls).unwrap().status, 200);
    assert_eq!(get_unix(&data.join("claviger.sock"), "/healthz").status, 200);
    let resident = running.resident();
    assert!(resident <= 16 << 10, "{resident} KiB are resident");
    running.stop();
    assert!(!data.join("claviger.sock").exists());
    assert_eq!(events(&data), ["bootstrap-intent", "bootstrap", "started", "stopped"]);
}

#[test]
fn both_protocols_are_negotiated() {
    let dir = tempfile::tempdir().unwrap();
    let (_running, exports) = Running::dev(&dir.path().join("data"), &[]);
    let ca = Path::new(&exports["AWS_CA_BUNDLE"]).to_owned();
    let negotiated = |offered: &[&[u8]]| {
        let mut stream = Tls::new(&ca, offered, None).connect(address(&exports), "localhost").unwrap();
        stream.conn.complete_io(&mut stream.sock).unwrap();
        stream.conn.alpn_protocol().map(<[u8]>::to_vec)
    };
    assert_eq!(negotiated(&[b"h2", b"http/1.1"]).unwrap(), b"h2");
    assert_eq!(negotiated(&[b"http/1.1"]).unwrap(), b"http/1.1");
    assert_eq!(negotiated(&[]), None);
}

#[test]
fn what_is_in_the_directory_is_private() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let (_running, exports) = Running::dev(&data, &[]);
    assert_eq!(mode(&data), 0o700);
    for name in [
        "dev.env",
        "google.json",
        "keyslot.key",
        "keyslots.json",
        "claviger.db",
        "tls/ca.key",
        "tls/server.key",
    ] {
        assert_eq!(mode(&data.join(name)), 0o600, "{name}");
    }
    assert_eq!(fs::read_to_string(data.join(".gitignore")).unwrap(), "*\n");
    let script = format!(". {} && printf %s \"$AWS_SECRET_ACCESS_KEY\"", data.join("dev.env").display());
    let output = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), exports["AWS_SECRET_ACCESS_KEY"]);
}

fn google_account(data: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(data.join("google.json")).unwrap()).unwrap()
}

/// Everything but the port, which the system chooses.
fn lasting(mut exports: BTreeMap<String, String>) -> BTreeMap<String, String> {
    exports.remove("AWS_ENDPOINT_URL_KMS");
    exports.remove("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS");
    exports.remove("GOKMSCLI_URL");
    exports
}

#[test]
fn a_second_start_uses_everything_again() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let (running, first) = Running::dev(&data, &[]);
    let ca = fs::read(data.join("tls/ca.pem")).unwrap();
    let account = google_account(&data);
    running.stop();
    let (running, second) = Running::dev(&data, &[]);
    // After a crash, and if somebody removed the file with the exports.
    running.kill();
    fs::remove_file(data.join("dev.env")).unwrap();
    let (running, third) = Running::dev(&data, &[]);
    assert_eq!(ca, fs::read(data.join("tls/ca.pem")).unwrap());
    let later = google_account(&data);
    for member in ["private_key", "private_key_id", "client_email", "project_id"] {
        assert_eq!(account[member], later[member], "{member}");
    }
    assert_eq!(later["token_uri"], format!("https://{}/token", address(&third)));
    let tls = Tls::new(Path::new(&third["AWS_CA_BUNDLE"]), &[], None);
    assert_eq!(get_tls(address(&third), "localhost", "/readyz", "", &tls).unwrap().status, 200);
    assert!(data.join("dev.env").exists());
    let (first, second, third) = (lasting(first), lasting(second), lasting(third));
    assert_eq!(first, second);
    assert_eq!(first, third);
    running.stop();
    // The private key is nowhere else, so that there is another one then.
    fs::remove_file(data.join("google.json")).unwrap();
    let (running, _) = Running::dev(&data, &[]);
    assert_ne!(account["private_key_id"], google_account(&data)["private_key_id"]);
    running.stop();
}

#[test]
fn only_loopback_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let shown = data.to_str().unwrap();
    refused(&["dev", "--data", shown, "--listen", "0.0.0.0:0"], &["loopback only", "claviger serve"]);
    refused(&["dev", "--data", shown, "--listen", "[::]:0"], &["loopback only"]);
    let insecure = ["dev", "--data", shown, "--listen", "127.0.0.1:0", "--insecure-http", "0.0.0.0:0"];
    refused(&insecure, &["not a loopback address"]);
    assert!(!data.exists(), "a refusal changes nothing");
    let http = crate::process::free_address();
    let (_running, _) = Running::dev(&data, &["--insecure-http", &http.to_string()]);
    assert_eq!(get(http, "/healthz", "").status, 200);
}

#[test]
fn a_directory_of_others_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    crate::process::make_private_dir(&data);
    crate::process::write_private(&data.join("thesis.tex"), b"precious");
    let arguments = ["dev", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    refused(&arguments, &["not empty", "--data"]);
    assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
}

#[test]
fn a_second_process_is_kept_out() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let (running, _) = Running::dev(&data, &[]);
    let arguments = ["dev", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    refused(&arguments, &["another claviger uses", "stop it first"]);
    running.stop();
}

#[test]
fn an_address_in_use_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = dir.path().join("data");
    refused(&["dev", "--data", data.to_str().unwrap(), "--listen", &address], &["in use", "--listen"]);
    // The next attempt goes on from there.
    let (running, _) = Running::dev(&data, &[]);
    running.stop();
}
