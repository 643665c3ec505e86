//! Keys in a KMIP server: PyKMIP, as its users have it.

use std::{
    fs,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use claviger_pykmip::{Pki, PyKmip};
use serde_json::Value;

use crate::process::{PATIENCE, Site, write_private};

/// An installation with a KMIP server.
struct Kmip {
    site: Site,
    server: PyKmip,
}

/// The provider `vault`: the KMIP server of this port and certificates. The site gets the key of the client.
pub(crate) fn provider_table(site: &Site, port: u16, pki: &Pki) -> String {
    let key = site.path(&format!("client-{port}.key"));
    if !key.exists() {
        write_private(&key, &fs::read(pki.key("claviger")).unwrap());
    }
    format!(
        "\n[[providers]]\nkind = 'kmip'\nname = 'vault'\nhost = 'localhost'\nport = {port}\nserver_ca = '{}'\n\
         certificate = '{}'\nkey = '{}'\ndeadline = '30s'\n",
        pki.ca().display(),
        pki.certificate("claviger").display(),
        key.display(),
    )
}

impl Kmip {
    fn new() -> Self {
        let server = PyKmip::start();
        let site = Site::new("");
        site.configure(&provider_table(&site, server.port(), server.pki()));
        site.init();
        Self { site, server }
    }

    fn run(&self, arguments: &[&str]) -> crate::process::Ended {
        self.site.run(arguments)
    }

    fn ok(&self, arguments: &[&str]) -> Value {
        self.site.ok(arguments)
    }

    fn wait(&self, state: &str) -> Value {
        let end = Instant::now() + 2 * PATIENCE;
        loop {
            let providers = self.ok(&["providers", "list"]);
            let provider = providers.as_array().unwrap().iter().find(|provider| provider["kind"] == "kmip");
            let provider = provider.unwrap();
            // The id comes after the state: which server it is, it has to prove.
            if provider["state"] == state && (state != "usable" || provider["id"].is_string()) {
                return provider.clone();
            }
            assert!(Instant::now() < end, "it is not {state}: {provider}");
            sleep(Duration::from_millis(100));
        }
    }

    fn signs(&self) -> bool {
        let path = |name: &str| self.site.path(name).display().to_string();
        let (message, signature, public) = (path("message"), path("signature"), path("public.pem"));
        fs::write(&message, b"message").unwrap();
        let algorithm = "RSASSA_PKCS1_V1_5_SHA_256";
        let sign = ["sign", "alias/signer", "--algorithm", algorithm, "--in", &message, "--out", &signature];
        if !self.run(&sign).success {
            return false;
        }
        assert!(self.run(&["public-key", "alias/signer", "--out", &public]).success);
        let checked = Command::new("openssl")
            .args(["dgst", "-sha256", "-verify", &public, "-signature", &signature, &message])
            .output()
            .unwrap();
        assert!(checked.status.success(), "{checked:?}");
        true
    }
}

#[test]
fn keys_of_a_kmip_server_sign_and_outlive_restarts_of_both() {
    let mut kmip = Kmip::new();
    let running = kmip.site.serve();
    let id = kmip.wait("usable")["id"].clone();
    let create = ["keys", "create", "--spec", "rsa-2048", "--usage", "sign", "--provider", "vault"];
    let made = kmip.ok(&[&create[..], &["--alias", "signer"]].concat());
    assert_eq!(made["versions"][0]["provider"], id);
    assert!(kmip.signs());
    let seen = kmip.server.client("claviger", "print(client.get_attributes(client.locate()[0])[1])");
    assert!(seen.contains("claviger"), "{seen}");
    running.stop();

    let running = kmip.site.serve();
    assert_eq!(kmip.wait("usable")["id"], id);
    assert!(kmip.signs());

    kmip.server.stop();
    assert!(!kmip.signs());
    kmip.wait("probing");
    kmip.server.run();
    let end = Instant::now() + PATIENCE;
    while !kmip.signs() {
        assert!(Instant::now() < end, "the server does not come back");
    }
    running.stop();
}
