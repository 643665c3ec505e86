//! Policies that were written in another language than ours, for keys and rings, and what they allow a caller.

use std::sync::Arc;

use claviger_core::{
    Effect, Error, Gate, KeyProof, Operation, Params, PermissionTarget, Reason, Result, RingProof, Scope,
    actions,
};
use claviger_ports::Change;
use claviger_types::{AttachedPolicy, Key, KeyRing};

use crate::{
    default_policy,
    put_key_policy::{check_lockout, check_principals, parse_key_policy},
};

/// The policy of a key or ring that a front wrote in its own language.
pub struct GetAttachedPolicy {
    /// The key or ring.
    pub target: PermissionTarget,
}

/// What there is of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyOwner {
    /// Nobody has written one.
    Nobody,
    /// The language that the source is in.
    Source(AttachedPolicy),
    /// Our own language, by `PutKeyPolicy`: it can be read and changed only there.
    Document(Arc<str>),
}

/// Replaces that policy.
pub struct SetAttachedPolicy {
    /// The key or ring.
    pub target: PermissionTarget,
    /// The new one.
    pub policy: AttachedPolicy,
    /// The source that the caller has read and now replaces, `Some(None)` if there was none; whatever it is if absent.
    pub expected: Option<Option<Arc<str>>>,
}

/// Which of some actions the caller may do.
pub struct TestPermissions {
    /// To what.
    pub target: PermissionTarget,
    /// Names of actions, as policies write them.
    pub actions: Vec<&'static str>,
}

/// A proof for one kind of target or the other.
pub enum TargetProof<K, R> {
    /// For a key.
    Key(KeyProof<K>),
    /// For a ring.
    Ring(RingProof<R>),
}

impl Operation for GetAttachedPolicy {
    type Proof = TargetProof<actions::GetKeyPolicy, actions::GetKeyRingPolicy>;
    type Output = PolicyOwner;
    const NAME: &'static str = "GetAttachedPolicy";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        params(&self.target)
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        Ok(match &self.target {
            PermissionTarget::Key(key) => TargetProof::Key(gate.own_key(key, &self.params()).await?),
            PermissionTarget::Ring(ring) => TargetProof::Ring(gate.ring(ring, &self.params()).await?),
        })
    }

    async fn run(&self, proof: Self::Proof, _scope: &Scope<'_>) -> Result<PolicyOwner> {
        Ok(match proof {
            TargetProof::Key(key) => owner(key.target().key()),
            TargetProof::Ring(ring) => match &ring.target().ring.policy {
                Some(policy) => PolicyOwner::Source(policy.clone()),
                None => PolicyOwner::Nobody,
            },
        })
    }
}

impl Operation for SetAttachedPolicy {
    type Proof = TargetProof<actions::PutKeyPolicy, actions::PutKeyRingPolicy>;
    type Output = ();
    const NAME: &'static str = "SetAttachedPolicy";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        params(&self.target)
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        Ok(match &self.target {
            PermissionTarget::Key(key) => TargetProof::Key(gate.own_key(key, &self.params()).await?),
            PermissionTarget::Ring(ring) => TargetProof::Ring(gate.ring(ring, &self.params()).await?),
        })
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<()> {
        let compiled = parse_key_policy(&self.policy.document)?;
        match proof {
            TargetProof::Key(proof) => {
                let entry = proof.target();
                if let PolicyOwner::Document(_) = owner(entry.key()) {
                    let message =
                        "The policy of this key is an IAM policy document; PutKeyPolicy changes it.";
                    return Err(Error::new(Reason::KeyState, message));
                }
                self.check_expected(entry.key().policy_source.as_ref())?;
                check_lockout(&compiled, entry.project(), entry.id(), Some(entry), scope)?;
                check_principals(&compiled, entry.project(), &proof, scope).await?;
                let AttachedPolicy { document, source } = self.policy.clone();
                let key = Key { policy: document, policy_source: Some(source), ..entry.key().clone() };
                scope.commit(&proof, vec![Change::PutKey(key)]).await
            }
            TargetProof::Ring(proof) => {
                let ring = &proof.target().ring;
                self.check_expected(ring.policy.as_ref().map(|policy| &policy.source))?;
                check_principals(&compiled, ring.project, &proof, scope).await?;
                let ring = KeyRing { policy: Some(self.policy.clone()), ..ring.clone() };
                scope.commit(&proof, vec![Change::PutKeyRing(ring)]).await
            }
        }
    }
}

impl SetAttachedPolicy {
    fn check_expected(&self, current: Option<&Arc<str>>) -> Result<()> {
        match &self.expected {
            Some(expected) if expected.as_ref() != current => Err(Error::new(
                Reason::ConcurrentChange,
                "The policy was changed by somebody else meanwhile.",
            )),
            _ => Ok(()),
        }
    }
}

impl Operation for TestPermissions {
    type Proof = Vec<&'static str>;
    /// Those that are allowed, in the order asked.
    type Output = Vec<&'static str>;
    const NAME: &'static str = "TestPermissions";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        params(&self.target)
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.permitted(&self.target, &self.actions).await
    }

    async fn run(&self, permitted: Self::Proof, _scope: &Scope<'_>) -> Result<Vec<&'static str>> {
        Ok(permitted)
    }
}

fn owner(key: &Key) -> PolicyOwner {
    match &key.policy_source {
        Some(source) => {
            PolicyOwner::Source(AttachedPolicy { document: key.policy.clone(), source: source.clone() })
        }
        None if *key.policy == *default_policy(key.project) => PolicyOwner::Nobody,
        None => PolicyOwner::Document(key.policy.clone()),
    }
}

fn params(target: &PermissionTarget) -> Params<'_> {
    let subject = match target {
        PermissionTarget::Key(_) => None,
        PermissionTarget::Ring(ring) => Some(ring.as_str()),
    };
    Params { subject, ..Params::default() }
}
