use claviger_crypto::{PrivateKey, aes_kw_unwrap};
use claviger_kmip::{
    Attribute, Object, ProtocolVersion, RequestPayload, ResponsePayload, ResultReason,
    attributes::CryptographicParameters,
    enums::{
        BlockCipherMode, CryptographicAlgorithm, EncodingOption, KeyFormatType, SecretDataType,
        WrappingMethod,
    },
    objects::{
        KeyBlock, KeyInformation, KeyMaterial, KeyObject, KeyValue, KeyWrappingSpecification, OpaqueObject,
        SecretData,
    },
    operations::{CreateKeyPairRequest, GetRequest, RegisterRequest},
    value::{OpenEnumeration, UniqueIdentifier, UsageMask},
};
use claviger_types::SecretBytes;

use crate::{Kmip, VERSIONS, about, copy};

fn bytes(bytes: &[u8]) -> SecretBytes {
    SecretBytes::new(bytes.to_vec())
}

fn block(format: KeyFormatType, algorithm: CryptographicAlgorithm, length: u32, value: &[u8]) -> KeyBlock {
    KeyBlock::plain(format, KeyMaterial::Bytes(bytes(value)), algorithm, length)
}

async fn register(kmip: &Kmip, object: Object, attributes: Vec<Attribute>) -> UniqueIdentifier {
    let request = RegisterRequest {
        attributes: attributes.into_iter().map(Into::into).collect(),
        object,
        protection_storage_masks: None,
    };
    let ResponsePayload::Register(made) = kmip.ok(RequestPayload::Register(request)).await else { panic!() };
    made.unique_identifier
}

fn get(id: &UniqueIdentifier, format: Option<KeyFormatType>) -> RequestPayload {
    RequestPayload::Get(GetRequest {
        unique_identifier: Some(id.clone()),
        key_format_type: format,
        ..GetRequest::default()
    })
}

async fn got(kmip: &Kmip, id: &UniqueIdentifier, format: Option<KeyFormatType>) -> Object {
    let ResponsePayload::Get(got) = kmip.ok(get(id, format)).await else { panic!() };
    got.object
}

fn material(object: &Object) -> Vec<u8> {
    match &object.key_block().unwrap().value {
        Some(KeyValue::Structure { material: KeyMaterial::Bytes(bytes), attributes }) => {
            assert!(attributes.is_empty(), "some clients fail over attributes in a key value");
            bytes.expose().to_vec()
        }
        _ => panic!("not in the clear"),
    }
}

#[tokio::test]
async fn what_is_registered_comes_back_in_every_version() {
    for version in VERSIONS {
        let kmip = Kmip::new(version).await;
        let mask = || vec![Attribute::CryptographicUsageMask(UsageMask::ENCRYPT)];
        for (algorithm, length) in [
            (CryptographicAlgorithm::Aes, 32),
            (CryptographicAlgorithm::Aes, 24),
            (CryptographicAlgorithm::TripleDes, 24),
            (CryptographicAlgorithm::HmacSha256, 32),
            (CryptographicAlgorithm::HmacSha256, 20),
        ] {
            let value = vec![7; length];
            let key_block = block(KeyFormatType::Raw, algorithm, length as u32 * 8, &value);
            let id = register(&kmip, Object::SymmetricKey(KeyObject { key_block }), mask()).await;
            assert_eq!(material(&got(&kmip, &id, None).await), value);
        }
        let key_block = KeyBlock {
            algorithm: None,
            length: None,
            ..block(KeyFormatType::Opaque, CryptographicAlgorithm::Aes, 0, b"a password")
        };
        let secret = SecretData { ty: SecretDataType::Password, key_block };
        let id = register(&kmip, Object::SecretData(secret), Vec::new()).await;
        assert_eq!(material(&got(&kmip, &id, None).await), b"a password");
        kmip.refused(get(&id, Some(KeyFormatType::Raw)), ResultReason::KeyFormatTypeNotSupported).await;
        let opaque = OpaqueObject { ty: OpenEnumeration(0x8000_0001), value: bytes(b"whatever") };
        let id = register(&kmip, Object::OpaqueObject(opaque), Vec::new()).await;
        let Object::OpaqueObject(opaque) = got(&kmip, &id, None).await else { panic!() };
        assert_eq!(opaque.value.expose(), b"whatever");
        kmip.ok(RequestPayload::Destroy(about(&id))).await;
        kmip.refused(get(&id, None), ResultReason::WrongKeyLifecycleState).await;
    }
}

