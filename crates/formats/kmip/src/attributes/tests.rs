use super::*;
use crate::testing::{Arbitrary, Same, Source};

impl Arbitrary for AttributeInstance {
    fn arbitrary(source: &mut Source) -> Self {
        let index =
            (!source.version.has_tagged_attributes() && source.chance(3)).then(|| u32::arbitrary(source));
        let attribute = if source.chance(8) {
            Attribute::Vendor(VendorAttribute {
                vendor: match source.version.has_tagged_attributes() {
                    true => String::arbitrary(source),
                    false => source.pick(&["x", "y"]).to_owned(),
                },
                name: String::arbitrary(source),
                value: VendorValue::Structure(vec![
                    (Tag::KEY, VendorValue::Integer(source.next() as i32)),
                    (Tag::NAME, VendorValue::TextString(String::arbitrary(source))),
                    (Tag::X, VendorValue::BigInteger(source.next().to_be_bytes().to_vec())),
                    (Tag::Y, VendorValue::LongInteger(source.next() as i64)),
                    (Tag::DATA, VendorValue::ByteString(source.bytes())),
                    (Tag::STATE, VendorValue::Enumeration(source.next() as u32)),
                    (Tag::FRESH, VendorValue::Boolean(source.chance(2))),
                    (Tag::INITIAL_DATE, VendorValue::DateTime(source.next() as i64)),
                    (Tag::LEASE_TIME, VendorValue::Interval(source.next() as u32)),
                    (Tag::TIME_STAMP, VendorValue::DateTimeExtended(source.next() as i64)),
                ]),
            })
        } else {
            let kind = source.pick(&kinds(source.version));
            Attribute::arbitrary(kind, source)
        };
        Self { index, attribute }
    }
}

impl Same for AttributeInstance {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl Arbitrary for AttributeReference {
    fn arbitrary(source: &mut Source) -> Self {
        match source.below(6) {
            0 if !source.version.has_tagged_attributes() => Self::Unknown("Colour".to_owned()),
            1 => AttributeInstance::arbitrary(source).attribute.reference(),
            _ => Self::Standard(source.pick(&kinds(source.version))),
        }
    }
}

impl Same for AttributeReference {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

fn kinds(version: ProtocolVersion) -> Vec<AttributeKind> {
    AttributeKind::ALL.iter().copied().filter(|kind| kind.exists_in(version)).collect()
}

/// Every tag in the table has a name, and names and tags are unique.
#[test]
fn names_and_tags() {
    for kind in AttributeKind::ALL {
        assert!(!kind.name().is_empty());
        assert_eq!(AttributeKind::from_name(kind.name()), Some(*kind));
        assert_eq!(AttributeKind::from_tag(kind.tag()), Some(*kind));
    }
    // The counts of KMIP 1.2 §3, of which custom attributes are no kind.
    assert_eq!(
        [ProtocolVersion::V1_0, ProtocolVersion::V1_1, ProtocolVersion::V1_2]
            .map(|version| kinds(version).len()),
        [32, 38, 42]
    );
}
