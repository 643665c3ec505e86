use serde::{Deserialize, Serialize};

use super::Text;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetKeyPolicyRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) policy_name: Option<Text<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetKeyPolicyReply<'a> {
    pub(crate) policy: &'a str,
    pub(crate) policy_name: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutKeyPolicyRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) policy_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) policy: Option<Text<'a>>,
    pub(crate) bypass_policy_lockout_safety_check: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListKeyPoliciesRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    pub(crate) limit: Option<i64>,
    #[serde(borrow)]
    pub(crate) marker: Option<Text<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListKeyPoliciesReply {
    pub(crate) policy_names: [&'static str; 1],
    pub(crate) truncated: bool,
}
