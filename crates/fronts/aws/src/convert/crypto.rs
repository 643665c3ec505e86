use claviger_keys::{
    DataKeyPairRequest, DataKeyRequest, Decrypt, DeriveSharedSecret, Encrypt, Encrypted, GenerateMac,
    GenerateRandom, GetPublicKey, PublicKeyAnswer, ReEncrypt, Sign, Verify, VerifyMac,
};
use claviger_types::{
    AgreementAlgorithm, EncryptionAlgorithm, KeySpec, MacAlgorithm, MessageType, SecretBytes,
    SigningAlgorithm,
};

use super::{absent, blob, choice, context, grant_tokens, key, lifecycle::algorithms, number, required};
use crate::{
    error::Fault,
    names::Names,
    wire::{
        Base64, Blob, SecretBlob, Text,
        crypto::{
            DecryptRequest, DeriveSharedSecretRequest, EncryptReply, EncryptRequest,
            GenerateDataKeyPairRequest, GenerateDataKeyReply, GenerateDataKeyRequest, GenerateMacRequest,
            GenerateRandomRequest, GetPublicKeyReply, GetPublicKeyRequest, ReEncryptRequest, SignRequest,
            VerifyMacRequest, VerifyRequest,
        },
    },
};

const PLAINTEXT: usize = 4096;
const CIPHERTEXT: usize = 6144;
const PUBLIC_KEY: usize = 8192;

pub(super) const ENCRYPTION_ALGORITHMS: &[&str] =
    &["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"];
const SIGNING_ALGORITHMS: &[&str] = &[
    "RSASSA_PSS_SHA_256",
    "RSASSA_PSS_SHA_384",
    "RSASSA_PSS_SHA_512",
    "RSASSA_PKCS1_V1_5_SHA_256",
    "RSASSA_PKCS1_V1_5_SHA_384",
    "RSASSA_PKCS1_V1_5_SHA_512",
    "ECDSA_SHA_256",
    "ECDSA_SHA_384",
    "ECDSA_SHA_512",
    "SM2DSA",
    "ML_DSA_SHAKE_256",
    "ED25519_SHA_512",
    "ED25519_PH_SHA_512",
];
pub(super) const MAC_ALGORITHMS: &[&str] = &["HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512"];
const MESSAGE_TYPES: &[&str] = &["RAW", "DIGEST", "EXTERNAL_MU"];
const DATA_KEY_SPECS: &[&str] = &["AES_256", "AES_128"];
const DATA_KEY_PAIR_SPECS: &[&str] = &[
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "SM2",
    "ECC_NIST_EDWARDS25519",
    "ML_KEM_512",
    "ML_KEM_768",
    "ML_KEM_1024",
];

pub(crate) fn encrypt(request: EncryptRequest<'_>, names: Names<'_>) -> Result<Encrypt, Fault> {
    grant_tokens(request.grant_tokens)?;
    let SecretBlob(plaintext) = required(request.plaintext, "plaintext")?;
    blob(plaintext.len(), 1..=PLAINTEXT, "plaintext")?;
    Ok(Encrypt {
        key: key(request.key_id, "keyId", names)?,
        version: None,
        plaintext,
        additional_data: context(request.encryption_context),
        algorithm: encryption_algorithm(request.encryption_algorithm, "encryptionAlgorithm")?,
    })
}

pub(crate) fn encrypt_reply(encrypted: &Encrypted) -> EncryptReply<'_> {
    EncryptReply {
        ciphertext_blob: Base64(&encrypted.ciphertext),
        key_id: &encrypted.key_arn,
        encryption_algorithm: encrypted.algorithm.name(),
    }
}

pub(crate) fn decrypt(request: DecryptRequest<'_>, names: Names<'_>) -> Result<Decrypt, Fault> {
    absent(&request.recipient, "Recipient")?;
    refuse_dry_run_modifiers(request.dry_run_modifiers)?;
    grant_tokens(request.grant_tokens)?;
    Ok(Decrypt {
        key: optional_key(request.key_id, "keyId", names)?,
        version: None,
        ciphertext: ciphertext(request.ciphertext_blob, "ciphertextBlob")?,
        additional_data: context(request.encryption_context),
        algorithm: Some(encryption_algorithm(request.encryption_algorithm, "encryptionAlgorithm")?),
    })
}

