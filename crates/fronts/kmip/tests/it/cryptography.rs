use claviger_crypto::{HashAlg, HmacKey, sha256};
use claviger_kmip::{
    Attribute, AttributeInstance, ProtocolVersion, RequestPayload, ResponsePayload, ResultReason,
    attributes::CryptographicParameters,
    enums::{
        BlockCipherMode, CryptographicAlgorithm, HashingAlgorithm, KeyFormatType, PaddingMethod,
        ValidityIndicator,
    },
    operations::{
        CreateKeyPairRequest, DecryptRequest, EncryptRequest, EncryptResponse, GetRequest, HashRequest,
        MacRequest, MacVerifyRequest, RegisterRequest, RngRetrieveRequest, SignRequest,
        SignatureVerifyRequest,
    },
    value::{UniqueIdentifier, UsageMask},
};
use claviger_types::SecretBytes;

use crate::{Kmip, about, copy};

const CRYPTOGRAPHIC: [ProtocolVersion; 5] = [
    ProtocolVersion::V1_2,
    ProtocolVersion::V1_3,
    ProtocolVersion::V1_4,
    ProtocolVersion::V2_0,
    ProtocolVersion::V2_1,
];

fn bytes(bytes: &[u8]) -> Option<SecretBytes> {
    Some(SecretBytes::new(bytes.to_vec()))
}

fn mode(mode: BlockCipherMode, padding: Option<PaddingMethod>) -> CryptographicParameters {
    CryptographicParameters {
        block_cipher_mode: Some(mode),
        padding_method: padding,
        ..CryptographicParameters::default()
    }
}

fn encrypt(id: &UniqueIdentifier, parameters: Option<CryptographicParameters>) -> EncryptRequest {
    EncryptRequest {
        unique_identifier: Some(id.clone()),
        cryptographic_parameters: parameters,
        data: bytes(b"attack at dawn"),
        ..EncryptRequest::default()
    }
}

async fn encrypted(kmip: &Kmip, request: EncryptRequest) -> EncryptResponse {
    let ResponsePayload::Encrypt(made) = kmip.ok(RequestPayload::Encrypt(request)).await else { panic!() };
    made
}

async fn decrypted(kmip: &Kmip, request: DecryptRequest) -> Vec<u8> {
    let ResponsePayload::Decrypt(opened) = kmip.ok(RequestPayload::Decrypt(request)).await else { panic!() };
    opened.data.unwrap().expose().to_vec()
}

#[tokio::test]
async fn gcm_has_its_tag_where_the_version_wants_it() {
    for version in CRYPTOGRAPHIC {
        let kmip = Kmip::new(version).await;
        let id = kmip.aes(Vec::new(), true).await;
        let gcm = || Some(mode(BlockCipherMode::Gcm, None));
        let has_tag = version >= ProtocolVersion::V1_4;
        let additional_data = has_tag.then(|| b"header".to_vec());
        let request = EncryptRequest { additional_data: additional_data.clone(), ..encrypt(&id, gcm()) };
        let made = encrypted(&kmip, request).await;
        assert_eq!(made.tag.as_ref().map(Vec::len), has_tag.then_some(16));
        let request = DecryptRequest {
            unique_identifier: Some(id.clone()),
            cryptographic_parameters: gcm(),
            data: made.data.clone(),
            iv_counter_nonce: made.iv_counter_nonce.clone(),
            additional_data,
            tag: made.tag.clone(),
            ..DecryptRequest::default()
        };
        assert_eq!(decrypted(&kmip, request.clone()).await, b"attack at dawn");
        let changed = DecryptRequest { iv_counter_nonce: Some(vec![0; 12]), ..request.clone() };
        kmip.refused(RequestPayload::Decrypt(changed), ResultReason::CryptographicFailure).await;
        let without = DecryptRequest { iv_counter_nonce: None, ..request };
        kmip.refused(RequestPayload::Decrypt(without), ResultReason::MissingInitializationVector).await;
        // Two messages under one vector would give the key of the authentication away.
        let chosen = EncryptRequest { iv_counter_nonce: Some(vec![0; 12]), ..encrypt(&id, gcm()) };
        kmip.refused(RequestPayload::Encrypt(chosen), ResultReason::InvalidField).await;
    }
}

