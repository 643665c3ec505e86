use claviger_api as api;
use claviger_core::{Error, ProviderChoice};
use claviger_keys as keys;
use claviger_types::{Days, KeyAlgorithm, KeyOrigin, KeySpec, VersionTemplate};

use super::Answered;
use crate::{
    call::Call,
    convert::{self, Twin},
    endpoint::{Created, Json, Nothing},
    names,
};

pub(crate) async fn create(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::CreateKey>,
) -> Answered<Created<api::Key>> {
    let spec = body.spec.map_or(KeySpec::Aes256, Twin::twin);
    let usage = body.usage.map_or_else(|| convert::usual_usage(spec), Twin::twin);
    let operation = keys::CreateKey {
        origin: body.origin.map_or(KeyOrigin::Generated, Twin::twin),
        description: body.description.into(),
        policy: body.policy.map(Into::into),
        bypass_lockout_check: body.bypass_lockout_check,
        tags: convert::tags(body.tags),
        template: VersionTemplate {
            algorithm: body.cipher_mode.map(|mode| KeyAlgorithm::Raw(mode.twin())),
            ..VersionTemplate::default()
        },
        provider: match (body.provider, body.one_off) {
            (Some(_), true) => {
                return Err(
                    Error::invalid("Name a provider, or say that the key is one-off; not both.").into()
                );
            }
            (Some(name), false) => ProviderChoice::Named(names::parse(&name)?),
            (None, true) => ProviderChoice::OneOff,
            (None, false) => ProviderChoice::Default,
        },
        ..keys::CreateKey::new(spec, usage)
    };
    let arns = call.arns();
    let created = call.run(operation).await?;
    Ok(Created(convert::key_with(&created.key, created.version.as_slice(), &created.details, &arns)))
}

pub(crate) async fn list(call: Call, query: api::PageQuery, _: Nothing) -> Answered<Json<api::KeyList>> {
    let after = query.after.as_deref().map(names::key_id).transpose()?;
    let limit = convert::limit(query.limit)?;
    let arns = call.arns();
    let page = call.run(keys::ListKeys { after, limit }).await?;
    let next = page.items.last().filter(|_| page.more).map(|key| key.id.to_string());
    let keys = page.items.iter().map(|key| convert::key_summary(key, &arns)).collect();
    Ok(Json(api::KeyList { keys, next }))
}

pub(crate) async fn describe(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::Key>> {
    let (key, arns) = (call.key()?, call.arns());
    let description = call.run(keys::DescribeKey { key }).await?;
    Ok(Json(convert::key(&description.entry.record, &description.details, &arns)))
}

pub(crate) async fn set_description(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::SetDescription>,
) -> Answered<Nothing> {
    let key = call.key()?;
    call.run(keys::UpdateKeyDescription { key, description: body.description.into() }).await?;
    Ok(Nothing)
}

pub(crate) async fn enable(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Nothing> {
    let key = call.key()?;
    call.run(keys::EnableKey { key }).await?;
    Ok(Nothing)
}

pub(crate) async fn disable(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Nothing> {
    let key = call.key()?;
    call.run(keys::DisableKey { key }).await?;
    Ok(Nothing)
}

pub(crate) async fn rotate(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Nothing> {
    let key = call.key()?;
    call.run(keys::RotateKeyOnDemand { key }).await?;
    Ok(Nothing)
}

pub(crate) async fn rotation(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::RotationStatus>> {
    let key = call.key()?;
    let status = call.run(keys::GetKeyRotationStatus { key }).await?;
    Ok(Json(api::RotationStatus { rotation: status.rotation.map(convert::rotation) }))
}

pub(crate) async fn set_rotation(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::SetRotation>,
) -> Answered<Nothing> {
    let key = call.key()?;
    call.run(keys::EnableKeyRotation { key, period: body.period_days.map(Days) }).await?;
    Ok(Nothing)
}

pub(crate) async fn stop_rotation(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Nothing> {
    let key = call.key()?;
    call.run(keys::DisableKeyRotation { key }).await?;
    Ok(Nothing)
}

pub(crate) async fn rotations(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::RotationList>> {
    let key = call.key()?;
    let past = call.run(keys::ListKeyRotations { key }).await?;
    let rotation = |rotation: &keys::PastRotation| api::PastRotation {
        time: rotation.time.to_string(),
        kind: rotation.kind.twin(),
    };
    Ok(Json(api::RotationList { rotations: past.rotations.iter().map(rotation).collect() }))
}

pub(crate) async fn schedule_deletion(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::ScheduleDeletion>,
) -> Answered<Json<api::ScheduledDeletion>> {
    let key = call.key()?;
    let scheduled = call.run(keys::ScheduleKeyDeletion { key, window: Days(body.window_days) }).await?;
    Ok(Json(api::ScheduledDeletion { deletion: scheduled.deletion.at.to_string() }))
}

pub(crate) async fn cancel_deletion(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Nothing> {
    let key = call.key()?;
    call.run(keys::CancelKeyDeletion { key }).await?;
    Ok(Nothing)
}

pub(crate) async fn tags(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::Tags>> {
    let key = call.key()?;
    let page = call.run(keys::ListResourceTags { key, after: None, limit: 50 }).await?;
    let tags = page.items.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
    Ok(Json(api::Tags { tags }))
}

pub(crate) async fn tag(call: Call, _: api::NoQuery, Json(body): Json<api::Tags>) -> Answered<Nothing> {
    let key = call.key()?;
    call.run(keys::TagResource { key, tags: convert::tags(body.tags) }).await?;
    Ok(Nothing)
}

pub(crate) async fn untag(call: Call, _: api::NoQuery, Json(body): Json<api::TagNames>) -> Answered<Nothing> {
    let key = call.key()?;
    let tag_keys = body.names.into_iter().map(Into::into).collect();
    call.run(keys::UntagResource { key, tag_keys }).await?;
    Ok(Nothing)
}

pub(crate) async fn policy(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::PolicyDocument>> {
    let key = call.key()?;
    let policy = call.run(keys::GetKeyPolicy { key, name: None }).await?;
    Ok(Json(api::PolicyDocument { policy: policy.to_string() }))
}

pub(crate) async fn put_policy(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::PutKeyPolicy>,
) -> Answered<Nothing> {
    let operation = keys::PutKeyPolicy {
        key: call.key()?,
        name: None,
        policy: body.policy.into(),
        bypass_lockout_check: body.bypass_lockout_check,
    };
    call.run(operation).await?;
    Ok(Nothing)
}

pub(crate) async fn last_usage(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::KeyLastUsage>> {
    let key = call.key()?;
    let usage = call.run(keys::GetKeyLastUsage { key }).await?;
    let last = usage.last.map(|last| api::LastUse {
        time: last.time.to_string(),
        operation: last.operation.to_owned(),
        request_id: last.request.to_string(),
    });
    Ok(Json(api::KeyLastUsage { last, tracked_since: usage.tracked_since.to_string() }))
}

pub(crate) async fn public_key(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::PublicKey>> {
    let key = call.key()?;
    let answer = call.run(keys::GetPublicKey { key, version: None }).await?;
    let key = answer.entry.key();
    Ok(Json(api::PublicKey {
        public_key: api::Base64(answer.spki.to_vec()),
        key: key.id.to_string(),
        spec: key.spec.twin(),
        usage: key.usage.twin(),
    }))
}
