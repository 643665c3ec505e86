use std::io;

use claviger_kmip::{DecodeError, EncodeError, ResultReason};
use claviger_ports::ProviderError;

/// Why a request was not answered as it should be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// Too many calls are waiting, or this one has waited too long.
    #[error("too many calls are waiting")]
    Busy,
    /// It was not sent: there is no connection.
    #[error("{0}")]
    Unreachable(String),
    /// It was sent. What came back, if anything, is no answer; whether it was done is unknown.
    #[error("{0}")]
    Broken(String),
    /// It was sent, and there was no answer in time.
    #[error("the server does not answer in time")]
    TimedOut,
    /// It was refused, and so not done.
    #[error("the server refuses ({reason:?}): {message}")]
    Refused {
        /// Why.
        reason: ResultReason,
        /// The server's words, made printable.
        message: String,
    },
    /// The protocol's version has no words for it.
    #[error("this can't be said: {0}")]
    Unspeakable(#[from] EncodeError),
}

impl CallError {
    pub(crate) fn broken(error: &io::Error) -> Self {
        Self::Broken(format!("the connection broke: {error}"))
    }

    pub(crate) fn garbage(error: &DecodeError) -> Self {
        Self::Broken(format!("the server's answer can't be read: {error}"))
    }

    /// The answer is one to another question.
    pub(crate) fn nonsense() -> Self {
        Self::Broken("the server gave an answer of another kind".to_owned())
    }

    /// A refusal; the server's words are cut and made printable, since they end in logs.
    pub(crate) fn refused(reason: ResultReason, message: Option<String>) -> Self {
        let message: String = message.unwrap_or_default().chars().take(200).collect();
        Self::Refused { reason, message: message.escape_debug().to_string() }
    }

    /// There is no such object in the server, or not any more.
    pub(crate) fn is_missing(&self) -> bool {
        let Self::Refused { reason, .. } = self else { return false };
        matches!(
            reason,
            ResultReason::ItemNotFound | ResultReason::ObjectNotFound | ResultReason::ObjectDestroyed
        )
    }

    /// The server does not know who we are, or does not let us in.
    pub(crate) fn is_about_us(&self) -> bool {
        let Self::Refused { reason, .. } = self else { return false };
        matches!(
            reason,
            ResultReason::AuthenticationNotSuccessful
                | ResultReason::BadPassword
                | ResultReason::InvalidTicket
                | ResultReason::AttestationRequired
                | ResultReason::AttestationFailed
        )
    }

    /// Whether the way to the server, or our welcome there, is in doubt now.
    pub(crate) fn is_suspicious(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Broken(_) | Self::TimedOut => true,
            Self::Refused { .. } => self.is_about_us(),
            Self::Busy | Self::Unspeakable(_) => false,
        }
    }

    /// What makes a key is refused for what is asked, not because something broke.
    pub(crate) fn when_making(self) -> ProviderError {
        match self {
            Self::Refused {
                reason: ResultReason::InvalidField | ResultReason::CryptographicFailure,
                message,
            } => {
                tracing::warn!(message, "the KMIP server does not make this key");
                ProviderError::Unsupported
            }
            other => other.into(),
        }
    }
}

impl From<CallError> for ProviderError {
    fn from(error: CallError) -> Self {
        use ResultReason as Reason;
        if error.is_missing() {
            return Self::Unavailable("the key is not in the KMIP server".to_owned());
        }
        if error.is_about_us() {
            return Self::Unavailable(error.to_string());
        }
        match error {
            CallError::Busy => Self::Busy,
            CallError::Unreachable(text) | CallError::Broken(text) => Self::Unavailable(text),
            CallError::TimedOut => Self::Timeout,
            CallError::Unspeakable(_) => Self::Unsupported,
            CallError::Refused { reason: Reason::ResponseTooLarge, .. } => Self::Rejected,
            // Somebody has taken the key out of use, or away from us.
            CallError::Refused {
                reason:
                    Reason::PermissionDenied
                    | Reason::NotAuthorised
                    | Reason::ObjectArchived
                    | Reason::WrongKeyLifecycleState,
                message,
            } => Self::Unavailable(format!("the KMIP server does not let the key be used: {message}")),
            CallError::Refused {
                reason:
                    Reason::OperationNotSupported
                    | Reason::FeatureNotSupported
                    | Reason::KeyFormatTypeNotSupported
                    | Reason::UnsupportedAttribute
                    | Reason::UnsupportedCryptographicParameters,
                message,
            } => {
                tracing::debug!(message, "a KMIP server refuses");
                Self::Unsupported
            }
            refused @ CallError::Refused { .. } => Self::Internal(refused.to_string()),
        }
    }
}
