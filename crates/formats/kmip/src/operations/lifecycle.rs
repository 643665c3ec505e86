//! Operations by which objects come, change state, and go.
use crate::{
    DecodeError, EncodeError, Tag, Value,
    attributes::{AttributeInstance, RevocationReason, wire::kinds::Template},
    codec::{Codec, Cx, Fields, Writer, kinds, structure},
    enums::ObjectType,
    objects::Object,
    value::{DateTime, Interval, ProtectionStorageMask, UniqueIdentifier, UsageMask},
};

structure! {
    /// About one object: Activate, Destroy, Archive, Recover and Get Attribute List.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct ObjectRequest {
        /// Which one; if absent, the one that the batch was about (ID Placeholder).
        unique_identifier: optional UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
    }
}

structure! {
    /// It was done: Activate, Revoke, Destroy, Archive, Recover and Set Attribute.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ObjectResponse {
        /// To which object.
        unique_identifier: required UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
    }
}

structure! {
    /// Where a key may be kept: any of these combinations will do (KMIP 2.1 §7.33).
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct ProtectionStorageMasks {
        /// Combinations.
        masks: many ProtectionStorageMask = Tag::PROTECTION_STORAGE_MASK;
    }
}

structure! {
    /// Make a symmetric key (KMIP 2.1 §6.1.8).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CreateRequest {
        /// What to make.
        object_type: required ObjectType = Tag::OBJECT_TYPE;
        /// How it shall be.
        attributes: template AttributeInstance = Template::REQUIRED;
        /// Where it may be kept.
        protection_storage_masks: optional ProtectionStorageMasks = Tag::PROTECTION_STORAGE_MASKS, since V2_0;
    }
}

structure! {
    /// A key was made.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CreateResponse {
        /// What was made.
        object_type: required ObjectType = Tag::OBJECT_TYPE;
        /// Which one it is.
        unique_identifier: required UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// Until 1.4: attributes that the server chose.
        attributes: echoed_template AttributeInstance = Template::OPTIONAL;
    }
}

structure! {
    /// Make a private and a public key (KMIP 2.1 §6.1.9).
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct CreateKeyPairRequest {
        /// How both shall be.
        common: template AttributeInstance = Template::COMMON;
        /// How the private key shall be.
        private: template AttributeInstance = Template::PRIVATE;
        /// How the public key shall be.
        public: template AttributeInstance = Template::PUBLIC;
        /// Where both may be kept.
        common_masks: optional ProtectionStorageMasks = Tag::COMMON_PROTECTION_STORAGE_MASKS, since V2_0;
        /// Where the private key may be kept.
        private_masks: optional ProtectionStorageMasks = Tag::PRIVATE_PROTECTION_STORAGE_MASKS, since V2_0;
        /// Where the public key may be kept.
        public_masks: optional ProtectionStorageMasks = Tag::PUBLIC_PROTECTION_STORAGE_MASKS, since V2_0;
    }
}

structure! {
    /// A pair was made: Create Key Pair and Re-key Key Pair.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct KeyPairResponse {
        /// Which the private key is.
        private_key: required UniqueIdentifier = Tag::PRIVATE_KEY_UNIQUE_IDENTIFIER;
        /// Which the public key is.
        public_key: required UniqueIdentifier = Tag::PUBLIC_KEY_UNIQUE_IDENTIFIER;
        /// Until 1.4: attributes that the server chose for the private key.
        private: echoed_template AttributeInstance = Template::PRIVATE;
        /// Until 1.4: attributes that the server chose for the public key.
        public: echoed_template AttributeInstance = Template::PUBLIC;
    }
}

/// Keep an object (KMIP 2.1 §6.1.43). Its type is written before it and follows from it.
pub struct RegisterRequest {
    /// How it shall be.
    pub attributes: Vec<AttributeInstance>,
    /// The object.
    pub object: Object,
    /// Where it may be kept; from 2.0 on.
    pub protection_storage_masks: Option<ProtectionStorageMasks>,
}

structure! {
    /// An object is kept, or was made anew: Register and Re-key.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RegisterResponse {
        /// Which one it is.
        unique_identifier: required UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// Until 1.4: attributes that the server chose.
        attributes: echoed_template AttributeInstance = Template::OPTIONAL;
    }
}

structure! {
    /// Make a key that replaces another (KMIP 2.1 §6.1.46).
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct ReKeyRequest {
        /// Which one it replaces.
        unique_identifier: optional UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// How long after it is made it becomes active.
        offset: optional Interval = Tag::OFFSET;
        /// How it shall be, where it shall differ.
        attributes: template AttributeInstance = Template::OPTIONAL;
        /// Where it may be kept.
        protection_storage_masks: optional ProtectionStorageMasks = Tag::PROTECTION_STORAGE_MASKS, since V2_0;
    }
}

