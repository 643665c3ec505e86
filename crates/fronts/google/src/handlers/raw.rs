use claviger_core::Error;
use claviger_keys as keys;
use claviger_types::CipherMode;

use crate::{
    call::{Answered, Call},
    checksum::{crc32c, verify},
    convert,
    names::VersionPath,
    wire::kms,
};

const AAD: &str = "additional_authenticated_data";
const IV: &str = "initialization_vector";
/// Bytes of the tag of GCM, at the end of its ciphertexts.
const TAG: i32 = 16;

pub(crate) async fn encrypt(
    call: Call,
    request: kms::RawEncryptRequest,
) -> Answered<kms::RawEncryptResponse> {
    let plaintext = convert::secret(request.plaintext);
    let VersionPath { key, version } = call.names().version(&request.name)?;
    let (aad, iv) = (request.additional_authenticated_data, request.initialization_vector);
    let verified_plaintext_crc32c = verify("plaintext", plaintext.expose(), request.plaintext_crc32c)?;
    let verified_additional_authenticated_data_crc32c =
        verify(AAD, &aad, request.additional_authenticated_data_crc32c)?;
    let verified_initialization_vector_crc32c = verify(IV, &iv, request.initialization_vector_crc32c)?;
    let operation = keys::RawEncrypt {
        key: key.key_ref(),
        version: Some(version),
        mode: None,
        plaintext,
        iv: (!iv.is_empty()).then(|| iv.into()),
        additional_data: aad.into(),
    };
    let encrypted = call.run(operation).await?;
    Ok(kms::RawEncryptResponse {
        ciphertext_crc32c: crc32c(&encrypted.ciphertext),
        ciphertext: encrypted.ciphertext,
        initialization_vector_crc32c: crc32c(&encrypted.iv),
        initialization_vector: encrypted.iv,
        tag_length: if encrypted.mode == CipherMode::Gcm { TAG } else { 0 },
        verified_plaintext_crc32c,
        verified_additional_authenticated_data_crc32c,
        verified_initialization_vector_crc32c,
        name: key.version(encrypted.version).to_string(),
        protection_level: convert::protection_level(encrypted.protection),
    })
}

pub(crate) async fn decrypt(
    call: Call,
    request: kms::RawDecryptRequest,
) -> Answered<kms::RawDecryptResponse> {
    let VersionPath { key, version } = call.names().version(&request.name)?;
    let (aad, iv) = (request.additional_authenticated_data, request.initialization_vector);
    if !matches!(request.tag_length, 0 | TAG) {
        return Err(Error::invalid("The tag_length must be 16, or absent.").into());
    }
    let verified_ciphertext_crc32c = verify("ciphertext", &request.ciphertext, request.ciphertext_crc32c)?;
    let verified_additional_authenticated_data_crc32c =
        verify(AAD, &aad, request.additional_authenticated_data_crc32c)?;
    let verified_initialization_vector_crc32c = verify(IV, &iv, request.initialization_vector_crc32c)?;
    let operation = keys::RawDecrypt {
        key: key.key_ref(),
        version: Some(version),
        mode: None,
        ciphertext: request.ciphertext,
        iv: iv.into(),
        additional_data: aad.into(),
    };
    let decrypted = call.run(operation).await?;
    Ok(kms::RawDecryptResponse {
        plaintext_crc32c: crc32c(decrypted.plaintext.expose()),
        plaintext: convert::exposed(decrypted.plaintext),
        protection_level: convert::protection_level(decrypted.protection),
        verified_ciphertext_crc32c,
        verified_additional_authenticated_data_crc32c,
        verified_initialization_vector_crc32c,
    })
}
