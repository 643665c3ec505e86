//! Keyslots that a token opens, and the key store of a go-kms whose master key a token has.

use std::{fs, io::Write, net::TcpStream, process::Command};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use claviger_crypto::{AesGcm, aes_cbc_encrypt, hmac_sha256};

use crate::{
    hsm::Hsm,
    process::{PATIENCE, read_to_end, run, write_private},
};

impl Hsm {
    /// With a keyslot in the token and no other, and a key that encrypts.
    fn unlocked() -> Self {
        let hsm = Self::new();
        hsm.init_token();
        let running = hsm.site.serve();
        hsm.ok(&["keys", "create", "--alias", "made-before"]);
        hsm.encrypt();
        let slots = hsm.ok(&["keyslots", "list"]);
        let first = slots["keyslots"][0]["id"].as_str().unwrap();
        let added = hsm.ok(&["keyslots", "add", "--label", "token", "--provider", "hsm"]);
        assert_eq!(
            (&added["kind"], &added["parameters"]["mechanism"]),
            (&"pkcs11".into(), &"aes-256-gcm".into())
        );
        hsm.ok(&["keyslots", "remove", first]);
        running.stop();
        hsm.unlock("hsm");
        hsm
    }

    fn unlock(&self, name: &str) {
        let source = format!("{{ from = 'provider', name = '{name}' }}");
        self.site.configure_unlock(&source, &self.provider_table(name));
    }

    fn encrypt(&self) {
        let [message, ciphertext] = self.files();
        fs::write(&message, b"message").unwrap();
        let encrypt = ["encrypt", "alias/made-before", "--in", &message, "--out", &ciphertext];
        let data = self.site.data().display().to_string();
        assert!(run(&[&encrypt[..], &["--data", &data]].concat()).success);
    }

    fn decrypts(&self) {
        let data = self.site.data().display().to_string();
        let decrypted = run(&["decrypt", "--in", &self.files()[1], "--data", &data]);
        assert_eq!(decrypted.stdout, "message", "{}", decrypted.stderr);
    }

    /// An AES-256 key of somebody else's.
    fn put_key(&self, label: &str) {
        let file = self.site.path("key-in-token");
        fs::write(&file, KEY_IN_TOKEN).unwrap();
        let import =
            ["--import", file.to_str().unwrap(), "--aes", "--token", "keys", "--pin", "1234", "--id", "01"];
        let put = Command::new("softhsm2-util")
            .args(import)
            .args(["--label", label])
            .env("SOFTHSM2_CONF", self.site.path("softhsm2.conf"))
            .output()
            .unwrap();
        assert!(put.status.success(), "{put:?}");
    }

    /// As a client of go-kms.
    fn gokms(&self, path: &str, body: &str, key: &[u8]) -> String {
        let date =
            Command::new("date").args(["-u", "+%a, %d %b %Y %H:%M:%S UTC"]).env("LC_ALL", "C").output();
        let date = String::from_utf8(date.unwrap().stdout).unwrap();
        let date = date.trim();
        let code = hmac_sha256(key.trim_ascii_end(), format!("POST\n{date}\n{path}").as_bytes());
        let code = STANDARD.encode(code);
        let mut stream = TcpStream::connect(self.site.http).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Accept: application/json\r\nx-kms-date: {date}\r\nAuthorization: {code}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        String::from_utf8(read_to_end(&mut stream)).unwrap()
    }

    fn files(&self) -> [String; 2] {
        ["message", "ciphertext"].map(|name| self.site.path(name).display().to_string())
    }
}

#[test]
fn a_token_opens_the_service_without_a_passphrase() {
    let hsm = Hsm::unlocked();
    let checked = run(&["serve", "--check", "--config", hsm.site.config().to_str().unwrap()]);
    assert!(checked.success, "{}", checked.stderr);
    let running = hsm.site.serve();
    hsm.decrypts();
    // The service opens the slot and locks it anew by itself.
    let rotated = hsm.ok(&["root-key", "rotate"]);
    assert_eq!(rotated["generation"], 2);
    running.stop();
    let running = hsm.site.serve();
    hsm.decrypts();
    // The last slot stays; one that is removed leaves its key, and says so.
    let key = hsm.ok(&["keyslots", "list"])["keyslots"][0]["parameters"]["key-id"].clone();
    let second = hsm.ok(&[
        "keyslots",
        "add",
        "--label",
        "second",
        "--provider",
        "hsm",
        "--key",
        "pkcs11:object=claviger%20keyslot",
    ]);
    assert_eq!(second["parameters"]["key-id"], key);
    let removed = hsm.ok(&["keyslots", "remove", second["id"].as_str().unwrap()]);
    let advice = removed["advice"].as_str().unwrap();
    assert!(advice.contains(&format!("Its key {} stays in the device", key.as_str().unwrap())), "{advice}");
    running.stop();
}

#[test]
fn an_installation_begins_with_a_token() {
    let hsm = Hsm::new();
    hsm.init_token();
    fs::remove_dir_all(hsm.site.data()).unwrap();
    hsm.unlock("hsm");
    hsm.site.init();
    let running = hsm.site.serve();
    assert_eq!(hsm.ok(&["keyslots", "list"])["keyslots"][0]["kind"], "pkcs11");
    running.stop();
}

