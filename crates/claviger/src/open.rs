use std::sync::Arc;

use claviger_core::{Adapters, Service, Settings, admin::Administration, seal::Seal};
use claviger_log::{LogId, LogOptions, Recovery, SegmentLog, StdFiles};
use claviger_ports::{Clock, KeyReads, Provider, Random};
use claviger_software::SoftwareProvider;
use claviger_sql::{SqliteOptions, SqliteStore};

use crate::{
    ambient::{SystemClock, SystemRandom},
    audit_key::AuditKey,
    backups::BackupDirs,
    config::{Config, SOFTWARE},
    data_dir::LockedDir,
    devices::Devices,
    failure::{Failure, Result},
    header_file::HeaderFile,
    installation::Installation,
    reconcile,
};

/// An installation that is open: everything between the root key and the service.
pub(crate) struct Opened {
    pub(crate) dir: Arc<LockedDir>,
    pub(crate) service: Service,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) log: SegmentLog,
    pub(crate) log_id: LogId,
    /// Whether there is nobody yet who could be authorized.
    pub(crate) is_new: bool,
}

/// Opens store and audit log, and tells the log what became of what a crash cut short.
pub(crate) async fn open(
    dir: LockedDir,
    installation: &Installation,
    seal: Seal,
    config: &Config,
    devices: &Devices,
) -> Result<Opened> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let store = Arc::new(SqliteStore::open(SqliteOptions::new(dir.database()))?);
    let is_new = store.project(installation.account).await?.is_none();
    let key = AuditKey::load(&*store, &seal, &*random, is_new).await?;
    key.publish(&dir)?;
    let (log, recovery) = open_log(&dir, installation, config, is_new, clock.clone(), key)?;
    let open_changes = reconcile::open_changes(&log, recovery.log, &dir)?;
    let mut providers: Vec<Arc<dyn Provider>> = vec![Arc::new(start_software(config)?)];
    providers.extend(devices.start(&random)?);
    let settings = Settings {
        pki_url: config.pki_url.clone(),
        region: config.region.clone(),
        account: installation.account,
        deadline: config.limits.deadline,
        caches: config.caches,
        rates: config.limits.rates,
        kept_objects: config.limits.kept_objects,
    };
    let adapters = Adapters {
        store: store.clone(),
        providers,
        roles: config.roles.clone(),
        log: Arc::new(log.clone()),
        seal: Arc::new(seal),
        clock,
        random,
    };
    let administration = Administration {
        header: Arc::new(HeaderFile::new(dir.header())),
        audit: Arc::new(log.clone()),
        backups: Arc::new(BackupDirs::new(&dir, store.clone(), log.clone())),
        devices: devices.keyslot_devices(),
    };
    let service = Service::administered(settings, store.clone(), adapters, administration);
    let reconciled = service.reconcile(open_changes).await?;
    if reconciled > 0 {
        tracing::warn!(changes = reconciled, "changes that a crash cut short were told to the audit log");
    }
    Ok(Opened { dir: Arc::new(dir), service, store, log, log_id: recovery.log, is_new })
}

impl Opened {
    /// Writes what is waiting, and leaves everything as an orderly end does.
    pub(crate) async fn close(self) -> Result<()> {
        let settled = self.service.settle_outcomes().await;
        let head = self.log.checkpoint_now().await.map(|export| export.checkpoint.head.seq);
        let closed = self.log.close().await;
        self.store.close().await;
        settled?;
        // Only a hint for the next start, and true only if everything before it is.
        reconcile::write_mark(&self.dir, self.log_id, head?)?;
        Ok(closed?)
    }
}

fn open_log(
    dir: &LockedDir,
    installation: &Installation,
    config: &Config,
    is_new: bool,
    clock: Arc<dyn Clock>,
    key: AuditKey,
) -> Result<(SegmentLog, Recovery)> {
    let options = LogOptions {
        // The store knows that there was a log: if it is gone now, somebody took it away.
        expected_id: (!is_new).then_some(installation.audit_log),
        mode: config.audit.mode,
        segment_bytes: config.audit.segment_bytes,
        retain: config.audit.retain,
        checkpoint_interval: config.audit.checkpoint_interval,
        checkpoint_records: config.audit.checkpoint_records,
        ..LogOptions::new(dir.audit(), installation.audit_log)
    };
    let (log, recovery) = SegmentLog::open(options, clock, Arc::new(key), Arc::new(StdFiles))?;
    if recovery.torn_bytes > 0 {
        let bytes = recovery.torn_bytes;
        tracing::warn!(bytes, "the remains of records that nobody was told of were cut off the audit log");
    }
    Ok((log, recovery))
}

fn start_software(config: &Config) -> Result<SoftwareProvider> {
    let name = SOFTWARE.parse().map_err(Failure::at("the name of the software provider is not one"))?;
    let mut pool = claviger_software::Config::default();
    if let Some(threads) = config.threads.crypto {
        pool.threads = threads;
    }
    SoftwareProvider::start(name, pool).map_err(Failure::at("threads for cryptography can't be started"))
}

#[cfg(test)]
mod tests;
