//! The key file of a service account, as Google's libraries read it (`GOOGLE_APPLICATION_CREDENTIALS`).

use claviger_api::SecretText;
use claviger_front_google::service_account_email;
use claviger_types::{AccountId, PrincipalName};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The kind of the file, and the part of the world that its account is of: what the libraries insist on.
const KIND: &str = "service_account";
const UNIVERSE: &str = "googleapis.com";

/// The members that the libraries want. The private key is a secret: there is no `Debug`.
#[derive(Serialize, Deserialize)]
pub(crate) struct GoogleAccount {
    #[serde(rename = "type")]
    kind: String,
    project_id: String,
    pub(crate) private_key_id: String,
    private_key: SecretText,
    client_email: String,
    client_id: String,
    auth_uri: String,
    token_uri: String,
    universe_domain: String,
}

impl GoogleAccount {
    /// Of a principal, with the credential that was made for it: id and private key in PEM.
    pub(crate) fn new(
        account: AccountId,
        principal: &PrincipalName,
        (id, private_key): (&str, SecretText),
        endpoint: &str,
    ) -> Self {
        let account_file = Self {
            kind: KIND.to_owned(),
            project_id: account.to_string(),
            private_key_id: id.to_owned(),
            private_key,
            client_email: service_account_email(principal, account),
            client_id: principal.to_string(),
            auth_uri: String::new(),
            token_uri: String::new(),
            universe_domain: UNIVERSE.to_owned(),
        };
        account_file.at(endpoint)
    }

    /// The same for a service that is reached at another address: `https://HOST:PORT`.
    pub(crate) fn at(self, endpoint: &str) -> Self {
        let endpoint = endpoint.trim_end_matches('/');
        Self { auth_uri: format!("{endpoint}/auth"), token_uri: format!("{endpoint}/token"), ..self }
    }

    /// What is written to the file.
    pub(crate) fn to_json(&self) -> Zeroizing<String> {
        // Invariant: texts serialize.
        Zeroizing::new(serde_json::to_string_pretty(self).unwrap_or_default() + "\n")
    }
}

#[cfg(test)]
mod tests;
