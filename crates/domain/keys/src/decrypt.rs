use claviger_core::{
    Effect, Error, Gate, KeyProof, KeyRef, MayDecrypt, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_types::{EncryptionAlgorithm, KeyId, ProtectionLevel, SecretBytes, VersionNumber};

use crate::{
    algorithm,
    encrypt::check_algorithm,
    envelope::{AdditionalData, Header},
};

/// Decrypts what [`Encrypt`](crate::Encrypt) or a data-key operation made.
pub struct Decrypt {
    /// The key; needed for RSA, otherwise the ciphertext says it, and a key that is named must be the one.
    pub key: Option<KeyRef>,
    /// The version, for RSA; the primary one if absent.
    pub version: Option<VersionNumber>,
    /// The ciphertext.
    pub ciphertext: Vec<u8>,
    /// What it was bound to.
    pub additional_data: AdditionalData,
    /// How; for RSA, the version's own way if absent.
    pub algorithm: Option<EncryptionAlgorithm>,
}

/// A plaintext.
pub struct Decrypted {
    /// The message.
    pub plaintext: SecretBytes,
    /// The key.
    pub key: KeyId,
    /// Its ARN.
    pub key_arn: String,
    /// The version that was used.
    pub version: VersionNumber,
    /// What protects it.
    pub protection: ProtectionLevel,
    /// Whether that is the one that encrypts now.
    pub is_primary: bool,
    /// How.
    pub algorithm: EncryptionAlgorithm,
}

impl Operation for Decrypt {
    type Proof = KeyProof<actions::Decrypt>;
    type Output = Decrypted;
    const NAME: &'static str = "Decrypt";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        Params {
            encryption_algorithm: self.algorithm,
            encryption_context: self.additional_data.context(),
            version: self.version,
            ..Params::default()
        }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        authorize_source(gate, self.key.as_ref(), &self.ciphertext, self.algorithm, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<Decrypted> {
        let entry = key.target();
        let algorithm = match self.algorithm {
            Some(EncryptionAlgorithm::SymmetricDefault) => EncryptionAlgorithm::SymmetricDefault,
            asked => algorithm::encryption(entry, entry.version_or_primary(self.version)?, asked)?,
        };
        let (plaintext, version) =
            decrypt_under(&key, self.version, &self.ciphertext, &self.additional_data, algorithm, scope)
                .await?;
        let is_primary = entry.key().primary == version;
        let (key, key_arn) = (entry.id(), scope.key_arn(entry));
        let protection = entry.protection(version);
        Ok(Decrypted { plaintext, key, key_arn, version, protection, is_primary, algorithm })
    }
}

/// Authorizes decryption with the key that a ciphertext names. If the caller names one too, that is authorized, and it
/// must be the same: so that a ciphertext made under another key is never opened in its place.
pub(crate) async fn authorize_source<A: MayDecrypt>(
    gate: &mut Gate<'_>,
    key: Option<&KeyRef>,
    ciphertext: &[u8],
    algorithm: Option<EncryptionAlgorithm>,
    params: &Params<'_>,
) -> Result<KeyProof<A>> {
    if algorithm != Some(EncryptionAlgorithm::SymmetricDefault) {
        let key =
            key.ok_or_else(|| Error::invalid("A KeyId is required to decrypt under an asymmetric key."))?;
        return gate.key(key, params).await;
    }
    let Some(key) = key else {
        let (header, _) = Header::parse(ciphertext)?;
        return gate.key(&KeyRef::id(header.key), params).await;
    };
    let proof: KeyProof<A> = gate.key(key, params).await?;
    match Header::parse(ciphertext) {
        Ok((header, _)) if header.key != proof.target().id() => Err(Error::new(
            Reason::IncorrectKey,
            "The key ID in the request does not identify a CMK that can perform this operation.",
        )),
        _ => Ok(proof),
    }
}

/// Decrypts under a key for any operation that may; tells the version too.
pub(crate) async fn decrypt_under<A: MayDecrypt>(
    key: &KeyProof<A>,
    version: Option<VersionNumber>,
    ciphertext: &[u8],
    additional_data: &AdditionalData,
    algorithm: EncryptionAlgorithm,
    scope: &Scope<'_>,
) -> Result<(SecretBytes, VersionNumber)> {
    check_algorithm(key.target().key().usage, algorithm, additional_data)?;
    if algorithm != EncryptionAlgorithm::SymmetricDefault {
        let version = key.target().version_or_primary(version)?.number;
        return Ok((scope.rsa_decrypt(key, Some(version), algorithm, ciphertext).await?, version));
    }
    let (header, sealed) = Header::parse(ciphertext)?;
    let aad = header.associated_data(additional_data);
    Ok((scope.open(key, header.version, header.aead, &aad, sealed).await?, header.version))
}
