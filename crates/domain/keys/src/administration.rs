//! Who may call: principals, their policies and credentials.

mod create_credential;
mod create_principal;
mod credentials;
mod delete_principal_policy;
mod principals;
mod put_principal_policy;
mod revoke_credential;
mod simulate_policy;
mod update_principal;

use claviger_core::{Action, Authorized, Error, ProjectTarget, Reason, Result, Scope};
use claviger_types::{Principal, PrincipalName};

pub use create_credential::{CreateCredential, CreatedCredential, NewCredential, token_hash};
pub use create_principal::CreatePrincipal;
pub use credentials::{CredentialSummary, ListCredentials};
pub use delete_principal_policy::DeletePrincipalPolicy;
pub use principals::{GetPrincipal, ListPrincipalPolicies, ListPrincipals};
pub use put_principal_policy::PutPrincipalPolicy;
pub use revoke_credential::RevokeCredential;
pub use simulate_policy::SimulatePolicy;
pub use update_principal::UpdatePrincipal;

/// A principal of the project of a proof.
pub(crate) async fn find_principal<A: Action>(
    proof: &Authorized<A, ProjectTarget>,
    name: &PrincipalName,
    scope: &Scope<'_>,
) -> Result<Principal> {
    let ProjectTarget(project) = *proof.target();
    let found = scope.reads(proof).principal_named(project, name).await?;
    found.ok_or_else(|| Error::new(Reason::NotFound, format!("There is no principal {name}.")))
}

#[cfg(test)]
mod tests;