structure! {
    /// Make a pair that replaces another (KMIP 2.1 §6.1.47).
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct ReKeyKeyPairRequest {
        /// The private key of the pair that it replaces.
        private_key: optional UniqueIdentifier = Tag::PRIVATE_KEY_UNIQUE_IDENTIFIER;
        /// How long after it is made it becomes active.
        offset: optional Interval = Tag::OFFSET;
        /// How both shall be, where they shall differ.
        common: template AttributeInstance = Template::COMMON;
        /// How the private key shall be.
        private: template AttributeInstance = Template::PRIVATE;
        /// How the public key shall be.
        public: template AttributeInstance = Template::PUBLIC;
        /// Where both may be kept.
        common_masks: optional ProtectionStorageMasks = Tag::COMMON_PROTECTION_STORAGE_MASKS, since V2_0;
        /// Where the private key may be kept.
        private_masks: optional ProtectionStorageMasks = Tag::PRIVATE_PROTECTION_STORAGE_MASKS, since V2_0;
        /// Where the public key may be kept.
        public_masks: optional ProtectionStorageMasks = Tag::PUBLIC_PROTECTION_STORAGE_MASKS, since V2_0;
    }
}

structure! {
    /// Take an object out of use (KMIP 2.1 §6.1.44).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RevokeRequest {
        /// Which one.
        unique_identifier: optional UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// Why.
        reason: required RevocationReason = Tag::REVOCATION_REASON;
        /// Since when it is compromised, if it is.
        compromise_occurrence_date: optional DateTime = Tag::COMPROMISE_OCCURRENCE_DATE;
    }
}

structure! {
    /// May this be done with that key? (KMIP 2.1 §6.1.7.)
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct CheckRequest {
        /// Which key.
        unique_identifier: optional UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// How much shall be protected.
        usage_limits_count: optional i64 = Tag::USAGE_LIMITS_COUNT;
        /// What shall be done.
        usage_mask: optional UsageMask = Tag::CRYPTOGRAPHIC_USAGE_MASK;
        /// How long the lease shall be.
        lease_time: optional Interval = Tag::LEASE_TIME;
    }
}

structure! {
    /// What may not be done is said as it could be; what may, is not repeated.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CheckResponse {
        /// Which key.
        unique_identifier: required UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// How much is left.
        usage_limits_count: optional i64 = Tag::USAGE_LIMITS_COUNT;
        /// What may be done.
        usage_mask: optional UsageMask = Tag::CRYPTOGRAPHIC_USAGE_MASK;
        /// How long a lease may be.
        lease_time: optional Interval = Tag::LEASE_TIME;
    }
}

impl Codec for RegisterRequest {
    fn decode(value: Value, cx: Cx) -> Result<Self, DecodeError> {
        let mut fields = Fields::open(value, cx)?;
        let ty = fields.required(Tag::OBJECT_TYPE)?;
        let request = Self {
            attributes: kinds::template::take(&mut fields, Template::REQUIRED)?,
            object: Object::take(&mut fields, ty)?,
            protection_storage_masks: fields.optional(Tag::PROTECTION_STORAGE_MASKS)?,
        };
        fields.finish()?;
        Ok(request)
    }

    fn encode(&self, tag: Tag, out: &mut Writer) -> Result<(), EncodeError> {
        out.structure(tag, |out| {
            out.put(Tag::OBJECT_TYPE, &self.object.ty())?;
            kinds::template::put(out, Template::REQUIRED, &self.attributes)?;
            self.object.put(out)?;
            match &self.protection_storage_masks {
                Some(masks)
                    if out.cx.admits(crate::ProtocolVersion::V2_0, Tag::PROTECTION_STORAGE_MASKS)? =>
                {
                    out.put(Tag::PROTECTION_STORAGE_MASKS, masks)
                }
                _ => Ok(()),
            }
        })
    }
}

#[cfg(test)]
mod arbitrary {
    use super::RegisterRequest;
    use crate::{
        ProtocolVersion,
        codec::kinds,
        testing::{Arbitrary, Same, Source},
    };

    impl Arbitrary for RegisterRequest {
        fn arbitrary(source: &mut Source) -> Self {
            Self {
                attributes: kinds::many::arbitrary(source),
                object: Arbitrary::arbitrary(source),
                protection_storage_masks: (source.has(ProtocolVersion::V2_0) && source.chance(2))
                    .then(|| Arbitrary::arbitrary(source)),
            }
        }
    }

    impl Same for RegisterRequest {
        fn same(&self, other: &Self) -> bool {
            self.attributes == other.attributes
                && self.object.same(&other.object)
                && self.protection_storage_masks == other.protection_storage_masks
        }
    }
}
