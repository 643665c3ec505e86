use claviger_keys::{GetKeyPolicy, ListKeyPolicies, PutKeyPolicy};

use super::{key_itself, limit, marker, required, text};
use crate::{
    error::Fault,
    names::Names,
    wire::{
        Text,
        policy::{GetKeyPolicyRequest, ListKeyPoliciesRequest, PutKeyPolicyRequest},
    },
};

const POLICY: usize = 131_072;

pub(crate) fn get_key_policy(
    request: GetKeyPolicyRequest<'_>,
    names: Names<'_>,
) -> Result<GetKeyPolicy, Fault> {
    Ok(GetKeyPolicy {
        key: key_itself(request.key_id, "keyId", names)?,
        name: policy_name(request.policy_name)?,
    })
}

pub(crate) fn put_key_policy(
    request: PutKeyPolicyRequest<'_>,
    names: Names<'_>,
) -> Result<PutKeyPolicy, Fault> {
    let policy = text(required(request.policy, "policy")?, 1..=POLICY, "policy")?;
    Ok(PutKeyPolicy {
        key: key_itself(request.key_id, "keyId", names)?,
        name: policy_name(request.policy_name)?,
        policy: (*policy).into(),
        bypass_lockout_check: request.bypass_policy_lockout_safety_check.unwrap_or(false),
    })
}

/// There is one policy, so that no page is the second.
pub(crate) fn list_key_policies(
    request: ListKeyPoliciesRequest<'_>,
    names: Names<'_>,
) -> Result<ListKeyPolicies, Fault> {
    limit(request.limit, 1000, 1000)?;
    marker(request.marker, |_| None::<()>)?;
    Ok(ListKeyPolicies { key: key_itself(request.key_id, "keyId", names)? })
}

fn policy_name(value: Option<Text<'_>>) -> Result<Option<Box<str>>, Fault> {
    let name = value.map(|value| text(value, 1..=128, "policyName")).transpose()?;
    Ok(name.map(|name| (*name).into()))
}

#[cfg(test)]
mod tests;
