//! What commands read and write: messages and secrets come from files, the standard input or descriptors, never from
//! arguments, which every user of the machine can read.

use std::{
    fs::{File, OpenOptions},
    io::{self, IsTerminal, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::{Args, ValueEnum};
use zeroize::Zeroizing;

use super::arguments::SecretBytes;
use crate::failure::{Failure, Result};

/// The message of a command.
#[derive(Args)]
pub(super) struct InputArgs {
    /// Where it is read from; - is the standard input, /dev/fd/N a descriptor
    #[arg(long = "in", value_name = "FILE", default_value = "-")]
    input: PathBuf,
    /// How it is written there
    #[arg(long, value_name = "ENCODING", default_value = "raw")]
    in_encoding: Encoding,
}

/// Where the answer of a command goes.
#[derive(Args)]
pub(super) struct OutputArgs {
    /// Where it is written; - is the standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// How it is written there
    #[arg(long, value_name = "ENCODING", default_value = "raw")]
    out_encoding: Encoding,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Encoding {
    Raw,
    Base64,
    Hex,
}

/// More than any message may be long; a longer one is told what to do before it is read whole.
const MAX_INPUT: u64 = 1 << 20;

impl InputArgs {
    pub(super) fn read(&self) -> Result<SecretBytes> {
        let bytes = read(&self.input)?;
        let shown = self.input.display();
        match self.in_encoding {
            Encoding::Raw => Ok(bytes),
            Encoding::Base64 => {
                let text: Zeroizing<Vec<u8>> = Zeroizing::new(
                    bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect(),
                );
                let decoded = STANDARD.decode(&*text);
                decoded
                    .map(Zeroizing::new)
                    .map_err(|_| Failure::new(format!("{shown} is not standard base64")))
            }
            Encoding::Hex => {
                let decoded = hex::decode(bytes.trim_ascii());
                decoded
                    .map(Zeroizing::new)
                    .map_err(|_| Failure::new(format!("{shown} is not hexadecimal digits")))
            }
        }
    }
}

impl OutputArgs {
    /// Writes `bytes`. A terminal gets no raw bytes, which could be commands to it.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<()> {
        let to_terminal = self.is_standard() && io::stdout().is_terminal();
        match self.out_encoding {
            Encoding::Raw if to_terminal && !is_text(bytes) => Err(Failure::usage(
                "the answer is not text: use --out FILE, a pipe, or --out-encoding base64",
            )),
            Encoding::Raw => self.put(bytes),
            Encoding::Base64 => self.put(Zeroizing::new(STANDARD.encode(bytes) + "\n").as_bytes()),
            Encoding::Hex => self.put(Zeroizing::new(hex::encode(bytes) + "\n").as_bytes()),
        }
    }

    /// Whether the answer goes to the standard output.
    pub(super) fn is_standard(&self) -> bool {
        self.out == Path::new("-")
    }

    fn put(&self, bytes: &[u8]) -> Result<()> {
        match self.is_standard() {
            true => write_standard(bytes),
            false => write(&self.out, bytes),
        }
    }
}

/// What is in a file, or comes from the standard input.
pub(super) fn read(path: &Path) -> Result<SecretBytes> {
    let shown = path.display();
    let failed = || Failure::at(format!("{shown} can't be read"));
    let mut bytes = Zeroizing::new(Vec::with_capacity(8192));
    let source: Box<dyn Read> = match path == Path::new("-") {
        true => Box::new(io::stdin().lock()),
        false => Box::new(File::open(path).map_err(failed())?),
    };
    source.take(MAX_INPUT + 1).read_to_end(&mut bytes).map_err(failed())?;
    match bytes.len() as u64 > MAX_INPUT {
        true => Err(Failure::new(format!(
            "{shown} is longer than 1 MiB: encrypt it with a key of 'claviger data-key', or sign its digest"
        ))),
        false => Ok(bytes),
    }
}

/// The same as text.
pub(super) fn read_text(path: &Path) -> Result<String> {
    let bytes = read(path)?;
    let text =
        std::str::from_utf8(&bytes).map_err(|_| Failure::new(format!("{} is not UTF-8", path.display())))?;
    Ok(text.to_owned())
}

/// A bearer token, without the end of its line.
pub(super) fn read_token(path: &Path) -> Result<Zeroizing<String>> {
    let bytes = read(path)?;
    let token = std::str::from_utf8(bytes.trim_ascii())
        .ok()
        .filter(|token| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
    token
        .map(|token| Zeroizing::new(token.to_owned()))
        .ok_or_else(|| Failure::new(format!("{} does not hold a token", path.display())))
}

/// Writes a file that only its owner can read: what we write may be secret.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = || Failure::at(format!("{} can't be written", path.display()));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).map_err(failed())?;
    file.write_all(bytes).map_err(failed())
}

pub(super) fn write_standard(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new("the answer can't be written").because(error))
        }
        _ => Ok(()),
    }
}

fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| !text.chars().any(|c| c.is_control() && !c.is_whitespace()))
}
