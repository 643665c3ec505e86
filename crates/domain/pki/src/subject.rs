//! Distinguished names: few attributes, one value each, within the bounds of RFC 5280, encoded as it wants them.

use std::{fmt, str::FromStr};

use claviger_core::{Error, Result};
use const_oid::{ObjectIdentifier, db::rfc4519};
use der::{
    Decode, Encode, Tag, Tagged,
    asn1::{Any, PrintableStringRef, SetOfVec, Utf8StringRef},
};
use x509_cert::{
    attr::AttributeTypeAndValue,
    name::{Name, RelativeDistinguishedName},
};

/// The most attributes that a name can have.
const MAX_ATTRIBUTES: usize = 20;
/// The longest text of a name.
const MAX_TEXT: usize = 4096;

/// A distinguished name, empty or not: of a subject, or of the authority itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject(Vec<(Attribute, Box<str>)>);

macro_rules! attributes {
    ($($name:ident = $text:literal $oid:expr, $max:literal $kind:ident;)*) => {
        /// What names may say, with the upper bounds of RFC 5280 appendix A.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        enum Attribute { $($name),* }

        impl Attribute {
            const ALL: &'static [Self] = &[$(Self::$name),*];

            const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            const fn oid(self) -> ObjectIdentifier {
                match self { $(Self::$name => $oid),* }
            }

            const fn max_chars(self) -> usize {
                match self { $(Self::$name => $max),* }
            }

            const fn tag(self) -> Tag {
                match self { $(Self::$name => Tag::$kind),* }
            }
        }
    };
}

attributes! {
    CommonName = "CN" rfc4519::CN, 64 Utf8String;
    Country = "C" rfc4519::C, 2 PrintableString;
    DomainComponent = "DC" rfc4519::DC, 63 Ia5String;
    Locality = "L" rfc4519::L, 128 Utf8String;
    Organization = "O" rfc4519::O, 64 Utf8String;
    OrganizationalUnit = "OU" rfc4519::OU, 64 Utf8String;
    SerialNumber = "SERIALNUMBER" rfc4519::SERIAL_NUMBER, 64 PrintableString;
    State = "ST" rfc4519::ST, 128 Utf8String;
}

impl Subject {
    /// The same from a name as it is encoded.
    ///
    /// # Errors
    /// `InvalidRequest` for attributes that we do not issue, and for values out of bounds.
    pub fn from_name(name: &Name) -> Result<Self> {
        let mut parts = Vec::new();
        for rdn in name.as_ref().iter() {
            let mut values = rdn.iter();
            let (Some(value), None) = (values.next(), values.next()) else {
                return Err(Error::invalid("A part of the subject has several values, or none."));
            };
            let attribute = Attribute::of(value.oid)?;
            parts.push((attribute, text_of(&value.value)?.into()));
        }
        Self::checked(parts)
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The most specific common name.
    pub fn common_name(&self) -> Option<&str> {
        self.value(Attribute::CommonName)
    }

    /// The serial number of a device.
    pub fn serial_number(&self) -> Option<&str> {
        self.value(Attribute::SerialNumber)
    }

    /// As it is encoded.
    ///
    /// # Errors
    /// `Internal`: what is in bounds encodes.
    pub(crate) fn to_name(&self) -> Result<Name> {
        let rdn = |(attribute, text): &(Attribute, Box<str>)| {
            let value = Any::new(attribute.tag(), text.as_bytes())?;
            let pair = AttributeTypeAndValue { oid: attribute.oid(), value };
            SetOfVec::try_from(vec![pair]).map(RelativeDistinguishedName::from)
        };
        let rdns: der::Result<Vec<_>> = self.0.iter().map(rdn).collect();
        rdns.and_then(|rdns| Name::from_der(&rdns.to_der()?)).map_err(Error::internal)
    }

    fn checked(parts: Vec<(Attribute, Box<str>)>) -> Result<Self> {
        if parts.len() > MAX_ATTRIBUTES {
            return Err(Error::invalid(format!("A subject has at most {MAX_ATTRIBUTES} attributes.")));
        }
        parts.iter().try_for_each(|(attribute, text)| attribute.check(text))?;
        Ok(Self(parts))
    }

    fn value(&self, wanted: Attribute) -> Option<&str> {
        self.0.iter().rev().find(|(attribute, _)| *attribute == wanted).map(|(_, text)| &**text)
    }
}

/// RFC 4514: the most specific part first.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (attribute, text)) in self.0.iter().rev().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{}=", attribute.text())?;
            let last = text.chars().count().saturating_sub(1);
            for (place, c) in text.chars().enumerate() {
                let escaped = matches!(c, '"' | '+' | ',' | ';' | '<' | '>' | '\\')
                    || (c == '#' && place == 0)
                    || (c == ' ' && (place == 0 || place == last));
                write!(f, "{}{c}", if escaped { "\\" } else { "" })?;
            }
        }
        Ok(())
    }
}

