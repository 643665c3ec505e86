use std::{error, fmt, sync::Arc};

use claviger_api::{Problem, ProblemKind};

/// Why a call was not done, or is not known to have been done.
#[derive(Clone)]
pub struct Error(Arc<Parts>);

struct Parts {
    kind: ErrorKind,
    message: String,
    reason: Option<String>,
    request_id: Option<String>,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

/// What a caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// It exists already, or was changed by somebody else.
    Conflict,
    /// A policy does not allow it, or the key is not there.
    Denied,
    /// A ciphertext, signature, code or wrapped key is wrong.
    IntegrityFailure,
    /// The service is at fault; its log says why.
    Internal,
    /// The connection ended before there was an answer: whether the call was done is not known.
    Interrupted,
    /// The request, or a setting of the client, is not as it must be.
    Invalid,
    /// The key is disabled, not there yet, or going to be destroyed.
    InvalidState,
    /// Too much of something, on the service.
    LimitExceeded,
    /// The answer is not understood: is it a service of Claviger, and of which release?
    Misunderstood,
    /// There is no such thing.
    NotFound,
    /// The library's own signing threads have more to do than they may: nothing was sent.
    Overloaded,
    /// There was no answer in time: whether the call was done is not known.
    Timeout,
    /// The service does not know who calls.
    Unauthenticated,
    /// The service cannot do it now.
    Unavailable,
    /// There is no connection that can be trusted: nothing was sent.
    Unreachable,
    /// Nobody can do this with this key.
    Unsupported,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Parts { kind, message: message.into(), reason: None, request_id: None, source: None }))
    }

    /// For a closure that has the cause.
    pub(crate) fn at<E: Into<Box<dyn error::Error + Send + Sync>>>(
        kind: ErrorKind,
        message: impl Into<String>,
    ) -> impl FnOnce(E) -> Self {
        let message = message.into();
        move |source| {
            let source = Some(source.into());
            Self(Arc::new(Parts { kind, message, reason: None, request_id: None, source }))
        }
    }

    /// What the service answered.
    pub(crate) fn refused(problem: Problem) -> Self {
        Self(Arc::new(Parts {
            kind: problem.kind.into(),
            message: problem.detail,
            reason: Some(problem.reason),
            request_id: Some(problem.request_id),
            source: None,
        }))
    }

    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What is wrong, for people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What exactly happened, in the word of the service's audit log, if the service said it.
    pub fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The call in the service's audit log, if the service answered.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }
}

/// The message alone: what caused it is the source.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0.reason, &self.0.request_id) {
            (Some(reason), Some(request)) => {
                let message = self.0.message.trim_end_matches('.');
                write!(f, "{message} ({reason}, request {request})")
            }
            _ => f.write_str(&self.0.message),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("reason", &self.0.reason)
            .field("request_id", &self.0.request_id)
            .field("source", &self.0.source)
            .finish()
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<ProblemKind> for ErrorKind {
    fn from(kind: ProblemKind) -> Self {
        match kind {
            ProblemKind::Conflict => Self::Conflict,
            ProblemKind::Denied => Self::Denied,
            ProblemKind::IntegrityFailure => Self::IntegrityFailure,
            ProblemKind::Internal => Self::Internal,
            ProblemKind::Invalid => Self::Invalid,
            ProblemKind::InvalidState => Self::InvalidState,
            ProblemKind::LimitExceeded => Self::LimitExceeded,
            ProblemKind::NotFound => Self::NotFound,
            ProblemKind::Timeout => Self::Timeout,
            ProblemKind::Unauthenticated => Self::Unauthenticated,
            ProblemKind::Unavailable => Self::Unavailable,
            ProblemKind::Unsupported => Self::Unsupported,
        }
    }
}
