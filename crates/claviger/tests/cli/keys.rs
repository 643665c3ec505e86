use std::fs;

use claviger_crypto::{PrivateKey, sha256};

use crate::service::Service;

#[test]
fn a_message_comes_back() {
    let service = Service::start();
    let key = service.create_key(&["--description", "of a test", "--alias", "app"]);
    let listed = service.json(&["keys", "list"]);
    assert_eq!(listed["keys"][0]["id"], *key);
    assert!(service.ok(&["keys", "list"]).contains(&key));

    let message = b"\x00binary\xff\n";
    let encrypted = service.run_with(&["encrypt", "alias/app", "--context", "purpose=test"], message);
    assert_eq!(encrypted.code, 0, "{}", encrypted.stderr);
    let decrypted = service.run_with(&["decrypt", "--context", "purpose=test"], &encrypted.stdout);
    assert_eq!(decrypted.stdout, message);

    let file = service.write("message", message);
    let (ciphertext, out) = (service.file("ciphertext"), service.file("out"));
    service.ok(&["encrypt", &key, "--in", &file, "--out", &ciphertext, "--out-encoding", "base64"]);
    service.ok(&["decrypt", "--in", &ciphertext, "--in-encoding", "base64", "--out", &out]);
    assert_eq!(fs::read(&out).unwrap(), message);

    let anew = service.run_with(
        &["re-encrypt", &key, "--source-context", "purpose=test", "--context", "purpose=other"],
        &encrypted.stdout,
    );
    let decrypted = service.run_with(&["decrypt", "--context", "purpose=other"], &anew.stdout);
    assert_eq!(decrypted.stdout, message);
}

/// What is written may be secret, so that nobody else may read it.
#[test]
fn files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let service = Service::start();
    let key = service.create_key(&[]);
    let (encrypted, plain) = (service.file("encrypted"), service.file("plain"));
    service.ok(&[
        "data-key",
        &key,
        "--bytes",
        "16",
        "--ciphertext-out",
        &encrypted,
        "--plaintext-out",
        &plain,
    ]);
    assert_eq!(fs::metadata(&plain).unwrap().permissions().mode() & 0o777, 0o600);
    let decrypted = service.run(&["decrypt", "--in", &encrypted]);
    assert_eq!(decrypted.stdout, fs::read(&plain).unwrap());
    assert_eq!(decrypted.stdout.len(), 16);

    let shown = service.json(&["data-key", &key, "--ciphertext-out", &encrypted, "--plaintext-out", &plain]);
    assert!(shown.get("plaintext").is_none(), "the data key is shown: {shown}");
}

#[test]
fn signatures_are_checked_by_the_exit_code() {
    let service = Service::start();
    let key = service.create_key(&["--spec", "ec-p256"]);
    let (message, signature) = (service.write("message", b"message"), service.file("signature"));
    let algorithm = ["--algorithm", "ECDSA_SHA_256"];
    service.ok(&[&["sign", &key, "--in", &message, "--out", &signature], &algorithm[..]].concat());
    let verify = ["verify", &key, "--signature", &signature];
    service.ok(&[&verify[..], &algorithm, &["--in", &message]].concat());
    let other = service.write("other", b"other");
    service.refused(&[&verify[..], &algorithm, &["--in", &other]].concat(), 1, &["InvalidSignature"]);
    let digest = service.write("digest", &sha256(b"message"));
    service.ok(&[&verify[..], &algorithm, &["--in", &digest, "--message-type", "DIGEST"]].concat());
    assert!(service.ok(&["public-key", &key]).starts_with("-----BEGIN PUBLIC KEY-----\n"));

    let mac_key = service.create_key(&["--spec", "hmac-sha256"]);
    let code = service.file("code");
    let algorithm = ["--algorithm", "HMAC_SHA_256"];
    service.ok(&[&["mac", &mac_key, "--in", &message, "--out", &code], &algorithm[..]].concat());
    let verify = ["verify-mac", &mac_key, "--mac", &code];
    service.ok(&[&verify[..], &algorithm, &["--in", &message]].concat());
    service.refused(&[&verify[..], &algorithm, &["--in", &other]].concat(), 1, &["InvalidMac"]);
}

