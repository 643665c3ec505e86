use claviger_core::{Effect, Gate, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};
use claviger_types::EncryptionAlgorithm;

use crate::{
    decrypt_gokms::{CiphertextFormat, key_of, open},
    encrypt::encrypt_under,
    envelope::AdditionalData,
    re_encrypt::ReEncrypted,
};

const ALGORITHM: EncryptionAlgorithm = EncryptionAlgorithm::SymmetricDefault;

/// Decrypts as [`DecryptGokms`](crate::DecryptGokms) does, and encrypts in our own format: how the ciphertexts of go-kms
/// are brought over.
pub struct ReEncryptGokms {
    /// What is re-encrypted. It says its key.
    pub ciphertext: Vec<u8>,
    /// The key of the new ciphertext.
    pub destination_key: KeyRef,
}

impl Operation for ReEncryptGokms {
    type Proof = (KeyProof<actions::ReEncryptFrom>, CiphertextFormat, KeyProof<actions::ReEncryptTo>);
    type Output = ReEncrypted;
    const NAME: &'static str = "ReEncrypt";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        Params { encryption_algorithm: Some(ALGORITHM), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        let (source, format) = key_of(&self.ciphertext, gate).await?;
        let same_key = gate.same_key(None, &Some(source), &self.destination_key).await?;
        let params = Params { same_key: Some(same_key), ..self.params() };
        let from = gate.key(&KeyRef::id(source), &params).await?;
        Ok((from, format, gate.key(&self.destination_key, &params).await?))
    }

    async fn run(
        &self,
        (source, format, destination): Self::Proof,
        scope: &Scope<'_>,
    ) -> Result<ReEncrypted> {
        let (plaintext, source_version) = open(&source, format, &self.ciphertext, scope).await?;
        let encrypted =
            encrypt_under(&destination, None, &plaintext, &AdditionalData::None, ALGORITHM, scope).await?;
        let entry = source.target();
        Ok(ReEncrypted {
            encrypted,
            source_key: entry.id(),
            source_key_arn: scope.key_arn(entry),
            source_version,
            source_algorithm: ALGORITHM,
        })
    }
}
