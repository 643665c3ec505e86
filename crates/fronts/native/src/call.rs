use claviger_core::{CallContext, Error, KeyRef, Operation, Service};
use claviger_types::{
    AccountId, AliasName, AuthorityName, CertificateSerial, CredentialId, GrantId, PolicyName, PrincipalName,
    ProviderName, VersionNumber,
};

use crate::names;

/// One authenticated request, which runs at most one operation.
pub(crate) struct Call {
    pub(crate) service: Service,
    pub(crate) cx: CallContext,
    /// The variable parts of the path, by name.
    pub(crate) path: Vec<(String, String)>,
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

/// Makes the ARNs of answers.
pub(crate) struct Arns {
    service: Service,
    account: AccountId,
}

impl Call {
    /// Runs the operation.
    pub(crate) async fn run<O: Operation>(self, operation: O) -> Result<O::Output, Failure> {
        self.service.call(self.cx, operation).await.map_err(Failure::Answered)
    }

    pub(crate) fn arns(&self) -> Arns {
        Arns { service: self.service.clone(), account: self.cx.caller.identity.account() }
    }

    /// A name of a key: id, ARN or `alias/…`.
    pub(crate) fn key_ref(&self, text: &str) -> Result<KeyRef, Error> {
        names::key(text, &self.service.settings().region)
    }

    /// The key of the path.
    pub(crate) fn key(&self) -> Result<KeyRef, Error> {
        self.key_ref(self.part("key"))
    }

    pub(crate) fn alias(&self) -> Result<AliasName, Error> {
        names::alias(self.part("alias"))
    }

    pub(crate) fn grant(&self) -> Result<GrantId, Error> {
        names::grant(self.part("grant"))
    }

    pub(crate) fn authority(&self) -> Result<AuthorityName, Error> {
        names::parse(self.part("authority"))
    }

    pub(crate) fn serial(&self) -> Result<CertificateSerial, Error> {
        names::parse(self.part("serial"))
    }

    pub(crate) fn principal(&self) -> Result<PrincipalName, Error> {
        names::parse(self.part("principal"))
    }

    pub(crate) fn policy(&self) -> Result<PolicyName, Error> {
        names::parse(self.part("policy"))
    }

    pub(crate) fn provider(&self) -> Result<ProviderName, Error> {
        names::parse(self.part("provider"))
    }

    pub(crate) fn version(&self) -> Result<VersionNumber, Error> {
        let number = self.part("version").parse().ok().and_then(VersionNumber::new);
        number.ok_or_else(|| {
            Error::invalid(format!("'{}' is not the number of a version.", self.part("version")))
        })
    }

    pub(crate) fn credential(&self) -> Result<CredentialId, Error> {
        names::parse(self.part("credential"))
    }

    /// A part of the path; empty, which is no name of anything, if the path has none.
    pub(crate) fn part(&self, name: &str) -> &str {
        self.path.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

impl Arns {
    pub(crate) fn key(&self, id: claviger_types::KeyId) -> String {
        self.service.arn(self.account, &format!("key/{id}"))
    }
}
