//! Logging in, at most once with a PIN that may be wrong.

use std::sync::Arc;

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

/// What is to be sent to log in; `None` if nothing is. The latch is down when this returns a PIN.
///
/// # Errors
/// If nothing may be sent.
pub(crate) async fn prepare(config: &Arc<Config>, token: &TokenState) -> Result<Option<Request>, Refusal> {
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
    let (config, text) = (Arc::clone(config), latch_text(token));
    let pin = tokio::task::spawn_blocking(move || read_and_latch(&config, &text)).await;
    let pin = pin.unwrap_or_else(|_| Err(Refusal::Passing("the PIN could not be read".to_owned())))?;
    Ok(Some(Request::Login { pin: Some(pin) }))
}

/// What came of it. The latch is lifted unless the PIN was refused.
///
/// # Errors
/// If nobody is logged in.
pub(crate) async fn conclude(config: &Arc<Config>, answer: Answer) -> Result<(), Refusal> {
    match answer {
        Answer::Done {} => lift(config).await.map_err(Refusal::Final),
        Answer::Failed { failure: Failure::Pin { text } } => Err(refused(config, &text)),
        Answer::Failed { failure } => {
            lift(config).await.map_err(Refusal::Final)?;
            Err(Refusal::Passing(format!("the token does not let us log in: {failure:?}")))
        }
        _ => Err(Refusal::Passing("the worker sent what makes no sense".to_owned())),
    }
}

/// What it means that the latch is down.
pub(crate) fn latched(config: &Config) -> Refusal {
    Refusal::Final(format!(
        "a login failed, or nobody saw the end of it: see that the PIN is right and not locked, then remove {}",
        config.pin_latch.display()
    ))
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
            config.pin_latch.display()
        )),
        Pin::None | Pin::ProtectedPath => Refusal::Final(format!("the token refused the login ({text})")),
    }
}

fn read_and_latch(config: &Config, text: &str) -> Result<SecretBytes, Refusal> {
    if latch::is_set(&config.pin_latch) {
        return Err(latched(config));
    }
    let unreadable = |error| Refusal::Passing(format!("the PIN can't be read: {error}"));
    let pin = config.pin.get().map_err(unreadable)?;
    let pin = pin.ok_or_else(|| Refusal::Passing("there is no PIN".to_owned()))?;
    latch::set(&config.pin_latch, text).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => latched(config),
        _ => Refusal::Passing(format!("{} can't be written: {error}", config.pin_latch.display())),
    })?;
    Ok(pin)
}

async fn lift(config: &Arc<Config>) -> Result<(), String> {
    if matches!(config.pin, Pin::None | Pin::ProtectedPath) {
        return Ok(());
    }
    let path = config.pin_latch.clone();
    let lifted = tokio::task::spawn_blocking(move || latch::clear(&path)).await;
    match lifted {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(format!("{} can't be removed: {error}", config.pin_latch.display())),
        Err(_) => Err(format!("{} can't be removed", config.pin_latch.display())),
    }
}

fn latch_text(token: &TokenState) -> String {
    format!(
        "A login to the PKCS#11 token {} (serial number {}) was tried and did not succeed.\n\
         See that the PIN is right and not locked, then remove this file.\n",
        token.label, token.serial
    )
}
