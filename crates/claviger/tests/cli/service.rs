//! A service, and commands that are run against it.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// `claviger dev` in a directory that goes away.
pub(crate) struct Service {
    child: Child,
    exports: BTreeMap<String, String>,
    home: TempDir,
}

pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Service {
    pub(crate) fn start() -> Self {
        let home = TempDir::new().unwrap();
        let (child, exports) = dev(&home.path().join("data"));
        Self { child, exports, home }
    }

    /// Ends it as a service manager does, and leaves the directory.
    pub(crate) fn stop(mut self) -> TempDir {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
        std::mem::replace(&mut self.home, TempDir::new().unwrap())
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.home().join("data")
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.home().join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn export(&self, name: &str) -> &str {
        &self.exports[name]
    }

    /// Writes a file that only its owner can read.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> String {
        let path = self.file(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// Runs a command over the socket.
    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        self.run_with(arguments, b"")
    }

    /// The same with something on the standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &[u8]) -> Answer {
        let data = self.data();
        let mut all = arguments.to_vec();
        all.extend(["--data", data.to_str().unwrap()]);
        run(&all, input)
    }

    /// A command that must succeed.
    #[track_caller]
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let answer = self.run(arguments);
        assert_eq!(answer.code, 0, "{arguments:?}: {}", answer.stderr);
        String::from_utf8(answer.stdout).unwrap()
    }

    /// A command that must succeed and answer JSON.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.extend(["--output", "json"]);
        let text = self.ok(&all);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"))
    }

    /// A command that must fail with this code and say this.
    #[track_caller]
    pub(crate) fn refused(&self, arguments: &[&str], code: i32, expected: &[&str]) {
        check_refused(&self.run(arguments), arguments, code, expected);
    }

    #[track_caller]
    pub(crate) fn create_key(&self, more: &[&str]) -> String {
        let mut arguments = vec!["keys", "create"];
        arguments.extend(more);
        self.json(&arguments)["id"].as_str().unwrap().to_owned()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts it and reads what it prints, which clients export.
pub(crate) fn dev(data: &Path) -> (Child, BTreeMap<String, String>) {
    let arguments = ["dev", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    let mut child = command(&arguments).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut exports = BTreeMap::new();
    while !exports.contains_key("GOKMSCLI_AUTHKEY") {
        let line = lines.next().expect("it ended").unwrap();
        if let Some((name, value)) = line.strip_prefix("export ").and_then(|line| line.split_once('=')) {
            exports.insert(name.to_owned(), value.to_owned());
        }
    }
    thread::spawn(move || lines.for_each(drop));
    (child, exports)
}

pub(crate) fn run(arguments: &[&str], input: &[u8]) -> Answer {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that does not read its input is free not to.
    let _ = child.stdin.take().unwrap().write_all(input);
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    Answer { code: status.code().unwrap(), stdout, stderr: String::from_utf8(stderr).unwrap() }
}

#[track_caller]
pub(crate) fn check_refused(answer: &Answer, arguments: &[&str], code: i32, expected: &[&str]) {
    assert_eq!(answer.code, code, "{arguments:?}: {}", answer.stderr);
    for text in expected {
        assert!(answer.stderr.contains(text), "{arguments:?}: {text:?} is not in {:?}", answer.stderr);
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
    command.args(arguments);
    for variable in
        ["CLAVIGER_DATA", "CLAVIGER_URL", "CLAVIGER_CA", "CLAVIGER_TOKEN_FILE", "CREDENTIALS_DIRECTORY"]
    {
        command.env_remove(variable);
    }
    command
}
