use std::{borrow::Borrow, collections::BTreeMap};

use claviger_types::{Grant, GrantConstraint, GrantOperation, GrantOperations};

/// The encryption context of a request.
pub trait ContextPairs {
    /// The number of pairs.
    fn count(&self) -> usize;

    /// The value of a name, compared exactly.
    fn value(&self, name: &str) -> Option<&str>;
}

impl<K: Borrow<str> + Ord, V: AsRef<str>> ContextPairs for BTreeMap<K, V> {
    fn count(&self) -> usize {
        self.len()
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.get(name).map(AsRef::as_ref)
    }
}

/// What a new grant would pass on.
#[derive(Clone, Copy, Debug)]
pub struct Delegation<'a> {
    /// Its operations.
    pub operations: GrantOperations,
    /// Its constraint.
    pub constraint: Option<&'a GrantConstraint>,
}

/// Whether the grantee of `parent`, by that grant alone, may make a grant of `child`: nothing that it may not do itself,
/// under a constraint at least as strict.
pub fn may_delegate(parent: &Grant, child: Delegation<'_>) -> bool {
    parent.operations.contains(GrantOperation::CreateGrant)
        && parent.operations.covers(child.operations)
        && constraint_covers(parent.constraint.as_ref(), child.constraint)
}

/// Whether every encryption context that satisfies `child` also satisfies `parent`.
pub fn constraint_covers(parent: Option<&GrantConstraint>, child: Option<&GrantConstraint>) -> bool {
    match (parent, child) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(parent), Some(GrantConstraint::ContextEquals(exact))) => satisfies(parent, exact),
        (Some(GrantConstraint::ContextSubset(wanted)), Some(GrantConstraint::ContextSubset(pairs))) => {
            contains(pairs, wanted)
        }
        (Some(GrantConstraint::ContextEquals(_)), Some(GrantConstraint::ContextSubset(_))) => false,
    }
}

/// Whether a grant allows its grantee the operation. The grantee is compared exactly: a grant for an account's root ARN
/// is for the account itself and not for its users.
pub(crate) fn allows(
    grant: &Grant,
    caller: &str,
    operation: GrantOperation,
    context: Option<&dyn ContextPairs>,
    delegation: Option<Delegation<'_>>,
) -> bool {
    if *grant.grantee != *caller || !grant.operations.contains(operation) {
        return false;
    }
    match operation {
        // Constraints do not apply to these two.
        GrantOperation::DescribeKey | GrantOperation::RetireGrant => true,
        GrantOperation::CreateGrant => delegation.is_some_and(|child| may_delegate(grant, child)),
        _ => match (&grant.constraint, context) {
            (None, _) => true,
            (Some(constraint), Some(context)) => satisfies(constraint, context),
            // An operation that takes no encryption context can't satisfy a constraint on it.
            (Some(_), None) => false,
        },
    }
}

fn satisfies(constraint: &GrantConstraint, context: &dyn ContextPairs) -> bool {
    match constraint {
        GrantConstraint::ContextEquals(pairs) => context.count() == pairs.len() && contains(context, pairs),
        GrantConstraint::ContextSubset(pairs) => contains(context, pairs),
    }
}

fn contains(context: &dyn ContextPairs, pairs: &BTreeMap<Box<str>, Box<str>>) -> bool {
    pairs.iter().all(|(name, value)| context.value(name) == Some(value))
}

#[cfg(test)]
mod tests;
