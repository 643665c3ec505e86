use claviger_kmip::{
    Attribute, AttributeKind,
    enums::{State, UniqueIdentifierEnum as Made},
    operations::{LocateRequest, LocateResponse},
    value::StorageStatusMask,
};
use claviger_objects::{LocateObjects, ObjectView};
use claviger_ports::ObjectFilter;
use claviger_types::ObjectId;

use crate::{batch::Batch, convert::attributes, error::Failure, names};

/// How many objects are looked at in one call of the domain.
const PAGE: usize = 1000;

/// Finds objects that have all of some attributes (KMIP 2.1 §6.1.32).
pub(super) async fn locate(batch: &mut Batch<'_>, request: LocateRequest) -> Result<LocateResponse, Failure> {
    let wanted: Vec<Attribute> = request.attributes.into_iter().map(|instance| instance.attribute).collect();
    let found = match request.storage_status_mask {
        // Nothing is ever archived.
        Some(mask) if mask.0 & StorageStatusMask::ARCHIVAL.0 == mask.0 && mask.0 != 0 => Vec::new(),
        mask => find(batch, &wanted, mask).await?,
    };
    match found.as_slice() {
        [only] => batch.placeholders.set(Made::Locate, *only),
        _ => batch.placeholders.clear(),
    }
    let offset = index(request.offset_items.unwrap_or(0));
    let maximum = request.maximum_items.map_or(usize::MAX, index);
    Ok(LocateResponse {
        located_items: Some(u32::try_from(found.len()).unwrap_or(u32::MAX)),
        unique_identifiers: found.into_iter().skip(offset).take(maximum).map(names::identifier).collect(),
    })
}

async fn find(
    batch: &Batch<'_>,
    wanted: &[Attribute],
    mask: Option<StorageStatusMask>,
) -> Result<Vec<ObjectId>, Failure> {
    let filter = filter(wanted, mask);
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = batch.run(LocateObjects { filter: filter.clone(), after, limit: PAGE }).await?;
        for view in &page.items {
            if matches(view, wanted)? {
                found.push(view.object.id);
            }
        }
        after = page.items.last().map(|view| view.object.id);
        if !page.more {
            return Ok(found);
        }
    }
}

/// What the store can look for by itself.
fn filter(wanted: &[Attribute], mask: Option<StorageStatusMask>) -> ObjectFilter {
    let destroyed = |attribute: &Attribute| {
        matches!(
            attribute,
            Attribute::State(State::Destroyed | State::DestroyedCompromised) | Attribute::DestroyDate(_)
        )
    };
    ObjectFilter {
        name: wanted.iter().find_map(|attribute| match attribute {
            Attribute::Name(name) => Some(name.value.as_str().into()),
            _ => None,
        }),
        group: wanted.iter().find_map(|attribute| match attribute {
            Attribute::ObjectGroup(group) => Some(group.as_str().into()),
            _ => None,
        }),
        destroyed: wanted.iter().any(destroyed)
            || mask.is_some_and(|mask| mask.contains(StorageStatusMask::DESTROYED)),
    }
}

/// Whether an object has all that is wanted. Two values of a date are a span (KMIP 2.1 §6.1.32).
fn matches(view: &ObjectView, wanted: &[Attribute]) -> Result<bool, Failure> {
    let has = attributes::all(view)?;
    Ok(wanted.iter().all(|wanted_one| {
        let span = span(wanted_one.kind(), wanted);
        has.iter().any(|own| match (span, own_date(own)) {
            (Some((from, to)), Some(date)) if own.kind() == wanted_one.kind() => (from..=to).contains(&date),
            _ => is_same(own, wanted_one),
        })
    }))
}

fn is_same(own: &Attribute, wanted: &Attribute) -> bool {
    match (own, wanted) {
        (Attribute::CryptographicUsageMask(own), Attribute::CryptographicUsageMask(wanted)) => {
            own.contains(*wanted)
        }
        // Whoever names a name may not know how it was meant to be read.
        (Attribute::Name(own), Attribute::Name(wanted)) => own.value == wanted.value,
        (own, wanted) => own == wanted,
    }
}

/// The first and last of two dates of a kind.
fn span(kind: Option<AttributeKind>, wanted: &[Attribute]) -> Option<(i64, i64)> {
    let dates: Vec<i64> =
        wanted.iter().filter(|attribute| attribute.kind() == kind).filter_map(own_date).collect();
    match dates.as_slice() {
        [one, other] => Some((*one.min(other), *one.max(other))),
        _ => None,
    }
}

fn own_date(attribute: &Attribute) -> Option<i64> {
    match attribute {
        Attribute::ActivationDate(date)
        | Attribute::ArchiveDate(date)
        | Attribute::CompromiseDate(date)
        | Attribute::CompromiseOccurrenceDate(date)
        | Attribute::DeactivationDate(date)
        | Attribute::DestroyDate(date)
        | Attribute::InitialDate(date)
        | Attribute::LastChangeDate(date)
        | Attribute::OriginalCreationDate(date) => Some(date.0),
        _ => None,
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
