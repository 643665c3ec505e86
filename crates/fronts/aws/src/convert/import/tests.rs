use super::*;
use crate::call::from_json;

const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

#[test]
fn parameters_requests() {
    let region = "eu-here-1".parse().unwrap();
    let check = |algorithm: &str, spec: &str, expected: Result<(), &str>| {
        let body =
            format!(r#"{{"KeyId":"{ID}","WrappingAlgorithm":"{algorithm}","WrappingKeySpec":"{spec}"}}"#);
        let converted =
            get_parameters_for_import(from_json(body.as_bytes()).unwrap(), Names { region: &region });
        assert_eq!(converted.map(drop).map_err(|fault| fault.code.name), expected, "{algorithm} {spec}");
    };
    for algorithm in WrappingAlgorithm::ALL {
        for spec in ["RSA_2048", "RSA_3072", "RSA_4096"] {
            check(algorithm.name(), spec, Ok(()));
        }
    }
    check("RSAES_PKCS1_V1_5", "RSA_2048", Err("UnsupportedOperationException"));
    check("SM2PKE", "RSA_2048", Err("UnsupportedOperationException"));
    check("RSAES_OAEP_SHA_256", "SM2", Err("UnsupportedOperationException"));
    check("RSAES_OAEP_SHA_512", "RSA_2048", Err("ValidationException"));
    check("RSAES_OAEP_SHA_256", "RSA_1024", Err("ValidationException"));
}

#[test]
fn import_requests() {
    let region = "eu-here-1".parse().unwrap();
    let token = "AAAAAAAAAAAAAAAAAAAAAA==";
    let check = |members: &str, expected: Result<Option<i64>, &str>| {
        let body = format!(r#"{{"KeyId":"{ID}",{members}}}"#);
        let converted = import_key_material(from_json(body.as_bytes()).unwrap(), Names { region: &region });
        let valid_to = converted.map(|operation| operation.valid_to.map(Timestamp::secs));
        assert_eq!(valid_to.map_err(|fault| fault.code.name), expected, "{members}");
    };
    let material = format!(r#""ImportToken":"{token}","EncryptedKeyMaterial":"AAEC""#);
    let of = |members: &str| format!("{material}{members}");
    const VALIDATION: Result<Option<i64>, &str> = Err("ValidationException");
    check(&of(r#","ValidTo":1800000000"#), Ok(Some(1_800_000_000)));
    check(&of(r#","ValidTo":1800000000,"ExpirationModel":"KEY_MATERIAL_EXPIRES""#), Ok(Some(1_800_000_000)));
    check(&of(r#","ExpirationModel":"KEY_MATERIAL_DOES_NOT_EXPIRE""#), Ok(None));
    check(
        &of(r#","ExpirationModel":"KEY_MATERIAL_DOES_NOT_EXPIRE","ImportType":"NEW_KEY_MATERIAL""#),
        Ok(None),
    );
    check(&of(""), VALIDATION);
    check(&of(r#","ExpirationModel":"KEY_MATERIAL_EXPIRES""#), VALIDATION);
    check(&of(r#","ExpirationModel":"KEY_MATERIAL_DOES_NOT_EXPIRE","ValidTo":1"#), VALIDATION);
    check(&of(r#","ExpirationModel":"X""#), VALIDATION);
    check(&of(r#","ValidTo":1,"ImportType":"X""#), VALIDATION);
    check(&of(r#","ValidTo":1,"KeyMaterialId":"x""#), Err("UnsupportedOperationException"));
    check(&of(r#","ValidTo":1,"KeyMaterialDescription":"x""#), Err("UnsupportedOperationException"));
    check(r#""EncryptedKeyMaterial":"AAEC","ValidTo":1"#, VALIDATION);
    check(&format!(r#""ImportToken":"{token}","ValidTo":1"#), VALIDATION);
    check(
        r#""ImportToken":"AAEC","EncryptedKeyMaterial":"AAEC","ValidTo":1"#,
        Err("InvalidImportTokenException"),
    );
}
