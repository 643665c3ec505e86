use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::{Party, admin::Admin};
use crate::failure::{Failure, Result};

/// A log that is not durable shows a record a moment later.
const PATIENCE: Duration = Duration::from_secs(5);

/// The record of the signature that a party made with its own key since then, for people.
pub(super) async fn signature(admin: &Admin, party: &Party, since: u64) -> Result<String> {
    let conditions =
        [("caller", party.arn.as_str()), ("key", &party.key), ("operation", "Sign"), ("outcome", "Ok")];
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(record) = admin.records(since, &conditions).await?.first() {
            return Ok(show(record));
        }
        if Instant::now() > end {
            let name = &party.principal;
            return Err(Failure::new(format!("the audit log has no record of the signature by {name}")));
        }
        sleep(Duration::from_millis(50)).await;
    }
}

fn show(record: &Value) -> String {
    let text = |pointer: &str| match record.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let facts = [
        ("time", "/time"),
        ("operation", "/operation"),
        ("outcome", "/outcome"),
        ("caller", "/caller"),
        ("with", "/method"),
        ("key", "/keys/0/key"),
        ("request", "/request"),
        ("hash", "/hash"),
    ];
    let lines = facts.map(|(name, pointer)| format!("  {name:<9}  {}\n", text(pointer)));
    format!("\nrecord {}\n{}", text("/seq"), lines.concat())
}
