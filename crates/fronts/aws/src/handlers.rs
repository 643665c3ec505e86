//! What handles each operation: parse, call, render.

pub(crate) mod alias;
pub(crate) mod crypto;
pub(crate) mod grant;
pub(crate) mod import;
pub(crate) mod lifecycle;
pub(crate) mod policy;
pub(crate) mod tag;
pub(crate) mod unsupported;
