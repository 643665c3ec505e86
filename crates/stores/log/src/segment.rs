use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use claviger_ports::Clock;

use crate::{
    CheckpointExport, CheckpointSigner, FileLayer, LogFile, LogId, SignerError,
    line::{Chain, hash_member},
};

/// What a log is written with.
pub(crate) struct Tools {
    pub(crate) files: Arc<dyn FileLayer>,
    pub(crate) dir: PathBuf,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) signer: Arc<dyn CheckpointSigner>,
    pub(crate) log: LogId,
    pub(crate) preallocate: u64,
}

impl Tools {
    /// A checkpoint of the log as it is now.
    pub(crate) fn sign(&self, chain: &Chain) -> Result<CheckpointExport, SignerError> {
        CheckpointExport::sign(&*self.signer, self.log, chain.head(), self.clock.now())
    }
}

/// Why a segment can't be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Signer(#[from] SignerError),
}

/// The segment being written. Everything through `len` is durable.
pub(crate) struct Segment {
    pub(crate) number: u64,
    pub(crate) len: u64,
    /// The log before this segment.
    pub(crate) base: Chain,
    header_len: u64,
    allocated: u64,
    /// Up to here the space that was taken has been written.
    written: u64,
    /// Given up after a failure: the file system can't, or is almost full.
    preallocate: u64,
    file: Box<dyn LogFile>,
}

/// What is written ahead of the lines.
static AHEAD: [u8; 64 << 10] = [0; 64 << 10];

impl Segment {
    /// Creates segment `number` after `base`, durably, or leaves at most a file that may be replaced. Replaces a segment
    /// of that number. The log is then that of the second value, and the third its newest checkpoint.
    pub(crate) fn create(
        tools: &Tools,
        number: u64,
        base: Chain,
    ) -> Result<(Self, Chain, CheckpointExport), WriteError> {
        let opening = tools.sign(&base)?;
        let mut chain = base;
        let mut header = Vec::new();
        chain.push_header(&mut header, number, &opening);

        let unfinished = tools.dir.join(format!("{number:08}.tmp"));
        let file = tools.files.create(&unfinished)?;
        let len = header.len() as u64;
        let mut segment = Self {
            number,
            len: 0,
            base,
            header_len: len,
            allocated: 0,
            written: 0,
            preallocate: tools.preallocate,
            file,
        };
        segment.append(&header)?;
        tools.files.rename(&unfinished, &path(&tools.dir, number))?;
        tools.files.sync_dir(&tools.dir)?;
        Ok((segment, chain, opening))
    }

    /// Takes up a segment of which `len` bytes are good: what follows them is cut off, and what was written in the last
    /// flush, from `flush_start` on, is written again, since a page cache can show what a failed flush never brought to
    /// the disk.
    pub(crate) fn resume(
        tools: &Tools,
        number: u64,
        base: Chain,
        flush_start: u64,
        len: u64,
    ) -> io::Result<Self> {
        let file = tools.files.open_write(&path(&tools.dir, number))?;
        let size = usize::try_from(len.saturating_sub(flush_start)).map_err(io::Error::other)?;
        let mut flush = vec![0; size];
        read_exact(&*file, &mut flush, flush_start)?;
        file.set_size(len)?;
        file.write_all_at(&flush, flush_start)?;
        file.sync_all()?;
        // Its directory entry may be as young as the last flush.
        tools.files.sync_dir(&tools.dir)?;
        let preallocate = tools.preallocate;
        // A resumed segment is never replaced as empty, so the length of its header does not matter.
        Ok(Self { number, len, base, header_len: 0, allocated: len, written: len, preallocate, file })
    }