pub(crate) fn re_encrypt(request: ReEncryptRequest<'_>, names: Names<'_>) -> Result<ReEncrypt, Fault> {
    refuse_dry_run_modifiers(request.dry_run_modifiers)?;
    grant_tokens(request.grant_tokens)?;
    Ok(ReEncrypt {
        ciphertext: ciphertext(request.ciphertext_blob, "ciphertextBlob")?,
        source_key: optional_key(request.source_key_id, "sourceKeyId", names)?,
        source_additional_data: context(request.source_encryption_context),
        source_algorithm: encryption_algorithm(
            request.source_encryption_algorithm,
            "sourceEncryptionAlgorithm",
        )?,
        destination_key: key(request.destination_key_id, "destinationKeyId", names)?,
        destination_additional_data: context(request.destination_encryption_context),
        destination_algorithm: encryption_algorithm(
            request.destination_encryption_algorithm,
            "destinationEncryptionAlgorithm",
        )?,
    })
}

pub(crate) fn generate_data_key(
    request: GenerateDataKeyRequest<'_>,
    names: Names<'_>,
) -> Result<DataKeyRequest, Fault> {
    absent(&request.recipient, "Recipient")?;
    grant_tokens(request.grant_tokens)?;
    let len = match (request.number_of_bytes, request.key_spec) {
        (Some(bytes), None) => number(bytes, 1..=1024, "numberOfBytes")?,
        (None, Some(spec)) => choice(&spec, "keySpec", DATA_KEY_SPECS, |spec| match spec {
            "AES_128" => Some(16),
            "AES_256" => Some(32),
            _ => None,
        })?,
        (Some(_), Some(_)) | (None, None) => {
            return Err(Fault::validation("Please specify either number of bytes or key spec."));
        }
    };
    let key = key(request.key_id, "keyId", names)?;
    Ok(DataKeyRequest { key, len, additional_data: context(request.encryption_context) })
}

pub(crate) fn data_key_reply<'a>(
    encrypted: &'a Encrypted,
    plaintext: Option<&'a SecretBytes>,
) -> GenerateDataKeyReply<'a> {
    GenerateDataKeyReply {
        ciphertext_blob: Base64(&encrypted.ciphertext),
        plaintext: plaintext.map(|plaintext| Base64(plaintext.expose())),
        key_id: &encrypted.key_arn,
    }
}

pub(crate) fn generate_data_key_pair(
    request: GenerateDataKeyPairRequest<'_>,
    names: Names<'_>,
) -> Result<DataKeyPairRequest, Fault> {
    absent(&request.recipient, "Recipient")?;
    grant_tokens(request.grant_tokens)?;
    let spec = required(request.key_pair_spec, "keyPairSpec")?;
    let offered =
        |spec: &str| KeySpec::from_policy_name(spec).filter(|_| DATA_KEY_PAIR_SPECS.contains(&spec));
    Ok(DataKeyPairRequest {
        key: key(request.key_id, "keyId", names)?,
        spec: choice(&spec, "keyPairSpec", DATA_KEY_PAIR_SPECS, offered)?,
        additional_data: context(request.encryption_context),
    })
}

pub(crate) fn generate_random(request: GenerateRandomRequest) -> Result<GenerateRandom, Fault> {
    absent(&request.recipient, "Recipient")?;
    absent(&request.custom_key_store_id, "CustomKeyStoreId")?;
    let bytes = required(request.number_of_bytes, "numberOfBytes")?;
    Ok(GenerateRandom { len: number(bytes, 1..=1024, "numberOfBytes")?, protection: None })
}

pub(crate) fn sign(request: SignRequest<'_>, names: Names<'_>) -> Result<Sign, Fault> {
    grant_tokens(request.grant_tokens)?;
    Ok(Sign {
        key: key(request.key_id, "keyId", names)?,
        version: None,
        message: message(request.message)?,
        message_type: message_type(request.message_type)?,
        algorithm: Some(signing_algorithm(request.signing_algorithm)?),
    })
}

pub(crate) fn verify(request: VerifyRequest<'_>, names: Names<'_>) -> Result<Verify, Fault> {
    grant_tokens(request.grant_tokens)?;
    Ok(Verify {
        key: key(request.key_id, "keyId", names)?,
        version: None,
        message: message(request.message)?,
        message_type: message_type(request.message_type)?,
        signature: ciphertext(request.signature, "signature")?,
        algorithm: Some(signing_algorithm(request.signing_algorithm)?),
    })
}

pub(crate) fn generate_mac(request: GenerateMacRequest<'_>, names: Names<'_>) -> Result<GenerateMac, Fault> {
    grant_tokens(request.grant_tokens)?;
    Ok(GenerateMac {
        key: key(request.key_id, "keyId", names)?,
        version: None,
        message: message(request.message)?,
        algorithm: Some(mac_algorithm(request.mac_algorithm)?),
    })
}

