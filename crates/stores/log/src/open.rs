use std::{io, path::Path, sync::Arc, time::Instant};

use claviger_ports::Clock;
use claviger_types::Timestamp;

use crate::{
    CheckpointExport, CheckpointSigner, Damage, FileLayer, LogOptions, OpenError, Recovery,
    line::{self, Chain, Header},
    queue::{Batch, Done, Limits, Shared},
    segment::{self, Segment, Tools, WriteError},
    verify::damage,
    walk::{Step, Walk},
    writer::Writer,
};

pub(crate) struct Opened {
    pub(crate) writer: Writer,
    pub(crate) shared: Arc<Shared>,
    pub(crate) recovery: Recovery,
}

/// Locks the directory, checks what is in it, cuts off what a crash left, and readies the writer.
pub(crate) fn open(
    options: &LogOptions,
    clock: Arc<dyn Clock>,
    signer: Arc<dyn CheckpointSigner>,
    files: Arc<dyn FileLayer>,
) -> Result<Opened, OpenError> {
    let dir = options.dir.as_path();
    let failed = |source| OpenError::Io { path: dir.to_owned(), source };
    files.create_dir(dir).map_err(failed)?;
    let lock = files.lock_dir(dir).map_err(failed)?.ok_or_else(|| OpenError::Locked(dir.to_owned()))?;
    let numbers = segment::list(&*files, dir).map_err(failed)?;
    let log = identify(options, &*files, &numbers)?;
    let tools = Tools {
        files: files.clone(),
        dir: dir.to_owned(),
        clock,
        signer,
        log: log.unwrap_or(options.new_id),
        preallocate: options.preallocate,
    };
    let state = match log {
        None => create(&tools)?,
        Some(_) => resume(&tools, &numbers)?,
    };
    for leftover in segment::unfinished(&*files, dir).map_err(failed)? {
        files.remove(&leftover).map_err(failed)?;
    }
    let limits = Limits {
        mode: options.mode,
        buffer_limit: options.buffer_limit,
        flush_interval: options.flush_interval,
    };
    let State { segment, chain, newest, unsigned, segments, recovery } = state;
    let end = (segment.number, segment.len);
    let shared = Arc::new(Shared::new(limits, Done { chain, newest: newest.clone(), end, signed: Ok(()) }));
    let writer = Writer {
        tools,
        shared: shared.clone(),
        segment,
        chain,
        newest,
        unsigned,
        segments,
        policy: options.into(),
        batch: Batch::default(),
        lines: Vec::new(),
        checkpoint_at: (unsigned > 0).then(|| Instant::now() + options.checkpoint_interval),
        refused_until: None,
        _lock: lock,
    };
    Ok(Opened { writer, shared, recovery })
}

/// The log in the directory, `None` if there is none; it must be the one expected.
fn identify(
    options: &LogOptions,
    files: &dyn FileLayer,
    numbers: &[u64],
) -> Result<Option<crate::LogId>, OpenError> {
    let dir = options.dir.clone();
    let Some(first) = numbers.first() else {
        return match options.expected_id {
            Some(expected) => Err(OpenError::Missing { dir, expected }),
            None => Ok(None),
        };
    };
    let found = header(files, &dir, *first)?.opening.log;
    match options.expected_id {
        Some(expected) if expected != found => Err(OpenError::Foreign { dir, expected, found }),
        _ => Ok(Some(found)),
    }
}

struct State {
    segment: Segment,
    chain: Chain,
    newest: CheckpointExport,
    unsigned: u64,
    segments: Vec<(u64, Timestamp)>,
    recovery: Recovery,
}

fn create(tools: &Tools) -> Result<State, OpenError> {
    let made = Segment::create(tools, 1, Chain::START).map_err(|error| match error {
        WriteError::Io(source) => OpenError::Io { path: segment::path(&tools.dir, 1), source },
        WriteError::Signer(error) => OpenError::Signer(error),
    });
    let (segment, chain, opening) = made?;
    let recovery = Recovery {
        created: true,
        log: tools.log,
        head: None,
        torn_bytes: 0,
        clean: true,
        segments: 1,
        checkpoint: opening.clone(),
    };
    let segments = vec![(1, opening.checkpoint.time)];
    Ok(State { segment, chain, newest: opening, unsigned: 0, segments, recovery })
}

