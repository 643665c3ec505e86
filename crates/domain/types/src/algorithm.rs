use crate::{KeySpec, KeyUsage};

/// A hash function (FIPS 180-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say all")]
pub enum HashAlgorithm {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// How a signature is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of the AWS API and say all")]
pub enum SigningAlgorithm {
    EcdsaSha256,
    EcdsaSha384,
    EcdsaSha512,
    /// PureEdDSA (RFC 8032 §5.1).
    Ed25519,
    /// HashEdDSA (RFC 8032 §5.1): the message is hashed with SHA-512 first.
    Ed25519ph,
    /// ML-DSA (FIPS 204), empty context.
    MlDsa,
    RsaPkcs1Sha256,
    RsaPkcs1Sha384,
    RsaPkcs1Sha512,
    RsaPssSha256,
    RsaPssSha384,
    RsaPssSha512,
}

impl SigningAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 12] = [
        Self::EcdsaSha256,
        Self::EcdsaSha384,
        Self::EcdsaSha512,
        Self::Ed25519,
        Self::Ed25519ph,
        Self::MlDsa,
        Self::RsaPkcs1Sha256,
        Self::RsaPkcs1Sha384,
        Self::RsaPkcs1Sha512,
        Self::RsaPssSha256,
        Self::RsaPssSha384,
        Self::RsaPssSha512,
    ];

    /// The name that policies use (`kms:SigningAlgorithm`) and that AWS clients send.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EcdsaSha256 => "ECDSA_SHA_256",
            Self::EcdsaSha384 => "ECDSA_SHA_384",
            Self::EcdsaSha512 => "ECDSA_SHA_512",
            Self::Ed25519 => "ED25519_SHA_512",
            Self::Ed25519ph => "ED25519_PH_SHA_512",
            Self::MlDsa => "ML_DSA_SHAKE_256",
            Self::RsaPkcs1Sha256 => "RSASSA_PKCS1_V1_5_SHA_256",
            Self::RsaPkcs1Sha384 => "RSASSA_PKCS1_V1_5_SHA_384",
            Self::RsaPkcs1Sha512 => "RSASSA_PKCS1_V1_5_SHA_512",
            Self::RsaPssSha256 => "RSASSA_PSS_SHA_256",
            Self::RsaPssSha384 => "RSASSA_PSS_SHA_384",
            Self::RsaPssSha512 => "RSASSA_PSS_SHA_512",
        }
    }

    /// The inverse of [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The algorithms of a signing key of this specification, in the order in which they are offered.
    pub const fn of(spec: KeySpec) -> &'static [Self] {
        match spec {
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => &[
                Self::RsaPssSha256,
                Self::RsaPssSha384,
                Self::RsaPssSha512,
                Self::RsaPkcs1Sha256,
                Self::RsaPkcs1Sha384,
                Self::RsaPkcs1Sha512,
            ],
            KeySpec::EcP256 | KeySpec::EcSecp256k1 => &[Self::EcdsaSha256],
            KeySpec::EcP384 => &[Self::EcdsaSha384],
            KeySpec::EcP521 => &[Self::EcdsaSha512],
            KeySpec::Ed25519 => &[Self::Ed25519, Self::Ed25519ph],
            KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => &[Self::MlDsa],
            KeySpec::Aes128
            | KeySpec::Aes256
            | KeySpec::HmacSha1
            | KeySpec::Hmac224
            | KeySpec::Hmac256
            | KeySpec::Hmac384
            | KeySpec::Hmac512 => &[],
        }
    }
}

/// What the bytes given to Sign or Verify are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageType {
    /// The digest of the message, of the algorithm's hash length.
    Digest,
    /// The 64-byte message representative µ of ML-DSA (FIPS 204 §6.2), computed by the caller.
    ExternalMu,
    /// The message itself.
    Raw,
}

impl MessageType {
    /// The name that policies use (`kms:MessageType`) and that AWS clients send.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Digest => "DIGEST",
            Self::ExternalMu => "EXTERNAL_MU",
            Self::Raw => "RAW",
        }
    }

    /// The inverse of [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Digest, Self::ExternalMu, Self::Raw].into_iter().find(|kind| kind.name() == name)
    }
}

/// How a message is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EncryptionAlgorithm {
    /// RSAES-OAEP with SHA-1 and MGF1 with SHA-1 (RFC 8017 §7.1).
    RsaOaepSha1,
    /// RSAES-OAEP with SHA-256 and MGF1 with SHA-256.
    RsaOaepSha256,
    /// RSAES-OAEP with SHA-512 and MGF1 with SHA-512; unknown to AWS.
    RsaOaepSha512,
    /// The AEAD of the key's provider, in our ciphertext format.
    SymmetricDefault,
}

