//! How an error looks on the wire: one exhaustive match, so that a new reason can't be forgotten.

use claviger_core::{Error, Reason};
use http::StatusCode;
use serde::Serialize;

use crate::sigv4::{Rejection, RejectionKind};

/// The `__type` of an error with its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    /// What clients tell errors apart by.
    pub(crate) name: &'static str,
    /// Clients try again after 500.
    pub(crate) status: StatusCode,
}

impl Code {
    const fn client(name: &'static str) -> Self {
        Self { name, status: StatusCode::BAD_REQUEST }
    }

    const fn server(name: &'static str) -> Self {
        Self { name, status: StatusCode::INTERNAL_SERVER_ERROR }
    }

    /// The code that the API has for a reason. The service answers 400 to everything that is the client's doing,
    /// whatever its published model says.
    pub(crate) const fn of(reason: Reason) -> Self {
        match reason {
            Reason::AlreadyExists => Self::client("AlreadyExistsException"),
            Reason::ConcurrentChange => Self::client("ConflictException"),
            Reason::ClockSkew | Reason::WrongProof => Self::client("InvalidSignatureException"),
            Reason::Denied => Self::client("AccessDeniedException"),
            Reason::DryRun => Self::client("DryRunOperationException"),
            Reason::ExpiredCredential => Self::client("ExpiredTokenException"),
            Reason::ExpiredImportToken => Self::client("ExpiredImportTokenException"),
            Reason::IncorrectKey => Self::client("IncorrectKeyException"),
            Reason::IncorrectKeyMaterial => Self::client("IncorrectKeyMaterialException"),
            Reason::Internal | Reason::StoredDataDamaged => Self::server("KMSInternalException"),
            Reason::InvalidAliasName => Self::client("InvalidAliasNameException"),
            Reason::InvalidArn => Self::client("InvalidArnException"),
            Reason::InvalidCiphertext | Reason::UnwrapFailed => Self::client("InvalidCiphertextException"),
            Reason::InvalidGrantId => Self::client("InvalidGrantIdException"),
            Reason::InvalidGrantToken => Self::client("InvalidGrantTokenException"),
            Reason::InvalidImportToken => Self::client("InvalidImportTokenException"),
            Reason::InvalidKeyUsage => Self::client("InvalidKeyUsageException"),
            Reason::InvalidMac => Self::client("KMSInvalidMacException"),
            Reason::InvalidMarker => Self::client("InvalidMarkerException"),
            Reason::InvalidRequest => Self::client("ValidationException"),
            Reason::InvalidSignature => Self::client("KMSInvalidSignatureException"),
            Reason::InvalidTag => Self::client("TagException"),
            Reason::KeyDisabled => Self::client("DisabledException"),
            Reason::KeyState | Reason::NotExtractable => Self::client("KMSInvalidStateException"),
            Reason::MalformedPolicy => Self::client("MalformedPolicyDocumentException"),
            Reason::MissingCredential => Self::client("MissingAuthenticationTokenException"),
            Reason::NotFound => Self::client("NotFoundException"),
            Reason::Quota => Self::client("LimitExceededException"),
            Reason::Throttled => Self::client("ThrottlingException"),
            Reason::Timeout => Self::server("DependencyTimeoutException"),
            Reason::Unavailable => Self::server("KeyUnavailableException"),
            Reason::UnknownCredential => Self::client("UnrecognizedClientException"),
            Reason::Unsupported => Self::client("UnsupportedOperationException"),
        }
    }
}

/// An error in the words of the API, some of which the domain does not know.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) error: Error,
}

impl Fault {
    /// A member of the request that is not as it must be.
    pub(crate) fn validation(message: impl Into<Box<str>>) -> Self {
        Error::invalid(message).into()
    }

    /// A body that is not JSON of the right shape.
    pub(crate) fn serialization(message: impl Into<Box<str>>) -> Self {
        Self { code: Code::client("SerializationException"), error: Error::invalid(message) }
    }

    /// A body that is longer than it may be.
    pub(crate) fn too_large() -> Self {
        let code = Code { name: "RequestEntityTooLargeException", status: StatusCode::PAYLOAD_TOO_LARGE };
        Self { code, error: Error::invalid("The request body is too large.") }
    }

    /// An operation that the API does not have.
    pub(crate) fn unknown_operation() -> Self {
        let error = Error::new(Reason::Unsupported, "The requested operation is not known.");
        Self { code: Code::client("UnknownOperationException"), error }
    }

    /// Something of the API that is not offered here.
    pub(crate) fn unsupported(message: impl Into<Box<str>>) -> Self {
        Error::new(Reason::Unsupported, message).into()
    }

    /// A name of nothing.
    pub(crate) fn not_found(message: impl Into<Box<str>>) -> Self {
        Error::new(Reason::NotFound, message).into()
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self { code: Code::of(error.reason()), error }
    }
}

impl From<Rejection> for Fault {
    fn from(Rejection { kind, message }: Rejection) -> Self {
        match kind {
            RejectionKind::Incomplete => {
                Self { code: Code::client("IncompleteSignatureException"), error: Error::invalid(message) }
            }
            RejectionKind::Missing => Error::new(Reason::MissingCredential, message).into(),
            RejectionKind::Mismatch => Error::new(Reason::WrongProof, message).into(),
            RejectionKind::Skew => Error::new(Reason::ClockSkew, message).into(),
            RejectionKind::UnknownToken => Error::new(Reason::UnknownCredential, message).into(),
        }
    }
}

/// Why a call got no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Found out before the domain was asked, so that the audit log does not know of it yet.
    Rejected(Fault),
    /// Said by the domain, which has recorded it.
    Answered(Error),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Rejected(fault)
    }
}

/// The body of an error.
#[derive(Serialize)]
pub(crate) struct ErrorBody<'a> {
    #[serde(rename = "__type")]
    pub(crate) name: &'static str,
    pub(crate) message: &'a str,
}

#[cfg(test)]
mod tests;
