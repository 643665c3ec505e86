//! Operations on attributes. Their two encodings differ most here.
use crate::{
    Tag,
    attributes::{AttributeInstance, AttributeReference, wire::kinds::Presence},
    codec::structure,
    value::UniqueIdentifier,
};

structure! {
    /// Which values do these attributes have? (KMIP 2.1 §6.1.20.)
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct GetAttributesRequest {
        /// Of which object.
        unique_identifier: optional UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// Which attributes; all if there are none.
        references: references AttributeReference = ();
    }
}

structure! {
    /// These.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct GetAttributesResponse {
        /// Of which object.
        unique_identifier: required UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// Those of the attributes that were asked for that it has.
        attributes: listed AttributeInstance = Presence::Always;
    }
}

structure! {
    /// These are the attributes that it has (KMIP 2.1 §6.1.21).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct GetAttributeListResponse {
        /// Which object.
        unique_identifier: required UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// Which attributes.
        references: references AttributeReference = ();
    }
}

structure! {
    /// Give it this attribute, too (KMIP 2.1 §6.1.2).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AddAttributeRequest {
        /// Which object.
        unique_identifier: optional UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// Which attribute.
        new: new_attribute AttributeInstance = ();
    }
}

structure! {
    /// Change the value of an attribute (KMIP 2.1 §6.1.34).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ModifyAttributeRequest {
        /// Of which object.
        unique_identifier: optional UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// From 2.0 on: which of several values. Until 1.4, the index of the new one says so.
        current: current_attribute AttributeInstance = ();
        /// To which value.
        new: new_attribute AttributeInstance = ();
    }
}

structure! {
    /// Take an attribute away (KMIP 2.1 §6.1.13). Until 1.4 it is named; from 2.0 on it may be named or shown.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct DeleteAttributeRequest {
        /// Of which object.
        unique_identifier: optional UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// From 2.0 on: which value.
        current: current_attribute AttributeInstance = ();
        /// Which attribute.
        reference: reference AttributeReference = ();
        /// Until 1.4: which of several values.
        index: named_index u32 = Tag::ATTRIBUTE_INDEX;
    }
}

structure! {
    /// Set an attribute that has one value (KMIP 2.1 §6.1.51); from 2.0 on.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SetAttributeRequest {
        /// Of which object.
        unique_identifier: optional UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// To which value.
        new: new_attribute AttributeInstance = ();
    }
}

structure! {
    /// It was added, changed or taken away.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AttributeResponse {
        /// Of which object.
        unique_identifier: required UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// The attribute as it is now, or as it was before it was taken away. Until 1.4 it has to be there.
        attribute: echoed_attribute AttributeInstance = ();
    }
}
