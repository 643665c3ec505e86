//! The wire types of the native API, shared by its front and by our clients. Plain data with serde and OpenAPI schemas;
//! what it means is the domain's business.
//!
//! Requests refuse members that they do not know; answers may get more members in later releases, so clients ignore what
//! they do not know. Bytes are standard base64 with padding (RFC 4648 §4), times are RFC 3339 in UTC.
#![forbid(unsafe_code)]

mod admin;
mod bytes;
mod crypto;
mod grant;
mod import;
mod key;
mod names;
mod pki;
mod principal;
mod problem;
mod provider;
mod query;
mod raw;

pub use admin::*;
pub use bytes::{Base64, Secret, SecretText};
pub use crypto::*;
pub use grant::*;
pub use import::*;
pub use key::*;
pub use names::*;
pub use pki::*;
pub use principal::*;
pub use problem::Problem;
pub use provider::*;
pub use query::*;
pub use raw::*;

/// Where every path of the API begins.
pub const PREFIX: &str = "/claviger/v1";

/// Header that asks to check and decide everything and then do nothing: `true`. The answer is then a problem of
/// reason `DryRun`.
pub const DRY_RUN_HEADER: &str = "claviger-dry-run";

/// Header of every answer: the id of the call, also in the audit log.
pub const REQUEST_ID_HEADER: &str = "claviger-request-id";
