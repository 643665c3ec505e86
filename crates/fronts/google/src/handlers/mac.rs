use claviger_core::Reason;
use claviger_keys as keys;

use crate::{
    call::{Answered, Call, Failure},
    checksum::{crc32c, verify},
    convert,
    names::VersionPath,
    wire::kms,
};

pub(crate) async fn sign(call: Call, request: kms::MacSignRequest) -> Answered<kms::MacSignResponse> {
    let VersionPath { key, version } = call.names().version(&request.name)?;
    convert::bounded("data", &request.data)?;
    let verified_data_crc32c = verify("data", &request.data, request.data_crc32c)?;
    let operation = keys::GenerateMac {
        key: key.key_ref(),
        version: Some(version),
        message: request.data,
        algorithm: None,
    };
    let generated = call.run(operation).await?;
    Ok(kms::MacSignResponse {
        name: key.version(generated.version).to_string(),
        mac_crc32c: crc32c(&generated.mac),
        mac: generated.mac,
        verified_data_crc32c,
        protection_level: convert::protection_level(generated.protection),
    })
}

/// A wrong code is an answer here, not an error.
pub(crate) async fn verify_code(
    call: Call,
    request: kms::MacVerifyRequest,
) -> Answered<kms::MacVerifyResponse> {
    let path = call.names().version(&request.name)?;
    convert::bounded("data", &request.data)?;
    let verified_data_crc32c = verify("data", &request.data, request.data_crc32c)?;
    let verified_mac_crc32c = verify("mac", &request.mac, request.mac_crc32c)?;
    let operation = keys::VerifyMac {
        key: path.key.key_ref(),
        version: Some(path.version),
        message: request.data,
        mac: request.mac,
        algorithm: None,
    };
    let verified = match call.run(operation).await {
        Ok(verified) => Some(verified),
        Err(Failure::Answered(error)) if error.reason() == Reason::InvalidMac => None,
        Err(failure) => return Err(failure),
    };
    Ok(kms::MacVerifyResponse {
        name: path.to_string(),
        success: verified.is_some(),
        verified_data_crc32c,
        verified_mac_crc32c,
        verified_success_integrity: verified.is_some(),
        protection_level: verified.map_or(0, |verified| convert::protection_level(verified.protection)),
    })
}
