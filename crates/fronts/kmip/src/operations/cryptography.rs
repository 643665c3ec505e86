use std::sync::Arc;

use claviger_core::KeyRef;
use claviger_crypto::{PublicKey, digest};
use claviger_keys::{
    Decrypt, Encrypt, GenerateMac, GenerateRandom, Hash, RawDecrypt, RawEncrypt, Sign, Verify, VerifyMac,
    envelope::AdditionalData,
};
use claviger_kmip::{
    ProtocolVersion, ResultReason,
    attributes::CryptographicParameters,
    enums::{CryptographicAlgorithm, PaddingMethod, ValidityIndicator},
    operations::{
        DecryptRequest, DecryptResponse, EncryptRequest, EncryptResponse, HashRequest, HashResponse,
        MacRequest, MacResponse, MacVerifyRequest, MacVerifyResponse, RngRetrieveRequest,
        RngRetrieveResponse, SignRequest, SignResponse, SignatureVerifyRequest, SignatureVerifyResponse,
    },
    stored,
    value::UsageMask,
};
use claviger_objects::{DescribeObject, UseObject, VerifyWithObject};
use claviger_types::{CipherMode, EncryptionAlgorithm, MessageType, ObjectId, SecretBytes};

use super::lifecycle::object;
use crate::{
    batch::Batch,
    convert::{
        attributes, keys,
        parameters::{self, BlockCipher},
        template::Template,
    },
    error::Failure,
    names,
};

const BLOCK: usize = 16;
const TAG: usize = 16;

/// Encrypts with a symmetric key or a public half (KMIP 2.1 §6.1.17).
pub(super) async fn encrypt(
    batch: &mut Batch<'_>,
    request: EncryptRequest,
) -> Result<EncryptResponse, Failure> {
    one_part(request.correlation_value.is_some(), request.init_indicator, request.final_indicator)?;
    let id = object(batch, request.unique_identifier.as_ref())?;
    let parameters = parameters(batch, id, request.cryptographic_parameters).await?;
    let data = required(request.data)?;
    if id.is_public_half() {
        return rsa_encrypt(batch, id, parameters.as_ref(), data).await;
    }
    let BlockCipher { mode, padded } = parameters::block_cipher(parameters.as_ref())?;
    let draws = parameters.as_ref().and_then(|parameters| parameters.random_iv) == Some(true);
    if draws && request.iv_counter_nonce.is_some() {
        return Err(Failure::invalid("The vector is to be drawn, and is given."));
    }
    let made = batch
        .run(UseObject {
            id,
            mask: UsageMask::ENCRYPT.0,
            processes: false,
            operation: RawEncrypt {
                key: KeyRef::id(id.key()),
                version: None,
                mode,
                plaintext: if padded { pad(&data) } else { data },
                iv: request.iv_counter_nonce.clone().map(Into::into),
                additional_data: request.additional_data.unwrap_or_default().into(),
            },
        })
        .await?;
    let mut ciphertext = made.ciphertext;
    // Before 1.4 there was no field for the tag, which stays behind the ciphertext then.
    let tag = (made.mode == CipherMode::Gcm && batch.version >= ProtocolVersion::V1_4)
        .then(|| ciphertext.split_off(ciphertext.len().saturating_sub(TAG)));
    Ok(EncryptResponse {
        unique_identifier: names::identifier(id),
        data: Some(ciphertext),
        iv_counter_nonce: request.iv_counter_nonce.is_none().then_some(made.iv),
        correlation_value: None,
        tag,
    })
}

async fn rsa_encrypt(
    batch: &Batch<'_>,
    id: ObjectId,
    parameters: Option<&CryptographicParameters>,
    plaintext: SecretBytes,
) -> Result<EncryptResponse, Failure> {
    let algorithm = parameters::encryption(parameters)?.unwrap_or(EncryptionAlgorithm::RsaOaepSha256);
    let made = batch
        .run(UseObject {
            id,
            mask: UsageMask::ENCRYPT.0,
            processes: false,
            operation: Encrypt {
                key: KeyRef::id(id.key()),
                version: None,
                plaintext,
                additional_data: AdditionalData::default(),
                algorithm,
            },
        })
        .await?;
    Ok(EncryptResponse {
        unique_identifier: names::identifier(id),
        data: Some(made.ciphertext),
        iv_counter_nonce: None,
        correlation_value: None,
        tag: None,
    })
}