#[tokio::test]
async fn cbc_is_padded_if_asked() {
    let kmip = Kmip::new(ProtocolVersion::V1_2).await;
    let id = kmip.aes(Vec::new(), true).await;
    let cbc = |padding| Some(mode(BlockCipherMode::Cbc, padding));
    kmip.refused(RequestPayload::Encrypt(encrypt(&id, cbc(None))), ResultReason::InvalidField).await;
    for len in [0, 1, 15, 16, 17] {
        let message = vec![9; len];
        let request =
            EncryptRequest { data: bytes(&message), ..encrypt(&id, cbc(Some(PaddingMethod::Pkcs5))) };
        let made = encrypted(&kmip, request).await;
        assert_eq!(made.data.as_ref().unwrap().len(), len / 16 * 16 + 16);
        let request = DecryptRequest {
            unique_identifier: Some(id.clone()),
            cryptographic_parameters: cbc(Some(PaddingMethod::Pkcs5)),
            data: made.data,
            iv_counter_nonce: made.iv_counter_nonce,
            ..DecryptRequest::default()
        };
        assert_eq!(decrypted(&kmip, request).await, message);
    }
    let garbage = DecryptRequest {
        unique_identifier: Some(id.clone()),
        cryptographic_parameters: cbc(Some(PaddingMethod::Pkcs5)),
        data: Some(vec![0; 16]),
        iv_counter_nonce: Some(vec![0; 16]),
        ..DecryptRequest::default()
    };
    kmip.refused(RequestPayload::Decrypt(garbage), ResultReason::CryptographicFailure).await;
}

#[tokio::test]
async fn the_first_encryption_decides_on_the_mode() {
    let kmip = Kmip::new(ProtocolVersion::V1_4).await;
    let id = kmip.aes(Vec::new(), true).await;
    let ctr = || Some(mode(BlockCipherMode::Ctr, None));
    encrypted(&kmip, encrypt(&id, ctr())).await;
    encrypted(&kmip, encrypt(&id, ctr())).await;
    let gcm = encrypt(&id, Some(mode(BlockCipherMode::Gcm, None)));
    kmip.refused(RequestPayload::Encrypt(gcm), ResultReason::IncompatibleCryptographicUsageMask).await;
    // A decryption decides nothing.
    let id = kmip.aes(Vec::new(), true).await;
    let foreign = DecryptRequest {
        unique_identifier: Some(id.clone()),
        cryptographic_parameters: Some(mode(BlockCipherMode::Cbc, None)),
        data: Some(vec![1; 16]),
        iv_counter_nonce: Some(vec![0; 16]),
        ..DecryptRequest::default()
    };
    assert_eq!(decrypted(&kmip, foreign.clone()).await.len(), 16);
    encrypted(&kmip, encrypt(&id, Some(mode(BlockCipherMode::Gcm, None)))).await;
    kmip.refused(RequestPayload::Decrypt(foreign), ResultReason::IncompatibleCryptographicUsageMask).await;
    // Who says it when the key is made need not say it again.
    let parameters =
        Attribute::CryptographicParameters(mode(BlockCipherMode::Cbc, Some(PaddingMethod::Pkcs5)));
    let id = kmip.aes(vec![parameters], true).await;
    assert_eq!(encrypted(&kmip, encrypt(&id, None)).await.data.unwrap().len(), 16);
    kmip.refused(
        RequestPayload::Encrypt(encrypt(&id, ctr())),
        ResultReason::IncompatibleCryptographicUsageMask,
    )
    .await;
}

#[tokio::test]
async fn the_usage_mask_is_obeyed() {
    let kmip = Kmip::new(ProtocolVersion::V1_4).await;
    let id = kmip.aes(vec![Attribute::CryptographicUsageMask(UsageMask::ENCRYPT)], true).await;
    let made = encrypted(&kmip, encrypt(&id, Some(mode(BlockCipherMode::Gcm, None)))).await;
    let request = DecryptRequest {
        unique_identifier: Some(id),
        cryptographic_parameters: Some(mode(BlockCipherMode::Gcm, None)),
        data: made.data,
        iv_counter_nonce: made.iv_counter_nonce,
        tag: made.tag,
        ..DecryptRequest::default()
    };
    kmip.refused(RequestPayload::Decrypt(request), ResultReason::IncompatibleCryptographicUsageMask).await;
}

