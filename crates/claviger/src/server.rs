use std::{
    cell::RefCell,
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use claviger_core::Service;
use claviger_front_gokms::{GokmsFront, GokmsOptions};
use claviger_log::{Rest, SegmentLog};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    config::Config,
    failure::{Failure, Result},
    listen::{self, Listeners},
    open::Opened,
    reconcile::MarkKeeper,
    web,
    worker::{self, Worker},
};

/// Whom the threads of a runtime tell when they have nothing to do: the audit log, once it is there.
#[derive(Clone, Default)]
pub(crate) struct Idle(Arc<OnceLock<SegmentLog>>);

thread_local! {
    static REST: RefCell<Option<Rest>> = const { RefCell::new(None) };
}

/// The runtime that everything is served on.
pub(crate) fn runtime(config: &Config, idle: &Idle) -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let Idle(idle) = idle.clone();
    builder.on_thread_park(move || {
        REST.set(idle.get().map(SegmentLog::rest));
    });
    builder.on_thread_unpark(|| REST.set(None));
    if let Some(threads) = config.threads.io {
        builder.worker_threads(threads.get());
    }
    builder.thread_name("io").enable_all().build().map_err(Failure::at("threads can't be started"))
}

/// Signals that end the program. Made before anything is announced, so that none is lost.
pub(crate) struct Ending {
    terminate: Signal,
    interrupt: Signal,
}

impl Ending {
    pub(crate) fn new() -> Result<Self> {
        let failed = || Failure::at("signals can't be received");
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(failed())?,
            interrupt: signal(SignalKind::interrupt()).map_err(failed())?,
        })
    }

    /// Waits for one.
    pub(crate) async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Serves until a signal says to end, then ends in order: calls in flight first, the store last.
pub(crate) async fn run(
    opened: Opened,
    listeners: Listeners,
    config: &Config,
    idle: &Idle,
    mut ending: Ending,
) -> Result<()> {
    let Opened { service, log, .. } = &opened;
    idle.0.get_or_init(|| log.clone());
    let service = service.clone();
    service.note("started", BTreeMap::from([("version", env!("CARGO_PKG_VERSION").to_owned())])).await?;
    let router = router(&service, config)?;
    let deadline = config.limits.deadline;
    let dir = Arc::clone(&opened.dir);
    let worker = Worker::start(&service, MarkKeeper::new(opened.log.clone(), opened.log_id, deadline), dir);
    let serving = listen::serve(listeners, &service, router, &config.limits);
    ending.received().await;
    tracing::info!("ending: calls in flight are finished first; a second signal ends at once");
    let orderly = async {
        if !serving.stop(deadline + Duration::from_secs(5)).await {
            tracing::warn!("some connections did not end in time");
        }
        changes_ended(&service, deadline).await;
        worker.stop().await;
        let recorded = worker::record_refusals(&service).await;
        let noted = service.note("stopped", BTreeMap::new()).await;
        opened.close().await?;
        recorded?;
        Ok(noted?)
    };
    tokio::select! {
        ended = orderly => ended,
        () = ending.received() => Err(Failure::new("ended at once, as asked; the next start puts in order what was cut short")),
    }
}

/// A change goes on when its caller goes away, so that it may last longer than the connections.
async fn changes_ended(service: &Service, deadline: Duration) {
    let ended = async {
        while service.metrics().in_flight() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    if tokio::time::timeout(deadline, ended).await.is_err() {
        tracing::warn!("some calls did not end in time");
    }
}

/// Every front, and what is served beside them.
fn router(service: &Service, config: &Config) -> Result<axum::Router> {
    let aws = claviger_front_aws::AwsFront {
        service: service.clone(),
        options: claviger_front_aws::Options { body_limit: config.limits.body, ..Default::default() },
    };
    let native =
        claviger_front_native::NativeFront { service: service.clone(), socket_users: config.users()? };
    let router = web::router(service.clone())
        .merge(claviger_front_aws::router(aws))
        .merge(claviger_front_native::publication::router(service.clone()))
        .merge(claviger_front_native::router(native));
    let google = claviger_front_google::GoogleFront {
        service: service.clone(),
        options: claviger_front_google::Options { body_limit: config.limits.body, ..Default::default() },
    };
    let router = router.merge(claviger_front_google::router(google)?);
    let Some(gokms) = &config.gokms else { return Ok(router) };
    let mut options = GokmsOptions::new(gokms.credential.clone());
    options.date_window = gokms.date_window;
    options.body_limit = config.limits.body;
    Ok(router.merge(claviger_front_gokms::router(GokmsFront { service: service.clone(), options })))
}
