use std::{
    fs::File,
    sync::mpsc::{Receiver, RecvTimeoutError},
    thread::JoinHandle,
    time::Duration,
};

use claviger_ports::{Batch, StoreError};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{
    migrate,
    queue::Item,
    wal::{self, Truncation},
};
use crate::{
    change::{self, Residue},
    error::{Fault, repeat},
};

/// Batches that may wait; more callers wait for a place.
pub(super) const WAITING: usize = 1024;

/// Where a group ends, so that its first caller does not wait for ever and a group fits into the page cache.
const GROUP_BATCHES: usize = 512;
const GROUP_CHANGES: usize = 4096;

/// How long until the log is tried again that could not be truncated.
const RETRY: Duration = Duration::from_millis(250);

type Answer = oneshot::Sender<Result<(), StoreError>>;

pub(super) enum Message {
    Commit(Batch, Answer),
    Probe(oneshot::Sender<Result<(), String>>),
    Stop,
}

/// The thread that writes.
pub(super) struct Writer {
    connection: Connection,
    messages: Receiver<Item<Message>>,
    readers: Vec<JoinHandle<()>>,
    /// Why the last group failed, until one succeeds.
    failing: Option<String>,
    /// The log may hold secrets that were removed.
    residue: Residue,
    /// Freed last.
    _lock: Option<File>,
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        messages: Receiver<Item<Message>>,
        readers: Vec<JoinHandle<()>>,
        lock: Option<File>,
    ) -> Self {
        Self { connection, messages, readers, failing: None, residue: Residue::None, _lock: lock }
    }

    /// Works until it is told to stop, or all who could tell it are gone.
    pub(super) fn run(mut self) {
        while let Some(message) = self.next() {
            match message {
                Message::Commit(batch, answer) => {
                    let (group, stop) = self.gather(batch, answer);
                    self.commit(group);
                    if stop {
                        break;
                    }
                }
                Message::Probe(answer) => {
                    let _ = answer.send(self.probe());
                }
                Message::Stop => break,
            }
        }
        self.finish();
    }

    /// The next message; meanwhile tries again to truncate the log, if that is due.
    fn next(&mut self) -> Option<Message> {
        while self.residue == Residue::Secrets {
            match self.messages.recv_timeout(RETRY) {
                Ok(item) => return Some(item.value),
                Err(RecvTimeoutError::Timeout) => self.erase_residue(),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        self.messages.recv().ok().map(|item| item.value)
    }

    /// Everybody who waits already, and whether to stop afterwards. Nobody waits for a group to fill.
    fn gather(&mut self, batch: Batch, answer: Answer) -> (Vec<(Batch, Answer)>, bool) {
        let mut changes = batch.changes.len();
        let mut group = vec![(batch, answer)];
        while group.len() < GROUP_BATCHES && changes < GROUP_CHANGES {
            match self.messages.try_recv().map(|item| item.value) {
                Ok(Message::Commit(batch, answer)) => {
                    changes += batch.changes.len();
                    group.push((batch, answer));
                }
                Ok(Message::Probe(answer)) => {
                    let _ = answer.send(self.probe());
                }
                Ok(Message::Stop) => return (group, true),
                Err(_) => break,
            }
        }
        (group, false)
    }

    fn commit(&mut self, group: Vec<(Batch, Answer)>) {
        let (batches, answers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let results = self.transact(&batches);
        drop(batches);
        let mut after_erasure = Vec::new();
        for (answer, result) in answers.into_iter().zip(results) {
            match result {
                Ok(Residue::Secrets) => after_erasure.push(answer),
                // Nobody minds a caller that went away: its changes are made.
                Ok(Residue::None) => drop(answer.send(Ok(()))),
                Err(error) => drop(answer.send(Err(error))),
            }
        }
        if !after_erasure.is_empty() {
            self.residue = Residue::Secrets;
            self.erase_residue();
        }
        for answer in after_erasure {
            let _ = answer.send(Ok(()));
        }
        if let Err(error) = wal::keep_short(&self.connection) {
            tracing::warn!(%error, "the write-ahead log could not be written back");
        }
    }

    /// One transaction for all; the result of each.
    fn transact(&mut self, batches: &[Batch]) -> Vec<Result<Residue, StoreError>> {
        let mut results = Vec::with_capacity(batches.len());
        match self.try_transact(batches, &mut results) {
            Ok(()) => self.failing = None,
            Err(fault) => {
                let error = StoreError::from(fault);
                tracing::error!(%error, "changes could not be made durable");
                self.failing = Some(error.to_string());
                if !self.connection.is_autocommit()
                    && let Err(error) = self.connection.execute_batch("ROLLBACK")
                {
                    tracing::error!(%error, "a transaction could not be rolled back");
                }
                // Also those that conflicted: what they conflicted with may just have been undone.
                results = batches.iter().map(|_| Err(repeat(&error))).collect();
            }
        }
        results
    }

    fn try_transact(
        &self,
        batches: &[Batch],
        results: &mut Vec<Result<Residue, StoreError>>,
    ) -> Result<(), Fault> {
        self.execute("BEGIN IMMEDIATE")?;
        for batch in batches {
            self.execute("SAVEPOINT batch")?;
            let result = change::apply(&self.connection, batch);
            if let Err(fault) = result {
                // Errors of the disk end the whole transaction.
                if self.connection.is_autocommit() {
                    return Err(fault);
                }
                self.execute("ROLLBACK TO batch")?;
                results.push(Err(fault.into()));
            } else {
                results.push(result.map_err(StoreError::from));
            }
            self.execute("RELEASE batch")?;
        }
        self.execute("COMMIT")
    }

    fn execute(&self, sql: &str) -> Result<(), Fault> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    fn erase_residue(&mut self) {
        match wal::truncate(&self.connection) {
            Ok(Truncation::Done) => self.residue = Residue::None,
            Ok(Truncation::ReadersInTheWay) => {}
            Err(error) => {
                tracing::warn!(%error, "the write-ahead log still holds secrets that were removed");
            }
        }
    }

    /// After a failure, writes something harmless to learn whether the disk works again.
    fn probe(&mut self) -> Result<(), String> {
        if self.failing.is_none() {
            return Ok(());
        }
        let write = || {
            self.execute("BEGIN IMMEDIATE")?;
            self.connection.pragma_update(None, "user_version", migrate::CURRENT)?;
            self.execute("COMMIT")
        };
        match write() {
            Ok(()) => {
                self.failing = None;
                Ok(())
            }
            Err(fault) => {
                if !self.connection.is_autocommit() {
                    // The error that matters is the first.
                    let _ = self.connection.execute_batch("ROLLBACK");
                }
                let text = StoreError::from(fault).to_string();
                self.failing = Some(text.clone());
                Err(text)
            }
        }
    }

    fn finish(self) {
        for reader in self.readers {
            if reader.join().is_err() {
                tracing::error!("a reading thread of the store has panicked");
            }
        }
        if let Err(error) = wal::truncate(&self.connection) {
            tracing::warn!(%error, "the write-ahead log could not be written back");
        }
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(%error, "the database could not be closed");
        }
    }
}
