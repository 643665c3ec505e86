//! AWS Signature Version 4, seen from the server: functions over a parsed request, without I/O, clock or secrets of
//! their own.
//!
//! [`Presented::parse`] reads what a request claims, [`Presented::check`] holds it against what this server accepts, and
//! [`Presented::verify`] against the signing key. Only all three together prove a caller.
//!
//! What is stricter than the specification: the signature stands in the `Authorization` header; the payload is signed;
//! `host`, the date, `x-amz-target` and every other `x-amz-*` header that came are signed; none of those may come twice.
//! Which host the client signed is not held against a list: a signature for another server can only be replayed here
//! if that server shares the access key.

mod authorization;
mod canonical;
mod date;
mod key;

pub use authorization::Authorization;
pub use date::SigningTime;
pub use key::signing_key;

use std::time::Duration;

use claviger_crypto::{constant_time_eq, hmac_sha256, sha256};
use claviger_types::{Region, Timestamp};
use http::HeaderMap;

/// The parts of a request that a signature covers.
#[derive(Clone, Copy)]
pub struct SignedRequest<'a> {
    /// Upper case, as HTTP has it.
    pub method: &'a str,
    /// As it came, still percent-encoded.
    pub path: &'a str,
    /// As it came, without the question mark.
    pub query: Option<&'a str>,
    /// Host and port of the request line (`:authority` in HTTP/2), for requests without a `Host` header.
    pub authority: Option<&'a str>,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The whole body.
    pub body: &'a [u8],
}

/// What a request must be signed for.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The region.
    pub region: &'a Region,
    /// The service, `kms`.
    pub service: &'a str,
    /// The current time.
    pub now: Timestamp,
    /// How far the time of the request may be from it, either way.
    pub skew: Duration,
}

/// A signature with what it claims to cover; nothing of it is proved yet.
pub struct Presented<'a> {
    /// The header that it came in.
    pub authorization: Authorization<'a>,
    /// When the client says that it signed.
    pub time: SigningTime,
    canonical: [u8; 32],
}

/// Why a request is not accepted as signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The case.
    pub kind: RejectionKind,
    /// A message for the caller.
    pub message: String,
}

/// The cases that clients tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectionKind {
    /// The signature can't be read, or something that it needs is not there.
    Incomplete,
    /// The request is not signed.
    Missing,
    /// The signature is not right, or not for this server.
    Mismatch,
    /// The time is too far from ours.
    Skew,
    /// The credential is of a kind that is not served here.
    UnknownToken,
}

impl Rejection {
    fn new(kind: RejectionKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    fn incomplete(message: impl Into<String>) -> Self {
        Self::new(RejectionKind::Incomplete, message)
    }

    fn mismatch(message: impl Into<String>) -> Self {
        Self::new(RejectionKind::Mismatch, message)
    }
}

impl<'a> Presented<'a> {
    /// Reads the signature of a request and everything that it covers.
    ///
    /// # Errors
    /// What is missing or can't be read.
    pub fn parse(request: &SignedRequest<'a>) -> Result<Self, Rejection> {
        refuse_query_signature(request)?;
        let Some(header) = single(request.headers, "authorization")? else {
            return Err(Rejection::new(RejectionKind::Missing, "Missing Authentication Token"));
        };
        let authorization = Authorization::parse(header)?;
        let time = signing_time(request.headers, &authorization)?;
        require_signed(request, &authorization)?;
        let body_hash = body_hash(request)?;
        let canonical =
            sha256(&canonical::canonical_request(request, authorization.signed_headers, &body_hash)?);
        Ok(Self { authorization, time, canonical })
    }

    /// Holds scope and time of the signature against what this server accepts.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self, expected: &Expected<'_>) -> Result<(), Rejection> {
        let scope = &self.authorization;
        if scope.terminator != "aws4_request" {
            return Err(Rejection::mismatch(
                "Credential should be scoped with a valid terminator: 'aws4_request'.",
            ));
        }
        if scope.region != expected.region.as_str() {
            let region = expected.region;
            return Err(Rejection::mismatch(format!(
                "Credential should be scoped to a valid region: '{region}'."
            )));
        }
        if scope.service != expected.service {
            let service = expected.service;
            return Err(Rejection::mismatch(format!(
                "Credential should be scoped to correct service: '{service}'."
            )));
        }
        if scope.date != self.time.day() {
            return Err(Rejection::mismatch(
                "Date in Credential scope does not match the date of the request.",
            ));
        }
        self.time.check(expected.now, expected.skew)
    }

