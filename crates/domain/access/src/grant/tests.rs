use claviger_types::{GrantConstraint, GrantOperation};
use proptest::prelude::*;

use super::{Delegation, constraint_covers, may_delegate, satisfies};
use crate::fixtures::{ALICE, grant, pairs};

fn equals(of: &[(&str, &str)]) -> Option<GrantConstraint> {
    Some(GrantConstraint::ContextEquals(pairs(of)))
}

fn subset(of: &[(&str, &str)]) -> Option<GrantConstraint> {
    Some(GrantConstraint::ContextSubset(pairs(of)))
}

#[test]
fn a_constraint_covers_stricter_ones() {
    let check = |parent: Option<GrantConstraint>, child: Option<GrantConstraint>, expected: bool| {
        assert_eq!(constraint_covers(parent.as_ref(), child.as_ref()), expected, "{parent:?} {child:?}");
    };
    let (a, ab) = (&[("a", "1")], &[("a", "1"), ("b", "2")]);
    check(None, None, true);
    check(None, subset(a), true);
    check(subset(a), None, false);
    check(subset(a), subset(a), true);
    check(subset(a), subset(ab), true);
    check(subset(ab), subset(a), false);
    check(subset(a), equals(ab), true);
    check(subset(ab), equals(a), false);
    check(equals(a), equals(a), true);
    check(equals(a), equals(ab), false);
    check(equals(a), subset(a), false);
    check(subset(a), subset(&[("a", "2")]), false);
    check(subset(a), subset(&[("A", "1")]), false);
}

#[test]
fn a_constraint_is_satisfied_exactly() {
    let check = |constraint: Option<GrantConstraint>, context: &[(&str, &str)], expected: bool| {
        assert_eq!(satisfies(&constraint.unwrap(), &pairs(context)), expected, "{context:?}");
    };
    check(equals(&[("a", "1")]), &[("a", "1")], true);
    check(equals(&[("a", "1")]), &[("a", "1"), ("b", "2")], false);
    check(equals(&[("a", "1")]), &[], false);
    check(equals(&[]), &[], true);
    check(subset(&[("a", "1")]), &[("a", "1"), ("b", "2")], true);
    check(subset(&[("a", "1")]), &[("A", "1")], false);
    check(subset(&[("a", "x")]), &[("a", "X")], false);
}

#[test]
fn delegation_needs_create_grant() {
    let child = Delegation { operations: [GrantOperation::Encrypt].into_iter().collect(), constraint: None };
    let without = grant("aa", ALICE, &[GrantOperation::Encrypt], None);
    let with = grant("aa", ALICE, &[GrantOperation::Encrypt, GrantOperation::CreateGrant], None);
    assert!(!may_delegate(&without, child));
    assert!(may_delegate(&with, child));
}

proptest! {
    /// What "at least as strict" means.
    #[test]
    fn covering_is_implication(
        parent in constraint(),
        child in constraint(),
        context in proptest::collection::btree_map("[ab]", "[12]", 0..3),
    ) {
        let holds = |constraint: &Option<GrantConstraint>| {
            constraint.as_ref().is_none_or(|constraint| satisfies(constraint, &context))
        };
        if constraint_covers(parent.as_ref(), child.as_ref()) && holds(&child) {
            prop_assert!(holds(&parent));
        }
    }
}

fn constraint() -> impl Strategy<Value = Option<GrantConstraint>> {
    let pairs = proptest::collection::btree_map("[ab]", "[12]", 0..3);
    proptest::option::of((any::<bool>(), pairs).prop_map(|(exact, pairs)| {
        let pairs = pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        if exact { GrantConstraint::ContextEquals(pairs) } else { GrantConstraint::ContextSubset(pairs) }
    }))
}