    /// Whether there is nothing in it but its header.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == self.header_len
    }

    /// Writes and flushes whole lines.
    pub(crate) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let end = self.len + lines.len() as u64;
        if self.preallocate > 0 && end > self.allocated {
            let size = end.next_multiple_of(self.preallocate);
            if self.file.allocate(size).is_err() {
                self.preallocate = 0;
            }
            // Even a failure may have taken some of it.
            self.allocated = size;
        }
        self.file.write_all_at(lines, self.len)?;
        // A large group gains nothing from it: it pays for its own blocks, and seldom.
        if self.preallocate > 0 && end > self.written && lines.len() < AHEAD.len() / 2 {
            self.write_ahead(end);
        }
        self.file.sync_data()?;
        self.len = end;
        Ok(())
    }

    /// Writes zeros behind `end`, where space has been taken. The first write to each block of such space changes what the file system keeps
    /// about the file, which the next flush waits for: so many blocks are written at once, and the flushes after that wait for the lines alone.
    fn write_ahead(&mut self, end: u64) {
        let zeros = self.allocated.saturating_sub(end).min(AHEAD.len() as u64);
        // Invariant: not longer than what it is taken from.
        let zeros = usize::try_from(zeros).ok().and_then(|len| AHEAD.get(..len)).unwrap_or_default();
        self.written = end + zeros.len() as u64;
        if let Err(error) = self.file.write_all_at(zeros, end) {
            // The lines are there all the same. What there is of the zeros is read as what was taken in advance.
            tracing::debug!(%error, "the audit log goes on without space in advance");
            self.preallocate = 0;
        }
    }

    /// Gives back what was taken in advance. Nothing can be appended to a segment before this is durable in the next.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if self.allocated > self.len {
            self.file.set_size(self.len)?;
            self.file.sync_all()?;
            self.allocated = self.len;
            self.written = self.len;
        }
        Ok(())
    }

    /// Gives back the space of a failed write, if the disk lets it: its successor may need it.
    pub(crate) fn release(&self) {
        if let Err(error) = self.file.set_size(self.len) {
            tracing::debug!(%error, "space of the audit log is not given back");
        }
    }

    /// After a failed write: cuts off whatever part of it is in the file, which must still end as it did before.
    pub(crate) fn cut(&self, tools: &Tools, tip: &[u8; 32]) -> io::Result<()> {
        let file = tools.files.open_write(&path(&tools.dir, self.number))?;
        let mut expected = hash_member(tip);
        expected.push(b'\n');
        let mut found = vec![0; expected.len()];
        read_exact(&*file, &mut found, self.len.saturating_sub(expected.len() as u64))?;
        if found != expected {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "what was flushed is no longer in the file",
            ));
        }
        file.set_size(self.len)?;
        file.sync_all()
    }
}

/// Where segment `number` lies.
pub(crate) fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:08}.log"))
}

/// Numbers of all segments in `dir`, ascending.
pub(crate) fn list(files: &dyn FileLayer, dir: &Path) -> io::Result<Vec<u64>> {
    let names = files.list(dir)?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| number(name.strip_suffix(".log")?)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// Files of segments that a crash left unfinished.
pub(crate) fn unfinished(files: &dyn FileLayer, dir: &Path) -> io::Result<Vec<PathBuf>> {
    let names = files.list(dir)?;
    let leftover = |name: &&String| name.strip_suffix(".tmp").and_then(number).is_some();
    Ok(names.iter().filter(leftover).map(|name| dir.join(name)).collect())
}

pub(crate) fn read_exact(file: &dyn LogFile, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    let mut done = 0;
    while let Some(left) = buffer.get_mut(done..).filter(|left| !left.is_empty()) {
        match file.read_at(left, offset + done as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => done += read,
        }
    }
    Ok(())
}

fn number(stem: &str) -> Option<u64> {
    let digits = stem.len() >= 8 && stem.bytes().all(|byte| byte.is_ascii_digit());
    let number = stem.parse().ok().filter(|number| *number > 0)?;
    // Only the form that we write, so that no two files have the same number.
    (digits && format!("{number:08}") == stem).then_some(number)
}
