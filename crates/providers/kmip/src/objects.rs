//! Keys as objects of the server: made, kept, looked at and destroyed.

use std::collections::HashSet;

use claviger_crypto::PublicKey;
use claviger_kmip::{
    Attribute, AttributeInstance, AttributeKind, AttributeReference, Object, ProtocolVersion, RequestPayload,
    ResponsePayload,
    attributes::{CryptographicDomainParameters, Name, RevocationReason},
    enums::{CryptographicAlgorithm, KeyFormatType, LinkType, ObjectType, RevocationReasonCode, State},
    objects::{KeyBlock, KeyMaterial, KeyObject},
    operations::{
        CreateKeyPairRequest, CreateRequest, GetAttributesRequest, GetRequest, LocateRequest, ObjectRequest,
        RegisterRequest, RevokeRequest,
    },
    value::{DateTime, UniqueIdentifier, UsageMask},
};
use claviger_types::{KeyTag, SecretBytes};

use crate::{
    capabilities::{Kind, Labels},
    error::CallError,
    naming,
    parameters::{algorithm, bits, curve, public_mask, secret_mask},
    public,
    server::{Session, Weight},
};

/// A key that was made.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// The secret or private key.
    pub(crate) key: String,
    /// The public half, if it is an object of its own.
    pub(crate) public: Option<String>,
}

/// What the server says of an object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) names: Vec<String>,
    pub(crate) object_type: Option<ObjectType>,
    pub(crate) algorithm: Option<CryptographicAlgorithm>,
    pub(crate) length: Option<u32>,
    pub(crate) mask: Option<UsageMask>,
    pub(crate) state: Option<State>,
    /// Seconds since 1970.
    pub(crate) initial: Option<i64>,
    /// What it is the private half of.
    pub(crate) public: Option<String>,
}

/// How many identifiers are asked for at once, from 1.3 on.
const PAGE: u32 = 1000;

impl Session {
    /// Has a key made, which is not active yet.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn make(&self, kind: Kind, tag: &KeyTag, labels: Labels) -> Result<Made, CallError> {
        let shape = shape(kind).ok_or_else(unspeakable)?;
        if kind.spec.is_symmetric() {
            let attributes = [shape, secret_attributes(kind, tag, labels)].concat();
            let request = CreateRequest {
                object_type: ObjectType::SymmetricKey,
                attributes: instances(attributes),
                protection_storage_masks: None,
            };
            return match self.change(RequestPayload::Create(request), Weight::Heavy).await? {
                ResponsePayload::Create(made) => {
                    Ok(Made { key: text(made.unique_identifier)?, public: None })
                }
                _ => Err(CallError::nonsense()),
            };
        }
        let request = CreateKeyPairRequest {
            common: instances(shape),
            private: instances(secret_attributes(kind, tag, labels)),
            public: instances(public_attributes(kind, tag, labels)),
            ..CreateKeyPairRequest::default()
        };
        match self.change(RequestPayload::CreateKeyPair(request), Weight::Heavy).await? {
            ResponsePayload::CreateKeyPair(made) => {
                Ok(Made { key: text(made.private_key)?, public: Some(text(made.public_key)?) })
            }
            _ => Err(CallError::nonsense()),
        }
    }

    /// Gives a key to the server: raw bytes, or PKCS#8. It is not active yet.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn register(
        &self,
        kind: Kind,
        tag: &KeyTag,
        labels: Labels,
        material: SecretBytes,
    ) -> Result<Made, CallError> {
        let (algorithm, length) = algorithm(kind.spec).zip(bits(kind.spec)).ok_or_else(unspeakable)?;
        let block = |format| KeyObject {
            key_block: KeyBlock::plain(format, KeyMaterial::Bytes(material), algorithm, length),
        };
        let object = if kind.spec.is_symmetric() {
            Object::SymmetricKey(block(KeyFormatType::Raw))
        } else {
            Object::PrivateKey(block(KeyFormatType::Pkcs8))
        };
        let shape = shape(kind).ok_or_else(unspeakable)?;
        let attributes = instances([shape, secret_attributes(kind, tag, labels)].concat());
        let request = RegisterRequest { attributes, object, protection_storage_masks: None };
        match self.change(RequestPayload::Register(request), Weight::Heavy).await? {
            ResponsePayload::Register(made) => Ok(Made { key: text(made.unique_identifier)?, public: None }),
            _ => Err(CallError::nonsense()),
        }
    }

    /// Lets a key be used.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn activate(&self, id: &str) -> Result<(), CallError> {
        let request = RequestPayload::Activate(ObjectRequest { unique_identifier: Some(id.into()) });
        self.change(request, Weight::Light).await.map(drop)
    }

    /// The public key of this identifier; `None` if it is none that we know.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn public_key(&self, id: &str) -> Result<Option<PublicKey>, CallError> {
        let request = GetRequest { unique_identifier: Some(id.into()), ..GetRequest::default() };
        match self.ask(RequestPayload::Get(request)).await? {
            ResponsePayload::Get(found) => match &found.object {
                Object::PublicKey(key) => Ok(public::from_block(&key.key_block)),
                _ => Ok(None),
            },
            _ => Err(CallError::nonsense()),
        }
    }

    /// What the server says of an object.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn facts(&self, id: &str, kinds: &[AttributeKind]) -> Result<Facts, CallError> {
        let request = GetAttributesRequest {
            unique_identifier: Some(id.into()),
            references: kinds.iter().copied().map(AttributeReference::Standard).collect(),
        };
        let ResponsePayload::GetAttributes(answer) = self.ask(RequestPayload::GetAttributes(request)).await?
        else {
            return Err(CallError::nonsense());
        };
        if answer.unique_identifier != UniqueIdentifier::from(id) {
            return Err(CallError::nonsense());
        }
        Ok(Facts::of(answer.attributes))
    }

    /// The identifiers of all objects that have these attributes.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn locate(&self, attributes: Vec<Attribute>) -> Result<Vec<String>, CallError> {
        let pages = self.version >= ProtocolVersion::V1_3;
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        loop {
            let request = LocateRequest {
                maximum_items: pages.then_some(PAGE),
                offset_items: pages.then(|| u32::try_from(found.len()).unwrap_or(u32::MAX)),
                attributes: instances(attributes.clone()),
                ..LocateRequest::default()
            };
            let ResponsePayload::Locate(answer) = self.ask(RequestPayload::Locate(request)).await? else {
                return Err(CallError::nonsense());
            };
            let page = answer.unique_identifiers.into_iter().map(text).collect::<Result<Vec<_>, _>>()?;
            let full = page.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
            let known = found.len();
            for id in page {
                if seen.insert(id.clone()) {
                    found.push(id);
                }
            }
            // A server that does not know of pages says the same each time.
            if !pages || !full || found.len() == known {
                return Ok(found);
            }
        }
    }

    /// Destroys an object of which the server has just said this. That it is gone is no error.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn destroy(&self, id: &str, state: Option<State>) -> Result<(), CallError> {
        if matches!(state, Some(State::Destroyed | State::DestroyedCompromised)) {
            return Ok(());
        }
        if matches!(state, Some(State::Active) | None) {
            let code = RevocationReasonCode::CessationOfOperation;
            let request = RequestPayload::Revoke(RevokeRequest {
                unique_identifier: Some(id.into()),
                reason: RevocationReason { code, message: None },
                compromise_occurrence_date: None,
            });
            match self.change(request, Weight::Light).await {
                // What has no state can't be revoked.
                Err(CallError::Refused { .. }) if state.is_none() => {}
                other => drop(gone_is_fine(other)?),
            }
        }
        let request = RequestPayload::Destroy(ObjectRequest { unique_identifier: Some(id.into()) });
        gone_is_fine(self.change(request, Weight::Light).await).map(drop)
    }
}

