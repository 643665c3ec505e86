//! The endpoints, all of them.

use std::time::Duration;

use http::Method;

use crate::{
    endpoint::Endpoint,
    handlers::{admin, aliases, crypto, grants, import, keys, pki, principals, providers, raw, versions},
};

/// A key store of a thousand keys, in base64.
const KEY_STORE_LIMIT: usize = 8 << 20;
/// A passphrase takes as long as it was made to take, and there may be many slots and key files.
const STRETCHING: Duration = Duration::from_secs(120);

/// The paths whose calls may take longer than others.
pub(crate) const PATIENT: [(&str, Duration); 4] = [
    ("/backups", Duration::from_secs(3600)),
    ("/import/go-kms", STRETCHING),
    ("/keyslots", STRETCHING),
    ("/root-key/rotate", STRETCHING),
];

/// Every endpoint, by what it is about.
pub(crate) fn all() -> Vec<Endpoint> {
    let areas = [
        key_endpoints(),
        key_setting_endpoints(),
        alias_endpoints(),
        grant_endpoints(),
        import_endpoints(),
        crypto_endpoints(),
        data_key_endpoints(),
        principal_endpoints(),
        credential_endpoints(),
        pki_endpoints(),
        provider_endpoints(),
        admin_endpoints(),
    ];
    areas.into_iter().flatten().collect()
}

/// `METHOD "path" Operation "action" "summary" handler;`
macro_rules! endpoints {
    ($($method:ident $path:literal $operation:ident $action:literal $summary:literal $handler:expr;)*) => {
        vec![$(Endpoint::new(
            Method::$method,
            $path,
            (stringify!($operation), $action),
            $summary,
            $handler,
        )),*]
    };
}

fn key_endpoints() -> Vec<Endpoint> {
    endpoints! {
        POST "/keys" CreateKey "kms:CreateKey" "Makes a key." keys::create;
        GET "/keys" ListKeys "kms:ListKeys" "The keys of the project." keys::list;
        GET "/keys/{key}" DescribeKey "kms:DescribeKey" "Everything about a key that is not secret." keys::describe;
        PUT "/keys/{key}/description" UpdateKeyDescription "kms:UpdateKeyDescription" "Changes the description of a key." keys::set_description;
        POST "/keys/{key}/enable" EnableKey "kms:EnableKey" "Lets a disabled key be used again." keys::enable;
        POST "/keys/{key}/disable" DisableKey "kms:DisableKey" "Refuses every use of a key until it is enabled again." keys::disable;
        POST "/keys/{key}/schedule-deletion" ScheduleKeyDeletion "kms:ScheduleKeyDeletion" "Schedules the destruction of a key." keys::schedule_deletion;
        POST "/keys/{key}/cancel-deletion" CancelKeyDeletion "kms:CancelKeyDeletion" "Takes back a scheduled destruction; the key is disabled afterwards." keys::cancel_deletion;
        GET "/keys/{key}/public-key" GetPublicKey "kms:GetPublicKey" "The public half of an asymmetric key." keys::public_key;
        GET "/keys/{key}/last-usage" GetKeyLastUsage "kms:GetKeyLastUsage" "When a key was last used." keys::last_usage;
    }
}

fn key_setting_endpoints() -> Vec<Endpoint> {
    endpoints! {
        POST "/keys/{key}/rotate" RotateKeyOnDemand "kms:RotateKeyOnDemand" "Makes a new version of a key now; the old ones still decrypt." keys::rotate;
        GET "/keys/{key}/rotation" GetKeyRotationStatus "kms:GetKeyRotationStatus" "Whether and when a key is rotated." keys::rotation;
        PUT "/keys/{key}/rotation" EnableKeyRotation "kms:EnableKeyRotation" "Rotates a key by time from now on." keys::set_rotation;
        DELETE "/keys/{key}/rotation" DisableKeyRotation "kms:DisableKeyRotation" "Rotates a key by time no longer." keys::stop_rotation;
        GET "/keys/{key}/rotations" ListKeyRotations "kms:ListKeyRotations" "The rotations that a key has had." keys::rotations;
        GET "/keys/{key}/tags" ListResourceTags "kms:ListResourceTags" "The labels of a key." keys::tags;
        POST "/keys/{key}/tags" TagResource "kms:TagResource" "Adds or changes labels of a key." keys::tag;
        POST "/keys/{key}/untag" UntagResource "kms:UntagResource" "Removes labels of a key." keys::untag;
        GET "/keys/{key}/policy" GetKeyPolicy "kms:GetKeyPolicy" "The policy of a key." keys::policy;
        PUT "/keys/{key}/policy" PutKeyPolicy "kms:PutKeyPolicy" "Replaces the policy of a key." keys::put_policy;
    }
}

