use claviger_core::{
    Action, Effect, Error, Gate, KeyProof, KeyRef, MayEncrypt, MayGenerate, Operation, Params, Result, Scope,
    actions,
};
use claviger_types::{EncryptionAlgorithm, SecretBytes};

use crate::{
    encrypt::{Encrypted, encrypt_under},
    envelope::AdditionalData,
};

/// Makes a random key, in the clear and encrypted, for use outside.
pub struct GenerateDataKey(pub DataKeyRequest);

/// The same, only encrypted.
pub struct GenerateDataKeyWithoutPlaintext(pub DataKeyRequest);

/// What both ask for.
pub struct DataKeyRequest {
    /// The key under which the new one is encrypted.
    pub key: KeyRef,
    /// Its length in bytes, 1 to 1024.
    pub len: usize,
    /// What the encrypted key is bound to.
    pub additional_data: AdditionalData,
}

/// A data key.
pub struct DataKey {
    /// In the clear.
    pub plaintext: SecretBytes,
    /// Encrypted; [`Decrypt`](crate::Decrypt) opens it.
    pub encrypted: Encrypted,
}

impl Operation for GenerateDataKey {
    type Proof = KeyProof<actions::GenerateDataKey>;
    type Output = DataKey;
    const NAME: &'static str = "GenerateDataKey";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        self.0.params()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        self.0.authorize(gate).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<DataKey> {
        self.0.run(&key, scope).await
    }
}

impl Operation for GenerateDataKeyWithoutPlaintext {
    type Proof = KeyProof<actions::GenerateDataKeyWithoutPlaintext>;
    type Output = Encrypted;
    const NAME: &'static str = "GenerateDataKeyWithoutPlaintext";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        self.0.params()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        self.0.authorize(gate).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<Encrypted> {
        Ok(self.0.run(&key, scope).await?.encrypted)
    }
}

impl DataKeyRequest {
    fn params(&self) -> Params<'_> {
        Params {
            encryption_algorithm: Some(EncryptionAlgorithm::SymmetricDefault),
            encryption_context: self.additional_data.context(),
            number_of_bytes: Some(self.len),
            ..Params::default()
        }
    }

    async fn authorize<A: Action>(&self, gate: &mut Gate<'_>) -> Result<KeyProof<A>> {
        if !(1..=1024).contains(&self.len) {
            return Err(Error::invalid("A data key has 1 to 1024 bytes."));
        }
        gate.key(&self.key, &self.params()).await
    }

    async fn run<A: MayEncrypt + MayGenerate>(
        &self,
        key: &KeyProof<A>,
        scope: &Scope<'_>,
    ) -> Result<DataKey> {
        let plaintext = scope.random_key(key, self.len).await?;
        let algorithm = EncryptionAlgorithm::SymmetricDefault;
        let encrypted = encrypt_under(key, None, &plaintext, &self.additional_data, algorithm, scope).await?;
        Ok(DataKey { plaintext, encrypted })
    }
}
