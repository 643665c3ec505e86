//! The AWS KMS API (JSON 1.1, Signature Version 4) over the domain.
#![forbid(unsafe_code)]

pub mod sigv4;
