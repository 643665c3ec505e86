use std::fs;

use crate::process::{Site, events, refused, run, write_private};

#[test]
fn it_makes_what_serve_needs_and_says_what_is_next() {
    let site = Site::new("");
    let config = site.config();
    let ended = run(&["init", "--config", config.to_str().unwrap()]);
    assert!(ended.success, "{}", ended.stderr);
    assert!(ended.stdout.contains("claviger serve --config"), "{}", ended.stdout);
    assert!(!ended.stdout.contains("SECRET"), "{}", ended.stdout);
    assert!(ended.stderr.is_empty(), "{}", ended.stderr);
    assert_eq!(events(&site.data()), ["bootstrap-intent", "bootstrap"]);
    let ended = run(&["serve", "--check", "--config", config.to_str().unwrap()]);
    assert!(ended.success && ended.stdout.contains("is good"), "{}{}", ended.stdout, ended.stderr);
    let header = fs::read(site.data().join("keyslots.json")).unwrap();
    refused(&["init", "--config", config.to_str().unwrap()], &["initialised already", "nothing was changed"]);
    assert_eq!(fs::read(site.data().join("keyslots.json")).unwrap(), header);
}

#[test]
fn an_access_key_is_shown_if_asked_for() {
    let site = Site::new("account = \"000011112222\"");
    let ended = run(&["init", "--access-key", "--config", site.config().to_str().unwrap()]);
    assert!(ended.success, "{}", ended.stderr);
    let shown = |name: &str| {
        let line = ended.stdout.lines().find_map(|line| line.trim().strip_prefix(name));
        line.unwrap_or_else(|| panic!("{}", ended.stdout)).len()
    };
    assert_eq!(shown("AWS_ACCESS_KEY_ID="), 20);
    assert_eq!(shown("AWS_SECRET_ACCESS_KEY="), 40);
    assert!(ended.stdout.contains("account 000011112222"), "{}", ended.stdout);
}

#[test]
fn what_can_not_be_a_data_directory_is_left_alone() {
    let site = Site::new("");
    crate::process::make_private_dir(&site.data());
    write_private(&site.data().join("thesis.tex"), b"precious");
    refused(&["init", "--config", site.config().to_str().unwrap()], &["not empty and not ours"]);
    assert_eq!(fs::read_dir(site.data()).unwrap().count(), 1);
}

#[test]
fn what_would_open_the_keyslot_must_be_there() {
    let site = Site::new("");
    fs::remove_file(site.path("unlock.key")).unwrap();
    refused(&["init", "--config", site.config().to_str().unwrap()], &["unlock.key can't be read"]);
    assert!(!site.data().join("keyslots.json").exists());
    write_private(&site.path("unlock.key"), b"short");
    refused(&["init", "--config", site.config().to_str().unwrap()], &["at least 32 random bytes"]);
    fs::write(site.config(), format!("data = '{}'", site.data().display())).unwrap();
    refused(&["init", "--config", site.config().to_str().unwrap()], &["[[unlock]]"]);
}

#[test]
fn a_missing_header_is_not_made_anew() {
    let site = Site::new("");
    site.init();
    fs::remove_file(site.data().join("keyslots.json")).unwrap();
    refused(&["init", "--config", site.config().to_str().unwrap()], &["not ours"]);
    site.refused(&["no keyslot header", "restore"]);
    assert!(!site.data().join("keyslots.json").exists());
}
