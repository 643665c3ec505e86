//! One handler for each endpoint: parse, call, render.

pub(crate) mod admin;
pub(crate) mod aliases;
pub(crate) mod crypto;
pub(crate) mod grants;
pub(crate) mod import;
pub(crate) mod keys;
pub(crate) mod pki;
pub(crate) mod principals;
pub(crate) mod providers;
pub(crate) mod raw;
pub(crate) mod versions;

use crate::call::Failure;

/// What a handler answers.
type Answered<T> = Result<T, Failure>;
