use std::{fmt, sync::Arc};

use claviger_types::{AccountId, Grant, GrantId, GrantOperation, PolicyName};

use crate::{
    AccessRequest, Action, ContextPairs, Delegation, Policy, PolicyKind, grant,
    policy::{Effect, Statement},
    principal::Standing,
    request::{LowerAction, Query},
};

/// An identity policy and the name by which its principal's owner knows it.
#[derive(Debug)]
pub struct NamedPolicy {
    /// Unique for the principal.
    pub name: PolicyName,
    /// What it says; of kind [`Identity`](crate::PolicyKind::Identity).
    pub policy: Policy,
}

/// Everything that can allow or deny a request.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The policies attached to the caller.
    pub identity: &'a [Arc<NamedPolicy>],
    /// The policy of the ring that is acted on, or in which the key is. It says what principals may do to all that is in
    /// the ring, as their own policies would: it never opens a key whose policy does not let the account decide.
    pub ring_policy: Option<&'a Policy>,
    /// The policy of the key that is acted on; `None` for actions on no key, where the caller's side alone decides.
    pub key_policy: Option<&'a Policy>,
    /// The account that owns what is acted on.
    pub resource_account: AccountId,
    /// The grants on the key that can be used now; those of other grantees are passed over.
    pub grants: &'a [Arc<Grant>],
    /// What the action is called in grants; `None` if no grant can allow it.
    pub grant_operation: Option<GrantOperation>,
    /// The encryption context of the request, also an empty one; `None` if the operation takes none.
    pub context: Option<&'a dyn ContextPairs>,
    /// For `CreateGrant`, what the new grant would pass on; without, no grant allows `CreateGrant`.
    pub delegation: Option<Delegation<'a>>,
}

impl<'a> Sources<'a> {
    /// Identity policies alone, for actions on no key.
    pub fn identity_only(identity: &'a [Arc<NamedPolicy>], resource_account: AccountId) -> Self {
        Self {
            identity,
            ring_policy: None,
            key_policy: None,
            resource_account,
            grants: &[],
            grant_operation: None,
            context: None,
            delegation: None,
        }
    }

    /// Identity policies and a key's policy, without grants.
    pub fn with_key_policy(
        identity: &'a [Arc<NamedPolicy>],
        key_policy: &'a Policy,
        resource_account: AccountId,
    ) -> Self {
        Self { key_policy: Some(key_policy), ..Self::identity_only(identity, resource_account) }
    }
}

/// The answer.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    /// Whether the request may go on.
    pub allowed: bool,
    /// Why.
    pub reason: Reason<'a>,
}

/// Why a request is allowed or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason<'a> {
    /// Something allows it and nothing denies it.
    Allowed {
        /// What allows it.
        by: Ground<'a>,
        /// The statement of the key's policy that was needed besides: it lets the caller's account decide, or it lets
        /// the caller of another account in.
        through: Option<StatementRef<'a>>,
    },
    /// A statement denies it.
    Denied(Ground<'a>),
    /// Nothing denies it, and what would have to allow it does not.
    NotAllowed {
        /// Whether the caller's side allows it, by an identity policy or as the account itself, which was not enough: the
        /// resource's side does not.
        by_identity: bool,
        /// Whether the key's policy allows it, or lets the account decide, which was not enough without an identity
        /// policy that allows it.
        by_key_policy: bool,
    },
}

