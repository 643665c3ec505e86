//! Access tokens that are given for an assertion: the credential and the end of their life, under a code of a key that
//! this process makes when it starts.
//!
//! They are not stored. Revoking the credential ends them, since it is looked up with every call; so does a restart,
//! after which clients exchange again.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use claviger_core::{Error, Reason, Result};
use claviger_crypto::{constant_time_eq, hmac_sha256};
use claviger_types::{CredentialId, SecretKey, Timestamp};

/// Tells them from the tokens of the native API and from what clients sign themselves.
const PREFIX: &str = "clvg_";
/// Seconds that one is good for.
pub(crate) const LIFE: i64 = 3600;
const CODE: usize = 32;

/// Makes and reads access tokens.
pub(crate) struct AccessTokens {
    key: SecretKey,
}

/// Whether text looks like one.
pub(crate) fn is_one(text: &str) -> bool {
    text.starts_with(PREFIX)
}

impl AccessTokens {
    pub(crate) fn new(mut key: [u8; 32]) -> Self {
        Self { key: SecretKey::take(&mut key) }
    }

    /// A token for the credential.
    pub(crate) fn make(&self, credential: &CredentialId, now: Timestamp) -> String {
        let expires = now.secs().saturating_add(LIFE);
        let mut bytes = expires.to_be_bytes().to_vec();
        bytes.extend_from_slice(credential.as_str().as_bytes());
        let code = hmac_sha256(self.key.expose(), &bytes);
        bytes.extend_from_slice(&code);
        format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The credential of a token.
    ///
    /// # Errors
    /// `UnknownCredential` if it is not one of ours, `ExpiredCredential`.
    pub(crate) fn read(&self, token: &str, now: Timestamp) -> Result<CredentialId> {
        let (credential, expires) = self.open(token).ok_or_else(|| {
            Error::new(Reason::UnknownCredential, "The access token is not known; get another one.")
        })?;
        match expires > now.secs() {
            true => Ok(credential),
            false => Err(Error::new(Reason::ExpiredCredential, "The access token has expired.")),
        }
    }

    fn open(&self, token: &str) -> Option<(CredentialId, i64)> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
        let (content, code) = bytes.split_last_chunk::<CODE>()?;
        if !constant_time_eq(&hmac_sha256(self.key.expose(), content), code) {
            return None;
        }
        let (expires, credential) = content.split_first_chunk::<8>()?;
        let credential = std::str::from_utf8(credential).ok()?.parse().ok()?;
        Some((credential, i64::from_be_bytes(*expires)))
    }
}

#[cfg(test)]
mod tests;
