//! Keyslots that a KMIP server opens: PyKMIP, or another Claviger.

use std::{fs, path::Path};

use claviger_pykmip::{Pki, PyKmip};

use crate::{
    kmip::provider_table,
    process::{Running, Site, free_address, run, write_private},
};

const UNLOCK: &str = "{ from = 'provider', name = 'vault' }";

const KEY: &str = "key = client.create(enums.CryptographicAlgorithm.AES, 256)
client.activate(key)
print(key)";

/// An installation with one keyslot, in the server of this provider, and a key that encrypts.
fn unlocked(table: impl Fn(&Site) -> String) -> Site {
    let site = Site::new("");
    site.configure(&table(&site));
    site.init();
    let running = site.serve();
    site.ok(&["keys", "create", "--alias", "made-before"]);
    let [message, ciphertext] = files(&site);
    fs::write(&message, b"message").unwrap();
    site.ok(&["encrypt", "alias/made-before", "--in", &message, "--out", &ciphertext]);
    let slots = site.ok(&["keyslots", "list"]);
    let first = slots["keyslots"][0]["id"].as_str().unwrap();
    let added = site.ok(&["keyslots", "add", "--label", "server", "--provider", "vault"]);
    assert_eq!(added["kind"], "kmip", "{added}");
    site.ok(&["keyslots", "remove", first]);
    running.stop();
    site.configure_unlock(UNLOCK, &table(&site));
    site
}

fn of(server: &PyKmip) -> impl Fn(&Site) -> String {
    |site| provider_table(site, server.port(), server.pki())
}

fn files(site: &Site) -> [String; 2] {
    ["message", "ciphertext"].map(|name| site.path(name).display().to_string())
}

#[track_caller]
fn decrypts(site: &Site) {
    let decrypted = site.run(&["decrypt", "--in", &files(site)[1]]);
    assert_eq!(decrypted.stdout, "message", "{}", decrypted.stderr);
}

#[test]
fn a_kmip_server_opens_the_service_without_a_passphrase() {
    let server = PyKmip::start();
    let site = unlocked(of(&server));
    let checked = run(&["serve", "--check", "--config", site.config().to_str().unwrap()]);
    assert!(checked.success, "{}", checked.stderr);
    let running = site.serve();
    decrypts(&site);
    // The service opens the slot and locks it anew by itself.
    assert_eq!(site.ok(&["root-key", "rotate"])["generation"], 2);
    running.stop();
    let running = site.serve();
    decrypts(&site);
    // A key that is there can be named. One that is removed from the slots stays where it is, and is told.
    let named = server.client("claviger", KEY);
    let second = ["keyslots", "add", "--label", "second", "--provider", "vault", "--key", named.trim()];
    let second = site.ok(&second);
    assert_eq!(second["parameters"]["key-id"], named.trim());
    let own = site.ok(&["keyslots", "list"])["keyslots"][0].clone();
    let removed = site.ok(&["keyslots", "remove", own["id"].as_str().unwrap()]);
    let advice = removed["advice"].as_str().unwrap();
    let key = own["parameters"]["key-id"].as_str().unwrap();
    assert!(advice.contains(&format!("Its key {key} stays in the device")), "{advice}");
    let last = site.run(&["keyslots", "remove", second["id"].as_str().unwrap()]);
    assert!(!last.success && last.stderr.contains("this is the last keyslot"), "{}", last.stderr);
    running.stop();
    let running = site.serve();
    decrypts(&site);
    running.stop();
}

#[test]
fn a_server_that_is_away_is_told() {
    let mut server = PyKmip::start();
    let site = unlocked(of(&server));
    server.stop();
    let port = server.port().to_string();
    site.refused(&["keyslot", "can't be used now", &port]);
    server.run();
    let running = site.serve();
    decrypts(&site);
    running.stop();
}

