use crate::{FactKey, condition::keys::KeyType};

/// A condition operator, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) kind: Kind,
    pub(crate) negated: bool,
    pub(crate) quantifier: Quantifier,
    pub(crate) if_exists: bool,
}

/// What is compared, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Arn,
    Bool,
    Date(Comparison),
    IpAddress,
    Null,
    Numeric(Comparison),
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
}

/// How the value of the request compares with that of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Which of the request's values must pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// The one that there is.
    One,
    /// `ForAnyValue:`; not without any value.
    Any,
    /// `ForAllValues:`; also without any value.
    All,
}

impl Comparison {
    pub(crate) fn holds<T: PartialOrd>(self, left: T, right: T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

impl Operator {
    /// From the name in a policy. The error is for the author.
    pub(crate) fn parse(name: &str) -> Result<Self, &'static str> {
        let (quantifier, base) = match name.split_once(':') {
            None => (Quantifier::One, name),
            Some(("ForAnyValue", base)) => (Quantifier::Any, base),
            Some(("ForAllValues", base)) => (Quantifier::All, base),
            Some(_) => return Err("unknown set operator: ForAnyValue and ForAllValues are known"),
        };
        let (base, if_exists) = match base.strip_suffix("IfExists") {
            Some(base) => (base, true),
            None => (base, false),
        };
        let (kind, negated) = kind(base).ok_or(match base {
            "BinaryEquals" => "is not supported: no condition key has binary values",
            _ => "unknown condition operator",
        })?;
        if kind == Kind::Null && (if_exists || quantifier != Quantifier::One) {
            return Err("Null takes neither IfExists nor a set operator");
        }
        Ok(Self { kind, negated, quantifier, if_exists })
    }

    /// Whether a comparison of this kind can ever mean something for the key. Text operators compare the text form of
    /// any value.
    pub(crate) fn suits(&self, key: &FactKey) -> bool {
        let of = key.key_type();
        match self.kind {
            Kind::Null | Kind::StringEquals | Kind::StringEqualsIgnoreCase | Kind::StringLike => true,
            Kind::Arn => matches!(of, KeyType::Arn | KeyType::Text),
            Kind::Bool => matches!(of, KeyType::Bool | KeyType::Text),
            Kind::Date(_) => matches!(of, KeyType::Date | KeyType::Text),
            Kind::IpAddress => matches!(of, KeyType::Ip | KeyType::Text),
            Kind::Numeric(_) => matches!(of, KeyType::Number | KeyType::Text) || *key == FactKey::EpochTime,
        }
    }
}

/// What is compared and whether the outcome is turned round.
fn kind(base: &str) -> Option<(Kind, bool)> {
    let positive = |kind| Some((kind, false));
    let negative = |kind| Some((kind, true));
    match base {
        "StringEquals" => positive(Kind::StringEquals),
        "StringNotEquals" => negative(Kind::StringEquals),
        "StringEqualsIgnoreCase" => positive(Kind::StringEqualsIgnoreCase),
        "StringNotEqualsIgnoreCase" => negative(Kind::StringEqualsIgnoreCase),
        "StringLike" => positive(Kind::StringLike),
        "StringNotLike" => negative(Kind::StringLike),
        "ArnEquals" | "ArnLike" => positive(Kind::Arn),
        "ArnNotEquals" | "ArnNotLike" => negative(Kind::Arn),
        "Bool" => positive(Kind::Bool),
        "IpAddress" => positive(Kind::IpAddress),
        "NotIpAddress" => negative(Kind::IpAddress),
        "Null" => positive(Kind::Null),
        _ => {
            let (kind, comparison): (fn(Comparison) -> Kind, _) = match base.strip_prefix("Numeric") {
                Some(comparison) => (Kind::Numeric, comparison),
                None => (Kind::Date, base.strip_prefix("Date")?),
            };
            match comparison {
                "Equals" => positive(kind(Comparison::Equal)),
                "NotEquals" => negative(kind(Comparison::Equal)),
                "LessThan" => positive(kind(Comparison::Less)),
                "LessThanEquals" => positive(kind(Comparison::LessOrEqual)),
                "GreaterThan" => positive(kind(Comparison::Greater)),
                "GreaterThanEquals" => positive(kind(Comparison::GreaterOrEqual)),
                _ => None,
            }
        }
    }
}
