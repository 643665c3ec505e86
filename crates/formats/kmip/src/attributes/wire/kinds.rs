//! The fields of messages that hold attributes, each in both encodings.
use super::{
    AttributeInstance, AttributeReference, decode_named, decode_tagged, encode_item, unknown_is_skipped,
};
use crate::{
    DecodeError, DecodeErrorKind as Kind, EncodeError, Tag, Value,
    codec::{Codec, Cx, Fields, Writer},
};

/// The two names of a list of attributes that an object is made with: `Template-Attribute` and its like until 1.4,
/// `Attributes` and its like from 2.0 on.
#[derive(Clone, Copy)]
pub(crate) struct Template {
    named: Tag,
    tagged: Tag,
    required: bool,
}

impl Template {
    /// Of the only object there is; it has to be there.
    pub(crate) const REQUIRED: Self =
        Self { named: Tag::TEMPLATE_ATTRIBUTE, tagged: Tag::ATTRIBUTES, required: true };
    /// Of the only object there is.
    pub(crate) const OPTIONAL: Self = Self { required: false, ..Self::REQUIRED };
    /// Of both keys of a pair.
    pub(crate) const COMMON: Self =
        Self { named: Tag::COMMON_TEMPLATE_ATTRIBUTE, tagged: Tag::COMMON_ATTRIBUTES, required: false };
    /// Of a private key.
    pub(crate) const PRIVATE: Self = Self {
        named: Tag::PRIVATE_KEY_TEMPLATE_ATTRIBUTE,
        tagged: Tag::PRIVATE_KEY_ATTRIBUTES,
        required: false,
    };
    /// Of a public key.
    pub(crate) const PUBLIC: Self = Self {
        named: Tag::PUBLIC_KEY_TEMPLATE_ATTRIBUTE,
        tagged: Tag::PUBLIC_KEY_ATTRIBUTES,
        required: false,
    };
}

/// Attributes of an object that is made. Named templates, which 1.3 deprecated, are refused: what is in them would be missed.
pub(crate) mod template {
    use super::{AttributeInstance, DecodeError, EncodeError, Fields, Kind, Template, Writer};

    pub(crate) type Of<T> = Vec<T>;

    pub(crate) fn take(
        fields: &mut Fields,
        template: Template,
    ) -> Result<Vec<AttributeInstance>, DecodeError> {
        let tag = if fields.cx.tagged() { template.tagged } else { template.named };
        let cx = fields.cx;
        match fields.take(tag) {
            Some(value) => super::decode_list(value, cx).map_err(|error| error.within(tag)),
            None if template.required => Err(Kind::Missing(tag).into()),
            None => Ok(Vec::new()),
        }
    }

    pub(crate) fn put(
        out: &mut Writer,
        template: Template,
        attributes: &[AttributeInstance],
    ) -> Result<(), EncodeError> {
        if attributes.is_empty() && !template.required {
            return Ok(());
        }
        let tag = if out.cx.tagged() { template.tagged } else { template.named };
        out.structure(tag, |out| super::put_each(out, attributes))
    }

    #[cfg(test)]
    pub(crate) use crate::codec::kinds::many::arbitrary;
}

/// What a server says it made beyond what was asked: until 1.4 only.
pub(crate) mod echoed_template {
    use super::{AttributeInstance, DecodeError, EncodeError, Fields, Template, Writer};

    pub(crate) type Of<T> = Vec<T>;

    pub(crate) fn take(
        fields: &mut Fields,
        template: Template,
    ) -> Result<Vec<AttributeInstance>, DecodeError> {
        if fields.cx.tagged() { Ok(Vec::new()) } else { super::template::take(fields, template) }
    }

    pub(crate) fn put(
        out: &mut Writer,
        template: Template,
        attributes: &[AttributeInstance],
    ) -> Result<(), EncodeError> {
        if out.cx.tagged() { Ok(()) } else { super::template::put(out, template, attributes) }
    }

    #[cfg(test)]
    pub(crate) fn arbitrary<T: crate::testing::Arbitrary>(source: &mut crate::testing::Source) -> Vec<T> {
        if source.has(crate::ProtocolVersion::V2_0) {
            Vec::new()
        } else {
            crate::codec::kinds::many::arbitrary(source)
        }
    }
}

/// Attributes that stand in the payload itself until 1.4, and in `Attributes` from 2.0 on. Clients are known to wrap the
/// former into a Template-Attribute, too (FortiOS).
pub(crate) mod listed {
    use super::{AttributeInstance, DecodeError, EncodeError, Fields, Presence, Tag, Writer};

    pub(crate) type Of<T> = Vec<T>;

    pub(crate) fn take(fields: &mut Fields, _: Presence) -> Result<Vec<AttributeInstance>, DecodeError> {
        let cx = fields.cx;
        let tag = if cx.tagged() { Tag::ATTRIBUTES } else { Tag::TEMPLATE_ATTRIBUTE };
        let mut list = match fields.take(tag) {
            Some(value) => super::decode_list(value, cx).map_err(|error| error.within(tag))?,
            None => Vec::new(),
        };
        if !cx.tagged() {
            list.extend(super::decode_all_named(fields)?);
        }
        Ok(list)
    }

