use std::{error::Error, fmt, process::ExitCode};

/// Why a command was not done: what to tell the person who gave it, and what caused it.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
    exit: Exit,
}

/// How the program ends.
#[derive(Clone, Copy, Debug)]
enum Exit {
    /// It was not done.
    Failed,
    /// It was only tried, and would have been done.
    Tried,
    /// The command was not given as it must be.
    Usage,
}

/// The result of a command, or of a step of one.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None, exit: Exit::Failed }
    }

    /// A command that is not given as it must be.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::new(message) }
    }

    /// What was only tried and would have been done.
    pub(crate) fn tried() -> Self {
        Self { exit: Exit::Tried, ..Self::new("the call would have succeeded; nothing was done") }
    }

    /// The answer that was asked for is no; it has been told already.
    pub(crate) fn told() -> Self {
        Self::new("")
    }

    /// Whether there is something left to tell.
    pub(crate) fn is_told(&self) -> bool {
        self.message.is_empty()
    }

    /// 1 if it was not done, 2 if the command was wrong.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self.exit {
            Exit::Failed => ExitCode::FAILURE,
            Exit::Tried => ExitCode::SUCCESS,
            Exit::Usage => ExitCode::from(2),
        }
    }

    pub(crate) fn because(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// For a closure that has the cause: `map_err(Failure::at("…"))`.
    pub(crate) fn at<E: Into<Box<dyn Error + Send + Sync>>>(
        message: impl Into<String>,
    ) -> impl FnOnce(E) -> Self {
        let message = message.into();
        move |source| Self::new(message).because(source)
    }
}

/// The message and every cause, on one line.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        let mut source: Option<&(dyn Error + 'static)> = self.source.as_deref().map(|source| source as _);
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl Error for Failure {}

impl From<claviger_core::Error> for Failure {
    fn from(error: claviger_core::Error) -> Self {
        let cause = error.source().map(ToString::to_string);
        match cause {
            Some(cause) => Self::new(format!("{}: {cause}", error.public())),
            None => Self::new(error.public()),
        }
    }
}

macro_rules! says_enough {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(error.to_string())
            }
        })+
    };
}

says_enough!(
    claviger_core::seal::HeaderError,
    claviger_core::seal::SealError,
    claviger_crypto::CryptoError,
    claviger_log::OpenError,
    claviger_ports::LogError,
    claviger_ports::HeaderStoreError,
    claviger_ports::StoreError,
    claviger_sql::OpenError,
);
