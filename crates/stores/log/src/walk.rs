use std::io;

use crate::{
    CheckpointExport,
    files::LogFile,
    line::{self, Chain, Header, Line, MAX_LINE},
};

const CHUNK: usize = 256 * 1024;

/// Follows the chain through one segment.
pub(crate) struct Walk {
    reader: LineReader,
    chain: Chain,
    last: bool,
    flush_start: u64,
}

/// What comes next in a segment.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    /// A record, with its line without the newline.
    Record(u64, [u8; 32], &'a [u8]),
    /// A checkpoint of what came before it.
    Checkpoint(CheckpointExport),
    /// The end, with the number of bytes after it that are remains of a flush that was cut short.
    End(u64),
}

/// Why a segment can't be followed further.
#[derive(Debug)]
pub(crate) enum Broken {
    /// It can't be read.
    Io(io::Error),
    /// The first line is not a header, or not the one that was written.
    Header,
    /// A line does not follow the one before it.
    Line(Wrong),
}

/// What is wrong with the line at `offset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) offset: u64,
    pub(crate) kind: WrongKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WrongKind {
    /// Its hash, or its form.
    Content,
    /// A whole record, but of another place.
    Place(u64),
    /// A checkpoint of another log or of another state of this one.
    Checkpoint,
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Walk {
    /// Starts at the header of the segment in `file`, of which the first `limit` bytes are read. Only the last segment
    /// of a log may end in remains. The header is checked in itself; whether it continues the log is for the caller.
    pub(crate) fn begin(file: Box<dyn LogFile>, limit: u64, last: bool) -> Result<(Self, Header), Broken> {
        let mut reader = LineReader { file, limit, buffer: Vec::new(), start: 0, end: 0, offset: 0 };
        let Some(line) = reader.next()? else { return Err(Broken::Header) };
        let (Some((body, hash)), Some(Line::Header(header))) = (line::split(line), line::parse(line)) else {
            return Err(Broken::Header);
        };
        let base = header.base();
        let tip = base.confirm(body, hash).ok_or(Broken::Header)?;
        let flush_start = reader.offset;
        Ok((Self { reader, chain: Chain { tip, ..base }, last, flush_start }, header))
    }

    /// The log through the last good line.
    pub(crate) fn chain(&self) -> Chain {
        self.chain
    }

    /// End of the last good line.
    pub(crate) fn offset(&self) -> u64 {
        self.reader.offset
    }

    /// Start of the last flush that has a good line; the end of the header, if there is none.
    pub(crate) fn flush_start(&self) -> u64 {
        self.flush_start
    }

    pub(crate) fn step(&mut self) -> Result<Step<'_>, Broken> {
        let offset = self.reader.offset;
        let Some(range) = self.reader.next_range()? else { return self.end(WrongKind::Content) };
        let accepted = accept(&self.chain, self.reader.slice(range.clone()));
        let (next, what) = match accepted {
            Ok(accepted) => accepted,
            Err(kind) => {
                self.reader.rewind(offset);
                return self.end(kind);
            }
        };
        self.chain = next;
        let line = self.reader.slice(range);
        if line::begins_flush(line) {
            self.flush_start = offset;
        }
        Ok(match what {
            Line::Checkpoint(checkpoint) => Step::Checkpoint(checkpoint),
            _ => Step::Record(next.seq, next.tip, line),
        })
    }

    /// Nothing good follows: whether that is the end, and how much remains after it.
    fn end(&mut self, kind: WrongKind) -> Result<Step<'_>, Broken> {
        let rest = self.reader.rest()?;
        if rest.is_empty() {
            return Ok(Step::End(0));
        }
        match torn(&rest) {
            Some(bytes) if self.last => Ok(Step::End(bytes)),
            _ => Err(Broken::Line(Wrong { offset: self.reader.offset, kind })),
        }
    }

    /// Whether a whole record of this place follows, however the chain goes.
    pub(crate) fn finds_later(&mut self, seq: u64) -> io::Result<bool> {
        while let Some(line) = self.reader.next()? {
            if matches!(line::parse(line), Some(Line::Record(found)) if found == seq) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What `line` is, if it continues the log, and the log then.
fn accept(chain: &Chain, line: &[u8]) -> Result<(Chain, Line), WrongKind> {
    let (body, hash) = line::split(line).ok_or(WrongKind::Content)?;
    let what = line::parse(line).ok_or(WrongKind::Content)?;
    let seq = match &what {
        Line::Header(_) => return Err(WrongKind::Content),
        Line::Record(seq) if Some(*seq) != chain.seq.checked_add(1) => return Err(WrongKind::Place(*seq)),
        Line::Record(seq) => *seq,
        Line::Checkpoint(_) => chain.seq,
    };
    let tip = chain.confirm(body, hash).ok_or(WrongKind::Content)?;
    if let Line::Checkpoint(checkpoint) = &what
        && checkpoint.checkpoint.head != chain.head()
    {
        return Err(WrongKind::Checkpoint);
    }
    Ok((Chain { seq, tip }, what))
}

/// Whether what follows the last good line of a log may be the remains of a flush that a crash cut short, and then how
/// many bytes without the zeros at the end.
///
/// A crash leaves parts of a flush out: the file ends within a line, or there are zeros, which no line contains. It
/// changes nothing else; and no later flush was begun, which would say so.
fn torn(rest: &[u8]) -> Option<u64> {
    let first = memchr::memchr(b'\n', rest).map(|end| rest.split_at(end).0);
    if first.is_some_and(|line| !line.contains(&0)) {
        return None;
    }
    let starts = rest.windows(2).enumerate().filter(|(_, pair)| matches!(pair, [b'\n' | 0, b'{']));
    for (at, _) in starts {
        if rest.get(at + 1..).is_some_and(line::begins_flush) {
            return None;
        }
    }
    let kept = rest.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    u64::try_from(kept).ok()
}

/// Lines of a file, in large reads.
struct LineReader {
    file: Box<dyn LogFile>,
    limit: u64,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Place of `buffer[start]` in the file.
    offset: u64,
}

impl LineReader {
    /// The next line without its newline; `None` if there is no newline within the length of a line.
    fn next(&mut self) -> io::Result<Option<&[u8]>> {
        Ok(self.next_range()?.map(|range| self.slice(range)))
    }

    /// As [`next`](Self::next), but as a range for [`slice`](Self::slice) that holds until the next call.
    fn next_range(&mut self) -> io::Result<Option<std::ops::Range<usize>>> {
        let mut searched = 0;
        loop {
            let unread = self.slice(self.start..self.end);
            let newline = unread.get(searched..).and_then(|new| memchr::memchr(b'\n', new));
            if let Some(more) = newline {
                let length = searched + more;
                let range = self.start..self.start + length;
                self.start += length + 1;
                self.offset += length as u64 + 1;
                return Ok(Some(range));
            }
            searched = unread.len();
            if searched >= MAX_LINE || !self.fill()? {
                return Ok(None);
            }
        }
    }

    fn slice(&self, range: std::ops::Range<usize>) -> &[u8] {
        // Invariant: ranges come from `next_range` and lie within the buffer.
        self.buffer.get(range).unwrap_or_default()
    }

    /// Goes back to a line that was read.
    fn rewind(&mut self, offset: u64) {
        (self.start, self.end, self.offset) = (0, 0, offset);
    }

    /// Everything not yet read; it stays unread.
    fn rest(&mut self) -> io::Result<Vec<u8>> {
        let mut rest = Vec::new();
        let mut chunk = vec![0; CHUNK];
        loop {
            let at = self.offset + rest.len() as u64;
            let read = read_within(&*self.file, &mut chunk, at, self.limit)?;
            if read == 0 {
                return Ok(rest);
            }
            rest.extend_from_slice(chunk.get(..read).unwrap_or_default());
        }
    }

    /// Reads more; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.buffer.len() < self.end + CHUNK {
            self.buffer.resize(self.end + CHUNK, 0);
        }
        let at = self.offset + self.end as u64;
        let free = self.buffer.get_mut(self.end..).unwrap_or_default();
        let read = read_within(&*self.file, free, at, self.limit)?;
        self.end += read;
        Ok(read > 0)
    }
}

fn read_within(file: &dyn LogFile, buffer: &mut [u8], at: u64, limit: u64) -> io::Result<usize> {
    let left = usize::try_from(limit.saturating_sub(at)).unwrap_or(usize::MAX);
    let length = buffer.len().min(left);
    file.read_at(buffer.get_mut(..length).unwrap_or_default(), at)
}
