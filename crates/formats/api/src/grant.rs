use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::GrantOperation;

/// Lets a principal use a key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateGrant {
    /// ARN of the principal that may use the key.
    pub grantee: String,
    /// ARN of a principal that may retire the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retiring: Option<String>,
    /// What the grantee may do.
    pub operations: Vec<GrantOperation>,
    /// What the encryption context of a call must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<GrantConstraint>,
    /// A name that makes its creation idempotent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Restricts a grant to encryption contexts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum GrantConstraint {
    /// The encryption context must be exactly this.
    ContextEquals(BTreeMap<String, String>),
    /// The encryption context must hold at least these pairs.
    ContextSubset(BTreeMap<String, String>),
}

/// A grant that was made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreatedGrant {
    /// Its id.
    pub id: String,
    /// Names the grant to whoever may retire it. It proves nothing.
    pub token: String,
}

/// A grant.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Grant {
    /// Its id.
    pub id: String,
    /// The id of the key.
    pub key: String,
    /// ARN of the principal that may use the key.
    pub grantee: String,
    /// ARN of a principal that may retire the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retiring: Option<String>,
    /// What the grantee may do.
    pub operations: Vec<GrantOperation>,
    /// What the encryption context of a call must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<GrantConstraint>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// ARN of the principal that made it.
    pub issuer: String,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created: String,
}

/// Grants, by id.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GrantList {
    /// The grants.
    pub grants: Vec<Grant>,
    /// Give it as `after` to go on; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Names a grant by its token.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetireGrant {
    /// The token that its creation answered.
    pub token: String,
}
