//! Workers that die, modules that hang, tokens that go away.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use claviger_ports::{Provider, ProviderError, ProviderState};
use claviger_provider_pkcs11::TokenMatch;
use claviger_types::{KeySpec, KeyUsage};
use cryptoki_sys::{
    CK_RV, CKR_DEVICE_REMOVED, CKR_GENERAL_ERROR, CKR_KEY_HANDLE_INVALID, CKR_SESSION_HANDLE_INVALID,
    CKR_TOKEN_NOT_PRESENT, CKR_USER_NOT_LOGGED_IN,
};
use tokio::task::JoinSet;

use crate::{
    shim::{Shim, gone, sign, signing_key},
    token::{SoftHsm, wait_for},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_fails_its_calls_and_no_others() {
    let shim = Shim::new();
    let provider = shim.ready();
    let (_, key) = signing_key(&provider, KeySpec::EcP256).await;
    shim.set("hang-sign", "");
    let begun = shim.count("signs");
    let cut_off = tokio::spawn({
        let key = Arc::clone(&key);
        async move { sign(&key).await }
    });
    wait_for("the module signs", || shim.count("signs") > begun);
    let first = shim.worker();
    shim.kill_worker();
    let outcome = cut_off.await.unwrap();
    assert!(matches!(outcome, Err(ProviderError::Unavailable(_))), "{outcome:?}");
    shim.unset("hang-sign");
    sign(&key).await.unwrap();
    assert_ne!(shim.worker(), first);
    assert_eq!(provider.state(), ProviderState::Usable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_that_hangs_is_replaced() {
    let shim = Shim::new();
    let mut config = shim.config();
    config.deadline = Duration::from_secs(2);
    let provider = shim.hsm.ready(config);
    let (_, key) = signing_key(&provider, KeySpec::EcP256).await;
    shim.set("hang-sign", "");
    let hung = shim.worker();
    let started = Instant::now();
    let outcome = sign(&key).await;
    assert!(matches!(outcome, Err(ProviderError::Timeout)), "{outcome:?}");
    assert!(started.elapsed() >= Duration::from_secs(2), "it was not given its time");
    gone(hung);
    shim.unset("hang-sign");
    sign(&key).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_wait_in_vain_are_refused_without_harm_to_those_that_run() {
    let shim = Shim::new();
    let mut config = shim.config();
    config.sessions = 1.try_into().unwrap();
    config.waiting = 3;
    let provider = shim.hsm.ready(config);
    let (_, key) = signing_key(&provider, KeySpec::EcP256).await;
    shim.set("hang-sign", "");
    let begun = shim.count("signs");
    let mut calls = JoinSet::new();
    let start = |calls: &mut JoinSet<_>| {
        let key = Arc::clone(&key);
        calls.spawn(async move { sign(&key).await });
    };
    start(&mut calls);
    wait_for("the module signs", || shim.count("signs") > begun);
    for _ in 0..10 {
        start(&mut calls);
    }
    for _ in 0..7 {
        let refused = calls.join_next().await.unwrap().unwrap();
        assert!(matches!(refused, Err(ProviderError::Busy)), "{refused:?}");
    }
    // Who goes away gives up his place.
    calls.shutdown().await;
    shim.unset("hang-sign");
    sign(&key).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_callers_share_few_sessions() {
    let shim = Shim::new();
    let provider = shim.ready();
    let (_, key) = signing_key(&provider, KeySpec::EcP256).await;
    let mut calls = JoinSet::new();
    for _ in 0..64 {
        let key = Arc::clone(&key);
        calls.spawn(async move { sign(&key).await });
    }
    for outcome in calls.join_all().await {
        outcome.unwrap();
    }
    // The four, and the one that keeps us logged in.
    assert!((2..=5).contains(&shim.count("sessions")), "{} sessions", shim.count("sessions"));
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_sessions_and_handles_are_mended_unseen() {
    let shim = Shim::new();
    let provider = shim.ready();
    let (_, key) = signing_key(&provider, KeySpec::EcP256).await;
    let worker = shim.worker();
    for code in [CKR_SESSION_HANDLE_INVALID, CKR_KEY_HANDLE_INVALID, CKR_USER_NOT_LOGGED_IN] {
        let logins = shim.count("logins");
        fail_sign(&shim, code);
        sign(&key).await.unwrap_or_else(|error| panic!("{code:#x}: {error}"));
        assert_eq!(shim.count("logins") - logins, usize::from(code == CKR_USER_NOT_LOGGED_IN), "{code:#x}");
    }
    assert_eq!(shim.worker(), worker);
    assert!(!shim.hsm.latch().exists(), "the latch is down after a login that succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_pulled_out_is_opened_again() {
    let shim = Shim::new();
    let provider = shim.ready();
    let (_, key) = signing_key(&provider, KeySpec::EcP256).await;
    for code in [CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT] {
        let worker = shim.worker();
        fail_sign(&shim, code);
        let outcome = sign(&key).await;
        assert!(matches!(outcome, Err(ProviderError::Unavailable(_))), "{outcome:?}");
        sign(&key).await.unwrap();
        assert_ne!(shim.worker(), worker);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_that_answers_nothing_but_errors_is_loaded_anew() {
    let shim = Shim::new();
    let provider = shim.ready();
    let (_, key) = signing_key(&provider, KeySpec::EcP256).await;
    let worker = shim.worker();
    for _ in 0..4 {
        fail_sign(&shim, CKR_GENERAL_ERROR);
        let outcome = sign(&key).await;
        assert!(matches!(outcome, Err(ProviderError::Internal(_))), "{outcome:?}");
    }
    sign(&key).await.unwrap();
    assert_ne!(shim.worker(), worker);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_away_at_the_start_is_waited_for() {
    let shim = Shim::new();
    shim.set("away", "");
    let provider = shim.hsm.start(shim.config());
    let ProviderState::Probing(Some(reason)) = provider.first_state().await else { panic!("it is there") };
    assert!(reason.contains("no token"), "{reason}");
    let made =
        provider.generate(KeySpec::EcP256, KeyUsage::Sign, claviger_conformance::provider::tag()).await;
    assert!(matches!(made, Err(ProviderError::Unavailable(_))));
    let mut random = [0; 8];
    let started = Instant::now();
    assert!(matches!(provider.random(&mut random).await, Err(ProviderError::Unavailable(_))));
    assert!(started.elapsed() < Duration::from_secs(5), "nobody waits for a token that is away");
    shim.unset("away");
    wait_for("the token is found", || provider.state() == ProviderState::Usable);
    let (_, key) = signing_key(&provider, KeySpec::EcP256).await;
    sign(&key).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_found_once_however_many_there_are() {
    let shim = Shim::new();
    let provider = shim.ready();
    let (made, key) = signing_key(&provider, KeySpec::EcP256).await;
    for _ in 0..20 {
        provider
            .generate(KeySpec::Aes256, KeyUsage::Encrypt, claviger_conformance::provider::tag())
            .await
            .unwrap();
    }
    let finds = shim.count("finds");
    for _ in 0..50 {
        sign(&key).await.unwrap();
    }
    assert_eq!(shim.count("finds"), finds, "a key in use is searched for");

    // A restart forgets the handle, which takes one search. The first call may still have gone to the old worker.
    shim.kill_worker();
    if sign(&key).await.is_err() {
        sign(&key).await.unwrap();
    }
    let finds = shim.count("finds");
    for _ in 0..50 {
        sign(&key).await.unwrap();
    }
    assert_eq!(shim.count("finds"), finds);
    provider.destroy(KeySpec::EcP256, &made.handle).await.unwrap();
    let outcome = sign(&key).await;
    assert!(matches!(outcome, Err(ProviderError::Unavailable(_))), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_initialised_anew_says_that_its_keys_are_gone() {
    let hsm = SoftHsm::new();
    let provider = hsm.ready(hsm.config());
    let (_, key) = signing_key(&provider, KeySpec::EcP256).await;
    let slots = hsm.util(&["--show-slots"]);
    let slot = slots.lines().find_map(|line| line.strip_prefix("Slot ")).unwrap();
    hsm.util(&["--init-token", "--slot", slot, "--label", "test", "--pin", "1234", "--so-pin", "5678"]);
    let outcome = sign(&key).await;
    assert!(
        matches!(outcome, Err(ProviderError::Unavailable(_) | ProviderError::Internal(_))),
        "{outcome:?}"
    );
    let started = Instant::now();
    while sign_anew(&provider).await.is_err() {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "new keys can't be made: {:?}",
            provider.state()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(sign(&key).await.is_err(), "the old key is back");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_must_be_the_only_one_that_fits() {
    let hsm = SoftHsm::new();
    hsm.init("test");
    let provider = hsm.start(hsm.config());
    let ProviderState::Probing(Some(reason)) = provider.first_state().await else { panic!("it chose one") };
    assert!(reason.contains("2 tokens"), "{reason}");

    let slots = hsm.util(&["--show-slots"]);
    let serial = slots
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Serial number:"))
        .find(|serial| !serial.trim().is_empty());
    let mut config = hsm.config();
    config.token = TokenMatch { serial: Some(serial.unwrap().trim().to_owned()), ..TokenMatch::default() };
    let provider = hsm.start(config);
    assert_eq!(provider.first_state().await, ProviderState::Usable);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_ends_with_its_provider() {
    let shim = Shim::new();
    let provider = shim.ready();
    let worker = shim.worker();
    drop(provider);
    gone(worker);
}

async fn sign_anew(provider: &claviger_provider_pkcs11::Pkcs11Provider) -> Result<(), ProviderError> {
    let tag = claviger_conformance::provider::tag();
    let made = provider.generate(KeySpec::EcP256, KeyUsage::Sign, tag).await?;
    let key = provider.open(KeySpec::EcP256, &made.handle).await?;
    sign(&key).await
}

fn fail_sign(shim: &Shim, code: CK_RV) {
    shim.set("fail-sign", &code.to_string());
}