impl Facts {
    fn of(attributes: Vec<AttributeInstance>) -> Self {
        let mut facts = Self::default();
        for instance in attributes {
            match instance.attribute {
                Attribute::Name(name) => facts.names.push(name.value),
                Attribute::ObjectType(ty) => facts.object_type = Some(ty),
                Attribute::CryptographicAlgorithm(algorithm) => facts.algorithm = Some(algorithm),
                Attribute::CryptographicLength(length) => facts.length = Some(length),
                Attribute::CryptographicUsageMask(mask) => facts.mask = Some(mask),
                Attribute::State(state) => facts.state = Some(state),
                Attribute::InitialDate(DateTime(seconds)) => facts.initial = Some(seconds),
                Attribute::Link(link) if link.ty == LinkType::PublicKey => {
                    facts.public = text(link.object).ok();
                }
                _ => {}
            }
        }
        facts
    }
}

/// What both halves have in common.
fn shape(kind: Kind) -> Option<Vec<Attribute>> {
    let mut shape = vec![
        Attribute::CryptographicAlgorithm(algorithm(kind.spec)?),
        Attribute::CryptographicLength(bits(kind.spec)?),
    ];
    if let Some(curve) = curve(kind.spec) {
        shape.push(Attribute::CryptographicDomainParameters(CryptographicDomainParameters {
            recommended_curve: Some(curve),
            ..CryptographicDomainParameters::default()
        }));
    }
    Some(shape)
}

fn secret_attributes(kind: Kind, tag: &KeyTag, labels: Labels) -> Vec<Attribute> {
    let mut attributes = named(naming::name(tag, false), labels);
    attributes.push(Attribute::CryptographicUsageMask(secret_mask(kind.usage)));
    if labels.sensitive {
        attributes.push(Attribute::Sensitive(true));
    }
    if labels.unextractable {
        attributes.push(Attribute::Extractable(false));
    }
    attributes
}

fn public_attributes(kind: Kind, tag: &KeyTag, labels: Labels) -> Vec<Attribute> {
    let mut attributes = named(naming::name(tag, true), labels);
    attributes.push(Attribute::CryptographicUsageMask(public_mask(kind.usage)));
    attributes
}

fn named(name: String, labels: Labels) -> Vec<Attribute> {
    let group = labels.group.then(|| Attribute::ObjectGroup(naming::GROUP.to_owned()));
    [Attribute::Name(Name::text(name))].into_iter().chain(group).collect()
}

fn instances(attributes: Vec<Attribute>) -> Vec<AttributeInstance> {
    attributes.into_iter().map(AttributeInstance::from).collect()
}

pub(crate) fn text(id: UniqueIdentifier) -> Result<String, CallError> {
    match id {
        UniqueIdentifier::Text(id) if !id.is_empty() => Ok(id),
        _ => Err(CallError::nonsense()),
    }
}

fn gone_is_fine(outcome: Result<ResponsePayload, CallError>) -> Result<(), CallError> {
    match outcome {
        Err(error) if error.is_missing() => Ok(()),
        other => other.map(drop),
    }
}

fn unspeakable() -> CallError {
    claviger_kmip::EncodeError::Inconsistent("KMIP has no such keys").into()
}
