use claviger_core::{Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Result, Scope, actions};
use claviger_types::{EncryptionAlgorithm, KeyId, KeyUsage, ProtectionLevel, SecretBytes, VersionNumber};

use crate::{
    algorithm,
    envelope::{AdditionalData, Header},
};

/// Encrypts a small message under a key.
pub struct Encrypt {
    /// The key, of usage encrypt or asymmetric decrypt.
    pub key: KeyRef,
    /// The version; the primary one if absent.
    pub version: Option<VersionNumber>,
    /// 0 to 65,536 bytes; fronts may allow less.
    pub plaintext: SecretBytes,
    /// What the ciphertext is bound to; only for symmetric keys.
    pub additional_data: AdditionalData,
    /// How; it must be one of the key's.
    pub algorithm: EncryptionAlgorithm,
}

/// A ciphertext.
#[derive(Debug)]
pub struct Encrypted {
    /// In the format of [`envelope`](crate::envelope), or as RSAES-OAEP has it.
    pub ciphertext: Vec<u8>,
    /// The key.
    pub key: KeyId,
    /// Its ARN.
    pub key_arn: String,
    /// The version that was used.
    pub version: VersionNumber,
    /// What protects it.
    pub protection: ProtectionLevel,
    /// How.
    pub algorithm: EncryptionAlgorithm,
}

impl Operation for Encrypt {
    type Proof = KeyProof<actions::Encrypt>;
    type Output = Encrypted;
    const NAME: &'static str = "Encrypt";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        Params {
            encryption_algorithm: Some(self.algorithm),
            encryption_context: self.additional_data.context(),
            version: self.version,
            ..Params::default()
        }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<Encrypted> {
        encrypt_under(&key, self.version, &self.plaintext, &self.additional_data, self.algorithm, scope).await
    }
}

/// Encrypts under a key for any operation that may.
pub(crate) async fn encrypt_under<A: claviger_core::MayEncrypt>(
    key: &KeyProof<A>,
    version: Option<VersionNumber>,
    plaintext: &SecretBytes,
    additional_data: &AdditionalData,
    algorithm: EncryptionAlgorithm,
    scope: &Scope<'_>,
) -> Result<Encrypted> {
    let entry = key.target();
    check_algorithm(entry.key().usage, algorithm, additional_data)?;
    let (ciphertext, version) = match algorithm {
        EncryptionAlgorithm::SymmetricDefault => {
            let mut out = Vec::with_capacity(plaintext.len() + 64);
            let id = entry.id();
            let header = |version, aead, out: &mut Vec<u8>| {
                Header { aead, key: id, version }.write(additional_data, out)
            };
            let version = scope.seal(key, version, plaintext.expose(), &mut out, header).await?;
            (out, version)
        }
        EncryptionAlgorithm::RsaOaepSha1
        | EncryptionAlgorithm::RsaOaepSha256
        | EncryptionAlgorithm::RsaOaepSha512 => {
            let version = entry.version_or_primary(version)?;
            let algorithm = algorithm::encryption(entry, version, Some(algorithm))?;
            let version = version.number;
            (scope.rsa_encrypt(key, Some(version), algorithm, plaintext.expose()).await?, version)
        }
    };
    let protection = entry.protection(version);
    Ok(Encrypted {
        ciphertext,
        protection,
        key: entry.id(),
        key_arn: scope.key_arn(entry),
        version,
        algorithm,
    })
}

/// Refuses an algorithm that is not the key's, and additional data where nothing can bind it.
pub(crate) fn check_algorithm(
    usage: KeyUsage,
    algorithm: EncryptionAlgorithm,
    additional_data: &AdditionalData,
) -> Result<()> {
    if !EncryptionAlgorithm::of(usage).contains(&algorithm) {
        let name = algorithm.name();
        return Err(Error::new(
            claviger_core::Reason::InvalidKeyUsage,
            format!("Algorithm {name} is not valid for this key."),
        ));
    }
    let none = matches!(additional_data, AdditionalData::None)
        || additional_data.context().is_some_and(|context| context.is_empty());
    match none || algorithm == EncryptionAlgorithm::SymmetricDefault {
        true => Ok(()),
        false => Err(Error::invalid("An encryption context can only be used with symmetric keys.")),
    }
}
