//! How attributes and their names stand in messages.
use super::{Attribute, AttributeKind, VendorAttribute, VendorValue};
use crate::{
    DecodeError, DecodeErrorKind as Kind, EncodeError, Item, Tag, Type, Value,
    codec::{Codec, Cx, Fields, Writer, wrong_type},
};

pub(crate) mod kinds;

/// An attribute as it stands in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeInstance {
    /// Until 1.4: which of the values of an attribute that may have several. Later versions don't say it, and it is not written.
    pub index: Option<u32>,
    /// The attribute.
    pub attribute: Attribute,
}

impl From<Attribute> for AttributeInstance {
    fn from(attribute: Attribute) -> Self {
        Self { index: None, attribute }
    }
}

/// How an attribute is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AttributeReference {
    /// One of the specification.
    Standard(AttributeKind),
    /// One of a vendor; see [`VendorAttribute`].
    Vendor {
        /// Who defined it.
        vendor: String,
        /// Its name.
        name: String,
    },
    /// Until 1.4: a name that neither has. No object has such an attribute, which is no error in a question.
    Unknown(String),
}

/// Until 1.4: `Attribute { Attribute Name, Attribute Index, Attribute Value }`, in whatever order.
pub(super) fn decode_named(value: Value, cx: Cx) -> Result<AttributeInstance, DecodeError> {
    let mut fields = Fields::open(value, cx)?;
    let name: String = fields.required(Tag::ATTRIBUTE_NAME)?;
    let index = fields.optional(Tag::ATTRIBUTE_INDEX)?;
    let value = fields.take(Tag::ATTRIBUTE_VALUE).ok_or(Kind::Missing(Tag::ATTRIBUTE_VALUE))?;
    fields.finish()?;
    let attribute = if let Some((vendor, name)) = VendorAttribute::split_name(&name) {
        Attribute::Vendor(VendorAttribute {
            vendor: vendor.to_owned(),
            name: name.to_owned(),
            value: VendorValue::from_wire(value),
        })
    } else {
        let kind = AttributeKind::from_name(&name)
            .ok_or_else(|| DecodeError::new(Kind::UnknownAttribute).within(Tag::ATTRIBUTE_NAME))?;
        Attribute::decode(kind, value, cx).map_err(|error| error.within(Tag::ATTRIBUTE_VALUE))?
    };
    Ok(AttributeInstance { index, attribute })
}

fn encode_named(instance: &AttributeInstance, out: &mut Writer) -> Result<(), EncodeError> {
    let cx = out.cx;
    let name = match (&instance.attribute, instance.attribute.kind()) {
        (Attribute::Vendor(attribute), _) => VendorAttribute::joined_name(&attribute.vendor, &attribute.name),
        (_, kind) => kind.filter(|kind| kind.exists_in(cx.version)).map(|kind| kind.name().to_owned()),
    };
    let name = name.ok_or_else(|| not_in_version(&instance.attribute, cx))?;
    out.structure(Tag::ATTRIBUTE, |out| {
        out.put(Tag::ATTRIBUTE_NAME, &name)?;
        if let Some(index) = &instance.index {
            out.put(Tag::ATTRIBUTE_INDEX, index)?;
        }
        instance.attribute.encode(Tag::ATTRIBUTE_VALUE, out)
    })
}

/// From 2.0 on: the value under its own tag.
pub(crate) fn decode_tagged(item: Item, cx: Cx) -> Result<Attribute, DecodeError> {
    if item.tag == Tag::ATTRIBUTE {
        return decode_vendor(item.value, cx).map_err(|error| error.within(item.tag));
    }
    let kind = AttributeKind::from_tag(item.tag).ok_or(Kind::Unknown(item.tag))?;
    Attribute::decode(kind, item.value, cx).map_err(|error| error.within(item.tag))
}

fn decode_vendor(value: Value, cx: Cx) -> Result<Attribute, DecodeError> {
    let mut fields = Fields::open(value, cx)?;
    let vendor = fields.required(Tag::VENDOR_IDENTIFICATION)?;
    let name = fields.required(Tag::ATTRIBUTE_NAME)?;
    let value = fields.take(Tag::ATTRIBUTE_VALUE).ok_or(Kind::Missing(Tag::ATTRIBUTE_VALUE))?;
    fields.finish()?;
    Ok(Attribute::Vendor(VendorAttribute { vendor, name, value: VendorValue::from_wire(value) }))
}

