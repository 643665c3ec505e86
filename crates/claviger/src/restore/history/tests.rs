use claviger_types::{CipherMode, Days, Deletion, KeyId, ObjectId, Timestamp, VersionNumber};

use super::{Fate, History, KeyFate, ObjectFate, Reader, VersionFate};

const KEY: &str = "11111111-1111-4111-8111-111111111111";

fn key() -> KeyId {
    KEY.parse().unwrap()
}

fn at(time: &str) -> Timestamp {
    Timestamp::parse_rfc3339(time).unwrap()
}

fn line(phase: &str, request: u8, operation: &str, rest: &str) -> String {
    format!(
        r#"{{"seq":1,"time":"2026-01-02T00:00:00.000000Z","phase":"{phase}","request":"{request}","operation":"{operation}","keys":[{{"key":"{KEY}"}}]{rest}}}"#
    )
}

fn done(request: u8, operation: &str, rest: &str) -> [String; 2] {
    let ended = format!(r#"{rest},"outcome":"Ok""#);
    [line("intent", request, operation, rest), line("outcome", request, operation, &ended)]
}

fn read(lines: &[String]) -> History {
    let mut reader = Reader::default();
    for line in lines {
        reader.note(line).unwrap();
    }
    reader.finish()
}

#[track_caller]
fn check(lines: &[String], expected: KeyFate) {
    let history = read(lines);
    assert_eq!(history.keys.get(&key()).cloned().unwrap_or_default(), expected, "{history:?}");
}

fn scheduled() -> Option<Fate> {
    Some(Fate::Scheduled(Deletion { at: at("2026-01-09T00:00:00Z"), window: Days(7) }))
}

const WINDOW: &str = r#","params":{"pending_window_days":7}"#;

#[test]
fn keys_that_were_destroyed_are_found() {
    check(
        &[done(1, "ScheduleKeyDeletion", WINDOW), done(2, "MaintainKey", r#","did":"destroyed""#)].concat(),
        KeyFate { destroyed: true, deletion: scheduled(), ..KeyFate::default() },
    );
    check(&done(1, "MaintainKey", r#","did":"rotated""#), KeyFate::default());
    // Its announcement may be in a part of the log that is not read.
    check(
        &done(1, "MaintainKey", r#","did":"destroyed""#)[1..],
        KeyFate { destroyed: true, ..KeyFate::default() },
    );
}

#[test]
fn the_last_word_counts() {
    let cancelled = Some(Fate::Cancelled);
    check(
        &[done(1, "ScheduleKeyDeletion", WINDOW), done(2, "CancelKeyDeletion", "")].concat(),
        KeyFate { deletion: cancelled, ..KeyFate::default() },
    );
    check(
        &[done(1, "CancelKeyDeletion", ""), done(2, "ScheduleKeyDeletion", WINDOW)].concat(),
        KeyFate { deletion: scheduled(), ..KeyFate::default() },
    );
    check(
        &[done(1, "DisableKey", ""), done(2, "EnableKey", "")].concat(),
        KeyFate { disabled: Some(false), ..KeyFate::default() },
    );
}

#[test]
fn the_last_word_on_a_version_counts() {
    const SECOND: &str = r#","params":{"version":2}"#;
    let check_version = |lines: &[String], expected: Option<VersionFate>| {
        let versions = expected.map(|fate| (VersionNumber::new(2).unwrap(), fate)).into_iter().collect();
        check(lines, KeyFate { versions, ..KeyFate::default() });
    };
    let doomed = VersionFate::Doomed(at("2026-01-02T00:00:00Z"));
    let disabled = done(3, "SetVersionEnabled", &format!(r#"{SECOND},"did":"disabled""#));
    let enabled = done(4, "SetVersionEnabled", &format!(r#"{SECOND},"did":"enabled""#));
    check_version(&done(1, "DestroyVersion", SECOND), Some(doomed));
    let restored = [done(1, "DestroyVersion", SECOND), done(2, "RestoreVersion", SECOND)].concat();
    check_version(&restored, Some(VersionFate::Disabled));
    check_version(&disabled, Some(VersionFate::Disabled));
    check_version(&[disabled, enabled].concat(), Some(VersionFate::Usable));
    // Perhaps enabled is not enabled.
    check_version(&[line("intent", 4, "SetVersionEnabled", SECOND)], None);
    let gone = format!(
        r#"{{"time":"2026-01-03T00:00:00Z","phase":"outcome","request":"5","operation":"MaintainKey",
            "keys":[{{"key":"{KEY}","version":2}}],"did":"version-destroyed","outcome":"Ok"}}"#
    );
    check_version(std::slice::from_ref(&gone), Some(VersionFate::Destroyed));
    let again = done(6, "ImportKeyVersion", SECOND);
    check_version(&[gone, again[0].clone(), again[1].clone()], Some(VersionFate::Usable));
}

#[test]
fn what_failed_was_not_done() {
    let failed = [
        line("intent", 1, "ScheduleKeyDeletion", WINDOW),
        line("outcome", 1, "ScheduleKeyDeletion", r#","outcome":"KeyState""#),
        line("outcome", 2, "DisableKey", r#","outcome":"Denied""#),
    ];
    check(&failed, KeyFate::default());
}

#[test]
fn what_perhaps_was_done_counts_if_it_takes_away() {
    let perhaps = |operation: &str, rest: &str| {
        let ended = format!(r#"{rest},"outcome":"Timeout""#);
        [line("intent", 1, operation, rest), line("outcome", 1, operation, &ended)]
    };
    check(&perhaps("ScheduleKeyDeletion", WINDOW), KeyFate { deletion: scheduled(), ..KeyFate::default() });
    check(&perhaps("EnableKey", ""), KeyFate::default());
}

#[test]
fn what_a_crash_cut_short_counts_as_the_restart_found_it() {
    let reconciled = |outcome: &str| {
        format!(
            r#"{{"seq":2,"time":"2026-01-02T00:00:01Z","phase":"service","event":"reconciled","detail":{{"request":"1","outcome":"{outcome}"}}}}"#
        )
    };
    let announced = line("intent", 1, "ScheduleKeyDeletion", WINDOW);
    let made = KeyFate { deletion: scheduled(), ..KeyFate::default() };
    check(&[announced.clone(), reconciled("committed")], made.clone());
    check(&[announced.clone(), reconciled("not-committed")], KeyFate::default());
    // Nobody knows: what takes away counts as done, what gives back does not.
    check(&[announced], made);
    check(&[line("intent", 1, "EnableKey", "")], KeyFate::default());
    check(
        &[line("intent", 1, "CancelKeyDeletion", "")],
        KeyFate { deletion: Some(Fate::PerhapsCancelled), ..KeyFate::default() },
    );
}

#[test]
fn revocations_and_what_is_lost_are_told() {
    let subject = r#","params":{"subject":"token-a"}"#;
    let history = read(
        &[
            done(1, "RevokeCredential", subject),
            done(2, "CreateKey", ""),
            done(3, "CreateKey", ""),
            done(4, "RotateRootKey", ""),
        ]
        .concat(),
    );
    assert_eq!(history.revoked.keys().map(|id| id.as_str()).collect::<Vec<_>>(), ["token-a"]);
    let lost: Vec<_> = history.lost.iter().map(|(operation, count)| (operation.as_str(), *count)).collect();
    assert_eq!(lost, [("CreateKey", 2), ("RotateRootKey", 1)]);
    assert!(history.seal_changed);
}

#[test]
fn objects_whose_use_has_ended_are_found() {
    const OBJECT: &str = "22222222-2222-4222-8222-222222222222";
    let object: ObjectId = OBJECT.parse().unwrap();
    let of = |rest: &str| format!(r#","params":{{"object":"{OBJECT}"{rest}}}"#);
    let check_object = |lines: &[String], expected: ObjectFate| {
        let history = read(lines);
        assert_eq!(history.objects.get(&object).copied().unwrap_or_default(), expected, "{history:?}");
        assert!(history.keys.is_empty() && history.lost.is_empty(), "{history:?}");
    };
    let at = Some(at("2026-01-02T00:00:00Z"));
    let deactivated = ObjectFate { deactivated: at, ..ObjectFate::default() };
    let compromised = ObjectFate { compromised: at, ..ObjectFate::default() };
    let destroyed = ObjectFate { destroyed: at, ..ObjectFate::default() };
    check_object(&done(1, "RevokeObject", &of(r#","compromised":false"#)), deactivated);
    check_object(&done(1, "RevokeObject", &of(r#","compromised":true"#)), compromised);
    check_object(&done(1, "MaintainObject", &format!(r#"{},"did":"deactivated""#, of(""))), deactivated);
    check_object(
        &done(1, "MaintainObject", &format!(r#"{},"did":"activated""#, of(""))),
        ObjectFate::default(),
    );
    check_object(&done(1, "DestroyObject", &of("")), destroyed);
    // Its announcement may be in a part of the log that is not read.
    check_object(&done(1, "DestroyObject", &of(""))[1..], destroyed);
    // What ended a revocation is not known: it counts. So does a destruction, if the copy allows it.
    check_object(&[line("intent", 1, "RevokeObject", &of(r#","compromised":true"#))], compromised);
    let perhaps = ObjectFate { perhaps_destroyed: at, ..ObjectFate::default() };
    check_object(&[line("intent", 1, "DestroyObject", &of(""))], perhaps);
    let refused = [
        line("intent", 1, "DestroyObject", &of("")),
        line("outcome", 1, "DestroyObject", &format!(r#"{},"outcome":"KeyState""#, of(""))),
    ];
    check_object(&refused, ObjectFate::default());
}

/// Of a version that was for no certain mode: its first encryption decided.
#[test]
fn the_modes_of_raw_uses_are_found() {
    let used = |operation: &str, mode: &str, outcome: &str| {
        format!(
            r#"{{"time":"2026-01-03T00:00:00Z","phase":"outcome","request":"5","operation":"{operation}",
                "keys":[{{"key":"{KEY}","version":2}}],"params":{{{mode}}},"outcome":"{outcome}"}}"#
        )
    };
    let (ctr, cbc) = (r#""cipher_mode":"ctr""#, r#""cipher_mode":"cbc""#);
    let modes = |mode| [(VersionNumber::new(2).unwrap(), mode)].into();
    let fate = |mode| KeyFate { modes: modes(mode), ..KeyFate::default() };
    check(&[used("RawEncrypt", ctr, "Ok")], fate(CipherMode::Ctr));
    check(&[used("RawEncrypt", "", "Ok"), used("RawDecrypt", "", "Ok")], fate(CipherMode::Gcm));
    check(&[used("RawEncrypt", "", "Ok"), used("RawDecrypt", cbc, "Ok")], fate(CipherMode::Cbc));
    check(&[used("RawDecrypt", cbc, "Ok"), used("RawEncrypt", "", "Ok")], fate(CipherMode::Gcm));
    check(&[used("RawDecrypt", cbc, "Ok")], KeyFate::default());
    // Newer records say what the mode was, and are believed: a decryption may have been under way since before.
    let told = used("RawEncrypt", "", "Ok").replacen(r#""params""#, r#""did":"gcm","params""#, 1);
    check(&[told, used("RawDecrypt", cbc, "Ok")], fate(CipherMode::Gcm));
    check(&[used("RawEncrypt", ctr, "InvalidKeyUsage")], KeyFate::default());
    check(&[used("Encrypt", ctr, "Ok")], KeyFate::default());
}

/// Uses of keys are no changes, however many there are.
#[test]
fn uses_are_nothing_to_a_restore() {
    let history = read(&[line("outcome", 1, "Encrypt", r#","outcome":"Ok""#)]);
    assert_eq!(history, History::default());
}