/// Decrypts with a symmetric or private key (KMIP 2.1 §6.1.11).
pub(super) async fn decrypt(
    batch: &mut Batch<'_>,
    request: DecryptRequest,
) -> Result<DecryptResponse, Failure> {
    one_part(request.correlation_value.is_some(), request.init_indicator, request.final_indicator)?;
    let id = object(batch, request.unique_identifier.as_ref())?;
    let parameters = parameters(batch, id, request.cryptographic_parameters).await?;
    let mut ciphertext = required(request.data)?;
    let is_rsa = parameters.as_ref().is_some_and(|parameters| {
        parameters.padding_method == Some(PaddingMethod::Oaep)
            || parameters.cryptographic_algorithm == Some(CryptographicAlgorithm::Rsa)
    });
    if is_rsa {
        return rsa_decrypt(batch, id, parameters.as_ref(), ciphertext).await;
    }
    let BlockCipher { mode, padded } = parameters::block_cipher(parameters.as_ref())?;
    let iv = request.iv_counter_nonce.ok_or_else(|| {
        Failure::rejected(ResultReason::MissingInitializationVector, "The initialization vector is missing.")
    })?;
    let mode = match request.tag {
        None => mode,
        // Whoever sends a tag relies on it.
        Some(tag) if tag.len() == TAG && matches!(mode, None | Some(CipherMode::Gcm)) => {
            ciphertext.extend_from_slice(&tag);
            Some(CipherMode::Gcm)
        }
        Some(_) => return Err(Failure::invalid("A tag has 16 bytes, and only GCM has one.")),
    };
    let opened = batch
        .run(UseObject {
            id,
            mask: UsageMask::DECRYPT.0,
            processes: true,
            operation: RawDecrypt {
                key: KeyRef::id(id.key()),
                version: None,
                mode,
                ciphertext,
                iv: iv.into(),
                additional_data: request.additional_data.unwrap_or_default().into(),
            },
        })
        .await?;
    let data = if padded { unpad(&opened.plaintext)? } else { opened.plaintext };
    Ok(DecryptResponse {
        unique_identifier: names::identifier(id),
        data: Some(data),
        correlation_value: None,
    })
}

async fn rsa_decrypt(
    batch: &Batch<'_>,
    id: ObjectId,
    parameters: Option<&CryptographicParameters>,
    ciphertext: Vec<u8>,
) -> Result<DecryptResponse, Failure> {
    let algorithm = parameters::encryption(parameters)?;
    let opened = batch
        .run(UseObject {
            id,
            mask: UsageMask::DECRYPT.0,
            processes: true,
            operation: Decrypt {
                key: Some(KeyRef::id(id.key())),
                version: None,
                ciphertext,
                additional_data: AdditionalData::default(),
                algorithm,
            },
        })
        .await?;
    let data = Some(opened.plaintext);
    Ok(DecryptResponse { unique_identifier: names::identifier(id), data, correlation_value: None })
}

/// Signs with a private key (KMIP 2.1 §6.1.55). What is signed is hashed here, so that it may be longer than a signer takes.
pub(super) async fn sign(batch: &mut Batch<'_>, request: SignRequest) -> Result<SignResponse, Failure> {
    one_part(request.correlation_value.is_some(), request.init_indicator, request.final_indicator)?;
    let id = object(batch, request.unique_identifier.as_ref())?;
    let input =
        Signable::of(batch, id, request.cryptographic_parameters, request.data, request.digested_data)
            .await?;
    let signed = batch
        .run(UseObject {
            id,
            mask: UsageMask::SIGN.0,
            processes: false,
            operation: Sign {
                key: KeyRef::id(id.key()),
                version: None,
                message: input.message,
                message_type: input.message_type,
                algorithm: input.algorithm,
            },
        })
        .await?;
    Ok(SignResponse {
        unique_identifier: names::identifier(id),
        signature_data: Some(signed.signature),
        correlation_value: None,
    })
}

