//! The values of conditions: of policies, compiled, and of requests, read.

use std::{borrow::Cow, net::IpAddr};

use claviger_types::Timestamp;

use crate::{
    AccessRequest, FactKey, FactValue,
    arn::{ArnPattern, any},
    condition::operators::{Comparison, Kind},
    document::Scalar,
    pattern::Pattern,
    variables::{Syntax, Template},
};

/// The values that a policy lists for one key under one operator.
#[derive(Debug)]
pub(crate) enum Matcher {
    Arn(Box<[ArnPattern]>),
    Bool(Box<[bool]>),
    Date(Comparison, Box<[Timestamp]>),
    Ip(Box<[Network]>),
    Number(Comparison, Box<[f64]>),
    Text(Box<[Template]>),
    TextIgnoringCase(Box<[Template]>),
}

impl Matcher {
    /// The error is for the author.
    pub(crate) fn compile(kind: Kind, values: &[Scalar], variables: bool) -> Result<Self, String> {
        let texts =
            |wildcards| each(values, |value| Template::parse(&value.text(), Syntax { wildcards, variables }));
        let parsed = |text: &str, what: &str| format!("\"{text}\" is not {what}");
        Ok(match kind {
            Kind::StringEquals => Self::Text(texts(false)?),
            Kind::StringEqualsIgnoreCase => Self::TextIgnoringCase(texts(false)?),
            Kind::StringLike => Self::Text(texts(true)?),
            Kind::Arn => Self::Arn(each(values, |value| ArnPattern::parse(&value.text(), variables))?),
            Kind::Bool | Kind::Null => Self::Bool(each(values, |value| {
                value.as_bool().ok_or_else(|| parsed(&value.text(), "true or false"))
            })?),
            Kind::Date(comparison) => Self::Date(
                comparison,
                each(values, |value| {
                    date(&value.text()).ok_or_else(|| {
                        parsed(
                            &value.text(),
                            "a date: YYYY-MM-DD, YYYY-MM-DDThh:mm:ssZ or seconds since 1970 (not four digits)",
                        )
                    })
                })?,
            ),
            Kind::IpAddress => Self::Ip(each(values, |value| {
                Network::parse(&value.text())
                    .ok_or_else(|| parsed(&value.text(), "an address or network (CIDR)"))
            })?),
            Kind::Numeric(comparison) => Self::Number(
                comparison,
                each(values, |value| number(&value.text()).ok_or_else(|| parsed(&value.text(), "a number")))?,
            ),
        })
    }

    /// Whether one of them fits the value, which has no parts; `None` if that hangs on a variable without value. A value
    /// of the request that is not of the operator's type fits none.
    pub(crate) fn matches(
        &self,
        key: &FactKey,
        value: &FactValue<'_>,
        request: &AccessRequest<'_>,
    ) -> Option<bool> {
        match self {
            Self::Text(templates) => {
                let Some(text) = fact_text(key, value) else { return Some(false) };
                any(templates.iter().map(|template| template.matches(&text, request)))
            }
            Self::TextIgnoringCase(templates) => {
                let Some(text) = fact_text(key, value) else { return Some(false) };
                let same = |pattern: &Pattern| match pattern {
                    Pattern::Exact(exact) => equal_ignoring_case(exact, &text),
                    // Invariant: compiled without wildcards, a pattern is exact.
                    _ => false,
                };
                any(templates.iter().map(|template| template.test(request, same)))
            }
            Self::Arn(patterns) => {
                let Some(text) = fact_text(key, value) else { return Some(false) };
                any(patterns.iter().map(|pattern| pattern.matches(&text, request)))
            }
            Self::Bool(wanted) => Some(fact_bool(value).is_some_and(|value| wanted.contains(&value))),
            Self::Date(comparison, wanted) => Some(
                fact_date(value)
                    .is_some_and(|value| wanted.iter().any(|wanted| comparison.holds(value, *wanted))),
            ),
            Self::Ip(networks) => {
                Some(fact_ip(value).is_some_and(|ip| networks.iter().any(|network| network.contains(ip))))
            }
            Self::Number(comparison, wanted) => Some(
                fact_number(value)
                    .is_some_and(|value| wanted.iter().any(|wanted| comparison.holds(value, *wanted))),
            ),
        }
    }
}

