use claviger_api as api;
use claviger_core::{Error, Reason};
use claviger_keys as keys;
use claviger_types::{SecretKey, WrappingKeySpec};

use super::Answered;
use crate::{
    call::Call,
    convert::Twin,
    endpoint::{Json, Nothing},
    names,
};

pub(crate) async fn parameters(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::GetImportParameters>,
) -> Answered<Json<api::ImportParameters>> {
    let operation = keys::GetParametersForImport {
        key: call.key()?,
        algorithm: body.wrapping_algorithm.twin(),
        wrapping_spec: body.wrapping_key_spec.map_or(WrappingKeySpec::Rsa4096, Twin::twin),
    };
    let parameters = call.run(operation).await?;
    Ok(Json(api::ImportParameters {
        token: parameters.token.to_string(),
        public_key: api::Base64(parameters.public_key),
        valid_to: parameters.valid_to.to_string(),
    }))
}

pub(crate) async fn material(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::ImportMaterial>,
) -> Answered<Json<api::MaterialVersion>> {
    let wrong = |_| Error::new(Reason::InvalidImportToken, "The import token is not valid.");
    let operation = keys::ImportKeyMaterial {
        key: call.key()?,
        token: body.token.parse().map_err(wrong)?,
        wrapped: body.wrapped.0,
        valid_to: body.valid_to.as_deref().map(names::time).transpose()?,
        import_type: None,
    };
    let imported = call.run(operation).await?;
    Ok(Json(api::MaterialVersion { version: imported.version.get() }))
}

pub(crate) async fn delete_material(
    call: Call,
    _: api::NoQuery,
    _: Nothing,
) -> Answered<Json<api::MaterialVersion>> {
    let key = call.key()?;
    let deleted = call.run(keys::DeleteImportedKeyMaterial { key }).await?;
    Ok(Json(api::MaterialVersion { version: deleted.version.get() }))
}

pub(crate) async fn gokms(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::ImportGoKms>,
) -> Answered<Json<api::ImportedKeyStore>> {
    let file =
        |file: api::KeyStoreFile| keys::KeyStoreFile { name: file.name.into(), content: file.content.0 };
    let secret = match (body.passphrase, body.master_key) {
        (Some(passphrase), None) => keys::KeyStoreSecret::Passphrase(passphrase.0.into()),
        (None, Some(key)) => keys::KeyStoreSecret::MasterKey(
            SecretKey::from_slice(&key.0).ok_or_else(|| Error::invalid("A master key has 32 bytes."))?,
        ),
        _ => return Err(Error::invalid("Give either passphrase or master_key.").into()),
    };
    let operation = keys::ImportGoKmsStore { secret, files: body.files.into_iter().map(file).collect() };
    let store = call.run(operation).await?;
    let skipped =
        |key: &keys::SkippedKey| api::SkippedKey { key: key.key.to_string(), state: key.state.twin() };
    Ok(Json(api::ImportedKeyStore {
        imported: store.imported.iter().map(ToString::to_string).collect(),
        skipped: store.skipped.iter().map(skipped).collect(),
    }))
}
