use claviger_core::{Authorized, Effect, Gate, Operation, Params, ProjectTarget, Result, Scope, actions};
use claviger_types::{Credential, CredentialId, PrincipalName, Timestamp};

use super::find_principal;

/// The credentials of a principal, revoked ones too, by id.
pub struct ListCredentials {
    /// The principal.
    pub principal: PrincipalName,
}

/// A credential without anything that proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialSummary {
    /// Its id.
    pub id: CredentialId,
    /// The name of its kind.
    pub kind: &'static str,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it is refused.
    pub expires: Option<Timestamp>,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
}

impl From<Credential> for CredentialSummary {
    fn from(credential: Credential) -> Self {
        Self {
            kind: credential.kind.name(),
            id: credential.id,
            created: credential.created,
            expires: credential.expires,
            revoked: credential.revoked,
        }
    }
}

impl Operation for ListCredentials {
    type Proof = Authorized<actions::ListCredentials, ProjectTarget>;
    type Output = Vec<CredentialSummary>;
    const NAME: &'static str = "ListCredentials";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params { subject: Some(self.principal.as_str()), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<Vec<CredentialSummary>> {
        let principal = find_principal(&proof, &self.principal, scope).await?;
        let credentials = scope.reads(&proof).credentials(principal.id).await?;
        Ok(credentials.into_iter().map(Into::into).collect())
    }
}
