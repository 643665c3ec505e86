use proptest::prelude::*;

use super::*;

fn marks() -> impl Strategy<Value = Mark> {
    prop_oneof![
        any::<[u8; 20]>().prop_map(|tag| Mark::Tag(KeyTag::new(tag))),
        any::<i64>().prop_map(Mark::Since),
    ]
}

fn kinds() -> impl Strategy<Value = Option<Kind>> {
    let all: Vec<Option<Kind>> = KeySpec::ALL
        .into_iter()
        .flat_map(|spec| KeyUsage::ALL.map(|usage| Kind { spec, usage }))
        .filter(|kind| kind.spec.allows(kind.usage))
        .map(Some)
        .chain([None])
        .collect();
    prop::sample::select(all)
}

proptest! {
    #[test]
    fn handles_are_read_back(
        kind in kinds(),
        key in ".{1,40}",
        public_id in prop::option::of(".{1,40}"),
        mark in marks(),
        public in prop::collection::vec(any::<u8>(), 1..300),
    ) {
        let has_public = kind.is_some_and(|kind| kind.spec.is_asymmetric());
        let public = if has_public { public } else { Vec::new() };
        let place = KeyPlace { kind, key, public_id, mark, public };
        let handle = place.encode().unwrap();
        prop_assert_eq!(KeyPlace::decode(&handle).unwrap(), KeyPlace { key: place.key.clone(), public_id: place.public_id.clone(), public: place.public.clone(), ..place });
        let bytes = handle.0.expose();
        for len in 0..bytes.len() {
            let cut = KeyPlace::parse(&bytes[..len]);
            prop_assert!(cut.is_none_or(|cut| has_public && cut.public.len() < place.public.len()));
        }
    }

    #[test]
    fn anything_may_come(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Some(place) = KeyPlace::parse(&bytes) {
            let written = place.encode().unwrap();
            prop_assert_eq!(written.0.expose(), bytes.as_slice());
        }
    }
}

#[test]
fn handles_are_written_as_ever() {
    let check = |kind, public_id: Option<&str>, mark, public: &[u8], golden: &str| {
        let place = KeyPlace {
            kind,
            key: "7".to_owned(),
            public_id: public_id.map(str::to_owned),
            mark,
            public: public.to_vec(),
        };
        assert_eq!(hex::encode(place.encode().unwrap().0.expose()), golden);
    };
    let kind = |spec, usage| Some(Kind { spec, usage });
    check(
        kind(KeySpec::Rsa2048, KeyUsage::Sign),
        Some("8"),
        Mark::Tag(KeyTag::new([0xa5; 20])),
        b"spki",
        "0100087273612d3230343800047369676e00013700013800 14a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a573706b69"
            .replace(' ', "")
            .as_str(),
    );
    check(
        kind(KeySpec::Aes256, KeyUsage::Encrypt),
        None,
        Mark::Since(0x0102_0304_0506_0708),
        b"",
        "0100076165732d3235360007656e63727970740001370000 00080102030405060708".replace(' ', "").as_str(),
    );
    let ours = "010000000000013700000014a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5";
    check(None, None, Mark::Tag(KeyTag::new([0xa5; 20])), b"", ours);
}

#[test]
fn keys_are_recognised() {
    let tag = KeyTag::new([1; 20]);
    let named = |name: String| Facts { names: vec!["other".to_owned(), name], ..Facts::default() };
    assert!(Mark::Tag(tag).fits(&named(naming::name(&tag, false))));
    assert!(Mark::Tag(tag).fits(&named(naming::name(&tag, true))));
    assert!(!Mark::Tag(tag).fits(&named(naming::name(&KeyTag::new([2; 20]), false))));
    assert!(!Mark::Tag(tag).fits(&Facts::default()));
    assert!(Mark::Since(7).fits(&Facts { initial: Some(7), ..Facts::default() }));
    assert!(!Mark::Since(7).fits(&Facts { initial: Some(8), ..Facts::default() }));
    assert!(!Mark::Since(7).fits(&Facts::default()));
}
