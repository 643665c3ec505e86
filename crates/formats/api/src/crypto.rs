use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Base64, EncryptionAlgorithm, KeySpec, MacAlgorithm, MessageType, Secret, SigningAlgorithm};

/// Name–value pairs that are authenticated with a ciphertext and recorded in the audit log: never secret.
pub type EncryptionContext = BTreeMap<String, String>;

/// Encrypts a message.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Encrypt {
    /// At most 65,536 bytes; RSA keys take much less.
    pub plaintext: Secret,
    /// What the ciphertext is bound to; only for symmetric keys.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub encryption_context: EncryptionContext,
    /// How; `SYMMETRIC_DEFAULT` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<EncryptionAlgorithm>,
}

/// A ciphertext.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Encrypted {
    /// The ciphertext.
    pub ciphertext: Base64,
    /// The id of the key.
    pub key: String,
    /// The version that was used.
    pub version: u32,
}

/// Decrypts a ciphertext.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decrypt {
    /// The ciphertext.
    pub ciphertext: Base64,
    /// The key: id, ARN, or `alias/…`. Needed for RSA; otherwise the ciphertext says it, and a key that is named must be
    /// the one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What the ciphertext was bound to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub encryption_context: EncryptionContext,
    /// How; `SYMMETRIC_DEFAULT` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<EncryptionAlgorithm>,
}

/// A plaintext.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Decrypted {
    /// The message.
    pub plaintext: Secret,
    /// The id of the key.
    pub key: String,
}

/// Encrypts a ciphertext anew without showing the plaintext.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReEncrypt {
    /// The ciphertext.
    pub ciphertext: Base64,
    /// The key that made it; see Decrypt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_key: Option<String>,
    /// What it was bound to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub source_encryption_context: EncryptionContext,
    /// How it was made; `SYMMETRIC_DEFAULT` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_algorithm: Option<EncryptionAlgorithm>,
    /// The key of the new one: id, ARN, or `alias/…`.
    pub key: String,
    /// What the new one is bound to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub encryption_context: EncryptionContext,
    /// How the new one is made; `SYMMETRIC_DEFAULT` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<EncryptionAlgorithm>,
}

/// Signs a message or its digest.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// What is signed, 1 to 65,536 bytes.
    pub message: Base64,
    /// What that is; `RAW` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_type: Option<MessageType>,
    /// How.
    pub algorithm: SigningAlgorithm,
}

/// A signature.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Signed {
    /// The signature; ECDSA's in DER.
    pub signature: Base64,
    /// The id of the key.
    pub key: String,
}

/// Checks a signature.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// What was signed.
    pub message: Base64,
    /// What that is; `RAW` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_type: Option<MessageType>,
    /// The signature.
    pub signature: Base64,
    /// How it was made.
    pub algorithm: SigningAlgorithm,
}

/// What was checked is right; otherwise the answer is a problem.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Valid {
    /// Always `true`.
    pub valid: bool,
    /// The id of the key.
    pub key: String,
}

/// Computes a message authentication code.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GenerateMac {
    /// The message, 1 to 65,536 bytes.
    pub message: Base64,
    /// How.
    pub algorithm: MacAlgorithm,
}

/// A message authentication code.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Mac {
    /// The code, untruncated.
    pub mac: Base64,
    /// The id of the key.
    pub key: String,
}

/// Checks a message authentication code.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyMac {
    /// The message.
    pub message: Base64,
    /// The code.
    pub mac: Base64,
    /// How it was made.
    pub algorithm: MacAlgorithm,
}

/// Makes a random key for use outside.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GenerateDataKey {
    /// Its length, 1 to 1024; 32 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<usize>,
    /// What the encrypted key is bound to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub encryption_context: EncryptionContext,
}

/// A data key.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct DataKey {
    /// In the clear; absent where it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plaintext: Option<Secret>,
    /// Encrypted; Decrypt opens it.
    pub ciphertext: Base64,
    /// The id of the key that encrypted it.
    pub key: String,
}

/// Makes a key pair for use outside.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GenerateDataKeyPair {
    /// What it is made of.
    pub spec: KeySpec,
    /// What the encrypted private key is bound to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub encryption_context: EncryptionContext,
}

/// A data key pair.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct DataKeyPair {
    /// The private key, PKCS#8 in DER (RFC 5958); absent where it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_key: Option<Secret>,
    /// The same, encrypted; Decrypt opens it.
    pub ciphertext: Base64,
    /// SubjectPublicKeyInfo in DER.
    pub public_key: Base64,
    /// The id of the key that encrypted it.
    pub key: String,
}

/// Asks for random bytes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GenerateRandom {
    /// How many, 1 to 1024.
    pub bytes: usize,
}

/// Random bytes.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct RandomBytes {
    /// The bytes.
    pub random: Secret,
}

/// Derives a shared secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeriveSharedSecret {
    /// The other's public key: SubjectPublicKeyInfo in DER, on the same curve.
    pub public_key: Base64,
}

/// A raw shared secret (ECDH, the x coordinate), to be put through a key derivation function.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct SharedSecret {
    /// The secret.
    pub shared_secret: Secret,
    /// The id of the key.
    pub key: String,
}
