//! One handler for each method: parse, call, render.

pub(crate) mod asymmetric;
pub(crate) mod crypto;
pub(crate) mod import;
pub(crate) mod keys;
pub(crate) mod locations;
pub(crate) mod mac;
pub(crate) mod policies;
pub(crate) mod raw;
pub(crate) mod rings;
pub(crate) mod versions;
