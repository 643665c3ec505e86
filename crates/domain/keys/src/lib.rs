//! What can be done with keys: one file for each operation, named after it, with its request, its answer, the action
//! that it needs and what it does.
//!
//! Every one is a [`claviger_core::Operation`] and runs only through [`claviger_core::Service::call`].
#![forbid(unsafe_code)]

pub mod envelope;

mod administration;
mod adopt_key;
mod algorithm;
mod attached_policy;
mod cancel_key_deletion;
mod create_alias;
mod create_grant;
mod create_key;
mod create_key_version;
mod decrypt;
mod decrypt_gokms;
mod delete_alias;
mod delete_imported_key_material;
mod derive_shared_secret;
mod describe_key;
mod destroy_version;
mod encrypt;
mod generate_data_key;
mod generate_data_key_pair;
mod generate_mac;
mod generate_random;
mod get_key_last_usage;
mod get_key_policy;
mod get_location;
mod get_parameters_for_import;
mod get_public_key;
mod grant_token;
mod hash;
mod import_gokms;
mod import_jobs;
mod import_key_material;
mod import_key_version;
mod imported_material;
mod key_rings;
mod list_aliases;
mod list_grants;
mod list_key_policies;
mod list_keys;
mod list_provider_keys;
mod list_resource_tags;
mod list_retirable_grants;
mod maintain_key;
mod move_key;
mod orphans;
mod policy;
mod principal_arn;
mod put_key_policy;
mod raw_decrypt;
mod raw_encrypt;
mod re_encrypt;
mod re_encrypt_gokms;
mod retire_grant;
mod revoke_grant;
mod rotate_key;
mod rotation_schedule;
mod schedule_key_deletion;
mod set_key_enabled;
mod set_primary_version;
mod set_version_enabled;
mod sign;
mod state;
mod tag_resource;
mod tags;
mod untag_resource;
mod update_alias;
mod update_key;
mod update_key_description;
mod verify;
mod verify_mac;
mod version_need;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod permissions;

pub use administration::{
    CreateCredential, CreatePrincipal, CreatedCredential, CredentialSummary, DeletePrincipalPolicy,
    GetPrincipal, ListCredentials, ListPrincipalPolicies, ListPrincipals, NewCredential, PutPrincipalPolicy,
    RevokeCredential, SimulatePolicy, UpdatePrincipal, token_hash,
};
pub use adopt_key::{AdoptKey, InvalidLocator, Locator};
pub use attached_policy::{GetAttachedPolicy, PolicyOwner, SetAttachedPolicy, TargetProof, TestPermissions};
pub use cancel_key_deletion::CancelKeyDeletion;
pub use create_alias::CreateAlias;
pub use create_grant::{CreateGrant, CreatedGrant};
pub use create_key::{CreateKey, CreatedKey};
pub use create_key_version::{CreateKeyVersion, VersionAnswer};
pub use decrypt::{Decrypt, Decrypted};
pub use decrypt_gokms::{CiphertextFormat, DecryptGokms};
pub use delete_alias::DeleteAlias;
pub use delete_imported_key_material::{DeleteImportedKeyMaterial, DeletedKeyMaterial};
pub use derive_shared_secret::{DeriveSharedSecret, SharedSecretDerived};
pub use describe_key::{DescribeKey, KeyDescription};
pub use destroy_version::{DestroyVersion, RestoreVersion};
pub use encrypt::{Encrypt, Encrypted};
pub use generate_data_key::{DataKey, DataKeyRequest, GenerateDataKey, GenerateDataKeyWithoutPlaintext};
pub use generate_data_key_pair::{
    DataKeyPair, DataKeyPairRequest, GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext,
};
pub use generate_mac::{GenerateMac, GeneratedMac};
pub use generate_random::GenerateRandom;
pub use get_key_last_usage::{GetKeyLastUsage, KeyLastUsage};
pub use get_key_policy::GetKeyPolicy;
pub use get_location::GetLocation;
pub use get_parameters_for_import::{GetParametersForImport, ImportParameters};
pub use get_public_key::{GetPublicKey, PublicKeyAnswer};
pub use grant_token::GrantToken;
pub use hash::Hash;
pub use import_gokms::{ImportGoKmsStore, ImportedKeyStore, KeyStoreFile, KeyStoreSecret, SkippedKey};
pub use import_jobs::{CreateImportJob, ExpireImportJob, GetImportJob, ListImportJobs};
pub use import_key_material::{ImportKeyMaterial, ImportType, ImportedKeyMaterial};
pub use import_key_version::ImportKeyVersion;
pub use key_rings::{CreateKeyRing, GetKeyRing, ListKeyRings, ListRingKeys};
pub use list_aliases::ListAliases;
pub use list_grants::{KeyGrants, ListGrants};
pub use list_key_policies::ListKeyPolicies;
pub use list_keys::ListKeys;
pub use list_provider_keys::{ListProviderKeys, ProviderKey, ProviderKeys};
pub use list_resource_tags::ListResourceTags;
pub use list_retirable_grants::ListRetirableGrants;
pub use maintain_key::{MaintainKey, Maintenance, destruction};
pub use move_key::{Move, MoveKey, MovedKey};
pub use orphans::{ListOrphans, RemoveOrphan};
pub use policy::default_policy;
pub use put_key_policy::PutKeyPolicy;
pub use raw_decrypt::{RawDecrypt, RawDecrypted};
pub use raw_encrypt::{RawEncrypt, RawEncrypted};
pub use re_encrypt::{ReEncrypt, ReEncrypted};
pub use re_encrypt_gokms::ReEncryptGokms;
pub use retire_grant::RetireGrant;
pub use revoke_grant::RevokeGrant;
pub use rotate_key::{ListKeyRotations, PastRotation, PastRotations, RotateKeyOnDemand};
pub use rotation_schedule::{DisableKeyRotation, EnableKeyRotation, GetKeyRotationStatus, RotationStatus};
pub use schedule_key_deletion::{ScheduleKeyDeletion, ScheduledKeyDeletion};
pub use set_key_enabled::{DisableKey, EnableKey};
pub use set_primary_version::SetPrimaryVersion;
pub use set_version_enabled::SetVersionEnabled;
pub use sign::{Sign, Signed};
pub use tag_resource::TagResource;
pub use untag_resource::UntagResource;
pub use update_alias::UpdateAlias;
pub use update_key::{KeyChanges, RotationChange, UpdateKey};
pub use update_key_description::UpdateKeyDescription;
pub use verify::{Verified, Verify};
pub use verify_mac::{VerifiedMac, VerifyMac};
pub use version_need::VersionNeed;
