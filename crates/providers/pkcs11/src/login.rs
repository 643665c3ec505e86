//! Logging in, at most once with a PIN that may be wrong.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use claviger_types::SecretBytes;

use crate::{
    config::{Config, Pin},
    latch,
    wire::{Answer, Failure, Request, TokenState},
};

/// Why nobody is logged in.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// To try again would do harm.
    Final(String),
    /// It may go better the next time.
    Passing(String),
}

/// Leave to look at the latch of a provider, and to log in as it.
pub(crate) struct ProviderTurn {
    _held: Option<latch::Turn>,
}

/// Leave to log in to a token, as one of the providers that lead to it.
pub(crate) struct Turn {
    /// The latch of the token.
    of_token: PathBuf,
    /// What the latches say.
    text: String,
    _held: Option<latch::Turn>,
}

/// Waits until nobody else, such as a command beside the service, is logging in as this provider.
///
/// # Errors
/// If somebody does not come to an end.
pub(crate) async fn provider_turn(config: &Config) -> Result<ProviderTurn, Refusal> {
    Ok(ProviderTurn { _held: hold(config, &config.pin_latch).await? })
}

/// Waits until no other provider is logging in to the token.
///
/// # Errors
/// If one does not come to an end.
pub(crate) async fn turn(config: &Config, token: &TokenState) -> Result<Turn, Refusal> {
    let of_token = latch::of_token(&config.pin_latch, &token.label, &token.serial);
    let held = hold(config, &of_token).await?;
    Ok(Turn { text: latch_text(token, &of_token), of_token, _held: held })
}

async fn hold(config: &Config, path: &Path) -> Result<Option<latch::Turn>, Refusal> {
    match config.pin {
        Pin::None | Pin::ProtectedPath => Ok(None),
        Pin::File(_) | Pin::Given(_) => {
            let held = latch::turn(path, config.deadline).await;
            held.map(Some).map_err(|error| match error.kind() {
                std::io::ErrorKind::TimedOut => Refusal::Passing(error.to_string()),
                _ => Refusal::Passing(format!("a login by {} can't be locked: {error}", path.display())),
            })
        }
    }
}

/// What is to be sent to log in; `None` if nothing is. Both latches are down when this returns a PIN.
///
/// # Errors
/// If nothing may be sent.
pub(crate) async fn prepare(
    config: &Arc<Config>,
    token: &TokenState,
    turn: &Turn,
) -> Result<Option<Request>, Refusal> {
    match config.pin {
        Pin::None => return Ok(None),
        Pin::ProtectedPath => {
            return if token.protected_path {
                Ok(Some(Request::Login { pin: None }))
            } else {
                Err(Refusal::Final("the token has no way to be logged in to without a PIN".to_owned()))
            };
        }
        Pin::File(_) | Pin::Given(_) => {}
    }
    if token.pin_locked {
        return Err(Refusal::Final(
            "the token's PIN is locked: its security officer can unlock it".to_owned(),
        ));
    }
    if token.pin_final_try {
        return Err(Refusal::Final(
            "one more wrong PIN would lock the token: log in once with another program to set its counter back"
                .to_owned(),
        ));
    }
    let (config, of_token, text) = (Arc::clone(config), turn.of_token.clone(), turn.text.clone());
    let pin = tokio::task::spawn_blocking(move || read_and_latch(&config, &of_token, &text)).await;
    let pin = pin.unwrap_or_else(|_| Err(Refusal::Passing("the PIN could not be read".to_owned())))?;
    Ok(Some(Request::Login { pin: Some(pin) }))
}

/// What came of it. The latches are lifted unless the PIN was refused.
///
/// # Errors
/// If nobody is logged in.
pub(crate) async fn conclude(config: &Arc<Config>, turn: &Turn, answer: Answer) -> Result<(), Refusal> {
    match answer {
        Answer::Done {} => lift(config, turn).await.map_err(Refusal::Final),
        Answer::Failed { failure: Failure::Pin { text } } => {
            keep(config, turn).await;
            Err(refused(config, &text))
        }
        Answer::Failed { failure } => {
            lift(config, turn).await.map_err(Refusal::Final)?;
            Err(Refusal::Passing(format!("the token does not let us log in: {failure:?}")))
        }
        _ => Err(Refusal::Passing("the worker sent what makes no sense".to_owned())),
    }
}

