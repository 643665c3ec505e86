use std::fs;

use crate::service::{Service, check_refused, run};

#[test]
fn principals_get_policies_and_credentials() {
    let service = Service::start();
    service.ok(&["principals", "create", "reader"]);
    service.refused(&["policies", "test", "reader", "kms:ListKeys"], 1, &[]);
    let policy = service.write(
        "policy",
        br#"{"Version":"2012-10-17","Statement":{"Sid":"Look","Effect":"Allow","Action":"kms:ListKeys","Resource":"*"}}"#,
    );
    service.ok(&["policies", "put", "reader", "look", "--file", &policy]);
    let tested = service.json(&["policies", "test", "reader", "kms:ListKeys"]);
    assert_eq!(tested["allowed"], true);
    assert!(tested["reason"].as_str().unwrap().contains("Look"), "{tested}");
    assert!(service.ok(&["policies", "list", "reader"]).contains("look"));
    assert_eq!(
        service.ok(&["policies", "show", "reader", "look"]).trim_end(),
        fs::read_to_string(&policy).unwrap()
    );
    service.ok(&["policies", "delete", "reader", "look"]);
    service.refused(&["policies", "test", "reader", "kms:ListKeys"], 1, &[]);

    let made = service.json(&["credentials", "create", "reader"]);
    let id = made["id"].as_str().unwrap();
    let listed = service.ok(&["credentials", "list", "reader"]);
    assert!(listed.contains(id) && !listed.contains(made["secret"].as_str().unwrap()), "{listed}");
    service.ok(&["credentials", "revoke", id]);
    assert!(service.json(&["credentials", "list", "reader"])["credentials"][0]["revoked"].is_string());
    service.ok(&["principals", "disable", "reader"]);
    assert_eq!(service.json(&["principals", "show", "reader"])["disabled"], true);
    service.ok(&["principals", "enable", "reader"]);
}

#[test]
fn grants_let_a_principal_use_a_key() {
    let service = Service::start();
    service.ok(&["principals", "create", "app"]);
    let arn = service.json(&["principals", "show", "app"])["arn"].as_str().unwrap().to_owned();
    let key = service.create_key(&[]);
    let grant = [
        "grants",
        "create",
        &key,
        "--grantee",
        &arn,
        "--operation",
        "Encrypt",
        "--context-subset",
        "tenant=a",
    ];
    let made = service.json(&grant);
    let id = made["id"].as_str().unwrap();
    service.ok(&["policies", "test", "app", "kms:Encrypt", &key, "--context", "tenant=a"]);
    service.refused(&["policies", "test", "app", "kms:Encrypt", &key, "--context", "tenant=b"], 1, &[]);
    assert_eq!(service.json(&["grants", "list", &key])["grants"][0]["id"], id);
    service.ok(&["grants", "revoke", &key, id]);
    assert_eq!(service.ok(&["grants", "list", &key]), "no grants\n");
}

#[test]
fn keyslots_are_changed_and_the_root_key_is_rotated() {
    let service = Service::start();
    let key = service.create_key(&[]);
    let encrypted = service.run_with(&["encrypt", &key], b"message");
    let passphrase = service.write("passphrase", b"correct horse battery staple\n");
    service.ok(&["keyslots", "add", "--label", "recovery", "--passphrase-file", &passphrase]);
    let listed = service.json(&["keyslots", "list"]);
    let slot = listed["keyslots"][1]["id"].as_str().unwrap();
    assert_eq!(listed["keyslots"][1]["kind"], "passphrase");

    let key_file = service.data().join("keyslot.key").to_str().unwrap().to_owned();
    service.refused(&["root-key", "rotate", "--key-file", &key_file], 1, &[slot, "recovery"]);
    let begun =
        service.json(&["root-key", "rotate", "--key-file", &key_file, "--passphrase-file", &passphrase]);
    assert_eq!((&begun["generation"], &begun["retired"]), (&2.into(), &serde_json::json!([1])));
    assert_eq!(service.run_with(&["decrypt"], &encrypted.stdout).stdout, b"message");
    assert!(service.ok(&["root-key", "status"]).contains("under way"));

    let removed = service.ok(&["keyslots", "remove", slot]);
    assert!(removed.contains("rotate the root key"), "{removed}");
    let last = listed["keyslots"][0]["id"].as_str().unwrap();
    service.refused(&["keyslots", "remove", last], 1, &["last keyslot"]);
}

