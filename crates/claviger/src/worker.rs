//! What is done while calls are served: outcomes are settled, due keys and objects maintained, revocation lists published, refusals
//! recorded.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use claviger_core::{Result as CallResult, Service};
use claviger_keys::{ExpireImportJob, MaintainKey};
use claviger_objects::MaintainObject;
use claviger_pki::PublishRevocationList;
use claviger_types::{IssuerId, KeyId, ObjectId};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Interval, MissedTickBehavior},
};

use crate::{data_dir::LockedDir, reconcile::MarkKeeper};

/// The worker, until it is told to stop.
pub(crate) struct Worker {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

const SETTLE: Duration = Duration::from_secs(1);
/// Deletions, rotations and expiries are due at a time, not at a moment.
const MAINTAIN_KEYS: Duration = Duration::from_secs(5);
/// A device that has come back is asked which it is.
const BIND_PROVIDERS: Duration = Duration::from_secs(1);
/// Keys or objects at once, so that a call never waits for many of them.
const KEYS_AT_ONCE: usize = 64;
/// A revocation waits so long until it is in a list.
const PUBLISH_LISTS: Duration = Duration::from_secs(5);
/// After a failure (a key that is disabled, a device that is away) the same is tried again only then.
const PATIENCE: Duration = Duration::from_secs(300);
/// Lists at once.
const LISTS_AT_ONCE: usize = 64;
const MAINTAIN_SEAL: Duration = Duration::from_secs(30);
const RECORD_REFUSALS: Duration = Duration::from_secs(60);
const MOVE_MARK: Duration = Duration::from_secs(15);

impl Worker {
    pub(crate) fn start(service: &Service, mark: MarkKeeper, dir: Arc<LockedDir>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let beat = |period| Beat::new(period, stopped.clone());
        let tasks = vec![
            tokio::spawn(settle(service.clone(), beat(SETTLE))),
            tokio::spawn(maintain_keys(service.clone(), beat(MAINTAIN_KEYS))),
            tokio::spawn(maintain_objects(service.clone(), beat(MAINTAIN_KEYS))),
            tokio::spawn(bind_providers(service.clone(), beat(BIND_PROVIDERS))),
            tokio::spawn(publish_lists(service.clone(), beat(PUBLISH_LISTS))),
            tokio::spawn(expire_import_jobs(service.clone(), beat(MAINTAIN_KEYS))),
            tokio::spawn(maintain_seal(service.clone(), beat(MAINTAIN_SEAL))),
            tokio::spawn(tell_refusals(service.clone(), beat(RECORD_REFUSALS))),
            tokio::spawn(move_mark(mark, dir, beat(MOVE_MARK))),
        ];
        Self { stop, tasks }
    }

    /// Lets what is being done end.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a part of the worker ended before it should");
            }
        }
    }
}

/// Tells the audit log how many strangers were refused since the last time, by front and reason.
pub(crate) async fn record_refusals(service: &Service) -> CallResult<()> {
    for ((front, reason), count) in service.metrics().take_refused() {
        let detail = BTreeMap::from([
            ("front", front.to_owned()),
            ("reason", reason.to_owned()),
            ("count", count.to_string()),
        ]);
        service.note("refused", detail).await?;
    }
    Ok(())
}

async fn settle(service: Service, mut beat: Beat) {
    while beat.next().await {
        tell("outcomes can't be settled", service.settle_outcomes().await);
    }
}

async fn maintain_keys(service: Service, mut beat: Beat) {
    let mut failed: BTreeMap<KeyId, Instant> = BTreeMap::new();
    while beat.next().await {
        failed.retain(|_, since| since.elapsed() < PATIENCE);
        // Those that failed are still due, and must not crowd out the others.
        match service.due_keys(KEYS_AT_ONCE + failed.len()).await {
            Ok(mut due) => {
                due.retain(|(_, key)| !failed.contains_key(key));
                for (context, key) in due {
                    if let Err(error) = service.call(context, MaintainKey { key }).await {
                        failed.insert(key, Instant::now());
                        tell("a key can't be maintained", Err(error));
                    }
                }
            }
            Err(error) => tell("due keys can't be found", Err(error)),
        }
    }
}