#[tokio::test]
async fn rsa_encrypts_with_the_public_half() {
    let kmip = Kmip::new(ProtocolVersion::V1_4).await;
    let request = CreateKeyPairRequest {
        common: vec![
            Attribute::CryptographicAlgorithm(CryptographicAlgorithm::Rsa).into(),
            Attribute::CryptographicLength(2048).into(),
        ],
        private: vec![Attribute::CryptographicUsageMask(UsageMask::DECRYPT).into()],
        public: vec![Attribute::CryptographicUsageMask(UsageMask::ENCRYPT).into()],
        ..CreateKeyPairRequest::default()
    };
    let ResponsePayload::CreateKeyPair(pair) = kmip.ok(RequestPayload::CreateKeyPair(request)).await else {
        panic!()
    };
    let oaep = || {
        Some(CryptographicParameters {
            padding_method: Some(PaddingMethod::Oaep),
            hashing_algorithm: Some(HashingAlgorithm::Sha256),
            ..CryptographicParameters::default()
        })
    };
    kmip.ok(RequestPayload::Activate(about(&pair.private_key))).await;
    kmip.refused(
        RequestPayload::Encrypt(encrypt(&pair.public_key, oaep())),
        ResultReason::WrongKeyLifecycleState,
    )
    .await;
    kmip.ok(RequestPayload::Activate(about(&pair.public_key))).await;
    let made = encrypted(&kmip, encrypt(&pair.public_key, oaep())).await;
    for parameters in [oaep(), None] {
        let request = DecryptRequest {
            unique_identifier: Some(pair.private_key.clone()),
            cryptographic_parameters: parameters,
            data: made.data.clone(),
            ..DecryptRequest::default()
        };
        assert_eq!(decrypted(&kmip, request).await, b"attack at dawn");
    }
}

#[tokio::test]
async fn signatures_are_made_of_messages_and_of_digests() {
    let kmip = Kmip::new(ProtocolVersion::V2_0).await;
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
    for id in [&pair.private_key, &pair.public_key] {
        kmip.ok(RequestPayload::Activate(about(id))).await;
    }
    let ecdsa = || {
        Some(CryptographicParameters {
            cryptographic_algorithm: Some(CryptographicAlgorithm::Ecdsa),
            hashing_algorithm: Some(HashingAlgorithm::Sha256),
            ..CryptographicParameters::default()
        })
    };
    let long = vec![5; 100_000];
    let verify = async |data: Option<SecretBytes>, digested: Option<SecretBytes>, signature: &[u8]| {
        let request = SignatureVerifyRequest {
            unique_identifier: Some(pair.public_key.clone()),
            cryptographic_parameters: ecdsa(),
            data,
            digested_data: digested,
            signature_data: Some(signature.to_vec()),
            ..SignatureVerifyRequest::default()
        };
        let ResponsePayload::SignatureVerify(said) = kmip.ok(RequestPayload::SignatureVerify(request)).await
        else {
            panic!()
        };
        said.validity.unwrap()
    };
    for (data, digested) in [(bytes(&long), None), (None, bytes(&sha256(&long)))] {
        let request = SignRequest {
            unique_identifier: Some(pair.private_key.clone()),
            cryptographic_parameters: ecdsa(),
            data,
            digested_data: digested,
            ..SignRequest::default()
        };
        let ResponsePayload::Sign(signed) = kmip.ok(RequestPayload::Sign(request)).await else { panic!() };
        let signature = signed.signature_data.unwrap();
        assert_eq!(verify(bytes(&long), None, &signature).await, ValidityIndicator::Valid);
        assert_eq!(verify(None, bytes(&sha256(&long)), &signature).await, ValidityIndicator::Valid);
        assert_eq!(verify(bytes(b"another"), None, &signature).await, ValidityIndicator::Invalid);
    }
}

fn of_kind(algorithm: CryptographicAlgorithm, bits: u32) -> Vec<AttributeInstance> {
    vec![Attribute::CryptographicAlgorithm(algorithm).into(), Attribute::CryptographicLength(bits).into()]
}

