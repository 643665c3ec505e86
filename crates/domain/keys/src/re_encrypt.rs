use claviger_core::{Effect, Gate, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};
use claviger_types::{EncryptionAlgorithm, VersionNumber};

use crate::{
    algorithm,
    decrypt::{authorize_source, decrypt_under},
    encrypt::{Encrypted, encrypt_under},
    envelope::AdditionalData,
};

/// Decrypts and encrypts again under another key (or the same key's newest version), without the plaintext leaving.
pub struct ReEncrypt {
    /// What is re-encrypted.
    pub ciphertext: Vec<u8>,
    /// The key that made it; see [`Decrypt`](crate::Decrypt).
    pub source_key: Option<KeyRef>,
    /// What it was bound to.
    pub source_additional_data: AdditionalData,
    /// How it was made.
    pub source_algorithm: EncryptionAlgorithm,
    /// The key of the new ciphertext.
    pub destination_key: KeyRef,
    /// What the new ciphertext is bound to.
    pub destination_additional_data: AdditionalData,
    /// How the new one is made.
    pub destination_algorithm: EncryptionAlgorithm,
}

/// A ciphertext that replaces another.
pub struct ReEncrypted {
    /// The new one.
    pub encrypted: Encrypted,
    /// The key of the old one.
    pub source_key: claviger_types::KeyId,
    /// Its ARN.
    pub source_key_arn: String,
    /// The version that had made it.
    pub source_version: VersionNumber,
    /// How the old one was made.
    pub source_algorithm: EncryptionAlgorithm,
}

impl Operation for ReEncrypt {
    type Proof = (KeyProof<actions::ReEncryptFrom>, KeyProof<actions::ReEncryptTo>);
    type Output = ReEncrypted;
    const NAME: &'static str = "ReEncrypt";
    const EFFECT: Effect = Effect::Use;

    /// As the audit log has it: the context of the source.
    fn params(&self) -> Params<'_> {
        Params {
            encryption_algorithm: Some(self.source_algorithm),
            encryption_context: self.source_additional_data.context(),
            ..Params::default()
        }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        let same_key =
            gate.same_key(self.source_key.as_ref(), &self.ciphertext_key(), &self.destination_key).await?;
        let from = Params { same_key: Some(same_key), ..self.params() };
        let to = Params {
            encryption_algorithm: Some(self.destination_algorithm),
            encryption_context: self.destination_additional_data.context(),
            same_key: Some(same_key),
            ..Params::default()
        };
        let source = authorize_source(
            gate,
            self.source_key.as_ref(),
            &self.ciphertext,
            Some(self.source_algorithm),
            &from,
        )
        .await?;
        Ok((source, gate.key(&self.destination_key, &to).await?))
    }

    async fn run(&self, (source, destination): Self::Proof, scope: &Scope<'_>) -> Result<ReEncrypted> {
        if self.source_algorithm != EncryptionAlgorithm::SymmetricDefault {
            algorithm::encryption(source.target(), source.target().primary()?, Some(self.source_algorithm))?;
        }
        let (plaintext, source_version) = decrypt_under(
            &source,
            None,
            &self.ciphertext,
            &self.source_additional_data,
            self.source_algorithm,
            scope,
        )
        .await?;
        let encrypted = encrypt_under(
            &destination,
            None,
            &plaintext,
            &self.destination_additional_data,
            self.destination_algorithm,
            scope,
        )
        .await?;
        let source_key = source.target().id();
        let source_key_arn = scope.key_arn(source.target());
        let source_algorithm = self.source_algorithm;
        Ok(ReEncrypted { encrypted, source_key, source_key_arn, source_version, source_algorithm })
    }
}

impl ReEncrypt {
    fn ciphertext_key(&self) -> Option<claviger_types::KeyId> {
        crate::envelope::Header::parse(&self.ciphertext).ok().map(|(header, _)| header.key)
    }
}