/// `CN=name,O=organization`, the most specific part first; `\` before a character that would mean something else.
impl FromStr for Subject {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.len() > MAX_TEXT {
            return Err(Error::invalid(format!("A subject has at most {MAX_TEXT} bytes.")));
        }
        let mut parts = Vec::new();
        let mut rest = text.chars().peekable();
        while rest.peek().is_some() {
            let name: String = rest.by_ref().take_while(|c| *c != '=').collect();
            let attribute = Attribute::named(name.trim())?;
            let mut value = String::new();
            loop {
                match rest.next() {
                    Some('\\') => value.push(rest.next().ok_or_else(|| wrong(text))?),
                    Some('+' | ';' | '"') => return Err(wrong(text)),
                    Some(',') if rest.peek().is_none() => return Err(wrong(text)),
                    Some(',') | None => break,
                    Some(c) => value.push(c),
                }
            }
            parts.push((attribute, value.into()));
        }
        parts.reverse();
        Self::checked(parts)
    }
}

impl Attribute {
    fn of(oid: ObjectIdentifier) -> Result<Self> {
        let found = Self::ALL.iter().copied().find(|attribute| attribute.oid() == oid);
        found.ok_or_else(|| Error::invalid(format!("The subject has an attribute {oid}, {}.", known())))
    }

    fn named(text: &str) -> Result<Self> {
        let found = Self::ALL.iter().copied().find(|attribute| attribute.text().eq_ignore_ascii_case(text));
        found.ok_or_else(|| Error::invalid(format!("The subject has an attribute '{text}', {}.", known())))
    }

    fn check(self, text: &str) -> Result<()> {
        let name = self.text();
        let chars = text.chars().count();
        if !(1..=self.max_chars()).contains(&chars) {
            return Err(Error::invalid(format!("{name} has 1 to {} characters.", self.max_chars())));
        }
        if text.chars().any(char::is_control) || text.trim() != text {
            return Err(Error::invalid(format!("{name} has control characters, or spaces at an end.")));
        }
        let fits = match self {
            Self::Country => chars == 2 && text.bytes().all(|b| b.is_ascii_uppercase()),
            Self::SerialNumber => PrintableStringRef::new(text).is_ok(),
            Self::DomainComponent => text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
            _ => true,
        };
        let what = match self {
            Self::Country => "is two capital letters",
            Self::SerialNumber => "has only letters, digits, spaces and characters of '()+,-./:=?",
            _ => "has only letters, digits and hyphens",
        };
        if fits { Ok(()) } else { Err(Error::invalid(format!("{name} {what}."))) }
    }
}

fn text_of(value: &Any) -> Result<&str> {
    let text = match value.tag() {
        // Each is a part of UTF-8; the alphabet is checked with the bounds.
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => std::str::from_utf8(value.value()).ok(),
        _ => None,
    };
    text.filter(|text| Utf8StringRef::new(text).is_ok())
        .ok_or_else(|| Error::invalid("A part of the subject is no UTF-8, printable or IA5 string."))
}

fn known() -> String {
    let names: Vec<_> = Attribute::ALL.iter().map(|attribute| attribute.text()).collect();
    format!("and certificates have only {}", names.join(", "))
}

fn wrong(text: &str) -> Error {
    Error::invalid(format!("'{text}' is not a subject as CN=name,O=organization is."))
}

#[cfg(test)]
mod tests;
