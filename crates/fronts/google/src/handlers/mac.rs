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
        protection_level: convert::SOFTWARE,
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
    let success = match call.run(operation).await {
        Ok(_) => true,
        Err(Failure::Answered(error)) if error.reason() == Reason::InvalidMac => false,
        Err(failure) => return Err(failure),
    };
    Ok(kms::MacVerifyResponse {
        name: path.to_string(),
        success,
        verified_data_crc32c,
        verified_mac_crc32c,
        verified_success_integrity: success,
        protection_level: convert::SOFTWARE,
    })
}
