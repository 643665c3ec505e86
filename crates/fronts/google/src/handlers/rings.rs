use claviger_keys as keys;

use crate::{
    call::{Answered, Call},
    convert,
    names::{RingPath, new_id},
    page::{Asked, Listing},
    wire::kms,
};

pub(crate) async fn list(
    call: Call,
    request: kms::ListKeyRingsRequest,
) -> Answered<kms::ListKeyRingsResponse> {
    let location = call.names().location(&request.parent)?;
    location.own(call.account())?;
    let listing = Listing::read(
        Asked {
            parent: &request.parent,
            size: request.page_size,
            token: &request.page_token,
            filter: &request.filter,
            order: &request.order_by,
        },
        "KeyRing",
    )?;
    let after = listing.after()?;
    let found = call.run(keys::ListKeyRings { after, limit: listing.limit() }).await?;
    let rings = found.items.into_iter().map(|ring| {
        let path = RingPath { location: location.clone(), ring: ring.name.clone() };
        (ring.name.to_string(), convert::key_ring(&path, ring.created))
    });
    let shown = listing.shown(rings.collect(), found.more)?;
    Ok(kms::ListKeyRingsResponse {
        key_rings: shown.items,
        next_page_token: shown.next,
        total_size: shown.total,
    })
}

pub(crate) async fn get(call: Call, request: kms::GetKeyRingRequest) -> Answered<kms::KeyRing> {
    let path = call.names().ring(&request.name)?;
    let name = path.own(call.account())?;
    let ring = call.run(keys::GetKeyRing { name }).await?;
    Ok(convert::key_ring(&path, ring.created))
}

pub(crate) async fn create(call: Call, request: kms::CreateKeyRingRequest) -> Answered<kms::KeyRing> {
    let location = call.names().location(&request.parent)?;
    location.own(call.account())?;
    let name = new_id(&request.key_ring_id, "key_ring_id")?;
    let ring = call.run(keys::CreateKeyRing { name }).await?;
    Ok(convert::key_ring(&RingPath { location, ring: ring.name }, ring.created))
}
