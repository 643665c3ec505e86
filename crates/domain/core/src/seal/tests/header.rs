use claviger_types::RootKeyGeneration;
use proptest::prelude::*;

use super::*;
use crate::seal::{add_slot, begin_rotation};

/// A header with everything in it: two slots and a retired root key.
fn full() -> (Header, Passphrase, KeyFile) {
    let random = Sequence::new();
    let (passphrase, file) = (passphrase("open sesame"), key_file(1));
    let (header, seal, store) = fresh(&random, &passphrase);
    let (change, _) = add_slot(&seal, &header, &file, label("büro"), &random, NOW).unwrap();
    let header = change.commit(&store, &seal).unwrap();
    let keep: [&dyn KeyslotKind; 2] = [&passphrase, &file];
    let change = begin_rotation(&seal, &header, &keep, &[], &random, NOW).unwrap();
    (change.commit(&store, &seal).unwrap(), passphrase, file)
}

#[test]
fn parses_what_it_encodes() {
    let (header, ..) = full();
    assert_eq!(Header::parse(&header.encode()).unwrap(), header);
}

#[test]
fn times_are_read_back_as_they_were_written_whatever_the_clock_says() {
    for now in [i64::MIN, -1, 0, 1_500_000, i64::MAX] {
        let now = Timestamp::from_micros(now);
        let (header, _) = create(&passphrase("a"), label("first"), &Sequence::new(), now).unwrap();
        assert_eq!(Header::parse(&header.encode()).unwrap(), header, "{now}");
    }
}

/// Either an error that says so, or exactly the same header: damage to white space is none.
#[track_caller]
fn check_damage(header: &Header, bytes: &[u8], what: &str) {
    match Header::parse(bytes) {
        Ok(parsed) => assert_eq!(parsed, *header, "{what}"),
        Err(HeaderError::Damaged(_) | HeaderError::UnsupportedVersion(_)) => {}
        Err(error) => panic!("{what}: {error}"),
    }
}

#[test]
fn damage_to_any_byte_is_called_damage() {
    let (header, ..) = full();
    let whole = header.encode();
    for position in 0..whole.len() {
        for flip in [0x01, 0x10, 0x20, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[position] ^= flip;
            check_damage(&header, &bytes, &format!("byte {position} ^ {flip:#x}"));
        }
        let mut shorter = whole.clone();
        shorter.remove(position);
        check_damage(&header, &shorter, &format!("without byte {position}"));
        check_damage(&header, &whole[..position], &format!("first {position} bytes"));
        check_damage(&header, &whole[position..], &format!("from byte {position}"));
    }
}

#[test]
fn damage_is_told_from_a_wrong_passphrase() {
    let (header, ..) = full();
    let text = String::from_utf8(header.encode()).unwrap();
    let salt = text.split("\"salt\": \"").nth(1).unwrap();
    let position = text.len() - salt.len();
    let other = if salt.starts_with('A') { "B" } else { "A" };
    let mut damaged = text.clone();
    damaged.replace_range(position..=position, other);
    check_error(Header::parse(damaged.as_bytes()), "Damaged");
    check_error(unlock(&header, &[&passphrase("open, sesame")]), "WrongSecret");
}

#[test]
fn rejects_what_is_not_a_header() {
    let text = String::from_utf8(full().0.encode()).unwrap();
    let newer = text.replace("\"version\": 1", "\"version\": 2");
    let much_newer = r#"{"format": "claviger-keyslots", "version": 3, "vaults": {}}"#;
    let other = text.replace("\"claviger-keyslots\"", "\"keyslots\"");
    let extra = text.replacen('{', "{\"comment\": 1,", 1);
    let twice = text.replacen('{', "{\"generation\": 2,", 1);
    let endless = " ".repeat((4 << 20) + 1);
    for (bytes, expected) in [
        (&*newer, "UnsupportedVersion"),
        (much_newer, "UnsupportedVersion"),
        (&other, "Damaged"),
        (&extra, "Damaged"),
        (&twice, "Damaged"),
        ("", "Damaged"),
        ("{}", "Damaged"),
        ("null", "Damaged"),
        (&"[".repeat(100_000), "Damaged"),
        (&endless, "Damaged"),
    ] {
        check_error(Header::parse(bytes.as_bytes()), expected);
    }
}

proptest! {
    #[test]
    fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Header::parse(&bytes).is_err());
    }

    #[test]
    fn never_panics_on_what_looks_like_a_header(
        keep in 0..1500usize, cut in 0..40usize, insert in "[0-9a-z\":,{}\\[\\]=]{0,20}",
    ) {
        let (header, ..) = full();
        let mut bytes = header.encode();
        let from = keep.min(bytes.len());
        let to = (from + cut).min(bytes.len());
        bytes.splice(from..to, insert.bytes());
        if let Ok(parsed) = Header::parse(&bytes) {
            prop_assert_eq!(parsed, header);
        }
    }
}

/// What somebody can do who writes the file and computes the checksum, but does not know the root key.
#[track_caller]
fn check_forged(what: &str, forge: impl Fn(&mut Header), expected: [&str; 2]) {
    let (mut header, passphrase, file) = full();
    forge(&mut header);
    let locks: [&dyn KeyslotKind; 2] = [&passphrase, &file];
    for (lock, expected) in locks.into_iter().zip(expected) {
        let opened = Header::parse(&header.encode()).and_then(|header| unlock(&header, &[lock]));
        match opened {
            Ok(_) => panic!("{what} was not noticed"),
            Err(error) => assert_eq!(name(&error), expected, "{what}: {error}"),
        }
    }
}

