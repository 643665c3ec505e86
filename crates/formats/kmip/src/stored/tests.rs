use super::*;
use crate::testing::{Arbitrary, Same, Source};

#[test]
fn attributes_of_every_version_come_back() {
    for version in ProtocolVersion::KNOWN {
        for seed in 0..200 {
            let mut source = Source::new(seed, version);
            let attributes: Vec<Attribute> = (0..source.below(6))
                .map(|_| crate::AttributeInstance::arbitrary(&mut source).attribute)
                .collect();
            let bytes = encode_attributes(&attributes).unwrap();
            assert_eq!(decode_attributes(&bytes).unwrap(), attributes, "{version}, seed {seed}");
        }
    }
    assert_eq!(decode_attributes(&[]).unwrap(), []);
    decode_attributes(&[1, 2, 3]).unwrap_err();
}

#[test]
fn objects_come_back() {
    for seed in 0..500 {
        let object = Object::arbitrary(&mut Source::new(seed, ProtocolVersion::V2_1));
        let bytes = encode_object(&object).unwrap();
        assert!(decode_object(bytes.expose()).unwrap().same(&object), "seed {seed}");
    }
}
