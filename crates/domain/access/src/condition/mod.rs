//! The `Condition` element.

pub(crate) mod keys;
pub(crate) mod operators;
pub(crate) mod values;

use crate::{
    AccessRequest, FactKey, FactValue, PolicyError,
    condition::{
        operators::{Operator, Quantifier},
        values::Matcher,
    },
    document::{At, Scalar},
};

/// One operator applied to one key. A statement applies only if all of its conditions hold.
#[derive(Debug)]
pub(crate) struct Condition {
    key: FactKey,
    quantifier: Quantifier,
    if_exists: bool,
    test: Test,
}

#[derive(Debug)]
enum Test {
    /// Whether the key is absent.
    Null(bool),
    /// Whether it has one of the values; negated: none of them.
    Values { negated: bool, matcher: Matcher },
}

impl Condition {
    /// From an operator, a key and its values as the document has them.
    pub(crate) fn compile(
        operator: Operator,
        name: &str,
        values: &[Scalar],
        variables: bool,
        at: &At<'_>,
    ) -> Result<Self, PolicyError> {
        let at = &at.member(name);
        let key = FactKey::parse(name).ok_or_else(|| at.error("unknown condition key"))?;
        check_quantifier(operator, &key, at)?;
        if values.is_empty() {
            return Err(at.error("at least one value is needed"));
        }
        if !operator.suits(&key) {
            return Err(at.error("the values of this key can't be compared by this operator"));
        }
        let test = match operator.kind {
            operators::Kind::Null => match values {
                [value] => Test::Null(value.as_bool().ok_or_else(|| at.error("must be true or false"))?),
                _ => return Err(at.error("takes one value, true or false")),
            },
            _ => Test::Values {
                negated: operator.negated,
                matcher: Matcher::compile(operator.kind, values, variables)
                    .map_err(|message| at.error(message))?,
            },
        };
        Ok(Self { key, quantifier: operator.quantifier, if_exists: operator.if_exists, test })
    }

    /// `None` if that hangs on a policy variable without value.
    pub(crate) fn holds(&self, request: &AccessRequest<'_>) -> Option<bool> {
        let value = request.fact(&self.key);
        let (negated, matcher) = match &self.test {
            Test::Null(wanted) => return Some(value.as_ref().is_none_or(is_empty) == *wanted),
            Test::Values { negated, matcher } => (*negated, matcher),
        };
        let present = value.as_ref().filter(|value| match self.quantifier {
            Quantifier::One => !matches!(value, FactValue::Strs(values) if values.is_empty()),
            Quantifier::Any | Quantifier::All => !is_empty(value),
        });
        let Some(value) = present else {
            return Some(match self.quantifier {
                Quantifier::One => self.if_exists || negated,
                Quantifier::Any => self.if_exists,
                Quantifier::All => true,
            });
        };
        let test = |value: &FactValue<'_>| matcher.matches(&self.key, value, request);
        match (self.quantifier, value) {
            (Quantifier::One, FactValue::Strs(values)) => {
                negate(crate::arn::any(each(values).map(|value| test(&value))), negated)
            }
            (Quantifier::Any, FactValue::Strs(values)) => {
                crate::arn::any(each(values).map(|value| negate(test(&value), negated)))
            }
            (Quantifier::All, FactValue::Strs(values)) => {
                let fails = each(values).map(|value| negate(test(&value), !negated));
                negate(crate::arn::any(fails), true)
            }
            (_, value) => negate(test(value), negated),
        }
    }
}

fn each<'v>(values: &'v [std::borrow::Cow<'_, str>]) -> impl Iterator<Item = FactValue<'v>> {
    values.iter().map(|value| FactValue::Str(value))
}

fn negate(outcome: Option<bool>, negated: bool) -> Option<bool> {
    outcome.map(|outcome| outcome != negated)
}

/// AWS counts an empty text as an empty set of values, for set operators and for `Null`.
fn is_empty(value: &FactValue<'_>) -> bool {
    match value {
        FactValue::Str(text) => text.is_empty(),
        FactValue::Owned(text) => text.is_empty(),
        FactValue::Strs(values) => values.is_empty(),
        FactValue::Bool(_) | FactValue::Number(_) | FactValue::Time(_) | FactValue::Ip(_) => false,
    }
}

fn check_quantifier(operator: Operator, key: &FactKey, at: &At<'_>) -> Result<(), PolicyError> {
    match operator.quantifier {
        Quantifier::One if key.is_multivalued() && operator.kind != operators::Kind::Null => {
            Err(at.error("has many values: the operator needs ForAnyValue: or ForAllValues: before it"))
        }
        // The same refusal as that of AWS KMS (OverlyPermissiveCondition).
        Quantifier::All if matches!(key, FactKey::EncryptionContext(_) | FactKey::RequestTag(_)) => Err(
            at.error("ForAllValues with this single-valued key also matches requests without it; remove it")
        ),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
