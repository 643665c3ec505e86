//! From the bytes of a request to those of its response.

use claviger_core::{CallContext, Caller, Connection, Error, Operation, Reason};
use claviger_kmip::{
    Limits, OperationCode, Outcome, ProtocolVersion, RequestError, RequestHeader, RequestItem,
    RequestMessage, ResponseHeader, ResponseItem, ResponseMessage, ResultReason,
    enums::BatchErrorContinuation, value::AsynchronousIndicator,
};
use claviger_types::SecretBytes;

use crate::{
    FRONT, KmipFront, MAX_BATCH,
    auth::authenticate,
    convert,
    error::{self, Failure},
    names::Placeholders,
    operations,
};

/// An answer, and what becomes of the connection.
pub struct Answer {
    /// The bytes of the response.
    pub message: SecretBytes,
    /// Whether nothing more is read from this peer.
    pub close: bool,
}

/// A batch that is being worked on.
pub(crate) struct Batch<'a> {
    pub(crate) front: &'a KmipFront,
    pub(crate) version: ProtocolVersion,
    pub(crate) placeholders: Placeholders,
    /// How long the response may still become, about.
    left: usize,
    caller: Caller,
    connection: &'a Connection,
}

impl Batch<'_> {
    /// Calls the domain.
    pub(crate) async fn run<O: Operation>(&self, operation: O) -> Result<O::Output, Failure> {
        self.front.service.call(self.context(), operation).await.map_err(Failure::Answered)
    }

    /// Refuses what would make the response of the whole batch longer than a server should hold at once.
    pub(crate) fn spend(&mut self, len: usize) -> Result<(), Failure> {
        let left = self.left.checked_sub(len).ok_or_else(|| {
            Failure::rejected(ResultReason::ResponseTooLarge, "The response of the batch would be too long.")
        })?;
        self.left = left;
        Ok(())
    }

    fn context(&self) -> CallContext {
        let service = &self.front.service;
        CallContext {
            caller: self.caller.clone(),
            request: service.request_id(),
            front: FRONT,
            peer: self.connection.peer,
            secure: self.connection.secure,
            deadline: service.settings().deadline,
            dry_run: false,
        }
    }
}

/// About the longest response, in bytes; what is asked for behind that is refused.
const MAX_RESPONSE: usize = 4 << 20;

/// Answers one request message.
pub async fn respond(front: &KmipFront, connection: &Connection, bytes: &[u8]) -> Answer {
    let request = match RequestMessage::decode(bytes, Limits::REQUEST) {
        Ok(request) => request,
        Err(error) => return unreadable(front, &error),
    };
    let (version, header) = (request.version, &request.header);
    let caller = match authenticate(&front.service, connection, header).await {
        Ok(caller) => caller,
        Err(error) => return unauthenticated(front, &request, &error),
    };
    let mut batch = Batch {
        front,
        version,
        placeholders: Placeholders::default(),
        left: MAX_RESPONSE,
        caller,
        connection,
    };
    let correlation = header.client_correlation_value.clone();
    let maximum = header.maximum_response_size;
    let items = match check(header, request.items.len()) {
        Ok(()) => all(&mut batch, &request.header, request.items).await,
        Err(failure) => vec![rejected(&batch, None, failure).await],
    };
    let message = encode(front, version, items, correlation, maximum);
    Answer { message, close: false }
}

/// Refuses a message whose header asks for what is not done here.
fn check(header: &RequestHeader, count: usize) -> Result<(), Failure> {
    if count == 0 || count > MAX_BATCH {
        let message = format!("A batch has 1 to {MAX_BATCH} items.");
        return Err(Failure::rejected(ResultReason::InvalidMessage, message));
    }
    if header.asynchronous_indicator == Some(AsynchronousIndicator::Mandatory) {
        return Err(Failure::rejected(ResultReason::FeatureNotSupported, "Requests are answered at once."));
    }
    match header.batch_error_continuation {
        Some(BatchErrorContinuation::Undo) if count > 1 => {
            Err(Failure::rejected(ResultReason::FeatureNotSupported, "A batch can't be undone."))
        }
        _ => Ok(()),
    }
}

async fn all(batch: &mut Batch<'_>, header: &RequestHeader, items: Vec<RequestItem>) -> Vec<ResponseItem> {
    let goes_on = header.batch_error_continuation == Some(BatchErrorContinuation::Continue);
    let mut done = Vec::with_capacity(items.len());
    for item in items {
        let item = one(batch, item).await;
        let failed = !matches!(item.outcome, Outcome::Success(_));
        done.push(item);
        if failed && !goes_on {
            break;
        }
    }
    done
}

