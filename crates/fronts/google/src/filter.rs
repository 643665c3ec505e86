//! Filters of lists: comparisons that must all hold, as in `state=ENABLED AND labels.stage:prod`.
//!
//! A named subset of <https://cloud.google.com/kms/docs/sorting-and-filtering>: what is outside of it is refused, so that
//! no list is longer or shorter than its reader believes.

use claviger_core::{Error, Result};
use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};

use crate::json;

/// Comparisons, all of which must hold.
#[derive(Debug)]
pub(crate) struct Filter {
    descriptor: MessageDescriptor,
    terms: Vec<Term>,
}

#[derive(Debug)]
struct Term {
    field: Field,
    operator: Operator,
    operand: Operand,
}

/// A field of a message, or of a message in it.
#[derive(Debug)]
pub(crate) struct Field {
    path: Vec<FieldDescriptor>,
    /// The label, where the last field is a map.
    label: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    /// Contains a text; `:*` for any value at all.
    Has,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug)]
enum Operand {
    Any,
    Value(Value),
}

impl Filter {
    /// Compiles a filter over messages of a kind.
    pub(crate) fn parse(text: &str, descriptor: MessageDescriptor) -> Result<Self> {
        let mut terms = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (term, behind) = Term::parse(rest, &descriptor).ok_or_else(|| unsupported(rest))?;
            terms.push(term);
            let behind_space = behind.trim_start();
            if behind_space.len() == behind.len() && !behind.is_empty() {
                return Err(unsupported(behind));
            }
            rest = match behind_space.strip_prefix("AND ") {
                Some(more) if !more.trim().is_empty() => more.trim_start(),
                Some(_) => return Err(unsupported(behind_space)),
                None => behind_space,
            };
        }
        Ok(Self { descriptor, terms })
    }

    /// Whether it lets everything through.
    pub(crate) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a message fits.
    pub(crate) fn matches<M: Message>(&self, message: &M) -> Result<bool> {
        if self.terms.is_empty() {
            return Ok(true);
        }
        let message = DynamicMessage::decode(self.descriptor.clone(), message.encode_to_vec().as_slice())
            .map_err(Error::internal)?;
        Ok(self.terms.iter().all(|term| term.holds(&message)))
    }
}

impl Term {
    /// The first comparison of a text and what is behind it.
    fn parse<'a>(text: &'a str, descriptor: &MessageDescriptor) -> Option<(Self, &'a str)> {
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)))?;
        let (name, rest) = text.split_at_checked(end)?;
        let (operator, rest) = Operator::parse(rest.trim_start())?;
        let (operand, rest) = operand(rest.trim_start())?;
        let field = Field::parse(name, descriptor)?;
        let operand = match operand.as_str() {
            "*" if operator == Operator::Has => Operand::Any,
            text if field.label.is_some() => Operand::Value(Value::String(text.to_owned())),
            text => Operand::Value(json::value(field.path.last()?, text)?),
        };
        let term = Self { field, operator, operand };
        term.makes_sense().then_some((term, rest))
    }

    /// Whether the operator is one for values of that kind.
    fn makes_sense(&self) -> bool {
        let is_text = matches!(self.operand, Operand::Value(Value::String(_)) | Operand::Any);
        let is_time = matches!(&self.operand, Operand::Value(Value::Message(_)));
        match self.operator {
            Operator::Equal | Operator::NotEqual => true,
            Operator::Has => is_text,
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => is_time,
        }
    }

    fn holds(&self, message: &DynamicMessage) -> bool {
        let found = self.field.find(message);
        let wanted = match &self.operand {
            Operand::Any => return found.is_some(),
            Operand::Value(wanted) => wanted,
        };
        match self.operator {
            Operator::Equal => found.as_ref() == Some(wanted),
            Operator::NotEqual => found.as_ref() != Some(wanted),
            Operator::Has => match (&found, wanted) {
                (Some(Value::String(found)), Value::String(wanted)) => found.contains(wanted.as_str()),
                _ => false,
            },
            comparison => match (found.as_ref().and_then(instant), instant(wanted)) {
                (Some(found), Some(wanted)) => comparison.compares(found, wanted),
                _ => false,
            },
        }
    }
}

