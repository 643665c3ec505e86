use std::{fmt, marker::PhantomData};

use claviger_types::{GrantOperation, KeyUsage};

/// What a policy can allow: a type for each action, so that the proof of a decision names the action that was decided.
pub trait Action: Send + Sync + 'static {
    /// Service and name, as policies write them: `kms:Encrypt`.
    const NAME: &'static str;
    /// The operation of a grant that allows it, if grants can.
    const GRANT: Option<GrantOperation> = None;
    /// Whether its calls take an encryption context, which the constraint of a grant is about.
    const TAKES_CONTEXT: bool = false;
    /// What the key must be for it, checked after the decision.
    const NEEDS: Needs = Needs::Nothing;
}

/// What a key must be for an action.
#[derive(Clone, Copy, Debug)]
pub enum Needs {
    /// It must be of one of these uses, and usable; its primary version must be able to protect.
    ToProtect(&'static [KeyUsage]),
    /// It must be of one of these uses, and usable for what exists.
    ToProcess(&'static [KeyUsage]),
    /// Nothing; the operation itself looks at the state.
    Nothing,
    /// It must not be about to be destroyed.
    NotPendingDeletion,
}

/// What a decision needs to know of an action.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ActionInfo {
    pub(crate) name: &'static str,
    pub(crate) grant: Option<GrantOperation>,
    pub(crate) takes_context: bool,
}

impl ActionInfo {
    pub(crate) const fn of<A: Action>() -> Self {
        Self { name: A::NAME, grant: A::GRANT, takes_context: A::TAKES_CONTEXT }
    }

    /// The action of this name, which policies write in any case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        actions::INFO.iter().find(|info| info.name.eq_ignore_ascii_case(name)).copied()
    }
}

/// The proof that a caller may do `A` to a target. Only the gate of this crate makes one, and everything that touches
/// keys, stores or secrets asks for one.
pub struct Authorized<A, T> {
    target: T,
    action: PhantomData<fn() -> A>,
}

impl<A: Action, T> Authorized<A, T> {
    pub(crate) fn new(target: T) -> Self {
        Self { target, action: PhantomData }
    }

    /// What the action may be done to.
    pub fn target(&self) -> &T {
        &self.target
    }
}

impl<A: Action, T: fmt::Debug> fmt::Debug for Authorized<A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorized({}, {:?})", A::NAME, self.target)
    }
}

/// Actions that allow encryption with a key.
pub trait MayEncrypt: Action {}
/// Actions that allow decryption with a key.
pub trait MayDecrypt: Action {}
/// Actions that allow encryption with a key in a raw mode.
pub trait MayRawEncrypt: Action {}
/// Actions that allow decryption with a key in a raw mode.
pub trait MayRawDecrypt: Action {}
/// Actions that allow signing with a key.
pub trait MaySign: Action {}
/// Actions that allow checking a signature with a key.
pub trait MayVerify: Action {}
/// Actions that allow computing a code with a key.
pub trait MayMac: Action {}
/// Actions that allow checking a code with a key.
pub trait MayVerifyMac: Action {}
/// Actions that allow key agreement with a key.
pub trait MayAgree: Action {}
/// Actions that allow making new key material.
pub trait MayGenerate: Action {}
/// Actions that change what is stored.
pub trait MayChange: Action {}
/// Actions by which material leaves in the clear, or wrapped for somebody.
pub trait MayExport: Action {}
/// Actions that allow unwrapping and taking over material.
pub trait MayImport: Action {}

