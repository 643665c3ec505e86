use serde::{Deserialize, Serialize};

use super::{Seconds, Text};

/// Of CreateAlias and UpdateAlias.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AliasRequest<'a> {
    #[serde(borrow)]
    pub(crate) alias_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) target_key_id: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteAliasRequest<'a> {
    #[serde(borrow)]
    pub(crate) alias_name: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListAliasesRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    pub(crate) limit: Option<i64>,
    #[serde(borrow)]
    pub(crate) marker: Option<Text<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListAliasesReply {
    pub(crate) aliases: Vec<AliasListEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_marker: Option<String>,
    pub(crate) truncated: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AliasListEntry {
    pub(crate) alias_name: String,
    pub(crate) alias_arn: String,
    pub(crate) target_key_id: String,
    pub(crate) creation_date: Seconds,
    pub(crate) last_updated_date: Seconds,
}
