//! The pipeline that every call goes through, whatever front it comes from: authenticate, authorize, act, audit.
//!
//! A front builds a [`CallContext`] from a credential that it has verified and calls [`Service::call`] with an
//! [`Operation`]. The operation names its targets at the [`Gate`], which alone makes [`Authorized`] proofs; it runs with a
//! [`Scope`], whose methods ask for those proofs. Nothing else holds providers, the store or the log.
#![forbid(unsafe_code)]

mod action;
pub mod admin;
mod binding;
mod bootstrap;
mod commit;
mod context;
mod deadline;
mod directory;
mod entry;
mod error;
mod facts;
mod gate;
mod header_keys;
mod limits;
mod making;
mod messages;
mod metrics;
mod objects;
mod operation;
mod orphans;
mod pairs;
mod params;
mod pki;
mod providers;
mod record;
mod request_ids;
mod scope;
pub mod seal;
mod service;
mod settings;
mod simulate;
mod status_document;
mod table;
mod target;
mod usage;

pub use action::{
    Action, Authorized, MayAgree, MayChange, MayDecrypt, MayEncrypt, MayExport, MayGenerate, MayImport,
    MayMac, MayRawDecrypt, MayRawEncrypt, MaySign, MayVerify, MayVerifyMac, Needs, actions,
};
pub use bootstrap::{FirstCredential, FirstPrincipal, IssuedCredential};
pub use context::{CallContext, Caller, Connection, Identity};
pub use deadline::{Elapsed, within};
pub use directory::{Directory, Proven, PublicCredential, SharedSecret};
pub use entry::{KeyEntry, RingEntry};
pub use error::{Error, ErrorKind, Reason, Result};
pub use gate::{Gate, Installation, KeyRef, KeyRefName, PermissionTarget, ProjectTarget, RingProof};
pub use header_keys::HeaderKeys;
pub use limits::LimitRates;
pub use making::MadeKey;
pub use metrics::Metrics;
pub use objects::{ObjectEntry, ObjectProof, state_of};
pub use operation::{Effect, Operation};
pub use orphans::Orphan;
pub use params::{EncryptionContext, Params};
pub use pki::{Published, Publisher};
pub use providers::{ProviderChoice, ProviderRoles};
pub use scope::{KeyProof, Reads, Scope, VersionDetail};
pub use service::{Adapters, Service};
pub use settings::Settings;
pub use simulate::{Simulated, Simulation};
pub use status_document::StatusDocument;
pub use table::CacheBounds;
pub use usage::LastUse;
