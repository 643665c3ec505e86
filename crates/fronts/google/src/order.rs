//! The order of a list: `create_time desc, name` (<https://cloud.google.com/kms/docs/sorting-and-filtering>).

use std::cmp::Ordering;

use claviger_core::{Error, Result};
use prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor, Value};

use crate::filter::{Field, instant};

/// By which fields a list is ordered, the first of them before all.
#[derive(Debug)]
pub(crate) struct Order {
    descriptor: MessageDescriptor,
    fields: Vec<(Field, bool)>,
}

impl Order {
    /// Compiles an order of messages of a kind. That by name alone is the one that lists have anyway.
    pub(crate) fn parse(text: &str, descriptor: MessageDescriptor) -> Result<Self> {
        let mut fields = Vec::new();
        for part in text.split(',').map(str::trim) {
            let (name, descending) = match part.split_once(char::is_whitespace) {
                None => (part, false),
                Some((name, direction)) if direction.trim() == "asc" => (name, false),
                Some((name, direction)) if direction.trim() == "desc" => (name, true),
                Some(_) => return Err(unsupported(part)),
            };
            if !part.is_empty() {
                fields.push((Field::parse(name, &descriptor).ok_or_else(|| unsupported(part))?, descending));
            }
        }
        if let [(field, false)] = fields.as_slice()
            && field.is_name()
        {
            fields.clear();
        }
        Ok(Self { descriptor, fields })
    }

    /// Whether it is the one that lists have anyway.
    pub(crate) fn is_usual(&self) -> bool {
        self.fields.is_empty()
    }

    /// Orders messages; those that are equal stay as they are.
    pub(crate) fn sort<M: Message>(&self, messages: &mut Vec<M>) -> Result<()> {
        let mut keyed = Vec::with_capacity(messages.len());
        for message in messages.drain(..) {
            let dynamic = DynamicMessage::decode(self.descriptor.clone(), message.encode_to_vec().as_slice())
                .map_err(Error::internal)?;
            let keys: Vec<_> = self.fields.iter().map(|(field, _)| field.find(&dynamic)).collect();
            keyed.push((keys, message));
        }
        keyed.sort_by(|(left, _), (right, _)| {
            let pairs = left.iter().zip(right).zip(&self.fields);
            pairs.fold(Ordering::Equal, |so_far, ((left, right), (_, descending))| {
                so_far.then_with(|| match descending {
                    false => compare(left.as_ref(), right.as_ref()),
                    true => compare(right.as_ref(), left.as_ref()),
                })
            })
        });
        messages.extend(keyed.into_iter().map(|(_, message)| message));
        Ok(())
    }
}

/// What is not set comes first.
fn compare(left: Option<&Value>, right: Option<&Value>) -> Ordering {
    match (left, right) {
        (Some(Value::String(left)), Some(Value::String(right))) => left.cmp(right),
        (Some(Value::EnumNumber(left)), Some(Value::EnumNumber(right))) => left.cmp(right),
        (Some(Value::Bool(left)), Some(Value::Bool(right))) => left.cmp(right),
        (Some(left), Some(right)) => instant(left).cmp(&instant(right)),
        (left, right) => left.is_some().cmp(&right.is_some()),
    }
}

fn unsupported(part: &str) -> Error {
    Error::invalid(format!(
        "The order_by is not understood at '{part}': fields with asc or desc, with commas between."
    ))
}
