//! Objects and attributes outside of messages, for a server to keep. The encoding is that of 2.1, and has attributes of older
//! versions besides.
use claviger_types::SecretBytes;

use crate::{
    Attribute, AttributeKind, DecodeError, DecodeErrorKind as Kind, EncodeError, Item, Limits, Object,
    ProtocolVersion, Tag, Value,
    attributes::wire::{decode_tagged, encode_tagged},
    codec::{Cx, Fields, Side, Writer},
    enums::ObjectType,
    ttlv,
};

const CX: Cx = Cx { version: ProtocolVersion::V2_1, side: Side::Request };

/// Writes attributes, in order.
///
/// # Errors
/// [`EncodeError`]: one that contradicts itself.
pub fn encode_attributes(attributes: &[Attribute]) -> Result<Vec<u8>, EncodeError> {
    let mut out = Writer::new(CX);
    out.structure(Tag::ATTRIBUTES, |out| {
        attributes.iter().try_for_each(|attribute| match attribute.kind() {
            Some(kind) => attribute.encode(kind.tag(), out),
            None => encode_tagged(attribute, out),
        })
    })?;
    Ok(out.finish().expose().to_vec())
}

/// The inverse of [`encode_attributes`]; no bytes at all are no attributes.
///
/// # Errors
/// [`DecodeError`]: what is wrong and where.
pub fn decode_attributes(bytes: &[u8]) -> Result<Vec<Attribute>, DecodeError> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let item = ttlv::decode(bytes, Limits::REQUEST)?;
    let Value::Structure(items) = item.value else { return Err(Kind::UnexpectedTag(item.tag).into()) };
    let decode = |item: Item| match AttributeKind::from_tag(item.tag) {
        Some(kind) if item.tag != Tag::ATTRIBUTE => Attribute::decode(kind, item.value, CX),
        _ => decode_tagged(item, CX),
    };
    items.into_iter().map(decode).collect()
}

/// Writes an object with its value.
///
/// # Errors
/// [`EncodeError`]: one that contradicts itself.
pub fn encode_object(object: &Object) -> Result<SecretBytes, EncodeError> {
    let mut out = Writer::new(CX);
    out.structure(Tag::REQUEST_PAYLOAD, |out| {
        out.put(Tag::OBJECT_TYPE, &object.ty())?;
        object.put(out)
    })?;
    Ok(out.finish())
}

/// The inverse of [`encode_object`].
///
/// # Errors
/// [`DecodeError`]: what is wrong and where.
pub fn decode_object(bytes: &[u8]) -> Result<Object, DecodeError> {
    let item = ttlv::decode(bytes, Limits::RESPONSE)?;
    let mut fields = Fields::open(item.value, CX)?;
    let ty: ObjectType = fields.required(Tag::OBJECT_TYPE)?;
    let object = Object::take(&mut fields, ty)?;
    fields.finish()?;
    Ok(object)
}

/// The key value of an object's block as a tree of its own: what is wrapped with TTLV encoding (KMIP 2.1 §3.3).
///
/// # Errors
/// [`EncodeError`]: an object without a key value, or one that contradicts itself.
pub fn encode_key_value(object: &Object, version: ProtocolVersion) -> Result<SecretBytes, EncodeError> {
    let cx = Cx { version, side: Side::Response };
    let value = object.key_block().and_then(|block| block.value.as_ref());
    let value = value.ok_or(EncodeError::Inconsistent("the object has no key value"))?;
    let mut out = Writer::new(cx);
    value.encode(Tag::KEY_VALUE, &mut out)?;
    Ok(out.finish())
}

#[cfg(test)]
mod tests;