    /// Whether the signature was made with `key`, the signing key of the scope; in constant time.
    pub fn verify(&self, key: &[u8; 32]) -> bool {
        let signature = hmac_sha256(key, self.string_to_sign().as_bytes());
        constant_time_eq(&signature, &self.authorization.signature)
    }

    /// What the signature is made of.
    pub fn string_to_sign(&self) -> String {
        let mut text = String::with_capacity(192);
        for part in ["AWS4-HMAC-SHA256\n", self.time.basic(), "\n", self.authorization.scope, "\n"] {
            text.push_str(part);
        }
        text.push_str(canonical::hex(&self.canonical, &mut [0; 64]));
        text
    }
}

/// A signature in the query string can be copied with the address; nothing that calls a key service makes one.
fn refuse_query_signature(request: &SignedRequest<'_>) -> Result<(), Rejection> {
    let signs = |pair: &str| {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        ["X-Amz-Signature", "X-Amz-Credential", "X-Amz-Algorithm"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    };
    match request.query.is_some_and(|query| query.split('&').any(signs)) {
        true => Err(Rejection::mismatch("Signatures in the query string are not accepted.")),
        false => Ok(()),
    }
}

fn signing_time(headers: &HeaderMap, authorization: &Authorization<'_>) -> Result<SigningTime, Rejection> {
    if let Some(text) = single(headers, "x-amz-date")? {
        return SigningTime::parse_basic(text).ok_or_else(|| {
            Rejection::incomplete("Date must be in ISO-8601 'basic format': YYYYMMDD'T'HHMMSS'Z'.")
        });
    }
    match single(headers, "date")? {
        Some(text) if authorization.signs("date") => SigningTime::parse_date_header(text)
            .ok_or_else(|| Rejection::incomplete("The 'Date' header is not a date.")),
        Some(_) => Err(Rejection::mismatch("'Date' must be a 'SignedHeader' in the AWS Authorization.")),
        None => Err(Rejection::incomplete(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
        )),
    }
}

/// What changes the meaning of a request must be covered: a header that is not could be exchanged on the way.
fn require_signed(request: &SignedRequest<'_>, authorization: &Authorization<'_>) -> Result<(), Rejection> {
    let host = single(request.headers, "host")?;
    if let (Some(host), Some(authority)) = (host, request.authority)
        && host != authority
    {
        return Err(Rejection::mismatch("'Host' and ':authority' are not the same."));
    }
    if !authorization.signs("host") {
        return Err(Rejection::mismatch(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ));
    }
    for name in request.headers.keys().map(http::HeaderName::as_str).filter(|name| name.starts_with("x-amz-"))
    {
        single(request.headers, name)?;
        if !authorization.signs(name) {
            return Err(Rejection::mismatch(format!(
                "'{name}' must be a 'SignedHeader' in the AWS Authorization."
            )));
        }
    }
    if request.headers.contains_key("x-amz-security-token") {
        // There are no temporary credentials here; whoever has one got it from somebody else.
        return Err(Rejection::new(
            RejectionKind::UnknownToken,
            "The security token included in the request is invalid.",
        ));
    }
    Ok(())
}

/// The hash of the body, which is ours; a client's own must say the same.
fn body_hash(request: &SignedRequest<'_>) -> Result<[u8; 64], Rejection> {
    let mut text = [0; 64];
    canonical::hex(&sha256(request.body), &mut text);
    match single(request.headers, "x-amz-content-sha256")? {
        None => Ok(text),
        Some(stated) if stated.as_bytes() == text => Ok(text),
        Some(stated) if stated.starts_with("UNSIGNED-PAYLOAD") || stated.starts_with("STREAMING-") => {
            Err(Rejection::mismatch("Requests whose payload is not signed are not accepted."))
        }
        Some(_) => Err(Rejection::mismatch(
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )),
    }
}

/// The value of a header that may come once.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Rejection> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Rejection::incomplete(format!("The header '{name}' came more than once.")));
    }
    let text =
        value.to_str().map_err(|_| Rejection::incomplete(format!("The header '{name}' is not text.")))?;
    Ok(Some(text))
}

#[cfg(test)]
mod tests;
