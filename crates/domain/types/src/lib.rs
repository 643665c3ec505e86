//! The vocabulary of the domain: identifiers, key specifications, algorithms, states, names and records.
//!
//! Plain data. Nothing here does I/O, knows a protocol, reads a clock or draws randomness; nothing here is
//! serialized as it stands (stores and fronts write their own twins and convert).
#![forbid(unsafe_code)]

mod algorithm;
mod audit;
mod grant;
mod id;
mod key;
mod name;
mod object;
mod pki;
mod principal;
mod provider;
mod ring;
mod sealed;
mod secret;
mod spec;
mod time;

pub use algorithm::{
    AgreementAlgorithm, CipherMode, EncryptionAlgorithm, HashAlgorithm, KeyAlgorithm, MacAlgorithm,
    MessageType, SigningAlgorithm, SigningInput, WrappingAlgorithm, WrappingKeySpec,
};
pub use audit::{AuditHead, AuditMode, AuditSeq, Checkpoint};
pub use grant::{Grant, GrantConstraint, GrantOperation, GrantOperations};
pub use id::{
    AccountId, AuthorityId, CredentialId, GrantId, InvalidId, KeyId, KeyTag, PrincipalId, ProviderId,
    ProviderName, Region, RequestId, VersionNumber,
};
pub use key::{
    Deletion, ImportJob, ImportJobId, ImportJobOwner, Key, KeyOrigin, KeyState, KeyVersion, Project,
    Revision, Rotation, RotationKind, Tags, VersionImport, VersionState, VersionTemplate,
};
pub use name::{AliasName, BackupName, InvalidName, KeyName};
pub use object::{ManagedObject, ObjectDates, ObjectId, ObjectKind, ObjectRevocation, ObjectState};
pub use pki::{
    AuthorityName, Certificate, CertificateAuthority, CertificateProfile, CertificateSerial, Issuer,
    IssuerId, Revocation, RevocationList, RevocationReason,
};
pub use principal::{
    Credential, CredentialKind, IdentityPolicy, PolicyName, Principal, PrincipalName, TokenHash,
};
pub use provider::{KeyIntent, OrphanKind, ProviderIdentity};
pub use ring::{AttachedPolicy, ImportJobName, KeyPlace, KeyRing, KeyRingName, RingKeyName};
pub use sealed::{RootKeyGeneration, Sealed};
pub use secret::{SecretBytes, SecretKey, SecretTooLong};
pub use spec::{KeySpec, KeyUsage, ProtectionLevel};
pub use time::{Days, Timestamp};
