use std::{
    collections::VecDeque,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use claviger_types::AuditSeq;

use crate::{
    Damage, FileLayer, StdFiles, segment,
    verify::damage,
    walk::{Step, Walk},
};

/// A record as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place.
    pub seq: AuditSeq,
    /// The hash of its line.
    pub hash: [u8; 32],
    /// Its line: one JSON object with the members that the caller gave, `seq`, `hash` and perhaps `flushed`.
    pub json: Box<str>,
}

/// The records from `from` on in the log in `dir`, which may be open in another process; those it is writing may be
/// missing.
///
/// # Errors
/// [`Damage`] if the segments can't be read.
pub fn scan(dir: &Path, from: AuditSeq) -> Result<Scan, Damage> {
    Scan::begin(Arc::new(StdFiles), dir.to_owned(), from, None)
}

/// Records of a log, oldest first. Each segment's chain is checked on the way, but not whether the segments are those that
/// were written; after an error there is nothing more.
pub struct Scan {
    files: Arc<dyn FileLayer>,
    dir: PathBuf,
    from: u64,
    /// Segments not yet begun.
    segments: VecDeque<u64>,
    /// Number and length of the last segment, if it is being written.
    end: Option<(u64, u64)>,
    walk: Option<(u64, Walk)>,
}

impl Scan {
    pub(crate) fn begin(
        files: Arc<dyn FileLayer>,
        dir: PathBuf,
        from: AuditSeq,
        end: Option<(u64, u64)>,
    ) -> Result<Self, Damage> {
        let mut segments: VecDeque<u64> =
            segment::list(&*files, &dir).map_err(|error| Damage::unreadable(&dir, &error))?.into();
        if let Some((last, _)) = end {
            segments.retain(|number| *number <= last);
        }
        let mut scan = Self { files, dir, from: from.0, segments, end, walk: None };
        scan.skip_segments()?;
        Ok(scan)
    }

    /// Leaves out the segments that end before the first record wanted.
    fn skip_segments(&mut self) -> Result<(), Damage> {
        let (mut low, mut high) = (0, self.segments.len().saturating_sub(1));
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            let number = self.segments.get(middle).copied().unwrap_or_default();
            // A segment that retention has just removed ended before, and so did those before it.
            let starts_before = match self.open(number)? {
                Some((walk, first)) => {
                    drop(walk);
                    first <= self.from
                }
                None => true,
            };
            if starts_before { low = middle } else { high = middle - 1 }
        }
        self.segments.drain(..low);
        Ok(())
    }

    /// The segment and the place of its first record; `None` if it is gone.
    fn open(&self, number: u64) -> Result<Option<(Walk, u64)>, Damage> {
        let path = segment::path(&self.dir, number);
        let opened = self.files.open_read(&path).and_then(|file| Ok((file.size()?, file)));
        let (size, file) = match opened {
            Ok(opened) => opened,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Damage::unreadable(&path, &error)),
        };
        let limit = self.end.filter(|(last, _)| *last == number).map_or(size, |(_, length)| length.min(size));
        let last = self.segments.back().is_none_or(|last| *last == number);
        let begun = Walk::begin(file, limit, last);
        let (walk, header) = begun.map_err(|error| damage(error, &self.dir, number, 0))?;
        Ok(Some((walk, header.base().seq.saturating_add(1))))
    }

    fn advance(&mut self) -> Result<Option<Entry>, Damage> {
        loop {
            let Some((number, walk)) = &mut self.walk else {
                let Some(number) = self.segments.front().copied() else { return Ok(None) };
                self.walk = self.open(number)?.map(|(walk, _)| (number, walk));
                self.segments.pop_front();
                continue;
            };
            let (number, expected) = (*number, walk.chain().seq.saturating_add(1));
            match walk.step().map_err(|error| damage(error, &self.dir, number, expected))? {
                Step::Record(seq, hash, line) if seq >= self.from => {
                    let json =
                        std::str::from_utf8(line).map_err(|_| Damage::Record { segment: number, seq })?;
                    return Ok(Some(Entry { seq: AuditSeq(seq), hash, json: json.into() }));
                }
                Step::Record(..) | Step::Checkpoint(_) => {}
                Step::End(_) => self.walk = None,
            }
        }
    }
}

impl Iterator for Scan {
    type Item = Result<Entry, Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance();
        if next.is_err() {
            self.segments.clear();
            self.walk = None;
        }
        next.transpose()
    }
}
