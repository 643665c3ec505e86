use serde::{Deserialize, Serialize};

use super::{Base64, Blob, Present, Seconds, Text};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetParametersForImportRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) wrapping_algorithm: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) wrapping_key_spec: Option<Text<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetParametersForImportReply<'a> {
    pub(crate) key_id: &'a str,
    pub(crate) import_token: Base64<'a>,
    pub(crate) public_key: Base64<'a>,
    pub(crate) parameters_valid_to: Seconds,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ImportKeyMaterialRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    pub(crate) import_token: Option<Blob>,
    pub(crate) encrypted_key_material: Option<Blob>,
    pub(crate) valid_to: Option<Seconds>,
    #[serde(borrow)]
    pub(crate) expiration_model: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) import_type: Option<Text<'a>>,
    pub(crate) key_material_description: Option<Present>,
    pub(crate) key_material_id: Option<Present>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteImportedKeyMaterialRequest<'a> {
    #[serde(borrow)]
    pub(crate) key_id: Option<Text<'a>>,
    pub(crate) key_material_id: Option<Present>,
}