#[test]
fn the_audit_log_is_read_and_verified() {
    let service = Service::start();
    let key = service.create_key(&[]);
    let found = service.json(&["audit", "query", "--operation", "CreateKey", "--outcome", "Ok"]);
    assert_eq!(found[0]["keys"][0]["key"], *key);
    assert!(service.ok(&["audit", "tail"]).contains("CreateKey"));
    let checkpoint = service.file("checkpoint");
    service.ok(&["audit", "checkpoint", "--out", &checkpoint]);
    service.ok(&["keys", "list"]);
    let report = service.json(&["audit", "verify", "--checkpoint", &checkpoint]);
    assert_eq!(report["held_checkpoint"], "confirmed");

    let data = service.data();
    let home = service.stop();
    let segment = data.join("audit/00000001.log");
    let log = fs::read_to_string(&segment).unwrap();
    let verify = |expected: &[&str]| {
        let arguments = ["audit", "verify", "--data", data.to_str().unwrap(), "--checkpoint", &checkpoint];
        check_refused(&run(&arguments, b""), &arguments, 1, expected);
    };
    fs::write(&segment, log.replacen("CreateKey", "CreateKea", 1)).unwrap();
    verify(&["NOT whole"]);
    let lines: Vec<&str> = log.lines().collect();
    fs::write(&segment, lines[..3].join("\n") + "\n").unwrap();
    verify(&["NOT whole", "cut off"]);
    drop(home);
}

#[test]
fn status_says_how_the_service_is() {
    let service = Service::start();
    let status = service.json(&["status"]);
    assert_eq!(status["problems"], serde_json::json!([]));
    assert!(status["caller"].as_str().unwrap().ends_with(":user/admin"));
}

/// The published example of a go-kms key store.
#[test]
fn a_key_store_of_go_kms_is_taken_over() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let id = "6f90d707-3b6a-4321-b32c-3c1d37915c1b";
    let key = "AQEBAQEBAQEBAQEBpF4i+KUPGmK9szaxU65BYpJ+qQvbkyEpWihdMjRmIVbIqHE12AYKV9AYAkQzgSqsPKTKdKaru/1U5dNg3uLrTpiFVDpaoqtda6CdoBLpUhQjMS0FaMeFywkoFmqMwBiylIhpT2PjBVhUAvMGzNayjHurUWMbHqPGYmhUYR9XBTAEqv+1snJHQfVCzsTEMz/ogcM0/7ES3BJeLi4JppwJFvg1LE1nSiqIqyEcmHG8D/bXPBPum9bWdLHCeM6jvTAicG8DoRt9nsReNJ/ffI4US/T3tm6E6nGvgOVpQLG2TS7rUl0ws8OWj5mTiw==";
    let service = Service::start();
    let store = service.home().join("store");
    fs::create_dir(&store).unwrap();
    fs::write(store.join(format!("{id}.key")), STANDARD.decode(key).unwrap()).unwrap();
    let store = store.to_str().unwrap();
    let wrong = service.write("wrong", b"wrong");
    let import = ["import", "go-kms", "--keys", store, "--passphrase-file"];
    service.refused(&[&import[..], &[&wrong]].concat(), 1, &[]);
    let passphrase =
        service.write("passphrase", b"A long passphrase that will be used to generate the master key\n");
    let import = [&import[..], &[&passphrase]].concat();
    assert_eq!(service.json(&import)["imported"], serde_json::json!([id]));
    assert_eq!(service.json(&import)["skipped"][0]["key"], id);
    assert_eq!(service.json(&["keys", "show", id])["state"], "enabled");
}
