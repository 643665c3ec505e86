//! Certificates of authorities that were made elsewhere.

use claviger_core::{Error, Reason, Result};
use claviger_crypto::PublicKey;
use claviger_types::Timestamp;

use crate::issuer::{AuthorityCertificate, authority_key_identifier, check_signed_by};

/// The most certificates above one.
const MAX_CHAIN: usize = 8;
/// The longest certificate, in bytes of DER.
const MAX_CERTIFICATE: usize = 64 << 10;

/// Checks that a certificate is that of an authority with this key, valid, and signed by who it says: itself, or the
/// first of the chain, and so on.
///
/// # Errors
/// `InvalidRequest`, `InvalidSignature`, `IncorrectKey`, `Unsupported`.
pub(crate) fn check(
    certificate: &[u8],
    chain: &[Vec<u8>],
    key: &PublicKey,
    now: Timestamp,
) -> Result<AuthorityCertificate> {
    if chain.len() > MAX_CHAIN || chain.iter().any(|der| der.len() > MAX_CERTIFICATE) {
        return Err(Error::invalid(format!(
            "A chain has at most {MAX_CHAIN} certificates of at most {MAX_CERTIFICATE} bytes."
        )));
    }
    if certificate.len() > MAX_CERTIFICATE {
        return Err(Error::invalid(format!("A certificate has at most {MAX_CERTIFICATE} bytes.")));
    }
    let parsed = AuthorityCertificate::from_der(certificate)?;
    if parsed.key.der() != key.der() {
        return Err(Error::new(Reason::IncorrectKey, "The certificate is about another key."));
    }
    if parsed.not_after < now {
        return Err(Error::invalid(format!("The certificate expired at {}.", parsed.not_after)));
    }
    let mut below = (certificate, AuthorityCertificate::from_der(certificate)?);
    for der in chain {
        let above = AuthorityCertificate::from_der(der)?;
        check_link(below.0, &below.1, &above)?;
        below = (der, above);
    }
    // Whoever has no more above himself must be known to those who check; one who vouches for himself is looked at here.
    if below.1.is_self_issued() && is_own_key(below.0, &below.1)? {
        check_signed_by(below.0, &below.1.key)?;
    }
    Ok(parsed)
}

fn check_link(der: &[u8], below: &AuthorityCertificate, above: &AuthorityCertificate) -> Result<()> {
    if below.issuer != above.subject {
        return Err(Error::invalid("The chain is out of order: each certificate is issued by the next."));
    }
    check_signed_by(der, &above.key)
}

fn is_own_key(der: &[u8], certificate: &AuthorityCertificate) -> Result<bool> {
    let named = authority_key_identifier(der)?;
    Ok(named.is_none_or(|named| named == certificate.key_identifier))
}
