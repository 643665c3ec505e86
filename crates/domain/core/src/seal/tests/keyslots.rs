use claviger_ports::{KeyslotError, SlotBody};
use claviger_types::SecretKey;

use super::*;
use crate::seal::{add_slot, remove_slot};

/// A kind that lives elsewhere, such as a device.
struct Device {
    present: bool,
}

impl KeyslotKind for Device {
    fn kind(&self) -> &str {
        "device"
    }

    fn lock(
        &self,
        root: &SecretKey,
        _binding: &[u8],
        _previous: Option<&SlotBody>,
        _random: &dyn Random,
    ) -> Result<SlotBody, KeyslotError> {
        let parameters = [("slot".into(), "9".into())].into();
        Ok(SlotBody { parameters, wrapped: root.expose().iter().map(|byte| byte ^ 0x55).collect() })
    }

    fn open(&self, body: &SlotBody, _binding: &[u8]) -> Result<SecretKey, KeyslotError> {
        if !self.present {
            return Err(KeyslotError::Unavailable("the device is unplugged".into()));
        }
        let bytes: Vec<_> = body.wrapped.iter().map(|byte| byte ^ 0x55).collect();
        SecretKey::from_slice(&bytes).ok_or(KeyslotError::Altered)
    }
}

#[test]
fn every_slot_opens_what_was_sealed_before_it_was_added() {
    let random = Sequence::new();
    let (first, file, device) = (passphrase("first"), key_file(1), Device { present: true });
    let (header, seal, store) = fresh(&random, &first);
    let sealed = seal.seal(&place("a"), &secret("content"), &random).unwrap();
    let (change, file_slot) = add_slot(&seal, &header, &file, label("file"), &random, NOW).unwrap();
    let header = change.commit(&store, &seal).unwrap();
    let (change, device_slot) = add_slot(&seal, &header, &device, label("token"), &random, NOW).unwrap();
    change.commit(&store, &seal).unwrap();

    let header = store.reopen();
    let ids = [header.slots()[0].id, file_slot, device_slot];
    let locks: [&dyn KeyslotKind; 3] = [&first, &file, &device];
    for (lock, id) in locks.into_iter().zip(ids) {
        let (seal, opened) = unlock(&header, &[lock]).unwrap();
        assert_eq!(opened, id);
        assert!(seal.open(&place("a"), &sealed).unwrap().ct_eq(b"content"));
    }
    let slot = &header.slots()[1];
    assert_eq!(
        (&*slot.kind, slot.label.as_str(), slot.created.to_string().as_str()),
        ("key-file", "file", "2026-01-01T00:00:00Z")
    );
    assert!(header.slots()[0].parameters().any(|parameter| parameter == ("memory_kib", "8")));
}

#[test]
fn says_why_nothing_opened() {
    let random = Sequence::new();
    let (header, seal, store) = fresh(&random, &passphrase("right"));
    let wrong = passphrase("wrong");
    let absent = Device { present: false };
    check_error(unlock(&header, &[&wrong]), "WrongSecret");
    check_error(unlock(&header, &[&passphrase("right "), &wrong]), "WrongSecret");
    check_error(unlock(&header, &[&key_file(1)]), "NoSlotOfKind");
    check_error(unlock(&header, &[]), "NoSlotOfKind");
    check_error(unlock(&header, &[&key_file(1), &wrong]), "WrongSecret");

    let present = Device { present: true };
    let (change, _) = add_slot(&seal, &header, &present, label("token"), &random, NOW).unwrap();
    let header = change.commit(&store, &seal).unwrap();
    check_error(unlock(&header, &[&absent]), "Device");
    check_error(unlock(&header, &[&absent, &wrong]), "Device");
    assert!(unlock(&header, &[&absent, &passphrase("right")]).is_ok());
}

#[test]
fn messages_say_what_to_do_and_name_no_secret() {
    let random = Sequence::new();
    let (header, ..) = fresh(&random, &passphrase("right"));
    let Err(error) = unlock(&header, &[&passphrase("hunter2")]) else { panic!("opened") };
    assert_eq!(
        error.to_string(),
        "no keyslot opens with this passphrase or key file, or by this device: check it and try again; nothing was changed"
    );
    let Err(error) = unlock(&header, &[&key_file(1)]) else { panic!("opened") };
    assert_eq!(
        error.to_string(),
        "no keyslot is of a kind offered (key-file): the header has passphrase; unlock with one of those"
    );
}

