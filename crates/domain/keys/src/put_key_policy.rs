use std::sync::Arc;

use claviger_access::{Action as PolicyAction, Policy, PolicyKind, PrincipalMention};
use claviger_core::{
    Action, Authorized, Effect, Error, Gate, KeyEntry, KeyProof, KeyRef, Operation, Params, Reason, Result,
    Scope, actions,
};
use claviger_ports::Change;
use claviger_types::{AccountId, KeyId, PrincipalName};

/// The only policy that a key has.
pub(crate) const DEFAULT_POLICY: &str = "default";

/// Replaces the policy of a key.
pub struct PutKeyPolicy {
    /// The key.
    pub key: KeyRef,
    /// Which policy; there is only `default`.
    pub name: Option<Box<str>>,
    /// An IAM policy document in JSON.
    pub policy: Box<str>,
    /// Whether a policy that locks the caller out is accepted.
    pub bypass_lockout_check: bool,
}

impl Operation for PutKeyPolicy {
    type Proof = KeyProof<actions::PutKeyPolicy>;
    type Output = ();
    const NAME: &'static str = "PutKeyPolicy";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { bypass_lockout_check: Some(self.bypass_lockout_check), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        if self.name.as_deref().is_some_and(|name| name != DEFAULT_POLICY) {
            return Err(Error::invalid("The only policy that can be set is named default."));
        }
        gate.own_key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<()> {
        let entry = key.target();
        if entry.key().policy_source.is_some() {
            return Err(Error::new(
                Reason::Unsupported,
                "The policy of this key was written in another language, and can only be changed in that.",
            ));
        }
        let policy = parse_key_policy(&self.policy)?;
        if !self.bypass_lockout_check {
            check_lockout(&policy, entry.project(), entry.id(), Some(entry), scope)?;
        }
        check_principals(&policy, entry.project(), &key, scope).await?;
        let mut changed = entry.key().clone();
        changed.policy = Arc::from(&*self.policy);
        scope.commit(&key, vec![Change::PutKey(changed)]).await
    }
}

/// Refuses what cannot be the policy of a key that is being made.
pub(crate) async fn check_policy<A: Action, T>(
    policy: &str,
    bypass_lockout_check: bool,
    project: AccountId,
    key: KeyId,
    proof: &Authorized<A, T>,
    scope: &Scope<'_>,
) -> Result<()> {
    let policy = parse_key_policy(policy)?;
    if !bypass_lockout_check {
        check_lockout(&policy, project, key, None, scope)?;
    }
    check_principals(&policy, project, proof, scope).await
}

/// Actions of AWS KMS that there are not here: policies written for it may name them.
const FOREIGN_ACTIONS: [&str; 9] = [
    "ConnectCustomKeyStore",
    "CreateCustomKeyStore",
    "DeleteCustomKeyStore",
    "DescribeCustomKeyStores",
    "DisconnectCustomKeyStore",
    "ReplicateKey",
    "SynchronizeMultiRegionKey",
    "UpdateCustomKeyStore",
    "UpdatePrimaryRegion",
];

/// Refuses a policy with an action that nobody knows: in a `Deny`, a typing error would protect nothing.
pub(crate) fn check_actions(policy: &Policy) -> Result<()> {
    let ours = actions::ALL.iter().filter_map(|name| name.split_once(':'));
    let ours = ours.map(|(service, name)| PolicyAction::new(service, name));
    Ok(policy.check_actions(ours.chain(FOREIGN_ACTIONS.iter().map(|name| PolicyAction::kms(name))))?)
}

pub(crate) fn parse_key_policy(policy: &str) -> Result<Policy> {
    let policy = Policy::parse(policy, PolicyKind::Key)?;
    check_actions(&policy)?;
    Ok(policy)
}

pub(crate) fn check_lockout(
    policy: &Policy,
    project: AccountId,
    key: KeyId,
    entry: Option<&KeyEntry>,
    scope: &Scope<'_>,
) -> Result<()> {
    // The next call that changes the policy need not ask for the check to be left out, so this one decides without.
    let params = Params { bypass_lockout_check: Some(false), ..Params::default() };
    match scope.stays_manageable(policy, project, key, entry, &params) {
        true => Ok(()),
        false => Err(Error::new(
            Reason::MalformedPolicy,
            "The new key policy will not allow you to update the key policy in the future.",
        )),
    }
}

/// Refuses users and roles of the key's own project that do not exist: whoever is given such a name later would get what
/// the policy allows. Principals of other projects are taken as they are, so that nobody learns who there is.
pub(crate) async fn check_principals<A: Action, T>(
    policy: &Policy,
    project: AccountId,
    proof: &Authorized<A, T>,
    scope: &Scope<'_>,
) -> Result<()> {
    for mention in policy.principals_mentioned() {
        let PrincipalMention::Arn(arn) = mention else { continue };
        let Some(path) = arn.strip_prefix(&format!("arn:aws:iam::{project}:")) else { continue };
        let name = path.strip_prefix("user/").and_then(|name| name.parse::<PrincipalName>().ok());
        let exists = match name {
            Some(name) => scope.reads(proof).principal_named(project, &name).await?.is_some(),
            // There are no roles, and no users with a path.
            None => false,
        };
        if !exists {
            return Err(Error::new(
                Reason::MalformedPolicy,
                format!("Policy contains a statement with one or more invalid principals: {arn}"),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