#[tokio::test]
async fn a_registered_public_key_checks_signatures() {
    for (version, algorithm, bits, format) in [
        (ProtocolVersion::V1_2, CryptographicAlgorithm::Rsa, 2048, KeyFormatType::Pkcs1),
        (ProtocolVersion::V1_4, CryptographicAlgorithm::Rsa, 2048, KeyFormatType::TransparentRsaPublicKey),
        (ProtocolVersion::V2_0, CryptographicAlgorithm::Rsa, 2048, KeyFormatType::X509),
        (ProtocolVersion::V2_1, CryptographicAlgorithm::Ecdsa, 256, KeyFormatType::X509),
        (ProtocolVersion::V2_1, CryptographicAlgorithm::Ecdsa, 384, KeyFormatType::X509),
    ] {
        let kmip = Kmip::new(version).await;
        let request =
            CreateKeyPairRequest { common: of_kind(algorithm, bits), ..CreateKeyPairRequest::default() };
        let ResponsePayload::CreateKeyPair(pair) = kmip.ok(RequestPayload::CreateKeyPair(request)).await
        else {
            panic!()
        };
        kmip.ok(RequestPayload::Activate(about(&pair.private_key))).await;
        let request = SignRequest {
            unique_identifier: Some(pair.private_key),
            data: bytes(b"message"),
            ..SignRequest::default()
        };
        let ResponsePayload::Sign(signed) = kmip.ok(RequestPayload::Sign(request)).await else { panic!() };
        let request = GetRequest {
            unique_identifier: Some(pair.public_key),
            key_format_type: Some(format),
            ..GetRequest::default()
        };
        let ResponsePayload::Get(got) = kmip.ok(RequestPayload::Get(request)).await else { panic!() };
        let register = |mask| RegisterRequest {
            attributes: vec![Attribute::CryptographicUsageMask(mask).into()],
            object: copy(&got.object),
            protection_storage_masks: None,
        };
        let check = |id: &UniqueIdentifier, message: &[u8]| {
            RequestPayload::SignatureVerify(SignatureVerifyRequest {
                unique_identifier: Some(id.clone()),
                data: bytes(message),
                signature_data: signed.signature_data.clone(),
                ..SignatureVerifyRequest::default()
            })
        };
        let ResponsePayload::Register(made) =
            kmip.ok(RequestPayload::Register(register(UsageMask::VERIFY))).await
        else {
            panic!()
        };
        let id = made.unique_identifier;
        kmip.refused(check(&id, b"message"), ResultReason::WrongKeyLifecycleState).await;
        kmip.ok(RequestPayload::Activate(about(&id))).await;
        for (message, validity) in
            [(b"message", ValidityIndicator::Valid), (b"massage", ValidityIndicator::Invalid)]
        {
            let ResponsePayload::SignatureVerify(said) = kmip.ok(check(&id, message)).await else { panic!() };
            assert_eq!(said.validity, Some(validity), "{version:?} {algorithm:?}");
        }
        let ResponsePayload::Register(made) =
            kmip.ok(RequestPayload::Register(register(UsageMask::ENCRYPT))).await
        else {
            panic!()
        };
        kmip.ok(RequestPayload::Activate(about(&made.unique_identifier))).await;
        let refused = check(&made.unique_identifier, b"message");
        kmip.refused(refused, ResultReason::IncompatibleCryptographicUsageMask).await;
    }
}

#[tokio::test]
async fn codes_hashes_and_random_bytes() {
    let kmip = Kmip::new(ProtocolVersion::V1_2).await;
    let mask = UsageMask::MAC_GENERATE.with(UsageMask::MAC_VERIFY);
    let ResponsePayload::Create(created) = kmip
        .ok(crate::create(vec![
            Attribute::CryptographicAlgorithm(CryptographicAlgorithm::HmacSha256),
            Attribute::CryptographicUsageMask(mask),
        ]))
        .await
    else {
        panic!()
    };
    let id = created.unique_identifier;
    kmip.ok(RequestPayload::Activate(about(&id))).await;
    let request =
        MacRequest { unique_identifier: Some(id.clone()), data: bytes(b"message"), ..MacRequest::default() };
    let ResponsePayload::Mac(made) = kmip.ok(RequestPayload::Mac(request)).await else { panic!() };
    for (message, validity) in
        [(b"message", ValidityIndicator::Valid), (b"massage", ValidityIndicator::Invalid)]
    {
        let request = MacVerifyRequest {
            unique_identifier: Some(id.clone()),
            data: bytes(message),
            mac_data: made.mac_data.clone(),
            ..MacVerifyRequest::default()
        };
        let ResponsePayload::MacVerify(said) = kmip.ok(RequestPayload::MacVerify(request)).await else {
            panic!()
        };
        assert_eq!(said.validity, Some(validity));
    }
    assert_eq!(made.mac_data.unwrap().len(), HmacKey::new(HashAlg::Sha256, b"k").sign(b"").len());
    let request = HashRequest {
        cryptographic_parameters: CryptographicParameters {
            hashing_algorithm: Some(HashingAlgorithm::Sha256),
            ..CryptographicParameters::default()
        },
        data: bytes(b"abc"),
        ..HashRequest::default()
    };
    let ResponsePayload::Hash(hashed) = kmip.ok(RequestPayload::Hash(request)).await else { panic!() };
    assert_eq!(hashed.data.unwrap().expose(), sha256(b"abc"));
    let record = kmip.t.log.records().pop().unwrap();
    assert_eq!((&record["operation"], &record["front"]), (&"Hash".into(), &"kmip".into()), "{record}");
    let request = RngRetrieveRequest { data_length: 40 };
    let ResponsePayload::RngRetrieve(drawn) = kmip.ok(RequestPayload::RngRetrieve(request)).await else {
        panic!()
    };
    assert_eq!(drawn.data.len(), 40);
    kmip.refused(
        RequestPayload::RngRetrieve(RngRetrieveRequest { data_length: 0 }),
        ResultReason::InvalidField,
    )
    .await;
}
