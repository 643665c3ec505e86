use claviger_keys::{
    DeleteImportedKeyMaterial, GetParametersForImport, ImportKeyMaterial, ImportParameters, ImportType,
};
use claviger_types::{Timestamp, WrappingAlgorithm, WrappingKeySpec};

use super::{absent, blob, choice, key_itself, required};
use crate::{
    error::Fault,
    names::Names,
    wire::{
        Base64, Blob, Seconds, Text,
        import::{
            DeleteImportedKeyMaterialRequest, GetParametersForImportReply, GetParametersForImportRequest,
            ImportKeyMaterialRequest,
        },
    },
};

const ALGORITHMS: &[&str] = &[
    "RSAES_PKCS1_V1_5",
    "RSAES_OAEP_SHA_1",
    "RSAES_OAEP_SHA_256",
    "RSA_AES_KEY_WRAP_SHA_1",
    "RSA_AES_KEY_WRAP_SHA_256",
    "SM2PKE",
];
const KEY_SPECS: &[&str] = &["RSA_2048", "RSA_3072", "RSA_4096", "SM2"];

pub(crate) fn get_parameters_for_import(
    request: GetParametersForImportRequest<'_>,
    names: Names<'_>,
) -> Result<GetParametersForImport, Fault> {
    let algorithm = required(request.wrapping_algorithm, "wrappingAlgorithm")?;
    let spec = required(request.wrapping_key_spec, "wrappingKeySpec")?;
    Ok(GetParametersForImport {
        key: key_itself(request.key_id, "keyId", names)?,
        algorithm: choice(&algorithm, "wrappingAlgorithm", ALGORITHMS, WrappingAlgorithm::from_name)?,
        wrapping_spec: choice(&spec, "wrappingKeySpec", KEY_SPECS, |name| match name {
            "RSA_2048" => Some(WrappingKeySpec::Rsa2048),
            "RSA_3072" => Some(WrappingKeySpec::Rsa3072),
            "RSA_4096" => Some(WrappingKeySpec::Rsa4096),
            _ => None,
        })?,
    })
}

pub(crate) fn parameters_reply(parameters: &ImportParameters) -> GetParametersForImportReply<'_> {
    GetParametersForImportReply {
        key_id: &parameters.key_arn,
        import_token: Base64(parameters.token.as_bytes()),
        public_key: Base64(&parameters.public_key),
        parameters_valid_to: Seconds(parameters.valid_to),
    }
}

pub(crate) fn import_key_material(
    request: ImportKeyMaterialRequest<'_>,
    names: Names<'_>,
) -> Result<ImportKeyMaterial, Fault> {
    absent(&request.key_material_description, "KeyMaterialDescription")?;
    absent(&request.key_material_id, "KeyMaterialId")?;
    let Blob(token) = required(request.import_token, "importToken")?;
    blob(token.len(), 1..=6144, "importToken")?;
    let Blob(wrapped) = required(request.encrypted_key_material, "encryptedKeyMaterial")?;
    blob(wrapped.len(), 1..=6144, "encryptedKeyMaterial")?;
    Ok(ImportKeyMaterial {
        key: key_itself(request.key_id, "keyId", names)?,
        token: ImportKeyMaterial::parse_token(&token)?,
        wrapped,
        valid_to: valid_to(request.expiration_model, request.valid_to)?,
        import_type: request.import_type.map(import_type).transpose()?,
    })
}

pub(crate) fn delete_imported_key_material(
    request: DeleteImportedKeyMaterialRequest<'_>,
    names: Names<'_>,
) -> Result<DeleteImportedKeyMaterial, Fault> {
    absent(&request.key_material_id, "KeyMaterialId")?;
    Ok(DeleteImportedKeyMaterial { key: key_itself(request.key_id, "keyId", names)? })
}

/// Material expires unless the caller says that it does not.
fn valid_to(model: Option<Text<'_>>, valid_to: Option<Seconds>) -> Result<Option<Timestamp>, Fault> {
    let expires = match model {
        None => true,
        Some(model) => choice(
            &model,
            "expirationModel",
            &["KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"],
            |name| match name {
                "KEY_MATERIAL_EXPIRES" => Some(true),
                "KEY_MATERIAL_DOES_NOT_EXPIRE" => Some(false),
                _ => None,
            },
        )?,
    };
    match (expires, valid_to) {
        (true, Some(Seconds(at))) => Ok(Some(at)),
        (true, None) => Err(Fault::validation(
            "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES.",
        )),
        (false, None) => Ok(None),
        (false, Some(_)) => Err(Fault::validation(
            "A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE.",
        )),
    }
}

fn import_type(value: Text<'_>) -> Result<ImportType, Fault> {
    choice(&value, "importType", &["NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"], |name| match name {
        "NEW_KEY_MATERIAL" => Some(ImportType::New),
        "EXISTING_KEY_MATERIAL" => Some(ImportType::Existing),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
