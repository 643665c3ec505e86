//! Operations on attributes. What is changed is read, changed and written back; who comes between is asked to try again, by us.

use claviger_core::Reason;
use claviger_kmip::{
    Attribute, AttributeInstance, AttributeReference, ProtocolVersion, ResultReason,
    operations::{
        AddAttributeRequest, AttributeResponse, DeleteAttributeRequest, GetAttributeListResponse,
        GetAttributesRequest, GetAttributesResponse, ModifyAttributeRequest, ObjectRequest, ObjectResponse,
        SetAttributeRequest,
    },
    value::UniqueIdentifier,
};
use claviger_objects::{DescribeObject, UpdateObject};

use super::lifecycle::object;
use crate::{
    batch::Batch,
    convert::{
        attributes,
        template::{Owner, Template, is_multi_valued, owner, owner_of, refused},
    },
    error::Failure,
    names,
};

/// How often a change is tried again when somebody else changes the same object.
const ATTEMPTS: usize = 5;

/// The attributes that are asked for, or all (KMIP 2.1 §6.1.20).
pub(super) async fn get(
    batch: &mut Batch<'_>,
    request: GetAttributesRequest,
) -> Result<GetAttributesResponse, Failure> {
    let id = object(batch, request.unique_identifier.as_ref())?;
    let all = attributes::all(&batch.run(DescribeObject { id }).await?)?;
    let asked = |attribute: &Attribute| {
        request.references.is_empty()
            || request.references.iter().any(|reference| attributes::is_referred_to(attribute, reference))
    };
    let attributes = counted(all.into_iter().filter(|attribute| asked(attribute)).collect());
    Ok(GetAttributesResponse { unique_identifier: names::identifier(id), attributes })
}

/// Which attributes there are (KMIP 2.1 §6.1.21).
pub(super) async fn list(
    batch: &mut Batch<'_>,
    request: ObjectRequest,
) -> Result<GetAttributeListResponse, Failure> {
    let id = object(batch, request.unique_identifier.as_ref())?;
    let all = attributes::all(&batch.run(DescribeObject { id }).await?)?;
    let mut references = Vec::new();
    for reference in all.iter().map(Attribute::reference) {
        if !references.contains(&reference) {
            references.push(reference);
        }
    }
    Ok(GetAttributeListResponse { unique_identifier: names::identifier(id), references })
}

/// Gives an object another attribute (KMIP 2.1 §6.1.2).
pub(super) async fn add(
    batch: &mut Batch<'_>,
    request: AddAttributeRequest,
) -> Result<AttributeResponse, Failure> {
    let attribute = request.new.attribute;
    change(batch, request.unique_identifier.as_ref(), |all| {
        check_owner(&attribute)?;
        let count = all.iter().filter(|own| own.reference() == attribute.reference()).count();
        if count > 0 && !is_multi_valued(&attribute) && !is_unset(&attribute, all) {
            return Err(Failure::rejected(
                ResultReason::AttributeSingleValued,
                format!("The object has the attribute {}.", attribute.reference()),
            ));
        }
        if !is_multi_valued(&attribute) {
            all.retain(|own| own.reference() != attribute.reference());
        }
        all.push(attribute.clone());
        Ok(AttributeInstance { index: at(count), attribute: attribute.clone() })
    })
    .await
}

/// Changes the value of an attribute (KMIP 2.1 §6.1.34).
pub(super) async fn modify(
    batch: &mut Batch<'_>,
    request: ModifyAttributeRequest,
) -> Result<AttributeResponse, Failure> {
    let AttributeInstance { index, attribute } = request.new;
    let current = request.current.map(|current| current.attribute);
    change(batch, request.unique_identifier.as_ref(), |all| {
        check_owner(&attribute)?;
        if current.as_ref().is_some_and(|current| current.reference() != attribute.reference()) {
            return Err(Failure::invalid("The current and the new attribute are not the same."));
        }
        let place = place(all, &attribute.reference(), index, current.as_ref())?;
        if let Some(own) = all.get_mut(place) {
            *own = attribute.clone();
        }
        Ok(AttributeInstance { index, attribute: attribute.clone() })
    })
    .await
}

/// Sets an attribute that has one value (KMIP 2.1 §6.1.51).
pub(super) async fn set(
    batch: &mut Batch<'_>,
    request: SetAttributeRequest,
) -> Result<ObjectResponse, Failure> {
    let attribute = request.new.attribute;
    let done = change(batch, request.unique_identifier.as_ref(), |all| {
        check_owner(&attribute)?;
        if is_multi_valued(&attribute) {
            return Err(Failure::rejected(
                ResultReason::MultiValuedAttribute,
                format!(
                    "An object may have several of {}; add, modify or delete one.",
                    attribute.reference()
                ),
            ));
        }
        all.retain(|own| own.reference() != attribute.reference());
        all.push(attribute.clone());
        Ok(attribute.clone().into())
    })
    .await?;
    Ok(ObjectResponse { unique_identifier: done.unique_identifier })
}