macro_rules! actions {
    ($($name:ident = $text:literal $(grant $grant:ident)? $(context $context:literal)? $(needs $needs:expr)? $(, may $($may:ident)+)?;)*) => {
        /// The actions, one type each.
        pub mod actions {
            use claviger_types::GrantOperation;

            use super::{
                AGREES, ANY, Action, ActionInfo, DATA_KEYS, ENCRYPTS, MACS, MayAgree, MayChange, MayDecrypt, MayEncrypt, MayExport, MayGenerate,
                MayImport, MayMac, MayRawDecrypt, MayRawEncrypt, MaySign, MayVerify, MayVerifyMac, Needs, RAW, SIGNS,
            };
            $(
                #[doc = concat!("`", $text, "`")]
                #[derive(Debug, Clone, Copy)]
                pub struct $name;
                impl Action for $name {
                    const NAME: &'static str = $text;
                    $(const GRANT: Option<GrantOperation> = Some(GrantOperation::$grant);)?
                    $(const TAKES_CONTEXT: bool = $context;)?
                    $(const NEEDS: Needs = $needs;)?
                }
                $($(impl $may for $name {})+)?
            )*
            /// The name of every action.
            pub const ALL: &[&str] = &[$($text),*];
            pub(crate) const INFO: &[ActionInfo] = &[$(ActionInfo::of::<$name>()),*];
        }
    };
}

const ANY: &[KeyUsage] = &KeyUsage::ALL;
const ENCRYPTS: &[KeyUsage] = &[KeyUsage::Encrypt, KeyUsage::AsymmetricDecrypt];
const RAW: &[KeyUsage] = &[KeyUsage::RawEncrypt];
const DATA_KEYS: &[KeyUsage] = &[KeyUsage::Encrypt];
const SIGNS: &[KeyUsage] = &[KeyUsage::Sign];
const MACS: &[KeyUsage] = &[KeyUsage::Mac];
const AGREES: &[KeyUsage] = &[KeyUsage::KeyAgreement];

