use std::{
    fs::{self, DirBuilder},
    os::unix::fs::DirBuilderExt,
    path::Path,
    process::Child,
};

use serde_json::Value;

use crate::service::{Answer, Service, check_refused, dev, run};

/// What a service leaves when it has ended, and what opens its backup.
struct Left {
    home: tempfile::TempDir,
}

impl Left {
    fn of(service: Service) -> Self {
        // A backup is taken to another machine, and the key file comes from somewhere safe.
        let home = service.stop();
        fs::rename(home.path().join("data/backups/one"), home.path().join("backup")).unwrap();
        fs::copy(home.path().join("data/keyslot.key"), home.path().join("key")).unwrap();
        Self { home }
    }

    fn path(&self, name: &str) -> String {
        self.home.path().join(name).to_str().unwrap().to_owned()
    }

    fn restore(&self, to: &str, more: &[&str]) -> Answer {
        let (backup, data, key) = (self.path("backup"), self.path(to), self.path("key"));
        let arguments = ["restore", &backup, "--data", &data, "--key-file", &key, "--output", "json"];
        run(&[&arguments[..], more].concat(), b"")
    }

    #[track_caller]
    fn restored(&self, to: &str, more: &[&str]) -> Value {
        let answer = self.restore(to, more);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        serde_json::from_slice(&answer.stdout).unwrap()
    }

    /// Lets `claviger dev` serve what was restored, which it does only where it is told that this is for development.
    fn serve(&self, name: &str) -> Served {
        let data = self.home.path().join(name);
        for file in ["development", "keyslot.key"] {
            fs::copy(self.home.path().join("data").join(file), data.join(file)).unwrap();
        }
        Served(dev(&data).0)
    }
}

struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn json(data: &str, arguments: &[&str]) -> Value {
    let answer = run(&[arguments, &["--data", data, "--output", "json"]].concat(), b"");
    assert_eq!(answer.code, 0, "{arguments:?}: {}", answer.stderr);
    serde_json::from_slice(&answer.stdout).unwrap()
}

#[test]
fn what_was_encrypted_before_decrypts_after() {
    let service = Service::start();
    let key = service.create_key(&["--alias", "app"]);
    let encrypted = service.run_with(&["encrypt", &key], b"message").stdout;
    service.ok(&["backup", "one"]);
    let scheduled = service.create_key(&[]);
    service.ok(&["keys", "schedule-deletion", &key, "--days", "7"]);
    let token = service.json(&["credentials", "create", "admin", "--kind", "bearer-token"]);
    drop((scheduled, token));
    let left = Left::of(service);

    let restored = left.restored("new", &["--audit", &left.path("data/audit")]);
    assert!(restored["pending"][&key].is_string(), "{restored}");
    assert_eq!(restored["lost"], serde_json::json!({ "CreateCredential": 1, "CreateKey": 1 }));
    let data = left.path("new");
    let served = left.serve("new");
    assert_eq!(json(&data, &["keys", "show", "alias/app"])["state"], "pending-deletion");
    let cancelled = run(&["keys", "cancel-deletion", "alias/app", "--data", &data], b"");
    assert_eq!(cancelled.code, 0, "{}", cancelled.stderr);
    assert_eq!(run(&["keys", "enable", "alias/app", "--data", &data], b"").code, 0);
    assert_eq!(run(&["decrypt", "--data", &data], &encrypted).stdout, b"message");
    // The log goes on where it was, and tells of the restore.
    assert_eq!(run(&["audit", "verify", "--data", &data], b"").code, 0);
    let records = json(&data, &["audit", "query"]);
    assert!(records.as_array().unwrap().iter().any(|record| record["event"] == "restored"));
    assert!(records.as_array().unwrap().iter().any(|record| record["operation"] == "Encrypt"));
    drop(served);
}

#[test]
fn a_revoked_credential_does_not_come_back() {
    let service = Service::start();
    let made = service.json(&["credentials", "create", "application", "--kind", "bearer-token"]);
    let id = made["id"].as_str().unwrap().to_owned();
    service.ok(&["backup", "one"]);
    service.ok(&["credentials", "revoke", &id]);
    let left = Left::of(service);
    let restored = left.restored("new", &["--audit", &left.path("data/audit")]);
    assert_eq!(restored["revoked"], serde_json::json!([id]));
}

