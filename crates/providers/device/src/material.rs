use claviger_algorithms::key_kind;
use claviger_crypto::{KeyKind, PrivateKey, PublicKey};
use claviger_failures::failure;
use claviger_ports::ProviderError;
use claviger_types::{KeySpec, SecretBytes};

use crate::Computing;

/// Material that a device is given, and the public half of a private key as a `SubjectPublicKeyInfo` in DER.
///
/// # Errors
/// `Rejected` if it is no valid key of `spec`.
pub async fn validated(
    spec: KeySpec,
    material: SecretBytes,
    computing: &Computing,
) -> Result<(SecretBytes, Option<Vec<u8>>), ProviderError> {
    match key_kind(spec) {
        None if Some(material.len()) == spec.symmetric_len() => Ok((material, None)),
        None => Err(ProviderError::Rejected),
        Some(kind) => computing.run(move || written_anew(kind, &material)).await,
    }
}

/// The public half of a key, from the `SubjectPublicKeyInfo` in its handle; `None` for a symmetric key.
///
/// # Errors
/// `Rejected` if it is none of `spec`.
pub fn public_half(spec: KeySpec, spki: &[u8]) -> Result<Option<PublicKey>, ProviderError> {
    let Some(kind) = key_kind(spec) else { return Ok(None) };
    let public = PublicKey::from_spki_der(spki).ok().filter(|public| public.kind() == kind);
    public.ok_or(ProviderError::Rejected).map(Some)
}

/// A private key that has been validated, in one form whatever it came in, and its public half.
fn written_anew(
    kind: KeyKind,
    material: &SecretBytes,
) -> Result<(SecretBytes, Option<Vec<u8>>), ProviderError> {
    let key = PrivateKey::from_pkcs8(material.expose()).map_err(|_| ProviderError::Rejected)?;
    if key.kind() != kind {
        return Err(ProviderError::Rejected);
    }
    let public = key.public_key_der().map_err(failure)?;
    Ok((SecretBytes::from(key.to_pkcs8().map_err(failure)?), Some(public)))
}

#[cfg(test)]
mod tests;
