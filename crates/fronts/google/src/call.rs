use claviger_core::{CallContext, Error, Operation, Result, Service};
use claviger_types::AccountId;

use crate::names::{LocationPath, Names};

/// One authenticated request, which runs at most one operation.
pub(crate) struct Call {
    pub(crate) service: Service,
    pub(crate) cx: CallContext,
}

/// Why a request has no answer.
pub(crate) enum Failure {
    /// The operation was called and said so; the audit log knows.
    Answered(Error),
    /// It never came to the call; the audit log must still be told.
    Rejected(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Rejected(error)
    }
}

/// What a handler answers.
pub(crate) type Answered<T> = Result<T, Failure>;

impl Call {
    /// Runs the operation.
    pub(crate) async fn run<O: Operation>(self, operation: O) -> Answered<O::Output> {
        self.service.call(self.cx, operation).await.map_err(Failure::Answered)
    }

    /// The project of the caller.
    pub(crate) fn account(&self) -> AccountId {
        self.cx.caller.identity.account()
    }

    /// Reads names of resources.
    pub(crate) fn names(&self) -> Names<'_> {
        Names { region: &self.service.settings().region }
    }

    /// The one location, in the project of the caller: what makes names of answers.
    pub(crate) fn location(&self) -> LocationPath {
        LocationPath { account: self.account(), region: self.service.settings().region.clone() }
    }
}
