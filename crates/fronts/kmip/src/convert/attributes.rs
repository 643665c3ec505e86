//! The attributes of an object, as clients see them.

use claviger_kmip::{
    Attribute, AttributeReference,
    attributes::{CryptographicDomainParameters, Link, Name, RevocationReason},
    enums::{LinkType, NameType, ObjectType, RevocationReasonCode, State},
    stored,
    value::UsageMask,
};
use claviger_objects::ObjectView;
use claviger_types::{ManagedObject, ObjectId, ObjectKind, ObjectState};

use super::{date, spec};
use crate::{error::Failure, names};

/// Everything that there is to know of an object.
pub(crate) fn all(view: &ObjectView) -> Result<Vec<Attribute>, Failure> {
    let object = &view.object;
    let mut all = vec![
        Attribute::UniqueIdentifier(names::identifier(object.id)),
        Attribute::ObjectType(object_type(object.kind)),
        Attribute::State(state(view.state)),
        Attribute::InitialDate(date(object.created)),
        Attribute::LastChangeDate(date(object.changed)),
        Attribute::OriginalCreationDate(date(object.created)),
    ];
    all.extend(of_key(view));
    all.extend(of_life_cycle(object));
    all.extend(links(view));
    all.extend(settable(object)?);
    if may_be_secret(object.kind) {
        all.extend([
            Attribute::AlwaysSensitive(object.sensitive),
            Attribute::Extractable(object.extractable),
            Attribute::NeverExtractable(!object.extractable),
        ]);
    }
    Ok(all)
}

/// Those of them that clients have set, in the order in which they are counted.
pub(crate) fn settable(object: &ManagedObject) -> Result<Vec<Attribute>, Failure> {
    let others = stored::decode_attributes(&object.attributes)?;
    let is_uri = |value: &str| {
        let uri = |other: &Attribute| matches!(other, Attribute::Name(name) if name.value == value && name.ty == NameType::Uri);
        others.iter().any(uri)
    };
    let name = |value: &str| Name {
        value: value.to_owned(),
        ty: if is_uri(value) { NameType::Uri } else { NameType::UninterpretedTextString },
    };
    let mut all: Vec<Attribute> = object.names.iter().map(|value| Attribute::Name(name(value))).collect();
    all.extend(object.groups.iter().map(|group| Attribute::ObjectGroup(group.as_ref().to_owned())));
    if object.kind != ObjectKind::OpaqueObject {
        all.push(Attribute::CryptographicUsageMask(UsageMask(object.usage_mask)));
    }
    if may_be_secret(object.kind) {
        all.push(Attribute::Sensitive(object.sensitive));
    }
    all.extend(object.dates.activation.map(|at| Attribute::ActivationDate(date(at))));
    all.extend(object.dates.deactivation.map(|at| Attribute::DeactivationDate(date(at))));
    all.extend(others.into_iter().filter(|other| !matches!(other, Attribute::Name(_))));
    Ok(all)
}

/// Whether an attribute is what is asked for.
pub(crate) fn is_referred_to(attribute: &Attribute, by: &AttributeReference) -> bool {
    attribute.reference() == *by
}

/// What clients call a kind of object.
pub(crate) fn object_type(kind: ObjectKind) -> ObjectType {
    match kind {
        ObjectKind::Certificate => ObjectType::Certificate,
        ObjectKind::OpaqueObject => ObjectType::OpaqueObject,
        ObjectKind::PrivateKey => ObjectType::PrivateKey,
        ObjectKind::PublicKey => ObjectType::PublicKey,
        ObjectKind::SecretData => ObjectType::SecretData,
        ObjectKind::SymmetricKey => ObjectType::SymmetricKey,
    }
}

/// What clients call a state.
pub(crate) fn state(state: ObjectState) -> State {
    match state {
        ObjectState::Active => State::Active,
        ObjectState::Compromised => State::Compromised,
        ObjectState::Deactivated => State::Deactivated,
        ObjectState::Destroyed => State::Destroyed,
        ObjectState::DestroyedCompromised => State::DestroyedCompromised,
        ObjectState::PreActive => State::PreActive,
    }
}

fn of_key(view: &ObjectView) -> Vec<Attribute> {
    let Some(key) = &view.key else { return Vec::new() };
    let mut all = Vec::new();
    if let Some((algorithm, length)) = spec::algorithm_of(key.spec, key.usage) {
        all.push(Attribute::CryptographicAlgorithm(algorithm));
        all.push(Attribute::CryptographicLength(length));
    }
    let recommended_curve = spec::curve_of(key.spec);
    // That which a client has given is among the others.
    if recommended_curve.is_some() && view.object.attributes.is_empty() {
        let parameters = CryptographicDomainParameters { qlength: None, recommended_curve };
        all.push(Attribute::CryptographicDomainParameters(parameters));
    }
    all
}

fn of_life_cycle(object: &ManagedObject) -> Vec<Attribute> {
    let dates = &object.dates;
    let mut all = Vec::new();
    all.extend(dates.destroy.map(|at| Attribute::DestroyDate(date(at))));
    all.extend(dates.compromise.map(|at| Attribute::CompromiseDate(date(at))));
    all.extend(dates.compromise_occurrence.map(|at| Attribute::CompromiseOccurrenceDate(date(at))));
    all.extend(object.revocation.as_ref().map(|revocation| {
        Attribute::RevocationReason(RevocationReason {
            code: RevocationReasonCode::from_code(revocation.code)
                .unwrap_or(RevocationReasonCode::Unspecified),
            message: revocation.message.as_deref().map(str::to_owned),
        })
    }));
    all
}

/// What the service itself knows to belong to an object; other links are clients'.
fn links(view: &ObjectView) -> Vec<Attribute> {
    let object = &view.object;
    let link = |ty, id: ObjectId| Attribute::Link(Link { ty, object: names::identifier(id) });
    let half = object.key.map(|key| match object.kind {
        ObjectKind::PrivateKey => Some(link(LinkType::PublicKey, ObjectId::of_public_half(key))),
        ObjectKind::PublicKey => Some(link(LinkType::PrivateKey, ObjectId::of_key(key))),
        _ => None,
    });
    let replaced = object.replaces.map(|id| link(LinkType::ReplacedObject, id));
    let replacement = object.replaced_by.map(|id| link(LinkType::ReplacementObject, id));
    half.flatten().into_iter().chain(replaced).chain(replacement).collect()
}

fn may_be_secret(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::PrivateKey | ObjectKind::SecretData | ObjectKind::SymmetricKey)
}