/// Servers that count their keys call them the same.
#[test]
fn another_server_is_no_tampering() {
    let [server, other] = [PyKmip::start(), PyKmip::start()];
    let site = unlocked(of(&server));
    let running = site.serve();
    let key = key_of_slot(&site);
    running.stop();
    let same = (0..10).any(|_| other.client("claviger", KEY).trim() == key);
    assert!(same, "the other server has no key {key}");
    site.configure_unlock(UNLOCK, &of(&other)(&site));
    site.refused(&["no keyslot opens with", "device"]);
    site.configure_unlock(UNLOCK, &of(&server)(&site));
    let running = site.serve();
    decrypts(&site);
    running.stop();
}

#[test]
fn a_key_that_is_gone_is_told() {
    let server = PyKmip::start();
    let site = unlocked(of(&server));
    let running = site.serve();
    let key = key_of_slot(&site);
    running.stop();
    let destroy = format!(
        "client.revoke(enums.RevocationReasonCode.CESSATION_OF_OPERATION, '{key}')
client.destroy('{key}')
print('{key}' in client.locate())"
    );
    assert_eq!(server.client("claviger", &destroy).trim(), "False");
    site.refused(&["no keyslot opens with", "device"]);
}

#[test]
fn an_installation_begins_with_a_server() {
    let server = PyKmip::start();
    let site = Site::new("");
    site.configure_unlock(UNLOCK, &of(&server)(&site));
    site.init();
    let running = site.serve();
    assert_eq!(site.ok(&["keyslots", "list"])["keyslots"][0]["kind"], "kmip");
    running.stop();
}

/// A service whose KMIP front others open their keyslots with.
struct Vault {
    site: Site,
    port: u16,
    pki: Pki,
}

const CLIENT: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:CreateKey","Resource":"*"}}"#;

impl Vault {
    fn new() -> (Self, Running) {
        let (site, address) = (Site::new(""), free_address());
        let pki = Pki::new(site.dir.path());
        write_private(&site.path("own-server.key"), &fs::read(pki.server_key()).unwrap());
        let shown = |path: &Path| path.display().to_string();
        site.configure(&format!(
            "[[kmip]]\nlisten = '{address}'\ntls = {{ certificate = '{}', key = '{}', client_ca = '{}' }}\n",
            shown(&pki.server()),
            shown(&site.path("own-server.key")),
            shown(&pki.ca()),
        ));
        site.init();
        let running = site.serve();
        let (policy, certificate) = (shown(&site.path("client.json")), shown(&pki.certificate("claviger")));
        fs::write(&policy, CLIENT).unwrap();
        site.ok(&["principals", "create", "other"]);
        site.ok(&["policies", "put", "other", "kmip", "--file", &policy]);
        let credential = ["credentials", "create", "other", "--kind", "client-certificate"];
        site.ok(&[&credential[..], &["--certificate", &certificate]].concat());
        (Self { site, port: address.port(), pki }, running)
    }
}

#[test]
fn a_claviger_opens_another() {
    let (vault, serving) = Vault::new();
    let site = unlocked(|site| provider_table(site, vault.port, &vault.pki));
    let running = site.serve();
    decrypts(&site);
    assert_eq!(site.ok(&["root-key", "rotate"])["generation"], 2);
    running.stop();
    serving.stop();
    site.refused(&["keyslot", "can't be used now"]);
    let serving = vault.site.serve();
    let running = site.serve();
    decrypts(&site);
    // Who may not use the key any more can't start.
    let key = key_of_slot(&site);
    running.stop();
    vault.site.ok(&["keys", "disable", &key]);
    site.refused(&["keyslot", "can't be used now"]);
    vault.site.ok(&["keys", "enable", &key]);
    let running = site.serve();
    decrypts(&site);
    running.stop();
    serving.stop();
}

/// What the server calls the key of the one slot.
fn key_of_slot(site: &Site) -> String {
    let slots = site.ok(&["keyslots", "list"]);
    slots["keyslots"][0]["parameters"]["key-id"].as_str().unwrap().to_owned()
}
