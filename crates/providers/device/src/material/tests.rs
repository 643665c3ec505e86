use claviger_crypto::Curve;

use super::*;

async fn taken(spec: KeySpec, material: &[u8]) -> Result<(SecretBytes, Option<Vec<u8>>), ProviderError> {
    validated(spec, SecretBytes::new(material.to_vec()), &Computing::new()).await
}

#[tokio::test]
async fn material_is_of_its_specification() {
    let key = PrivateKey::generate_ec(Curve::P256).unwrap();
    let (pkcs8, spki) = (key.to_pkcs8().unwrap(), key.public_key_der().unwrap());
    let (material, public) = taken(KeySpec::EcP256, &pkcs8).await.unwrap();
    assert!(material.ct_eq(&pkcs8));
    assert_eq!(public.as_ref(), Some(&spki));
    let (material, public) = taken(KeySpec::Aes256, &[5; 32]).await.unwrap();
    assert!(material.ct_eq(&[5; 32]) && public.is_none());
    for (spec, material) in [
        (KeySpec::EcP384, &pkcs8[..]),
        (KeySpec::EcP256, &pkcs8[1..]),
        (KeySpec::EcP256, b""),
        (KeySpec::Aes256, &[5; 31]),
    ] {
        assert!(matches!(taken(spec, material).await, Err(ProviderError::Rejected)), "{spec:?}");
    }
}

#[test]
fn a_public_half_is_of_its_specification() {
    let spki = PrivateKey::generate_ec(Curve::P256).unwrap().public_key_der().unwrap();
    assert!(public_half(KeySpec::EcP256, &spki).unwrap().is_some_and(|public| public.der() == spki));
    assert!(public_half(KeySpec::Aes256, b"").unwrap().is_none());
    assert!(matches!(public_half(KeySpec::EcP384, &spki), Err(ProviderError::Rejected)));
    assert!(matches!(public_half(KeySpec::EcP256, &spki[1..]), Err(ProviderError::Rejected)));
}
