use std::sync::Arc;

use claviger_core::{Effect, Gate, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};
use claviger_ports::Page;
use claviger_types::{Grant, GrantId};

/// The grants of a key, by id.
pub struct ListGrants {
    /// The key.
    pub key: KeyRef,
    /// Only this one.
    pub grant: Option<GrantId>,
    /// Only those of this grantee, by its ARN.
    pub grantee: Option<Box<str>>,
    /// Only those after this one.
    pub after: Option<GrantId>,
    /// At most so many, 1 to 100.
    pub limit: usize,
}

/// Grants of a key.
pub struct KeyGrants {
    /// The ARN of the key.
    pub key_arn: String,
    /// The grants.
    pub page: Page<Arc<Grant>>,
}

impl Operation for ListGrants {
    type Proof = KeyProof<actions::ListGrants>;
    type Output = KeyGrants;
    const NAME: &'static str = "ListGrants";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        let grant = self.grant.as_ref().map(GrantId::as_str);
        Params { grant, grantee: self.grantee.as_deref(), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        // `kms:GranteePrincipal` is about grants that are made, not about those that are shown.
        gate.key(&self.key, &Params::default()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<KeyGrants> {
        let entry = key.target();
        let mut shown = entry.grants.iter().filter(|grant| {
            self.grant.as_ref().is_none_or(|id| grant.id == *id)
                && self.grantee.as_ref().is_none_or(|grantee| grant.grantee == *grantee)
                && self.after.as_ref().is_none_or(|after| grant.id > *after)
        });
        let items = shown.by_ref().take(self.limit.clamp(1, 100)).cloned().collect();
        let page = Page { items, more: shown.next().is_some() };
        Ok(KeyGrants { key_arn: scope.key_arn(entry), page })
    }
}
