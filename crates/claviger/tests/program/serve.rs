use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Stdio};

use claviger_log::{Ed25519Verifier, verify};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use x509_parser::prelude::FromDer;

use crate::{
    client::{Tls, get, get_tls, get_unix},
    process::{Running, Site, command, ended, events, free_address, refused, write_private},
};

#[test]
fn it_serves_what_was_initialised() {
    let site = Site::new("");
    site.init();
    let running = site.serve();
    assert_eq!(get(site.http, "/healthz", "").status, 200);
    assert_eq!(get(site.http, "/readyz", "").status, 200);
    assert_eq!(get_unix(&site.data().join("claviger.sock"), "/readyz").status, 200);
    running.stop();
    assert_eq!(events(&site.data()), ["bootstrap-intent", "bootstrap", "started", "stopped"]);
}

#[test]
fn the_audit_log_verifies_with_the_published_key() {
    let site = Site::new("");
    site.init();
    site.serve().kill();
    site.serve().stop();
    let (_, pem) =
        x509_parser::pem::parse_x509_pem(&fs::read(site.data().join("audit-signing-key.pem")).unwrap())
            .map(|(rest, pem)| (rest.to_vec(), pem))
            .unwrap();
    x509_parser::x509::SubjectPublicKeyInfo::from_der(&pem.contents).unwrap();
    let key = Ed25519Verifier::from_spki_der(&pem.contents).unwrap();
    verify_log(&site.data().join("audit"), &key);
}

fn verify_log(dir: &Path, key: &Ed25519Verifier) {
    let report = verify::verify(dir, Some(key), None).unwrap();
    assert!(report.records >= 5, "{report:?}");
}

#[test]
fn a_wrong_configuration_is_refused() {
    let site = Site::new("lisen.https = 'x'");
    site.refused(&["claviger.toml", "unknown field `lisen`"]);
    site.configure("listen.https = '127.0.0.1:0'");
    site.refused(&["claviger init"]);
    site.configure("");
    site.init();
    site.configure("listen.https = '127.0.0.1:0'");
    site.refused(&["[tls]"]);
    site.configure("account = '999999999999'");
    site.refused(&["account", "999999999999"]);
    site.configure("tls = { certificate = '/nowhere.pem', key = '/nowhere.key' }");
    site.refused(&["/nowhere.pem"]);
    fs::remove_file(site.config()).unwrap();
    site.refused(&["claviger.toml can't be read"]);
}

#[test]
fn a_data_directory_that_is_too_open_is_refused() {
    let site = Site::new("");
    site.init();
    let with_mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    with_mode(&site.data(), 0o755);
    site.refused(&["has mode 755", "chmod 700"]);
    with_mode(&site.data(), 0o700);
    with_mode(&site.data().join("keyslots.json"), 0o644);
    site.refused(&["keyslots.json has mode 644", "chmod 600"]);
    with_mode(&site.data().join("keyslots.json"), 0o600);
    site.serve().stop();
}

#[test]
fn a_development_directory_is_refused() {
    let site = Site::new("");
    Running::dev(&site.data(), &[]).0.stop();
    site.refused(&["made by 'claviger dev'", "claviger init"]);
    refused(&["init", "--config", site.config().to_str().unwrap()], &["made by 'claviger dev'"]);
}

