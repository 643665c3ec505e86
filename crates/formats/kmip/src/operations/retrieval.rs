//! Operations that find objects and give them out.
use crate::{
    DecodeError, EncodeError, Tag, Value,
    attributes::{AttributeInstance, wire::kinds::Presence},
    codec::{Codec, Cx, Fields, Writer, structure},
    enums::{KeyCompressionType, KeyFormatType, KeyWrapType, ObjectGroupMember},
    objects::{KeyWrappingSpecification, Object},
    value::{StorageStatusMask, UniqueIdentifier},
};

structure! {
    /// Which objects have all of these attributes? (KMIP 2.1 §6.1.28.)
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct LocateRequest {
        /// No more than these.
        maximum_items: optional u32 = Tag::MAXIMUM_ITEMS;
        /// Without so many at the beginning.
        offset_items: optional u32 = Tag::OFFSET_ITEMS, since V1_3;
        /// Where to look; on line if absent.
        storage_status_mask: optional StorageStatusMask = Tag::STORAGE_STATUS_MASK;
        /// Which of a group.
        object_group_member: optional ObjectGroupMember = Tag::OBJECT_GROUP_MEMBER, since V1_1;
        /// What they have to have.
        attributes: listed AttributeInstance = Presence::Always;
    }
}

structure! {
    /// These.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct LocateResponse {
        /// How many there are, with those that were not asked for.
        located_items: optional u32 = Tag::LOCATED_ITEMS, since V1_3;
        /// Which.
        unique_identifiers: many UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
    }
}

structure! {
    /// Give out an object (KMIP 2.1 §6.1.19).
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct GetRequest {
        /// Which one.
        unique_identifier: optional UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// In which form.
        key_format_type: optional KeyFormatType = Tag::KEY_FORMAT_TYPE;
        /// Wrapped as it is, or not.
        key_wrap_type: optional KeyWrapType = Tag::KEY_WRAP_TYPE, since V1_4;
        /// How to write the point of an elliptic curve.
        key_compression_type: optional KeyCompressionType = Tag::KEY_COMPRESSION_TYPE;
        /// How to wrap it.
        key_wrapping_specification: optional KeyWrappingSpecification = Tag::KEY_WRAPPING_SPECIFICATION;
    }
}

/// The object. Its type is written before it and follows from it.
pub struct GetResponse {
    /// Which one it is.
    pub unique_identifier: UniqueIdentifier,
    /// The object.
    pub object: Object,
}

impl Codec for GetResponse {
    fn decode(value: Value, cx: Cx) -> Result<Self, DecodeError> {
        let mut fields = Fields::open(value, cx)?;
        let ty = fields.required(Tag::OBJECT_TYPE)?;
        let response = Self {
            unique_identifier: fields.required(Tag::UNIQUE_IDENTIFIER)?,
            object: Object::take(&mut fields, ty)?,
        };
        fields.finish()?;
        Ok(response)
    }

    fn encode(&self, tag: Tag, out: &mut Writer) -> Result<(), EncodeError> {
        out.structure(tag, |out| {
            out.put(Tag::OBJECT_TYPE, &self.object.ty())?;
            out.put(Tag::UNIQUE_IDENTIFIER, &self.unique_identifier)?;
            self.object.put(out)
        })
    }
}

#[cfg(test)]
mod arbitrary {
    use super::GetResponse;
    use crate::testing::{Arbitrary, Same, Source};

    impl Arbitrary for GetResponse {
        fn arbitrary(source: &mut Source) -> Self {
            Self { unique_identifier: Arbitrary::arbitrary(source), object: Arbitrary::arbitrary(source) }
        }
    }

    impl Same for GetResponse {
        fn same(&self, other: &Self) -> bool {
            self.unique_identifier == other.unique_identifier && self.object.same(&other.object)
        }
    }
}