fn resume(tools: &Tools, numbers: &[u64]) -> Result<State, OpenError> {
    let files = &*tools.files;
    let segments = check_headers(tools, numbers)?;
    // Invariant: there is at least one segment, since the log was identified by its first.
    let last = numbers.last().copied().unwrap_or(1);
    let at_last = |source| OpenError::Io { path: segment::path(&tools.dir, last), source };
    let file = files.open_read(&segment::path(&tools.dir, last)).map_err(at_last)?;
    let size = file.size().map_err(at_last)?;
    let begun = Walk::begin(file, size, true);
    let (mut walk, header) = begun.map_err(|error| damage(error, &tools.dir, last, 0))?;
    check_link(tools, &header, numbers)?;
    let mut newest = header.opening.clone();
    let (mut unsigned, mut clean) = (0, true);
    let torn_bytes = loop {
        let expected = walk.chain().seq.saturating_add(1);
        match walk.step().map_err(|error| damage(error, &tools.dir, last, expected))? {
            Step::Record(..) => (unsigned, clean) = (unsigned + 1, false),
            Step::Checkpoint(checkpoint) => (newest, unsigned, clean) = (checkpoint, 0, true),
            Step::End(torn) => break torn,
        }
    };
    let chain = walk.chain();
    let resumed = Segment::resume(tools, last, header.base(), walk.flush_start(), walk.offset());
    let recovery = Recovery {
        created: false,
        log: tools.log,
        head: (chain.seq > 0).then(|| chain.head()),
        torn_bytes,
        clean: clean && torn_bytes == 0,
        segments: numbers.len(),
        checkpoint: newest.clone(),
    };
    Ok(State { segment: resumed.map_err(at_last)?, chain, newest, unsigned, segments, recovery })
}

/// That the headers are those of one log without gaps; gives when each segment was created.
fn check_headers(tools: &Tools, numbers: &[u64]) -> Result<Vec<(u64, Timestamp)>, OpenError> {
    let mut segments: Vec<(u64, Timestamp)> = Vec::with_capacity(numbers.len());
    for number in numbers {
        let expected = segments.last().map_or(*number, |(last, _)| last + 1);
        if *number != expected {
            return Err(Damage::MissingSegment { segment: expected }.into());
        }
        let header = header(&*tools.files, &tools.dir, *number)?;
        if header.opening.log != tools.log {
            let (expected, found) = (tools.log, header.opening.log);
            return Err(Damage::ForeignSegment { segment: *number, expected, found }.into());
        }
        if header.segment != *number {
            return Err(Damage::Header { segment: *number }.into());
        }
        segments.push((*number, header.created()));
    }
    Ok(segments)
}

/// That the last segment continues the one before it.
fn check_link(tools: &Tools, header: &Header, numbers: &[u64]) -> Result<(), OpenError> {
    let [.., before, last] = numbers else { return Ok(()) };
    let failed = |source| OpenError::Io { path: segment::path(&tools.dir, *before), source };
    let file = tools.files.open_read(&segment::path(&tools.dir, *before)).map_err(failed)?;
    let mut expected = line::hash_member(&header.base().tip);
    expected.push(b'\n');
    let size = file.size().map_err(failed)?;
    let mut found = vec![0; expected.len()];
    match segment::read_exact(&*file, &mut found, size.saturating_sub(expected.len() as u64)) {
        Ok(()) if found == expected => Ok(()),
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(failed(error)),
        _ => Err(Damage::Link { segment: *last }.into()),
    }
}

fn header(files: &dyn FileLayer, dir: &Path, number: u64) -> Result<Header, OpenError> {
    let file = files.open_read(&segment::path(dir, number));
    let size = file.as_ref().map_or(Ok(0), |file| file.size());
    let begun = file.and_then(|file| Ok((file, size?)));
    let (file, size) = begun.map_err(|source| OpenError::Io { path: segment::path(dir, number), source })?;
    let (_, header) = Walk::begin(file, size, false).map_err(|error| damage(error, dir, number, 0))?;
    Ok(header)
}
