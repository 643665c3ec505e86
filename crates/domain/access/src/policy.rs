use crate::{
    action::ActionSet,
    arn::ResourceSet,
    condition::Condition,
    principal::{PrincipalMention, Principals, Standing},
    request::Query,
};

/// The most bytes that a policy document may have, the limit of AWS KMS for key policies.
pub const MAX_POLICY_BYTES: usize = 32 * 1024;

/// A compiled policy document. Immutable; it keeps nothing of the source text, which is the record's business.
#[derive(Debug)]
pub struct Policy {
    pub(crate) kind: PolicyKind,
    pub(crate) statements: Box<[Statement]>,
}

/// What a policy is attached to, which decides the elements that it must and must not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// To a principal: its statements have no `Principal` or `NotPrincipal`.
    Identity,
    /// To a key: each statement has one of the two. `Resource` is normally `*`, which means the key.
    Key,
}

/// Why a policy document was refused. The message quotes the document, never anything of the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct PolicyError {
    /// Where, as in `Statement[1].Condition.StringEquals`; `document` for the document as a whole.
    pub path: String,
    /// What is wrong, for the author of the document.
    pub message: String,
}

impl Policy {
    /// Compiles a document. Takes arbitrary text: whatever is not a policy of this kind is an error, never a panic.
    pub fn parse(json: &str, kind: PolicyKind) -> Result<Self, PolicyError> {
        crate::compile::compile(crate::document::parse(json)?, kind)
    }

    /// What it is attached to.
    pub fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// Every principal that its statements name, in any effect and with repetitions, so that the caller can refuse
    /// policies that name principals that do not exist.
    pub fn principals_mentioned(&self) -> impl Iterator<Item = PrincipalMention<'_>> {
        self.statements
            .iter()
            .filter_map(|statement| statement.principals.as_ref())
            .flat_map(Principals::mentions)
    }

    /// Every action pattern of its statements, lower-cased, as service and name, with repetitions; `*` is `("*", "*")`.
    /// For callers that refuse patterns which match no action they know.
    pub fn actions_mentioned(&self) -> impl Iterator<Item = (&str, String)> {
        self.statements.iter().flat_map(|statement| statement.actions.set.mentions())
    }

    /// Whether `Action` patterns of its statements (negated or not) all match at least one of `known`; the first that
    /// matches none is the error. A pattern that matches nothing is a typing error which, in a `Deny`, would silently
    /// protect nothing.
    pub fn check_actions<'k>(
        &self,
        known: impl Iterator<Item = crate::Action<'k>> + Clone,
    ) -> Result<(), PolicyError> {
        for (index, statement) in self.statements.iter().enumerate() {
            if let Some(unknown) = statement.actions.set.first_unmatched(known.clone()) {
                let element = if statement.actions.negated { "NotAction" } else { "Action" };
                return Err(PolicyError {
                    path: format!("Statement[{index}].{element}"),
                    message: format!("\"{unknown}\" matches no action of this service"),
                });
            }
        }
        Ok(())
    }

    /// Whether it refers to condition keys at all; without, a decision never asks for facts.
    pub fn has_conditions(&self) -> bool {
        self.statements.iter().any(|statement| !statement.conditions.is_empty())
    }
}

/// What a statement does to the requests that it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// A set and whether the element that it came from was the negated one (`NotAction`, `NotResource`).
#[derive(Debug)]
pub(crate) struct Selector<T> {
    pub(crate) negated: bool,
    pub(crate) set: T,
}

#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) sid: Option<Box<str>>,
    pub(crate) effect: Effect,
    /// `None` in identity policies, whose principal is the one that they are attached to.
    pub(crate) principals: Option<Principals>,
    pub(crate) actions: Selector<ActionSet>,
    pub(crate) resources: Selector<ResourceSet>,
    pub(crate) conditions: Box<[Condition]>,
}

impl Statement {
    /// How the caller stands in it if it applies to the request at all; cheap tests first.
    pub(crate) fn applies(&self, query: Query<'_, '_>) -> Option<Standing> {
        let standing = match &self.principals {
            None => Standing::Direct,
            Some(principals) => principals.standing(&query.request.caller)?,
        };
        if self.actions.set.contains(query.action) == self.actions.negated {
            return None;
        }
        // Threat: a variable without value must neither let an Allow through nor turn a Deny off. Whatever depends on
        // such a variable counts as matched exactly if the statement denies.
        let unresolved = self.effect == Effect::Deny;
        let resource = match self.resources.set.contains(query.request) {
            Some(contained) => contained != self.resources.negated,
            None => unresolved,
        };
        if !resource {
            return None;
        }
        self.conditions
            .iter()
            .all(|condition| condition.holds(query.request).unwrap_or(unresolved))
            .then_some(standing)
    }
}

#[cfg(test)]
mod tests;