#[tokio::test]
async fn private_keys_come_and_go_in_two_forms() {
    let kmip = Kmip::new(ProtocolVersion::V1_4).await;
    let pkcs8 = PrivateKey::generate_rsa(2048).unwrap().to_pkcs8().unwrap();
    let key_block = block(KeyFormatType::Pkcs8, CryptographicAlgorithm::Rsa, 2048, pkcs8.as_slice());
    let mask = || vec![Attribute::CryptographicUsageMask(UsageMask::SIGN)];
    let id = register(&kmip, Object::PrivateKey(KeyObject { key_block }), mask()).await;
    assert_eq!(material(&got(&kmip, &id, Some(KeyFormatType::Pkcs8)).await), pkcs8.as_slice());
    let pkcs1 = material(&got(&kmip, &id, None).await);
    let key_block = block(KeyFormatType::Pkcs1, CryptographicAlgorithm::Rsa, 2048, &pkcs1);
    let again = register(&kmip, Object::PrivateKey(KeyObject { key_block }), mask()).await;
    assert_eq!(material(&got(&kmip, &again, Some(KeyFormatType::Pkcs8)).await), pkcs8.as_slice());
    let key_block = block(KeyFormatType::Pkcs8, CryptographicAlgorithm::Rsa, 2048, b"no key at all");
    let request = RegisterRequest {
        attributes: Vec::new(),
        object: Object::PrivateKey(KeyObject { key_block }),
        protection_storage_masks: None,
    };
    kmip.refused(RequestPayload::Register(request), ResultReason::InvalidField).await;
}

#[tokio::test]
async fn what_must_not_leave_does_not() {
    let kmip = Kmip::new(ProtocolVersion::V2_1).await;
    let stays = kmip.aes(vec![Attribute::Extractable(false)], true).await;
    kmip.refused(get(&stays, None), ResultReason::NotExtractable).await;
    let sensitive = kmip.aes(vec![Attribute::Sensitive(true)], true).await;
    kmip.refused(get(&sensitive, None), ResultReason::NotExtractable).await;
    let request = CreateKeyPairRequest {
        common: vec![
            Attribute::CryptographicAlgorithm(CryptographicAlgorithm::Ecdsa).into(),
            Attribute::CryptographicLength(256).into(),
        ],
        ..CreateKeyPairRequest::default()
    };
    let ResponsePayload::CreateKeyPair(pair) = kmip.ok(RequestPayload::CreateKeyPair(request)).await else {
        panic!()
    };
    kmip.refused(get(&pair.private_key, None), ResultReason::NotExtractable).await;
    assert!(!material(&got(&kmip, &pair.public_key, None).await).is_empty());
}

fn wrapped(
    id: &UniqueIdentifier,
    key: &UniqueIdentifier,
    option: Option<EncodingOption>,
    mode: BlockCipherMode,
) -> RequestPayload {
    RequestPayload::Get(GetRequest {
        unique_identifier: Some(id.clone()),
        key_wrapping_specification: Some(KeyWrappingSpecification {
            method: WrappingMethod::Encrypt,
            encryption_key: Some(KeyInformation {
                unique_identifier: key.clone(),
                cryptographic_parameters: Some(CryptographicParameters {
                    block_cipher_mode: Some(mode),
                    ..CryptographicParameters::default()
                }),
            }),
            mac_signature_key: None,
            attribute_names: Vec::new(),
            encoding_option: option,
        }),
        ..GetRequest::default()
    })
}

fn password(value: &[u8]) -> Object {
    let key_block = KeyBlock {
        algorithm: None,
        length: None,
        ..block(KeyFormatType::Opaque, CryptographicAlgorithm::Aes, 0, value)
    };
    Object::SecretData(SecretData { ty: SecretDataType::Password, key_block })
}