impl EncryptionAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 4] =
        [Self::RsaOaepSha1, Self::RsaOaepSha256, Self::RsaOaepSha512, Self::SymmetricDefault];

    /// The name that policies use (`kms:EncryptionAlgorithm`) and that AWS clients send.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RsaOaepSha1 => "RSAES_OAEP_SHA_1",
            Self::RsaOaepSha256 => "RSAES_OAEP_SHA_256",
            Self::RsaOaepSha512 => "RSAES_OAEP_SHA_512",
            Self::SymmetricDefault => "SYMMETRIC_DEFAULT",
        }
    }

    /// The inverse of [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The algorithms of a key, in the order in which they are offered; none for keys that do not encrypt.
    pub const fn of(usage: KeyUsage) -> &'static [Self] {
        match usage {
            KeyUsage::Encrypt => &[Self::SymmetricDefault],
            KeyUsage::AsymmetricDecrypt => &[Self::RsaOaepSha1, Self::RsaOaepSha256, Self::RsaOaepSha512],
            KeyUsage::KeyAgreement | KeyUsage::Mac | KeyUsage::RawEncrypt | KeyUsage::Sign => &[],
        }
    }
}

/// HMAC (FIPS 198-1) by its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say all")]
pub enum MacAlgorithm {
    /// For what exists: unknown to AWS.
    HmacSha1,
    HmacSha224,
    HmacSha256,
    HmacSha384,
    HmacSha512,
}

impl MacAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 5] =
        [Self::HmacSha1, Self::HmacSha224, Self::HmacSha256, Self::HmacSha384, Self::HmacSha512];

    /// The name that policies use (`kms:MacAlgorithm`) and that AWS clients send.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HmacSha1 => "HMAC_SHA_1",
            Self::HmacSha224 => "HMAC_SHA_224",
            Self::HmacSha256 => "HMAC_SHA_256",
            Self::HmacSha384 => "HMAC_SHA_384",
            Self::HmacSha512 => "HMAC_SHA_512",
        }
    }

    /// The inverse of [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The one algorithm of a MAC key; `None` for any other key.
    pub const fn of(spec: KeySpec) -> Option<Self> {
        match spec {
            KeySpec::HmacSha1 => Some(Self::HmacSha1),
            KeySpec::Hmac224 => Some(Self::HmacSha224),
            KeySpec::Hmac256 => Some(Self::HmacSha256),
            KeySpec::Hmac384 => Some(Self::HmacSha384),
            KeySpec::Hmac512 => Some(Self::HmacSha512),
            _ => None,
        }
    }
}

/// How a shared secret is derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AgreementAlgorithm {
    /// Elliptic-curve Diffie–Hellman, the x coordinate as it is (SP 800-56A §5.7.1.2).
    Ecdh,
}

impl AgreementAlgorithm {
    /// The name that policies use (`kms:KeyAgreementAlgorithm`) and that AWS clients send.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ecdh => "ECDH",
        }
    }
}

/// How key material is wrapped for import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WrappingAlgorithm {
    /// An ephemeral AES-256 key under RSAES-OAEP with SHA-1, the material under it by AES-KWP (PKCS#11 CKM_RSA_AES_KEY_WRAP).
    RsaAesKeyWrapSha1,
    /// The same with SHA-256.
    RsaAesKeyWrapSha256,
    /// The material directly under RSAES-OAEP with SHA-1.
    RsaOaepSha1,
    /// The material directly under RSAES-OAEP with SHA-256.
    RsaOaepSha256,
}

impl WrappingAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 4] =
        [Self::RsaAesKeyWrapSha1, Self::RsaAesKeyWrapSha256, Self::RsaOaepSha1, Self::RsaOaepSha256];

    /// The name that policies use (`kms:WrappingAlgorithm`) and that AWS clients send.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RsaAesKeyWrapSha1 => "RSA_AES_KEY_WRAP_SHA_1",
            Self::RsaAesKeyWrapSha256 => "RSA_AES_KEY_WRAP_SHA_256",
            Self::RsaOaepSha1 => "RSAES_OAEP_SHA_1",
            Self::RsaOaepSha256 => "RSAES_OAEP_SHA_256",
        }
    }

    /// The inverse of [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}

