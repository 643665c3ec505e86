use std::{error::Error as StdError, fmt};

use claviger_access::PolicyError;
use claviger_ports::{LogError, ProviderError, StoreError};

/// The result of everything in the domain.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call was not done.
///
/// `public` may be shown to the caller. `source` is for the operator: it is logged once, at the edge, and there is no
/// `Display` that would print it by accident.
pub struct Error {
    reason: Reason,
    public: Box<str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error with a message for the caller.
    pub fn new(reason: Reason, public: impl Into<Box<str>>) -> Self {
        Self { reason, public: public.into(), source: None }
    }

    /// The same with its cause, for the operator.
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// A request that is not as it must be.
    pub fn invalid(public: impl Into<Box<str>>) -> Self {
        Self::new(Reason::InvalidRequest, public)
    }

    /// A defect of ours; the caller learns nothing but that.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Reason::Internal, "An internal error occurred.").caused_by(source)
    }

    /// What the caller should do about it.
    pub fn kind(&self) -> ErrorKind {
        self.reason.kind()
    }

    /// What exactly happened, for protocols that tell such cases apart.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// The message for the caller.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The cause, for the log.
    pub fn source(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.source.as_deref()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("reason", &self.reason)
            .field("public", &self.public)
            .field("source", &self.source)
            .finish()
    }
}

/// What a caller can do about an error. Closed: adding one must break the build of every front.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Something exists already, or was changed by somebody else meanwhile.
    Conflict,
    /// The caller may not do this, or may not know whether what he named exists.
    Denied,
    /// Ciphertext, signature, code or wrapped material is not what it should be.
    IntegrityFailure,
    /// A defect of ours.
    Internal,
    /// The request is not as it must be; trying it again is useless.
    Invalid,
    /// What was named is in a state in which this cannot be done.
    InvalidState,
    /// Too much or too often.
    LimitExceeded,
    /// There is no such thing, and the caller may know that.
    NotFound,
    /// Not done in time; whether it was done is unknown.
    Timeout,
    /// The caller has not proved who he is.
    Unauthenticated,
    /// Something that is needed is out of order; try again later.
    Unavailable,
    /// We do not do that.
    Unsupported,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident => $kind:ident,)*) => {
        /// What exactly happened. Closed, like [`ErrorKind`], of which each is a case.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason { $($(#[$doc])* $name),* }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// What a caller can do about it.
            pub const fn kind(self) -> ErrorKind {
                match self { $(Self::$name => ErrorKind::$kind),* }
            }

            /// Its name in the audit log and in metrics.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }
    };
}

reasons!(
    /// A name or id is taken.
    AlreadyExists => Conflict,
    /// Somebody else changed the same thing at the same time.
    ConcurrentChange => Conflict,
    /// The time that the caller signed is too far from ours.
    ClockSkew => Unauthenticated,
    /// Policies do not allow it.
    Denied => Denied,
    /// Everything was checked and allowed, and nothing was done, as asked.
    DryRun => Invalid,
    /// The credential has expired.
    ExpiredCredential => Unauthenticated,
    /// The import was prepared too long ago.
    ExpiredImportToken => Invalid,
    /// The key that was named is not the one that made the ciphertext.
    IncorrectKey => IntegrityFailure,
    /// The material that was brought is not the one that the key had before.
    IncorrectKeyMaterial => Invalid,
    /// A defect of ours.
    Internal => Internal,
    /// A resource name is not one.
    InvalidArn => Invalid,
    /// The ciphertext is damaged, not one of ours, or its additional data is another.
    InvalidCiphertext => IntegrityFailure,
    /// A grant cannot be found by this id.
    InvalidGrantId => Invalid,
    /// A grant token is not one of ours.
    InvalidGrantToken => Invalid,
    /// An import token is not one of this key's.
    InvalidImportToken => Invalid,
    /// The key is made for something else.
    InvalidKeyUsage => Invalid,
    /// A message authentication code is wrong.
    InvalidMac => IntegrityFailure,
    /// A page token is not one of ours.
    InvalidMarker => Invalid,
    /// An alias is not one.
    InvalidAliasName => Invalid,
    /// The request is not as it must be.
    InvalidRequest => Invalid,
    /// A signature over a message (not the caller's own) is wrong.
    InvalidSignature => IntegrityFailure,
    /// The key, or its version, is disabled.
    KeyDisabled => InvalidState,
    /// The key is in a state in which this cannot be done.
    KeyState => InvalidState,
    /// What is stored cannot be what we stored.
    StoredDataDamaged => IntegrityFailure,
    /// A policy document is not understood.
    MalformedPolicy => Invalid,
    /// There are no credentials in the request.
    MissingCredential => Unauthenticated,
    /// There is no such thing.
    NotFound => NotFound,
    /// The material may not leave, or not so.
    NotExtractable => InvalidState,
    /// A number of things that is allowed would be exceeded.
    Quota => LimitExceeded,
    /// A tag is not as it must be.
    InvalidTag => Invalid,
    /// Too many calls.
    Throttled => LimitExceeded,
    /// Not done in time.
    Timeout => Timeout,
    /// The credential is not known, or revoked.
    UnknownCredential => Unauthenticated,
    /// Something that is needed is out of order.
    Unavailable => Unavailable,
    /// We do not do that.
    Unsupported => Unsupported,
    /// Wrapped material does not unwrap.
    UnwrapFailed => IntegrityFailure,
    /// The caller's own proof (signature, code, token) is wrong.
    WrongProof => Unauthenticated,
);

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(public) => Self::new(Reason::ConcurrentChange, public),
            StoreError::Inconsistent { .. } => {
                Self::new(Reason::StoredDataDamaged, "A stored record is damaged.").caused_by(error)
            }
            StoreError::Unavailable(_) => {
                Self::new(Reason::Unavailable, "The store is unavailable; try again later.").caused_by(error)
            }
            StoreError::Internal(_) => Self::internal(error),
        }
    }
}

impl From<LogError> for Error {
    fn from(error: LogError) -> Self {
        Self::new(Reason::Unavailable, "The audit log can't be written; nothing is done until it can.")
            .caused_by(error)
    }
}

/// What a provider's refusal means where no operation says it better.
impl From<ProviderError> for Error {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Rejected => Self::invalid("The key cannot process this input."),
            ProviderError::Unsupported => {
                Self::new(Reason::Unsupported, "The key's provider does not support this.")
            }
            ProviderError::Busy => {
                Self::new(Reason::Throttled, "Too many calls are waiting for the key's provider.")
            }
            ProviderError::Unavailable(_) => {
                Self::new(Reason::Unavailable, "The key's provider is unavailable; try again later.")
                    .caused_by(error)
            }
            ProviderError::Timeout => {
                Self::new(Reason::Timeout, "The key's provider did not answer in time.")
            }
            ProviderError::Internal(_) => Self::internal(error),
        }
    }
}

impl From<PolicyError> for Error {
    fn from(error: PolicyError) -> Self {
        Self::new(Reason::MalformedPolicy, error.to_string())
    }
}

impl From<crate::seal::SealError> for Error {
    fn from(error: crate::seal::SealError) -> Self {
        Self::new(Reason::StoredDataDamaged, "A stored secret does not open.").caused_by(error)
    }
}
