use claviger_types::SecretBytes;
use proptest::prelude::*;

use super::*;
use crate::{
    ProtocolVersion,
    testing::{Arbitrary, Source},
};

const LIMITS: Limits = Limits { bytes: 4096, depth: 4, items: 64 };

/// The examples of the specification (KMIP 1.2 §9.1.2), whose tag is 420020.
#[test]
fn specification_examples() {
    let example = |value| Item::new(Tag::COMPROMISE_DATE, value);
    check(example(Value::Integer(8)), "42002002000000040000000800000000");
    check(example(Value::LongInteger(123_456_789_000_000_000)), "420020030000000801b69b4ba5749200");
    check(
        example(Value::BigInteger(SecretBytes::new(
            hex::decode("0000000003fd35eb6bc2df4618080000").unwrap(),
        ))),
        "42002004000000100000000003fd35eb6bc2df4618080000",
    );
    check(example(Value::Enumeration(255)), "4200200500000004000000ff00000000");
    check(example(Value::Boolean(true)), "42002006000000080000000000000001");
    check(
        example(Value::TextString(SecretText::new("Hello World"))),
        "420020070000000b48656c6c6f20576f726c640000000000",
    );
    check(example(Value::ByteString(SecretBytes::new(vec![1, 2, 3]))), "42002008000000030102030000000000");
    check(example(Value::DateTime(0x47DA_67F8)), "42002009000000080000000047da67f8");
    check(example(Value::Interval(864_000)), "4200200a00000004000d2f0000000000");
    check(
        example(Value::Structure(vec![
            Item::new(Tag::APPLICATION_SPECIFIC_INFORMATION, Value::Enumeration(254)),
            Item::new(Tag::ARCHIVE_DATE, Value::Integer(255)),
        ])),
        "42002001000000204200040500000004000000fe000000004200050200000004000000ff00000000",
    );
}

fn check(item: Item, wire: &str) {
    assert_eq!(hex::encode(encode(&item).expose()), wire);
    let read = decode(&hex::decode(wire).unwrap(), LIMITS).unwrap();
    assert_eq!(hex::encode(encode(&read).expose()), wire);
}

#[test]
fn what_is_refused() {
    let cases = [
        ("", "the bytes end too early"),
        ("420020", "the bytes end too early"),
        ("42002002000000040000000800", "Compromise Date: the bytes end too early"),
        ("420020020000000400000008", "Compromise Date: the bytes end too early"),
        ("42002002000000040000000800000001", "Compromise Date: padding is not zero"),
        ("4200200200000004000000080000000000", "there are bytes left over"),
        (
            "420020020000000500000008000000000000000000000000",
            "Compromise Date: an integer cannot have a length of 5",
        ),
        ("4200200300000004000000080000000000", "Compromise Date: a long integer cannot have a length of 4"),
        ("4200200400000000", "Compromise Date: a big integer cannot have a length of 0"),
        ("42002004000000040000000100000000", "Compromise Date: a big integer cannot have a length of 4"),
        ("42002006000000080000000000000002", "Compromise Date: a boolean is neither true nor false"),
        ("42002006000000080100000000000000", "Compromise Date: a boolean is neither true nor false"),
        ("4200200700000002c328000000000000", "Compromise Date: a text is not UTF-8"),
        ("4200200000000000", "Compromise Date: 0x00 is no type"),
        ("4200200c00000000", "Compromise Date: 0x0C is no type"),
        ("42002008ffffffff", "Compromise Date: the bytes end too early"),
        ("420020080000000801020304", "Compromise Date: the bytes end too early"),
        ("42002001000000044200", "Compromise Date: a structure cannot have a length of 4"),
        (
            "42002001000000084200040500000004",
            "Compromise Date/Application Specific Information: the bytes end too early",
        ),
        (
            "4200780100000028420077010000002042006901000000184200780100000010420078010000000842007801000000",
            "Request Message: the bytes end too early",
        ),
        (
            "4200780100000020420078010000001842007801000000104200780100000008420078010000 0000",
            "Request Message/Request Message/Request Message/Request Message/Request Message: \
             structures are nested deeper than allowed",
        ),
        ("12345678ab", "the bytes end too early"),
        ("1234560300000008000000000000000100", "there are bytes left over"),
    ];
    for (wire, expected) in cases {
        let bytes = hex::decode(wire.replace(' ', "")).unwrap();
        let error = decode(&bytes, LIMITS).err().unwrap_or_else(|| panic!("{wire} was accepted"));
        assert_eq!(error.to_string(), expected, "{wire}");
    }
}

