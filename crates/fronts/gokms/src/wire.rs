//! What comes in and goes out: endpoints, requests, responses, and Go's words for what is wrong with a request.

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use claviger_types::{KeyId, SecretBytes, Timestamp};
use zeroize::Zeroizing;

use crate::{
    go_base64,
    go_json::{self, Syntax, Value},
};

/// One of the things that the API can do.
#[derive(Debug)]
pub struct Endpoint {
    /// Its path behind `/api/v1/go-kms/`.
    pub path: &'static str,
    /// How the audit log calls it.
    pub operation: &'static str,
    /// How Go calls the type of its request, which shows in errors.
    go_type: &'static str,
    fields: &'static [Field],
}

/// Every endpoint, by path.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "createkey",
        operation: "CreateKey",
        go_type: "CreateKeyRequest",
        fields: &[DESCRIPTION],
    },
    Endpoint { path: "decrypt", operation: "Decrypt", go_type: "DecryptRequest", fields: &[CIPHERTEXT] },
    Endpoint { path: "disablekey", operation: "DisableKey", go_type: "DisableKeyRequest", fields: &[KEY_ID] },
    Endpoint { path: "enablekey", operation: "EnableKey", go_type: "EnableKeyRequest", fields: &[KEY_ID] },
    Endpoint {
        path: "encrypt",
        operation: "Encrypt",
        go_type: "EncryptRequest",
        fields: &[KEY_ID, PLAINTEXT],
    },
    Endpoint {
        path: "generatedatakey",
        operation: "GenerateDataKey",
        go_type: "GenerateDataKeyRequest",
        fields: &[KEY_ID],
    },
    Endpoint { path: "listkeys", operation: "ListKeys", go_type: "ListKeysRequest", fields: &[] },
    Endpoint {
        path: "reencrypt",
        operation: "ReEncrypt",
        go_type: "ReEncryptRequest",
        fields: &[CIPHERTEXT, DESTINATION],
    },
];

const CIPHERTEXT: Field = Field { name: "CiphertextBlob", kind: Kind::Bytes };
const DESCRIPTION: Field = Field { name: "Description", kind: Kind::Text };
const DESTINATION: Field = Field { name: "DestinationKeyId", kind: Kind::Text };
const KEY_ID: Field = Field { name: "KeyID", kind: Kind::Text };
const PLAINTEXT: Field = Field { name: "Plaintext", kind: Kind::Bytes };

impl Endpoint {
    /// The endpoint with this path: exactly it, with no slash behind it.
    pub(crate) fn at(path: &[u8]) -> Option<&'static Self> {
        let name = path.strip_prefix(b"/api/v1/go-kms/")?;
        ENDPOINTS.iter().find(|endpoint| endpoint.path.as_bytes() == name)
    }

    /// The field that Go would decode a member into: the case of letters does not matter.
    fn field(&self, name: &str) -> Option<Field> {
        let found = self.fields.iter().find(|field| field.name == name);
        found.or_else(|| self.fields.iter().find(|field| go_json::equal_fold(field.name, name))).copied()
    }
}

/// A member of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Field {
    name: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bytes,
    Text,
}

impl Kind {
    const fn go_type(self) -> &'static str {
        match self {
            Self::Bytes => "[]uint8",
            Self::Text => "string",
        }
    }
}

/// A request in its wire form.
pub(crate) enum WireRequest {
    ListKeys,
    CreateKey { description: String },
    GenerateDataKey { key: String },
    EnableKey { key: String },
    DisableKey { key: String },
    Encrypt { key: String, plaintext: SecretBytes },
    Decrypt { ciphertext: Vec<u8> },
    ReEncrypt { ciphertext: Vec<u8>, destination: String },
}

/// Reads the body of a request as Go's decoder does: members in any case, the last of several counts, unknown ones and
/// whatever follows the first value are ignored.
pub(crate) fn parse(endpoint: &Endpoint, body: &[u8]) -> Result<WireRequest, DecodeError> {
    let mut members = Members::default();
    match go_json::decode(body)? {
        Value::Null => {}
        Value::Object(found) => members.fill(endpoint, &found)?,
        other => {
            return Err(DecodeError::mismatch(&other, format!("value of type kms.{}", endpoint.go_type)));
        }
    }
    let Members { ciphertext, description, destination, key, plaintext } = members;
    Ok(match endpoint.operation {
        "CreateKey" => WireRequest::CreateKey { description },
        "Decrypt" => WireRequest::Decrypt { ciphertext: ciphertext.to_vec() },
        "DisableKey" => WireRequest::DisableKey { key },
        "EnableKey" => WireRequest::EnableKey { key },
        "Encrypt" => WireRequest::Encrypt { key, plaintext: plaintext.into() },
        "GenerateDataKey" => WireRequest::GenerateDataKey { key },
        "ReEncrypt" => WireRequest::ReEncrypt { ciphertext: ciphertext.to_vec(), destination },
        _ => WireRequest::ListKeys,
    })
}

/// Whether a body can be read as a request of an endpoint; for tests with arbitrary input.
///
/// # Errors
/// [`DecodeError`].
pub fn parse_request(endpoint: &Endpoint, body: &[u8]) -> Result<(), DecodeError> {
    parse(endpoint, body).map(drop)
}

#[derive(Default)]
struct Members {
    ciphertext: Zeroizing<Vec<u8>>,
    description: String,
    destination: String,
    key: String,
    plaintext: Zeroizing<Vec<u8>>,
}

