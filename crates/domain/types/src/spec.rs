/// What a key is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeySpec {
    /// 128-bit AES (FIPS 197), for raw encryption only.
    Aes128,
    /// 256-bit AES.
    Aes256,
    /// P-256 (FIPS 186-5, SP 800-186).
    EcP256,
    /// P-384.
    EcP384,
    /// P-521.
    EcP521,
    /// secp256k1 (SEC 2).
    EcSecp256k1,
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// HMAC with SHA-1 (FIPS 198-1), key of 20 bytes.
    HmacSha1,
    /// HMAC with SHA-224, key of 28 bytes.
    Hmac224,
    /// HMAC with SHA-256, key of 32 bytes.
    Hmac256,
    /// HMAC with SHA-384, key of 48 bytes.
    Hmac384,
    /// HMAC with SHA-512, key of 64 bytes.
    Hmac512,
    /// ML-DSA-44 (FIPS 204).
    MlDsa44,
    /// ML-DSA-65.
    MlDsa65,
    /// ML-DSA-87.
    MlDsa87,
    /// RSA with a modulus of 2048 bits (FIPS 186-5, RFC 8017).
    Rsa2048,
    /// RSA with a modulus of 3072 bits.
    Rsa3072,
    /// RSA with a modulus of 4096 bits.
    Rsa4096,
}

/// What protects the material of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProtectionLevel {
    /// Encryption under the root key at rest, this process's memory in use.
    Software,
    /// A device that does not give it away.
    Hsm,
}

impl ProtectionLevel {
    /// Its name, as Cloud KMS spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Software => "SOFTWARE",
            Self::Hsm => "HSM",
        }
    }
}

impl KeySpec {
    /// Every specification.
    pub const ALL: [Self; 18] = [
        Self::Aes128,
        Self::Aes256,
        Self::EcP256,
        Self::EcP384,
        Self::EcP521,
        Self::EcSecp256k1,
        Self::Ed25519,
        Self::HmacSha1,
        Self::Hmac224,
        Self::Hmac256,
        Self::Hmac384,
        Self::Hmac512,
        Self::MlDsa44,
        Self::MlDsa65,
        Self::MlDsa87,
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
    ];

