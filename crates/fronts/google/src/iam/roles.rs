//! Permissions and roles of Cloud KMS ⇄ actions of ours.

use super::condition::ResourceType;

/// A permission of Cloud KMS.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Permission {
    pub(crate) name: &'static str,
    /// What it is about.
    pub(crate) on: ResourceType,
    /// The actions that are the same.
    pub(crate) actions: &'static [&'static str],
}

const fn permission(name: &'static str, on: ResourceType, actions: &'static [&'static str]) -> Permission {
    Permission { name, on, actions }
}

/// Every permission that there is here.
pub(crate) const PERMISSIONS: &[Permission] = {
    use ResourceType::{Key, Location, Ring, Version};
    &[
        permission(
            "cloudkms.cryptoKeyVersions.create",
            Key,
            &["kms:CreateKeyVersion", "kms:ImportKeyVersion"],
        ),
        permission("cloudkms.cryptoKeyVersions.destroy", Version, &["kms:DestroyKeyVersion"]),
        permission("cloudkms.cryptoKeyVersions.get", Version, &["kms:DescribeKey"]),
        permission("cloudkms.cryptoKeyVersions.list", Key, &["kms:DescribeKey"]),
        permission("cloudkms.cryptoKeyVersions.restore", Version, &["kms:RestoreKeyVersion"]),
        permission("cloudkms.cryptoKeyVersions.update", Version, &["kms:UpdateKeyVersion"]),
        permission("cloudkms.cryptoKeyVersions.useToDecrypt", Key, &["kms:Decrypt", "kms:RawDecrypt"]),
        permission("cloudkms.cryptoKeyVersions.useToEncrypt", Key, &["kms:Encrypt", "kms:RawEncrypt"]),
        permission("cloudkms.cryptoKeyVersions.useToSign", Version, &["kms:GenerateMac", "kms:Sign"]),
        permission("cloudkms.cryptoKeyVersions.useToVerify", Version, &["kms:Verify", "kms:VerifyMac"]),
        permission("cloudkms.cryptoKeyVersions.viewPublicKey", Version, &["kms:GetPublicKey"]),
        permission("cloudkms.cryptoKeys.create", Ring, &["kms:CreateKey"]),
        permission("cloudkms.cryptoKeys.get", Key, &["kms:DescribeKey"]),
        permission("cloudkms.cryptoKeys.getIamPolicy", Key, &["kms:GetKeyPolicy"]),
        permission("cloudkms.cryptoKeys.list", Ring, &["kms:ListKeys"]),
        permission("cloudkms.cryptoKeys.setIamPolicy", Key, &["kms:PutKeyPolicy"]),
        permission("cloudkms.cryptoKeys.update", Key, &["kms:UpdateKey", "kms:UpdateKeyPrimaryVersion"]),
        permission("cloudkms.importJobs.create", Ring, &["kms:CreateImportJob"]),
        permission("cloudkms.importJobs.get", Ring, &["kms:GetImportJob"]),
        permission("cloudkms.importJobs.list", Ring, &["kms:ListImportJobs"]),
        permission("cloudkms.importJobs.useToImport", Ring, &["kms:UseImportJob"]),
        permission("cloudkms.keyRings.create", Location, &["kms:CreateKeyRing"]),
        permission("cloudkms.keyRings.get", Ring, &["kms:GetKeyRing"]),
        permission("cloudkms.keyRings.getIamPolicy", Ring, &["kms:GetKeyRingPolicy"]),
        permission("cloudkms.keyRings.list", Location, &["kms:ListKeyRings"]),
        permission("cloudkms.keyRings.setIamPolicy", Ring, &["kms:PutKeyRingPolicy"]),
        permission("cloudkms.locations.generateRandomBytes", Location, &["kms:GenerateRandom"]),
    ]
};

const DECRYPT: &str = "cloudkms.cryptoKeyVersions.useToDecrypt";
const ENCRYPT: &str = "cloudkms.cryptoKeyVersions.useToEncrypt";
const PUBLIC: &str = "cloudkms.cryptoKeyVersions.viewPublicKey";
const RANDOM: &str = "cloudkms.locations.generateRandomBytes";
const SIGN: &str = "cloudkms.cryptoKeyVersions.useToSign";
const VERIFY: &str = "cloudkms.cryptoKeyVersions.useToVerify";

/// Roles by their permissions. The administrator's are all that do not use a key.
const ROLES: &[(&str, &[&str])] = &[
    ("roles/cloudkms.cryptoKeyDecrypter", &[DECRYPT]),
    ("roles/cloudkms.cryptoKeyEncrypter", &[ENCRYPT]),
    ("roles/cloudkms.cryptoKeyEncrypterDecrypter", &[DECRYPT, ENCRYPT]),
    ("roles/cloudkms.cryptoOperator", &[DECRYPT, ENCRYPT, PUBLIC, RANDOM, SIGN, VERIFY]),
    (
        "roles/cloudkms.importer",
        &[
            "cloudkms.importJobs.create",
            "cloudkms.importJobs.get",
            "cloudkms.importJobs.list",
            "cloudkms.importJobs.useToImport",
        ],
    ),
    ("roles/cloudkms.publicKeyViewer", &[PUBLIC]),
    ("roles/cloudkms.signer", &[SIGN]),
    ("roles/cloudkms.signerVerifier", &[PUBLIC, SIGN, VERIFY]),
    ("roles/cloudkms.verifier", &[PUBLIC, VERIFY]),
    (
        "roles/cloudkms.viewer",
        &[
            "cloudkms.cryptoKeyVersions.get",
            "cloudkms.cryptoKeyVersions.list",
            "cloudkms.cryptoKeys.get",
            "cloudkms.cryptoKeys.list",
            "cloudkms.importJobs.get",
            "cloudkms.importJobs.list",
            "cloudkms.keyRings.get",
            "cloudkms.keyRings.list",
        ],
    ),
];
const ADMIN: &str = "roles/cloudkms.admin";
const USES: [&str; 6] = [DECRYPT, ENCRYPT, PUBLIC, RANDOM, SIGN, VERIFY];

/// A permission by its name.
pub(crate) fn find(name: &str) -> Option<&'static Permission> {
    PERMISSIONS.iter().find(|permission| permission.name == name)
}

/// The permissions of a role; `None` for a role that there is not.
pub(crate) fn of(role: &str) -> Option<Vec<&'static Permission>> {
    if role == ADMIN {
        return Some(PERMISSIONS.iter().filter(|permission| !USES.contains(&permission.name)).collect());
    }
    let (_, permissions) = ROLES.iter().find(|(name, _)| *name == role)?;
    Some(permissions.iter().filter_map(|name| find(name)).collect())
}

/// Every role.
#[cfg(test)]
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    ROLES.iter().map(|(name, _)| *name).chain([ADMIN])
}

#[cfg(test)]
mod tests;