    pub(crate) fn put(
        out: &mut Writer,
        presence: Presence,
        list: &[AttributeInstance],
    ) -> Result<(), EncodeError> {
        let cx = out.cx;
        if !cx.tagged() {
            return super::put_each(out, list);
        }
        match presence == Presence::Always || !list.is_empty() {
            true => out.structure(Tag::ATTRIBUTES, |out| super::put_each(out, list)),
            false => Ok(()),
        }
    }

    #[cfg(test)]
    pub(crate) use crate::codec::kinds::many::arbitrary;
}

/// Whether an empty `Attributes` is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Always,
    IfAny,
}

/// Names of attributes.
pub(crate) mod references {
    use super::{AttributeReference, Codec, DecodeError, EncodeError, Fields, Tag, Writer};

    pub(crate) type Of<T> = Vec<T>;

    pub(crate) fn take(fields: &mut Fields, (): ()) -> Result<Vec<AttributeReference>, DecodeError> {
        let (cx, tag) = (fields.cx, tag(fields.cx.tagged()));
        let mut references = Vec::new();
        for value in fields.take_all(tag) {
            let decoded = AttributeReference::decode(value, cx).map_err(|error| error.within(tag));
            references.extend(super::unknown_is_skipped(decoded, cx)?);
        }
        Ok(references)
    }