#[test]
fn weak_secrets_are_refused() {
    let file = |bytes: Vec<u8>| KeyFile::new(SecretBytes::new(bytes)).map(drop);
    check_error(Passphrase::new(secret("")).map(drop), "TooWeak");
    check_error(file(vec![]), "TooWeak");
    check_error(file((0..31).collect()), "TooWeak");
    check_error(file(vec![0; 4096]), "TooWeak");
    assert!(file((0..32).collect()).is_ok());
}

#[test]
fn cost_is_bounded() {
    for (memory_kib, passes, lanes, allowed) in [
        (8, 1, 1, true),
        (64 << 10, 3, 1, true),
        (1 << 20, 32, 16, true),
        ((1 << 20) + 1, 1, 1, false),
        (8, 33, 1, false),
        (8, 0, 1, false),
        (8, 1, 0, false),
        (7, 1, 1, false),
        (127, 1, 16, false),
        (1 << 20, 1, 17, false),
        (u32::MAX, u32::MAX, u32::MAX, false),
    ] {
        assert_eq!(
            Argon2Cost::new(memory_kib, passes, lanes).is_some(),
            allowed,
            "{memory_kib}, {passes}, {lanes}"
        );
    }
}

#[test]
fn a_passphrase_costs_64_mib_and_three_passes_unless_told_otherwise() {
    let lock = Passphrase::new(secret("right")).unwrap();
    let (header, _) = create(&lock, label("first"), &Sequence::new(), NOW).unwrap();
    let cost: Vec<_> =
        header.slots()[0].parameters().filter(|(name, _)| !["salt", "commitment"].contains(name)).collect();
    assert_eq!(cost, [("kdf", "argon2id"), ("lanes", "1"), ("memory_kib", "65536"), ("passes", "3")]);
    check_opens(&header, &passphrase("right"));
}

#[test]
fn labels_are_short_printable_text() {
    for (text, allowed) in [
        ("a", true),
        ("Büro, 2. Stock", true),
        (&*"x".repeat(64), true),
        ("", false),
        (&*"x".repeat(65), false),
        ("a\nb", false),
        ("\u{1b}[2J", false),
    ] {
        assert_eq!(text.parse::<SlotLabel>().is_ok(), allowed, "{text:?}");
    }
}

#[test]
fn ids_have_one_spelling() {
    use crate::seal::SlotId;
    let (header, ..) = fresh(&Sequence::new(), &passphrase("a"));
    let id = header.slots()[0].id;
    assert_eq!(id.to_string().parse::<SlotId>().unwrap(), id);
    for text in ["", "0", "0123456", "012345678", "0123456G", "ABCDEF01", "+1234567"] {
        assert!(text.parse::<SlotId>().is_err(), "{text}");
    }
}

#[test]
fn a_removed_slot_opens_no_more() {
    let random = Sequence::new();
    let (first, second) = (passphrase("first"), passphrase("second"));
    let (header, seal, store) = fresh(&random, &first);
    let (change, _) = add_slot(&seal, &header, &second, label("second"), &random, NOW).unwrap();
    let header = change.commit(&store, &seal).unwrap();
    let id = header.slots()[0].id;
    let (change, advice) = remove_slot(&seal, &header, id).unwrap();
    let text = advice.to_string();
    assert!(text.contains(&id.to_string()) && text.contains("rotate the root key"), "{text}");
    let header = change.commit(&store, &seal).unwrap();
    check_error(unlock(&header, &[&first]), "WrongSecret");
    check_opens(&store.reopen(), &second);

    check_error(remove_slot(&seal, &header, id), "NoSuchSlot");
    check_error(remove_slot(&seal, &header, header.slots()[0].id), "LastSlot");
}

#[test]
fn a_header_holds_so_many_slots_and_no_more() {
    let random = Sequence::new();
    let (mut header, seal, store) = fresh(&random, &key_file(0));
    for n in 1..32 {
        let (change, _) = add_slot(&seal, &header, &key_file(n), label("x"), &random, NOW).unwrap();
        header = change.commit(&store, &seal).unwrap();
    }
    check_error(add_slot(&seal, &header, &key_file(32), label("x"), &random, NOW), "TooMany");
    check_opens(&store.reopen(), &key_file(31));
}

