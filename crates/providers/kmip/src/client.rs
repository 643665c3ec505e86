//! Requests in the version that was agreed on.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use claviger_kmip::{
    Credential, Outcome, ProtocolVersion, RequestHeader, RequestItem, RequestMessage, RequestPayload,
    ResponsePayload, ResultReason,
    message::{Authentication, UsernamePassword},
    ttlv::SecretText,
};

use crate::{
    config::Config,
    error::CallError,
    pool::{Effect, Pool},
};

/// Asks one thing at a time.
pub(crate) struct Client {
    config: Arc<Config>,
    pub(crate) pool: Pool,
    number: AtomicU64,
}

impl Client {
    pub(crate) fn new(config: Arc<Config>) -> Self {
        Self { pool: Pool::new(Arc::clone(&config)), config, number: AtomicU64::new(1) }
    }

    /// Has one operation carried out.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn ask(
        &self,
        version: ProtocolVersion,
        payload: RequestPayload,
        effect: Effect,
        patience: Duration,
    ) -> Result<ResponsePayload, CallError> {
        let operation = payload.operation();
        let id = self.number.fetch_add(1, Ordering::Relaxed).to_be_bytes().to_vec();
        let mut item = RequestItem::from(payload);
        item.unique_batch_item_id = Some(id.clone());
        let request = RequestMessage { version, header: self.header(), items: vec![item] }.encode()?;
        let response = self.pool.exchange(request.expose(), effect, patience).await?;
        let mut items = response.items.into_iter();
        let (Some(item), None) = (items.next(), items.next()) else { return Err(CallError::nonsense()) };
        // A server that has sent more than it was asked for is one answer behind.
        if item.unique_batch_item_id.is_some_and(|other| other != id) {
            self.pool.forget();
            return Err(CallError::nonsense());
        }
        match item.outcome {
            Outcome::Success(payload) if payload.operation() == operation => Ok(payload),
            Outcome::Success(_) => {
                self.pool.forget();
                Err(CallError::nonsense())
            }
            Outcome::Failed { reason, message } => Err(CallError::refused(reason, message)),
            Outcome::Undone { message } => Err(CallError::refused(ResultReason::GeneralFailure, message)),
            Outcome::Pending { .. } => Err(CallError::Broken("the server wants to answer later".to_owned())),
        }
    }

    fn header(&self) -> RequestHeader {
        let credential = self.config.credential.as_ref().and_then(|credential| {
            Some(Credential::UsernameAndPassword(UsernamePassword {
                username: credential.user.clone(),
                password: Some(SecretText::from_utf8(credential.password.expose())?),
            }))
        });
        RequestHeader {
            maximum_response_size: Some(self.config.response_limit),
            authentication: credential.map(|credential| Authentication { credentials: vec![credential] }),
            ..RequestHeader::default()
        }
    }
}