async fn maintain_objects(service: Service, mut beat: Beat) {
    let mut failed: BTreeMap<ObjectId, Instant> = BTreeMap::new();
    while beat.next().await {
        failed.retain(|_, since| since.elapsed() < PATIENCE);
        // Those that failed are still due, and must not crowd out the others.
        match service.due_objects(KEYS_AT_ONCE + failed.len()).await {
            Ok(mut due) => {
                due.retain(|(_, id)| !failed.contains_key(id));
                for (context, id) in due {
                    if let Err(error) = service.call(context, MaintainObject { id }).await {
                        failed.insert(id, Instant::now());
                        tell("an object can't be maintained", Err(error));
                    }
                }
            }
            Err(error) => tell("due objects can't be found", Err(error)),
        }
    }
}

async fn bind_providers(service: Service, mut beat: Beat) {
    while beat.next().await {
        tell("providers can't be told apart", service.bind_providers().await);
    }
}

async fn expire_import_jobs(service: Service, mut beat: Beat) {
    while beat.next().await {
        match service.expired_import_jobs(KEYS_AT_ONCE).await {
            Ok(expired) => {
                for (context, job) in expired {
                    let done = service.call(context, ExpireImportJob { job }).await;
                    tell("an import job can't be ended", done);
                }
            }
            Err(error) => tell("expired import jobs can't be found", Err(error)),
        }
    }
}

async fn publish_lists(service: Service, mut beat: Beat) {
    let mut failed: BTreeMap<IssuerId, Instant> = BTreeMap::new();
    while beat.next().await {
        failed.retain(|_, since| since.elapsed() < PATIENCE);
        // Those that failed are still due, and must not crowd out the others.
        match service.due_revocation_lists(LISTS_AT_ONCE + failed.len()).await {
            Ok(mut due) => {
                due.retain(|issuer| !failed.contains_key(issuer));
                for issuer in due {
                    if let Err(error) = publish_list(&service, issuer).await {
                        failed.insert(issuer, Instant::now());
                        tell("a revocation list can't be published", Err(error));
                    }
                }
            }
            Err(error) => tell("due revocation lists can't be found", Err(error)),
        }
    }
}

async fn publish_list(service: &Service, issuer: IssuerId) -> CallResult<()> {
    let context = service.publisher_context("worker")?;
    service.call(context, PublishRevocationList { issuer }).await.map(drop)
}

async fn maintain_seal(service: Service, mut beat: Beat) {
    while beat.next().await {
        tell("the rotation of the root key does not go on", service.maintain_seal().await.map(drop));
    }
}

async fn tell_refusals(service: Service, mut beat: Beat) {
    while beat.next().await {
        tell("refusals can't be recorded", record_refusals(&service).await);
    }
}

async fn move_mark(mut mark: MarkKeeper, dir: Arc<LockedDir>, mut beat: Beat) {
    while beat.next().await {
        if let Err(error) = mark.tick(&dir, Instant::now()).await {
            tracing::warn!(%error, "the next start after a crash will take longer");
        }
    }
}

/// When a part of the worker has something to do.
struct Beat {
    ticks: Interval,
    stop: watch::Receiver<bool>,
}

impl Beat {
    fn new(period: Duration, stop: watch::Receiver<bool>) -> Self {
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + period, period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { ticks, stop }
    }

    /// Waits for the next time; `false` if there is none.
    async fn next(&mut self) -> bool {
        tokio::select! {
            _ = self.ticks.tick() => true,
            _ = self.stop.wait_for(|stop| *stop) => false,
        }
    }
}

fn tell(what: &'static str, result: CallResult<()>) {
    if let Err(error) = result {
        let cause = error.source().map(tracing::field::display);
        tracing::error!(reason = error.reason().name(), cause, "{what}");
    }
}