#[tokio::test]
async fn what_is_only_kept_leaves_wrapped_too() {
    for version in [ProtocolVersion::V1_4, ProtocolVersion::V2_1] {
        let kmip = Kmip::new(version).await;
        let wrapping = kmip.aes(vec![Attribute::CryptographicUsageMask(UsageMask::WRAP_KEY)], true).await;
        let kek = material(&got(&kmip, &wrapping, None).await);
        let mask = || Attribute::CryptographicUsageMask(UsageMask::ENCRYPT);
        let sensitive = || vec![Attribute::Sensitive(true), mask()];
        let (mode, raw) = (BlockCipherMode::NistKeyWrap, Some(EncodingOption::NoEncoding));
        let des = KeyObject {
            key_block: block(KeyFormatType::Raw, CryptographicAlgorithm::TripleDes, 192, &[7; 24]),
        };
        for (object, value) in
            [(password(b"sixteen letters!"), &b"sixteen letters!"[..]), (Object::SymmetricKey(des), &[7; 24])]
        {
            let id = register(&kmip, copy(&object), sensitive()).await;
            kmip.refused(get(&id, None), ResultReason::NotExtractable).await;
            let ResponsePayload::Get(out) = kmip.ok(wrapped(&id, &wrapping, raw, mode)).await else {
                panic!()
            };
            assert_eq!(*aes_kw_unwrap(&kek, &material(&out.object)).unwrap(), *value);
            // It is what it was, but for its value.
            let (was, is) = (object.key_block().unwrap(), out.object.key_block().unwrap());
            assert_eq!((is.format, is.algorithm, is.length), (was.format, was.algorithm, was.length));
            assert_eq!(std::mem::discriminant(&object), std::mem::discriminant(&out.object));
            assert!(is.wrapping.is_some());
            let stays = vec![Attribute::Extractable(false), mask()];
            let stays = register(&kmip, object, stays).await;
            kmip.refused(wrapped(&stays, &wrapping, raw, mode), ResultReason::NotExtractable).await;
        }
        // Only an encoded value is always whole blocks.
        let id = register(&kmip, password(b"an odd one"), sensitive()).await;
        kmip.refused(wrapped(&id, &wrapping, raw, mode), ResultReason::InvalidField).await;
        let ResponsePayload::Get(out) = kmip.ok(wrapped(&id, &wrapping, None, mode)).await else { panic!() };
        let Object::SecretData(SecretData { ty: SecretDataType::Password, key_block }) = &out.object else {
            panic!()
        };
        let Some(KeyValue::Wrapped(value)) = &key_block.value else { panic!() };
        let encoded = aes_kw_unwrap(&kek, value.expose()).unwrap();
        assert!(encoded.windows(10).any(|part| part == b"an odd one"));
        // As it came, it comes back and is not wrapped twice, nor sensitive.
        let id = register(&kmip, copy(&out.object), vec![mask()]).await;
        kmip.refused(wrapped(&id, &wrapping, None, mode), ResultReason::FeatureNotSupported).await;
        for object in [
            out.object,
            Object::OpaqueObject(OpaqueObject { ty: OpenEnumeration(0x8000_0001), value: bytes(b"x") }),
        ] {
            let attributes = vec![Attribute::Sensitive(true).into()];
            let request = RegisterRequest { attributes, object, protection_storage_masks: None };
            kmip.refused(RequestPayload::Register(request), ResultReason::FeatureNotSupported).await;
        }
    }
}

#[tokio::test]
async fn a_sensitive_key_leaves_wrapped() {
    let kmip = Kmip::new(ProtocolVersion::V1_4).await;
    let wrapping = kmip.aes(vec![Attribute::CryptographicUsageMask(UsageMask::WRAP_KEY)], true).await;
    let unfit = kmip.aes(Vec::new(), true).await;
    let id = kmip.aes(vec![Attribute::Sensitive(true)], true).await;
    let wrapped = |key: &UniqueIdentifier, option, mode| wrapped(&id, key, option, mode);
    let kek = material(&got(&kmip, &wrapping, None).await);
    let ResponsePayload::Get(raw) =
        kmip.ok(wrapped(&wrapping, Some(EncodingOption::NoEncoding), BlockCipherMode::NistKeyWrap)).await
    else {
        panic!()
    };
    assert_eq!(aes_kw_unwrap(&kek, &material(&raw.object)).unwrap().len(), 32);
    // The bytes alone are wrapped, so that what comes is no structure, whatever was asked for.
    let RequestPayload::Get(request) =
        wrapped(&wrapping, Some(EncodingOption::NoEncoding), BlockCipherMode::NistKeyWrap)
    else {
        panic!()
    };
    let key_format_type = Some(KeyFormatType::TransparentSymmetricKey);
    let request = RequestPayload::Get(GetRequest { key_format_type, ..request });
    let ResponsePayload::Get(transparent) = kmip.ok(request).await else { panic!() };
    assert_eq!(transparent.object.key_block().unwrap().format, KeyFormatType::Raw);
    assert_eq!(aes_kw_unwrap(&kek, &material(&transparent.object)).unwrap().len(), 32);
    let ResponsePayload::Get(encoded) = kmip.ok(wrapped(&wrapping, None, BlockCipherMode::NistKeyWrap)).await
    else {
        panic!()
    };
    let Some(KeyValue::Wrapped(encoded)) = &encoded.object.key_block().unwrap().value else { panic!() };
    let key_value = aes_kw_unwrap(&kek, encoded.expose()).unwrap();
    assert_eq!(key_value[..3], [0x42, 0x00, 0x45], "a Key Value");
    kmip.refused(
        wrapped(&unfit, None, BlockCipherMode::NistKeyWrap),
        ResultReason::IncompatibleCryptographicUsageMask,
    )
    .await;
    kmip.refused(
        wrapped(&wrapping, None, BlockCipherMode::Cbc),
        ResultReason::UnsupportedCryptographicParameters,
    )
    .await;
}