    /// Our own name of it, in the store and the native API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes128 => "aes-128",
            Self::Aes256 => "aes-256",
            Self::EcP256 => "ec-p256",
            Self::EcP384 => "ec-p384",
            Self::EcP521 => "ec-p521",
            Self::EcSecp256k1 => "ec-secp256k1",
            Self::Ed25519 => "ed25519",
            Self::HmacSha1 => "hmac-sha1",
            Self::Hmac224 => "hmac-sha224",
            Self::Hmac256 => "hmac-sha256",
            Self::Hmac384 => "hmac-sha384",
            Self::Hmac512 => "hmac-sha512",
            Self::MlDsa44 => "ml-dsa-44",
            Self::MlDsa65 => "ml-dsa-65",
            Self::MlDsa87 => "ml-dsa-87",
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
        }
    }

    /// The inverse of [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|spec| spec.name() == name)
    }

    /// The name that policies use (`kms:KeySpec`) and that AWS clients send, who know all but `AES_128` and
    /// `HMAC_SHA_1`.
    pub const fn policy_name(self) -> &'static str {
        match self {
            Self::Aes128 => "AES_128",
            Self::Aes256 => "SYMMETRIC_DEFAULT",
            Self::EcP256 => "ECC_NIST_P256",
            Self::EcP384 => "ECC_NIST_P384",
            Self::EcP521 => "ECC_NIST_P521",
            Self::EcSecp256k1 => "ECC_SECG_P256K1",
            Self::Ed25519 => "ECC_NIST_EDWARDS25519",
            Self::HmacSha1 => "HMAC_SHA_1",
            Self::Hmac224 => "HMAC_224",
            Self::Hmac256 => "HMAC_256",
            Self::Hmac384 => "HMAC_384",
            Self::Hmac512 => "HMAC_512",
            Self::MlDsa44 => "ML_DSA_44",
            Self::MlDsa65 => "ML_DSA_65",
            Self::MlDsa87 => "ML_DSA_87",
            Self::Rsa2048 => "RSA_2048",
            Self::Rsa3072 => "RSA_3072",
            Self::Rsa4096 => "RSA_4096",
        }
    }

    /// The inverse of [`policy_name`](Self::policy_name).
    pub fn from_policy_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|spec| spec.policy_name() == name)
    }

    /// Whether a key of this specification has a public half.
    pub const fn is_asymmetric(self) -> bool {
        !self.is_symmetric()
    }

    /// Whether the key is one secret: AES or HMAC.
    pub const fn is_symmetric(self) -> bool {
        self.symmetric_len().is_some()
    }

    /// Whether it is a key of AES.
    pub const fn is_aes(self) -> bool {
        matches!(self, Self::Aes128 | Self::Aes256)
    }

    /// Length in bytes of a symmetric key.
    pub const fn symmetric_len(self) -> Option<usize> {
        match self {
            Self::Aes128 => Some(16),
            Self::HmacSha1 => Some(20),
            Self::Hmac224 => Some(28),
            Self::Aes256 | Self::Hmac256 => Some(32),
            Self::Hmac384 => Some(48),
            Self::Hmac512 => Some(64),
            _ => None,
        }
    }

    /// Modulus length in bits of an RSA key.
    pub const fn rsa_bits(self) -> Option<u32> {
        match self {
            Self::Rsa2048 => Some(2048),
            Self::Rsa3072 => Some(3072),
            Self::Rsa4096 => Some(4096),
            _ => None,
        }
    }

    /// Whether a key of this specification may be made for `usage`.
    pub const fn allows(self, usage: KeyUsage) -> bool {
        match usage {
            KeyUsage::Encrypt => matches!(self, Self::Aes256),
            KeyUsage::RawEncrypt => matches!(self, Self::Aes128 | Self::Aes256),
            KeyUsage::AsymmetricDecrypt => self.rsa_bits().is_some(),
            KeyUsage::Mac => {
                matches!(self, Self::HmacSha1 | Self::Hmac224 | Self::Hmac256 | Self::Hmac384 | Self::Hmac512)
            }
            KeyUsage::KeyAgreement => matches!(self, Self::EcP256 | Self::EcP384 | Self::EcP521),
            KeyUsage::Sign => self.is_asymmetric(),
        }
    }
}

/// What a key is for; fixed when it is made. Uses are disjoint: a key for one is refused for every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyUsage {
    /// RSA encryption with the public half, decryption with the private one.
    AsymmetricDecrypt,
    /// Authenticated encryption in our own ciphertext format.
    Encrypt,
    /// Elliptic-curve Diffie–Hellman (SP 800-56A).
    KeyAgreement,
    /// Message authentication codes.
    Mac,
    /// Encryption modes whose parameters the caller chooses. Never converted to or from [`Encrypt`](Self::Encrypt): a
    /// raw mode under the same key would undo the guarantees of its AEAD.
    RawEncrypt,
    /// Digital signatures.
    Sign,
}

impl KeyUsage {
    /// Every usage.
    pub const ALL: [Self; 6] =
        [Self::AsymmetricDecrypt, Self::Encrypt, Self::KeyAgreement, Self::Mac, Self::RawEncrypt, Self::Sign];

    /// The name that policies use (`kms:KeyUsage`) and that AWS clients send; one name covers both kinds of encryption.
    pub const fn policy_name(self) -> &'static str {
        match self {
            Self::AsymmetricDecrypt | Self::Encrypt | Self::RawEncrypt => "ENCRYPT_DECRYPT",
            Self::KeyAgreement => "KEY_AGREEMENT",
            Self::Mac => "GENERATE_VERIFY_MAC",
            Self::Sign => "SIGN_VERIFY",
        }
    }

    /// Our own name of it, in the store and the native API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AsymmetricDecrypt => "asymmetric-decrypt",
            Self::Encrypt => "encrypt",
            Self::KeyAgreement => "key-agreement",
            Self::Mac => "mac",
            Self::RawEncrypt => "raw-encrypt",
            Self::Sign => "sign",
        }
    }

    /// The inverse of [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|usage| usage.name() == name)
    }
}
