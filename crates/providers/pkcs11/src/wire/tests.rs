use proptest::{collection::vec, prelude::*};

use super::*;

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..48)
}

fn kind() -> impl Strategy<Value = Kind> {
    (proptest::sample::select(&KeySpec::ALL[..]), proptest::sample::select(&KeyUsage::ALL[..]))
        .prop_map(|(spec, usage)| Kind { spec, usage })
}

fn hash() -> impl Strategy<Value = HashAlg> {
    proptest::sample::select(&[HashAlg::Sha1, HashAlg::Sha256, HashAlg::Sha512][..])
}

/// Frames of requests: they hold secrets, and can't be shown themselves.
fn request() -> impl Strategy<Value = Vec<u8>> {
    let iv = || proptest::option::of(bytes());
    prop_oneof![
        (bytes(), ".{0,9}", any::<u64>(), any::<u16>(), vec(bytes(), 0..4)).prop_map(
            |(module, label, slot, sessions, read)| {
                let token = TokenMatch { label: Some(label), slot_id: Some(slot), ..TokenMatch::default() };
                let (write, unix_sockets) = (read.clone(), read.clone());
                framed(&Request::Open { open: Open { module, token, sessions, read, write, unix_sockets } })
            }
        ),
        iv().prop_map(|pin| framed(&Request::Login { pin: pin.map(SecretBytes::new) })),
        (kind(), bytes(), bytes()).prop_map(|(Kind { spec, usage }, id, material)| {
            let key = NewKeySpec { spec, usage, id, label: "label".to_owned() };
            framed(&Request::Import { key, material: SecretBytes::new(material) })
        }),
        (iv(), proptest::option::of(".{0,9}")).prop_map(|(id, label)| framed(&Request::Find {
            class: Class::Secret {},
            id,
            label
        })),
        (bytes(), hash(), bytes()).prop_map(|(id, hash, text)| {
            let mechanism = SignMechanism::RsaPssHashing { hash };
            framed(&Request::Sign { id, mechanism, text: SecretBytes::new(text) })
        }),
        (bytes(), iv(), bytes()).prop_map(|(id, iv, aad)| {
            let cipher = Cipher::Gcm { iv, aad: aad.clone() };
            framed(&Request::Encrypt { id, cipher, text: SecretBytes::new(aad) })
        }),
        (bytes(), hash()).prop_map(|(id, hash)| {
            let text = SecretBytes::new(id.clone());
            framed(&Request::Decrypt { id, cipher: Cipher::Oaep { hash }, text })
        }),
        (".{0,9}", bytes()).prop_map(|(label, iv)| {
            let text = SecretBytes::new(iv.clone());
            framed(&Request::DecryptNamed { label, cipher: Cipher::CbcPad { iv }, text })
        }),
        (bytes(), bytes(), any::<u32>()).prop_map(|(id, point, len)| framed(&Request::Agree {
            id,
            point,
            len
        })),
    ]
}

fn answer() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        bytes().prop_map(|bytes| framed(&Answer::Bytes { bytes: SecretBytes::new(bytes) })),
        vec(bytes(), 0..5).prop_map(|ids| framed(&Answer::Tags { ids })),
        (bytes(), any::<u64>(), any::<bool>()).prop_map(|(id, key_type, signs)| {
            let key = FoundKey {
                id: id.clone(),
                key_type,
                curve: id.clone(),
                value_len: Some(key_type),
                public: PublicParts { point: id, ..PublicParts::default() },
                signs,
                encrypts: !signs,
                decrypts: signs,
                derives: false,
                stays: true,
                wants_pin: false,
            };
            framed(&Answer::Found { keys: vec![key] })
        }),
        (vec(kind(), 0..9), ".{0,9}").prop_map(|(kinds, remark)| {
            let capabilities = Capabilities {
                generate: kinds.clone(),
                import: kinds,
                sign: vec![Signing { algorithm: SigningAlgorithm::Ed25519, message: true }],
                decrypt: vec![Padding { hash: HashAlg::Sha1, token: false }],
                remarks: vec![remark],
            };
            framed(&Answer::Probed { capabilities })
        }),
        ".{0,9}".prop_map(|text| framed(&Answer::Failed { failure: Failure::Gone { text } })),
    ]
}

fn framed<M: Wire>(message: &M) -> Vec<u8> {
    frame(0x0102_0304_0506_0708, message).to_vec()
}

proptest! {
    #[test]
    fn what_is_written_is_read(request in request(), answer in answer()) {
        for written in [request, answer] {
            let (len, rest) = written.split_first_chunk().unwrap();
            prop_assert_eq!(frame_len(*len).unwrap(), rest.len());
            prop_assert!(survives_round_trip(rest));
        }
    }

    #[test]
    fn a_part_is_not_the_whole(request in request(), cut in 1usize..20) {
        let whole = &request[4..];
        let part = &whole[..whole.len().saturating_sub(cut)];
        prop_assert!(parse::<Request>(part).is_err());
        prop_assert!(parse::<Request>(&[whole, &[0]].concat()).is_err());
    }

    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..80)) {
        let _ = survives_round_trip(&bytes);
    }
}

#[test]
fn what_fuzzing_starts_from_are_messages() {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../fuzz/seeds/pkcs11_worker");
    for seed in std::fs::read_dir(seeds).unwrap() {
        let path = seed.unwrap().path();
        assert!(survives_round_trip(&std::fs::read(&path).unwrap()), "{}", path.display());
    }
}

#[test]
fn frames_have_a_length() {
    let check = |len: u32, ok| assert_eq!(frame_len(len.to_be_bytes()).is_ok(), ok, "{len}");
    check(0, false);
    check(7, false);
    check(8, true);
    check(u32::try_from(MAX_FRAME).unwrap(), true);
    check(u32::try_from(MAX_FRAME).unwrap() + 1, false);
    check(u32::MAX, false);
}

#[test]
fn a_count_reserves_nothing_that_was_not_sent() {
    // Number, Tags, and a count of four thousand million.
    let bytes = [&[0; 8][..], &[5, 0xff, 0xff, 0xff, 0xff]].concat();
    assert!(parse::<Answer>(&bytes).is_err());
}