    pub(crate) fn put(
        out: &mut Writer,
        (): (),
        references: &[AttributeReference],
    ) -> Result<(), EncodeError> {
        let tag = tag(out.cx.tagged());
        for reference in references {
            match out.attempt(|out| out.put(tag, reference)) {
                Ok(()) => {}
                Err(EncodeError::AttributeNotInVersion { .. }) if out.cx.lenient() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    pub(super) fn tag(tagged: bool) -> Tag {
        if tagged { Tag::ATTRIBUTE_REFERENCE } else { Tag::ATTRIBUTE_NAME }
    }

    #[cfg(test)]
    pub(crate) use crate::codec::kinds::many::arbitrary;
}

/// The name of one attribute.
pub(crate) mod reference {
    use super::{AttributeReference, DecodeError, EncodeError, Fields, Writer, references};

    pub(crate) type Of<T> = Option<T>;

    pub(crate) fn take(fields: &mut Fields, (): ()) -> Result<Option<AttributeReference>, DecodeError> {
        fields.optional(references::tag(fields.cx.tagged()))
    }

    pub(crate) fn put(
        out: &mut Writer,
        (): (),
        reference: &Option<AttributeReference>,
    ) -> Result<(), EncodeError> {
        reference.as_ref().map_or(Ok(()), |reference| out.put(references::tag(out.cx.tagged()), reference))
    }

    #[cfg(test)]
    pub(crate) use crate::codec::kinds::optional::arbitrary;
}

/// The one attribute that is added or set: `Attribute` until 1.4, `New Attribute` from 2.0 on.
pub(crate) mod new_attribute {
    use super::{AttributeInstance, DecodeError, EncodeError, Fields, Tag, Writer};

    pub(crate) type Of<T> = T;

    pub(crate) fn take(fields: &mut Fields, (): ()) -> Result<AttributeInstance, DecodeError> {
        let tag = if fields.cx.tagged() { Tag::NEW_ATTRIBUTE } else { Tag::ATTRIBUTE };
        super::take_one(fields, tag)?.ok_or_else(|| super::Kind::Missing(tag).into())
    }

    pub(crate) fn put(out: &mut Writer, (): (), instance: &AttributeInstance) -> Result<(), EncodeError> {
        match out.cx.tagged() {
            true => out.structure(Tag::NEW_ATTRIBUTE, |out| super::put_one(out, instance)),
            false => super::put_one(out, instance),
        }
    }

    #[cfg(test)]
    pub(crate) use crate::codec::kinds::required::arbitrary;
}

/// The attribute that is to change, by its value: from 2.0 on.
pub(crate) mod current_attribute {
    use super::{AttributeInstance, DecodeError, EncodeError, Fields, Tag, Writer};

    pub(crate) type Of<T> = Option<T>;

    pub(crate) fn take(fields: &mut Fields, (): ()) -> Result<Option<AttributeInstance>, DecodeError> {
        if fields.cx.tagged() { super::take_one(fields, Tag::CURRENT_ATTRIBUTE) } else { Ok(None) }
    }

    pub(crate) fn put(
        out: &mut Writer,
        (): (),
        instance: &Option<AttributeInstance>,
    ) -> Result<(), EncodeError> {
        let Some(instance) = instance else { return Ok(()) };
        let cx = out.cx;
        if !cx.tagged() {
            return Err(EncodeError::NotInVersion { tag: Tag::CURRENT_ATTRIBUTE, version: cx.version });
        }
        out.structure(Tag::CURRENT_ATTRIBUTE, |out| super::put_one(out, instance))
    }

    #[cfg(test)]
    pub(crate) fn arbitrary<T: crate::testing::Arbitrary>(source: &mut crate::testing::Source) -> Option<T> {
        (source.has(crate::ProtocolVersion::V2_0) && source.chance(2)).then(|| T::arbitrary(source))
    }
}

/// The attribute as it is now: has to be said until 1.4, and is not from 2.0 on.
pub(crate) mod echoed_attribute {
    use super::{AttributeInstance, DecodeError, EncodeError, Fields, Tag, Writer};

    pub(crate) type Of<T> = Option<T>;

    pub(crate) fn take(fields: &mut Fields, (): ()) -> Result<Option<AttributeInstance>, DecodeError> {
        if fields.cx.tagged() { Ok(None) } else { super::take_one(fields, Tag::ATTRIBUTE) }
    }

    pub(crate) fn put(
        out: &mut Writer,
        (): (),
        instance: &Option<AttributeInstance>,
    ) -> Result<(), EncodeError> {
        if out.cx.tagged() {
            return Ok(());
        }
        let instance = instance.as_ref().ok_or(EncodeError::Inconsistent(
            "until 1.4 the response to a change of an attribute has the attribute",
        ))?;
        super::put_one(out, instance)
    }

    #[cfg(test)]
    pub(crate) fn arbitrary<T: crate::testing::Arbitrary>(source: &mut crate::testing::Source) -> Option<T> {
        (!source.has(crate::ProtocolVersion::V2_0)).then(|| T::arbitrary(source))
    }
}

/// Which of several values: until 1.4.
pub(crate) mod named_index {
    use super::{DecodeError, EncodeError, Fields, Tag, Writer};

    pub(crate) type Of<T> = Option<T>;

    pub(crate) fn take(fields: &mut Fields, tag: Tag) -> Result<Option<u32>, DecodeError> {
        if fields.cx.tagged() { Ok(None) } else { fields.optional(tag) }
    }

    pub(crate) fn put(out: &mut Writer, tag: Tag, index: &Option<u32>) -> Result<(), EncodeError> {
        match index {
            Some(_) if out.cx.tagged() => Err(EncodeError::NotInVersion { tag, version: out.cx.version }),
            Some(index) => out.put(tag, index),
            None => Ok(()),
        }
    }

    #[cfg(test)]
    pub(crate) fn arbitrary<T: crate::testing::Arbitrary>(source: &mut crate::testing::Source) -> Option<T> {
        (!source.has(crate::ProtocolVersion::V2_0) && source.chance(2)).then(|| T::arbitrary(source))
    }
}

fn take_one(fields: &mut Fields, tag: Tag) -> Result<Option<AttributeInstance>, DecodeError> {
    let cx = fields.cx;
    let Some(value) = fields.take(tag) else { return Ok(None) };
    if !cx.tagged() {
        return unknown_is_skipped(decode_named(value, cx).map_err(|error| error.within(tag)), cx);
    }
    let mut fields = Fields::open(value, cx)?;
    let mut items = fields.take_rest().into_iter();
    let (Some(item), None) = (items.next(), items.next()) else {
        return Err(DecodeError::new(Kind::Inconsistent("there has to be exactly one attribute")).within(tag));
    };
    let decoded = decode_tagged(item, cx).map_err(|error| error.within(tag));
    Ok(unknown_is_skipped(decoded, cx)?.map(AttributeInstance::from))
}

fn decode_list(value: Value, cx: Cx) -> Result<Vec<AttributeInstance>, DecodeError> {
    let mut fields = Fields::open(value, cx)?;
    if !cx.tagged() {
        let list = decode_all_named(&mut fields)?;
        if fields.take(Tag::NAME).is_some() && !cx.lenient() {
            return Err(Kind::Unsupported("a template").into());
        }
        fields.finish()?;
        return Ok(list);
    }
    let mut list = Vec::new();
    for item in fields.take_rest() {
        list.extend(unknown_is_skipped(decode_tagged(item, cx), cx)?.map(AttributeInstance::from));
    }
    Ok(list)
}

fn decode_all_named(fields: &mut Fields) -> Result<Vec<AttributeInstance>, DecodeError> {
    let cx = fields.cx;
    let mut list = Vec::new();
    for value in fields.take_all(Tag::ATTRIBUTE) {
        let decoded = decode_named(value, cx).map_err(|error| error.within(Tag::ATTRIBUTE));
        list.extend(unknown_is_skipped(decoded, cx)?);
    }
    Ok(list)
}

/// The attribute that a message is about, which has to be there.
fn put_one(out: &mut Writer, instance: &AttributeInstance) -> Result<(), EncodeError> {
    match encode_item(instance, out)? {
        true => Ok(()),
        false => Err(EncodeError::AttributeNotInVersion {
            name: instance.attribute.reference().to_string(),
            version: out.cx.version,
        }),
    }
}

fn put_each(out: &mut Writer, list: &[AttributeInstance]) -> Result<(), EncodeError> {
    list.iter().try_for_each(|instance| encode_item(instance, out).map(drop))
}
