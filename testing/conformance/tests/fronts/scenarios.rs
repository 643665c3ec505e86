//! What a front must do, whatever its protocol: scenarios written once, run by a driver of each front over the same
//! service. A refusal is checked by what the audit log says of it, because some protocols tell their callers nothing.

use async_trait::async_trait;
use claviger_testkit::TestService;
use serde_json::Value;

/// A front seen through its wire: requests are built and answers are read in the protocol's own format.
#[async_trait]
pub(crate) trait FrontDriver: Send + Sync {
    /// The front, as the audit log calls it.
    fn name(&self) -> &'static str;

    /// Makes a symmetric encrypt key and gives its id.
    async fn create_key(&self) -> String;

    /// Encrypts; `None` if it was refused.
    async fn encrypt(&self, key: &str, plaintext: &[u8]) -> Option<Vec<u8>>;

    /// Decrypts what any front encrypted; `None` if it was refused.
    async fn decrypt(&self, ciphertext: &[u8]) -> Option<Vec<u8>>;

    /// Enables or disables a key.
    async fn set_enabled(&self, key: &str, enabled: bool);

    /// The ids of the keys that the caller may list.
    async fn list(&self) -> Vec<String>;

    /// A request with credentials that are not known; whether it was refused.
    async fn stranger_is_refused(&self) -> bool;
}

/// Every scenario, through one front.
pub(crate) async fn run(t: &TestService, front: &dyn FrontDriver) {
    a_key_encrypts_and_decrypts(front).await;
    a_disabled_key_is_refused(t, front).await;
    a_changed_ciphertext_is_refused(t, front).await;
    an_absent_key_is_refused(t, front).await;
    assert!(front.stranger_is_refused().await, "{}: a stranger got in", front.name());
    every_call_left_one_outcome(t, front);
}

/// One key through every front: what one encrypts the others decrypt, and what one disables the others refuse.
pub(crate) async fn one_key_many_fronts(t: &TestService, fronts: &[&dyn FrontDriver]) {
    for maker in fronts {
        let key = maker.create_key().await;
        for one in fronts {
            assert!(
                one.list().await.contains(&key),
                "{} does not list what {} made",
                one.name(),
                maker.name()
            );
            let sealed = one.encrypt(&key, b"shared").await.expect("encrypted");
            for other in fronts {
                assert_eq!(other.decrypt(&sealed).await.as_deref(), Some(&b"shared"[..]), "{}", other.name());
            }
        }
        maker.set_enabled(&key, false).await;
        for other in fronts {
            assert!(other.encrypt(&key, b"x").await.is_none(), "{} used a disabled key", other.name());
            assert_eq!(last_outcome(t, other.name(), "Encrypt"), "KeyDisabled");
        }
        maker.set_enabled(&key, true).await;
    }
}

async fn a_key_encrypts_and_decrypts(front: &dyn FrontDriver) {
    let key = front.create_key().await;
    for plaintext in [&b"x"[..], &[0xff; 4096]] {
        let sealed = front.encrypt(&key, plaintext).await.expect("encrypted");
        assert_eq!(front.decrypt(&sealed).await.as_deref(), Some(plaintext));
        let again = front.encrypt(&key, plaintext).await.expect("encrypted");
        assert_ne!(sealed, again, "encryption must not be deterministic");
    }
}

async fn a_disabled_key_is_refused(t: &TestService, front: &dyn FrontDriver) {
    let key = front.create_key().await;
    let sealed = front.encrypt(&key, b"x").await.expect("encrypted");
    front.set_enabled(&key, false).await;
    assert!(front.encrypt(&key, b"x").await.is_none());
    assert_eq!(last_outcome(t, front.name(), "Encrypt"), "KeyDisabled");
    assert!(front.decrypt(&sealed).await.is_none());
    front.set_enabled(&key, true).await;
    assert!(front.decrypt(&sealed).await.is_some());
}

async fn a_changed_ciphertext_is_refused(t: &TestService, front: &dyn FrontDriver) {
    let key = front.create_key().await;
    let mut sealed = front.encrypt(&key, b"x").await.expect("encrypted");
    if let Some(last) = sealed.last_mut() {
        *last ^= 1;
    }
    assert!(front.decrypt(&sealed).await.is_none());
    assert_eq!(last_outcome(t, front.name(), "Decrypt"), "InvalidCiphertext");
}

async fn an_absent_key_is_refused(t: &TestService, front: &dyn FrontDriver) {
    assert!(front.encrypt("00000000-0000-4000-8000-000000000000", b"x").await.is_none());
    assert_eq!(last_outcome(t, front.name(), "Encrypt"), "NotFound");
}

fn every_call_left_one_outcome(t: &TestService, front: &dyn FrontDriver) {
    let records = t.log.records();
    let of_front: Vec<_> = records.iter().filter(|record| record["front"] == front.name()).collect();
    assert!(!of_front.is_empty(), "{} left no records", front.name());
    for record in of_front.iter().filter(|record| record["phase"] == "intent") {
        let outcomes = of_front.iter().filter(|other| is_outcome_of(other, record)).count();
        assert_eq!(outcomes, 1, "{record}");
    }
    for record in of_front.iter().filter(|record| record["phase"] == "outcome") {
        let same = of_front.iter().filter(|other| is_outcome_of(other, record)).count();
        assert_eq!(same, 1, "{record}");
    }
}

fn is_outcome_of(record: &Value, of: &Value) -> bool {
    let same = |member: &str| record[member] == of[member];
    record["phase"] == "outcome" && same("request") && same("operation")
}

fn last_outcome(t: &TestService, front: &str, operation: &str) -> String {
    let records = t.log.records();
    let of_operation = |record: &&Value| {
        record["front"] == front
            && record["phase"] == "outcome"
            && record["operation"].as_str().is_some_and(|name| name.contains(operation))
    };
    let record = records.iter().rev().find(of_operation).unwrap_or(&Value::Null);
    record["outcome"].as_str().unwrap_or("no record").to_owned()
}
