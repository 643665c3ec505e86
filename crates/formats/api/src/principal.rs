use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{CredentialKind, EncryptionContext, Secret, SecretText};

/// Makes a principal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePrincipal {
    /// Its name: 1 to 64 letters, digits and characters of `_+=,.@-`.
    pub name: String,
}

/// A person or a program that calls.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Principal {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Its name in policies.
    pub arn: String,
    /// Whether it is refused whatever its credentials.
    pub disabled: bool,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created: String,
}

/// Principals, by name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PrincipalList {
    /// The principals.
    pub principals: Vec<Principal>,
}

/// A policy of a principal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IdentityPolicy {
    /// Its name.
    pub name: String,
    /// An IAM policy document in JSON, as it was written.
    pub policy: String,
    /// When it was last written.
    #[schema(format = DateTime)]
    pub updated: String,
}

/// The policies of a principal, by name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IdentityPolicyList {
    /// The policies.
    pub policies: Vec<IdentityPolicy>,
}

/// Writes a policy of a principal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutIdentityPolicy {
    /// An IAM policy document in JSON, without principals.
    pub policy: String,
}

/// Gives a principal something to prove itself with.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCredential {
    /// What it is.
    pub kind: CredentialKind,
    /// From when on it is refused; never if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub expires: Option<String>,
    /// Of a client certificate: SHA-256 of its SubjectPublicKeyInfo in DER, 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spki_sha256: Option<String>,
    /// A shared key that both sides know already, at least 16 bytes; a new one is made if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_key: Option<Secret>,
}

/// A credential that was made.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct CreatedCredential {
    /// Its public id; of an access-key pair, the access key id.
    pub id: String,
    /// The text of the secret access key, token or shared key (not base64 of it). It is shown this once; absent if it
    /// was brought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretText>,
}

/// A credential without anything that proves it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Credential {
    /// Its id.
    pub id: String,
    /// What it is; see CredentialKind.
    pub kind: String,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created: String,
    /// From when on it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub expires: Option<String>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub revoked: Option<String>,
}

/// The credentials of a principal, revoked ones too, by id.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CredentialList {
    /// The credentials.
    pub credentials: Vec<Credential>,
}

/// Asks what somebody may do.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Simulate {
    /// Name of the principal.
    pub principal: String,
    /// The action, as policies write it: `kms:Encrypt`.
    pub action: String,
    /// The key, if the action is about one: id, ARN, or `alias/…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The encryption context of the call.
    #[serde(default, skip_serializing_if = "EncryptionContext::is_empty")]
    pub encryption_context: EncryptionContext,
    /// The address that the call would come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<String>,
}

/// What policies, grants and the key's policy say. State and use of the key are not looked at.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Simulated {
    /// Whether the call would be allowed.
    pub allowed: bool,
    /// The statement or grant that decides, or what is missing.
    pub reason: String,
}
