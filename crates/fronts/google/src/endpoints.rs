//! The table of methods: what each asks policies for, and who answers it. Paths and messages come from the protocol
//! definitions.

use claviger_core::Result;

use crate::{
    endpoint::{Endpoint, Row},
    handlers::{asymmetric, crypto, import, keys, locations, mac, policies, raw, rings, versions},
};

/// Methods that are not offered.
pub(crate) const UNSUPPORTED: [&str; 7] = [
    "Decapsulate",
    "DeleteCryptoKey",
    "DeleteCryptoKeyVersion",
    "ExportTrustedKeyWrappedCryptoKeyVersion",
    "GetRetiredResource",
    "ImportTrustedKeyWrappedCryptoKeyVersion",
    "ListRetiredResources",
];

/// Bindings that the service has besides those of the definitions (`cloudkms_v1.yaml`).
const MORE_BINDINGS: [(&str, &str); 1] =
    [("GetIamPolicy", "/v1/{resource=projects/*/locations/*/keyRings/**}:getIamPolicy")];

/// Every method of every service.
pub(crate) fn all() -> Result<Vec<Endpoint>> {
    let rows = rows().into_iter().chain(UNSUPPORTED.into_iter().map(Row::unsupported));
    rows.map(|row| Endpoint::new(row, &MORE_BINDINGS)).collect()
}

#[rustfmt::skip]
fn rows() -> Vec<Row> {
    vec![
        Row::new("AsymmetricDecrypt", ("Decrypt", "kms:Decrypt"), asymmetric::decrypt),
        Row::new("AsymmetricSign", ("Sign", "kms:Sign"), asymmetric::sign),
        Row::new("CreateCryptoKey", ("CreateKey", "kms:CreateKey"), keys::create),
        Row::new("CreateCryptoKeyVersion", ("CreateKeyVersion", "kms:CreateKeyVersion"), versions::create),
        Row::new("CreateImportJob", ("CreateImportJob", "kms:CreateImportJob"), import::create),
        Row::new("CreateKeyRing", ("CreateKeyRing", "kms:CreateKeyRing"), rings::create),
        Row::new("Decrypt", ("Decrypt", "kms:Decrypt"), crypto::decrypt),
        Row::new("DestroyCryptoKeyVersion", ("DestroyVersion", "kms:DestroyKeyVersion"), versions::destroy),
        Row::new("Encrypt", ("Encrypt", "kms:Encrypt"), crypto::encrypt),
        Row::new("GenerateRandomBytes", ("GenerateRandom", "kms:GenerateRandom"), crypto::random),
        Row::new("GetCryptoKey", ("DescribeKey", "kms:DescribeKey"), keys::get),
        Row::new("GetCryptoKeyVersion", ("DescribeKey", "kms:DescribeKey"), versions::get),
        Row::new("GetImportJob", ("GetImportJob", "kms:GetImportJob"), import::get),
        Row::new("GetKeyRing", ("GetKeyRing", "kms:GetKeyRing"), rings::get),
        Row::new("GetPublicKey", ("GetPublicKey", "kms:GetPublicKey"), versions::public_key),
        Row::new("ImportCryptoKeyVersion", ("ImportKeyVersion", "kms:ImportKeyVersion"), import::import),
        Row::new("ListCryptoKeyVersions", ("DescribeKey", "kms:DescribeKey"), versions::list),
        Row::new("ListCryptoKeys", ("ListRingKeys", "kms:ListKeys"), keys::list),
        Row::new("ListImportJobs", ("ListImportJobs", "kms:ListImportJobs"), import::list),
        Row::new("ListKeyRings", ("ListKeyRings", "kms:ListKeyRings"), rings::list),
        Row::new("MacSign", ("GenerateMac", "kms:GenerateMac"), mac::sign),
        Row::new("MacVerify", ("VerifyMac", "kms:VerifyMac"), mac::verify_code),
        Row::new("RawDecrypt", ("RawDecrypt", "kms:RawDecrypt"), raw::decrypt),
        Row::new("RawEncrypt", ("RawEncrypt", "kms:RawEncrypt"), raw::encrypt),
        Row::new("RestoreCryptoKeyVersion", ("RestoreVersion", "kms:RestoreKeyVersion"), versions::restore),
        Row::new("UpdateCryptoKey", ("UpdateKey", "kms:UpdateKey"), keys::update),
        Row::new("UpdateCryptoKeyPrimaryVersion", ("SetPrimaryVersion", "kms:UpdateKeyPrimaryVersion"), keys::update_primary),
        Row::new("UpdateCryptoKeyVersion", ("SetVersionEnabled", "kms:UpdateKeyVersion"), versions::update),

        Row::for_everybody("GetLocation", "GetLocation", locations::get),
        Row::for_everybody("ListLocations", "GetLocation", locations::list),

        Row::new("GetIamPolicy", ("GetAttachedPolicy", "kms:GetKeyPolicy"), policies::get),
        Row::new("SetIamPolicy", ("SetAttachedPolicy", "kms:PutKeyPolicy"), policies::set),
        Row::for_everybody("TestIamPermissions", "TestPermissions", policies::test),
    ]
}