#[test]
fn forgeries_are_noticed_whatever_slot_opens() {
    const TAMPERED: [&str; 2] = ["Tampered"; 2];
    let set = |name: &'static str, value: &'static str| {
        move |header: &mut Header| {
            header.slots[0].body.parameters.insert(name.into(), value.into());
        }
    };
    check_forged("label", |header| header.slots[0].label = label("mine"), TAMPERED);
    check_forged("time", |header| header.slots[1].created = NOW.plus_secs(5), TAMPERED);
    check_forged("order", |header| header.slots.reverse(), TAMPERED);
    check_forged("id", |header| header.slots[0].id.0[0] ^= 1, TAMPERED);
    check_forged("installation", other_installation, TAMPERED);
    check_forged("generation", |header| header.generation = RootKeyGeneration(9), TAMPERED);
    check_forged("retired key dropped", |header| header.retired.clear(), TAMPERED);
    check_forged("retired key altered", |header| header.retired[0].wrapped[30] ^= 1, TAMPERED);
    check_forged("retired time", |header| header.retired[0].since = NOW.plus_secs(5), TAMPERED);
    check_forged("tag", |header| header.tag[0] ^= 1, TAMPERED);
    check_forged("wrapped key", |header| header.slots[0].body.wrapped[30] ^= 1, TAMPERED);
    check_forged("wrapped key cut", |header| header.slots[0].body.wrapped = Box::default(), TAMPERED);
    check_forged("parameter added", set("note", "x"), TAMPERED);
    // The slot itself can't tell other parameters from another passphrase; the other slot finds the forgery.
    check_forged("cost", set("passes", "2"), ["WrongSecret", "Tampered"]);
    check_forged("salt", set("salt", "AAAAAAAAAAAAAAAAAAAAAA=="), ["WrongSecret", "Tampered"]);
    check_forged("slot removed", |header| drop(header.slots.remove(0)), ["NoSlotOfKind", "Tampered"]);
    check_forged("slot of another header", foreign_slot, ["WrongSecret", "Tampered"]);
}

fn other_installation(header: &mut Header) {
    header.installation = crate::seal::InstallationId::from_random([7; 16]);
}

fn foreign_slot(header: &mut Header) {
    let random = Sequence::new();
    random.bytes_used(1000);
    let (other, ..) = fresh(&random, &passphrase("attacker"));
    header.slots[0] = other.slots[0].clone();
}

impl Sequence {
    fn bytes_used(&self, blocks: u64) {
        self.0.fetch_add(blocks, Ordering::Relaxed);
    }
}

#[test]
fn a_forged_slot_that_opens_does_not_give_its_root_key() {
    let (mut header, ..) = full();
    let random = Sequence::new();
    random.bytes_used(1000);
    let attacker = passphrase("attacker");
    let root = claviger_types::SecretKey::take(&mut [7; 32]);
    let slot = &mut header.slots[0];
    let (id, kind) = (slot.id, slot.kind.clone());
    header.slots[0].body = attacker.lock(&root, &header.binding(id, &kind), None, &random).unwrap();
    let header = Header::parse(&header.encode()).unwrap();
    check_error(unlock(&header, &[&attacker]), "Tampered");
}

#[test]
fn slots_that_ask_for_too_much_are_refused_unopened() {
    for (name, value) in [
        ("memory_kib", "4294967295"),
        ("memory_kib", "1048577"),
        ("memory_kib", "7"),
        ("memory_kib", "0"),
        ("memory_kib", "-1"),
        ("memory_kib", "+64"),
        ("memory_kib", "99999999999999999999"),
        ("passes", "4294967295"),
        ("passes", "33"),
        ("passes", "0"),
        ("lanes", "17"),
        ("lanes", "2"),
        ("lanes", "16777215"),
        ("kdf", "argon2i"),
        ("salt", ""),
        ("salt", "AAAA"),
        ("salt", "not base64"),
        ("commitment", "AAAA"),
    ] {
        let (mut header, lock, _) = full();
        header.slots[0].body.parameters.insert(name.into(), value.into());
        check_error(Header::parse(&header.encode()), "OutOfBounds");
        check_error(unlock(&header, &[&lock]), "OutOfBounds");
    }
    for name in ["kdf", "salt", "commitment"] {
        let (mut header, _, lock) = full();
        header.slots[1].body.parameters.remove(name);
        check_error(Header::parse(&header.encode()), "OutOfBounds");
        check_error(unlock(&header, &[&lock]), "OutOfBounds");
    }
}

#[test]
fn structures_that_cannot_be_are_damage() {
    type Forge = fn(&mut Header);
    let forge: [(&str, Forge); 8] = [
        ("no slots", |header| header.slots.clear()),
        ("many slots", |header| header.slots = vec![header.slots[0].clone(); 33]),
        ("one id twice", |header| header.slots[1].id = header.slots[0].id),
        ("generation 0", |header| header.retired[0].generation = RootKeyGeneration(0)),
        ("generations out of order", |header| header.retired[0].generation = header.generation),
        ("many retired keys", |header| header.retired = vec![header.retired[0].clone(); 9]),
        ("kind", |header| header.slots[0].kind = "Pass Phrase".into()),
        ("long value", |header| {
            header.slots[0].body.parameters.insert("note".into(), "x".repeat(8193).into());
        }),
    ];
    for (what, forge) in forge {
        let (mut header, ..) = full();
        forge(&mut header);
        match Header::parse(&header.encode()) {
            Err(HeaderError::Damaged(_)) => {}
            other => panic!("{what}: {other:?}"),
        }
    }
}
