//! ProtoJSON ⇄ messages, by their descriptors: what the REST form of the API needs of
//! <https://protobuf.dev/programming-guides/json/>.
//!
//! Requests may have both base64 alphabets, names or numbers of enumerations, lowerCamelCase or the names of the
//! definition; members that there are not are refused. Answers have lowerCamelCase, standard base64, 64-bit integers as
//! strings, and enumerations as the request asked for.

use claviger_core::{Error, Result};
use prost::Message;
use prost_reflect::{
    DeserializeOptions, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, SerializeOptions, Value,
};
use zeroize::{Zeroize, Zeroizing};

use crate::template::percent_decoded;

/// How answers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Style {
    /// Enumerations as numbers, not names.
    pub(crate) numbers: bool,
}

/// The parameters of a query: those of the system, which say how to answer, and the others.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) style: Style,
    /// Fields of the request with their values.
    pub(crate) fields: Vec<(String, String)>,
}

impl Query {
    /// Reads a query. What would change the answer in a way that is not offered is refused, never ignored.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut query = Self::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = |text: &str| percent_decoded(&text.replace('+', " "));
            let (Some(name), Some(value)) = (decoded(name), decoded(value)) else {
                return Err(Error::invalid("The query is not percent-encoded UTF-8."));
            };
            match name.as_str() {
                "$alt" | "alt" => query.style.numbers = alternative(&value)?,
                // How much white space there is, and whom a quota of Google's is charged to: nothing to do.
                "prettyPrint" | "$prettyPrint" | "quotaUser" | "userIp" | "uploadType" | "$.xgafv" => {}
                "access_token" | "bearer_token" | "callback" | "fields" | "$fields" | "key"
                | "oauth_token" => {
                    return Err(Error::invalid(format!("The parameter {name} is not supported.")));
                }
                _ => query.fields.push((name, value)),
            }
        }
        Ok(query)
    }
}

fn alternative(value: &str) -> Result<bool> {
    match value {
        "json" | "json;enum-encoding=string" => Ok(false),
        "json;enum-encoding=int" => Ok(true),
        _ => Err(Error::invalid("Answers have only the form 'json', with 'enum-encoding=int' or without.")),
    }
}

/// Reads the message that a body is; an empty body is an empty message.
pub(crate) fn read(body: &[u8], descriptor: &MessageDescriptor) -> Result<DynamicMessage> {
    if body.trim_ascii().is_empty() {
        return Ok(DynamicMessage::new(descriptor.clone()));
    }
    // The errors name members and places, and no values.
    let wrong = |_| Error::invalid("The request body is not JSON.");
    let mut reader = serde_json::Deserializer::from_slice(body);
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    let message = DynamicMessage::deserialize_with_options(descriptor.clone(), &mut reader, &options)
        .map_err(|error| {
            Error::invalid(format!("The request body is not as it must be: {}.", cause(&error)))
        })?;
    reader.end().map_err(wrong)?;
    Ok(message)
}

/// What is wrong, without the values that some causes quote.
fn cause(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!("line {} column {}", error.line(), error.column());
    if let Some(known) = text.strip_prefix("unrecognized field name ") {
        return format!("unrecognized field name {known}");
    }
    match error.classify() {
        serde_json::error::Category::Data => format!("a value is not of its field's type at {place}"),
        _ => format!("it is not JSON at {place}"),
    }
}

/// Sets a field, or one of a message in it, from the text of a path or query. What a body has set must be the same.
pub(crate) fn set(message: &mut DynamicMessage, path: &str, text: &str) -> Result<()> {
    let unknown = || Error::invalid(format!("There is no parameter '{path}'."));
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let descriptor = prost_reflect::ReflectMessage::descriptor(message);
    let field = descriptor
        .get_field_by_name(name)
        .or_else(|| descriptor.get_field_by_json_name(name))
        .ok_or_else(unknown)?;
    if let Some(rest) = rest {
        return match message.get_field_mut(&field) {
            Value::Message(inside) => set(inside, rest, text),
            _ => Err(unknown()),
        };
    }
    let value = value(&field, text)
        .ok_or_else(|| Error::invalid(format!("The parameter '{path}' is not of its type.")))?;
    if field.is_list() {
        if let Value::List(values) = message.get_field_mut(&field) {
            values.push(value);
        }
        return Ok(());
    }
    if message.has_field(&field) && *message.get_field(&field) != value {
        return Err(Error::invalid(format!("'{path}' is there twice, with different values.")));
    }
    message.set_field(&field, value);
    Ok(())
}

/// The value that a text is for a field.
pub(crate) fn value(field: &FieldDescriptor, text: &str) -> Option<Value> {
    Some(match field.kind() {
        Kind::String => Value::String(text.to_owned()),
        // Python's gcloud writes them with a capital letter.
        Kind::Bool if text.eq_ignore_ascii_case("true") => Value::Bool(true),
        Kind::Bool if text.eq_ignore_ascii_case("false") => Value::Bool(false),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(text.parse().ok()?),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(text.parse().ok()?),
        Kind::Enum(kind) => Value::EnumNumber(match kind.get_value_by_name(text) {
            Some(value) => value.number(),
            None => text.parse().ok()?,
        }),
        Kind::Message(kind) if !field.is_map() => {
            // Masks are written with the names of the definition as well.
            let text = match kind.full_name() {
                "google.protobuf.FieldMask" => camel_case(text),
                _ => text.to_owned(),
            };
            let json = serde_json::Value::String(text);
            Value::Message(DynamicMessage::deserialize(kind, json).ok()?)
        }
        _ => return None,
    })
}

fn camel_case(text: &str) -> String {
    let mut camel = String::with_capacity(text.len());
    let mut raise = false;
    for c in text.chars() {
        match c {
            '_' => raise = true,
            c if raise => {
                camel.push(c.to_ascii_uppercase());
                raise = false;
            }
            c => camel.push(c),
        }
    }
    camel
}

/// The wire form of a message, whose bytes are wiped: they may be a plaintext.
pub(crate) fn into_wire(mut message: DynamicMessage) -> Zeroizing<Vec<u8>> {
    let mut wire = Zeroizing::new(Vec::with_capacity(message.encoded_len()));
    // Invariant: a vector grows as far as it must.
    let _ = message.encode(&mut *wire);
    wipe(&mut message);
    wire
}

/// The JSON of a message that is given in its wire form, in a buffer that is wiped.
pub(crate) fn from_wire(
    wire: &[u8],
    descriptor: &MessageDescriptor,
    style: Style,
) -> Result<Zeroizing<Vec<u8>>> {
    let mut message = DynamicMessage::decode(descriptor.clone(), wire).map_err(Error::internal)?;
    // Large enough from the start, since growing leaves copies behind: base64 and names are less than twice as long.
    let mut json = Zeroizing::new(Vec::with_capacity(2 * wire.len() + 256));
    let options = SerializeOptions::new().use_enum_numbers(style.numbers);
    let mut writer = serde_json::Serializer::new(&mut *json);
    let written = message.serialize_with_options(&mut writer, &options).map_err(Error::internal);
    wipe(&mut message);
    written.map(|()| json)
}

/// Overwrites the bytes of the message's own fields.
fn wipe(message: &mut DynamicMessage) {
    let fields: Vec<FieldDescriptor> = message.fields().map(|(field, _)| field).collect();
    for field in fields {
        if let Value::Bytes(bytes) = message.get_field_mut(&field)
            && let Ok(mut bytes) = std::mem::take(bytes).try_into_mut()
        {
            bytes.as_mut().zeroize();
        }
    }
}

#[cfg(test)]
mod tests;
