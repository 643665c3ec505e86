//! How failures of the crate that computes are told through the port. Every provider computes something itself, if only with
//! public keys.
#![forbid(unsafe_code)]

use claviger_crypto::CryptoError;
use claviger_ports::ProviderError;

/// How a failed operation is reported.
pub fn failure(error: CryptoError) -> ProviderError {
    match error {
        CryptoError::Malformed | CryptoError::Rejected | CryptoError::TooLarge => ProviderError::Rejected,
        CryptoError::Unsupported => ProviderError::Unsupported,
        CryptoError::Internal => ProviderError::Internal(error.to_string()),
    }
}

/// Whether what was checked is right: that it is not, is an answer.
///
/// # Errors
/// If it can't be checked.
pub fn verdict(checked: Result<(), CryptoError>) -> Result<bool, ProviderError> {
    match checked {
        Ok(()) => Ok(true),
        Err(CryptoError::Rejected) => Ok(false),
        Err(error) => Err(failure(error)),
    }
}

#[cfg(test)]
mod tests;
