//! Self-signed tokens of service accounts (RFC 7519, RS256), as Google's libraries make them from a key file.
//!
//! Our own parser, because what is accepted is less than what crates for tokens offer: one algorithm, one key that the
//! token names, and claims of which each is looked at. There is no replay detection: a token is used for every call of
//! an hour.

use std::time::Duration;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use claviger_core::{Error, Reason, Result};
use claviger_crypto::{HashAlg, Input, PublicKey, SignatureScheme};
use claviger_types::{CredentialId, Timestamp};
use serde::Deserialize;

/// Longest token in bytes; Google's libraries make them of about 800.
const MAX_LEN: usize = 4096;
/// Longest life in seconds.
const MAX_LIFE: i64 = 3600;
/// The audience of tokens for calls.
const API: &str = "https://cloudkms.googleapis.com/";
/// Scopes, one of which a token without audience must have.
const SCOPES: [&str; 2] =
    ["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/cloudkms"];
/// The audiences that Google's libraries give to assertions when their key file does not say where to exchange them.
const GOOGLE_TOKEN_URIS: [&str; 3] = [
    "https://oauth2.googleapis.com/token",
    "https://www.googleapis.com/oauth2/v4/token",
    "https://accounts.google.com/o/oauth2/token",
];

/// A token taken apart, and nothing of it believed yet.
#[derive(Debug)]
pub struct Token<'a> {
    key: CredentialId,
    claims: Claims,
    signed: &'a str,
    signature: Vec<u8>,
}

#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    kid: String,
    typ: Option<String>,
    crit: Option<serde_json::Value>,
}

/// Others are ignored, as RFC 7519 §4 wants it.
#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: Option<String>,
    aud: Option<Audience>,
    scope: Option<String>,
    iat: i64,
    exp: i64,
    nbf: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// What a token is presented for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose<'a> {
    /// To call the API with it.
    Call,
    /// To get an access token for it from the address that it names.
    Exchange {
        /// Our own address for that, as the client sees it.
        token_uri: &'a str,
    },
    /// To call the API with what it was exchanged for.
    Access,
}

impl Purpose<'_> {
    /// Whether an assertion that names this address is for it. Under which name we were reached when it was exchanged is
    /// not known any more with the calls that follow.
    fn is_token_uri(self, audience: &str) -> bool {
        let ours = match self {
            Self::Call => false,
            Self::Exchange { token_uri } => audience == token_uri,
            Self::Access => audience.starts_with("https://") && audience.ends_with("/token"),
        };
        ours || GOOGLE_TOKEN_URIS.contains(&audience)
    }
}

/// Whether text looks like such a token at all; others are bearer tokens of another kind.
pub(crate) fn is_one(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'.').count() == 2
}

impl<'a> Token<'a> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// `WrongProof` if it is not one.
    pub fn parse(text: &'a str) -> Result<Self> {
        Self::split(text).ok_or_else(|| wrong("The token is not an RS256 JSON Web Token that names its key."))
    }

    fn split(text: &'a str) -> Option<Self> {
        if text.len() > MAX_LEN {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header: Header = decoded(header)?;
        let typed = header.typ.is_none_or(|kind| kind.eq_ignore_ascii_case("JWT"));
        // Extensions that must be understood are not.
        if header.alg != "RS256" || !typed || header.crit.is_some() {
            return None;
        }
        Some(Self {
            key: header.kid.parse().ok()?,
            claims: decoded(claims)?,
            signed,
            signature: BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    /// The credential whose key is said to have signed it.
    pub fn key(&self) -> &CredentialId {
        &self.key
    }

    /// When it ends.
    pub(crate) fn expires(&self) -> Timestamp {
        Timestamp::from_secs(self.claims.exp)
    }

    /// Whom it speaks for.
    pub(crate) fn issuer(&self) -> &str {
        &self.claims.iss
    }

    /// Refuses a token that is for something else or for another time.
    ///
    /// # Errors
    /// `ClockSkew`, `ExpiredCredential`, `WrongProof`.
    pub fn check(&self, purpose: Purpose<'_>, now: Timestamp, skew: Duration) -> Result<()> {
        self.check_time(now, i64::try_from(skew.as_secs()).unwrap_or(0))?;
        match purpose {
            Purpose::Call => {
                if self.claims.sub.as_ref() != Some(&self.claims.iss) {
                    return Err(wrong("The token must have one and the same issuer and subject."));
                }
                self.check_audience()
            }
            Purpose::Exchange { .. } | Purpose::Access => {
                if self.claims.sub.as_ref().is_some_and(|subject| *subject != self.claims.iss) {
                    return Err(wrong(
                        "Nobody can act as somebody else here: the subject is not the issuer.",
                    ));
                }
                match self.audience().is_some_and(|audience| purpose.is_token_uri(audience)) {
                    true => Ok(()),
                    false => Err(wrong("The assertion is for another audience.")),
                }
            }
        }
    }

    fn check_time(&self, now: Timestamp, skew: i64) -> Result<()> {
        let Claims { iat, exp, nbf, .. } = self.claims;
        let life = exp.saturating_sub(iat);
        if !(1..=MAX_LIFE).contains(&life) {
            return Err(wrong("The token must be valid for at most one hour."));
        }
        if iat.max(nbf.unwrap_or(iat)) > now.secs().saturating_add(skew) {
            return Err(Error::new(
                Reason::ClockSkew,
                "The token was issued in the future; check the clock.",
            ));
        }
        if exp <= now.secs().saturating_sub(skew) {
            return Err(Error::new(Reason::ExpiredCredential, "The token has expired."));
        }
        Ok(())
    }

    /// For the API, or for nothing in particular with a scope that the API is in.
    fn check_audience(&self) -> Result<()> {
        let scopes = self.claims.scope.as_deref().unwrap_or_default();
        match self.audience() {
            Some(API) => Ok(()),
            Some("") if scopes.split(' ').any(|scope| SCOPES.contains(&scope)) => Ok(()),
            _ => Err(wrong("The token is for another audience.")),
        }
    }

    /// The one audience; empty if there is none, `None` if there are several.
    fn audience(&self) -> Option<&str> {
        match &self.claims.aud {
            None => Some(""),
            Some(Audience::One(one)) => Some(one),
            Some(Audience::Many(many)) => match many.as_slice() {
                [one] => Some(one),
                _ => None,
            },
        }
    }

    /// Whether the holder of the private key has signed it.
    pub fn is_signed_by(&self, public: &PublicKey) -> bool {
        let scheme = SignatureScheme::RsaPkcs1(HashAlg::Sha256);
        public.verify(scheme, Input::Message(self.signed.as_bytes()), &self.signature).is_ok()
    }
}

/// A part of a token. Members that are there twice are refused where they matter.
fn decoded<T: serde::de::DeserializeOwned>(part: &str) -> Option<T> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
    json.starts_with(b"{").then(|| serde_json::from_slice(&json).ok())?
}

fn wrong(message: &'static str) -> Error {
    Error::new(Reason::WrongProof, message)
}

#[cfg(test)]
mod tests;
