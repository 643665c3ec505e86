use claviger_core::{Caller, KeyRef, ProviderChoice};
use claviger_keys::{GenerateMac, RawDecrypt, RawEncrypt, RawEncrypted, Sign, Verify};
use claviger_objects::{
    CreateObject, CreatedObjects, DescribeObject, NewObject, ObjectView, RegisterObject, RevokeObject,
    UseObject,
};
use claviger_testkit::TestService;
use claviger_types::{
    CipherMode, KeySpec, KeyUsage, MessageType, ObjectId, ObjectKind, ObjectRevocation, SecretBytes,
};

pub(crate) const SIGN: u32 = 0x01;
pub(crate) const VERIFY: u32 = 0x02;
pub(crate) const ENCRYPT: u32 = 0x04;
pub(crate) const DECRYPT: u32 = 0x08;
pub(crate) const WRAP: u32 = 0x10;
pub(crate) const MAC: u32 = 0x80;

/// May do with objects what any client may that is let in, but see only its own.
pub(crate) const CLIENT: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow",
    "Action":["kms:CreateKey","claviger:RegisterObject","claviger:LocateObjects"],"Resource":"*"}}"#;

pub(crate) fn new_object(name: &str, usage_mask: u32) -> NewObject {
    NewObject { names: Box::new([name.into()]), usage_mask, ..NewObject::default() }
}

pub(crate) fn symmetric(name: &str) -> CreateObject {
    CreateObject {
        spec: KeySpec::Aes256,
        usage: KeyUsage::RawEncrypt,
        algorithm: None,
        exportable: false,
        provider: ProviderChoice::Default,
        object: new_object(name, ENCRYPT | DECRYPT),
        public: None,
    }
}

pub(crate) fn pair(name: &str) -> CreateObject {
    CreateObject {
        spec: KeySpec::EcP256,
        usage: KeyUsage::Sign,
        object: new_object(&format!("{name}-private"), SIGN),
        public: Some(new_object(&format!("{name}-public"), VERIFY)),
        ..symmetric(name)
    }
}

/// The same, active from the start.
pub(crate) fn active(t: &TestService, mut create: CreateObject) -> CreateObject {
    let now = Some(t.service.clock().now());
    create.object.activation = now;
    if let Some(public) = &mut create.public {
        public.activation = now;
    }
    create
}

pub(crate) async fn active_symmetric(t: &TestService, by: &Caller, name: &str) -> ObjectId {
    t.ok(by, active(t, symmetric(name))).await.object.id
}

pub(crate) async fn active_pair(t: &TestService, by: &Caller, name: &str) -> (ObjectId, ObjectId) {
    let CreatedObjects { object, public } = t.ok(by, active(t, pair(name))).await;
    (object.id, public.unwrap().id)
}

pub(crate) fn secret(name: &str, value: &[u8]) -> RegisterObject {
    RegisterObject {
        kind: ObjectKind::SecretData,
        value: SecretBytes::new(value.to_vec()),
        extractable: true,
        object: new_object(name, 0),
    }
}

pub(crate) async fn view(t: &TestService, by: &Caller, id: ObjectId) -> ObjectView {
    t.ok(by, DescribeObject { id }).await
}

pub(crate) fn revoke(id: ObjectId, compromised: bool) -> RevokeObject {
    let reason = ObjectRevocation { code: if compromised { 2 } else { 6 }, message: Some("why".into()) };
    RevokeObject { id, reason, compromised, occurred: None }
}

pub(crate) fn encrypt(id: ObjectId) -> UseObject<RawEncrypt> {
    let operation = RawEncrypt {
        key: KeyRef::id(id.key()),
        version: None,
        mode: Some(CipherMode::Gcm),
        plaintext: SecretBytes::new(b"plaintext".to_vec()),
        iv: None,
        additional_data: Box::default(),
    };
    UseObject { id, mask: ENCRYPT, processes: false, operation }
}

pub(crate) fn decrypt(id: ObjectId, sealed: &RawEncrypted) -> UseObject<RawDecrypt> {
    let operation = RawDecrypt {
        key: KeyRef::id(id.key()),
        version: None,
        mode: Some(CipherMode::Gcm),
        ciphertext: sealed.ciphertext.clone(),
        iv: sealed.iv.as_slice().into(),
        additional_data: Box::default(),
    };
    UseObject { id, mask: DECRYPT, processes: true, operation }
}

pub(crate) fn sign(id: ObjectId) -> UseObject<Sign> {
    let operation = Sign {
        key: KeyRef::id(id.key()),
        version: None,
        message: b"message".to_vec(),
        message_type: MessageType::Raw,
        algorithm: None,
    };
    UseObject { id, mask: SIGN, processes: false, operation }
}

pub(crate) fn verify(id: ObjectId, signature: &[u8]) -> UseObject<Verify> {
    let operation = Verify {
        key: KeyRef::id(id.key()),
        version: None,
        message: b"message".to_vec(),
        message_type: MessageType::Raw,
        signature: signature.to_vec(),
        algorithm: None,
    };
    UseObject { id, mask: VERIFY, processes: true, operation }
}

pub(crate) fn mac(id: ObjectId) -> UseObject<GenerateMac> {
    let operation = GenerateMac {
        key: KeyRef::id(id.key()),
        version: None,
        message: b"message".to_vec(),
        algorithm: None,
    };
    UseObject { id, mask: MAC, processes: false, operation }
}