#[test]
fn of_two_changes_at_once_the_second_is_refused() {
    let random = Sequence::new();
    let (header, seal, store) = fresh(&random, &passphrase("first"));
    let add = |file| add_slot(&seal, &header, &key_file(file), label("x"), &random, NOW);
    let (one, _) = add(1).unwrap();
    let (other, _) = add(2).unwrap();
    let current = one.commit(&store, &seal).unwrap();
    check_error(other.commit(&store, &seal), "Stale");
    assert_eq!(store.reopen(), current);
    check_error(add(3), "Stale");
    assert!(add_slot(&seal, &current, &key_file(3), label("x"), &random, NOW).is_ok());
}

#[test]
fn a_header_of_another_installation_or_an_altered_one_is_not_changed() {
    let random = Sequence::new();
    let (header, seal, _) = fresh(&random, &passphrase("first"));
    let (other, ..) = fresh(&random, &passphrase("first"));
    check_error(add_slot(&seal, &other, &key_file(3), label("x"), &random, NOW), "Stale");
    let altered = Header { slots: vec![other.slots[0].clone()], ..header };
    check_error(add_slot(&seal, &altered, &key_file(3), label("x"), &random, NOW), "Tampered");
}

#[test]
fn a_change_that_cannot_be_stored_changes_nothing() {
    let random = Sequence::new();
    let (header, seal, store) = fresh(&random, &passphrase("first"));
    let (change, _) = add_slot(&seal, &header, &key_file(1), label("x"), &random, NOW).unwrap();
    store.fails.store(true, Ordering::Relaxed);
    check_error(change.commit(&store, &seal), "Store");
    assert_eq!(store.reopen(), header);
    store.fails.store(false, Ordering::Relaxed);
    let (change, _) = add_slot(&seal, &header, &key_file(1), label("x"), &random, NOW).unwrap();
    check_opens(&change.commit(&store, &seal).unwrap(), &key_file(1));
}

#[test]
fn a_slot_moved_within_the_header_does_not_open() {
    let random = Sequence::new();
    let (mut header, seal, store) = fresh(&random, &key_file(1));
    let (change, _) = add_slot(&seal, &header, &key_file(2), label("x"), &random, NOW).unwrap();
    header = change.commit(&store, &seal).unwrap();
    let (one, other) = (header.slots[0].body.clone(), header.slots[1].body.clone());
    header.slots[0].body = other;
    header.slots[1].body = one;
    check_error(unlock(&header, &[&key_file(1)]), "Tampered");
}

#[test]
fn a_device_that_is_away_does_not_hide_one_that_is_there() {
    let random = Sequence::new();
    let (header, seal, _) = fresh(&random, &Device { present: true });
    let begin = |keep: &[&dyn KeyslotKind]| {
        crate::seal::begin_rotation(&seal, &header, keep, &[], &random, Timestamp::from_secs(0))
    };
    assert!(begin(&[&Device { present: false }, &Device { present: true }]).is_ok());
    check_error(begin(&[&Device { present: false }]), "Device");
    check_error(begin(&[&passphrase("first")]), "SlotNotOpened");
}

struct Unfit(&'static str, usize);

impl KeyslotKind for Unfit {
    fn kind(&self) -> &str {
        self.0
    }

    fn lock(
        &self,
        _root: &SecretKey,
        _binding: &[u8],
        _previous: Option<&SlotBody>,
        _random: &dyn Random,
    ) -> Result<SlotBody, KeyslotError> {
        Ok(SlotBody { parameters: [].into(), wrapped: vec![0; self.1].into() })
    }

    fn open(&self, _body: &SlotBody, _binding: &[u8]) -> Result<SecretKey, KeyslotError> {
        Err(KeyslotError::WrongSecret)
    }
}

#[test]
fn a_kind_cannot_write_what_could_not_be_read() {
    let random = Sequence::new();
    let (header, seal, _) = fresh(&random, &passphrase("first"));
    for (lock, allowed) in [
        (Unfit("device", 8192), true),
        (Unfit("device", 8193), false),
        (Unfit("Device", 1), false),
        (Unfit("", 1), false),
    ] {
        let added = add_slot(&seal, &header, &lock, label("x"), &random, NOW);
        assert_eq!(added.is_ok(), allowed);
        if let Ok((change, _)) = added {
            assert_eq!(Header::parse(&change.header().encode()).unwrap(), *change.header());
        }
    }
}
