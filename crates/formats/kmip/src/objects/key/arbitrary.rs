//! Made-up keys for the round trips; the form of the material follows the format.
use super::{KeyBlock, KeyMaterial, KeyValue, Shape};
use crate::enums::KeyFormatType;
use crate::testing::{Arbitrary, Same, Source};

impl Arbitrary for KeyBlock {
    fn arbitrary(source: &mut Source) -> Self {
        let formats: Vec<KeyFormatType> = KeyFormatType::ALL
            .iter()
            .copied()
            .filter(|format| source.has(format.since()) && !matches!(Shape::of(*format), Shape::Unsupported))
            .collect();
        let format = source.pick(&formats);
        let material = |source: &mut Source| match Shape::of(format) {
            Shape::Bytes | Shape::Unsupported => KeyMaterial::Bytes(Arbitrary::arbitrary(source)),
            Shape::Symmetric => KeyMaterial::Symmetric(Arbitrary::arbitrary(source)),
            Shape::RsaPrivate => KeyMaterial::RsaPrivate(Box::new(Arbitrary::arbitrary(source))),
            Shape::RsaPublic => KeyMaterial::RsaPublic(Arbitrary::arbitrary(source)),
            Shape::EcPrivate => KeyMaterial::EcPrivate(Arbitrary::arbitrary(source)),
            Shape::EcPublic => KeyMaterial::EcPublic(Arbitrary::arbitrary(source)),
        };
        let attributes = crate::codec::kinds::many::arbitrary;
        let (value, wrapped) = match source.below(4) {
            0 => (None, false),
            1 => (Some(KeyValue::Wrapped(Arbitrary::arbitrary(source))), true),
            2 => {
                let material = KeyMaterial::Bytes(Arbitrary::arbitrary(source));
                (Some(KeyValue::Structure { material, attributes: attributes(source) }), true)
            }
            _ => (
                Some(KeyValue::Structure { material: material(source), attributes: attributes(source) }),
                false,
            ),
        };
        Self {
            format,
            compression: source.chance(3).then(|| Arbitrary::arbitrary(source)),
            value,
            algorithm: source.chance(2).then(|| Arbitrary::arbitrary(source)),
            length: source.chance(2).then(|| Arbitrary::arbitrary(source)),
            wrapping: wrapped.then(|| Arbitrary::arbitrary(source)),
        }
    }
}

impl Same for KeyBlock {
    fn same(&self, other: &Self) -> bool {
        self.format == other.format
            && self.compression == other.compression
            && self.value.same(&other.value)
            && self.algorithm == other.algorithm
            && self.length == other.length
            && self.wrapping == other.wrapping
    }
}

impl Same for KeyValue {
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Wrapped(one), Self::Wrapped(other)) => one.same(other),
            (
                Self::Structure { material, attributes },
                Self::Structure { material: other_material, attributes: other_attributes },
            ) => material.same(other_material) && attributes == other_attributes,
            _ => false,
        }
    }
}

impl Same for KeyMaterial {
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bytes(one), Self::Bytes(other)) => one.same(other),
            (Self::Symmetric(one), Self::Symmetric(other)) => one.same(other),
            (Self::RsaPrivate(one), Self::RsaPrivate(other)) => one.same(other),
            (Self::RsaPublic(one), Self::RsaPublic(other)) => one.same(other),
            (Self::EcPrivate(one), Self::EcPrivate(other)) => one.same(other),
            (Self::EcPublic(one), Self::EcPublic(other)) => one.same(other),
            _ => false,
        }
    }
}