#[test]
fn a_token_that_is_away_is_told() {
    let hsm = Hsm::unlocked();
    fs::rename(hsm.site.path("tokens"), hsm.site.path("pulled-out")).unwrap();
    fs::create_dir(hsm.site.path("tokens")).unwrap();
    hsm.site.refused(&["can't be used now", "no token is there that fits the configuration"]);
    // Another token under the same name.
    hsm.init_token();
    hsm.site.refused(&["no keyslot opens with", "device"]);
    fs::remove_dir_all(hsm.site.path("tokens")).unwrap();
    fs::rename(hsm.site.path("pulled-out"), hsm.site.path("tokens")).unwrap();
    let running = hsm.site.serve();
    hsm.decrypts();
    running.stop();
}

#[test]
fn a_wrong_pin_keeps_the_service_from_starting_and_is_tried_once() {
    let hsm = Hsm::unlocked();
    fs::write(hsm.site.path("pin"), b"4321\n").unwrap();
    hsm.site.refused(&["the token refused the PIN", "not tried again", "pin-hsm.latch"]);
    for pin in ["4321\n", "1234\n"] {
        fs::write(hsm.site.path("pin"), pin).unwrap();
        for _ in 0..2 {
            // Three wrong ones would lock the token.
            hsm.site.refused(&["a login failed", "pin-hsm.latch"]);
        }
    }
    let data = hsm.site.data().display().to_string();
    assert!(run(&["providers", "forget-pin-failure", "hsm", "--data", &data]).success);
    let running = hsm.site.serve();
    hsm.decrypts();
    running.stop();
}

#[test]
fn a_backup_is_restored_with_the_token() {
    let hsm = Hsm::unlocked();
    let running = hsm.site.serve();
    hsm.ok(&["backup", "kept"]);
    running.stop();
    let [backup, config, audit] = ["data/backups/kept", "claviger.toml", "data/audit"]
        .map(|name| hsm.site.path(name).display().to_string());
    let restored = hsm.site.path("restored").display().to_string();
    let arguments = ["restore", &backup, "--data", &restored, "--audit", &audit, "--config", &config];
    let ended = run(&arguments);
    assert!(ended.success, "{}", ended.stderr);
    assert!(fs::exists(hsm.site.path("restored/keyslots.json")).unwrap());
}

#[test]
fn unlocking_names_a_provider_that_there_is() {
    let hsm = Hsm::new();
    hsm.site.configure_unlock("{ from = 'provider', name = 'nobody' }", &hsm.provider_table("hsm"));
    hsm.site.refused(&["unlock.name", "there is no provider \"nobody\""]);
    hsm.site.configure_unlock("{ from = 'provider', name = 'software' }", "");
    hsm.site.refused(&["unlock.name"]);
}

const KEY_IN_TOKEN: [u8; 32] = [0x4b; 32];
const MASTER_KEY: [u8; 32] = [0x6d; 32];
const DATA_KEY: [u8; 32] = [0x64; 32];
const ID: &str = "6f90d707-3b6a-4321-b32c-3c1d37915c1b";

fn under(key: &[u8], nonce: u8, message: &[u8]) -> Vec<u8> {
    [vec![nonce; 12], AesGcm::new(key).unwrap().seal(&[nonce; 12], &[], message).unwrap()].concat()
}

/// As go-kms writes it: initialization vector, then the master key and a block of padding in CBC.
fn wrapped_master_key() -> Vec<u8> {
    let padded = [&MASTER_KEY[..], &[16; 16]].concat();
    [vec![7; 16], aes_cbc_encrypt(&KEY_IN_TOKEN, &[7; 16], &padded).unwrap()].concat()
}

#[test]
fn a_key_store_whose_master_key_a_token_has_is_taken_over() {
    let hsm = Hsm::new();
    hsm.init_token();
    hsm.put_key("go-kms master");
    let store = hsm.site.path("go-kms");
    fs::create_dir(&store).unwrap();
    write_private(&store.join("hsm.master"), &wrapped_master_key());
    let json = format!(
        r#"{{"KeyMetadata":{{"KeyId":"{ID}","CreationDate":"2015-01-28T10:42:13Z","Description":"old","Enabled":true}},"AESKey":"{}"}}"#,
        STANDARD.encode(DATA_KEY)
    );
    write_private(&store.join(format!("{ID}.key")), &under(&MASTER_KEY, 1, json.as_bytes()));
    let running = hsm.site.serve();
    hsm.wait("usable");
    let data = hsm.site.data().display().to_string();
    let (store, config) = (store.display().to_string(), hsm.site.config().display().to_string());
    let import = |label: &str| {
        let import = ["import", "go-kms", "--keys", &store, "--provider", "hsm", "--config", &config];
        run(&[&import[..], &["--key-label", label, "--data", &data]].concat())
    };
    let missing = import("another");
    assert!(missing.stderr.contains("the key is not on the token"), "{}", missing.stderr);
    let imported = import("go-kms master");
    assert!(imported.success && imported.stdout.contains(ID), "{}{}", imported.stdout, imported.stderr);
    let ciphertext = [under(&MASTER_KEY, 2, ID.as_bytes()), under(&DATA_KEY, 3, b"message")].concat();
    let key = hsm.site.path("shared-key").display().to_string();
    let made = hsm.ok(&["credentials", "create", "admin", "--kind", "shared-key", "--secret-out", &key]);
    running.stop();
    let credential = made["id"].as_str().unwrap();
    hsm.configure("hsm", &format!("gokms = {{ credential = '{credential}' }}"));
    let running = hsm.site.serve();
    let body = format!(r#"{{"CiphertextBlob":"{}"}}"#, STANDARD.encode(ciphertext));
    let answer = hsm.gokms("/api/v1/go-kms/decrypt", &body, &fs::read(&key).unwrap());
    let plaintext = format!(r#"{{"Plaintext":"{}"}}"#, STANDARD.encode("message"));
    assert!(answer.contains(&plaintext), "{answer}");
    running.stop();
}
