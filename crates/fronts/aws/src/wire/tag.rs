use serde::{Deserialize, Serialize};

use super::Text;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag<'a> {
    #[serde(borrow)]
    pub(crate) tag_key: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) tag_value: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TagResourceRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) tags: Option<Vec<Tag<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UntagResourceRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) tag_keys: Option<Vec<Text<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListResourceTagsRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    pub(crate) limit: Option<i64>,
    #[serde(borrow)]
    pub(crate) marker: Option<Text<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListResourceTagsReply<'a> {
    pub(crate) tags: Vec<TagReply<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_marker: Option<&'a str>,
    pub(crate) truncated: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TagReply<'a> {
    pub(crate) tag_key: &'a str,
    pub(crate) tag_value: &'a str,
}