impl Members {
    /// The first error counts, as in Go, and what follows it makes no difference.
    fn fill(&mut self, endpoint: &Endpoint, found: &[(&[u8], Value<'_>)]) -> Result<(), DecodeError> {
        for (name, value) in found {
            let Some(field) = endpoint.field(&go_json::unquote(name)) else { continue };
            match (field.kind, value) {
                (Kind::Text, Value::Null) => {}
                (Kind::Bytes, Value::Null) => *self.bytes(field) = Zeroizing::default(),
                (Kind::Text, Value::String(raw)) => *self.text(field) = go_json::unquote(raw).to_string(),
                (Kind::Bytes, Value::String(raw)) => {
                    let text = go_json::unquote(raw);
                    *self.bytes(field) = go_base64::decode(text.as_bytes()).map_err(DecodeError::Base64)?;
                }
                (kind, other) => {
                    let place = format!(
                        "struct field {}.{} of type {}",
                        endpoint.go_type,
                        field.name,
                        kind.go_type()
                    );
                    return Err(DecodeError::mismatch(other, place));
                }
            }
        }
        Ok(())
    }

    fn text(&mut self, field: Field) -> &mut String {
        match field {
            DESCRIPTION => &mut self.description,
            DESTINATION => &mut self.destination,
            _ => &mut self.key,
        }
    }

    fn bytes(&mut self, field: Field) -> &mut Zeroizing<Vec<u8>> {
        match field {
            CIPHERTEXT => &mut self.ciphertext,
            _ => &mut self.plaintext,
        }
    }
}

/// Why a body is not a request, in the words of Go's `encoding/json`. It repeats at most one character of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// Not JSON, or not all of it.
    Syntax(Syntax),
    /// A value of another type than the member has.
    Type {
        /// The type of the value.
        value: &'static str,
        /// The member and its type.
        place: String,
    },
    /// Text that is not base64, with the place of the first wrong byte.
    Base64(usize),
}

impl DecodeError {
    fn mismatch(value: &Value<'_>, place: String) -> Self {
        Self::Type { value: value.kind(), place }
    }

    /// The name of Go's type of the error; `error` if it has none.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Syntax(Syntax::Empty | Syntax::Unfinished) => "error",
            Self::Syntax(Syntax::Invalid(_) | Syntax::Depth) => "json.SyntaxError",
            Self::Type { .. } => "json.UnmarshalTypeError",
            Self::Base64(_) => "base64.CorruptInputError",
        }
    }
}

impl From<Syntax> for DecodeError {
    fn from(error: Syntax) -> Self {
        Self::Syntax(error)
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(error) => error.fmt(f),
            Self::Type { value, place } => write!(f, "json: cannot unmarshal {value} into Go {place}"),
            Self::Base64(place) => write!(f, "illegal base64 data at input byte {place}"),
        }
    }
}

/// What the API shows of a key.
pub(crate) struct Metadata {
    pub(crate) id: KeyId,
    pub(crate) created: Timestamp,
    pub(crate) description: Box<str>,
    pub(crate) enabled: bool,
}

impl Metadata {
    fn write(&self, out: &mut String) {
        out.push_str(&format!(r#"{{"KeyId":"{}","CreationDate":"{}","Description":"#, self.id, self.created));
        go_json::quote(&self.description, out);
        out.push_str(&format!(r#","Enabled":{}}}"#, self.enabled));
    }
}

/// A response in its wire form.
pub(crate) enum WireResponse {
    Keys(Vec<Metadata>),
    Key(Metadata),
    DataKey { plaintext: SecretBytes, ciphertext: Vec<u8> },
    Ciphertext(Vec<u8>),
    Plaintext(SecretBytes),
    ReEncrypted { ciphertext: Vec<u8>, key: KeyId, source: KeyId },
}

impl WireResponse {
    /// As Go's encoder writes it, with the line feed behind it.
    pub(crate) fn to_json(&self) -> String {
        let base64 = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
        match self {
            Self::Keys(keys) => {
                let mut out = String::from(r#"{"KeyMetadata":["#);
                for (index, key) in keys.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    key.write(&mut out);
                }
                out + "]}\n"
            }
            Self::Key(key) => {
                let mut out = String::from(r#"{"KeyMetadata":"#);
                key.write(&mut out);
                out + "}\n"
            }
            Self::DataKey { plaintext, ciphertext } => {
                let (plaintext, ciphertext) = (base64(plaintext.expose()), base64(ciphertext));
                format!("{{\"Plaintext\":\"{plaintext}\",\"CiphertextBlob\":\"{ciphertext}\"}}\n")
            }
            Self::Ciphertext(ciphertext) => format!("{{\"CiphertextBlob\":\"{}\"}}\n", base64(ciphertext)),
            // Go has no slice here, and writes that as null.
            Self::Plaintext(plaintext) if plaintext.is_empty() => "{\"Plaintext\":null}\n".to_owned(),
            Self::Plaintext(plaintext) => format!("{{\"Plaintext\":\"{}\"}}\n", base64(plaintext.expose())),
            Self::ReEncrypted { ciphertext, key, source } => format!(
                "{{\"CiphertextBlob\":\"{}\",\"KeyID\":\"{key}\",\"SourceKeyID\":\"{source}\"}}\n",
                base64(ciphertext)
            ),
        }
    }
}

#[cfg(test)]
mod tests;