pub(crate) fn encode_tagged(attribute: &Attribute, out: &mut Writer) -> Result<(), EncodeError> {
    if let Attribute::Vendor(vendor) = attribute {
        return out.structure(Tag::ATTRIBUTE, |out| {
            out.put(Tag::VENDOR_IDENTIFICATION, &vendor.vendor)?;
            out.put(Tag::ATTRIBUTE_NAME, &vendor.name)?;
            vendor.value.encode(Tag::ATTRIBUTE_VALUE, out)
        });
    }
    let kind = attribute.kind().filter(|kind| kind.exists_in(out.cx.version));
    let tag = kind.ok_or_else(|| not_in_version(attribute, out.cx))?.tag();
    attribute.encode(tag, out)
}

fn not_in_version(attribute: &Attribute, cx: Cx) -> EncodeError {
    EncodeError::AttributeNotInVersion { name: attribute.reference().to_string(), version: cx.version }
}

/// One attribute as an item. `false`, and nothing is written, if a response cannot say it to a client of this version.
fn encode_item(instance: &AttributeInstance, out: &mut Writer) -> Result<bool, EncodeError> {
    let written = out.attempt(|out| match out.cx.tagged() {
        true => encode_tagged(&instance.attribute, out),
        false => encode_named(instance, out),
    });
    match written {
        Ok(()) => Ok(true),
        Err(
            EncodeError::AttributeNotInVersion { .. }
            | EncodeError::NotInVersion { .. }
            | EncodeError::ValueNotInVersion { .. },
        ) if out.cx.lenient() => Ok(false),
        Err(error) => Err(error),
    }
}

/// What a server of a later version may say, and an older client must not stumble over.
fn unknown_is_skipped<T>(decoded: Result<T, DecodeError>, cx: Cx) -> Result<Option<T>, DecodeError> {
    match decoded {
        Ok(value) => Ok(Some(value)),
        Err(error)
            if cx.lenient()
                && matches!(
                    error.kind(),
                    Kind::UnknownAttribute | Kind::Unknown(_) | Kind::UnknownEnumeration(_)
                ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

impl std::fmt::Display for AttributeReference {
    /// The name until 1.4.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Standard(kind) => f.write_str(kind.name()),
            Self::Vendor { vendor, name } => write!(f, "{vendor}-{name}"),
            Self::Unknown(name) => f.write_str(name),
        }
    }
}

impl AttributeReference {
    fn from_name(name: String) -> Self {
        if let Some((vendor, name)) = VendorAttribute::split_name(&name) {
            return Self::Vendor { vendor: vendor.to_owned(), name: name.to_owned() };
        }
        AttributeKind::from_name(&name).map_or(Self::Unknown(name), Self::Standard)
    }
}

/// A text until 1.4; a tag, or vendor and name, from 2.0 on (KMIP 2.1 §5.5).
impl Codec for AttributeReference {
    fn decode(value: Value, cx: Cx) -> Result<Self, DecodeError> {
        if !cx.tagged() {
            return String::decode(value, cx).map(Self::from_name);
        }
        match value {
            Value::Enumeration(number) => Tag::new(number)
                .and_then(AttributeKind::from_tag)
                .map(Self::Standard)
                .ok_or(Kind::UnknownEnumeration(number).into()),
            Value::Structure(_) => {
                let mut fields = Fields::open(value, cx)?;
                let vendor = fields.required(Tag::VENDOR_IDENTIFICATION)?;
                let name = fields.required(Tag::ATTRIBUTE_NAME)?;
                fields.finish()?;
                Ok(Self::Vendor { vendor, name })
            }
            other => Err(wrong_type(Type::Enumeration, &other)),
        }
    }

    fn encode(&self, tag: Tag, out: &mut Writer) -> Result<(), EncodeError> {
        let cx = out.cx;
        let absent = || EncodeError::AttributeNotInVersion { name: self.to_string(), version: cx.version };
        match self {
            Self::Standard(kind) if !kind.exists_in(cx.version) => return Err(absent()),
            Self::Standard(kind) if cx.tagged() => out.value(tag, &Value::Enumeration(kind.tag().number())),
            Self::Standard(kind) => out.text(tag, kind.name()),
            Self::Vendor { vendor, name } if cx.tagged() => {
                return out.structure(tag, |out| {
                    out.put(Tag::VENDOR_IDENTIFICATION, vendor)?;
                    out.put(Tag::ATTRIBUTE_NAME, name)
                });
            }
            Self::Vendor { vendor, name } => {
                out.text(tag, &VendorAttribute::joined_name(vendor, name).ok_or_else(absent)?);
            }
            Self::Unknown(name) if !cx.tagged() => out.text(tag, name),
            Self::Unknown(_) => return Err(absent()),
        }
        Ok(())
    }
}
