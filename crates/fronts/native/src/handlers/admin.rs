use claviger_api as api;
use claviger_core::{
    Error, Result,
    admin::{
        AddKeyslot, AuditFilter, AuditStart, Backup, CheckpointAudit, DescribeRootKey, GetStatus,
        ListKeyslots, ProviderStatus, ReadAudit, RemoveKeyslot, RootKeyStatus, RotateRootKey, ServiceStatus,
        SlotOpener, SlotSecret,
    },
    seal::SlotInfo,
};
use claviger_ports::ProviderState;
use claviger_types::AuditSeq;

use super::Answered;
use crate::{
    call::Call,
    convert::{self, Twin},
    endpoint::{Created, Json, Nothing},
    names,
};

pub(crate) async fn keyslots(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::KeyslotList>> {
    let slots = call.run(ListKeyslots).await?;
    Ok(Json(api::KeyslotList { keyslots: slots.iter().map(keyslot).collect() }))
}

pub(crate) async fn add_keyslot(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::AddKeyslot>,
) -> Answered<Created<api::Keyslot>> {
    let label = body.label.parse().map_err(Error::from)?;
    let opener = match (body.opener, body.device) {
        (Some(secret), None) => SlotOpener::Secret(slot_secret(secret)),
        (None, Some(device)) => {
            SlotOpener::Device { provider: names::parse(&device.provider)?, key: device.key.map(Into::into) }
        }
        _ => return Err(Error::invalid("Give either opener or device.").into()),
    };
    let added = call.run(AddKeyslot { label, opener }).await?;
    Ok(Created(keyslot(&added)))
}

pub(crate) async fn remove_keyslot(
    call: Call,
    _: api::NoQuery,
    _: Nothing,
) -> Answered<Json<api::KeyslotRemoved>> {
    let id = names::parse(call.part("keyslot"))?;
    let removed = call.run(RemoveKeyslot::new(id)).await?;
    Ok(Json(api::KeyslotRemoved { advice: removed.advice }))
}

pub(crate) async fn root_key(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::RootKey>> {
    Ok(Json(root_key_status(call.run(DescribeRootKey).await?)))
}

pub(crate) async fn rotate_root_key(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::RotateRootKey>,
) -> Answered<Json<api::RootKey>> {
    let operation = RotateRootKey {
        keep: body.keep.into_iter().map(slot_secret).collect(),
        drop: body.drop.iter().map(|id| names::parse(id)).collect::<Result<_>>()?,
    };
    Ok(Json(root_key_status(call.run(operation).await?)))
}

pub(crate) async fn audit_records(
    call: Call,
    query: api::AuditQuery,
    _: Nothing,
) -> Answered<Json<api::AuditPage>> {
    let start = match (query.from, query.last) {
        (Some(_), Some(_)) => return Err(Error::invalid("Give from or last, not both.").into()),
        (Some(from), None) => AuditStart::At(AuditSeq(from)),
        (None, last) => AuditStart::BeforeEnd(last.unwrap_or(100)),
    };
    let filter = AuditFilter {
        caller: query.caller.map(Into::into),
        key: query.key.as_deref().map(names::key_id).transpose()?,
        operation: query.operation.map(Into::into),
        outcome: query.outcome.map(Into::into),
        request: query.request_id.as_deref().map(names::parse).transpose()?,
        since: query.since.as_deref().map(names::time).transpose()?,
        until: query.until.as_deref().map(names::time).transpose()?,
    };
    let limit = convert::limit(query.limit)?;
    let page = call.run(ReadAudit { start, filter, limit }).await?;
    let records = page.records.iter().map(|record| json(record)).collect();
    Ok(Json(api::AuditPage { records, next: page.next.0, more: page.more }))
}

pub(crate) async fn audit_checkpoint(
    call: Call,
    _: api::NoQuery,
    _: Nothing,
) -> Answered<Json<api::AuditCheckpoint>> {
    let checkpoint = call.run(CheckpointAudit).await?;
    Ok(Json(api::AuditCheckpoint { checkpoint: json(&checkpoint) }))
}

pub(crate) async fn backup(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::MakeBackup>,
) -> Answered<Created<api::Backup>> {
    let name = names::parse(&body.name)?;
    let made = call.run(Backup { name }).await?;
    Ok(Created(api::Backup {
        location: made.location,
        bytes: made.bytes,
        audit_seq: made.audit.map(|seq| seq.0),
    }))
}

pub(crate) async fn status(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::Status>> {
    let caller = call.cx.caller.identity.arn.to_string();
    let status = call.run(GetStatus).await?;
    let problems = problems(&status);
    Ok(Json(api::Status {
        version: status.version.to_owned(),
        started: status.started.to_string(),
        region: status.region.to_string(),
        account: status.account.to_string(),
        keys: status.keys,
        root_key_generation: status.root_key.0,
        audit: status.audit.map(|head| api::AuditHead { seq: head.seq.0, hash: hex::encode(head.hash) }),
        providers: status.providers.iter().map(provider).collect(),
        problems,
        caller,
    }))
}

fn problems(status: &ServiceStatus) -> Vec<String> {
    let audit = (!status.audit_healthy).then(|| "the audit log can't be written".to_owned());
    let store = status.store_problem.as_ref().map(|problem| format!("store: {problem}"));
    let providers = status
        .providers
        .iter()
        .filter_map(|provider| Some(format!("provider {}: {}", provider.name, problem(&provider.state)?)));
    audit.into_iter().chain(store).chain(providers).collect()
}

fn provider(status: &ProviderStatus) -> api::Provider {
    api::Provider {
        name: status.name.to_string(),
        kind: status.kind.to_owned(),
        id: status.id.as_ref().map(ToString::to_string),
        protection_level: status.protection.twin(),
        state: match status.state {
            ProviderState::Probing(_) => api::ProviderState::Probing,
            ProviderState::Usable => api::ProviderState::Usable,
            ProviderState::Unusable(_) => api::ProviderState::Unusable,
        },
        problem: problem(&status.state).map(str::to_owned),
    }
}

fn problem(state: &ProviderState) -> Option<&str> {
    match state {
        ProviderState::Usable => None,
        ProviderState::Probing(why) => Some(why.as_deref().unwrap_or("is being probed")),
        ProviderState::Unusable(why) => Some(why),
    }
}

fn keyslot(slot: &SlotInfo) -> api::Keyslot {
    api::Keyslot {
        id: slot.id.to_string(),
        kind: slot.kind.to_string(),
        label: slot.label.as_str().to_owned(),
        created: slot.created.to_string(),
        parameters: slot.parameters().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    }
}

fn slot_secret(secret: api::SlotSecret) -> SlotSecret {
    let bytes = secret.secret.0.into();
    match secret.kind {
        api::KeyslotKind::KeyFile => SlotSecret::KeyFile(bytes),
        api::KeyslotKind::Passphrase => SlotSecret::Passphrase(bytes),
    }
}

fn root_key_status(status: RootKeyStatus) -> api::RootKey {
    api::RootKey {
        generation: status.generation.0,
        retired: status.retired.iter().map(|generation| generation.0).collect(),
        finish_not_before: status.finish_not_before.map(|time| time.to_string()),
        resealed: status.resealed,
        problem: status.problem,
    }
}

/// What the audit log gives is JSON; if it ever were not, it is shown as text.
fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}