async fn one(batch: &mut Batch<'_>, item: RequestItem) -> ResponseItem {
    let RequestItem { operation, unique_batch_item_id, payload, .. } = item;
    let result = match payload {
        Ok(payload) => operations::perform(batch, payload).await,
        // An operation that nobody knows, or one that this version does not have.
        Err(_) if operation.known().is_none() => {
            Err(Failure::rejected(ResultReason::OperationNotSupported, "There is no such operation."))
        }
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(payload) => ResponseItem {
            operation: Some(operation),
            unique_batch_item_id,
            outcome: Outcome::Success(payload),
        },
        Err(failure) => {
            // Or the next item would be about something else than its client thinks.
            batch.placeholders.clear();
            let item = rejected(batch, Some(operation), failure).await;
            ResponseItem { unique_batch_item_id, ..item }
        }
    }
}

/// What was refused before it came to a call is told to the audit log here.
async fn rejected(batch: &Batch<'_>, operation: Option<OperationCode>, failure: Failure) -> ResponseItem {
    let failure = match failure {
        Failure::Rejected(reason, error) => {
            let asked = error.reason();
            let error = batch.front.service.reject(batch.context(), "KmipRequest", error).await;
            match error.reason() == asked {
                true => Failure::Rejected(reason, error),
                false => Failure::Answered(error),
            }
        }
        answered @ Failure::Answered(_) => answered,
    };
    if let Failure::Answered(error) = &failure
        && let Some(source) = error.source()
    {
        tracing::warn!(error = %source, reason = error.reason().name(), "a KMIP operation failed");
    }
    ResponseItem { operation, unique_batch_item_id: None, outcome: failure.outcome() }
}

fn unauthenticated(front: &KmipFront, request: &RequestMessage, error: &Error) -> Answer {
    front.service.refuse(FRONT, error);
    let reason = error::reason(error.reason());
    let item = ResponseItem {
        operation: request.items.first().map(|item| item.operation),
        unique_batch_item_id: request.items.first().and_then(|item| item.unique_batch_item_id.clone()),
        outcome: Outcome::Failed { reason, message: Some(error.public().to_owned()) },
    };
    Answer { message: encode(front, request.version, vec![item], None, None), close: true }
}

fn unreadable(front: &KmipFront, error: &RequestError) -> Answer {
    front.service.refuse(FRONT, &Error::new(Reason::InvalidRequest, "The message can't be read."));
    // One that we don't speak is answered in the newest that the peer may know.
    let version = match error.version {
        Some(version) if version.is_known() => version,
        Some(version) if version.major >= 2 => ProtocolVersion::V2_1,
        Some(_) => ProtocolVersion::V1_4,
        None => ProtocolVersion::V1_0,
    };
    let outcome = Outcome::Failed { reason: error.error.reason(), message: Some(error.error.to_string()) };
    let item = ResponseItem { operation: None, unique_batch_item_id: None, outcome };
    Answer { message: encode(front, version, vec![item], None, None), close: true }
}

fn encode(
    front: &KmipFront,
    version: ProtocolVersion,
    items: Vec<ResponseItem>,
    correlation: Option<String>,
    maximum: Option<u32>,
) -> SecretBytes {
    let now = convert::date(front.service.clock().now());
    let header = ResponseHeader { client_correlation_value: correlation, ..ResponseHeader::at(now) };
    let operation = items.first().and_then(|item| item.operation);
    let failed = |reason, text: &str| ResponseMessage {
        version,
        header: ResponseHeader::at(now),
        items: vec![ResponseItem {
            operation,
            unique_batch_item_id: None,
            outcome: Outcome::Failed { reason, message: Some(text.to_owned()) },
        }],
    };
    let fits = |message: &SecretBytes| {
        maximum.is_none_or(|maximum| usize::try_from(maximum).is_ok_and(|maximum| message.len() <= maximum))
    };
    let message = match (ResponseMessage { version, header, items }).encode() {
        Ok(message) if fits(&message) => return message,
        Ok(_) => failed(ResultReason::ResponseTooLarge, "The response is longer than the client takes."),
        Err(error) => {
            tracing::error!(%error, "a KMIP response could not be written");
            failed(ResultReason::GeneralFailure, "The response can't be said in this version.")
        }
    };
    // Invariant: a failure is one item of every version.
    message.encode().unwrap_or_else(|_| SecretBytes::new(Vec::new()))
}
