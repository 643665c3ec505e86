//! The policy language: IAM policy documents, their compiler and the decision.
//!
//! A document is parsed once, strictly, into a [`Policy`]: matchers that answer a request without I/O and, unless a
//! statement uses policy variables, without allocating. [`decide`] combines identity policies, the policy of the key and
//! its grants by the rules of AWS: nothing is allowed by default, an explicit deny wins over everything.
//!
//! What the compiler does not understand it refuses ([`PolicyError`] says where); nothing is ever skipped. Where the
//! rules of AWS are silent, the reading that allows less is taken, and the item's documentation says so.
#![forbid(unsafe_code)]

mod action;
mod arn;
mod compile;
mod condition;
mod decide;
mod document;
mod grant;
mod pattern;
mod policy;
mod principal;
mod request;
mod variables;

#[cfg(test)]
mod differential;
#[cfg(test)]
mod fixtures;

pub use condition::keys::{FactKey, name_matches};
pub use decide::{Decision, Ground, NamedPolicy, Reason, Sources, StatementRef, decide, lockout_check};
pub use grant::{ContextPairs, Delegation, constraint_covers, may_delegate};
pub use policy::{MAX_POLICY_BYTES, Policy, PolicyError, PolicyKind};
pub use principal::PrincipalMention;
pub use request::{AccessRequest, Action, Caller, FactValue, Facts, NoFacts, Resource};