/// What it means that a latch is down.
pub(crate) fn latched(config: &Config) -> Refusal {
    Refusal::Final(format!(
        "a login failed, or nobody saw the end of it: see that the PIN is right and not locked, then remove {}",
        latches(config)
    ))
}

/// What has to be removed.
fn latches(config: &Config) -> String {
    let files = latch::files(&config.pin_latch);
    files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" and ")
}

/// A login whose end nobody saw may have been refused.
pub(crate) fn unseen(config: &Config, reason: &str) -> Refusal {
    match config.pin {
        Pin::File(_) | Pin::Given(_) => latched(config),
        Pin::None | Pin::ProtectedPath => Refusal::Passing(reason.to_owned()),
    }
}

fn refused(config: &Config, text: &str) -> Refusal {
    match config.pin {
        Pin::File(_) | Pin::Given(_) => Refusal::Final(format!(
            "the token refused the PIN ({text}), which is not tried again: correct it, then remove {}",
            latches(config)
        )),
        Pin::None | Pin::ProtectedPath => Refusal::Final(format!("the token refused the login ({text})")),
    }
}

fn read_and_latch(config: &Config, of_token: &Path, text: &str) -> Result<SecretBytes, Refusal> {
    if latch::is_set(&config.pin_latch) {
        return Err(latched(config));
    }
    if latch::is_set(of_token) {
        // Under another name. This one is told, and has to be let try again as well: its PIN may be another.
        put_down(config, &config.pin_latch, text)?;
        return Err(latched(config));
    }
    let unreadable = |error| Refusal::Passing(format!("the PIN can't be read: {error}"));
    let pin = config.pin.get().map_err(unreadable)?;
    let pin = pin.ok_or_else(|| Refusal::Passing("there is no PIN".to_owned()))?;
    // That of the provider first: it says which files there are.
    put_down(config, &config.pin_latch, text)?;
    match put_down(config, of_token, text) {
        Ok(()) => Ok(pin),
        Err(refusal @ Refusal::Final(_)) => Err(refusal),
        Err(Refusal::Passing(reason)) => {
            // Nothing was tried.
            let _ = latch::clear(&config.pin_latch);
            Err(Refusal::Passing(reason))
        }
    }
}

fn put_down(config: &Config, path: &Path, text: &str) -> Result<(), Refusal> {
    latch::set(path, text).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => latched(config),
        _ => Refusal::Passing(format!("{} can't be written: {error}", path.display())),
    })
}

/// The latches are down already, unless somebody lifted that of the token for another provider while this login was under way.
async fn keep(config: &Config, turn: &Turn) {
    if matches!(config.pin, Pin::None | Pin::ProtectedPath) {
        return;
    }
    let (paths, text) = ([config.pin_latch.clone(), turn.of_token.clone()], turn.text.clone());
    let keep = move || {
        for path in &paths {
            match latch::set(path, &text) {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    tracing::error!(path = %path.display(), %error, "a wrong PIN is not remembered");
                }
                _ => {}
            }
        }
    };
    // Invariant: it does not panic.
    let _ = tokio::task::spawn_blocking(keep).await;
}

async fn lift(config: &Config, turn: &Turn) -> Result<(), String> {
    if matches!(config.pin, Pin::None | Pin::ProtectedPath) {
        return Ok(());
    }
    let paths = [turn.of_token.clone(), config.pin_latch.clone()];
    let lift = move || {
        let failed = |path: &Path, error| format!("{} can't be removed: {error}", path.display());
        paths.iter().try_for_each(|path| latch::clear(path).map_err(|error| failed(path, error)))
    };
    let lifted = tokio::task::spawn_blocking(lift).await;
    lifted.unwrap_or_else(|_| Err("the latches of the PIN can't be removed".to_owned()))
}

/// Labels are of the token's choice: they stay in one line, which is not the one that names a file.
fn latch_text(token: &TokenState, of_token: &Path) -> String {
    let file = of_token.file_name().unwrap_or_default().display();
    format!(
        "A login to the PKCS#11 token {} (serial number {}) was tried and did not succeed.\n\
         See that the PIN is right and not locked, then remove this file and the one beside it that is named here:\n\
         {file}\n",
        token.label.escape_debug(),
        token.serial.escape_debug(),
    )
}
