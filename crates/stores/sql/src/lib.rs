//! The store in SQL: projects, keys, names, grants, principals, credentials and sealed secrets.
//!
//! Each entity has a file with its statements, its private row and the conversion of that row to the domain's record;
//! what is peculiar to one database engine lies under `dialect`. Secrets come sealed and stay so: nothing here can
//! open them.
#![forbid(unsafe_code)]

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
mod outcome;
mod policy;
mod principal;
mod project;
mod ring;
mod sealed;
mod version;

pub use dialect::sqlite::{OpenError, SqliteOptions, SqliteStore};
