//! How often a field is there. Each module has the field's type, and how it is read and written.
pub(crate) use crate::attributes::wire::kinds::{
    current_attribute, echoed_attribute, echoed_template, listed, named_index, new_attribute, reference,
    references, template,
};

/// Exactly once.
pub(crate) mod required {
    use crate::{
        DecodeError, EncodeError, Tag,
        codec::{Codec, Fields, Writer},
    };

    pub(crate) type Of<T> = T;

    pub(crate) fn take<T: Codec>(fields: &mut Fields, tag: Tag) -> Result<T, DecodeError> {
        fields.required(tag)
    }

    pub(crate) fn put<T: Codec>(out: &mut Writer, tag: Tag, value: &T) -> Result<(), EncodeError> {
        out.put(tag, value)
    }

    #[cfg(test)]
    pub(crate) fn arbitrary<T: crate::testing::Arbitrary>(source: &mut crate::testing::Source) -> T {
        T::arbitrary(source)
    }
}

/// At most once.
pub(crate) mod optional {
    use crate::{
        DecodeError, EncodeError, Tag,
        codec::{Codec, Fields, Writer},
    };

    pub(crate) type Of<T> = Option<T>;

    pub(crate) fn take<T: Codec>(fields: &mut Fields, tag: Tag) -> Result<Option<T>, DecodeError> {
        fields.optional(tag)
    }

    pub(crate) fn put<T: Codec>(out: &mut Writer, tag: Tag, value: &Option<T>) -> Result<(), EncodeError> {
        value.as_ref().map_or(Ok(()), |value| out.put(tag, value))
    }

    pub(crate) fn present<T>(value: &Option<T>) -> bool {
        value.is_some()
    }

    #[cfg(test)]
    pub(crate) fn arbitrary<T: crate::testing::Arbitrary>(source: &mut crate::testing::Source) -> Option<T> {
        source.chance(2).then(|| T::arbitrary(source))
    }
}

/// Any number of times.
pub(crate) mod many {
    use crate::{
        DecodeError, EncodeError, Tag,
        codec::{Codec, Fields, Writer},
    };

    pub(crate) type Of<T> = Vec<T>;

    pub(crate) fn take<T: Codec>(fields: &mut Fields, tag: Tag) -> Result<Vec<T>, DecodeError> {
        fields.many(tag)
    }

    pub(crate) fn put<T: Codec>(out: &mut Writer, tag: Tag, values: &[T]) -> Result<(), EncodeError> {
        values.iter().try_for_each(|value| out.put(tag, value))
    }

    pub(crate) fn present<T>(values: &[T]) -> bool {
        !values.is_empty()
    }

    #[cfg(test)]
    pub(crate) fn arbitrary<T: crate::testing::Arbitrary>(source: &mut crate::testing::Source) -> Vec<T> {
        (0..source.below(4)).map(|_| T::arbitrary(source)).collect()
    }
}

/// Any number of times, in lists of what a server can do: values of later versions are neither read nor written.
pub(crate) mod known {
    use crate::{
        DecodeError, DecodeErrorKind, EncodeError, Tag,
        codec::{Codec, Fields, Writer},
    };

    #[cfg(test)]
    pub(crate) use super::many::arbitrary;
    pub(crate) use super::many::present;

    pub(crate) type Of<T> = Vec<T>;

    pub(crate) fn take<T: Codec>(fields: &mut Fields, tag: Tag) -> Result<Vec<T>, DecodeError> {
        let cx = fields.cx;
        let mut known = Vec::new();
        for value in fields.take_all(tag) {
            match T::decode(value, cx) {
                Ok(value) => known.push(value),
                Err(error)
                    if cx.lenient() && matches!(error.kind(), DecodeErrorKind::UnknownEnumeration(_)) => {}
                Err(error) => return Err(error.within(tag)),
            }
        }
        Ok(known)
    }

    pub(crate) fn put<T: Codec>(out: &mut Writer, tag: Tag, values: &[T]) -> Result<(), EncodeError> {
        for value in values {
            match out.attempt(|out| out.put(tag, value)) {
                Ok(()) => {}
                Err(EncodeError::ValueNotInVersion { .. }) if out.cx.lenient() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
