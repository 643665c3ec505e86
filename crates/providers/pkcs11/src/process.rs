use std::{
    io::{self, BufRead, BufReader, Read},
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::config::Config;

/// A worker's process. It is ended when this is dropped.
pub(crate) struct Process {
    child: Option<Child>,
    /// How long it may take to end on its own, once its socket is closed.
    grace: Duration,
}

/// More of one line of what a module prints is not copied to the log.
const LONGEST_LINE: u64 = 2048;

impl Process {
    /// Starts a worker, and gives our end of the socket that is its standard input.
    ///
    /// # Errors
    /// As the system says.
    pub(crate) fn start(name: &str, config: &Config) -> io::Result<(Self, UnixStream)> {
        let (ours, theirs) = UnixStream::pair()?;
        let mut child = Command::new(&config.worker.program)
            .args(&config.worker.arguments)
            .env_clear()
            .envs(config.environment.iter().map(|(name, value)| (name, value)))
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(stderr) = child.stderr.take() {
            let name = name.to_owned();
            thread::Builder::new().name("pkcs11-log".to_owned()).spawn(move || copy_to_log(&name, stderr))?;
        }
        Ok((Self { child: Some(child), grace: Duration::ZERO }, ours))
    }

    /// Its process id, for the log.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Lets it end on its own, within a time.
    pub(crate) fn end_gently(&mut self) {
        self.grace = Duration::from_secs(3);
    }
}

impl Drop for Process {
    /// A process that is in the middle of a system call of its device's may take long to die: another thread waits.
    fn drop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let grace = self.grace;
        if grace.is_zero() {
            let _ = child.kill();
        }
        let _ = thread::Builder::new().name("pkcs11-end".to_owned()).spawn(move || {
            let started = Instant::now();
            while started.elapsed() < grace && matches!(child.try_wait(), Ok(None)) {
                thread::sleep(Duration::from_millis(10));
            }
            let _ = child.kill();
            let _ = child.wait();
        });
    }
}

/// What the module and the worker print, line by line.
fn copy_to_log(name: &str, stderr: impl Read) {
    let mut lines = BufReader::new(stderr);
    loop {
        let mut line = Vec::new();
        match lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let line = String::from_utf8_lossy(&line);
                tracing::warn!(
                    provider = name,
                    "the PKCS#11 worker says: {}",
                    line.trim_end().escape_debug()
                );
            }
        }
    }
}