#[test]
fn raw_modes_keep_their_vectors_in_files() {
    let service = Service::start();
    let key = service.create_key(&["--spec", "aes-128"]);
    let (sealed, iv) = (service.file("sealed"), service.file("iv"));
    let bound = service.write("bound", b"bound");
    let gcm = ["--mode", "gcm", "--additional-data", &bound];
    let encrypt = ["raw-encrypt", &key, "--iv-out", &iv, "--out", &sealed];
    assert!(service.run_with(&[&encrypt[..], &gcm].concat(), b"message").code == 0);
    let decrypt = ["raw-decrypt", &key, "--iv", &iv, "--in", &sealed, "--key-version", "1"];
    assert_eq!(service.run(&[&decrypt[..], &gcm].concat()).stdout, b"message");
    service.refused(&[&decrypt[..], &["--mode", "gcm"]].concat(), 1, &["InvalidCiphertext"]);
    service.refused(&["raw-encrypt", &key, "--mode", "gcm"], 2, &["--iv-out"]);
}

#[test]
fn two_key_pairs_share_a_secret() {
    let service = Service::start();
    let key = || service.create_key(&["--spec", "ec-p256", "--usage", "key-agreement"]);
    let (one, other) = (key(), key());
    let (one_public, other_public) = (service.file("one"), service.file("other"));
    service.ok(&["public-key", &one, "--out", &one_public]);
    service.ok(&["public-key", &other, "--der", "--out", &other_public]);
    let secret = service.run(&["derive", &one, "--public-key", &other_public]);
    assert_eq!(secret.stdout.len(), 32, "{}", secret.stderr);
    assert_eq!(service.run(&["derive", &other, "--public-key", &one_public]).stdout, secret.stdout);
}

#[test]
fn brought_material_is_used() {
    let service = Service::start();
    let key = service.create_key(&["--imported"]);
    service.refused(&["encrypt", &key], 1, &["pending import"]);
    let material = service.write("material", &[7; 32]);
    service.ok(&["keys", "import", &key, "--material", &material]);
    let encrypted = service.run_with(&["encrypt", &key], b"message");
    service.ok(&["keys", "delete-material", &key]);
    service.refused(&["encrypt", &key], 1, &["pending import"]);
    let other = service.write("other", &[8; 32]);
    service.refused(&["keys", "import", &key, "--material", &other], 1, &["IncorrectKeyMaterial"]);
    service.ok(&["keys", "import", &key, "--material", &material]);
    assert_eq!(service.run_with(&["decrypt"], &encrypted.stdout).stdout, b"message");

    let signer = service.create_key(&["--spec", "ed25519", "--imported"]);
    let private = PrivateKey::generate_ed25519().unwrap();
    let pem = service.write("private", &pem("PRIVATE KEY", &private.to_pkcs8().unwrap()));
    service.ok(&["keys", "import", &signer, "--material", &pem]);
    let public = service.run(&["public-key", &signer, "--der"]);
    assert_eq!(public.stdout, private.public_key_der().unwrap());
}

fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der)).into_bytes()
}

#[test]
fn what_can_be_set_of_a_key() {
    let service = Service::start();
    let key = service.create_key(&["--tag", "stage=test"]);
    service.ok(&["keys", "describe", &key, "described"]);
    service.ok(&["keys", "tag", &key, "team=a", "cost=b=c"]);
    service.ok(&["keys", "untag", &key, "stage"]);
    let tags = service.json(&["keys", "tags", &key]);
    assert_eq!(tags["tags"], serde_json::json!({ "team": "a", "cost": "b=c" }));
    service.ok(&["keys", "rotation", "set", &key, "--days", "90"]);
    service.ok(&["keys", "rotate", &key]);
    assert_eq!(service.json(&["keys", "rotation", "list", &key])["rotations"][0]["kind"], "on-demand");
    service.ok(&["keys", "rotation", "stop", &key]);
    let policy = service.json(&["keys", "policy", "get", &key])["policy"].as_str().unwrap().to_owned();
    let file = service.write("policy", policy.as_bytes());
    service.ok(&["keys", "policy", "put", &key, "--file", &file]);
    service.ok(&["keys", "disable", &key]);
    service.refused(&["encrypt", &key], 1, &["is disabled"]);
    service.ok(&["keys", "enable", &key]);
    service.ok(&["keys", "schedule-deletion", &key, "--days", "7"]);
    let shown = service.json(&["keys", "show", &key]);
    assert_eq!((&shown["state"], &shown["description"]), (&"pending-deletion".into(), &"described".into()));
    service.ok(&["keys", "cancel-deletion", &key]);
    service.ok(&["keys", "alias", "create", "one", &key]);
    let other = service.create_key(&[]);
    service.ok(&["keys", "alias", "update", "alias/one", &other]);
    assert_eq!(service.json(&["keys", "show", "alias/one"])["id"], *other);
    service.ok(&["keys", "alias", "delete", "one"]);
    service.refused(&["keys", "show", "alias/one"], 1, &["NotFound"]);
}