actions! {
    CancelKeyDeletion = "kms:CancelKeyDeletion", may MayChange;
    CreateAlias = "kms:CreateAlias" needs Needs::NotPendingDeletion, may MayChange;
    CreateKeyRing = "kms:CreateKeyRing", may MayChange;
    CreateKeyVersion = "kms:CreateKeyVersion" needs Needs::NotPendingDeletion, may MayGenerate MayChange;
    CreateImportJob = "kms:CreateImportJob", may MayGenerate MayChange;
    CreateGrant = "kms:CreateGrant" grant CreateGrant needs Needs::ToProcess(ANY), may MayChange;
    CreateKey = "kms:CreateKey", may MayGenerate MayChange;
    Decrypt = "kms:Decrypt" grant Decrypt context true needs Needs::ToProcess(ENCRYPTS), may MayDecrypt;
    DeleteAlias = "kms:DeleteAlias", may MayChange;
    DeleteImportedKeyMaterial = "kms:DeleteImportedKeyMaterial", may MayChange;
    DeriveSharedSecret = "kms:DeriveSharedSecret" grant DeriveSharedSecret needs Needs::ToProtect(AGREES), may MayAgree;
    DescribeKey = "kms:DescribeKey" grant DescribeKey;
    DestroyKeyVersion = "kms:DestroyKeyVersion" needs Needs::NotPendingDeletion, may MayChange;
    DisableKey = "kms:DisableKey" needs Needs::NotPendingDeletion, may MayChange;
    DisableKeyRotation = "kms:DisableKeyRotation" needs Needs::NotPendingDeletion, may MayChange;
    EnableKey = "kms:EnableKey" needs Needs::NotPendingDeletion, may MayChange;
    EnableKeyRotation = "kms:EnableKeyRotation" needs Needs::NotPendingDeletion, may MayChange;
    Encrypt = "kms:Encrypt" grant Encrypt context true needs Needs::ToProtect(ENCRYPTS), may MayEncrypt;
    GenerateDataKey = "kms:GenerateDataKey" grant GenerateDataKey context true needs Needs::ToProtect(DATA_KEYS), may MayEncrypt MayGenerate;
    GenerateDataKeyPair = "kms:GenerateDataKeyPair" grant GenerateDataKeyPair context true needs Needs::ToProtect(DATA_KEYS), may MayEncrypt MayGenerate;
    GenerateDataKeyPairWithoutPlaintext = "kms:GenerateDataKeyPairWithoutPlaintext" grant GenerateDataKeyPairWithoutPlaintext context true needs Needs::ToProtect(DATA_KEYS), may MayEncrypt MayGenerate;
    GenerateDataKeyWithoutPlaintext = "kms:GenerateDataKeyWithoutPlaintext" grant GenerateDataKeyWithoutPlaintext context true needs Needs::ToProtect(DATA_KEYS), may MayEncrypt MayGenerate;
    GenerateMac = "kms:GenerateMac" grant GenerateMac needs Needs::ToProtect(MACS), may MayMac;
    GenerateRandom = "kms:GenerateRandom", may MayGenerate;
    GetImportJob = "kms:GetImportJob";
    GetKeyLastUsage = "kms:GetKeyLastUsage";
    GetKeyPolicy = "kms:GetKeyPolicy";
    GetKeyRing = "kms:GetKeyRing";
    GetKeyRingPolicy = "kms:GetKeyRingPolicy";
    GetKeyRotationStatus = "kms:GetKeyRotationStatus";
    GetParametersForImport = "kms:GetParametersForImport" needs Needs::NotPendingDeletion, may MayGenerate MayChange;
    GetPublicKey = "kms:GetPublicKey" grant GetPublicKey;
    ImportKeyVersion = "kms:ImportKeyVersion" needs Needs::NotPendingDeletion, may MayImport MayChange;
    UseImportJob = "kms:UseImportJob", may MayImport;
    ImportKeyMaterial = "kms:ImportKeyMaterial" needs Needs::NotPendingDeletion, may MayImport MayChange;
    ListAliases = "kms:ListAliases";
    ListGrants = "kms:ListGrants";
    ListImportJobs = "kms:ListImportJobs";
    ListKeyRings = "kms:ListKeyRings";
    ListKeyPolicies = "kms:ListKeyPolicies";
    ListKeyRotations = "kms:ListKeyRotations";
    ListKeys = "kms:ListKeys";
    ListResourceTags = "kms:ListResourceTags";
    ListRetirableGrants = "kms:ListRetirableGrants";
    PutKeyRingPolicy = "kms:PutKeyRingPolicy", may MayChange;
    RestoreKeyVersion = "kms:RestoreKeyVersion" needs Needs::NotPendingDeletion, may MayChange;
    PutKeyPolicy = "kms:PutKeyPolicy", may MayChange;
    MoveKey = "kms:MoveKey" needs Needs::NotPendingDeletion, may MayGenerate MayChange;
    ListProviderKeys = "kms:ListProviderKeys";
    RawDecrypt = "kms:RawDecrypt" needs Needs::ToProcess(RAW), may MayRawDecrypt;
    // The version that encrypts need not be the primary one, so the operation looks at its state.
    RawEncrypt = "kms:RawEncrypt" needs Needs::ToProtect(RAW), may MayRawEncrypt;
    ReEncryptFrom = "kms:ReEncryptFrom" grant ReEncryptFrom context true needs Needs::ToProcess(ENCRYPTS), may MayDecrypt;
    ReEncryptTo = "kms:ReEncryptTo" grant ReEncryptTo context true needs Needs::ToProtect(ENCRYPTS), may MayEncrypt;
    RetireGrant = "kms:RetireGrant" grant RetireGrant, may MayChange;
    RevokeGrant = "kms:RevokeGrant", may MayChange;
    RotateKeyOnDemand = "kms:RotateKeyOnDemand" needs Needs::NotPendingDeletion, may MayGenerate MayChange;
    ScheduleKeyDeletion = "kms:ScheduleKeyDeletion", may MayChange;
    Sign = "kms:Sign" grant Sign needs Needs::ToProtect(SIGNS), may MaySign;
    TagResource = "kms:TagResource" needs Needs::NotPendingDeletion, may MayChange;
    UntagResource = "kms:UntagResource" needs Needs::NotPendingDeletion, may MayChange;
    UpdateKey = "kms:UpdateKey" needs Needs::NotPendingDeletion, may MayChange;
    UpdateKeyPrimaryVersion = "kms:UpdateKeyPrimaryVersion" needs Needs::NotPendingDeletion, may MayChange;
    UpdateKeyVersion = "kms:UpdateKeyVersion" needs Needs::NotPendingDeletion, may MayChange;
    UpdateAlias = "kms:UpdateAlias", may MayChange;
    UpdateKeyDescription = "kms:UpdateKeyDescription" needs Needs::NotPendingDeletion, may MayChange;
    Verify = "kms:Verify" grant Verify needs Needs::ToProcess(SIGNS), may MayVerify;
    VerifyMac = "kms:VerifyMac" grant VerifyMac needs Needs::ToProcess(MACS), may MayVerifyMac;

    AdoptKey = "claviger:AdoptKey", may MayImport MayChange;
    CreateCertificateAuthority = "claviger:CreateCertificateAuthority", may MayChange;
    CreateCredential = "claviger:CreateCredential", may MayGenerate MayChange;
    CreatePrincipal = "claviger:CreatePrincipal", may MayChange;
    DescribeObject = "claviger:DescribeObject";
    DestroyKey = "claviger:DestroyKey", may MayChange;
    DestroyObject = "claviger:DestroyObject", may MayChange;
    ExportKey = "claviger:ExportKey", may MayExport;
    GetObject = "claviger:GetObject", may MayExport;
    Hash = "claviger:Hash";
    LocateObjects = "claviger:LocateObjects";
    RegisterObject = "claviger:RegisterObject", may MayImport MayChange;
    UpdateObject = "claviger:UpdateObject", may MayChange;
    WrapKey = "claviger:WrapKey", may MayExport;
    DeletePrincipalPolicy = "claviger:DeletePrincipalPolicy", may MayChange;
    GetCertificate = "claviger:GetCertificate";
    GetCertificateAuthority = "claviger:GetCertificateAuthority";
    GetPrincipal = "claviger:GetPrincipal";
    ImportKeyStore = "claviger:ImportKeyStore", may MayGenerate MayImport MayChange;
    IssueAuthorityCertificate = "claviger:IssueAuthorityCertificate", may MayChange;
    IssueCertificate = "claviger:IssueCertificate", may MayChange;
    ListCertificateAuthorities = "claviger:ListCertificateAuthorities";
    ListCertificates = "claviger:ListCertificates";
    ListCredentials = "claviger:ListCredentials";
    ListPrincipals = "claviger:ListPrincipals";
    ExpireImportJob = "claviger:ExpireImportJob", may MayChange;
    MaintainKey = "claviger:MaintainKey", may MayGenerate MayChange;
    ListOrphans = "claviger:ListOrphans";
    RemoveOrphan = "claviger:RemoveOrphan", may MayChange;
    ManageSeal = "claviger:ManageSeal", may MayChange;
    PublishRevocations = "claviger:PublishRevocations" needs Needs::ToProtect(SIGNS), may MayChange;
    PutPrincipalPolicy = "claviger:PutPrincipalPolicy", may MayChange;
    ReadAudit = "claviger:ReadAudit";
    ReadStatus = "claviger:ReadStatus";
    Backup = "claviger:Backup";
    RevokeCertificate = "claviger:RevokeCertificate", may MayChange;
    RevokeCredential = "claviger:RevokeCredential", may MayChange;
    RotateCertificateAuthority = "claviger:RotateCertificateAuthority", may MayChange;
    SimulatePolicy = "claviger:SimulatePolicy";
    UpdatePrincipal = "claviger:UpdatePrincipal", may MayChange;
}