/// The RSA key under which key material is wrapped for import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say all")]
pub enum WrappingKeySpec {
    Rsa2048,
    Rsa3072,
    Rsa4096,
}

impl WrappingKeySpec {
    /// The key specification that it is.
    pub const fn key_spec(self) -> KeySpec {
        match self {
            Self::Rsa2048 => KeySpec::Rsa2048,
            Self::Rsa3072 => KeySpec::Rsa3072,
            Self::Rsa4096 => KeySpec::Rsa4096,
        }
    }
}

/// A block cipher mode whose parameters the caller chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CipherMode {
    /// CBC without padding (SP 800-38A §6.2), 16-byte initialization vector.
    Cbc,
    /// CTR (SP 800-38A §6.5), 16-byte initial counter block.
    Ctr,
    /// GCM (SP 800-38D), 12-byte initialization vector, 16-byte tag.
    Gcm,
}

impl CipherMode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Cbc, Self::Ctr, Self::Gcm];

    /// Our own name of it, in the store, the native API and the audit log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cbc => "cbc",
            Self::Ctr => "ctr",
            Self::Gcm => "gcm",
        }
    }

    /// The inverse of [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// Length in bytes of its initialization vector.
    pub const fn iv_len(self) -> usize {
        match self {
            Self::Cbc | Self::Ctr => 16,
            Self::Gcm => 12,
        }
    }
}

/// The one algorithm that a version is for, where its maker fixed more than its specification and usage do. Cloud KMS
/// fixes padding and hash with each version; keys made through other protocols leave them to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// Only this encryption.
    Decrypt(EncryptionAlgorithm),
    /// ML-DSA over message representatives only ([`MessageType::ExternalMu`]).
    ExternalMu,
    /// Only this mode.
    Raw(CipherMode),
    /// Only this signature.
    Sign(SigningAlgorithm),
}

impl KeyAlgorithm {
    /// Every algorithm.
    pub fn all() -> impl Iterator<Item = Self> {
        let decrypt = EncryptionAlgorithm::ALL.into_iter().map(Self::Decrypt);
        let sign = SigningAlgorithm::ALL.into_iter().map(Self::Sign);
        let raw = CipherMode::ALL.into_iter().map(Self::Raw);
        decrypt.chain(sign).chain(raw).chain([Self::ExternalMu])
    }

    /// Our own name of it, in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decrypt(algorithm) => algorithm.name(),
            Self::ExternalMu => "ML_DSA_EXTERNAL_MU",
            Self::Raw(mode) => mode.name(),
            Self::Sign(algorithm) => algorithm.name(),
        }
    }

    /// The inverse of [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|algorithm| algorithm.name() == name)
    }

    /// What a version is for where its maker left the choice to the callers, and a caller leaves it to the version.
    pub const fn default_of(spec: KeySpec, usage: KeyUsage) -> Option<Self> {
        match usage {
            KeyUsage::AsymmetricDecrypt => Some(Self::Decrypt(EncryptionAlgorithm::RsaOaepSha256)),
            KeyUsage::RawEncrypt => Some(Self::Raw(CipherMode::Gcm)),
            KeyUsage::Sign => match spec {
                KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => {
                    Some(Self::Sign(SigningAlgorithm::RsaPkcs1Sha256))
                }
                _ => match SigningAlgorithm::of(spec) {
                    [first, ..] => Some(Self::Sign(*first)),
                    [] => None,
                },
            },
            KeyUsage::Encrypt | KeyUsage::KeyAgreement | KeyUsage::Mac => None,
        }
    }

    /// Whether a key of this specification and usage can be restricted to it.
    pub fn fits(self, spec: KeySpec, usage: KeyUsage) -> bool {
        match self {
            Self::Decrypt(algorithm) => EncryptionAlgorithm::of(usage).contains(&algorithm),
            Self::ExternalMu => {
                usage == KeyUsage::Sign && SigningAlgorithm::of(spec).contains(&SigningAlgorithm::MlDsa)
            }
            Self::Raw(_) => usage == KeyUsage::RawEncrypt,
            Self::Sign(algorithm) => {
                usage == KeyUsage::Sign && SigningAlgorithm::of(spec).contains(&algorithm)
            }
        }
    }
}

/// What is signed.
#[derive(Clone, Copy)]
pub enum SigningInput<'a> {
    /// The digest of the message by the algorithm's hash.
    Digest(&'a [u8]),
    /// ML-DSA's message representative µ.
    ExternalMu(&'a [u8]),
    /// The message.
    Message(&'a [u8]),
}
