//! The front as a client sees it: messages in, messages out.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, which may fail")]

mod attributes;
mod batches;
mod credentials;
mod cryptography;
mod lifecycle;
mod refusals;
mod values;

use claviger_core::{Caller, Connection, ProviderChoice};
use claviger_front_kmip::{Extractable, KmipFront, respond};
use claviger_keys::{CreateCredential, NewCredential};
use claviger_kmip::{
    Attribute, AttributeInstance, Limits, Object, Outcome, ProtocolVersion, RequestHeader, RequestItem,
    RequestMessage, RequestPayload, ResponseItem, ResponseMessage, ResponsePayload, ResultReason,
    enums::{CryptographicAlgorithm, ObjectType},
    operations::{CreateRequest, GetAttributesRequest, ObjectRequest},
    stored,
    value::{UniqueIdentifier, UsageMask},
};
use claviger_ports::Clock;
use claviger_testkit::TestService;
use claviger_types::Timestamp;

/// What a client of KMIP may do besides what its own objects allow it.
const CLIENT: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"*","Action":
    ["kms:CreateKey","kms:GenerateRandom","claviger:Hash","claviger:RegisterObject","claviger:LocateObjects"]}}"#;

const ALICE: [u8; 32] = [1; 32];
const BOB: [u8; 32] = [2; 32];

/// A service with the front, and two clients.
struct Kmip {
    t: TestService,
    front: KmipFront,
    version: ProtocolVersion,
}

impl Kmip {
    async fn new(version: ProtocolVersion) -> Self {
        let t = TestService::new().await;
        // Clients know no parts of a second.
        t.clock.set(Timestamp::from_micros(t.clock.now().micros() + 500_000));
        for (name, spki_sha256) in [("alice", ALICE), ("bob", BOB)] {
            t.principal(name, &[CLIENT]).await;
            let kind = NewCredential::ClientCertificate { spki_sha256 };
            t.ok(&t.admin, CreateCredential { principal: name.parse().unwrap(), kind, expires: None }).await;
        }
        let front = KmipFront {
            service: t.service.clone(),
            provider: ProviderChoice::Default,
            extractable: Extractable::Symmetric,
        };
        Self { t, front, version }
    }

    fn in_version(mut self, version: ProtocolVersion) -> Self {
        self.version = version;
        self
    }

    async fn send_as(
        &self,
        spki: Option<[u8; 32]>,
        header: RequestHeader,
        items: Vec<RequestItem>,
    ) -> (ResponseMessage, bool) {
        let request = RequestMessage { version: self.version, header, items };
        let connection = Connection { secure: true, client_spki_sha256: spki, ..Connection::default() };
        let answer = respond(&self.front, &connection, request.encode().unwrap().expose()).await;
        let response = ResponseMessage::decode(answer.message.expose(), Limits::RESPONSE).unwrap();
        assert_eq!(response.version, self.version);
        (response, answer.close)
    }

    /// A batch of Alice's.
    async fn batch(&self, items: Vec<RequestItem>) -> Vec<ResponseItem> {
        self.send_as(Some(ALICE), RequestHeader::default(), items).await.0.items
    }

    /// One operation of somebody's.
    async fn one(&self, who: [u8; 32], payload: RequestPayload) -> Result<ResponsePayload, ResultReason> {
        let (response, _) = self.send_as(Some(who), RequestHeader::default(), vec![payload.into()]).await;
        let [item] = response.items.try_into().ok().unwrap();
        outcome(item)
    }

    /// One operation of Alice's that is done.
    async fn ok(&self, payload: RequestPayload) -> ResponsePayload {
        match self.one(ALICE, payload).await {
            Ok(payload) => payload,
            Err(reason) => panic!("{reason:?}"),
        }
    }

    /// One operation of Alice's that is refused; the reason is the one that comes closest in the version.
    async fn refused(&self, payload: RequestPayload, reason: ResultReason) {
        match self.one(ALICE, payload).await {
            Ok(_) => panic!("not refused"),
            Err(said) => assert_eq!(said, reason.in_version(self.version)),
        }
    }

    /// An AES-256 key of Alice's, active or not.
    async fn aes(&self, more: Vec<Attribute>, active: bool) -> UniqueIdentifier {
        let mut attributes = vec![
            Attribute::CryptographicAlgorithm(CryptographicAlgorithm::Aes),
            Attribute::CryptographicLength(256),
        ];
        if !more.iter().any(|attribute| matches!(attribute, Attribute::CryptographicUsageMask(_))) {
            attributes.push(Attribute::CryptographicUsageMask(UsageMask::ENCRYPT.with(UsageMask::DECRYPT)));
        }
        attributes.extend(more);
        let ResponsePayload::Create(created) = self.ok(create(attributes)).await else { panic!() };
        if active {
            self.ok(RequestPayload::Activate(about(&created.unique_identifier))).await;
        }
        created.unique_identifier
    }

    async fn attributes(&self, id: &UniqueIdentifier) -> Vec<AttributeInstance> {
        let request = GetAttributesRequest { unique_identifier: Some(id.clone()), references: Vec::new() };
        let ResponsePayload::GetAttributes(got) = self.ok(RequestPayload::GetAttributes(request)).await
        else {
            panic!()
        };
        got.attributes
    }

    async fn caller(&self, name: &str) -> Caller {
        self.t.caller(name).await
    }
}

fn create(attributes: Vec<Attribute>) -> RequestPayload {
    RequestPayload::Create(CreateRequest {
        object_type: ObjectType::SymmetricKey,
        attributes: attributes.into_iter().map(Into::into).collect(),
        protection_storage_masks: None,
    })
}

fn about(id: &UniqueIdentifier) -> ObjectRequest {
    ObjectRequest { unique_identifier: Some(id.clone()) }
}

/// Values can't be cloned: they are secrets.
fn copy(object: &Object) -> Object {
    stored::decode_object(stored::encode_object(object).unwrap().expose()).unwrap()
}

fn outcome(item: ResponseItem) -> Result<ResponsePayload, ResultReason> {
    match item.outcome {
        Outcome::Success(payload) => Ok(payload),
        Outcome::Failed { reason, .. } => Err(reason),
        Outcome::Pending { .. } | Outcome::Undone { .. } => panic!("neither done nor refused"),
    }
}

/// Every version that the codec knows.
const VERSIONS: [ProtocolVersion; 7] = ProtocolVersion::KNOWN;
