//! Keys in a token: SoftHSM, as its users have it.

use std::{
    fs,
    path::PathBuf,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::client::get;
use crate::process::{PATIENCE, Running, Site, run, write_private};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// An installation with a token.
pub(crate) struct Hsm {
    pub(crate) site: Site,
}

impl Hsm {
    pub(crate) fn new() -> Self {
        assert!(fs::exists(MODULE).unwrap(), "{MODULE} is missing: install softhsm2");
        let site = Site::new("");
        fs::create_dir(site.path("tokens")).unwrap();
        let conf = format!("directories.tokendir = {}\nlog.level = ERROR\n", site.path("tokens").display());
        fs::write(site.path("softhsm2.conf"), conf).unwrap();
        write_private(&site.path("pin"), b"1234\n");
        let hsm = Self { site };
        hsm.configure("hsm", "");
        hsm.site.init();
        hsm
    }

    pub(crate) fn init_token(&self) {
        let made = Command::new("softhsm2-util")
            .args(["--init-token", "--free", "--label", "keys", "--pin", "1234", "--so-pin", "5678"])
            .env("SOFTHSM2_CONF", self.site.path("softhsm2.conf"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
    }

    pub(crate) fn configure(&self, name: &str, more: &str) {
        self.site.configure(&format!("{more}\n{}", self.provider_table(name)));
    }

    /// The token as a provider.
    pub(crate) fn provider_table(&self, name: &str) -> String {
        let path = |name: &str| self.site.path(name).display().to_string();
        format!(
            "[[providers]]\nkind = 'pkcs11'\nname = '{name}'\nmodule = '{MODULE}'\ntoken = 'pkcs11:token=keys'\n\
             pin = {{ from = 'file', path = '{}' }}\nenvironment = {{ SOFTHSM2_CONF = '{}' }}\nread = ['{}']\nwrite = ['{}']\n",
            path("pin"),
            path("softhsm2.conf"),
            path("softhsm2.conf"),
            path("tokens"),
        )
    }

    pub(crate) fn ok(&self, arguments: &[&str]) -> Value {
        let data = self.site.data().display().to_string();
        let ended = run(&[arguments, &["--data", &data, "--output", "json"]].concat());
        assert!(ended.success, "{arguments:?}: {}{}", ended.stdout, ended.stderr);
        serde_json::from_str(&ended.stdout).unwrap_or_default()
    }

    fn provider(&self) -> Value {
        let providers = self.ok(&["providers", "list"]);
        providers.as_array().unwrap().iter().find(|provider| provider["kind"] == "pkcs11").unwrap().clone()
    }

    pub(crate) fn wait(&self, state: &str) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let provider = self.provider();
            if provider["state"] == state {
                return provider;
            }
            assert!(Instant::now() < end, "it is not {state}: {provider}");
            sleep(Duration::from_millis(100));
        }
    }

    fn message(&self) -> PathBuf {
        let path = self.site.path("message");
        fs::write(&path, b"message").unwrap();
        path
    }

    fn signs(&self) -> bool {
        let (message, signature) = (self.message(), self.site.path("signature"));
        let data = self.site.data().display().to_string();
        let (message, signature) = (message.display().to_string(), signature.display().to_string());
        let algorithm = "ECDSA_SHA_256";
        let sign = [
            "sign",
            "alias/signer",
            "--algorithm",
            algorithm,
            "--in",
            &message,
            "--out",
            &signature,
            "--data",
            &data,
        ];
        let signed = run(&sign).success;
        if signed {
            let public = self.site.path("public.pem").display().to_string();
            assert!(run(&["public-key", "alias/signer", "--out", &public, "--data", &data]).success);
            let checked = Command::new("openssl")
                .args(["dgst", "-sha256", "-verify", &public, "-signature", &signature, &message])
                .output()
                .unwrap();
            assert!(checked.status.success(), "{checked:?}");
        }
        signed
    }

    fn make_signer(&self) -> Value {
        self.ok(&[
            "keys",
            "create",
            "--spec",
            "ec-p256",
            "--usage",
            "sign",
            "--provider",
            "hsm",
            "--alias",
            "signer",
        ])
    }
}

fn worker_of(running: &Running) -> i32 {
    let children = format!("/proc/{0}/task/{0}/children", running.pid());
    let end = Instant::now() + PATIENCE;
    loop {
        // Its children are those of any of its threads.
        let tasks = fs::read_dir(format!("/proc/{}/task", running.pid())).unwrap();
        let of_task = |task: std::io::Result<fs::DirEntry>| {
            fs::read_to_string(task.ok()?.path().join("children")).ok()?.trim().parse().ok()
        };
        if let Some(worker) = tasks.filter_map(of_task).next() {
            return worker;
        }
        assert!(Instant::now() < end, "there is no worker in {children}");
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn keys_of_a_token_sign_and_outlive_restarts_and_renaming() {
    let hsm = Hsm::new();
    hsm.init_token();
    let running = hsm.site.serve();
    let id = hsm.wait("usable")["id"].clone();
    let made = hsm.make_signer();
    assert_eq!(made["versions"][0]["protection_level"], "hsm");
    assert_eq!(made["versions"][0]["provider"], id);
    assert!(hsm.signs());
    running.stop();
    hsm.configure("renamed", "");
    let running = hsm.site.serve();
    let provider = hsm.wait("usable");
    assert_eq!((&provider["name"], &provider["id"]), (&"renamed".into(), &id));
    assert!(hsm.signs());
    running.stop();
}

#[test]
fn a_worker_that_dies_is_replaced() {
    let hsm = Hsm::new();
    hsm.init_token();
    let running = hsm.site.serve();
    hsm.wait("usable");
    hsm.make_signer();
    let killed = Command::new("kill").args(["-9", &worker_of(&running).to_string()]).status().unwrap();
    assert!(killed.success());
    let end = Instant::now() + PATIENCE;
    while !hsm.signs() {
        assert!(Instant::now() < end, "the token does not come back");
    }
    running.stop();
}

#[test]
fn a_token_that_is_not_there_at_the_start_is_waited_for() {
    let hsm = Hsm::new();
    let running = hsm.site.serve();
    assert_eq!(hsm.wait("probing")["name"], "hsm");
    let ready = get(hsm.site.http, "/readyz", "");
    assert_eq!(ready.status, 200);
    assert!(ready.text.ends_with("\r\n\r\nok\nprovider hsm: probing\n"), "{}", ready.text);
    let usable = || get(hsm.site.http, "/metrics", "").text;
    assert!(usable().contains("claviger_provider_usable{provider=\"hsm\"} 0"), "{}", usable());
    // What needs no token works.
    hsm.ok(&["keys", "create"]);
    hsm.init_token();
    hsm.wait("usable");
    assert!(usable().contains("claviger_provider_usable{provider=\"hsm\"} 1"), "{}", usable());
    hsm.make_signer();
    assert!(hsm.signs());
    running.stop();
}

#[test]
fn a_wrong_pin_is_tried_once_and_never_again() {
    let hsm = Hsm::new();
    hsm.init_token();
    fs::write(hsm.site.path("pin"), b"4321\n").unwrap();
    for _ in 0..4 {
        // Three wrong ones would lock the token.
        let running = hsm.site.serve();
        hsm.wait("unusable");
        running.stop();
    }
    fs::write(hsm.site.path("pin"), b"1234\n").unwrap();
    let running = hsm.site.serve();
    hsm.wait("unusable");
    running.stop();
    let data = hsm.site.data().display().to_string();
    let cleared = run(&["providers", "forget-pin-failure", "hsm", "--data", &data]);
    assert!(cleared.success, "{}", cleared.stderr);
    let running = hsm.site.serve();
    hsm.wait("usable");
    running.stop();
}
