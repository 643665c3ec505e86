use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! names {
    ($($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $name:ident = $text:tt,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[expect(missing_docs, reason = "the names say all")]
        pub enum $type { $($(#[$variant_doc])* #[serde(rename = $text)] $name,)* }

        impl $type {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// As it is written.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|known| known.as_str() == text).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|known| known.as_str()).collect();
                    format!("it is one of {}", known.join(", "))
                })
            }
        }
    )*};
}

names! {
    /// What protects the material of a key: encryption at rest and the memory of the service, or a device that does not
    /// give it away.
    ProtectionLevel {
        Software = "software",
        Hsm = "hsm",
    }

    /// Whether a provider can be used: it is asked what it can do, or tried again; it is ready; it is not tried again.
    ProviderState {
        Probing = "probing",
        Usable = "usable",
        Unusable = "unusable",
    }

    /// What a move of a key came to: there is a new primary version; only the next version will be made there; it was there.
    MoveOutcome {
        NewVersion = "new-version",
        NextVersions = "next-versions",
        Nothing = "nothing",
    }

    /// Why a key is in a device that none of the service's is made of: its version is destroyed, and the device could not be
    /// told; it is not there, and only its announcement is left; it was being made when a crash came, or the device did not
    /// answer; nothing is known of it here, and it may be of another installation that uses the same device, or have been made
    /// after the backup that this one was restored from.
    OrphanKind {
        Destroyed = "destroyed",
        Gone = "gone",
        Interrupted = "interrupted",
        Unknown = "unknown",
    }

    /// What a key is made of.
    KeySpec {
        Aes128 = "aes-128",
        Aes256 = "aes-256",
        EcP256 = "ec-p256",
        EcP384 = "ec-p384",
        EcP521 = "ec-p521",
        EcSecp256k1 = "ec-secp256k1",
        Ed25519 = "ed25519",
        HmacSha1 = "hmac-sha1",
        Hmac224 = "hmac-sha224",
        Hmac256 = "hmac-sha256",
        Hmac384 = "hmac-sha384",
        Hmac512 = "hmac-sha512",
        MlDsa44 = "ml-dsa-44",
        MlDsa65 = "ml-dsa-65",
        MlDsa87 = "ml-dsa-87",
        Rsa2048 = "rsa-2048",
        Rsa3072 = "rsa-3072",
        Rsa4096 = "rsa-4096",
    }

    /// What a key is for.
    KeyUsage {
        AsymmetricDecrypt = "asymmetric-decrypt",
        Encrypt = "encrypt",
        KeyAgreement = "key-agreement",
        Mac = "mac",
        RawEncrypt = "raw-encrypt",
        Sign = "sign",
    }

    /// Where the material of a key comes from.
    KeyOrigin {
        Generated = "generated",
        Imported = "imported",
        Adopted = "adopted",
    }

    /// The state of a key.
    KeyState {
        Destroyed = "destroyed",
        Disabled = "disabled",
        Enabled = "enabled",
        PendingDeletion = "pending-deletion",
        PendingImport = "pending-import",
    }

    /// The state of a key version, as in SP 800-57.
    VersionState {
        Active = "active",
        Compromised = "compromised",
        Deactivated = "deactivated",
        Destroyed = "destroyed",
        DestructionScheduled = "destruction-scheduled",
        Disabled = "disabled",
        Failed = "failed",
        PendingGeneration = "pending-generation",
        PendingImport = "pending-import",
        PreActive = "pre-active",
    }

    /// Why a key version was made.
    RotationKind {
        Automatic = "automatic",
        OnDemand = "on-demand",
    }

    /// How a message is encrypted.
    EncryptionAlgorithm {
        RsaOaepSha1 = "RSAES_OAEP_SHA_1",
        RsaOaepSha256 = "RSAES_OAEP_SHA_256",
        RsaOaepSha512 = "RSAES_OAEP_SHA_512",
        SymmetricDefault = "SYMMETRIC_DEFAULT",
    }

    /// How a signature is made.
    SigningAlgorithm {
        EcdsaSha256 = "ECDSA_SHA_256",
        EcdsaSha384 = "ECDSA_SHA_384",
        EcdsaSha512 = "ECDSA_SHA_512",
        Ed25519 = "ED25519_SHA_512",
        Ed25519ph = "ED25519_PH_SHA_512",
        MlDsa = "ML_DSA_SHAKE_256",
        RsaPkcs1Sha256 = "RSASSA_PKCS1_V1_5_SHA_256",
        RsaPkcs1Sha384 = "RSASSA_PKCS1_V1_5_SHA_384",
        RsaPkcs1Sha512 = "RSASSA_PKCS1_V1_5_SHA_512",
        RsaPssSha256 = "RSASSA_PSS_SHA_256",
        RsaPssSha384 = "RSASSA_PSS_SHA_384",
        RsaPssSha512 = "RSASSA_PSS_SHA_512",
    }

    /// What is signed: the message, its digest, or ML-DSA's message representative.
    MessageType {
        Digest = "DIGEST",
        ExternalMu = "EXTERNAL_MU",
        Raw = "RAW",
    }

    /// How a message authentication code is computed.
    MacAlgorithm {
        HmacSha1 = "HMAC_SHA_1",
        HmacSha224 = "HMAC_SHA_224",
        HmacSha256 = "HMAC_SHA_256",
        HmacSha384 = "HMAC_SHA_384",
        HmacSha512 = "HMAC_SHA_512",
    }

    /// A block cipher mode whose parameters the caller chooses.
    CipherMode {
        Cbc = "cbc",
        Ctr = "ctr",
        Gcm = "gcm",
    }

    /// How key material is wrapped for its import.
    WrappingAlgorithm {
        RsaAesKeyWrapSha1 = "RSA_AES_KEY_WRAP_SHA_1",
        RsaAesKeyWrapSha256 = "RSA_AES_KEY_WRAP_SHA_256",
        RsaOaepSha1 = "RSAES_OAEP_SHA_1",
        RsaOaepSha256 = "RSAES_OAEP_SHA_256",
    }

    /// The key under which key material is wrapped for its import.
    WrappingKeySpec {
        Rsa2048 = "rsa-2048",
        Rsa3072 = "rsa-3072",
        Rsa4096 = "rsa-4096",
    }

    /// What a certificate is for.
    CertificateProfile {
        Client = "client",
        Device = "device",
        Server = "server",
        ServerClient = "server-client",
        SubordinateCa = "sub-ca",
    }

    /// Why a certificate is revoked.
    RevocationReason {
        AffiliationChanged = "affiliation-changed",
        CaCompromise = "ca-compromise",
        CessationOfOperation = "cessation-of-operation",
        KeyCompromise = "key-compromise",
        PrivilegeWithdrawn = "privilege-withdrawn",
        Superseded = "superseded",
        Unspecified = "unspecified",
    }

    /// What a grant can allow.
    GrantOperation {
        CreateGrant = "CreateGrant",
        Decrypt = "Decrypt",
        DeriveSharedSecret = "DeriveSharedSecret",
        DescribeKey = "DescribeKey",
        Encrypt = "Encrypt",
        GenerateDataKey = "GenerateDataKey",
        GenerateDataKeyPair = "GenerateDataKeyPair",
        GenerateDataKeyPairWithoutPlaintext = "GenerateDataKeyPairWithoutPlaintext",
        GenerateDataKeyWithoutPlaintext = "GenerateDataKeyWithoutPlaintext",
        GenerateMac = "GenerateMac",
        GetPublicKey = "GetPublicKey",
        ReEncryptFrom = "ReEncryptFrom",
        ReEncryptTo = "ReEncryptTo",
        RetireGrant = "RetireGrant",
        Sign = "Sign",
        Verify = "Verify",
        VerifyMac = "VerifyMac",
    }

    /// The kind of a credential.
    CredentialKind {
        AccessKey = "access-key",
        BearerToken = "bearer-token",
        ClientCertificate = "client-certificate",
        ServiceAccountKey = "service-account-key",
        SharedKey = "shared-key",
    }

    /// What opens a keyslot.
    KeyslotKind {
        KeyFile = "key-file",
        Passphrase = "passphrase",
    }

    /// What a caller can do about a problem.
    ProblemKind {
        Conflict = "conflict",
        Denied = "denied",
        IntegrityFailure = "integrity-failure",
        Internal = "internal",
        Invalid = "invalid",
        InvalidState = "invalid-state",
        LimitExceeded = "limit-exceeded",
        NotFound = "not-found",
        Timeout = "timeout",
        Unauthenticated = "unauthenticated",
        Unavailable = "unavailable",
        Unsupported = "unsupported",
    }
}
