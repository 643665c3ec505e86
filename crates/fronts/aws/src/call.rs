use std::pin::Pin;

use claviger_core::{CallContext, Error, Operation, Service};
use claviger_types::{AccountId, SecretBytes};
use serde::Deserialize;

use crate::{
    error::{Failure, Fault},
    names::Names,
    reply::Answer,
};

/// One authenticated request.
pub(crate) struct Call {
    pub(crate) service: Service,
    /// Taken by the one operation that the request runs.
    pub(crate) cx: Option<CallContext>,
    /// The project of the caller.
    pub(crate) account: AccountId,
    pub(crate) body: SecretBytes,
}

/// What handles one operation of the API.
pub(crate) type Handler = for<'a> fn(&'a mut Call) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

impl Call {
    /// The request in its wire form.
    pub(crate) fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Fault> {
        from_json(self.body.expose())
    }

    /// How names are read.
    pub(crate) fn names(&self) -> Names<'_> {
        Names { region: &self.service.settings().region }
    }

    /// The ARN of something of the caller's project.
    pub(crate) fn arn(&self, path: &str) -> String {
        self.service.arn(self.account, path)
    }

    /// Runs the operation.
    pub(crate) async fn run<O: Operation>(&mut self, operation: O) -> Result<O::Output, Failure> {
        self.run_or_try(None, operation).await
    }

    /// Runs the operation, or only tries whether it could be.
    pub(crate) async fn run_or_try<O: Operation>(
        &mut self,
        dry_run: Option<bool>,
        operation: O,
    ) -> Result<O::Output, Failure> {
        let Some(cx) = self.cx.take() else {
            return Err(Failure::Answered(Error::internal("two operations of one request")));
        };
        let cx = CallContext { dry_run: dry_run.unwrap_or(false), ..cx };
        self.service.call(cx, operation).await.map_err(Failure::Answered)
    }
}

/// Reads an object; no body is an empty one. The message names no value, as that may be secret.
pub(crate) fn from_json<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Fault> {
    let body = body.trim_ascii_start();
    let body = if body.is_empty() { b"{}" } else { body };
    if !body.starts_with(b"{") {
        return Err(Fault::serialization("The request body is not a JSON object."));
    }
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Fault::serialization(format!("The request body can't be read at line {line}, column {column}."))
    })
}
