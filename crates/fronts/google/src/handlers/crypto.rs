use claviger_core::Error;
use claviger_keys::{self as keys, envelope::AdditionalData};
use claviger_types::EncryptionAlgorithm;

use crate::{
    call::{Answered, Call},
    checksum::{crc32c, verify},
    convert,
    wire::kms,
};

const AAD: &str = "additional_authenticated_data";

pub(crate) async fn encrypt(call: Call, request: kms::EncryptRequest) -> Answered<kms::EncryptResponse> {
    let plaintext = convert::secret(request.plaintext);
    let (path, version) = call.names().key_or_version(&request.name)?;
    convert::bounded("plaintext", plaintext.expose())?;
    convert::bounded(AAD, &request.additional_authenticated_data)?;
    let verified_plaintext_crc32c = verify("plaintext", plaintext.expose(), request.plaintext_crc32c)?;
    let verified_additional_authenticated_data_crc32c =
        verify(AAD, &request.additional_authenticated_data, request.additional_authenticated_data_crc32c)?;
    let operation = keys::Encrypt {
        key: path.key_ref(),
        version,
        plaintext,
        additional_data: AdditionalData::Bytes(request.additional_authenticated_data),
        algorithm: EncryptionAlgorithm::SymmetricDefault,
    };
    let encrypted = call.run(operation).await?;
    Ok(kms::EncryptResponse {
        name: path.version(encrypted.version).to_string(),
        ciphertext_crc32c: crc32c(&encrypted.ciphertext),
        ciphertext: encrypted.ciphertext,
        verified_plaintext_crc32c,
        verified_additional_authenticated_data_crc32c,
        protection_level: convert::protection_level(encrypted.protection),
    })
}

pub(crate) async fn decrypt(call: Call, request: kms::DecryptRequest) -> Answered<kms::DecryptResponse> {
    let path = call.names().key(&request.name)?;
    convert::bounded(AAD, &request.additional_authenticated_data)?;
    verify("ciphertext", &request.ciphertext, request.ciphertext_crc32c)?;
    verify(AAD, &request.additional_authenticated_data, request.additional_authenticated_data_crc32c)?;
    let operation = keys::Decrypt {
        key: Some(path.key_ref()),
        version: None,
        ciphertext: request.ciphertext,
        additional_data: AdditionalData::Bytes(request.additional_authenticated_data),
        algorithm: Some(EncryptionAlgorithm::SymmetricDefault),
    };
    let decrypted = call.run(operation).await?;
    Ok(kms::DecryptResponse {
        plaintext_crc32c: crc32c(decrypted.plaintext.expose()),
        plaintext: convert::exposed(decrypted.plaintext),
        used_primary: decrypted.is_primary,
        protection_level: convert::protection_level(decrypted.protection),
    })
}

/// Fewest and most random bytes of a call.
const RANDOM: std::ops::RangeInclusive<usize> = 8..=1024;

pub(crate) async fn random(
    call: Call,
    request: kms::GenerateRandomBytesRequest,
) -> Answered<kms::GenerateRandomBytesResponse> {
    call.names().location(&request.location)?.own(call.account())?;
    let protection = convert::protection(request.protection_level)?;
    let len = usize::try_from(request.length_bytes).ok().filter(|len| RANDOM.contains(len));
    let len = len.ok_or_else(|| Error::invalid("The length_bytes must be 8 to 1024."))?;
    let data = call.run(keys::GenerateRandom { len, protection }).await?;
    Ok(kms::GenerateRandomBytesResponse { data_crc32c: crc32c(data.expose()), data: convert::exposed(data) })
}
