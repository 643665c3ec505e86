use claviger_types::{
    CertificateProfile, KeyAlgorithm, KeyOrigin, KeySpec, KeyState, KeyUsage, ObjectKind, ObjectState,
    ProtectionLevel, RevocationReason, RotationKind, SigningAlgorithm, VersionState, WrappingAlgorithm,
    WrappingKeySpec,
};

/// An enumeration as text in a column. The texts are part of the schema: a change of one needs a migration.
pub(crate) trait Code: Copy + Sized {
    /// The text.
    fn code(self) -> &'static str;
    /// The inverse.
    fn from_code(code: &str) -> Option<Self>;
}

macro_rules! codes {
    ($type:ident { $($variant:ident = $code:literal),* $(,)? }) => {
        impl Code for $type {
            fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

macro_rules! codes_by_name {
    ($($type:ident),*) => { $(
        impl Code for $type {
            fn code(self) -> &'static str {
                self.name()
            }

            fn from_code(code: &str) -> Option<Self> {
                Self::from_name(code)
            }
        }
    )* };
}

codes_by_name!(
    CertificateProfile,
    KeyAlgorithm,
    KeySpec,
    KeyUsage,
    RevocationReason,
    SigningAlgorithm,
    WrappingAlgorithm
);

codes!(KeyOrigin { Generated = "generated", Imported = "imported", Adopted = "adopted" });

codes!(KeyState {
    Disabled = "disabled",
    Enabled = "enabled",
    PendingDeletion = "pending-deletion",
    PendingImport = "pending-import",
    Destroyed = "destroyed",
});

codes!(VersionState {
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
});

codes!(ObjectKind {
    Certificate = "certificate",
    OpaqueObject = "opaque-object",
    PrivateKey = "private-key",
    PublicKey = "public-key",
    SecretData = "secret-data",
    SymmetricKey = "symmetric-key",
});

codes!(ObjectState {
    Active = "active",
    Compromised = "compromised",
    Deactivated = "deactivated",
    Destroyed = "destroyed",
    DestroyedCompromised = "destroyed-compromised",
    PreActive = "pre-active",
});

codes!(ProtectionLevel { Software = "software", Hsm = "hsm" });

codes!(RotationKind { Automatic = "automatic", OnDemand = "on-demand" });

codes!(WrappingKeySpec { Rsa2048 = "rsa-2048", Rsa3072 = "rsa-3072", Rsa4096 = "rsa-4096" });
