use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use claviger_log::SegmentLog;
use claviger_ports::{AuditLog, BackupError, Backups, MadeBackup, Store};
use claviger_sql::SqliteStore;
use claviger_types::BackupName;

use crate::{data_dir::DataDir, files};

/// Backups as directories below the data directory: the database, the header of keyslots, what the installation is, and
/// the newest checkpoint of the audit log. The log itself is not copied: its segments never change, and whoever copies
/// them elsewhere can check them with the checkpoint.
pub(crate) struct BackupDirs {
    dir: PathBuf,
    /// Files that are copied as they are.
    files: Vec<PathBuf>,
    store: Arc<SqliteStore>,
    log: SegmentLog,
}

const DATABASE: &str = "claviger.db";
const CHECKPOINT: &str = "audit-checkpoint.json";

impl BackupDirs {
    pub(crate) fn new(dir: &DataDir, store: Arc<SqliteStore>, log: SegmentLog) -> Self {
        let files = vec![dir.header(), dir.installation(), dir.audit_public_key()];
        Self { dir: dir.backups(), files, store, log }
    }

    async fn fill(&self, unfinished: &Path) -> Result<(), BackupError> {
        // First the log's state, then the store: what the store holds beyond it, a restore finds in the log.
        let checkpoint = self.log.checkpoint_now().await.map_err(|error| unavailable(unfinished, &error))?;
        let failed = |error: io::Error| unavailable(unfinished, &error);
        files::create(&unfinished.join(CHECKPOINT), checkpoint.to_json().as_bytes()).map_err(failed)?;
        self.store
            .backup(&unfinished.join(DATABASE))
            .await
            .map_err(|error| unavailable(unfinished, &error))?;
        for file in &self.files {
            let Some(name) = file.file_name() else { continue };
            let content = fs::read(file).map_err(|error| unavailable(file, &error))?;
            files::create(&unfinished.join(name), &content).map_err(failed)?;
        }
        Ok(())
    }
}

#[async_trait]
impl Backups for BackupDirs {
    async fn make(&self, name: &BackupName) -> Result<MadeBackup, BackupError> {
        let whole = self.dir.join(name.as_str());
        if whole.exists() {
            return Err(BackupError::Exists);
        }
        let unfinished = self.dir.join(format!(".{name}.new"));
        // Names don't begin with a dot, so this can only be what a crash left.
        remove(&unfinished)?;
        make_dir(&self.dir)?;
        make_dir(&unfinished)?;
        let audit = self.log.head().map(|head| head.seq);
        if let Err(error) = self.fill(&unfinished).await {
            // What is left of it is removed by the next attempt, if not now.
            let _ = remove(&unfinished);
            return Err(error);
        }
        let finish = || -> io::Result<u64> {
            let bytes = fs::read_dir(&unfinished)?
                .try_fold(0, |sum, entry| Ok::<_, io::Error>(sum + entry?.metadata()?.len()))?;
            File::open(&unfinished)?.sync_all()?;
            fs::rename(&unfinished, &whole)?;
            File::open(&self.dir)?.sync_all()?;
            Ok(bytes)
        };
        let bytes = finish().map_err(|error| unavailable(&whole, &error))?;
        Ok(MadeBackup { location: whole.display().to_string(), bytes, audit })
    }
}

fn make_dir(path: &Path) -> Result<(), BackupError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(unavailable(path, &error)),
        _ => Ok(()),
    }
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unavailable(path, &error)),
        _ => Ok(()),
    }
}

fn unavailable(path: &Path, error: &dyn std::error::Error) -> BackupError {
    BackupError::Unavailable(format!("{}: {error}", path.display()))
}
