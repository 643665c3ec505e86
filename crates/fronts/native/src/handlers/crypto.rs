use claviger_api as api;
use claviger_keys as keys;
use claviger_types::{AgreementAlgorithm, EncryptionAlgorithm, MessageType};

use super::Answered;
use crate::{
    call::Call,
    convert::{self, Twin},
    endpoint::Json,
};

pub(crate) async fn encrypt(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::Encrypt>,
) -> Answered<Json<api::Encrypted>> {
    let operation = keys::Encrypt {
        key: call.key()?,
        version: None,
        plaintext: convert::plaintext(body.plaintext)?,
        additional_data: convert::additional_data(body.encryption_context),
        algorithm: algorithm(body.algorithm),
    };
    Ok(Json(convert::encrypted(call.run(operation).await?)))
}

pub(crate) async fn decrypt(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::Decrypt>,
) -> Answered<Json<api::Decrypted>> {
    let operation = keys::Decrypt {
        key: body.key.as_deref().map(|key| call.key_ref(key)).transpose()?,
        version: None,
        ciphertext: body.ciphertext.0,
        additional_data: convert::additional_data(body.encryption_context),
        algorithm: Some(algorithm(body.algorithm)),
    };
    let decrypted = call.run(operation).await?;
    Ok(Json(api::Decrypted {
        plaintext: convert::secret(decrypted.plaintext),
        key: decrypted.key.to_string(),
    }))
}

pub(crate) async fn re_encrypt(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::ReEncrypt>,
) -> Answered<Json<api::Encrypted>> {
    let operation = keys::ReEncrypt {
        ciphertext: body.ciphertext.0,
        source_key: body.source_key.as_deref().map(|key| call.key_ref(key)).transpose()?,
        source_additional_data: convert::additional_data(body.source_encryption_context),
        source_algorithm: algorithm(body.source_algorithm),
        destination_key: call.key_ref(&body.key)?,
        destination_additional_data: convert::additional_data(body.encryption_context),
        destination_algorithm: algorithm(body.algorithm),
    };
    Ok(Json(convert::encrypted(call.run(operation).await?.encrypted)))
}

pub(crate) async fn sign(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::Sign>,
) -> Answered<Json<api::Signed>> {
    let operation = keys::Sign {
        key: call.key()?,
        version: None,
        message: convert::message(body.message)?,
        message_type: body.message_type.map_or(MessageType::Raw, Twin::twin),
        algorithm: Some(body.algorithm.twin()),
    };
    let signed = call.run(operation).await?;
    Ok(Json(api::Signed { signature: api::Base64(signed.signature), key: signed.key.to_string() }))
}

pub(crate) async fn verify(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::Verify>,
) -> Answered<Json<api::Valid>> {
    let operation = keys::Verify {
        key: call.key()?,
        version: None,
        message: convert::message(body.message)?,
        message_type: body.message_type.map_or(MessageType::Raw, Twin::twin),
        signature: body.signature.0,
        algorithm: Some(body.algorithm.twin()),
    };
    let verified = call.run(operation).await?;
    Ok(Json(api::Valid { valid: true, key: verified.key.to_string() }))
}

pub(crate) async fn mac(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::GenerateMac>,
) -> Answered<Json<api::Mac>> {
    let operation = keys::GenerateMac {
        key: call.key()?,
        version: None,
        message: convert::message(body.message)?,
        algorithm: Some(body.algorithm.twin()),
    };
    let generated = call.run(operation).await?;
    Ok(Json(api::Mac { mac: api::Base64(generated.mac), key: generated.key.to_string() }))
}

pub(crate) async fn verify_mac(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::VerifyMac>,
) -> Answered<Json<api::Valid>> {
    let operation = keys::VerifyMac {
        key: call.key()?,
        version: None,
        message: convert::message(body.message)?,
        mac: body.mac.0,
        algorithm: Some(body.algorithm.twin()),
    };
    let verified = call.run(operation).await?;
    Ok(Json(api::Valid { valid: true, key: verified.key.to_string() }))
}

pub(crate) async fn data_key(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::GenerateDataKey>,
) -> Answered<Json<api::DataKey>> {
    let request = data_key_request(&call, body)?;
    let made = call.run(keys::GenerateDataKey(request)).await?;
    Ok(Json(api::DataKey {
        plaintext: Some(convert::secret(made.plaintext)),
        ciphertext: api::Base64(made.encrypted.ciphertext),
        key: made.encrypted.key.to_string(),
    }))
}

pub(crate) async fn data_key_without_plaintext(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::GenerateDataKey>,
) -> Answered<Json<api::DataKey>> {
    let request = data_key_request(&call, body)?;
    let encrypted = call.run(keys::GenerateDataKeyWithoutPlaintext(request)).await?;
    Ok(Json(api::DataKey {
        plaintext: None,
        ciphertext: api::Base64(encrypted.ciphertext),
        key: encrypted.key.to_string(),
    }))
}

pub(crate) async fn data_key_pair(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::GenerateDataKeyPair>,
) -> Answered<Json<api::DataKeyPair>> {
    let request = pair_request(&call, body)?;
    Ok(Json(pair(call.run(keys::GenerateDataKeyPair(request)).await?)))
}

pub(crate) async fn data_key_pair_without_plaintext(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::GenerateDataKeyPair>,
) -> Answered<Json<api::DataKeyPair>> {
    let request = pair_request(&call, body)?;
    Ok(Json(pair(call.run(keys::GenerateDataKeyPairWithoutPlaintext(request)).await?)))
}

pub(crate) async fn random(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::GenerateRandom>,
) -> Answered<Json<api::RandomBytes>> {
    let random = call.run(keys::GenerateRandom { len: body.bytes, protection: None }).await?;
    Ok(Json(api::RandomBytes { random: convert::secret(random) }))
}

pub(crate) async fn derive(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::DeriveSharedSecret>,
) -> Answered<Json<api::SharedSecret>> {
    let operation = keys::DeriveSharedSecret {
        key: call.key()?,
        public_key: body.public_key.0,
        algorithm: AgreementAlgorithm::Ecdh,
    };
    let derived = call.run(operation).await?;
    Ok(Json(api::SharedSecret {
        shared_secret: convert::secret(derived.secret),
        key: derived.key.to_string(),
    }))
}

fn algorithm(algorithm: Option<api::EncryptionAlgorithm>) -> EncryptionAlgorithm {
    algorithm.map_or(EncryptionAlgorithm::SymmetricDefault, Twin::twin)
}

fn data_key_request(call: &Call, body: api::GenerateDataKey) -> Answered<keys::DataKeyRequest> {
    Ok(keys::DataKeyRequest {
        key: call.key()?,
        len: body.bytes.unwrap_or(32),
        additional_data: convert::additional_data(body.encryption_context),
    })
}

fn pair_request(call: &Call, body: api::GenerateDataKeyPair) -> Answered<keys::DataKeyPairRequest> {
    Ok(keys::DataKeyPairRequest {
        key: call.key()?,
        spec: body.spec.twin(),
        additional_data: convert::additional_data(body.encryption_context),
    })
}

fn pair(pair: keys::DataKeyPair) -> api::DataKeyPair {
    let private = (!pair.private.is_empty()).then(|| convert::secret(pair.private));
    api::DataKeyPair {
        private_key: private,
        ciphertext: api::Base64(pair.encrypted.ciphertext),
        public_key: api::Base64(pair.public),
        key: pair.encrypted.key.to_string(),
    }
}
