use super::Credential;
use crate::{
    DecodeError, DecodeErrorKind as Kind, EncodeError, ProtocolVersion, Tag,
    codec::{Fields, Writer, structure},
    enums::{AttestationType, BatchErrorContinuation},
    value::{AsynchronousIndicator, DateTime},
};

structure! {
    /// What a request says about itself (KMIP 2.1 §8.2). Version and number of items are those of the message.
    #[derive(Default)]
    pub struct RequestHeader {
        /// The longest response that the client takes, in bytes.
        maximum_response_size: optional u32 = Tag::MAXIMUM_RESPONSE_SIZE;
        /// A name for the logs, from the client.
        client_correlation_value: optional String = Tag::CLIENT_CORRELATION_VALUE, since V1_4;
        /// A name for the logs, from the server's previous response.
        server_correlation_value: optional String = Tag::SERVER_CORRELATION_VALUE, since V1_4;
        /// Whether the answer may come later.
        asynchronous_indicator: optional AsynchronousIndicator = Tag::ASYNCHRONOUS_INDICATOR;
        /// Whether the client can be attested.
        attestation_capable: optional bool = Tag::ATTESTATION_CAPABLE_INDICATOR, since V1_2;
        /// How it can be.
        attestation_types: many AttestationType = Tag::ATTESTATION_TYPE, since V1_2;
        /// Who it is.
        authentication: optional Authentication = Tag::AUTHENTICATION;
        /// What happens behind an item that fails; stop is the default.
        batch_error_continuation: optional BatchErrorContinuation = Tag::BATCH_ERROR_CONTINUATION_OPTION;
        /// Whether the items have to be done in order: the default is no until 1.4, and yes from 2.0 on.
        batch_order: optional bool = Tag::BATCH_ORDER_OPTION;
        /// When it was sent.
        time_stamp: optional DateTime = Tag::TIME_STAMP;
    }
}

structure! {
    /// Who the client is (KMIP 2.1 §9.4). More than one credential from 1.2 on.
    #[derive(Default)]
    pub struct Authentication {
        /// What it proves it with.
        credentials: many Credential = Tag::CREDENTIAL;
    }
}

structure! {
    /// What a response says about itself (KMIP 2.1 §8.5). Version and number of items are those of the message.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ResponseHeader {
        /// When it was sent.
        time_stamp: required DateTime = Tag::TIME_STAMP;
        /// For the client's next attestation.
        nonce: optional Nonce = Tag::NONCE, since V1_2;
        /// Proof that the server knows the client's hashed password.
        server_hashed_password: optional Vec<u8> = Tag::SERVER_HASHED_PASSWORD, since V2_0;
        /// How the client can be attested.
        attestation_types: many AttestationType = Tag::ATTESTATION_TYPE, since V1_2;
        /// That of the request.
        client_correlation_value: optional String = Tag::CLIENT_CORRELATION_VALUE, since V1_4;
        /// A name for the logs, from the server.
        server_correlation_value: optional String = Tag::SERVER_CORRELATION_VALUE, since V1_4;
    }
}

structure! {
    /// A value that is used once (KMIP 2.1 §9.14).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Nonce {
        /// Which one.
        id: required Vec<u8> = Tag::NONCE_ID;
        /// Its value.
        value: required Vec<u8> = Tag::NONCE_VALUE;
    }
}

impl ResponseHeader {
    /// A header with what every response has to have.
    pub const fn at(time_stamp: DateTime) -> Self {
        Self {
            time_stamp,
            nonce: None,
            server_hashed_password: None,
            attestation_types: Vec::new(),
            client_correlation_value: None,
            server_correlation_value: None,
        }
    }
}

pub(super) trait Header: Sized {
    fn take(fields: &mut Fields) -> Result<Self, DecodeError>;
    fn put(&self, out: &mut Writer) -> Result<(), EncodeError>;
}

impl Header for RequestHeader {
    fn take(fields: &mut Fields) -> Result<Self, DecodeError> {
        Self::take(fields)
    }

    fn put(&self, out: &mut Writer) -> Result<(), EncodeError> {
        self.put(out)
    }
}

impl Header for ResponseHeader {
    fn take(fields: &mut Fields) -> Result<Self, DecodeError> {
        Self::take(fields)
    }

    fn put(&self, out: &mut Writer) -> Result<(), EncodeError> {
        self.put(out)
    }
}

/// The header and the number of items, and the version: into `message` for what comes behind, and into `version` as soon as it
/// is known, so that even an error can be answered in it.
pub(super) fn take<H: Header>(
    message: &mut Fields,
    tag: Tag,
    version: &mut Option<ProtocolVersion>,
) -> Result<(H, u32), DecodeError> {
    let value = message.take(tag).ok_or(Kind::Missing(tag))?;
    let mut decode = |value| {
        let mut fields = Fields::open(value, message.cx)?;
        let said: ProtocolVersion = fields.required(Tag::PROTOCOL_VERSION)?;
        *version = Some(said);
        if !said.is_known() {
            return Err(Kind::UnknownVersion(said).into());
        }
        fields.cx.version = said;
        message.cx.version = said;
        let header = H::take(&mut fields)?;
        let count = fields.required(Tag::BATCH_COUNT)?;
        fields.finish()?;
        Ok((header, count))
    };
    decode(value).map_err(|error: DecodeError| error.within(tag))
}

pub(super) fn put<H: Header>(
    tag: Tag,
    header: &H,
    count: usize,
    out: &mut Writer,
) -> Result<(), EncodeError> {
    let count = u32::try_from(count).map_err(|_| EncodeError::Range(Tag::BATCH_COUNT))?;
    out.structure(tag, |out| {
        let version = out.cx.version;
        out.put(Tag::PROTOCOL_VERSION, &version)?;
        header.put(out)?;
        out.put(Tag::BATCH_COUNT, &count)
    })
}
