use std::{fmt, path::PathBuf, str::FromStr};

/// A PKCS#11 URI (RFC 7512): which token, which object on it, and where its PIN is.
///
/// What it does not know it refuses, since an attribute that is overlooked names more objects than were meant. That
/// includes `pin-value`, because a PIN in a configuration file or an argument is no secret, and the attributes of
/// modules, because the module is configured apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pkcs11Uri {
    /// The token.
    pub token: TokenMatch,
    /// The object.
    pub object: ObjectMatch,
    /// A file that holds the PIN (§2.4, `pin-source` with a path or `file:` URI).
    pub pin_source: Option<PathBuf>,
}

/// What a token, and the slot that it is in, must be like. What is `None` may be anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenMatch {
    /// `CK_TOKEN_INFO.label`, without the spaces at its end.
    pub label: Option<String>,
    /// `CK_TOKEN_INFO.manufacturerID`.
    pub manufacturer: Option<String>,
    /// `CK_TOKEN_INFO.model`.
    pub model: Option<String>,
    /// `CK_TOKEN_INFO.serialNumber`.
    pub serial: Option<String>,
    /// `CK_SLOT_INFO.slotDescription`.
    pub slot_description: Option<String>,
    /// `CK_SLOT_ID`, which many modules assign anew at every start.
    pub slot_id: Option<u64>,
    /// `CK_SLOT_INFO.manufacturerID`.
    pub slot_manufacturer: Option<String>,
}

/// What an object must be like. What is `None` may be anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectMatch {
    /// `CKA_CLASS`.
    pub class: Option<UriClass>,
    /// `CKA_ID`.
    pub id: Option<Vec<u8>>,
    /// `CKA_LABEL`.
    pub label: Option<String>,
}

/// The classes of objects that are keys (§2.3, `type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say all")]
pub enum UriClass {
    Private,
    Public,
    SecretKey,
}

/// Why text is no PKCS#11 URI that we can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidUri(&'static str);

impl fmt::Display for InvalidUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidUri {}

impl FromStr for Pkcs11Uri {
    type Err = InvalidUri;

    fn from_str(text: &str) -> Result<Self, InvalidUri> {
        if text.len() > MAX_LEN {
            return Err(InvalidUri("a PKCS#11 URI is not that long"));
        }
        let rest = strip_scheme(text).ok_or(InvalidUri("a PKCS#11 URI begins with pkcs11:"))?;
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        let mut uri = Self::default();
        for attribute in path.split(';').filter(|_| !path.is_empty()) {
            let (name, value) = attribute.split_once('=').ok_or(InvalidUri("an attribute has no value"))?;
            uri.set(name, value)?;
        }
        for attribute in query.into_iter().flat_map(|query| query.split('&')) {
            let (name, value) = attribute.split_once('=').ok_or(InvalidUri("an attribute has no value"))?;
            uri.set_query(name, value)?;
        }
        Ok(uri)
    }
}

/// Longer than any that has all attributes of PKCS#11's lengths, percent-encoded.
const MAX_LEN: usize = 8192;

const PATH: &[u8] = b":[]@!$'()*+,=&";
const QUERY: &[u8] = b":[]@!$'()*+,=/?|";

impl Pkcs11Uri {
    fn set(&mut self, name: &str, value: &str) -> Result<(), InvalidUri> {
        let token = &mut self.token;
        match name {
            "token" => once(&mut token.label, text(value)?),
            "manufacturer" => once(&mut token.manufacturer, text(value)?),
            "model" => once(&mut token.model, text(value)?),
            "serial" => once(&mut token.serial, text(value)?),
            "slot-description" => once(&mut token.slot_description, text(value)?),
            "slot-manufacturer" => once(&mut token.slot_manufacturer, text(value)?),
            "slot-id" => once(&mut token.slot_id, number(value)?),
            "object" => once(&mut self.object.label, text(value)?),
            "id" => once(&mut self.object.id, decode(value, PATH)?),
            "type" => once(&mut self.object.class, class(value)?),
            _ => Err(InvalidUri("an attribute of the URI is unknown or of no use here")),
        }
    }

    fn set_query(&mut self, name: &str, value: &str) -> Result<(), InvalidUri> {
        match name {
            "pin-source" => once(&mut self.pin_source, file(&decode_text(value, QUERY)?)?),
            "pin-value" => Err(InvalidUri("pin-value would write the PIN down here: use pin-source")),
            "module-name" | "module-path" => Err(InvalidUri("the module is configured apart from the URI")),
            _ => Err(InvalidUri("an attribute of the URI's query is unknown or of no use here")),
        }
    }
}

/// The URI of a token that is known by its label and its serial number.
pub(crate) fn of_token(label: &str, serial: &str) -> String {
    format!("pkcs11:token={};serial={}", encode(label), encode(serial))
}

/// Everything is percent-encoded but what never needs it.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The scheme's case does not matter (RFC 3986 §3.1).
fn strip_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    scheme.eq_ignore_ascii_case("pkcs11").then_some(rest)
}

fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), InvalidUri> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(InvalidUri("an attribute is given twice")),
    }
}

fn text(value: &str) -> Result<String, InvalidUri> {
    decode_text(value, PATH)
}

fn decode_text(value: &str, allowed: &[u8]) -> Result<String, InvalidUri> {
    String::from_utf8(decode(value, allowed)?).map_err(|_| InvalidUri("an attribute is not UTF-8"))
}

/// Percent-decoding (RFC 3986 §2.1). What must be encoded and is not is refused.
fn decode(value: &str, allowed: &[u8]) -> Result<Vec<u8>, InvalidUri> {
    let mut bytes = value.bytes();
    let mut out = Vec::with_capacity(value.len());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let (high, low) = (hex_digit(bytes.next()), hex_digit(bytes.next()));
                high.zip(low)
                    .map(|(high, low)| high << 4 | low)
                    .ok_or(InvalidUri("a percent sign is not followed by two hexadecimal digits"))?
            }
            b'-' | b'.' | b'_' | b'~' => byte,
            _ if byte.is_ascii_alphanumeric() || allowed.contains(&byte) => byte,
            _ => return Err(InvalidUri("a character has to be percent-encoded")),
        });
    }
    Ok(out)
}

fn hex_digit(byte: Option<u8>) -> Option<u8> {
    match byte? {
        byte @ b'0'..=b'9' => Some(byte - b'0'),
        byte @ b'a'..=b'f' => Some(byte - b'a' + 10),
        byte @ b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

fn number(value: &str) -> Result<u64, InvalidUri> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| value.parse().ok()).flatten().ok_or(InvalidUri("slot-id is a decimal number"))
}

fn class(value: &str) -> Result<UriClass, InvalidUri> {
    match value {
        "private" => Ok(UriClass::Private),
        "public" => Ok(UriClass::Public),
        "secret-key" => Ok(UriClass::SecretKey),
        _ => Err(InvalidUri("type is private, public or secret-key")),
    }
}

/// An absolute path, bare or as a `file:` URI without host. A pipe symbol before it would run it as a program.
fn file(source: &str) -> Result<PathBuf, InvalidUri> {
    let path = source.strip_prefix("file:").unwrap_or(source);
    let path = path.strip_prefix("//").filter(|path| path.starts_with('/')).unwrap_or(path);
    if path.starts_with('/') && !path.starts_with("//") {
        Ok(PathBuf::from(path))
    } else {
        Err(InvalidUri("pin-source is an absolute path of a file"))
    }
}

#[cfg(test)]
mod tests;