fn alias_endpoints() -> Vec<Endpoint> {
    endpoints! {
        POST "/aliases" CreateAlias "kms:CreateAlias" "Gives a key a second name." aliases::create;
        GET "/aliases" ListAliases "kms:ListAliases" "The aliases of the project." aliases::list;
        PUT "/aliases/{alias}" UpdateAlias "kms:UpdateAlias" "Gives an alias to another key." aliases::update;
        DELETE "/aliases/{alias}" DeleteAlias "kms:DeleteAlias" "Takes an alias away from its key." aliases::delete;
    }
}

fn grant_endpoints() -> Vec<Endpoint> {
    endpoints! {
        POST "/keys/{key}/grants" CreateGrant "kms:CreateGrant" "Lets a principal use a key." grants::create;
        GET "/keys/{key}/grants" ListGrants "kms:ListGrants" "The grants of a key." grants::list;
        DELETE "/keys/{key}/grants/{grant}" RevokeGrant "kms:RevokeGrant" "Takes back a grant." grants::revoke;
        POST "/keys/{key}/grants/{grant}/retire" RetireGrant "kms:RetireGrant" "Takes back a grant, by those whom the grant allows it." grants::retire;
        POST "/retire-grant" RetireGrant "kms:RetireGrant" "The same, by the token of the grant." grants::retire_by_token;
        GET "/retirable-grants" ListRetirableGrants "kms:ListRetirableGrants" "The grants that a principal may retire." grants::list_retirable;
    }
}

fn import_endpoints() -> Vec<Endpoint> {
    let mut endpoints = endpoints! {
        POST "/keys/{key}/import-parameters" GetParametersForImport "kms:GetParametersForImport" "Prepares the import of key material." import::parameters;
        POST "/keys/{key}/material" ImportKeyMaterial "kms:ImportKeyMaterial" "Gives a key the material that its owner brings." import::material;
        DELETE "/keys/{key}/material" DeleteImportedKeyMaterial "kms:DeleteImportedKeyMaterial" "Forgets imported key material; its owner can bring it again." import::delete_material;
    };
    let gokms = Endpoint::new(
        Method::POST,
        "/import/go-kms",
        ("ImportGoKmsStore", "claviger:ImportKeyStore"),
        "Takes over the keys of a go-kms key store.",
        import::gokms,
    );
    endpoints.push(gokms.body_limit(KEY_STORE_LIMIT));
    endpoints
}

fn crypto_endpoints() -> Vec<Endpoint> {
    endpoints! {
        POST "/keys/{key}/encrypt" Encrypt "kms:Encrypt" "Encrypts a message." crypto::encrypt;
        POST "/decrypt" Decrypt "kms:Decrypt" "Decrypts a ciphertext." crypto::decrypt;
        POST "/re-encrypt" ReEncrypt "kms:ReEncryptFrom" "Encrypts a ciphertext anew without showing the plaintext. Needs kms:ReEncryptFrom for the old key and kms:ReEncryptTo for the new one." crypto::re_encrypt;
        POST "/keys/{key}/sign" Sign "kms:Sign" "Signs a message or its digest." crypto::sign;
        POST "/keys/{key}/verify" Verify "kms:Verify" "Checks a signature." crypto::verify;
        POST "/keys/{key}/mac" GenerateMac "kms:GenerateMac" "Computes a message authentication code." crypto::mac;
        POST "/keys/{key}/verify-mac" VerifyMac "kms:VerifyMac" "Checks a message authentication code." crypto::verify_mac;
        POST "/keys/{key}/derive" DeriveSharedSecret "kms:DeriveSharedSecret" "Derives the secret that a key pair shares with another." crypto::derive;
        POST "/keys/{key}/raw-encrypt" RawEncrypt "kms:RawEncrypt" "Encrypts in a mode whose parameters the caller keeps." raw::encrypt;
        POST "/keys/{key}/raw-decrypt" RawDecrypt "kms:RawDecrypt" "Decrypts in a mode whose parameters the caller keeps." raw::decrypt;
        POST "/random" GenerateRandom "kms:GenerateRandom" "Random bytes." crypto::random;
    }
}

