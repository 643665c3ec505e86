//! A PIN that may be wrong is tried once.

use std::{fs, time::Duration};

use claviger_ports::{Provider, ProviderState};
use claviger_provider_pkcs11::{Config, Pin, Pkcs11Provider, TokenMatch};
use claviger_types::{KeySpec, SecretBytes};
use cryptoki_sys::{CKR_DEVICE_ERROR, CKR_PIN_EXPIRED, CKR_PIN_LOCKED};

use crate::{
    shim::{Shim, sign, signing_key},
    token::{PIN, wait_for},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_pin_is_tried_once_also_after_a_restart() {
    let shim = Shim::new();
    refused(&shim, wrong(&shim), "remove").await;
    assert_eq!(shim.count("logins"), 1);
    assert!(shim.hsm.latch().exists());
    // As if the program had been started again and again, with the right PIN or not.
    for config in [wrong(&shim), shim.config()] {
        refused(&shim, config, "remove").await;
        assert_eq!(shim.count("logins"), 1);
    }
    Pkcs11Provider::clear_pin_latch(&shim.hsm.latch()).unwrap();
    let provider = shim.ready();
    assert_eq!(shim.count("logins"), 2);
    assert!(!shim.hsm.latch().exists());
    let (_, key) = signing_key(&provider, KeySpec::EcP256).await;
    sign(&key).await.unwrap();
}

/// A token counts failed logins, whatever those who log in are called.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_pin_is_tried_once_under_all_names_of_a_token() {
    let shim = Shim::new();
    let other = shim.hsm.data().join("other-latch");
    let named = |pin: &str| {
        let mut config = shim.config();
        config.pin = Pin::Given(SecretBytes::new(pin.into()));
        config.pin_latch = other.clone();
        // Another selector of the same token.
        config.token = TokenMatch { manufacturer: Some("SoftHSM project".to_owned()), ..config.token };
        config
    };
    refused(&shim, wrong(&shim), "remove").await;
    for config in [named("9999"), named(PIN)] {
        refused(&shim, config, "other-latch and ").await;
    }
    assert_eq!(shim.count("logins"), 1);
    // Who was let try again tries for himself.
    Pkcs11Provider::clear_pin_latch(&other).unwrap();
    refused(&shim, shim.config(), "pin-latch").await;
    let provider = shim.hsm.ready(named(PIN));
    assert_eq!(shim.count("logins"), 2);
    Pkcs11Provider::clear_pin_latch(&shim.hsm.latch()).unwrap();
    let both = shim.ready();
    assert_eq!(shim.count("logins"), 3);
    drop((provider, both));
    let left = fs::read_dir(shim.hsm.data()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().ends_with("latch")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// The latch of a login that goes on is not that of one that failed.
#[tokio::test(flavor = "multi_thread")]
async fn two_names_of_a_token_log_in_at_the_same_time() {
    let shim = Shim::new();
    let named = |name: &str| {
        let mut config = shim.config();
        config.pin_latch = shim.hsm.data().join(name);
        shim.hsm.start(config)
    };
    let providers = ["one", "two", "three"].map(named);
    for provider in &providers {
        // A worker of SoftHSM that looks while another logs in can find a token half written, and tries again.
        wait_for("each logs in", || provider.state() == ProviderState::Usable);
    }
    assert!(shim.count("logins") >= 3);
}

/// A command beside the service, such as one that looks whether a keyslot opens, logs in as the same provider.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_of_another_process_is_waited_for() {
    let shim = Shim::new();
    let turn = fs::File::create(shim.hsm.latch().with_extension("turn")).unwrap();
    turn.lock().unwrap();
    fs::write(shim.hsm.latch(), "a login goes on").unwrap();
    let provider = shim.hsm.start(shim.config());
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(matches!(provider.state(), ProviderState::Probing(_)));
    assert_eq!(shim.count("logins"), 0);
    fs::remove_file(shim.hsm.latch()).unwrap();
    turn.unlock().unwrap();
    wait_for("it logs in", || provider.state() == ProviderState::Usable);
    assert_eq!(shim.count("logins"), 1);
    // One that has ended without lifting its latch has failed.
    drop(provider);
    turn.lock().unwrap();
    fs::write(shim.hsm.latch(), "a login went on").unwrap();
    turn.unlock().unwrap();
    refused(&shim, shim.config(), "remove").await;
    assert_eq!(shim.count("logins"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_that_was_corrected_is_used_without_a_restart() {
    let shim = Shim::new();
    let file = shim.hsm.path().join("pin");
    fs::write(&file, "9999\n").unwrap();
    let mut config = shim.config();
    config.pin = Pin::File(file.clone());
    let provider = shim.hsm.start(config);
    assert!(matches!(provider.first_state().await, ProviderState::Unusable(_)));
    fs::write(&file, format!("{PIN}\n")).unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(shim.count("logins"), 1, "it was tried again before anybody said so");
    Pkcs11Provider::clear_pin_latch(&shim.hsm.latch()).unwrap();
    wait_for("it is tried again", || provider.state() == ProviderState::Usable);
    assert_eq!(shim.count("logins"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_that_is_locked_or_expired_is_not_tried_again() {
    for code in [CKR_PIN_LOCKED, CKR_PIN_EXPIRED] {
        let shim = Shim::new();
        shim.set("fail-login", &code.to_string());
        refused(&shim, shim.config(), "Pin").await;
        assert!(shim.hsm.latch().exists());
        assert_eq!(shim.count("logins"), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_fails_for_another_reason_is_tried_again() {
    let shim = Shim::new();
    shim.set("fail-login", &CKR_DEVICE_ERROR.to_string());
    let provider = shim.hsm.start(shim.config());
    wait_for("it is logged in", || provider.state() == ProviderState::Usable);
    assert_eq!(shim.count("logins"), 2);
    assert!(!shim.hsm.latch().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_whose_end_nobody_saw_counts_as_refused() {
    // The worker dies.
    let shim = Shim::new();
    shim.set("hang-login", "");
    let provider = shim.hsm.start(shim.config());
    wait_for("the module logs in", || shim.count("logins") == 1);
    assert!(shim.hsm.latch().exists(), "a PIN is tried without the latch");
    shim.kill_worker();
    assert!(matches!(provider.first_state().await, ProviderState::Unusable(_)));
    shim.unset("hang-login");
    refused(&shim, shim.config(), "remove").await;
    assert_eq!(shim.count("logins"), 1);

    // We stop.
    let shim = Shim::new();
    shim.set("hang-login", "");
    let provider = shim.hsm.start(shim.config());
    wait_for("the module logs in", || shim.count("logins") == 1);
    drop(provider);
    shim.unset("hang-login");
    refused(&shim, shim.config(), "remove").await;
    assert_eq!(shim.count("logins"), 1);

    // The module hangs.
    let shim = Shim::new();
    shim.set("hang-login", "");
    let mut config = shim.config();
    config.deadline = Duration::from_secs(1);
    refused(&shim, config, "remove").await;
    assert_eq!(shim.count("logins"), 1);
    shim.unset("hang-login");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_latch_that_can_be_written_nothing_is_tried() {
    let shim = Shim::new();
    let mut config = shim.config();
    config.pin_latch = shim.hsm.data().join("none").join("latch");
    let provider = shim.hsm.start(config);
    let ProviderState::Probing(Some(reason)) = provider.first_state().await else { panic!("it is usable") };
    assert!(reason.contains("can't be locked"), "{reason}");
    assert_eq!(shim.count("logins"), 0);
}

fn wrong(shim: &Shim) -> Config {
    let mut config = shim.config();
    config.pin = Pin::Given(SecretBytes::new(b"9999".to_vec()));
    config
}

async fn refused(shim: &Shim, config: Config, text: &str) {
    let provider = shim.hsm.start(config);
    let ProviderState::Unusable(reason) = provider.first_state().await else {
        panic!("it is {:?}", provider.state());
    };
    assert!(reason.contains(text), "{reason}");
}