#[test]
fn a_revoked_certificate_does_not_come_back() {
    let service = Service::start();
    let key = |alias: &str| {
        service.ok(&["keys", "create", "--spec", "ec-p256", "--usage", "sign", "--alias", alias])
    };
    key("root");
    key("leaf");
    service.ok(&["ca", "create", "root", "--key", "alias/root", "--subject", "CN=root"]);
    let issued = service.json(&[
        "ca",
        "issue",
        "root",
        "--profile",
        "client",
        "--key",
        "alias/leaf",
        "--subject",
        "CN=leaf",
    ]);
    let serial = issued["serial"].as_str().unwrap().to_owned();
    service.ok(&["backup", "one"]);
    service.ok(&["ca", "revoke", "root", &serial, "--reason", "key-compromise"]);
    let left = Left::of(service);
    let restored = left.restored("new", &["--audit", &left.path("data/audit")]);
    assert_eq!(restored["certificates"], serde_json::json!([format!("root/{serial}")]));
}

#[test]
fn without_the_log_it_begins_anew_and_says_what_is_not_known() {
    let service = Service::start();
    service.create_key(&[]);
    service.ok(&["backup", "one"]);
    let left = Left::of(service);
    let (backup, data, key) = (left.path("backup"), left.path("new"), left.path("key"));
    let answer = run(&["restore", &backup, "--data", &data, "--key-file", &key, "--without-audit"], b"");
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let text = String::from_utf8(answer.stdout).unwrap();
    assert!(text.contains("nobody can tell which keys were destroyed"), "{text}");
    let served = left.serve("new");
    let records = json(&data, &["audit", "query"]);
    assert_eq!(records[0]["event"], "restored");
    assert_eq!(json(&data, &["keys", "list"])["keys"].as_array().unwrap().len(), 1);
    drop(served);
}

#[test]
fn what_is_wrong_is_found_before_anything_is_made() {
    let service = Service::start();
    service.create_key(&[]);
    service.ok(&["backup", "one"]);
    service.create_key(&[]);
    let wrong = service.write("wrong", b"wrong-wrong-wrong-wrong-wrong-wrong");
    let left = Left::of(service);
    let audit = left.path("data/audit");
    let check = |answer: Answer, expected: &[&str]| {
        check_refused(&answer, &["restore"], 1, expected);
        assert!(!Path::new(&left.path("new")).join("keyslots.json").exists());
    };
    let (backup, data) = (left.path("backup"), left.path("new"));
    let arguments = ["restore", &backup, "--data", &data, "--key-file", &wrong, "--audit", &audit];
    check(run(&arguments, b""), &["no keyslot opens"]);
    check(left.restore("data", &["--audit", &audit]), &["is not empty"]);
    check(left.restore("new", &["--audit", "/nonexistent"]), &["/nonexistent"]);

    let segment = left.home.path().join("data/audit/00000001.log");
    let log = fs::read_to_string(&segment).unwrap();
    fs::write(&segment, log.replacen("CreateKey", "CreateKea", 1)).unwrap();
    check(left.restore("new", &["--audit", &audit]), &["can't be relied on"]);
    fs::write(&segment, &log).unwrap();

    let partial = left.home.path().join("partial");
    DirBuilder::new().mode(0o700).create(&partial).unwrap();
    let key = left.path("key");
    let arguments =
        ["restore", partial.to_str().unwrap(), "--data", &data, "--key-file", &key, "--audit", &audit];
    check(run(&arguments, b""), &["keyslots.json", "not a backup"]);
}

#[test]
fn a_log_that_is_being_written_is_not_taken() {
    let service = Service::start();
    service.ok(&["backup", "one"]);
    let data = service.data();
    let path = |name: &str| data.join(name).to_str().unwrap().to_owned();
    let (backup, audit, key, new) =
        (path("backups/one"), path("audit"), path("keyslot.key"), service.file("new"));
    let arguments = ["restore", &backup, "--data", &new, "--audit", &audit, "--key-file", &key];
    check_refused(&run(&arguments, b""), &arguments, 1, &["another claviger uses"]);
    assert!(!Path::new(&new).exists());
}
