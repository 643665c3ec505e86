//! A SoftHSM token of its own for each test.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use claviger_ports::{Provider, ProviderState};
use claviger_provider_pkcs11::{Config, Pin, Pkcs11Provider, TokenMatch, WorkerCommand};
use claviger_testkit::SeededRandom;
use claviger_types::SecretBytes;
use tempfile::TempDir;

pub(crate) const PIN: &str = "1234";

/// Where distributions put the module.
const MODULES: [&str; 5] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

pub(crate) struct SoftHsm {
    dir: TempDir,
}

impl SoftHsm {
    /// A token with the label `test`.
    pub(crate) fn new() -> Self {
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
        let hsm = Self { dir: tempfile::tempdir().unwrap() };
        std::fs::create_dir(hsm.tokens()).unwrap();
        std::fs::create_dir(hsm.data()).unwrap();
        let settings =
            format!("directories.tokendir = {}\nobjectstore.backend = file\n", hsm.tokens().display());
        std::fs::write(hsm.settings(), settings).unwrap();
        hsm.init("test");
        hsm
    }

    /// Initialises a token in a free slot.
    pub(crate) fn init(&self, label: &str) {
        self.util(&["--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "5678"]);
    }

    pub(crate) fn util(&self, arguments: &[&str]) -> String {
        let output =
            Command::new("softhsm2-util").args(arguments).env("SOFTHSM2_CONF", self.settings()).output();
        let output = output.expect("softhsm2-util is not installed: apt-get install softhsm2");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        text
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn settings(&self) -> PathBuf {
        self.path().join("softhsm2.conf")
    }

    pub(crate) fn tokens(&self) -> PathBuf {
        self.path().join("tokens")
    }

    /// What the module must not reach.
    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    pub(crate) fn latch(&self) -> PathBuf {
        self.data().join("pin-latch")
    }

    pub(crate) fn config(&self) -> Config {
        let token = TokenMatch { label: Some("test".to_owned()), ..TokenMatch::default() };
        let pin = Pin::Given(SecretBytes::new(PIN.into()));
        let mut config = Config::new(module(), token, pin, self.latch());
        config.worker = WorkerCommand {
            program: PathBuf::from(env!("CARGO_BIN_EXE_pkcs11-worker")),
            arguments: Vec::new(),
        };
        config.environment = vec![("SOFTHSM2_CONF".into(), self.settings().into())];
        config.read = vec![self.settings()];
        config.write = vec![self.tokens()];
        config.forbidden = vec![self.data()];
        config.first_retry = Duration::from_millis(50);
        config.longest_retry = Duration::from_millis(400);
        config
    }

    /// A provider that is not waited for.
    pub(crate) fn start(&self, config: Config) -> Arc<Pkcs11Provider> {
        static SEED: AtomicU64 = AtomicU64::new(1);
        let random = Arc::new(SeededRandom::new(SEED.fetch_add(1, Ordering::Relaxed)));
        Arc::new(Pkcs11Provider::start("softhsm".parse().unwrap(), config, random).unwrap())
    }

    /// A provider that is ready. It blocks, which is no harm where others run the tasks.
    pub(crate) fn ready(&self, config: Config) -> Arc<Pkcs11Provider> {
        let provider = self.start(config);
        wait_for("the token is ready", || provider.state() == ProviderState::Usable);
        provider
    }
}

pub(crate) fn module() -> PathBuf {
    let found = MODULES.iter().map(PathBuf::from).find(|path| path.exists());
    found.expect("SoftHSM 2 is not installed: apt-get install softhsm2")
}

#[track_caller]
pub(crate) fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(60), "it does not come about: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
