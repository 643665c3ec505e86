//! From nothing to a token that is open and logged in to.

use std::{os::unix::ffi::OsStrExt, path::PathBuf, sync::Arc};

use crate::{
    config::{Config, Pin},
    connection::{Connection, Lost},
    latch,
    login::{self, Refusal},
    wire::{Answer, Confinement, Failure, Open, Request, TokenState},
};

/// A token that is open, and logged in to.
pub(crate) struct Ready {
    pub(crate) connection: Connection,
    pub(crate) token: TokenState,
}

/// Starts a worker, opens the token and logs in.
///
/// # Errors
/// If it can't be done; [`Refusal::Final`] if it must not be tried again as it is.
pub(crate) async fn open(name: &str, config: &Arc<Config>) -> Result<Ready, Refusal> {
    let _turn = login::provider_turn(config).await?;
    if matches!(config.pin, Pin::File(_) | Pin::Given(_)) && latch::is_set(&config.pin_latch) {
        return Err(login::latched(config));
    }
    let mut connection = Connection::start(name, config)
        .map_err(|error| Refusal::Passing(format!("the worker can't be started: {error}")))?;
    let lost = |lost: Lost| Refusal::Passing(lost.describe().to_owned());
    let opening = connection.ask(&open_request(config), config.deadline).await;
    let token = match opening.map_err(lost)? {
        Answer::Opened { token } => token,
        other => return Err(refusal("the token can't be opened", other)),
    };
    report_confinement(name, config, token.confinement);
    let turn = login::turn(config, &token).await?;
    if let Some(request) = login::prepare(config, &token, &turn).await? {
        match connection.ask(&request, config.deadline).await {
            Ok(answer) => login::conclude(config, &turn, answer).await?,
            Err(lost) => return Err(login::unseen(config, lost.describe())),
        }
    }
    Ok(Ready { connection, token })
}

/// What it means that something was not done that has to be done first.
pub(crate) fn refusal(what: &str, answer: Answer) -> Refusal {
    Refusal::Passing(match answer {
        Answer::Failed { failure: Failure::Gone { text } | Failure::Broken { text } } => {
            format!("{what}: {text}")
        }
        Answer::Failed { failure } => format!("{what}: {failure:?}"),
        _ => Lost::Nonsense.describe().to_owned(),
    })
}

fn open_request(config: &Config) -> Request {
    let bytes = |paths: &[PathBuf]| paths.iter().map(|path| path.as_os_str().as_bytes().to_vec()).collect();
    Request::Open {
        open: Open {
            module: config.module.as_os_str().as_bytes().to_vec(),
            token: config.token.clone(),
            sessions: config.sessions.get(),
            read: bytes(&config.read),
            write: bytes(&config.write),
            unix_sockets: bytes(&config.unix_sockets),
        },
    }
}

fn report_confinement(provider: &str, config: &Config, confinement: Confinement) {
    match confinement {
        Confinement::Partial {} if !config.unix_sockets.is_empty() => tracing::warn!(
            provider,
            "the PKCS#11 module may use Unix sockets, and this kernel's Landlock may not tell those that are named from \
             others: it may reach all that our user reaches"
        ),
        Confinement::Full {} => tracing::debug!(provider, "the PKCS#11 module is confined by Landlock"),
        Confinement::Partial {} => {
            tracing::info!(provider, "the PKCS#11 module is confined as far as this kernel's Landlock goes")
        }
        Confinement::None {} => tracing::warn!(
            provider,
            "the PKCS#11 module is not confined: this kernel has no Landlock, and it reaches all that we reach"
        ),
    }
}