pub(crate) fn verify_mac(request: VerifyMacRequest<'_>, names: Names<'_>) -> Result<VerifyMac, Fault> {
    grant_tokens(request.grant_tokens)?;
    Ok(VerifyMac {
        key: key(request.key_id, "keyId", names)?,
        version: None,
        message: message(request.message)?,
        mac: ciphertext(request.mac, "mac")?,
        algorithm: Some(mac_algorithm(request.mac_algorithm)?),
    })
}

pub(crate) fn derive_shared_secret(
    request: DeriveSharedSecretRequest<'_>,
    names: Names<'_>,
) -> Result<DeriveSharedSecret, Fault> {
    absent(&request.recipient, "Recipient")?;
    grant_tokens(request.grant_tokens)?;
    let algorithm = required(request.key_agreement_algorithm, "keyAgreementAlgorithm")?;
    let ecdh = |name: &str| (name == AgreementAlgorithm::Ecdh.name()).then_some(AgreementAlgorithm::Ecdh);
    let Blob(public_key) = required(request.public_key, "publicKey")?;
    blob(public_key.len(), 1..=PUBLIC_KEY, "publicKey")?;
    Ok(DeriveSharedSecret {
        key: key(request.key_id, "keyId", names)?,
        public_key,
        algorithm: choice(&algorithm, "keyAgreementAlgorithm", &["ECDH"], ecdh)?,
    })
}

pub(crate) fn get_public_key(
    request: GetPublicKeyRequest<'_>,
    names: Names<'_>,
) -> Result<GetPublicKey, Fault> {
    grant_tokens(request.grant_tokens)?;
    Ok(GetPublicKey { key: key(request.key_id, "keyId", names)?, version: None })
}

pub(crate) fn public_key_reply(answer: &PublicKeyAnswer) -> GetPublicKeyReply<'_> {
    let key = answer.entry.key();
    GetPublicKeyReply {
        key_id: &answer.arn,
        public_key: Base64(&answer.spki),
        customer_master_key_spec: key.spec.policy_name(),
        key_spec: key.spec.policy_name(),
        key_usage: key.usage.policy_name(),
        algorithms: algorithms(key, &answer.entry.record.versions),
    }
}

fn optional_key(
    value: Option<Text<'_>>,
    member: &str,
    names: Names<'_>,
) -> Result<Option<claviger_core::KeyRef>, Fault> {
    value.map(|value| key(Some(value), member, names)).transpose()
}

fn ciphertext(value: Option<Blob>, member: &str) -> Result<Vec<u8>, Fault> {
    let Blob(bytes) = required(value, member)?;
    blob(bytes.len(), 1..=CIPHERTEXT, member)?;
    Ok(bytes)
}

fn message(value: Option<Blob>) -> Result<Vec<u8>, Fault> {
    let Blob(bytes) = required(value, "message")?;
    blob(bytes.len(), 1..=PLAINTEXT, "message")?;
    Ok(bytes)
}

fn message_type(value: Option<Text<'_>>) -> Result<MessageType, Fault> {
    match value {
        Some(value) => choice(&value, "messageType", MESSAGE_TYPES, MessageType::from_name),
        None => Ok(MessageType::Raw),
    }
}

fn encryption_algorithm(value: Option<Text<'_>>, member: &str) -> Result<EncryptionAlgorithm, Fault> {
    match value {
        Some(value) => choice(&value, member, ENCRYPTION_ALGORITHMS, EncryptionAlgorithm::from_name),
        None => Ok(EncryptionAlgorithm::SymmetricDefault),
    }
}

fn signing_algorithm(value: Option<Text<'_>>) -> Result<SigningAlgorithm, Fault> {
    let value = required(value, "signingAlgorithm")?;
    choice(&value, "signingAlgorithm", SIGNING_ALGORITHMS, SigningAlgorithm::from_name)
}

fn mac_algorithm(value: Option<Text<'_>>) -> Result<MacAlgorithm, Fault> {
    let value = required(value, "macAlgorithm")?;
    choice(&value, "macAlgorithm", MAC_ALGORITHMS, MacAlgorithm::from_name)
}

/// They let a dry run go without a ciphertext, by which the key is found here.
fn refuse_dry_run_modifiers(modifiers: Option<Vec<Text<'_>>>) -> Result<(), Fault> {
    match modifiers.unwrap_or_default().as_slice() {
        [] => Ok(()),
        [..] => Err(Fault::unsupported("DryRunModifiers is not supported.")),
    }
}

#[cfg(test)]
mod tests;
