use claviger_core::{Effect, Gate, KeyProof, KeyRef, MayDecrypt, Operation, Params, Result, Scope, actions};
use claviger_gokms::Ciphertext;
use claviger_types::{EncryptionAlgorithm, KeyId, SecretBytes, VersionNumber};

use crate::{
    decrypt::{Decrypted, decrypt_under},
    encrypt::check_algorithm,
    envelope::{AdditionalData, Header},
};

const ALGORITHM: EncryptionAlgorithm = EncryptionAlgorithm::SymmetricDefault;

/// Decrypts what go-kms encrypted under a key that was taken over with [`ImportGoKmsStore`](crate::ImportGoKmsStore),
/// and what [`Encrypt`](crate::Encrypt) makes without additional data.
pub struct DecryptGokms {
    /// The ciphertext. It says its key.
    pub ciphertext: Vec<u8>,
}

/// Who made a ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CiphertextFormat {
    /// We did; see [`envelope`](crate::envelope).
    Envelope,
    /// A go-kms server did. Its header is not bound to its body: what opens is authentic for the key that the header
    /// names, but the header may be that of another ciphertext under the same key.
    KeyStore,
}

impl Operation for DecryptGokms {
    type Proof = (KeyProof<actions::Decrypt>, CiphertextFormat);
    type Output = Decrypted;
    const NAME: &'static str = "Decrypt";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        Params { encryption_algorithm: Some(ALGORITHM), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        let (key, format) = key_of(&self.ciphertext, gate).await?;
        Ok((gate.key(&KeyRef::id(key), &self.params()).await?, format))
    }

    async fn run(&self, (key, format): Self::Proof, scope: &Scope<'_>) -> Result<Decrypted> {
        let (plaintext, version) = open(&key, format, &self.ciphertext, scope).await?;
        let entry = key.target();
        Ok(Decrypted {
            plaintext,
            key: entry.id(),
            key_arn: scope.key_arn(entry),
            version,
            protection: entry.protection(version),
            is_primary: entry.key().primary == version,
            algorithm: ALGORITHM,
        })
    }
}

/// The key of a ciphertext, and its format.
///
/// The first byte alone does not tell: go-kms puts a random nonce there. Its header is authenticated, so it is tried
/// first, and what opens was made by go-kms.
pub(crate) async fn key_of(ciphertext: &[u8], gate: &Gate<'_>) -> Result<(KeyId, CiphertextFormat)> {
    if let Some(split) = Ciphertext::split(ciphertext)
        && let Some(key) = gate.key_in_header(split.header).await?
    {
        return Ok((key, CiphertextFormat::KeyStore));
    }
    let (header, _) = Header::parse(ciphertext)?;
    Ok((header.key, CiphertextFormat::Envelope))
}

/// Decrypts for any operation that may.
pub(crate) async fn open<A: MayDecrypt>(
    key: &KeyProof<A>,
    format: CiphertextFormat,
    ciphertext: &[u8],
    scope: &Scope<'_>,
) -> Result<(SecretBytes, VersionNumber)> {
    match (format, Ciphertext::split(ciphertext)) {
        (CiphertextFormat::KeyStore, Some(split)) => {
            check_algorithm(key.target().key().usage, ALGORITHM, &AdditionalData::None)?;
            let version = VersionNumber::FIRST;
            Ok((scope.open_plain_gcm(key, version, split.sealed).await?, version))
        }
        _ => decrypt_under(key, None, ciphertext, &AdditionalData::None, ALGORITHM, scope).await,
    }
}
