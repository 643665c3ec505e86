//! CRC32C (Castagnoli) of what clients send and get: it finds damage on the way, not forgery.

use claviger_core::{Error, Result};

/// The checksum of bytes as the API has it.
pub(crate) fn crc32c(bytes: &[u8]) -> Option<i64> {
    Some(crc32c::crc32c(bytes).into())
}

/// Whether a checksum came with a field and was compared with it.
///
/// # Errors
/// `InvalidRequest` if it is not that of the field.
pub(crate) fn verify(field: &str, bytes: &[u8], checksum: Option<i64>) -> Result<bool> {
    match checksum {
        None => Ok(false),
        Some(sent) if Some(sent) == crc32c(bytes) => Ok(true),
        Some(_) => Err(Error::invalid(format!(
            "The checksum in field {field}_crc32c did not match the data in field {field}."
        ))),
    }
}

#[cfg(test)]
mod tests;
