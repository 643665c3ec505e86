use claviger_api::SecretText;

use super::GoogleAccount;

#[test]
fn the_file_has_what_the_libraries_read() {
    let account = "111122223333".parse().unwrap();
    let principal = "app".parse().unwrap();
    let key = ("service-account-key-1", SecretText::new("-----BEGIN PRIVATE KEY-----\n".to_owned()));
    let made = GoogleAccount::new(account, &principal, key, "https://kms.example:7443/");
    let expected = r#"{
  "type": "service_account",
  "project_id": "111122223333",
  "private_key_id": "service-account-key-1",
  "private_key": "-----BEGIN PRIVATE KEY-----\n",
  "client_email": "app@111122223333.iam.claviger.internal",
  "client_id": "app",
  "auth_uri": "https://kms.example:7443/auth",
  "token_uri": "https://kms.example:7443/token",
  "universe_domain": "googleapis.com"
}
"#;
    assert_eq!(*made.to_json(), expected);
    let again: GoogleAccount = serde_json::from_str(&made.to_json()).unwrap();
    let moved = again.at("https://localhost:1");
    assert!(moved.to_json().contains("https://localhost:1/token"));
}