#[test]
fn what_does_not_open_a_keyslot_is_told() {
    let site = Site::new("");
    let with_unlock = |unlock: &str| {
        let data = site.data().display().to_string();
        let http = site.http;
        fs::write(
            site.config(),
            format!("data = '{data}'\nlisten.insecure_http = '{http}'\nunlock = [{unlock}]"),
        )
        .unwrap();
    };
    write_private(&site.path("right"), b"correct horse battery staple\n");
    write_private(&site.path("wrong"), b"correct horse battery stapler\n");
    let file = |name: &str| format!("{{ from = 'passphrase-file', path = '{}' }}", site.path(name).display());
    with_unlock(&file("right"));
    site.init();
    let before = fs::read(site.data().join("keyslots.json")).unwrap();
    with_unlock(&file("wrong"));
    site.refused(&["no keyslot opens with this passphrase or key file", "nothing was changed"]);
    with_unlock("");
    site.refused(&["[[unlock]]"]);
    with_unlock(&format!("{{ from = 'key-file', path = '{}' }}", site.path("unlock.key").display()));
    site.refused(&["no keyslot is of a kind offered (key-file)", "passphrase"]);
    with_unlock("{ from = 'credential', name = 'pass' }");
    site.refused(&["LoadCredential=pass"]);
    assert_eq!(fs::read(site.data().join("keyslots.json")).unwrap(), before);
    fs::write(site.data().join("keyslots.json"), &before[..before.len() / 2]).unwrap();
    with_unlock(&file("right"));
    site.refused(&["keyslot header is damaged", "backup"]);
    fs::write(site.data().join("keyslots.json"), &before).unwrap();
    // Through a descriptor, as service managers and scripts give it.
    with_unlock("{ from = 'passphrase-fd', fd = 0 }");
    let mut check = command(&["serve", "--check", "--config", site.config().to_str().unwrap()]);
    check.stdin(fs::File::open(site.path("right")).unwrap()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let ended = ended(check.output().unwrap());
    assert!(ended.success, "{}", ended.stderr);
}

#[test]
fn nobody_who_could_call_is_no_service() {
    let site = Site::new("listen.socket.enabled = false");
    site.init();
    site.refused(&["nobody could prove who they are"]);
    site.configure("users = { 12345 = 'nobody-we-know' }");
    site.refused(&["nobody could prove who they are"]);
    site.configure("");
    site.serve().stop();
}

#[test]
fn a_log_that_was_taken_away_is_noticed() {
    let site = Site::new("");
    site.init();
    fs::remove_dir_all(site.data().join("audit")).unwrap();
    site.refused(&["audit log", "is missing"]);
}

#[test]
fn client_certificates_are_optional_and_verified() {
    let site = Site::new("");
    let server = authority(&site, "server-ca");
    let clients = authority(&site, "client-ca");
    let strangers = authority(&site, "other-ca");
    let https = free_address();
    issue(&site, &server, "server");
    issue(&site, &clients, "client");
    issue(&site, &strangers, "stranger");
    let pem = |name: &str| site.path(&format!("{name}.pem"));
    let key = |name: &str| site.path(&format!("{name}.key"));
    site.configure(&format!(
        "listen.https = '{https}'\ntls = {{ certificate = '{}', key = '{}', client_ca = '{}' }}",
        pem("server").display(),
        key("server").display(),
        pem("client-ca").display()
    ));
    site.init();
    let running = site.serve();
    let health = |client: Option<&str>| {
        let files = client.map(|name| (pem(name), key(name)));
        let client = files.as_ref().map(|(certificate, key)| (certificate.as_path(), key.as_path()));
        let tls = Tls::new(&pem("server-ca"), &[b"http/1.1"], client);
        get_tls(https, "localhost", "/healthz", "", &tls).map(|answer| answer.status)
    };
    assert_eq!(health(None).unwrap(), 200);
    assert_eq!(health(Some("client")).unwrap(), 200);
    assert!(health(Some("stranger")).is_err());
    running.stop();
}

fn authority(site: &Site, name: &str) -> Issuer<'static, KeyPair> {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    write_private(&site.path(&format!("{name}.pem")), params.self_signed(&key).unwrap().pem().as_bytes());
    Issuer::new(params, key)
}

fn issue(site: &Site, issuer: &Issuer<'static, KeyPair>, name: &str) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    write_private(&site.path(&format!("{name}.pem")), certificate.pem().as_bytes());
    write_private(&site.path(&format!("{name}.key")), key.serialize_pem().as_bytes());
}
