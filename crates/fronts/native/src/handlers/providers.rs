use claviger_api as api;
use claviger_core::{Error, ProviderChoice};
use claviger_keys as keys;

use super::Answered;
use crate::{
    call::Call,
    convert::{self, Twin},
    endpoint::{Created, Json, Nothing},
    names,
};

pub(crate) async fn move_key(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::MoveKey>,
) -> Answered<Json<api::MovedKey>> {
    let to = match body.to {
        Some(name) => ProviderChoice::Named(names::parse(&name)?),
        None => ProviderChoice::Rollover,
    };
    let operation = keys::MoveKey { key: call.key()?, to, new_material: body.new_material };
    let moved = call.run(operation).await?;
    Ok(Json(api::MovedKey {
        outcome: match moved.done {
            keys::Move::NewVersion(_) => api::MoveOutcome::NewVersion,
            keys::Move::NextVersions => api::MoveOutcome::NextVersions,
            keys::Move::Nothing => api::MoveOutcome::Nothing,
        },
        provider: moved.key.provider.to_string(),
        primary_version: moved.key.primary.get(),
    }))
}

pub(crate) async fn adopt(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::AdoptKey>,
) -> Answered<Created<api::Key>> {
    let spec = body.spec.twin();
    let operation = keys::AdoptKey {
        provider: call.provider()?,
        locator: body.locator.parse().map_err(Error::from)?,
        spec,
        usage: body.usage.map_or_else(|| convert::usual_usage(spec), Twin::twin),
        description: body.description.into(),
        tags: convert::tags(body.tags),
    };
    let arns = call.arns();
    let adopted = call.run(operation).await?;
    Ok(Created(convert::key_with(&adopted.key, adopted.version.as_slice(), &adopted.details, &arns)))
}

pub(crate) async fn keys(
    call: Call,
    query: api::PageQuery,
    _: Nothing,
) -> Answered<Json<api::ProviderKeyList>> {
    let operation = keys::ListProviderKeys {
        provider: call.provider()?,
        after: query.after.as_deref().map(names::key_id).transpose()?,
        limit: convert::limit(query.limit)?,
    };
    let arns = call.arns();
    let keys::ProviderKeys { provider, page } = call.run(operation).await?;
    let next = page.items.last().filter(|_| page.more).map(|key| key.record.key.id.to_string());
    let keys = page.items.iter().map(|key| api::ProviderKey {
        key: convert::key(&key.record, &key.details, &arns),
        there: key
            .there
            .iter()
            .map(|(version, need)| api::VersionThere {
                version: version.get(),
                needed: need.as_ref().map(ToString::to_string),
            })
            .collect(),
    });
    Ok(Json(api::ProviderKeyList { provider: provider.to_string(), keys: keys.collect(), next }))
}

pub(crate) async fn orphans(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::OrphanList>> {
    let operation = keys::ListOrphans { provider: call.provider()? };
    let orphans = call.run(operation).await?;
    let orphan = |orphan: &claviger_core::Orphan| api::Orphan {
        tag: orphan.tag.to_string(),
        device_id: orphan.device_id.as_ref().map(ToString::to_string),
        kind: orphan.kind.twin(),
        since: orphan.since.map(|time| time.to_string()),
    };
    Ok(Json(api::OrphanList { orphans: orphans.iter().map(orphan).collect() }))
}

pub(crate) async fn remove_orphan(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::RemoveOrphan>,
) -> Answered<Nothing> {
    let tag = names::parse(call.part("tag"))?;
    let operation = keys::RemoveOrphan { provider: call.provider()?, tag, kind: body.kind.twin() };
    call.run(operation).await?;
    Ok(Nothing)
}
