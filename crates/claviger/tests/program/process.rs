//! A running `claviger`, killed at the latest when the test is done with it.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) struct Running {
    child: Child,
}

/// What was printed by a command that has ended.
pub(crate) struct Ended {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
    command.args(arguments).stdin(Stdio::null()).env_remove("CREDENTIALS_DIRECTORY");
    command
}

/// Runs a command to its end.
pub(crate) fn run(arguments: &[&str]) -> Ended {
    ended(command(arguments).output().unwrap())
}

pub(crate) fn ended(output: Output) -> Ended {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { success: output.status.success(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Runs a command that must fail, with a message that has all of `expected`.
#[track_caller]
pub(crate) fn refused(arguments: &[&str], expected: &[&str]) {
    let mut child = command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("{arguments:?} goes on, instead of: {expected:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let ended = ended(child.wait_with_output().unwrap());
    assert!(!ended.success, "{arguments:?} succeeded, instead of: {expected:?}");
    assert!(ended.stdout.is_empty(), "{}", ended.stdout);
    for text in expected {
        assert!(ended.stderr.contains(text), "{arguments:?}: {text:?} is not in {:?}", ended.stderr);
    }
}

impl Running {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `claviger dev` with its exports, as soon as they are printed.
    pub(crate) fn dev(data: &Path, more: &[&str]) -> (Self, BTreeMap<String, String>) {
        let mut arguments = vec!["dev", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
        arguments.extend(more);
        let mut child = command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let running = Self { child };
        let mut exports = BTreeMap::new();
        while !exports.contains_key("GOKMSCLI_AUTHKEY") {
            let line = lines.next().expect("it ended").unwrap();
            if let Some((name, value)) = line.strip_prefix("export ").and_then(|line| line.split_once('=')) {
                exports.insert(name.to_owned(), value.to_owned());
            }
        }
        (running, exports)
    }

    /// `claviger serve`, as soon as it answers at `address`.
    pub(crate) fn serve(config: &Path, address: SocketAddr) -> Self {
        let arguments = ["serve", "--config", config.to_str().unwrap()];
        let running = Self { child: command(&arguments).spawn().unwrap() };
        let deadline = Instant::now() + PATIENCE;
        let mut stream = loop {
            match TcpStream::connect(address) {
                Ok(stream) => break stream,
                Err(_) => assert!(Instant::now() < deadline, "it does not listen"),
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        // Listening comes before opening: only an answer shows that it serves.
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        assert!(read_to_end(&mut stream).starts_with(b"HTTP/1.1 200 "));
        running
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for the end.
    pub(crate) fn wait(mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it as a service manager does.
    pub(crate) fn stop(self) {
        self.signal(Signal::TERM);
        assert!(self.wait().success());
    }

    /// Ends it as a power loss does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Resident memory in KiB, without what is mapped of the program itself: that depends on how it was built.
    pub(crate) fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.trim().strip_suffix("kB").unwrap().trim().parse().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody uses now. Not one of those that the system gives to whoever asks for any: somebody would get it
/// before it is used.
pub(crate) fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + u16::try_from(std::process::id() % 100).unwrap() * 200;
    loop {
        let address = SocketAddr::from(([127, 0, 0, 1], first + NEXT.fetch_add(1, Ordering::Relaxed) % 200));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// An installation to be served: a configuration with a key file, in a directory that goes away.
pub(crate) struct Site {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) http: SocketAddr,
}

impl Site {
    /// With `more` at the end of the configuration.
    pub(crate) fn new(more: &str) -> Self {
        let site = Self { dir: tempfile::tempdir().unwrap(), http: free_address() };
        write_private(&site.path("unlock.key"), &[0x5a, 1, 2, 3, 4, 5, 6, 7].repeat(8));
        site.configure(more);
        site
    }

    pub(crate) fn configure(&self, more: &str) {
        let key_file = format!("{{ from = \"key-file\", path = \"{}\" }}", self.path("unlock.key").display());
        self.configure_unlock(&key_file, more);
    }

    /// With this to open a keyslot with.
    pub(crate) fn configure_unlock(&self, unlock: &str, more: &str) {
        let config = format!(
            "data = \"{}\"\nunlock = [{unlock}]\nlisten.insecure_http = \"{}\"\n{more}\n",
            self.data().display(),
            self.http,
        );
        fs::write(self.path("claviger.toml"), config).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path("claviger.toml")
    }

    pub(crate) fn init(&self) {
        let ended = run(&["init", "--config", self.config().to_str().unwrap()]);
        assert!(ended.success, "{}", ended.stderr);
    }

    pub(crate) fn serve(&self) -> Running {
        Running::serve(&self.config(), self.http)
    }

    /// Runs a command of the administrator's to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        run(&[arguments, &["--data", &self.data().display().to_string()]].concat())
    }

    /// One that must succeed, and what it prints.
    #[track_caller]
    pub(crate) fn ok(&self, arguments: &[&str]) -> serde_json::Value {
        let ended = self.run(&[arguments, &["--output", "json"]].concat());
        assert!(ended.success, "{arguments:?}: {}{}", ended.stdout, ended.stderr);
        serde_json::from_str(&ended.stdout).unwrap_or_default()
    }

    /// What serving this is refused with.
    #[track_caller]
    pub(crate) fn refused(&self, expected: &[&str]) {
        refused(&["serve", "--config", self.config().to_str().unwrap()], expected);
    }
}

pub(crate) fn write_private(path: &Path, content: &[u8]) {
    let mut file = fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path).unwrap();
    file.write_all(content).unwrap();
}

pub(crate) fn make_private_dir(path: &Path) {
    fs::DirBuilder::new().mode(0o700).create(path).unwrap();
}

/// The events of the service itself in its audit log, in order.
pub(crate) fn events(data: &Path) -> Vec<String> {
    let records = claviger_log::scan(&data.join("audit"), claviger_types::AuditSeq(1)).unwrap();
    records
        .filter_map(|record| {
            let record: serde_json::Value = serde_json::from_str(&record.unwrap().json).unwrap();
            record["event"].as_str().map(ToOwned::to_owned)
        })
        .collect()
}

/// Reads until the other end closes, or an error.
pub(crate) fn read_to_end(stream: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A peer that goes away without ceremony is what some tests want to see.
    let _ = stream.read_to_end(&mut bytes);
    bytes
}
