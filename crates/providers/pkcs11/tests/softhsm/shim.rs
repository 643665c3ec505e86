//! SoftHSM behind the module of `examples/pkcs11_shim.rs`, which has faults on demand.

use std::{fs, path::PathBuf, sync::Arc};

use claviger_ports::{LiveKey, NewKey, Provider, ProviderError};
use claviger_provider_pkcs11::{Config, Pkcs11Provider};
use claviger_types::{KeySpec, KeyUsage, SigningAlgorithm, SigningInput};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::token::{self, SoftHsm, wait_for};

pub(crate) struct Shim {
    pub(crate) hsm: SoftHsm,
}

impl Shim {
    pub(crate) fn new() -> Self {
        let shim = Self { hsm: SoftHsm::new() };
        fs::create_dir(shim.control()).unwrap();
        fs::write(shim.secret(), "secret").unwrap();
        shim
    }

    pub(crate) fn config(&self) -> Config {
        let mut config = self.hsm.config();
        config.module = module();
        config.environment.extend([
            ("SHIM_MODULE".into(), token::module().into()),
            ("SHIM_CONTROL".into(), self.control().into()),
            ("SHIM_SECRET".into(), self.secret().into()),
        ]);
        config.write.push(self.control());
        config
    }

    pub(crate) fn ready(&self) -> Arc<Pkcs11Provider> {
        self.hsm.ready(self.config())
    }

    /// A file in the directory that the module must not reach.
    pub(crate) fn secret(&self) -> PathBuf {
        self.hsm.data().join("secret")
    }

    pub(crate) fn set(&self, name: &str, text: &str) {
        // Never seen half written.
        let new = self.hsm.path().join("new");
        fs::write(&new, text).unwrap();
        fs::rename(new, self.control().join(name)).unwrap();
    }

    pub(crate) fn unset(&self, name: &str) {
        fs::remove_file(self.control().join(name)).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.control().join(name)).unwrap_or_default()
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        self.read(name).len()
    }

    pub(crate) fn worker(&self) -> Pid {
        Pid::from_raw(self.read("pid").parse().unwrap()).unwrap()
    }

    pub(crate) fn kill_worker(&self) {
        kill_process(self.worker(), Signal::KILL).unwrap();
    }

    fn control(&self) -> PathBuf {
        self.hsm.path().join("control")
    }
}

/// Waits until a process is gone.
#[track_caller]
pub(crate) fn gone(process: Pid) {
    wait_for("the worker is gone", || test_kill_process(process).is_err());
}

/// A signing key, made anew.
pub(crate) async fn signing_key(provider: &Pkcs11Provider, spec: KeySpec) -> (NewKey, Arc<dyn LiveKey>) {
    let made = provider.generate(spec, KeyUsage::Sign, claviger_conformance::provider::tag()).await.unwrap();
    let live = provider.open(spec, &made.handle).await.unwrap();
    (made, live)
}

/// Signs, and checks the signature.
pub(crate) async fn sign(key: &Arc<dyn LiveKey>) -> Result<(), ProviderError> {
    let (algorithm, message) = (SigningAlgorithm::EcdsaSha256, SigningInput::Message(b"message"));
    let signer = key.sign().unwrap();
    let signature = signer.sign(algorithm, message).await?;
    assert!(signer.verify(algorithm, message, &signature).await.unwrap(), "a wrong signature");
    Ok(())
}

/// Examples are built with all tests, but not for one alone.
fn module() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let module = tests.parent().unwrap().with_file_name("examples").join("libpkcs11_shim.so");
    assert!(module.exists(), "build it: cargo build -p claviger-provider-pkcs11 --examples");
    module
}
