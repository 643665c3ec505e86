//! A server that goes away and comes back, and one that does not let us in.

use std::time::Duration;

use claviger_conformance::provider::tag;
use claviger_ports::{Provider, ProviderError, ProviderState};
use claviger_pykmip::PyKmip;
use claviger_types::{KeySpec, KeyUsage};

use crate::{
    keys::sign,
    server::{config, ready, start, wait_for},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_away_is_used_again() {
    let mut server = PyKmip::start();
    let provider = ready(config(&server));
    let (spec, usage) = (KeySpec::Rsa2048, KeyUsage::Sign);
    let made = provider.generate(spec, usage, tag()).await.unwrap();
    let key = provider.open(spec, &made.handle).await.unwrap();
    sign(&key).await.unwrap();

    server.stop();
    let failed = sign(&key).await;
    assert!(matches!(failed, Err(ProviderError::Unavailable(_))), "{failed:?}");
    wait_for("the state says so", || matches!(provider.state(), ProviderState::Probing(Some(_))));
    let failed = provider.generate(spec, usage, tag()).await.map(drop);
    assert!(matches!(failed, Err(ProviderError::Unavailable(_))), "{failed:?}");
    assert!(
        provider.supports(spec, usage, claviger_ports::Capability::Generate),
        "it is forgotten what it can"
    );

    server.run();
    // The next call finds it, and the state follows.
    sign(&key).await.unwrap();
    wait_for("the state says so", || provider.state() == ProviderState::Usable);
    provider.generate(spec, usage, tag()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_idle_is_missed_too() {
    let mut server = PyKmip::start();
    let mut settings = config(&server);
    settings.check_interval = Duration::from_millis(100);
    let provider = ready(settings);
    server.stop();
    wait_for("the state says so", || matches!(provider.state(), ProviderState::Probing(Some(_))));
    server.run();
    wait_for("the state says so", || provider.state() == ProviderState::Usable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_at_the_start_is_waited_for() {
    let mut server = PyKmip::start();
    server.stop();
    let provider = start(config(&server));
    let ProviderState::Probing(Some(reason)) = provider.first_state().await else { panic!("it is there") };
    assert!(reason.contains("can't be connected to"), "{reason}");
    let failed = provider.generate(KeySpec::Aes256, KeyUsage::Encrypt, tag()).await.map(drop);
    assert!(matches!(failed, Err(ProviderError::Unavailable(_))), "{failed:?}");
    server.run();
    wait_for("it is found", || provider.state() == ProviderState::Usable);
    provider.generate(KeySpec::Aes256, KeyUsage::Encrypt, tag()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_for_something_else_is_not_insisted_on() {
    let server = PyKmip::start();
    server.pki().no_client("signer");
    let mut settings = config(&server);
    (settings.certificate, settings.key) = (server.pki().certificate("signer"), server.pki().key("signer"));
    let provider = start(settings);
    let ProviderState::Unusable(reason) = provider.first_state().await else {
        panic!("it is {:?}", provider.state());
    };
    assert!(reason.contains("check the client certificate"), "{reason}");
    let failed = provider.generate(KeySpec::Aes256, KeyUsage::Encrypt, tag()).await.map(drop);
    assert!(matches!(failed, Err(ProviderError::Unavailable(_))), "{failed:?}");
}
