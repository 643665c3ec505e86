//! One piece of work in a token, for somebody who waits for it: a worker that lives no longer.

use std::{sync::Arc, thread};

use claviger_ports::ProviderError;
use claviger_types::{ProviderName, SecretBytes};

use crate::{
    calls::Weight,
    config::Config,
    connection::Connection,
    login::Refusal,
    opening::{self, Ready},
    provider::{nonsense, reported},
    wire::{Answer, Cipher, Request, TokenState},
};

/// A token that is open and logged in to, for one caller.
pub(crate) struct Once {
    connection: Connection,
    pub(crate) token: TokenState,
    config: Arc<Config>,
}

/// Decrypts what another program has encrypted with `CKM_AES_CBC_PAD` and the one secret key that has this `CKA_LABEL`.
/// Blocks.
///
/// # Errors
/// `Unavailable` if the token can't be used now or has no such key, `Rejected` if the ciphertext is not of this key.
/// Nothing is authenticated: another key may go unnoticed.
pub fn decrypt_cbc_pad(
    name: &ProviderName,
    config: &Arc<Config>,
    label: &str,
    iv: &[u8; 16],
    ciphertext: &[u8],
) -> Result<SecretBytes, ProviderError> {
    run(name, config, async |token| {
        let request = Request::DecryptNamed {
            label: label.to_owned(),
            cipher: Cipher::CbcPad { iv: iv.to_vec() },
            text: SecretBytes::new(ciphertext.to_vec()),
        };
        match token.ask(request, Weight::Light).await? {
            Answer::Bytes { bytes } => Ok(bytes),
            _ => Err(nonsense()),
        }
    })
}

/// Opens the token, does something with it, and waits for that: in a thread with a runtime of its own, so that it does not
/// matter where the caller is.
pub(crate) fn run<T: Send, E: From<ProviderError> + Send>(
    name: &ProviderName,
    config: &Arc<Config>,
    work: impl AsyncFnOnce(&mut Once) -> Result<T, E> + Send,
) -> Result<T, E> {
    let task = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let failed = |error| ProviderError::Unavailable(format!("threads can't be started: {error}"));
        runtime.map_err(failed)?.block_on(async {
            let mut once = Once::open(name, config).await?;
            let done = work(&mut once).await;
            once.connection.end_gently();
            done
        })
    };
    let ended = thread::scope(|scope| scope.spawn(task).join());
    ended.unwrap_or_else(|_| Err(ProviderError::Internal("a thread panicked".to_owned()).into()))
}

impl Once {
    async fn open(name: &ProviderName, config: &Arc<Config>) -> Result<Self, ProviderError> {
        let invalid = |error| ProviderError::Unavailable(format!("its configuration: {error}"));
        config.check().map_err(invalid)?;
        match opening::open(name.as_str(), config).await {
            Ok(Ready { connection, token }) => Ok(Self { connection, token, config: Arc::clone(config) }),
            Err(Refusal::Final(reason) | Refusal::Passing(reason)) => Err(ProviderError::Unavailable(reason)),
        }
    }

    /// Has a request carried out.
    ///
    /// # Errors
    /// As for any call.
    pub(crate) async fn ask(&mut self, request: Request, weight: Weight) -> Result<Answer, ProviderError> {
        let patience = match weight {
            Weight::Light => self.config.deadline,
            Weight::Heavy => self.config.generation_deadline,
        };
        match self.connection.ask(&request, patience).await {
            Ok(Answer::Failed { failure }) => Err(reported(failure)),
            Ok(answer) => Ok(answer),
            Err(lost) => Err(ProviderError::Unavailable(lost.describe().to_owned())),
        }
    }
}
