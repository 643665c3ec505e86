//! Texts of policies, with their wildcards and policy variables.

use crate::{
    AccessRequest, FactKey,
    condition::values::fact_text,
    pattern::{Pattern, PatternBuilder},
};

/// What special meaning characters of a text have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Syntax {
    /// `*` and `?` are wildcards.
    pub(crate) wildcards: bool,
    /// `${…}` is a policy variable: in documents of version 2012-10-17.
    pub(crate) variables: bool,
}

/// A text of a policy, compiled.
#[derive(Debug)]
pub(crate) enum Template {
    /// Without variables.
    Fixed(Pattern),
    /// With variables, whose values come with the request.
    Dynamic(Box<[Part]>),
}

/// A piece of a text with variables.
#[derive(Debug)]
pub(crate) enum Part {
    Literal(Box<str>),
    Star,
    One,
    Variable { key: FactKey, default: Option<Box<str>> },
}

impl Template {
    /// The error is for the author.
    pub(crate) fn parse(text: &str, syntax: Syntax) -> Result<Self, String> {
        let parts = parts(text, syntax)?;
        if parts.iter().any(|part| matches!(part, Part::Variable { .. })) {
            return Ok(Self::Dynamic(parts.into()));
        }
        let mut builder = PatternBuilder::default();
        parts.iter().for_each(|part| match part {
            Part::Literal(text) => builder.literal(text),
            Part::Star => builder.star(),
            Part::One => builder.one(),
            Part::Variable { .. } => {}
        });
        Ok(Self::Fixed(builder.finish()))
    }

    /// Whether it is one variable and nothing else.
    pub(crate) fn is_one_variable(&self) -> bool {
        matches!(self, Self::Dynamic(parts) if matches!(**parts, [Part::Variable { .. }]))
    }

    /// Whether `compare` holds for its pattern; `None` if a variable has neither value nor default.
    pub(crate) fn test(
        &self,
        request: &AccessRequest<'_>,
        compare: impl FnOnce(&Pattern) -> bool,
    ) -> Option<bool> {
        match self {
            Self::Fixed(pattern) => Some(compare(pattern)),
            Self::Dynamic(parts) => resolve(parts, request).map(|pattern| compare(&pattern)),
        }
    }

    /// Whether it matches `text`; `None` if a variable has neither value nor default.
    pub(crate) fn matches(&self, text: &str, request: &AccessRequest<'_>) -> Option<bool> {
        self.test(request, |pattern| pattern.matches(text))
    }
}

/// Where the variable whose `${` has just been read ends: the index after its `}`. Quoted defaults may contain `}`.
pub(crate) fn end_of_variable(after_brace: &str) -> Option<usize> {
    let mut quoted = false;
    for (at, c) in after_brace.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '}' if !quoted => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Threat: a value chosen by a caller must never act as a wildcard, so values enter the pattern as literals.
fn resolve(parts: &[Part], request: &AccessRequest<'_>) -> Option<Pattern> {
    let mut builder = PatternBuilder::default();
    for part in parts {
        match part {
            Part::Literal(text) => builder.literal(text),
            Part::Star => builder.star(),
            Part::One => builder.one(),
            Part::Variable { key, default } => {
                let value = request.fact(key);
                match value.as_ref().and_then(|value| fact_text(key, value)) {
                    Some(text) => builder.literal(&text),
                    None => builder.literal(default.as_deref()?),
                }
            }
        }
    }
    Some(builder.finish())
}

fn parts(text: &str, syntax: Syntax) -> Result<Vec<Part>, String> {
    let (mut parts, mut literal, mut rest) = (Vec::new(), String::new(), text);
    loop {
        if syntax.variables
            && let Some(after) = rest.strip_prefix("${")
        {
            let Some((inner, following)) = end_of_variable(after).and_then(|end| after.split_at_checked(end))
            else {
                return Err(format!("\"{text}\" has a policy variable that does not end"));
            };
            let inner = inner.strip_suffix('}').unwrap_or(inner);
            match inner {
                "*" | "?" | "$" => literal.push_str(inner),
                _ => {
                    flush(&mut literal, &mut parts);
                    parts.push(variable(inner)?);
                }
            }
            rest = following;
            continue;
        }
        let mut chars = rest.chars();
        let Some(c) = chars.next() else { break };
        match c {
            '*' | '?' if syntax.wildcards => {
                flush(&mut literal, &mut parts);
                parts.push(if c == '*' { Part::Star } else { Part::One });
            }
            _ => literal.push(c),
        }
        rest = chars.as_str();
    }
    flush(&mut literal, &mut parts);
    Ok(parts)
}

fn flush(literal: &mut String, parts: &mut Vec<Part>) {
    if !literal.is_empty() {
        parts.push(Part::Literal(std::mem::take(literal).into()));
    }
}

fn variable(inner: &str) -> Result<Part, String> {
    let (name, default) = match inner.split_once(',') {
        None => (inner, None),
        Some((name, default)) => {
            let default = default
                .trim_matches(' ')
                .strip_prefix('\'')
                .and_then(|default| default.strip_suffix('\''))
                .filter(|default| !default.contains('\''))
                .ok_or_else(|| {
                    format!("the default value in \"${{{inner}}}\" is not between single quotes")
                })?;
            (name, Some(default.into()))
        }
    };
    let key = FactKey::parse(name.trim_matches(' '))
        .ok_or_else(|| format!("\"${{{inner}}}\" is not a policy variable that is known here"))?;
    if key.is_multivalued() {
        return Err(format!("\"${{{inner}}}\" has many values and can't be a policy variable"));
    }
    Ok(Part::Variable { key, default })
}

#[cfg(test)]
mod tests;