/// What allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground<'a> {
    /// The caller is the account itself.
    AccountRoot,
    /// A grant.
    Grant(&'a GrantId),
    /// A statement of a policy attached to the caller.
    IdentityPolicy(&'a PolicyName, StatementRef<'a>),
    /// A statement of the key's policy.
    KeyPolicy(StatementRef<'a>),
    /// A statement of the policy of its ring.
    RingPolicy(StatementRef<'a>),
}

/// A statement of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementRef<'a> {
    /// Its position in the document, from 0.
    pub index: usize,
    /// Its `Sid`.
    pub sid: Option<&'a str>,
}

/// Decides a request. Does no I/O; allocates only for policy variables and for facts that do.
pub fn decide<'a>(request: &AccessRequest<'_>, sources: &Sources<'a>) -> Decision<'a> {
    let lower = LowerAction::new(request.action);
    let query = Query { request, action: lower.as_action() };
    let mut by_identity = request.caller.is_root.then_some(Ground::AccountRoot);
    for named in sources.identity {
        match read(&named.policy, PolicyKind::Identity, query, by_identity.is_some()) {
            Reading { denied: Some(statement), .. } => {
                return Decision::deny(Ground::IdentityPolicy(&named.name, statement));
            }
            Reading { allowed, delegated, .. } => {
                let statement = allowed.or(delegated);
                by_identity =
                    by_identity.or(statement.map(|statement| Ground::IdentityPolicy(&named.name, statement)));
            }
        }
    }
    if let Some(policy) = sources.ring_policy {
        let ring = read(policy, PolicyKind::Key, query, by_identity.is_some());
        if let Some(statement) = ring.denied {
            return Decision::deny(Ground::RingPolicy(statement));
        }
        // It stands for the account's own word, which is not its to give for callers of another.
        let same_account = request.caller.account == sources.resource_account;
        by_identity = by_identity.or(ring.allowed.filter(|_| same_account).map(Ground::RingPolicy));
    }
    let key =
        sources.key_policy.map(|policy| read(policy, PolicyKind::Key, query, false)).unwrap_or_default();
    if let Some(statement) = key.denied {
        return Decision::deny(Ground::KeyPolicy(statement));
    }
    let same_account = request.caller.account == sources.resource_account;
    let allowed = match (same_account, key.allowed, key.allowed.or(key.delegated), by_identity) {
        (true, Some(direct), ..) => Some((Ground::KeyPolicy(direct), None)),
        (_, None, Some(through), Some(by)) | (false, Some(through), _, Some(by)) => Some((by, Some(through))),
        (true, None, None, Some(by)) if sources.key_policy.is_none() => Some((by, None)),
        _ => None,
    };
    let by_grant = || granted(request, sources).map(|by| (by, None));
    match allowed.or_else(by_grant) {
        Some((by, through)) => Decision { allowed: true, reason: Reason::Allowed { by, through } },
        None => Decision {
            allowed: false,
            reason: Reason::NotAllowed {
                by_identity: by_identity.is_some(),
                by_key_policy: key.allowed.or(key.delegated).is_some(),
            },
        },
    }
}

/// Whether a key whose policy is `key_policy` would remain manageable: whether that policy lets the caller, or the
/// caller's account, call `PutKeyPolicy` again. The action of `request` is not looked at.
pub fn lockout_check(key_policy: &Policy, request: &AccessRequest<'_>) -> bool {
    let request = AccessRequest { action: Action::kms("PutKeyPolicy"), ..*request };
    let lower = LowerAction::new(request.action);
    let query = Query { request: &request, action: lower.as_action() };
    let reading = read(key_policy, PolicyKind::Key, query, false);
    reading.denied.is_none() && (reading.allowed.is_some() || reading.delegated.is_some())
}

/// What one policy says.
#[derive(Default)]
struct Reading<'a> {
    denied: Option<StatementRef<'a>>,
    /// The first statement that allows the caller itself.
    allowed: Option<StatementRef<'a>>,
    /// The first statement that allows the caller's account.
    delegated: Option<StatementRef<'a>>,
}

fn read<'a>(policy: &'a Policy, kind: PolicyKind, query: Query<'_, '_>, only_denials: bool) -> Reading<'a> {
    // Threat: the statements of an identity policy name no principal, so that one taken for a key's policy would let
    // everyone in. A policy in the wrong place denies but never allows.
    let only_denials = only_denials || policy.kind != kind;
    let mut reading = Reading::default();
    for (index, statement) in policy.statements.iter().enumerate() {
        let needless = only_denials || reading.allowed.is_some();
        if statement.effect == Effect::Allow && needless {
            continue;
        }
        let Some(standing) = statement.applies(query) else { continue };
        let found = Some(StatementRef::of(index, statement));
        match (statement.effect, standing) {
            (Effect::Deny, _) => return Reading { denied: found, ..reading },
            (Effect::Allow, Standing::Direct) => reading.allowed = found,
            (Effect::Allow, Standing::Account) => reading.delegated = reading.delegated.or(found),
        }
    }
    reading
}

fn granted<'a>(request: &AccessRequest<'_>, sources: &Sources<'a>) -> Option<Ground<'a>> {
    let operation = sources.grant_operation?;
    let allows = |grant: &&Arc<Grant>| {
        grant::allows(grant, request.caller.arn, operation, sources.context, sources.delegation)
    };
    sources.grants.iter().find(allows).map(|grant| Ground::Grant(&grant.id))
}

impl<'a> Decision<'a> {
    fn deny(by: Ground<'a>) -> Self {
        Self { allowed: false, reason: Reason::Denied(by) }
    }
}

impl<'a> StatementRef<'a> {
    fn of(index: usize, statement: &'a Statement) -> Self {
        Self { index, sid: statement.sid.as_deref() }
    }
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed { by, through: None } => write!(f, "allowed by {by}"),
            Self::Allowed { by, through: Some(statement) } => {
                write!(f, "allowed by {by}, as {statement} of the key policy lets it")
            }
            Self::Denied(by) => write!(f, "denied by {by}"),
            Self::NotAllowed { by_identity: false, by_key_policy: false } => f.write_str("nothing allows it"),
            Self::NotAllowed { by_identity: true, .. } => {
                f.write_str("the caller's account allows it, but the key policy does not")
            }
            Self::NotAllowed { by_identity: false, by_key_policy: true } => {
                f.write_str("the key policy leaves it to identity policies, and none allows it")
            }
        }
    }
}

impl fmt::Display for Ground<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountRoot => f.write_str("being the account itself"),
            Self::Grant(id) => write!(f, "grant {id}"),
            Self::IdentityPolicy(name, statement) => write!(f, "{statement} of identity policy {name}"),
            Self::KeyPolicy(statement) => write!(f, "{statement} of the key policy"),
            Self::RingPolicy(statement) => write!(f, "{statement} of the key ring's policy"),
        }
    }
}

impl fmt::Display for StatementRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sid {
            Some(sid) => write!(f, "statement {} (\"{sid}\")", self.index),
            None => write!(f, "statement {}", self.index),
        }
    }
}

#[cfg(test)]
mod tests;
