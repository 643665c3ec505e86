//! Every operation of the API with what handles it: the only table of them.

use crate::{
    call::Handler,
    handlers::{alias, crypto, grant, import, lifecycle, policy, tag, unsupported},
};

/// An operation of the API.
pub(crate) struct Operation {
    /// Its name: that of the audit log too.
    pub(crate) name: &'static str,
    /// What handles it.
    pub(crate) handler: Handler,
}

/// The operation of that name.
pub(crate) fn find(name: &str) -> Option<&'static Operation> {
    let index = OPERATIONS.binary_search_by(|operation| operation.name.cmp(name)).ok()?;
    OPERATIONS.get(index)
}

macro_rules! operations {
    ($($name:literal => $handler:path,)*) => {
        /// All of them, sorted by name.
        pub(crate) const OPERATIONS: &[Operation] =
            &[$(Operation { name: $name, handler: |call| Box::pin($handler(call)) }),*];
    };
}

operations! {
    "CancelKeyDeletion" => lifecycle::cancel_key_deletion,
    "ConnectCustomKeyStore" => unsupported::custom_key_stores,
    "CreateAlias" => alias::create_alias,
    "CreateCustomKeyStore" => unsupported::custom_key_stores,
    "CreateGrant" => grant::create_grant,
    "CreateKey" => lifecycle::create_key,
    "Decapsulate" => unsupported::encapsulation,
    "Decrypt" => crypto::decrypt,
    "DeleteAlias" => alias::delete_alias,
    "DeleteCustomKeyStore" => unsupported::custom_key_stores,
    "DeleteImportedKeyMaterial" => import::delete_imported_key_material,
    "DeriveSharedSecret" => crypto::derive_shared_secret,
    "DescribeCustomKeyStores" => unsupported::custom_key_stores,
    "DescribeKey" => lifecycle::describe_key,
    "DisableKey" => lifecycle::disable_key,
    "DisableKeyRotation" => lifecycle::disable_key_rotation,
    "DisconnectCustomKeyStore" => unsupported::custom_key_stores,
    "EnableKey" => lifecycle::enable_key,
    "EnableKeyRotation" => lifecycle::enable_key_rotation,
    "Encapsulate" => unsupported::encapsulation,
    "Encrypt" => crypto::encrypt,
    "GenerateDataKey" => crypto::generate_data_key,
    "GenerateDataKeyPair" => crypto::generate_data_key_pair,
    "GenerateDataKeyPairWithoutPlaintext" => crypto::generate_data_key_pair_without_plaintext,
    "GenerateDataKeyWithoutPlaintext" => crypto::generate_data_key_without_plaintext,
    "GenerateMac" => crypto::generate_mac,
    "GenerateRandom" => crypto::generate_random,
    "GetKeyLastUsage" => lifecycle::get_key_last_usage,
    "GetKeyPolicy" => policy::get_key_policy,
    "GetKeyRotationStatus" => lifecycle::get_key_rotation_status,
    "GetParametersForImport" => import::get_parameters_for_import,
    "GetPublicKey" => crypto::get_public_key,
    "ImportKeyMaterial" => import::import_key_material,
    "ListAliases" => alias::list_aliases,
    "ListGrants" => grant::list_grants,
    "ListKeyPolicies" => policy::list_key_policies,
    "ListKeyRotations" => lifecycle::list_key_rotations,
    "ListKeys" => lifecycle::list_keys,
    "ListResourceTags" => tag::list_resource_tags,
    "ListRetirableGrants" => grant::list_retirable_grants,
    "PutKeyPolicy" => policy::put_key_policy,
    "ReEncrypt" => crypto::re_encrypt,
    "ReplicateKey" => unsupported::multi_region,
    "RetireGrant" => grant::retire_grant,
    "RevokeGrant" => grant::revoke_grant,
    "RotateKeyOnDemand" => lifecycle::rotate_key_on_demand,
    "ScheduleKeyDeletion" => lifecycle::schedule_key_deletion,
    "Sign" => crypto::sign,
    "TagResource" => tag::tag_resource,
    "UntagResource" => tag::untag_resource,
    "UpdateAlias" => alias::update_alias,
    "UpdateCustomKeyStore" => unsupported::custom_key_stores,
    "UpdateKeyDescription" => lifecycle::update_key_description,
    "UpdatePrimaryRegion" => unsupported::multi_region,
    "Verify" => crypto::verify,
    "VerifyMac" => crypto::verify_mac,
}