/// The text form of a value; `None` for one with parts.
pub(crate) fn fact_text<'v>(key: &FactKey, value: &'v FactValue<'_>) -> Option<Cow<'v, str>> {
    Some(match value {
        FactValue::Str(text) => Cow::Borrowed(text),
        FactValue::Owned(text) => Cow::Borrowed(text),
        FactValue::Strs(_) => return None,
        FactValue::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        FactValue::Number(value) => Cow::Owned(value.to_string()),
        FactValue::Time(time) if *key == FactKey::EpochTime => Cow::Owned(time.secs().to_string()),
        FactValue::Time(time) => Cow::Owned(Timestamp::from_secs(time.secs()).to_string()),
        FactValue::Ip(ip) => Cow::Owned(ip.to_canonical().to_string()),
    })
}

fn text_of<'v>(value: &'v FactValue<'_>) -> Option<&'v str> {
    match value {
        FactValue::Str(text) => Some(text),
        FactValue::Owned(text) => Some(text),
        _ => None,
    }
}

fn fact_bool(value: &FactValue<'_>) -> Option<bool> {
    match value {
        FactValue::Bool(value) => Some(*value),
        _ => text_of(value).and_then(boolean),
    }
}

fn fact_date(value: &FactValue<'_>) -> Option<Timestamp> {
    match value {
        FactValue::Time(time) => Some(Timestamp::from_secs(time.secs())),
        FactValue::Number(secs) => Some(Timestamp::from_secs(*secs)),
        _ => text_of(value).and_then(date),
    }
}

fn fact_ip(value: &FactValue<'_>) -> Option<IpAddr> {
    match value {
        FactValue::Ip(ip) => Some(ip.to_canonical()),
        _ => text_of(value)?.parse::<IpAddr>().ok().map(|ip| ip.to_canonical()),
    }
}

fn fact_number(value: &FactValue<'_>) -> Option<f64> {
    match value {
        FactValue::Number(value) => Some(*value as f64),
        FactValue::Time(time) => Some(time.secs() as f64),
        _ => text_of(value).and_then(number),
    }
}

pub(crate) fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Decimal, with sign, fraction and exponent; neither infinities nor NaN.
fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

/// The W3C profile of ISO 8601 from months on (a year alone could be seconds as well), or seconds since 1970.
fn date(text: &str) -> Option<Timestamp> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return if text.len() == 4 { None } else { text.parse().ok().map(Timestamp::from_secs) };
    }
    match text.len() {
        7 => Timestamp::parse_rfc3339(&format!("{text}-01T00:00:00Z")),
        10 => Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")),
        _ => Timestamp::parse_rfc3339(text).or_else(|| {
            let (minutes, zone) = text.split_at_checked("YYYY-MM-DDThh:mm".len())?;
            Timestamp::parse_rfc3339(&format!("{minutes}:00{zone}"))
        }),
    }
}

fn equal_ignoring_case(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
        || left.chars().flat_map(char::to_lowercase).eq(right.chars().flat_map(char::to_lowercase))
}

fn each<T>(values: &[Scalar], compile: impl Fn(&Scalar) -> Result<T, String>) -> Result<Box<[T]>, String> {
    values.iter().map(compile).collect()
}

/// An IPv4 or IPv6 network.
#[derive(Debug)]
pub(crate) enum Network {
    V4 { bits: u32, mask: u32 },
    V6 { bits: u128, mask: u128 },
}

impl Network {
    /// From CIDR notation; an address alone is a network of one.
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) if length.bytes().all(|b| b.is_ascii_digit()) => {
                (address, Some(length.parse::<u32>().ok()?))
            }
            Some(_) => return None,
            None => (text, None),
        };
        match address.parse().ok()? {
            IpAddr::V4(address) => {
                let host = 32_u32.checked_sub(length.unwrap_or(32))?;
                let mask = u32::MAX.checked_shl(host).unwrap_or(0);
                Some(Self::V4 { bits: address.to_bits() & mask, mask })
            }
            IpAddr::V6(address) => {
                let host = 128_u32.checked_sub(length.unwrap_or(128))?;
                let mask = u128::MAX.checked_shl(host).unwrap_or(0);
                Some(Self::V6 { bits: address.to_bits() & mask, mask })
            }
        }
    }

    fn contains(&self, ip: IpAddr) -> bool {
        match (self, ip) {
            (Self::V4 { bits, mask }, IpAddr::V4(ip)) => ip.to_bits() & mask == *bits,
            (Self::V6 { bits, mask }, IpAddr::V6(ip)) => ip.to_bits() & mask == *bits,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
