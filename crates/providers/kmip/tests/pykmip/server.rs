//! Providers of a PyKMIP server.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use claviger_conformance::provider::{Gap, run};
use claviger_ports::{Provider, ProviderError, ProviderState};
use claviger_provider_kmip::{Config, KmipProvider};
use claviger_pykmip::PyKmip;
use claviger_testkit::SeededRandom;

pub(crate) fn config(server: &PyKmip) -> Config {
    let pki = server.pki();
    let (certificate, key) = (pki.certificate("claviger"), pki.key("claviger"));
    let mut config = Config::new("127.0.0.1".to_owned(), server.port(), pki.ca(), certificate, key);
    config.first_retry = Duration::from_millis(50);
    config.longest_retry = Duration::from_millis(400);
    config
}

/// A provider that is not waited for.
pub(crate) fn start(config: Config) -> Arc<KmipProvider> {
    static SEED: AtomicU64 = AtomicU64::new(1);
    let filter = tracing_subscriber::EnvFilter::from_default_env();
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
    let random = Arc::new(SeededRandom::new(SEED.fetch_add(1, Ordering::Relaxed)));
    Arc::new(KmipProvider::start("kmip".parse().unwrap(), Arc::new(config), random).unwrap())
}

/// A provider that is ready. It blocks, which is no harm where others run the tasks.
pub(crate) fn ready(config: Config) -> Arc<KmipProvider> {
    let provider = start(config);
    wait_for("the server is ready", || provider.state() == ProviderState::Usable);
    provider
}

/// Runs the suite on two providers that take turns, each for the other as if the process had been restarted: to find out
/// what a server can takes seconds each time.
pub(crate) fn keeps_the_contract(make: impl Fn() -> Arc<KmipProvider>, gaps: &[Gap]) {
    let (providers, turn) = (OnceLock::new(), AtomicUsize::new(0));
    let next = || -> Arc<dyn Provider> {
        let both = providers.get_or_init(|| [make(), make()]);
        both[turn.fetch_add(1, Ordering::Relaxed) % both.len()].clone()
    };
    run(next, gaps);
}

#[track_caller]
pub(crate) fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(60), "it does not come about: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[track_caller]
pub(crate) fn rejected<T>(outcome: Result<T, ProviderError>, what: &str) {
    match outcome.map(drop) {
        Err(ProviderError::Rejected) => {}
        other => panic!("{what}: {other:?} instead of a rejection"),
    }
}
