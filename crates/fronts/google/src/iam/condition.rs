//! Conditions of bindings: a named subset of CEL, comparisons that must all hold.
//!
//! ```text
//! request.time < timestamp("2027-01-01T00:00:00Z")        also <= > >=
//! resource.type == "cloudkms.googleapis.com/CryptoKey"
//! resource.name == "projects/…"
//! resource.name.startsWith("projects/…")
//! ```
//! joined by `&&`. Anything else is refused when the policy is written, never ignored.

use claviger_core::{Error, Result};
use claviger_types::Timestamp;

/// One comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    Time(Comparison, Timestamp),
    Type(ResourceType),
    Name(String),
    NamePrefix(String),
}

/// How the time of a request is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Types of resources that permissions are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResourceType {
    Location,
    Ring,
    Key,
    Version,
    Job,
}

impl ResourceType {
    fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("cloudkms.googleapis.com/")? {
            "KeyRing" => Some(Self::Ring),
            "CryptoKey" => Some(Self::Key),
            "CryptoKeyVersion" => Some(Self::Version),
            "ImportJob" => Some(Self::Job),
            _ => None,
        }
    }
}

/// Reads an expression.
pub(crate) fn parse(expression: &str) -> Result<Vec<Term>> {
    let mut reader = Reader { rest: expression };
    reader.terms().ok_or_else(|| {
        let place: String = reader.rest.chars().take(40).collect();
        Error::invalid(format!(
            "The condition is not understood at '{place}'. Comparisons of request.time with timestamp(\"…\"), of \
             resource.type and resource.name with texts, and resource.name.startsWith(\"…\") are, joined by &&."
        ))
    })
}

/// What is left of an expression.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn terms(&mut self) -> Option<Vec<Term>> {
        let mut terms = vec![self.term()?];
        while !self.rest.trim_start().is_empty() {
            self.take("&&")?;
            terms.push(self.term()?);
        }
        Some(terms)
    }

    fn term(&mut self) -> Option<Term> {
        if self.take("request.time").is_some() {
            let comparison = self.comparison()?;
            self.take("timestamp")?;
            self.take("(")?;
            let time = timestamp(self.text()?)?;
            self.take(")")?;
            return Some(Term::Time(comparison, time));
        }
        if self.take("resource.type").is_some() {
            self.take("==")?;
            let at = self.rest;
            let parsed = ResourceType::parse(self.text()?);
            if parsed.is_none() {
                self.rest = at;
            }
            return parsed.map(Term::Type);
        }
        if self.take("resource.name.startsWith").is_some() {
            self.take("(")?;
            let prefix = self.text()?.to_owned();
            self.take(")")?;
            return Some(Term::NamePrefix(prefix));
        }
        self.take("resource.name")?;
        self.take("==")?;
        Some(Term::Name(self.text()?.to_owned()))
    }

    fn comparison(&mut self) -> Option<Comparison> {
        // Longer ones first.
        const ALL: [(&str, Comparison); 4] = [
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        ALL.iter().find_map(|(sign, comparison)| self.take(sign).map(|()| *comparison))
    }

    fn take(&mut self, token: &str) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(token)?;
        Some(())
    }

    /// A text in quotation marks, without escapes.
    fn text(&mut self) -> Option<&'a str> {
        let trimmed = self.rest.trim_start();
        let mark = trimmed.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (text, rest) = trimmed.strip_prefix(mark)?.split_once(mark)?;
        if text.contains(['\\', '\n', '\r']) || text.is_empty() {
            return None;
        }
        self.rest = rest;
        Some(text)
    }
}

/// Whole seconds only: the time of a request is compared by the second.
fn timestamp(text: &str) -> Option<Timestamp> {
    let time = Timestamp::parse_rfc3339(text)?;
    (time.micros() % 1_000_000 == 0).then_some(time)
}

#[cfg(test)]
mod tests;
