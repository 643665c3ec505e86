use std::io::{self, IsTerminal};

use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    config::{Log, LogFormat},
    failure::{Failure, Result},
};

/// Tells the operator to standard error. Called once.
pub(crate) fn start(log: &Log) -> Result<()> {
    // What libraries have to say concerns the operator only if something is wrong.
    let filter = Targets::new()
        .with_default(log.level)
        .with_target("hyper", log.level.min(tracing::level_filters::LevelFilter::WARN))
        .with_target("rustls", log.level.min(tracing::level_filters::LevelFilter::WARN));
    let registry = tracing_subscriber::registry().with(filter);
    let started = match log.format {
        LogFormat::Text => {
            let layer = tracing_subscriber::fmt::layer()
                .with_writer(io::stderr)
                .with_ansi(io::stderr().is_terminal())
                .with_target(false);
            registry.with(layer).try_init()
        }
        LogFormat::Json => {
            registry.with(tracing_subscriber::fmt::layer().json().with_writer(io::stderr)).try_init()
        }
    };
    started.map_err(Failure::at("logging can't be started"))
}