/// Takes an attribute away (KMIP 2.1 §6.1.13).
pub(super) async fn delete(
    batch: &mut Batch<'_>,
    request: DeleteAttributeRequest,
) -> Result<AttributeResponse, Failure> {
    let current = request.current.map(|current| current.attribute);
    let reference = match (&current, request.reference) {
        (Some(current), _) => current.reference(),
        (None, Some(reference)) => reference,
        (None, None) => {
            return Err(Failure::rejected(ResultReason::MissingData, "The request names no attribute."));
        }
    };
    let (index, every) = (request.index, batch.version >= ProtocolVersion::V2_0 && current.is_none());
    change(batch, request.unique_identifier.as_ref(), |all| {
        if let AttributeReference::Standard(kind) = &reference
            && owner_of(*kind) != Owner::Client
        {
            return Err(Failure::rejected(
                ResultReason::ReadOnlyAttribute,
                format!("{reference} can't be deleted."),
            ));
        }
        let place = place(all, &reference, index, current.as_ref())?;
        let gone = all.remove(place);
        if matches!(gone, Attribute::CryptographicUsageMask(_) | Attribute::Sensitive(_)) {
            return Err(Failure::rejected(
                ResultReason::ReadOnlyAttribute,
                format!("{reference} can't be deleted."),
            ));
        }
        // From 2.0 on a reference means all values.
        if every {
            all.retain(|own| own.reference() != reference);
        }
        Ok(AttributeInstance { index, attribute: gone })
    })
    .await
}

async fn change(
    batch: &mut Batch<'_>,
    named: Option<&UniqueIdentifier>,
    edit: impl Fn(&mut Vec<Attribute>) -> Result<AttributeInstance, Failure>,
) -> Result<AttributeResponse, Failure> {
    let id = object(batch, named)?;
    let mut attempts = 1;
    loop {
        let view = batch.run(DescribeObject { id }).await?;
        let mut all = attributes::settable(&view.object)?;
        let attribute = edit(&mut all)?;
        let template = Template::of_object(all)?;
        let update = UpdateObject { id, revision: view.object.revision, object: template.into_object(true)? };
        match batch.run(update).await {
            Ok(_) => {
                return Ok(AttributeResponse {
                    unique_identifier: names::identifier(id),
                    attribute: Some(attribute),
                });
            }
            Err(Failure::Answered(error))
                if error.reason() == Reason::ConcurrentChange && attempts < ATTEMPTS =>
            {
                attempts += 1;
            }
            Err(failure) => return Err(failure),
        }
    }
}

/// Where a value is: by its index, or by itself.
fn place(
    all: &[Attribute],
    reference: &AttributeReference,
    index: Option<u32>,
    current: Option<&Attribute>,
) -> Result<usize, Failure> {
    let mut places = all.iter().enumerate().filter(|(_, own)| own.reference() == *reference);
    let found = match (current, index) {
        (Some(current), _) => places.find(|(_, own)| *own == current),
        (None, index) => places.nth(usize::try_from(index.unwrap_or(0)).unwrap_or(usize::MAX)),
    };
    found.map(|(place, _)| place).ok_or_else(|| {
        Failure::rejected(
            ResultReason::AttributeNotFound,
            format!("The object has no such value of {reference}."),
        )
    })
}

fn check_owner(attribute: &Attribute) -> Result<(), Failure> {
    match owner(attribute) {
        Owner::Client => Ok(()),
        owner => Err(refused(attribute, owner)),
    }
}

/// A mask of nothing and a sensitivity that is not there are attributes that everything has.
fn is_unset(attribute: &Attribute, all: &[Attribute]) -> bool {
    all.iter().filter(|own| own.reference() == attribute.reference()).all(|own| match own {
        Attribute::CryptographicUsageMask(mask) => mask.0 == 0,
        Attribute::Sensitive(sensitive) => !sensitive,
        _ => false,
    })
}

/// Until 1.4, values of the same attribute are counted; the first needs no number.
fn counted(all: Vec<Attribute>) -> Vec<AttributeInstance> {
    let mut seen: Vec<AttributeReference> = Vec::with_capacity(all.len());
    let mut counted = Vec::with_capacity(all.len());
    for attribute in all {
        let reference = attribute.reference();
        let count = seen.iter().filter(|known| **known == reference).count();
        seen.push(reference);
        counted.push(AttributeInstance { index: at(count), attribute });
    }
    counted
}

fn at(count: usize) -> Option<u32> {
    u32::try_from(count).ok().filter(|count| *count > 0)
}