/// Checks a signature with a public half, a public key that was registered, or a private key that may (KMIP 2.1 §6.1.56).
pub(super) async fn signature_verify(
    batch: &mut Batch<'_>,
    request: SignatureVerifyRequest,
) -> Result<SignatureVerifyResponse, Failure> {
    one_part(request.correlation_value.is_some(), request.init_indicator, request.final_indicator)?;
    let id = object(batch, request.unique_identifier.as_ref())?;
    let input =
        Signable::of(batch, id, request.cryptographic_parameters, request.data, request.digested_data)
            .await?;
    let operation = Verify {
        key: KeyRef::id(id.key()),
        version: None,
        message: input.message,
        message_type: input.message_type,
        signature: required(request.signature_data)?,
        algorithm: input.algorithm,
    };
    let verify = UseObject { id, mask: UsageMask::VERIFY.0, processes: true, operation };
    let decode = Arc::new(registered_public_key);
    let verified = batch.run(VerifyWithObject { verify: Arc::new(verify), decode }).await;
    Ok(SignatureVerifyResponse {
        unique_identifier: names::identifier(id),
        validity: Some(validity(verified, claviger_core::Reason::InvalidSignature)?),
        data: None,
        correlation_value: None,
    })
}

fn registered_public_key(value: &[u8]) -> claviger_core::Result<PublicKey> {
    let object = stored::decode_object(value).map_err(claviger_core::Error::internal)?;
    object.key_block().and_then(keys::public_key).ok_or_else(|| {
        claviger_core::Error::new(
            claviger_core::Reason::InvalidKeyUsage,
            "The public key is of a kind, or in a form, that is only kept.",
        )
    })
}

/// Computes a code (KMIP 2.1 §6.1.32).
pub(super) async fn mac(batch: &mut Batch<'_>, request: MacRequest) -> Result<MacResponse, Failure> {
    one_part(request.correlation_value.is_some(), request.init_indicator, request.final_indicator)?;
    let id = object(batch, request.unique_identifier.as_ref())?;
    let operation = GenerateMac {
        key: KeyRef::id(id.key()),
        version: None,
        message: required(request.data)?.expose().to_vec(),
        algorithm: parameters::mac(request.cryptographic_parameters.as_ref())?,
    };
    let made =
        batch.run(UseObject { id, mask: UsageMask::MAC_GENERATE.0, processes: false, operation }).await?;
    Ok(MacResponse {
        unique_identifier: names::identifier(id),
        mac_data: Some(made.mac),
        correlation_value: None,
    })
}

/// Checks a code (KMIP 2.1 §6.1.33).
pub(super) async fn mac_verify(
    batch: &mut Batch<'_>,
    request: MacVerifyRequest,
) -> Result<MacVerifyResponse, Failure> {
    one_part(request.correlation_value.is_some(), request.init_indicator, request.final_indicator)?;
    let id = object(batch, request.unique_identifier.as_ref())?;
    let operation = VerifyMac {
        key: KeyRef::id(id.key()),
        version: None,
        message: required(request.data)?.expose().to_vec(),
        mac: required(request.mac_data)?,
        algorithm: parameters::mac(request.cryptographic_parameters.as_ref())?,
    };
    let verified =
        batch.run(UseObject { id, mask: UsageMask::MAC_VERIFY.0, processes: true, operation }).await;
    Ok(MacVerifyResponse {
        unique_identifier: names::identifier(id),
        validity: Some(validity(verified, claviger_core::Reason::InvalidMac)?),
        correlation_value: None,
    })
}

/// Random bytes (KMIP 2.1 §6.1.49).
pub(super) async fn rng_retrieve(
    batch: &Batch<'_>,
    request: &RngRetrieveRequest,
) -> Result<RngRetrieveResponse, Failure> {
    let len = usize::try_from(request.data_length).unwrap_or(usize::MAX);
    let data = batch.run(GenerateRandom { len, protection: None }).await?;
    Ok(RngRetrieveResponse { data })
}

/// The hash of what needs no key (KMIP 2.1 §6.1.24).
pub(super) async fn hash(batch: &Batch<'_>, request: HashRequest) -> Result<HashResponse, Failure> {
    one_part(request.correlation_value.is_some(), request.init_indicator, request.final_indicator)?;
    let algorithm = parameters::hash(&request.cryptographic_parameters)?;
    let made = batch.run(Hash { algorithm, data: required(request.data)? }).await?;
    Ok(HashResponse { data: Some(made), correlation_value: None })
}

/// What is signed, and how.
struct Signable {
    message: Vec<u8>,
    message_type: MessageType,
    algorithm: Option<claviger_types::SigningAlgorithm>,
}

