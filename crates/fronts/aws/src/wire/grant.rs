use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Present, Seconds, StringMap, Text};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateGrantRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) grantee_principal: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) retiring_principal: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) operations: Option<Vec<Text<'a>>>,
    pub(crate) constraints: Option<Constraints>,
    #[serde(borrow)]
    pub(crate) grant_tokens: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    pub(crate) name: Option<Text<'a>>,
    pub(crate) dry_run: Option<bool>,
    pub(crate) grantee_service_principal: Option<Present>,
    pub(crate) retiring_service_principal: Option<Present>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Constraints {
    pub(crate) encryption_context_subset: Option<StringMap>,
    pub(crate) encryption_context_equals: Option<StringMap>,
    pub(crate) source_arn: Option<Present>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateGrantReply<'a> {
    pub(crate) grant_token: &'a str,
    pub(crate) grant_id: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListGrantsRequest<'a> {
    pub(crate) limit: Option<i64>,
    #[serde(borrow)]
    pub(crate) marker: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) grant_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) grantee_principal: Option<Text<'a>>,
    pub(crate) grantee_service_principal: Option<Present>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListRetirableGrantsRequest<'a> {
    pub(crate) limit: Option<i64>,
    #[serde(borrow)]
    pub(crate) marker: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) retiring_principal: Option<Text<'a>>,
    pub(crate) retiring_service_principal: Option<Present>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListGrantsReply<'a> {
    pub(crate) grants: Vec<GrantListEntry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_marker: Option<&'a str>,
    pub(crate) truncated: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GrantListEntry<'a> {
    pub(crate) key_id: String,
    pub(crate) grant_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'a str>,
    pub(crate) creation_date: Seconds,
    pub(crate) grantee_principal: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retiring_principal: Option<&'a str>,
    pub(crate) issuing_account: String,
    pub(crate) operations: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) constraints: Option<ConstraintsReply<'a>>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ConstraintsReply<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) encryption_context_subset: Option<&'a BTreeMap<Box<str>, Box<str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) encryption_context_equals: Option<&'a BTreeMap<Box<str>, Box<str>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RetireGrantRequest<'a> {
    #[serde(borrow)]
    pub(crate) grant_token: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) grant_id: Option<Text<'a>>,
    pub(crate) dry_run: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RevokeGrantRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) grant_id: Option<Text<'a>>,
    pub(crate) dry_run: Option<bool>,
}
