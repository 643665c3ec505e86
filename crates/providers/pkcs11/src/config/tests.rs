use super::*;

fn config(read: &[&str], forbidden: &[&str]) -> Config {
    let mut config =
        Config::new("/opt/vendor/lib/p11.so".into(), TokenMatch::default(), Pin::None, "/srv/latch".into());
    config.read = read.iter().map(PathBuf::from).collect();
    config.forbidden = forbidden.iter().map(PathBuf::from).collect();
    config
}

#[test]
fn the_module_is_kept_from_what_it_must_not_reach() {
    assert!(config(&["/etc/vendor"], &["/srv/data"]).check().is_ok());
    let overlaps = |read: &[&str], forbidden: &[&str]| {
        matches!(config(read, forbidden).check(), Err(InvalidConfig::Overlap { .. }))
    };
    assert!(overlaps(&["/srv"], &[]), "the latch");
    assert!(overlaps(&["/srv/data"], &["/srv/data"]));
    assert!(overlaps(&["/srv/data/tokens"], &["/srv/data"]));
    assert!(overlaps(&["/"], &["/srv/data"]));
    assert!(overlaps(&[], &["/opt/vendor"]), "the module's own directory");
    assert!(!overlaps(&["/srv/data2"], &["/srv/data"]));

    let dir = tempfile::tempdir().unwrap();
    let (data, link) = (dir.path().join("data"), dir.path().join("link"));
    std::fs::create_dir(&data).unwrap();
    std::os::unix::fs::symlink(&data, &link).unwrap();
    assert!(overlaps(&[link.to_str().unwrap()], &[data.to_str().unwrap()]), "through a link");
    assert!(matches!(config(&["etc"], &[]).check(), Err(InvalidConfig::Relative(_))));
}

#[test]
fn pins_are_read_without_the_end_of_their_line() {
    let check = |text: &[u8], expected: Option<&[u8]>| {
        let pin = Pin::read(text).and_then(|pin| pin.get());
        let pin = pin.ok().flatten();
        assert_eq!(pin.as_ref().map(SecretBytes::expose), expected, "{text:?}");
    };
    check(b"1234", Some(b"1234"));
    check(b"1234\n", Some(b"1234"));
    check(b" 12 34 ", Some(b" 12 34 "));
    check(b"1234\n\n", Some(b"1234\n"));
    check(b"", None);
    check(b"\n", None);
    check(&[b'1'; 255], Some(&[b'1'; 255]));
    check(&[b'1'; 256], None);
}

#[test]
fn a_pin_in_a_file_is_read_each_time() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pin");
    let pin = Pin::File(path.clone());
    assert!(pin.get().is_err());
    std::fs::write(&path, "1\n").unwrap();
    assert!(pin.get().unwrap().unwrap().ct_eq(b"1"));
    std::fs::write(&path, "2\n").unwrap();
    assert!(pin.get().unwrap().unwrap().ct_eq(b"2"));
}