impl Signable {
    async fn of(
        batch: &Batch<'_>,
        id: ObjectId,
        given: Option<CryptographicParameters>,
        data: Option<SecretBytes>,
        digested: Option<SecretBytes>,
    ) -> Result<Self, Failure> {
        let parameters = parameters(batch, id, given).await?;
        let algorithm = parameters.as_ref().map(parameters::signing).transpose()?.flatten();
        let (message, message_type) = match (data, digested, algorithm.and_then(parameters::hash_of)) {
            (Some(data), None, Some(hash)) => (digest(hash, data.expose()), MessageType::Digest),
            (Some(data), None, None) => (data.expose().to_vec(), MessageType::Raw),
            (None, Some(digested), _) => (digested.expose().to_vec(), MessageType::Digest),
            (Some(_), Some(_), _) => {
                return Err(Failure::invalid("The request has data and its digest; leave one away."));
            }
            (None, None, _) => {
                return Err(Failure::rejected(
                    ResultReason::MissingData,
                    "There is nothing to sign or verify.",
                ));
            }
        };
        Ok(Self { message, message_type, algorithm })
    }
}

/// The parameters of a request, or those of the object if it has none.
async fn parameters(
    batch: &Batch<'_>,
    id: ObjectId,
    given: Option<CryptographicParameters>,
) -> Result<Option<CryptographicParameters>, Failure> {
    if given.is_some() {
        return Ok(given);
    }
    let view = batch.run(DescribeObject { id }).await?;
    let template = Template::of_object(attributes::settable(&view.object)?)?;
    Ok(template.parameters().cloned().or_else(|| implied(&view)))
}

/// A key for decryption by RSA is used so even if nobody says it.
fn implied(view: &claviger_objects::ObjectView) -> Option<CryptographicParameters> {
    let usage = view.key.as_ref()?.usage;
    (usage == claviger_types::KeyUsage::AsymmetricDecrypt).then(|| CryptographicParameters {
        cryptographic_algorithm: Some(CryptographicAlgorithm::Rsa),
        ..CryptographicParameters::default()
    })
}

/// A wrong signature or code is an answer, not a failure.
fn validity<T>(
    verified: Result<T, Failure>,
    wrong: claviger_core::Reason,
) -> Result<ValidityIndicator, Failure> {
    match verified {
        Ok(_) => Ok(ValidityIndicator::Valid),
        Err(Failure::Answered(error)) if error.reason() == wrong => Ok(ValidityIndicator::Invalid),
        Err(failure) => Err(failure),
    }
}

/// Long data does not come in parts.
fn one_part(correlated: bool, init: Option<bool>, last: Option<bool>) -> Result<(), Failure> {
    match correlated || (init == Some(true)) != (last == Some(true)) {
        false => Ok(()),
        true => Err(Failure::rejected(ResultReason::FeatureNotSupported, "Data can't come in parts.")),
    }
}

fn required<T>(data: Option<T>) -> Result<T, Failure> {
    data.ok_or_else(|| Failure::rejected(ResultReason::MissingData, "The request has no data."))
}

/// PKCS #7 padding (RFC 5652 §6.3) to whole blocks.
fn pad(data: &SecretBytes) -> SecretBytes {
    let missing = BLOCK - data.len() % BLOCK;
    let mut padded = zeroize::Zeroizing::new(Vec::with_capacity(data.len() + missing));
    padded.extend_from_slice(data.expose());
    // Invariant: 1 to 16.
    padded.resize(data.len() + missing, u8::try_from(missing).unwrap_or_default());
    SecretBytes::from(padded)
}

/// The inverse. CBC does not notice changes, so that whoever can have chosen ciphertexts decrypted learns from this refusal whether the
/// padding is right, as everywhere where CBC is used so: it is a mode for what exists.
fn unpad(data: &SecretBytes) -> Result<SecretBytes, Failure> {
    let wrong = || {
        let error = claviger_core::Error::new(
            claviger_core::Reason::InvalidCiphertext,
            "The ciphertext is not valid.",
        );
        Failure::Rejected(ResultReason::CryptographicFailure, error)
    };
    let bytes = data.expose();
    let padding = bytes.last().copied().map(usize::from).filter(|padding| (1..=BLOCK).contains(padding));
    let (start, end) =
        bytes.split_at_checked(bytes.len().saturating_sub(padding.ok_or_else(wrong)?)).ok_or_else(wrong)?;
    match end.iter().all(|byte| usize::from(*byte) == end.len()) && !end.is_empty() {
        true => Ok(SecretBytes::new(start.to_vec())),
        false => Err(wrong()),
    }
}
