//! Puts a backup into an empty data directory, and does to it again what must not be undone: the destruction of keys and
//! the revocation of credentials since the backup, as the audit log tells them.

mod apply;
mod history;

use std::{
    fs::{self, File},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use claviger_core::seal::{Header, Seal};
use claviger_log::{
    CheckpointExport, CheckpointVerifier, LogId, LogOptions, SegmentLog, StdFiles,
    verify::{self, Held},
};
use claviger_ports::{AuditLog, Clock, HeaderStore, LogRecord, Random};
use claviger_sql::{SqliteOptions, SqliteStore};
use claviger_types::AuditSeq;

pub(crate) use apply::Applied;
pub(crate) use history::History;

use crate::{
    ambient::{SystemClock, SystemRandom},
    audit_key::AuditKey,
    config::Unlock,
    data_dir::{DataDir, LockedDir},
    devices::Devices,
    failure::{Failure, Result},
    files,
    header_file::HeaderFile,
    installation::Installation,
    unlock,
};

/// What is restored, and to where.
pub(crate) struct Request<'a> {
    /// The directory of a backup.
    pub(crate) backup: &'a Path,
    /// A directory that is empty, or is made.
    pub(crate) data: &'a Path,
    /// The audit log that the installation has kept since; `None` if it is lost.
    pub(crate) audit: Option<&'a Path>,
    /// What opens a keyslot of the backup.
    pub(crate) unlock: &'a [Unlock],
    /// The devices that these name.
    pub(crate) devices: &'a Devices,
}

/// What was restored.
pub(crate) struct Restored {
    /// Where.
    pub(crate) data: PathBuf,
    /// What was done to the copy again.
    pub(crate) applied: Applied,
    /// What the log tells of the time since, as far as there is one.
    pub(crate) history: History,
}

/// The files of a backup.
struct Backup {
    dir: DataDir,
    header: Vec<u8>,
    installation: Installation,
    checkpoint: CheckpointExport,
}

const CHECKPOINT: &str = "audit-checkpoint.json";

/// Restores; on an error the data directory is not usable and can be removed.
pub(crate) async fn restore(request: &Request<'_>) -> Result<Restored> {
    let backup = Backup::open(request.backup)?;
    // Whatever is wrong with the backup or the log is found before anything is made.
    let seal = unlock::open(&Header::parse(&backup.header)?, request.unlock, request.devices)?;
    check_unused(request.data)?;
    let _old = request.audit.map(lock_out).transpose()?;
    let history = match request.audit {
        Some(audit) => backup.history(audit)?,
        None => History::default(),
    };
    let dir = empty(request.data)?;
    let installation = backup.copy_to(&dir, request.audit)?;
    let store = SqliteStore::open(SqliteOptions { must_exist: true, ..SqliteOptions::new(dir.database()) })?;
    store.check().await?;
    let now = SystemClock.now();
    let applied = match request.audit {
        Some(_) => apply::history(&store, &history, now).await?,
        None => apply::without_history(&store, now).await?,
    };
    note(&dir, &installation, &store, &seal, &backup.checkpoint, &applied).await?;
    store.close().await;
    // Last, because without it the directory is refused: one that was cut short is never served.
    HeaderFile::new(dir.header()).create(&backup.header)?;
    Ok(Restored { data: dir.path().to_owned(), applied, history })
}

impl Backup {
    fn open(path: &Path) -> Result<Self> {
        let dir = DataDir::open(path)?;
        let shown = dir.path().display();
        let incomplete = |name: &str| {
            Failure::new(format!(
                "{shown} has no {name}: it is not a backup of 'claviger backup', or not all of it"
            ))
        };
        let read = |path: PathBuf, name| {
            let content =
                files::read_if_any(&path).map_err(Failure::at(format!("{} can't be read", path.display())));
            content?.ok_or_else(|| incomplete(name))
        };
        let header = read(dir.header(), "keyslots.json")?;
        let checkpoint = read(dir.path().join(CHECKPOINT), CHECKPOINT)?;
        let checkpoint =
            std::str::from_utf8(&checkpoint).ok().and_then(|text| CheckpointExport::from_json(text).ok());
        let checkpoint =
            checkpoint.ok_or_else(|| Failure::new(format!("{shown}/{CHECKPOINT} is damaged")))?;
        let installation = Installation::load(&dir)?.ok_or_else(|| incomplete("installation.json"))?;
        for (path, name) in
            [(dir.database(), "claviger.db"), (dir.audit_public_key(), "audit-signing-key.pem")]
        {
            if !path.is_file() {
                return Err(incomplete(name));
            }
        }
        Ok(Self { dir, header, installation, checkpoint })
    }

