//! Messages (KMIP 2.1 §8): a header, and a batch of operations.
use claviger_types::SecretBytes;

use crate::{
    DecodeError, DecodeErrorKind as Kind, EncodeError, Limits, ProtocolVersion, RequestPayload,
    ResponsePayload, ResultReason, Tag,
    codec::{Cx, Fields, Side, Writer},
    enums::Operation,
    ttlv,
};

mod batch;
mod credential;
mod header;

pub use credential::{
    AttestationCredential, Credential, DeviceCredential, HashedPassword, OneTimePassword, Ticket,
    UsernamePassword,
};
pub use header::{Authentication, Nonce, RequestHeader, ResponseHeader};

/// What a client sends.
pub struct RequestMessage {
    /// In which version it is written, and the response shall be.
    pub version: ProtocolVersion,
    /// About the message as a whole.
    pub header: RequestHeader,
    /// Operations, in order.
    pub items: Vec<RequestItem>,
}

/// One operation.
pub struct RequestItem {
    /// Which one. Servers refuse those that they don't know, and name them in doing so.
    pub operation: OperationCode,
    /// What the client calls it in this batch.
    pub unique_batch_item_id: Option<Vec<u8>>,
    /// Whether the data that it yields is for the batch only; from 2.0 on.
    pub ephemeral: Option<bool>,
    /// What is asked; or why that could not be read, in which case the other items still can.
    pub payload: Result<RequestPayload, DecodeError>,
}

/// What a server answers.
pub struct ResponseMessage {
    /// In which version it is written: that of the request.
    pub version: ProtocolVersion,
    /// About the message as a whole.
    pub header: ResponseHeader,
    /// Results, in order.
    pub items: Vec<ResponseItem>,
}

/// One result.
pub struct ResponseItem {
    /// Of which operation. Absent where the request could not be read so far.
    pub operation: Option<OperationCode>,
    /// What the client calls it.
    pub unique_batch_item_id: Option<Vec<u8>>,
    /// The result.
    pub outcome: Outcome,
}

/// How it went (KMIP 2.1 §9.19).
#[expect(clippy::large_enum_variant, reason = "one per operation, and nearly all are the large one")]
pub enum Outcome {
    /// It was done.
    Success(ResponsePayload),
    /// It was not. The reason is said as the client's version knows it.
    Failed {
        /// Why.
        reason: ResultReason,
        /// In words.
        message: Option<String>,
    },
    /// It will be; ask again.
    Pending {
        /// Under this name.
        correlation: Vec<u8>,
    },
    /// It was done and undone, because another item of the batch failed.
    Undone {
        /// Why, in words.
        message: Option<String>,
    },
}

/// The number of an operation, which may be none that we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OperationCode(pub u32);

/// A request that could not be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct RequestError {
    /// The version that the client wants to be answered in, if it could be read. It may be one that we don't speak.
    pub version: Option<ProtocolVersion>,
    /// What is wrong and where.
    #[source]
    pub error: DecodeError,
}

impl RequestMessage {
    /// Reads a request. What is wrong inside of one payload is said in its [`RequestItem::payload`].
    ///
    /// # Errors
    /// [`RequestError`]: what is wrong with the encoding, the header or the batch.
    pub fn decode(bytes: &[u8], limits: Limits) -> Result<Self, RequestError> {
        let mut version = None;
        let error =
            |version, error: DecodeError| RequestError { version, error: error.within(Tag::REQUEST_MESSAGE) };
        let mut fields = open(bytes, limits, Tag::REQUEST_MESSAGE, Side::Request)
            .map_err(|error| RequestError { version, error })?;
        let (header, count) = header::take::<RequestHeader>(&mut fields, Tag::REQUEST_HEADER, &mut version)
            .map_err(|inner| error(version, inner))?;
        let items = batch::take_all(&mut fields, count).map_err(|inner| error(version, inner))?;
        Ok(Self { version: fields.cx.version, header, items })
    }

    /// Writes a request.
    ///
    /// # Errors
    /// [`EncodeError`]: what the version does not know, or what contradicts itself.
    pub fn encode(&self) -> Result<SecretBytes, EncodeError> {
        let cx = cx(self.version, Side::Request)?;
        write(Tag::REQUEST_MESSAGE, Tag::REQUEST_HEADER, &self.header, &self.items, cx)
    }
}

impl ResponseMessage {
    /// Reads a response. What a newer server may say, and this crate does not know, is skipped.
    ///
    /// # Errors
    /// [`DecodeError`]: what is wrong and where.
    pub fn decode(bytes: &[u8], limits: Limits) -> Result<Self, DecodeError> {
        let mut fields = open(bytes, limits, Tag::RESPONSE_MESSAGE, Side::Response)?;
        let within = |error: DecodeError| error.within(Tag::RESPONSE_MESSAGE);
        let (header, count) =
            header::take::<ResponseHeader>(&mut fields, Tag::RESPONSE_HEADER, &mut None).map_err(within)?;
        let items = batch::take_all(&mut fields, count).map_err(within)?;
        Ok(Self { version: fields.cx.version, header, items })
    }

    /// Writes a response that has nothing in it that its version does not know: later fields, attributes and values of lists
    /// are left out, and reasons replaced.
    ///
    /// # Errors
    /// [`EncodeError`]: something has no meaning without what would be left out.
    pub fn encode(&self) -> Result<SecretBytes, EncodeError> {
        let cx = cx(self.version, Side::Response)?;
        write(Tag::RESPONSE_MESSAGE, Tag::RESPONSE_HEADER, &self.header, &self.items, cx)
    }
}

impl From<RequestPayload> for RequestItem {
    fn from(payload: RequestPayload) -> Self {
        Self {
            operation: payload.operation().into(),
            unique_batch_item_id: None,
            ephemeral: None,
            payload: Ok(payload),
        }
    }
}

impl OperationCode {
    /// The operation. `None` if it is none that we know.
    pub const fn known(self) -> Option<Operation> {
        Operation::from_code(self.0)
    }
}

impl From<Operation> for OperationCode {
    fn from(operation: Operation) -> Self {
        Self(operation.code())
    }
}

fn cx(version: ProtocolVersion, side: Side) -> Result<Cx, EncodeError> {
    if version.is_known() { Ok(Cx { version, side }) } else { Err(EncodeError::UnknownVersion(version)) }
}

/// The fields of a message. Its version is in them; until it was read, it is taken for the oldest.
fn open(bytes: &[u8], limits: Limits, tag: Tag, side: Side) -> Result<Fields, DecodeError> {
    let item = ttlv::decode(bytes, limits)?;
    if item.tag != tag {
        return Err(Kind::UnexpectedTag(item.tag).into());
    }
    Fields::open(item.value, Cx { version: ProtocolVersion::V1_0, side }).map_err(|error| error.within(tag))
}

fn write<H: header::Header, I: batch::BatchItem>(
    tag: Tag,
    header_tag: Tag,
    header: &H,
    items: &[I],
    cx: Cx,
) -> Result<SecretBytes, EncodeError> {
    let mut out = Writer::new(cx);
    out.structure(tag, |out| {
        header::put(header_tag, header, items.len(), out)?;
        items.iter().try_for_each(|item| out.structure(Tag::BATCH_ITEM, |out| item.put(out)))
    })?;
    Ok(out.finish())
}

#[cfg(test)]
mod tests;
