use claviger_core::{
    Action, Effect, Error, Gate, KeyProof, KeyRef, MayEncrypt, MayGenerate, Operation, Params, Reason,
    Result, Scope, actions,
};
use claviger_types::{EncryptionAlgorithm, KeySpec, SecretBytes};

use crate::{
    encrypt::{Encrypted, encrypt_under},
    envelope::AdditionalData,
};

/// Makes a key pair for use outside, its private key in the clear and encrypted.
pub struct GenerateDataKeyPair(pub DataKeyPairRequest);

/// The same, its private key only encrypted.
pub struct GenerateDataKeyPairWithoutPlaintext(pub DataKeyPairRequest);

/// What both ask for.
pub struct DataKeyPairRequest {
    /// The symmetric key under which the private key is encrypted.
    pub key: KeyRef,
    /// What the pair is made of.
    pub spec: KeySpec,
    /// What the encrypted private key is bound to.
    pub additional_data: AdditionalData,
}

/// A key pair.
pub struct DataKeyPair {
    /// The private key in PKCS#8 DER (RFC 5958).
    pub private: SecretBytes,
    /// The same, encrypted; [`Decrypt`](crate::Decrypt) opens it.
    pub encrypted: Encrypted,
    /// SubjectPublicKeyInfo in DER.
    pub public: Vec<u8>,
    /// What the pair is made of.
    pub spec: KeySpec,
}

impl Operation for GenerateDataKeyPair {
    type Proof = KeyProof<actions::GenerateDataKeyPair>;
    type Output = DataKeyPair;
    const NAME: &'static str = "GenerateDataKeyPair";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        self.0.params()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        self.0.authorize(gate).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<DataKeyPair> {
        self.0.run(&key, scope).await
    }
}

impl Operation for GenerateDataKeyPairWithoutPlaintext {
    type Proof = KeyProof<actions::GenerateDataKeyPairWithoutPlaintext>;
    type Output = DataKeyPair;
    const NAME: &'static str = "GenerateDataKeyPairWithoutPlaintext";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        self.0.params()
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        self.0.authorize(gate).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<DataKeyPair> {
        let pair = self.0.run(&key, scope).await?;
        Ok(DataKeyPair { private: SecretBytes::new(Vec::new()), ..pair })
    }
}

impl DataKeyPairRequest {
    fn params(&self) -> Params<'_> {
        Params {
            data_key_pair_spec: Some(self.spec),
            encryption_algorithm: Some(EncryptionAlgorithm::SymmetricDefault),
            encryption_context: self.additional_data.context(),
            ..Params::default()
        }
    }

    async fn authorize<A: Action>(&self, gate: &mut Gate<'_>) -> Result<KeyProof<A>> {
        if self.spec.is_symmetric() {
            return Err(Error::invalid("A key pair needs an asymmetric key spec."));
        }
        gate.key(&self.key, &self.params()).await
    }

    async fn run<A: MayEncrypt + MayGenerate>(
        &self,
        key: &KeyProof<A>,
        scope: &Scope<'_>,
    ) -> Result<DataKeyPair> {
        let (private, public) = scope.generate_pair(key, self.spec).await?;
        let algorithm = EncryptionAlgorithm::SymmetricDefault;
        let encrypted = encrypt_under(key, None, &private, &self.additional_data, algorithm, scope).await?;
        // A private key longer than a ciphertext may be could be encrypted, but never decrypted through every front.
        if encrypted.ciphertext.len() > 6144 {
            return Err(Error::new(Reason::Unsupported, "Key pairs of this key spec are not supported."));
        }
        Ok(DataKeyPair { private, encrypted, public, spec: self.spec })
    }
}
