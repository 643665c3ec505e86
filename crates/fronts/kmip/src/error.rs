//! How errors are said on the wire: one exhaustive match, so that a new reason can't be forgotten.

use claviger_core::{Error, Reason};
use claviger_kmip::{DecodeError, EncodeError, Outcome, ResultReason};

/// An operation that was not done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The operation was called and said so; the audit log knows.
    Answered(Error),
    /// It never came to the call; the audit log must still be told. The reason says more than the domain's words do.
    Rejected(ResultReason, Error),
}

impl Failure {
    /// A request that is not as it must be.
    pub(crate) fn rejected(reason: ResultReason, message: impl Into<Box<str>>) -> Self {
        let kind = match reason {
            ResultReason::OperationNotSupported
            | ResultReason::FeatureNotSupported
            | ResultReason::KeyFormatTypeNotSupported
            | ResultReason::KeyCompressionTypeNotSupported
            | ResultReason::UnsupportedCryptographicParameters
            | ResultReason::UnsupportedAttribute => Reason::Unsupported,
            ResultReason::ItemNotFound | ResultReason::ObjectNotFound => Reason::NotFound,
            _ => Reason::InvalidRequest,
        };
        Self::Rejected(reason, Error::new(kind, message))
    }

    /// A field that is not as it must be.
    pub(crate) fn invalid(message: impl Into<Box<str>>) -> Self {
        Self::rejected(ResultReason::InvalidField, message)
    }

    /// The outcome that says it.
    pub(crate) fn outcome(&self) -> Outcome {
        let (reason, error) = match self {
            Self::Answered(error) => (reason(error.reason()), error),
            Self::Rejected(reason, error) => (*reason, error),
        };
        Outcome::Failed { reason, message: Some(error.public().to_owned()) }
    }
}

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        Self::rejected(error.reason(), error.to_string())
    }
}

impl From<EncodeError> for Failure {
    fn from(error: EncodeError) -> Self {
        Self::Rejected(ResultReason::FeatureNotSupported, Error::new(Reason::Unsupported, error.to_string()))
    }
}

/// What clients know a reason as. What a version does not know is said by its nearest (see [`ResultReason::in_version`]); what the
/// domain denies and what does not exist must stay apart: a client that is told of a missing permission may give up on the server.
pub fn reason(reason: Reason) -> ResultReason {
    match reason {
        Reason::NotFound => ResultReason::ItemNotFound,
        Reason::Denied => ResultReason::PermissionDenied,
        Reason::NotExtractable => ResultReason::NotExtractable,
        Reason::ClockSkew
        | Reason::ExpiredCredential
        | Reason::MissingCredential
        | Reason::UnknownCredential
        | Reason::WrongProof => ResultReason::AuthenticationNotSuccessful,
        Reason::InvalidKeyUsage => ResultReason::IncompatibleCryptographicUsageMask,
        Reason::KeyDisabled | Reason::KeyState => ResultReason::WrongKeyLifecycleState,
        Reason::AlreadyExists => ResultReason::ObjectAlreadyExists,
        Reason::IncorrectKey
        | Reason::IncorrectKeyMaterial
        | Reason::InvalidCiphertext
        | Reason::InvalidMac
        | Reason::InvalidSignature
        | Reason::UnwrapFailed => ResultReason::CryptographicFailure,
        Reason::ExpiredImportToken
        | Reason::InvalidAliasName
        | Reason::InvalidArn
        | Reason::InvalidGrantId
        | Reason::InvalidGrantToken
        | Reason::InvalidImportToken
        | Reason::InvalidMarker
        | Reason::InvalidRequest
        | Reason::InvalidTag
        | Reason::MalformedPolicy => ResultReason::InvalidField,
        Reason::Unsupported => ResultReason::FeatureNotSupported,
        Reason::Quota | Reason::Throttled => ResultReason::ServerLimitExceeded,
        Reason::ConcurrentChange
        | Reason::DryRun
        | Reason::Internal
        | Reason::StoredDataDamaged
        | Reason::Timeout
        | Reason::Unavailable => ResultReason::GeneralFailure,
    }
}
