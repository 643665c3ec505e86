use std::fs;

use super::Installation;
use crate::{ambient::SystemRandom, data_dir::DataDir};

#[test]
fn it_is_read_back_and_never_replaced() {
    let parent = tempfile::tempdir().unwrap();
    let dir = DataDir::create(&parent.path().join("data")).unwrap();
    assert_eq!(Installation::load(&dir).unwrap(), None);
    let installation = Installation::new(None, &SystemRandom).unwrap();
    installation.store(&dir).unwrap();
    assert_eq!(Installation::load(&dir).unwrap().unwrap(), installation);
    assert!(installation.store(&dir).is_err());
    let chosen = Installation::new(Some("000000000001".parse().unwrap()), &SystemRandom).unwrap();
    assert_eq!(chosen.account.as_str(), "000000000001");
}

#[test]
fn damage_is_told() {
    #[track_caller]
    fn check(content: &str, expected: &str) {
        let parent = tempfile::tempdir().unwrap();
        let dir = DataDir::create(&parent.path().join("data")).unwrap();
        fs::write(dir.installation(), content).unwrap();
        let message = Installation::load(&dir).unwrap_err().to_string();
        assert!(message.contains(expected) && message.contains("backup"), "{message}");
    }
    let log = "00112233445566778899aabbccddeeff";
    check("", "damaged");
    check("{}", "damaged");
    check(&format!(r#"{{"format":2,"account":"123456789012","audit_log":"{log}"}}"#), "format 2");
    check(&format!(r#"{{"format":1,"account":"12345678901","audit_log":"{log}"}}"#), "account");
    check(r#"{"format":1,"account":"123456789012","audit_log":"00"}"#, "audit_log");
    check(&format!(r#"{{"format":1,"account":"123456789012","audit_log":"{log}","x":1}}"#), "damaged");
}
