use claviger_api as api;
use claviger_keys as keys;

use super::Answered;
use crate::{
    call::Call,
    convert::Twin,
    endpoint::{Json, Nothing},
    names,
};

pub(crate) async fn destroy(
    call: Call,
    query: api::DestroyQuery,
    _: Nothing,
) -> Answered<Json<api::ChangedVersion>> {
    let unneeded_in = query.unneeded_in.as_deref().map(names::parse).transpose()?;
    let operation = keys::DestroyVersion { key: call.key()?, version: call.version()?, unneeded_in };
    Ok(Json(changed(&call.run(operation).await?)))
}

pub(crate) async fn restore(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::ChangedVersion>> {
    let operation = keys::RestoreVersion { key: call.key()?, version: call.version()? };
    Ok(Json(changed(&call.run(operation).await?)))
}

pub(crate) async fn enable(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::ChangedVersion>> {
    set_enabled(call, true).await
}

pub(crate) async fn disable(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::ChangedVersion>> {
    set_enabled(call, false).await
}

async fn set_enabled(call: Call, enabled: bool) -> Answered<Json<api::ChangedVersion>> {
    let operation = keys::SetVersionEnabled { key: call.key()?, version: call.version()?, enabled };
    Ok(Json(changed(&call.run(operation).await?)))
}

fn changed(answer: &keys::VersionAnswer) -> api::ChangedVersion {
    api::ChangedVersion {
        version: answer.version.number.get(),
        state: answer.version.state.twin(),
        destroy_at: answer.version.destroy_at.map(|time| time.to_string()),
    }
}
