//! Keys that move from software to a token and on to another, and what is left behind.

use std::{
    fs,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::process::{Ended, PATIENCE, Running, Site, run, write_private};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// An installation with two tokens, `a` and `b`, which the providers of that name are.
struct Tokens {
    site: Site,
}

impl Tokens {
    fn new() -> Self {
        assert!(fs::exists(MODULE).unwrap(), "{MODULE} is missing: install softhsm2");
        let site = Site::new("");
        fs::create_dir(site.path("tokens")).unwrap();
        let conf = format!("directories.tokendir = {}\nlog.level = ERROR\n", site.path("tokens").display());
        fs::write(site.path("softhsm2.conf"), conf).unwrap();
        write_private(&site.path("pin"), b"1234\n");
        let tokens = Self { site };
        for label in ["a", "b"] {
            let slot = ["--init-token", "--free", "--label", label, "--pin", "1234", "--so-pin", "5678"];
            tokens.tool("softhsm2-util", &slot);
        }
        tokens.site.configure(&["a", "b"].map(|name| tokens.provider(name)).concat());
        tokens.site.init();
        let latch = tokens.site.data().join("pin-a.latch");
        assert!(!latch.exists(), "what makes no keys has logged in");
        tokens
    }

    fn provider(&self, name: &str) -> String {
        let path = |name: &str| self.site.path(name).display().to_string();
        format!(
            "\n[[providers]]\nkind = 'pkcs11'\nname = '{name}'\nmodule = '{MODULE}'\ntoken = 'pkcs11:token={name}'\n\
             pin = {{ from = 'file', path = '{}' }}\nenvironment = {{ SOFTHSM2_CONF = '{}' }}\nread = ['{}']\nwrite = ['{}']\n",
            path("pin"),
            path("softhsm2.conf"),
            path("softhsm2.conf"),
            path("tokens"),
        )
    }

    /// `claviger serve`, as soon as both tokens can be used.
    fn serve(&self) -> Running {
        let running = self.site.serve();
        self.wait("both tokens can be used", || {
            let providers = self.ok(&["providers", "list"]);
            providers.as_array().unwrap().iter().all(|provider| provider["state"] == "usable")
        });
        running
    }

    fn wait(&self, what: &str, is_so: impl Fn() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !is_so() {
            assert!(Instant::now() < end, "it is not so that {what}");
            sleep(Duration::from_millis(100));
        }
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let data = self.site.data().display().to_string();
        run(&[arguments, &["--data", &data]].concat())
    }

    fn ok(&self, arguments: &[&str]) -> Value {
        let ended = self.run(&[arguments, &["--output", "json"]].concat());
        assert!(ended.success, "{arguments:?}: {}{}", ended.stdout, ended.stderr);
        serde_json::from_str(&ended.stdout).unwrap_or_default()
    }

    /// A command that answers, and does not end well.
    fn partly(&self, arguments: &[&str]) -> Value {
        let ended = self.run(&[arguments, &["--output", "json"]].concat());
        assert!(!ended.success, "{arguments:?}: {}", ended.stdout);
        serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{arguments:?}: {}", ended.stderr))
    }

    fn file(&self, name: &str) -> String {
        self.site.path(name).display().to_string()
    }

    fn encrypt(&self, name: &str) {
        fs::write(self.site.path("message"), b"message").unwrap();
        let (message, out) = (self.file("message"), self.file(name));
        let ended = self.run(&["encrypt", "alias/app", "--in", &message, "--out", &out]);
        assert!(ended.success, "{}", ended.stderr);
    }

    fn decrypts(&self, name: &str) -> bool {
        let ended = self.run(&["decrypt", "--in", &self.file(name)]);
        assert!(!ended.success || ended.stdout == "message");
        ended.success
    }

    fn tool(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(program)
            .args(arguments)
            .env("SOFTHSM2_CONF", self.site.path("softhsm2.conf"))
            .output()
            .unwrap_or_else(|_| panic!("{program} is missing: install softhsm2 and opensc"));
        assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn on_token(&self, token: &str, arguments: &[&str]) -> String {
        let login = ["--module", MODULE, "--token-label", token, "--login", "--pin", "1234"];
        self.tool("pkcs11-tool", &[&login, arguments].concat())
    }

    /// How many objects are on a token; a key pair is two.
    fn objects(&self, token: &str) -> usize {
        let listed = self.on_token(token, &["--list-objects"]);
        listed
            .lines()
            .filter(|line| line.contains(" Object;") || line.starts_with("Secret Key Object"))
            .count()
    }

    /// As if the waiting period of every version were over. The service must not run.
    fn wait_no_more(&self) {
        let database = rusqlite::Connection::open(self.site.data().join("claviger.db")).unwrap();
        let changed = database
            .execute("UPDATE version SET destroy_at = 1 WHERE state = 'destruction-scheduled'", [])
            .unwrap();
        assert!(changed > 0);
    }
}

fn adopt<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let command = ["keys", "adopt", "--provider", "a", "--spec", "ec-p256", "--locator"];
    [&command, more].concat()
}

#[test]
fn keys_move_from_software_to_a_token_and_to_another() {
    let tokens = Tokens::new();
    let running = tokens.serve();
    tokens.ok(&["keys", "create", "--alias", "app"]);
    tokens.ok(&["keys", "create", "--spec", "ec-p256", "--provider", "a", "--alias", "signer"]);
    tokens.encrypt("in-software");
    let tried = tokens.ok(&["providers", "roll", "--from", "software", "--to", "a", "--dry-run"]);
    assert_eq!(tried["moved"].as_array().unwrap().len(), 1);
    let identity = 2;
    assert_eq!(tokens.objects("a"), identity + 2);
    let moved = tokens.ok(&["providers", "roll", "--from", "software", "--to", "a"]);
    assert_eq!(moved["moved"].as_array().unwrap().len(), 1);
    assert_eq!(tokens.objects("a"), identity + 2 + 1);
    tokens.encrypt("in-a");

    let moved = tokens.partly(&["providers", "roll", "--from", "a", "--to", "b"]);
    assert_eq!(moved["moved"].as_array().unwrap().len(), 1, "{moved}");
    let why = moved["not_movable"][0]["why"].as_str().unwrap();
    assert!(why.contains("another public key"), "{why}");
    let drained = tokens.partly(&["providers", "drain", "a", "--destroy", "--yes", "--keys", "alias/signer"]);
    assert_eq!(drained[0]["needed"], "primary");
    let named = ["providers", "roll", "--from", "a", "--to", "b", "--keys", "alias/signer", "--new-material"];
    assert_eq!(tokens.ok(&named)["moved"].as_array().unwrap().len(), 1);
    let again = tokens.ok(&["providers", "roll", "--from", "a", "--to", "b"]);
    assert_eq!(again["already_moved"].as_array().unwrap().len(), 2, "{again}");
    tokens.encrypt("in-b");
    assert!(["in-software", "in-a", "in-b"].iter().all(|name| tokens.decrypts(name)));
    let shown = tokens.ok(&["keys", "show", "alias/signer"]);
    let version = &shown["versions"][1];
    assert_eq!((&version["provider_name"], &version["device_id"]), (&"b".into(), &version["tag"]));
    assert_eq!(version["subject_key_id"].as_str().unwrap().len(), 40);

    let there = tokens.ok(&["providers", "drain", "a"]);
    assert!(there.as_array().unwrap().iter().all(|version| version.get("needed").is_none()), "{there}");
    assert!(!tokens.run(&["providers", "drain", "a", "--destroy"]).success, "nobody was asked");
    let drained = tokens.ok(&["providers", "drain", "a", "--destroy", "--yes"]);
    let scheduled = |version: &Value| version["state"] == "destruction-scheduled";
    assert!(drained.as_array().unwrap().iter().all(scheduled), "{drained}");
    assert!(!tokens.decrypts("in-a"));
    tokens.ok(&["keys", "restore-version", "alias/app", "2"]);
    tokens.ok(&["keys", "enable-version", "alias/app", "2"]);
    assert!(tokens.decrypts("in-a"), "it was taken back");
    tokens.ok(&["keys", "destroy-version", "alias/app", "2"]);
    assert_eq!(tokens.objects("a"), identity + 2 + 1, "the waiting period is not over");
    running.stop();

    tokens.wait_no_more();
    let running = tokens.serve();
    tokens.wait("nothing but the identity is left", || tokens.objects("a") == identity);
    assert_eq!(tokens.ok(&["providers", "drain", "a"]), Value::Array(Vec::new()));
    assert!(!tokens.decrypts("in-a"));
    assert!(tokens.decrypts("in-software") && tokens.decrypts("in-b"));
    assert_eq!(tokens.objects("b"), identity + 2 + 1);
    for name in ["a", "b"] {
        assert_eq!(tokens.ok(&["providers", "sweep", name, "--remove"]), Value::Array(Vec::new()));
    }
    running.stop();
}

#[test]
fn a_key_of_a_token_is_taken_over_and_another_installations_are_left_alone() {
    let tokens = Tokens::new();
    let pair = ["--keypairgen", "--key-type", "EC:prime256v1", "--sensitive"];
    tokens.on_token("a", &[&pair[..], &["--label", "theirs", "--id", "0102"]].concat());
    let other = "ab".repeat(20);
    tokens.on_token("a", &[&pair[..], &["--label", "claviger", "--id", &other]].concat());
    let running = tokens.serve();
    let adopted = tokens.ok(&adopt(&["pkcs11:token=a;object=theirs", "--alias", "theirs"]));
    assert_eq!(
        (&adopted["origin"], &adopted["versions"][0]["device_id"]),
        (&"adopted".into(), &"0102".into())
    );
    let (message, signature) = (tokens.file("message"), tokens.file("signature"));
    fs::write(&message, b"message").unwrap();
    let sign =
        ["sign", "alias/theirs", "--algorithm", "ECDSA_SHA_256", "--in", &message, "--out", &signature];
    let signed = tokens.run(&sign);
    assert!(signed.success, "{}", signed.stderr);
    let again = tokens.run(&adopt(&["pkcs11:id=%01%02"]));
    assert!(again.stderr.contains("AlreadyExists"), "{}", again.stderr);
    let with_pin = tokens.run(&adopt(&["pkcs11:object=theirs?pin-value=1234"]));
    assert!(
        with_pin.stderr.contains("pin-value") && !with_pin.stderr.contains("1234"),
        "{}",
        with_pin.stderr
    );

    let objects = tokens.objects("a");
    let swept = tokens.ok(&["providers", "sweep", "a", "--remove"]);
    assert_eq!(swept.as_array().unwrap().len(), 1, "{swept}");
    assert_eq!((&swept[0]["kind"], &swept[0]["tag"]), (&"unknown".into(), &other.clone().into()));
    assert_eq!(tokens.objects("a"), objects);
    let swept = tokens.ok(&["providers", "sweep", "a", "--remove", "--unknown"]);
    assert_eq!(swept[0]["removed"], true, "{swept}");
    assert_eq!(tokens.objects("a"), objects - 2);
    running.stop();
}