fn data_key_endpoints() -> Vec<Endpoint> {
    endpoints! {
        POST "/keys/{key}/data-key" GenerateDataKey "kms:GenerateDataKey" "Makes a key for use outside, in the clear and encrypted." crypto::data_key;
        POST "/keys/{key}/data-key-without-plaintext" GenerateDataKeyWithoutPlaintext "kms:GenerateDataKeyWithoutPlaintext" "Makes a key for use outside, only encrypted." crypto::data_key_without_plaintext;
        POST "/keys/{key}/data-key-pair" GenerateDataKeyPair "kms:GenerateDataKeyPair" "Makes a key pair for use outside, its private key in the clear and encrypted." crypto::data_key_pair;
        POST "/keys/{key}/data-key-pair-without-plaintext" GenerateDataKeyPairWithoutPlaintext "kms:GenerateDataKeyPairWithoutPlaintext" "Makes a key pair for use outside, its private key only encrypted." crypto::data_key_pair_without_plaintext;
    }
}

fn principal_endpoints() -> Vec<Endpoint> {
    endpoints! {
        POST "/principals" CreatePrincipal "claviger:CreatePrincipal" "Makes a principal, which may do nothing until a policy allows it." principals::create;
        GET "/principals" ListPrincipals "claviger:ListPrincipals" "The principals of the project." principals::list;
        GET "/principals/{principal}" GetPrincipal "claviger:GetPrincipal" "A principal." principals::show;
        POST "/principals/{principal}/enable" UpdatePrincipal "claviger:UpdatePrincipal" "Lets a disabled principal call again." principals::enable;
        POST "/principals/{principal}/disable" UpdatePrincipal "claviger:UpdatePrincipal" "Refuses a principal whatever its credentials." principals::disable;
        GET "/principals/{principal}/policies" ListPrincipalPolicies "claviger:GetPrincipal" "The policies of a principal." principals::policies;
        PUT "/principals/{principal}/policies/{policy}" PutPrincipalPolicy "claviger:PutPrincipalPolicy" "Gives a principal a policy, or replaces it." principals::put_policy;
        DELETE "/principals/{principal}/policies/{policy}" DeletePrincipalPolicy "claviger:DeletePrincipalPolicy" "Takes a policy away from a principal." principals::delete_policy;
        POST "/simulate" SimulatePolicy "claviger:SimulatePolicy" "Whether somebody may do something, and which statement decides." principals::simulate;
    }
}

fn credential_endpoints() -> Vec<Endpoint> {
    endpoints! {
        GET "/principals/{principal}/credentials" ListCredentials "claviger:ListCredentials" "The credentials of a principal." principals::credentials;
        POST "/principals/{principal}/credentials" CreateCredential "claviger:CreateCredential" "Gives a principal something to prove itself with; its secret is shown this once." principals::create_credential;
        POST "/credentials/{credential}/revoke" RevokeCredential "claviger:RevokeCredential" "Revokes a credential for good." principals::revoke_credential;
    }
}

