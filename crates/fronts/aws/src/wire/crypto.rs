use serde::{Deserialize, Serialize};

use super::{Base64, Blob, Present, SecretBlob, StringMap, Text};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EncryptRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    pub(crate) plaintext: Option<SecretBlob>,
    pub(crate) encryption_context: Option<StringMap>,
    #[serde(borrow)]
    pub(crate) grant_tokens: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    pub(crate) encryption_algorithm: Option<Text<'a>>,
    pub(crate) dry_run: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EncryptReply<'a> {
    pub(crate) ciphertext_blob: Base64<'a>,
    pub(crate) key_id: &'a str,
    pub(crate) encryption_algorithm: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DecryptRequest<'a> {
    pub(crate) ciphertext_blob: Option<Blob>,
    pub(crate) encryption_context: Option<StringMap>,
    #[serde(borrow)]
    pub(crate) grant_tokens: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) encryption_algorithm: Option<Text<'a>>,
    pub(crate) recipient: Option<Present>,
    pub(crate) dry_run: Option<bool>,
    #[serde(borrow)]
    pub(crate) dry_run_modifiers: Option<Vec<Text<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DecryptReply<'a> {
    pub(crate) key_id: &'a str,
    pub(crate) plaintext: Base64<'a>,
    pub(crate) encryption_algorithm: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ReEncryptRequest<'a> {
    pub(crate) ciphertext_blob: Option<Blob>,
    pub(crate) source_encryption_context: Option<StringMap>,
    #[serde(borrow)]
    pub(crate) source_key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) destination_key_id: Option<Text<'a>>,
    pub(crate) destination_encryption_context: Option<StringMap>,
    #[serde(borrow)]
    pub(crate) source_encryption_algorithm: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) destination_encryption_algorithm: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) grant_tokens: Option<Vec<Text<'a>>>,
    pub(crate) dry_run: Option<bool>,
    #[serde(borrow)]
    pub(crate) dry_run_modifiers: Option<Vec<Text<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ReEncryptReply<'a> {
    pub(crate) ciphertext_blob: Base64<'a>,
    pub(crate) source_key_id: &'a str,
    pub(crate) key_id: &'a str,
    pub(crate) source_encryption_algorithm: &'static str,
    pub(crate) destination_encryption_algorithm: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GenerateDataKeyRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    pub(crate) encryption_context: Option<StringMap>,
    pub(crate) number_of_bytes: Option<i64>,
    #[serde(borrow)]
    pub(crate) key_spec: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) grant_tokens: Option<Vec<Text<'a>>>,
    pub(crate) recipient: Option<Present>,
    pub(crate) dry_run: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GenerateDataKeyReply<'a> {
    pub(crate) ciphertext_blob: Base64<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plaintext: Option<Base64<'a>>,
    pub(crate) key_id: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GenerateDataKeyPairRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) key_pair_spec: Option<Text<'a>>,
    pub(crate) encryption_context: Option<StringMap>,
    #[serde(borrow)]
    pub(crate) grant_tokens: Option<Vec<Text<'a>>>,
    pub(crate) recipient: Option<Present>,
    pub(crate) dry_run: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GenerateDataKeyPairReply<'a> {
    pub(crate) private_key_ciphertext_blob: Base64<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) private_key_plaintext: Option<Base64<'a>>,
    pub(crate) public_key: Base64<'a>,
    pub(crate) key_id: &'a str,
    pub(crate) key_pair_spec: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GenerateRandomRequest {
    pub(crate) number_of_bytes: Option<i64>,
    pub(crate) custom_key_store_id: Option<Present>,
    pub(crate) recipient: Option<Present>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GenerateRandomReply<'a> {
    pub(crate) plaintext: Base64<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SignRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    pub(crate) message: Option<Blob>,
    #[serde(borrow)]
    pub(crate) message_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) grant_tokens: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    pub(crate) signing_algorithm: Option<Text<'a>>,
    pub(crate) dry_run: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SignReply<'a> {
    pub(crate) key_id: &'a str,
    pub(crate) signature: Base64<'a>,
    pub(crate) signing_algorithm: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VerifyRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    pub(crate) message: Option<Blob>,
    #[serde(borrow)]
    pub(crate) message_type: Option<Text<'a>>,
    pub(crate) signature: Option<Blob>,
    #[serde(borrow)]
    pub(crate) signing_algorithm: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) grant_tokens: Option<Vec<Text<'a>>>,
    pub(crate) dry_run: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VerifyReply<'a> {
    pub(crate) key_id: &'a str,
    pub(crate) signature_valid: bool,
    pub(crate) signing_algorithm: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GenerateMacRequest<'a> {
    pub(crate) message: Option<Blob>,
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) mac_algorithm: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) grant_tokens: Option<Vec<Text<'a>>>,
    pub(crate) dry_run: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GenerateMacReply<'a> {
    pub(crate) mac: Base64<'a>,
    pub(crate) mac_algorithm: &'static str,
    pub(crate) key_id: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VerifyMacRequest<'a> {
    pub(crate) message: Option<Blob>,
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) mac_algorithm: Option<Text<'a>>,
    pub(crate) mac: Option<Blob>,
    #[serde(borrow)]
    pub(crate) grant_tokens: Option<Vec<Text<'a>>>,
    pub(crate) dry_run: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VerifyMacReply<'a> {
    pub(crate) key_id: &'a str,
    pub(crate) mac_valid: bool,
    pub(crate) mac_algorithm: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeriveSharedSecretRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) key_agreement_algorithm: Option<Text<'a>>,
    pub(crate) public_key: Option<Blob>,
    #[serde(borrow)]
    pub(crate) grant_tokens: Option<Vec<Text<'a>>>,
    pub(crate) dry_run: Option<bool>,
    pub(crate) recipient: Option<Present>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeriveSharedSecretReply<'a> {
    pub(crate) key_id: &'a str,
    pub(crate) shared_secret: Base64<'a>,
    pub(crate) key_agreement_algorithm: &'static str,
    pub(crate) key_origin: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetPublicKeyRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) grant_tokens: Option<Vec<Text<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetPublicKeyReply<'a> {
    pub(crate) key_id: &'a str,
    pub(crate) public_key: Base64<'a>,
    pub(crate) customer_master_key_spec: &'static str,
    pub(crate) key_spec: &'static str,
    pub(crate) key_usage: &'static str,
    #[serde(flatten)]
    pub(crate) algorithms: super::lifecycle::Algorithms,
}
