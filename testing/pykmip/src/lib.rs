//! A KMIP server of somebody else's for tests: PyKMIP, on loopback, with certificates and a database of its own.
//!
//! It is not built here: `./test` installs it. [`Pki`] alone is for servers and clients of ours.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this is the inside of tests")]

mod pki;

use std::{
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

pub use pki::Pki;
use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

/// Where it is installed, if not in `target/pykmip-venv`: a virtual environment of Python.
pub const VENV: &str = "CLAVIGER_PYKMIP_VENV";

/// How long a server may take to start on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(60);

const CLIENT: &str = "
import sys
from kmip.core import enums
from kmip.pie.client import ProxyKmipClient
port, cert, key, ca = sys.argv[1:]
with ProxyKmipClient('127.0.0.1', int(port), cert, key, ca, kmip_version=enums.KMIPVersion.KMIP_1_4) as client:
    SCRIPT
";

/// A server that runs until it is stopped or dropped. What it keeps stays until it is dropped.
pub struct PyKmip {
    dir: TempDir,
    pki: Pki,
    port: u16,
    running: Option<Child>,
}

impl PyKmip {
    /// Starts a server with no keys in it.
    ///
    /// # Panics
    /// If PyKMIP is not installed, or does not start.
    #[must_use]
    pub fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::new(dir.path());
        fs::create_dir(dir.path().join("policies")).unwrap();
        let mut server = Self { dir, pki, port: free_port(), running: None };
        server.run();
        server
    }

    /// Starts it again, on the same port and with the same keys.
    ///
    /// # Panics
    /// If it runs, or does not start.
    pub fn run(&mut self) {
        assert!(self.running.is_none(), "PyKMIP runs already");
        let path = |name: &str| self.dir.path().join(name).display().to_string();
        let settings = format!(
            "[server]\nhostname=127.0.0.1\nport={}\ncertificate_path={}\nkey_path={}\nca_path={}\nauth_suite=TLS1.2\n\
             policy_path={}\nenable_tls_client_auth=True\nlogging_level=WARNING\ndatabase_path={}\n",
            self.port,
            self.pki.server().display(),
            self.pki.server_key().display(),
            self.pki.ca().display(),
            path("policies"),
            path("pykmip.db"),
        );
        fs::write(path("server.conf"), settings).unwrap();
        let output = fs::File::create(path("output")).unwrap();
        let child = Command::new(program("pykmip-server"))
            .args(["-f", &path("server.conf"), "-l", &path("server.log")])
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            // It has a child that watches policies, which must not outlive it.
            .process_group(0)
            .spawn()
            .unwrap();
        self.running = Some(child);
        let end = Instant::now() + PATIENCE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            let log = || {
                fs::read_to_string(path("output")).unwrap_or_default()
                    + &fs::read_to_string(path("server.log")).unwrap_or_default()
            };
            let ended = self.running.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "PyKMIP does not start: {}", log());
            sleep(Duration::from_millis(20));
        }
    }

    /// Stops it at once, as a power failure would.
    pub fn stop(&mut self) {
        let Some(mut child) = self.running.take() else { return };
        let group = Pid::from_child(&child);
        let _ = kill_process_group(group, Signal::KILL);
        let _ = child.wait();
    }

    /// What PyKMIP's own client prints, as the user whose certificate it has. `client` is open in `script`, and `enums` are its
    /// names.
    ///
    /// # Panics
    /// If it fails.
    #[must_use]
    pub fn client(&self, user: &str, script: &str) -> String {
        let path = |path: PathBuf| path.display().to_string();
        let arguments = [
            self.port.to_string(),
            path(self.pki.certificate(user)),
            path(self.pki.key(user)),
            path(self.pki.ca()),
        ];
        let output = Command::new(program("python"))
            .args(["-W", "ignore", "-c", &CLIENT.replace("SCRIPT", &script.replace('\n', "\n    "))])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Where it listens, on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificates that it knows and has.
    #[must_use]
    pub fn pki(&self) -> &Pki {
        &self.pki
    }

    /// Its directory, where tests may put things.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for PyKmip {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A port on which nobody listens now.
#[must_use]
pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn program(name: &str) -> PathBuf {
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/pykmip-venv");
    let venv = std::env::var_os(VENV).map_or(usual, PathBuf::from);
    let program = venv.join("bin").join(name);
    assert!(
        program.exists(),
        "PyKMIP is not in {}: python3 -m venv target/pykmip-venv && target/pykmip-venv/bin/pip install pykmip==0.11.0, \
         as ./test does; {VENV} names another place",
        venv.display()
    );
    program
}