fn pki_endpoints() -> Vec<Endpoint> {
    endpoints! {
        POST "/certificate-authorities" CreateCertificateAuthority "claviger:CreateCertificateAuthority" "Makes a certificate authority of a key. Needs kms:Sign for the key; below another authority also claviger:IssueAuthorityCertificate for that and kms:Sign for its key." pki::create;
        GET "/certificate-authorities" ListCertificateAuthorities "claviger:ListCertificateAuthorities" "The certificate authorities of the project." pki::list;
        GET "/certificate-authorities/{authority}" GetCertificateAuthority "claviger:GetCertificateAuthority" "A certificate authority with its certificates." pki::show;
        POST "/certificate-authorities/{authority}/rotate" RotateCertificateAuthority "claviger:RotateCertificateAuthority" "Gives a certificate authority another key; old and new vouch for each other. Needs kms:Sign for both." pki::rotate;
        GET "/certificate-authorities/{authority}/crl" GetRevocationList "claviger:GetCertificateAuthority" "The newest revocation list of a certificate authority." pki::crl;
        POST "/certificate-authorities/{authority}/certificates" IssueCertificate "claviger:IssueCertificate" "Issues a certificate. Needs kms:Sign for the authority's key, and for the key that the certificate is about if that is one of the service; with the profile subordinate-ca also claviger:IssueAuthorityCertificate." pki::issue;
        GET "/certificate-authorities/{authority}/certificates" ListCertificates "claviger:ListCertificates" "The certificates that an authority issued." pki::certificates;
        GET "/certificate-authorities/{authority}/certificates/{serial}" GetCertificate "claviger:GetCertificate" "A certificate." pki::certificate;
        POST "/certificate-authorities/{authority}/certificates/{serial}/revoke" RevokeCertificate "claviger:RevokeCertificate" "Declares that a certificate is not to be trusted any more." pki::revoke;
    }
}

fn provider_endpoints() -> Vec<Endpoint> {
    endpoints! {
        POST "/keys/{key}/move" MoveKey "kms:MoveKey" "Moves a key to another provider, by a new version that is made there." providers::move_key;
        POST "/keys/{key}/versions/{version}/destroy" DestroyVersion "kms:DestroyKeyVersion" "Schedules the destruction of a version." versions::destroy;
        POST "/keys/{key}/versions/{version}/restore" RestoreVersion "kms:RestoreKeyVersion" "Takes back the scheduled destruction of a version; it is disabled afterwards." versions::restore;
        POST "/keys/{key}/versions/{version}/enable" SetVersionEnabled "kms:UpdateKeyVersion" "Lets a disabled version be used again." versions::enable;
        POST "/keys/{key}/versions/{version}/disable" SetVersionEnabled "kms:UpdateKeyVersion" "Refuses every use of a version until it is enabled again." versions::disable;
        GET "/providers/{provider}/keys" ListProviderKeys "kms:ListProviderKeys" "The keys of the project that have something in a provider." providers::keys;
        POST "/providers/{provider}/adopt" AdoptKey "claviger:AdoptKey" "Makes a key of one that is in a device already, where it stays." providers::adopt;
        GET "/providers/{provider}/orphans" ListOrphans "claviger:ListOrphans" "What is left in a device of keys that are none." providers::orphans;
        POST "/providers/{provider}/orphans/{tag}/remove" RemoveOrphan "claviger:RemoveOrphan" "Removes an orphan from its device for good." providers::remove_orphan;
    }
}

fn admin_endpoints() -> Vec<Endpoint> {
    endpoints! {
        GET "/keyslots" ListKeyslots "claviger:ManageSeal" "The keyslots." admin::keyslots;
        POST "/keyslots" AddKeyslot "claviger:ManageSeal" "Lets another secret or device open the root key." admin::add_keyslot;
        DELETE "/keyslots/{keyslot}" RemoveKeyslot "claviger:ManageSeal" "Lets a secret or device open the root key no longer." admin::remove_keyslot;
        GET "/root-key" DescribeRootKey "claviger:ManageSeal" "Which root key there is, and how far its rotation has come." admin::root_key;
        POST "/root-key/rotate" RotateRootKey "claviger:ManageSeal" "Makes a new root key and begins to encrypt every stored secret anew." admin::rotate_root_key;
        GET "/audit/records" ReadAudit "claviger:ReadAudit" "Records of the audit log." admin::audit_records;
        POST "/audit/checkpoint" CheckpointAudit "claviger:ReadAudit" "A signed statement of how far the audit log goes." admin::audit_checkpoint;
        POST "/backups" Backup "claviger:Backup" "Copies everything that a restore needs into a directory on the server." admin::backup;
        GET "/status" GetStatus "claviger:ReadStatus" "How the service is." admin::status;
    }
}
