use claviger_core::{Error, Result};
use claviger_keys::{self as keys, envelope::AdditionalData};
use claviger_types::MessageType;

use crate::{
    call::{Answered, Call},
    checksum::{crc32c, verify},
    convert,
    names::VersionPath,
    wire::kms::{self, digest::Digest},
};

pub(crate) async fn sign(
    call: Call,
    request: kms::AsymmetricSignRequest,
) -> Answered<kms::AsymmetricSignResponse> {
    let VersionPath { key, version } = call.names().version(&request.name)?;
    convert::bounded("data", &request.data)?;
    let (digest_crc32c, data_crc32c) = (request.digest_crc32c, request.data_crc32c);
    let (message, message_type) = signed(request)?;
    let is_data = message_type == MessageType::Raw;
    if (is_data && digest_crc32c.is_some()) || (!is_data && data_crc32c.is_some()) {
        return Err(Error::invalid("There is a checksum of a field that is not there.").into());
    }
    let verified_digest_crc32c = verify("digest", &message, digest_crc32c)?;
    let verified_data_crc32c = verify("data", &message, data_crc32c)?;
    let operation =
        keys::Sign { key: key.key_ref(), version: Some(version), message, message_type, algorithm: None };
    let signed = call.run(operation).await?;
    Ok(kms::AsymmetricSignResponse {
        signature_crc32c: crc32c(&signed.signature),
        signature: signed.signature,
        verified_digest_crc32c,
        name: key.version(signed.version).to_string(),
        verified_data_crc32c,
        protection_level: convert::protection_level(signed.protection),
    })
}

/// What is signed: a digest of its kind's length, or data.
fn signed(request: kms::AsymmetricSignRequest) -> Result<(Vec<u8>, MessageType)> {
    let digest = request.digest.and_then(|digest| digest.digest);
    let (bytes, kind, len) = match (digest, request.data.is_empty()) {
        (None, false) => return Ok((request.data, MessageType::Raw)),
        (Some(_), false) | (None, true) => {
            return Err(Error::invalid("Exactly one of digest and data must be there."));
        }
        (Some(Digest::Sha256(bytes)), true) => (bytes, MessageType::Digest, 32),
        (Some(Digest::Sha384(bytes)), true) => (bytes, MessageType::Digest, 48),
        (Some(Digest::Sha512(bytes)), true) => (bytes, MessageType::Digest, 64),
        (Some(Digest::ExternalMu(bytes)), true) => (bytes, MessageType::ExternalMu, 64),
    };
    match bytes.len() == len {
        true => Ok((bytes, kind)),
        false => Err(Error::invalid(format!("The digest must have {len} bytes."))),
    }
}

pub(crate) async fn decrypt(
    call: Call,
    request: kms::AsymmetricDecryptRequest,
) -> Answered<kms::AsymmetricDecryptResponse> {
    let VersionPath { key, version } = call.names().version(&request.name)?;
    let verified_ciphertext_crc32c = verify("ciphertext", &request.ciphertext, request.ciphertext_crc32c)?;
    let operation = keys::Decrypt {
        key: Some(key.key_ref()),
        version: Some(version),
        ciphertext: request.ciphertext,
        additional_data: AdditionalData::None,
        algorithm: None,
    };
    let decrypted = call.run(operation).await?;
    Ok(kms::AsymmetricDecryptResponse {
        plaintext_crc32c: crc32c(decrypted.plaintext.expose()),
        plaintext: convert::exposed(decrypted.plaintext),
        verified_ciphertext_crc32c,
        protection_level: convert::protection_level(decrypted.protection),
    })
}