#[test]
fn limits() {
    let list = |count: usize| {
        let items = (0..count).map(|_| Item::new(Tag::BATCH_ITEM, Value::Structure(Vec::new()))).collect();
        encode(&Item::new(Tag::REQUEST_MESSAGE, Value::Structure(items)))
    };
    assert!(decode(list(63).expose(), LIMITS).is_ok());
    assert_eq!(decode(list(64).expose(), LIMITS).err().unwrap().kind(), &Kind::TooManyItems);
    assert_eq!(
        decode(list(20).expose(), Limits { bytes: 100, ..LIMITS }).err().unwrap().kind(),
        &Kind::TooLong(168)
    );
}

#[test]
fn framing() {
    let frame = |hex: &str| message_len(&hex::decode(hex).unwrap().try_into().unwrap(), LIMITS);
    assert_eq!(frame("4200780100000090"), Ok(152));
    assert_eq!(frame("4200780100000ff8"), Ok(4096));
    for (header, expected) in [
        ("4200780100001000", "Request Message: 4104 bytes are more than allowed"),
        ("42007801ffffffff", "Request Message: a structure cannot have a length of 4294967295"),
        ("42007801fffffff8", "Request Message: 4294967296 bytes are more than allowed"),
        ("4200780200000004", "an integer instead of a structure"),
        ("474554202f204854", "0x20 is no type"),
    ] {
        assert_eq!(frame(header).unwrap_err().to_string(), expected, "{header}");
    }
}

fn tree(source: &mut Source, depth: u32) -> Item {
    let tag = Tag::new(source.below(1 << 24) as u32).unwrap();
    let value = match source.below(if depth == 0 { 10 } else { 14 }) {
        0 => Value::Integer(source.next() as i32),
        1 => Value::LongInteger(source.next() as i64),
        2 => Value::BigInteger(SecretBytes::new(source.next().to_be_bytes().repeat(2))),
        3 => Value::Enumeration(source.next() as u32),
        4 => Value::Boolean(source.chance(2)),
        5 => Value::TextString(Arbitrary::arbitrary(source)),
        6 => Value::ByteString(Arbitrary::arbitrary(source)),
        7 => Value::DateTime(source.next() as i64),
        8 => Value::Interval(source.next() as u32),
        9 => Value::DateTimeExtended(source.next() as i64),
        _ => Value::Structure((0..source.below(4)).map(|_| tree(source, depth - 1)).collect()),
    };
    Item::new(tag, value)
}

fn wire(seed: u64) -> Vec<u8> {
    encode(&tree(&mut Source::new(seed, ProtocolVersion::V2_1), 3)).expose().to_vec()
}

fn rewritten(bytes: &[u8]) -> Option<Vec<u8>> {
    decode(bytes, LIMITS).ok().map(|item| encode(&item).expose().to_vec())
}

proptest! {
    #[test]
    fn trees_come_back(seed: u64) {
        let wire = wire(seed);
        prop_assert_eq!(rewritten(&wire), Some(wire));
    }

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes, LIMITS);
    }

    /// What is accepted is the only way to write it: peers cannot disagree about what was signed or logged.
    #[test]
    fn accepted_bytes_are_canonical(seed: u64, at: prop::sample::Index, bit in 0..8u8) {
        let mut bytes = wire(seed);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Some(again) = rewritten(&bytes) {
            prop_assert_eq!(again, bytes);
        }
    }

    #[test]
    fn every_truncation_is_refused(seed: u64, at: prop::sample::Index) {
        let bytes = wire(seed);
        prop_assert!(rewritten(&bytes[..at.index(bytes.len())]).is_none());
    }
}