    /// What the audit log tells of the time since the backup, if it is whole.
    fn history(&self, audit: &Path) -> Result<History> {
        let key = crate::cli::read_audit_key(&self.dir.audit_public_key())?;
        let shown = audit.display();
        let report = verify::verify(audit, Some(&key as &dyn CheckpointVerifier), Some(&self.checkpoint))
            .map_err(|damage| {
                Failure::new(format!("the audit log in {shown} can't be relied on: {damage}"))
            })?;
        if report.held == Some(Held::Removed) {
            return Err(Failure::new(format!(
                "the audit log in {shown} begins with record {}, but the backup ends with record {}: what was destroyed \
                 between is not known. Give a copy of the log that still has those records, or --without-audit",
                report.first.0, self.checkpoint.checkpoint.head.seq.0
            )));
        }
        history::read(audit, AuditSeq(self.checkpoint.checkpoint.head.seq.0 + 1))
    }

    /// Everything but the header.
    fn copy_to(&self, dir: &LockedDir, audit: Option<&Path>) -> Result<Installation> {
        copy(&self.dir.database(), &dir.database())?;
        copy(&self.dir.audit_public_key(), &dir.audit_public_key())?;
        let random: &dyn Random = &SystemRandom;
        let audit_log = match audit {
            Some(audit) => {
                copy_segments(audit, &dir.audit())?;
                self.installation.audit_log
            }
            // Nothing continues a log that is lost.
            None => LogId::from_bytes(random.bytes()),
        };
        let installation = Installation { audit_log, ..self.installation.clone() };
        installation.store(dir)?;
        Ok(installation)
    }
}

/// Sees to it that nobody writes the log that is read, if it lies in a data directory: what came later would be lost.
fn lock_out(audit: &Path) -> Result<Option<LockedDir>> {
    let audit = audit.canonicalize().map_err(Failure::at(format!("{} can't be used", audit.display())))?;
    match audit.parent().filter(|parent| parent.join("keyslots.json").exists()) {
        Some(parent) => DataDir::open(parent)?.lock().map(Some),
        None => Ok(None),
    }
}

fn empty(path: &Path) -> Result<LockedDir> {
    let dir = DataDir::create(path)?.lock()?;
    check_unused(dir.path())?;
    Ok(dir)
}

/// Refuses a directory in which something could be overwritten.
fn check_unused(path: &Path) -> Result<()> {
    match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(false) => Err(Failure::new(format!(
            "{} is not empty; a backup is restored into a new directory, so that nothing is overwritten",
            path.display()
        ))),
        Ok(true) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::new(format!("{} can't be used", path.display())).because(error)),
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let copied = || -> io::Result<()> {
        fs::copy(from, to)?;
        fs::set_permissions(to, fs::Permissions::from_mode(0o600))?;
        File::open(to)?.sync_all()
    };
    copied().map_err(Failure::at(format!("{} can't be copied to {}", from.display(), to.display())))
}

fn copy_segments(from: &Path, to: &Path) -> Result<()> {
    let failed = || Failure::at(format!("{} can't be copied", from.display()));
    fs::create_dir(to).map_err(failed())?;
    fs::set_permissions(to, fs::Permissions::from_mode(0o700)).map_err(failed())?;
    for entry in fs::read_dir(from).map_err(failed())? {
        let path = entry.map_err(failed())?.path();
        if let Some(name) = path.file_name().filter(|_| path.extension().is_some_and(|end| end == "log")) {
            copy(&path, &to.join(name))?;
        }
    }
    File::open(to).and_then(|dir| dir.sync_all()).map_err(failed())
}

/// The restore is part of the audit log, whether that goes on or begins anew.
async fn note(
    dir: &LockedDir,
    installation: &Installation,
    store: &SqliteStore,
    seal: &Seal,
    checkpoint: &CheckpointExport,
    applied: &Applied,
) -> Result<()> {
    let key = AuditKey::load(store, seal, &SystemRandom, false).await?;
    key.publish(dir)?;
    let goes_on = dir.audit().exists();
    let options = LogOptions {
        expected_id: goes_on.then_some(installation.audit_log),
        ..LogOptions::new(dir.audit(), installation.audit_log)
    };
    let (log, _) = SegmentLog::open(options, Arc::new(SystemClock), Arc::new(key), Arc::new(StdFiles))?;
    let record = serde_json::json!({
        "time": SystemClock.now().to_string(),
        "phase": "service",
        "event": "restored",
        "detail": {
            "backup_log": checkpoint.log.to_string(),
            "backup_seq": checkpoint.checkpoint.head.seq.0.to_string(),
            "destroyed": applied.destroyed.len().to_string(),
            "revoked": applied.revoked.len().to_string(),
            "certificates": applied.certificates.len().to_string(),
        },
    });
    let record = LogRecord::parse(record.to_string().as_bytes())
        .map_err(Failure::at("the restoration can't be recorded"))?;
    let seq = log.append(&record)?;
    log.durable(seq).await?;
    Ok(log.close().await?)
}

#[cfg(test)]
mod tests;
