use base64::prelude::*;
use claviger_crypto::{HashAlg, PublicKey};
use serde_json::json;

use crate::fixtures::Fixture;

const ARN: &str = "arn:aws:kms:eu-test-1:111122223333:key/";

/// A symmetric key whose material comes from outside, until it is taken away again.
#[tokio::test]
async fn importing_key_material() {
    let fixture = Fixture::new().await;
    let key = fixture.key(json!({"Origin": "EXTERNAL"})).await;
    let state = async || fixture.ok("DescribeKey", json!({"KeyId": key})).await["KeyMetadata"].clone();
    assert_eq!(state().await["KeyState"], "PendingImport");
    let encrypt = json!({"KeyId": key, "Plaintext": "AAAA"});
    assert_eq!(fixture.refused("Encrypt", encrypt.clone()).await, "KMSInvalidStateException");
    let wrapping =
        json!({"KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"});
    let parameters = fixture.ok("GetParametersForImport", wrapping).await;
    assert_eq!(
        (&parameters["KeyId"], &parameters["ParametersValidTo"]),
        (&json!(format!("{ARN}{key}")), &json!(1_767_355_200.0))
    );
    let public = BASE64_STANDARD.decode(parameters["PublicKey"].as_str().unwrap()).unwrap();
    let wrapped =
        PublicKey::from_spki_der(&public).unwrap().encrypt_oaep(HashAlg::Sha256, b"", &[7; 32]).unwrap();
    let mut import = json!({
        "KeyId": key,
        "ImportToken": parameters["ImportToken"],
        "EncryptedKeyMaterial": BASE64_STANDARD.encode(&wrapped),
        "ExpirationModel": "KEY_MATERIAL_EXPIRES",
        "ValidTo": 1_767_355_200,
    });
    assert_eq!(
        fixture.ok("ImportKeyMaterial", import.clone()).await,
        json!({"KeyId": format!("{ARN}{key}")})
    );
    let metadata = state().await;
    assert_eq!((&metadata["KeyState"], &metadata["Origin"]), (&json!("Enabled"), &json!("EXTERNAL")));
    assert_eq!(
        (&metadata["ExpirationModel"], &metadata["ValidTo"]),
        (&json!("KEY_MATERIAL_EXPIRES"), &json!(1_767_355_200.0))
    );
    fixture.ok("Encrypt", encrypt).await;
    assert_eq!(
        fixture.ok("DeleteImportedKeyMaterial", json!({"KeyId": key})).await,
        json!({"KeyId": format!("{ARN}{key}")})
    );
    assert_eq!(state().await["KeyState"], "PendingImport");
    import["EncryptedKeyMaterial"] = json!("AAAA");
    assert_eq!(fixture.refused("ImportKeyMaterial", import).await, "InvalidCiphertextException");
    let generated = fixture.symmetric_key().await;
    let wrapping =
        json!({"KeyId": generated, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"});
    assert_eq!(fixture.refused("GetParametersForImport", wrapping).await, "UnsupportedOperationException");
}
