use claviger_api as api;
use claviger_core::{Error, Result};
use claviger_keys as keys;
use claviger_types::VersionNumber;

use super::Answered;
use crate::{
    call::Call,
    convert::{self, Twin},
    endpoint::Json,
};

pub(crate) async fn encrypt(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::RawEncrypt>,
) -> Answered<Json<api::RawEncrypted>> {
    let operation = keys::RawEncrypt {
        key: call.key()?,
        version: version(body.version)?,
        mode: Some(body.mode.twin()),
        plaintext: convert::plaintext(body.plaintext)?,
        iv: body.iv.map(|iv| iv.0.into()),
        additional_data: body.additional_data.0.as_slice().into(),
    };
    let made = call.run(operation).await?;
    Ok(Json(api::RawEncrypted {
        ciphertext: api::Base64(made.ciphertext),
        iv: api::Base64(made.iv),
        key: made.key.to_string(),
        version: made.version.get(),
    }))
}

pub(crate) async fn decrypt(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::RawDecrypt>,
) -> Answered<Json<api::RawDecrypted>> {
    let operation = keys::RawDecrypt {
        key: call.key()?,
        version: version(body.version)?,
        mode: Some(body.mode.twin()),
        ciphertext: body.ciphertext.0,
        iv: body.iv.0.into(),
        additional_data: body.additional_data.0.as_slice().into(),
    };
    let opened = call.run(operation).await?;
    Ok(Json(api::RawDecrypted {
        plaintext: convert::secret(opened.plaintext),
        key: opened.key.to_string(),
        version: opened.version.get(),
    }))
}

fn version(number: Option<u32>) -> Result<Option<VersionNumber>> {
    let parse = |number| VersionNumber::new(number).ok_or_else(|| Error::invalid("Versions count from 1."));
    number.map(parse).transpose()
}