impl Field {
    /// The field of a dotted name.
    pub(crate) fn parse(name: &str, descriptor: &MessageDescriptor) -> Option<Self> {
        let (path, label) = resolve(name, descriptor)?;
        Some(Self { path, label })
    }

    /// Whether it is the name of the resource.
    pub(crate) fn is_name(&self) -> bool {
        matches!(self.path.as_slice(), [field] if field.name() == "name")
    }

    /// The value of the field; a scalar that is not set has its default.
    pub(crate) fn find(&self, message: &DynamicMessage) -> Option<Value> {
        let mut current = Value::Message(message.clone());
        for field in &self.path {
            let inside = current.as_message()?;
            if field.supports_presence() && !inside.has_field(field) {
                return None;
            }
            current = inside.get_field(field).into_owned();
        }
        match &self.label {
            Some(label) => current.as_map()?.get(&MapKey::String(label.clone())).cloned(),
            None => Some(current),
        }
    }
}

impl Operator {
    fn parse(text: &str) -> Option<(Self, &str)> {
        // Longer ones first.
        const ALL: [(&str, Operator); 7] = [
            ("!=", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("=", Operator::Equal),
            (":", Operator::Has),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        ALL.iter().find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)))
    }

    fn compares<T: Ord>(self, found: T, wanted: T) -> bool {
        match self {
            Self::Less => found < wanted,
            Self::LessOrEqual => found <= wanted,
            Self::Greater => found > wanted,
            Self::GreaterOrEqual => found >= wanted,
            Self::Equal | Self::NotEqual | Self::Has => false,
        }
    }
}

/// A text in quotation marks or up to the next space.
fn operand(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (inside, rest) = quoted.split_once('"')?;
        return (!inside.contains('\\')).then(|| (inside.to_owned(), rest));
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end)?;
    let plain = !word.is_empty() && !word.contains(['"', '(', ')']);
    plain.then(|| (word.to_owned(), rest))
}

/// The fields of a dotted name, and the label behind a map.
fn resolve(name: &str, descriptor: &MessageDescriptor) -> Option<(Vec<FieldDescriptor>, Option<String>)> {
    let mut path = Vec::new();
    let mut descriptor = descriptor.clone();
    let mut rest = name;
    loop {
        let (part, behind) = rest.split_once('.').map_or((rest, None), |(part, behind)| (part, Some(behind)));
        let field = descriptor.get_field_by_json_name(part).or_else(|| descriptor.get_field_by_name(part))?;
        let kind = field.kind();
        let is_map = field.is_map();
        if field.is_list() {
            return None;
        }
        path.push(field);
        match (behind, kind) {
            (Some(label), _) if is_map => return Some((path, Some(label.to_owned()))),
            (Some(behind), Kind::Message(inside)) => {
                descriptor = inside;
                rest = behind;
            }
            (None, Kind::Message(inside)) if inside.full_name() != "google.protobuf.Timestamp" => {
                return None;
            }
            (None, _) if !is_map => return Some((path, None)),
            _ => return None,
        }
    }
}

/// A time as something that can be compared.
pub(crate) fn instant(value: &Value) -> Option<(i64, i32)> {
    let message = value.as_message()?;
    let seconds = message.get_field_by_name("seconds")?.as_i64()?;
    let nanos = message.get_field_by_name("nanos")?.as_i32()?;
    Some((seconds, nanos))
}

fn unsupported(text: &str) -> Error {
    Error::invalid(format!(
        "The filter is not understood at '{text}': comparisons of fields with = != : and, for times, < <= > >=, joined \
         by AND."
    ))
}

#[cfg(test)]
mod tests;
