//! The Key Management Interoperability Protocol, versions 1.0 to 1.4, 2.0 and 2.1: its binary encoding (TTLV) and its
//! messages as types, in both directions, for a server and for a client.
//!
//! [`ttlv`] reads and writes trees under hard limits; everything else is typed and knows which version has it. Byte strings,
//! texts and big integers are zeroized, and what may be a secret stays in [`claviger_types::SecretBytes`].
#![forbid(unsafe_code)]

pub mod attributes;
mod codec;
pub mod enums;
mod error;
pub mod message;
pub mod objects;
pub mod operations;
pub mod stored;
mod tag;
pub mod ttlv;
pub mod value;
mod version;

#[cfg(test)]
mod testing;

pub use attributes::{Attribute, AttributeInstance, AttributeKind, AttributeReference};
pub use enums::ResultReason;
pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use message::{
    Credential, OperationCode, Outcome, RequestError, RequestHeader, RequestItem, RequestMessage,
    ResponseHeader, ResponseItem, ResponseMessage,
};
pub use objects::Object;
pub use operations::{RequestPayload, ResponsePayload};
pub use tag::Tag;
pub use ttlv::{Item, Limits, SecretText, Type, Value};
pub use version::ProtocolVersion;
