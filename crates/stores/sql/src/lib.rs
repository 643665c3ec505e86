//! The store in SQL: projects, keys, names, grants, principals, credentials, sealed secrets, certificate authorities and
//! what they issued.
//!
//! Each entity has a file with its statements, its private row and the conversion of that row to the domain's record;
//! what is peculiar to one database engine lies under `dialect`. Secrets come sealed and stay so: nothing here can
//! open them.
#![forbid(unsafe_code)]

mod certificate;
mod certificate_authority;
mod change;
mod code;
mod column;
mod credential;
mod dialect;
mod due;
mod error;
mod grant;
mod import_job;
mod key;
mod name;
mod object;
mod outcome;
mod policy;
mod principal;
mod project;
mod provider;
mod revocation_list;
mod ring;
mod sealed;
mod version;

pub use dialect::sqlite::{OpenError, SqliteOptions, SqliteStore};
