use claviger_core::KeyRef;
use claviger_keys::{
    CancelKeyDeletion, DisableKey, DisableKeyRotation, EnableKey, GetKeyLastUsage, GetKeyRotationStatus,
    RotateKeyOnDemand,
};

use crate::{
    call::Call,
    convert::{self, lifecycle},
    error::Fault,
    reply::{Answer, Reply},
    wire::lifecycle::{
        CreateKeyRequest, DescribeKeyRequest, EnableKeyRotationRequest, KeyIdReply, KeyReply, KeyRequest,
        ListKeyRotationsRequest, ListKeysRequest, ScheduleKeyDeletionRequest, UpdateKeyDescriptionRequest,
    },
};

pub(crate) async fn create_key(call: &mut Call) -> Answer {
    let request: CreateKeyRequest<'_> = call.parse()?;
    let created = call.run(lifecycle::create_key(request)?).await?;
    let versions = created.version.as_slice();
    Reply::public(&KeyReply { key_metadata: lifecycle::metadata(&created.key, versions, &created.arn) })
}

pub(crate) async fn describe_key(call: &mut Call) -> Answer {
    let request: DescribeKeyRequest<'_> = call.parse()?;
    let operation = lifecycle::describe_key(request, call.names())?;
    let described = call.run(operation).await?;
    Reply::public(&KeyReply { key_metadata: lifecycle::entry_metadata(&described.entry, &described.arn) })
}

pub(crate) async fn list_keys(call: &mut Call) -> Answer {
    let request: ListKeysRequest<'_> = call.parse()?;
    let page = call.run(lifecycle::list_keys(request)?).await?;
    Reply::public(&lifecycle::keys_reply(&page, |key| call.arn(&format!("key/{key}"))))
}

pub(crate) async fn enable_key(call: &mut Call) -> Answer {
    let key = key_of(call)?;
    call.run(EnableKey { key }).await?;
    Ok(Reply::empty())
}

pub(crate) async fn disable_key(call: &mut Call) -> Answer {
    let key = key_of(call)?;
    call.run(DisableKey { key }).await?;
    Ok(Reply::empty())
}

pub(crate) async fn update_key_description(call: &mut Call) -> Answer {
    let request: UpdateKeyDescriptionRequest<'_> = call.parse()?;
    let operation = lifecycle::update_key_description(request, call.names())?;
    call.run(operation).await?;
    Ok(Reply::empty())
}

pub(crate) async fn schedule_key_deletion(call: &mut Call) -> Answer {
    let request: ScheduleKeyDeletionRequest<'_> = call.parse()?;
    let operation = lifecycle::schedule_key_deletion(request, call.names())?;
    let scheduled = call.run(operation).await?;
    Reply::public(&lifecycle::scheduled_reply(&scheduled))
}

pub(crate) async fn cancel_key_deletion(call: &mut Call) -> Answer {
    let key = key_of(call)?;
    let key_id = &call.run(CancelKeyDeletion { key }).await?;
    Reply::public(&KeyIdReply { key_id })
}

pub(crate) async fn enable_key_rotation(call: &mut Call) -> Answer {
    let request: EnableKeyRotationRequest<'_> = call.parse()?;
    let operation = lifecycle::enable_key_rotation(request, call.names())?;
    call.run(operation).await?;
    Ok(Reply::empty())
}

pub(crate) async fn disable_key_rotation(call: &mut Call) -> Answer {
    let key = key_of(call)?;
    call.run(DisableKeyRotation { key }).await?;
    Ok(Reply::empty())
}

pub(crate) async fn get_key_rotation_status(call: &mut Call) -> Answer {
    let key = key_of(call)?;
    let status = call.run(GetKeyRotationStatus { key }).await?;
    Reply::public(&lifecycle::rotation_status_reply(&status))
}

pub(crate) async fn rotate_key_on_demand(call: &mut Call) -> Answer {
    let key = key_of(call)?;
    let key_id = &call.run(RotateKeyOnDemand { key }).await?;
    Reply::public(&KeyIdReply { key_id })
}

pub(crate) async fn list_key_rotations(call: &mut Call) -> Answer {
    let request: ListKeyRotationsRequest<'_> = call.parse()?;
    let (operation, page) = lifecycle::list_key_rotations(request, call.names())?;
    let past = call.run(operation).await?;
    Reply::public(&lifecycle::rotations_reply(&past, page))
}

pub(crate) async fn get_key_last_usage(call: &mut Call) -> Answer {
    let key = key_of(call)?;
    let usage = call.run(GetKeyLastUsage { key }).await?;
    Reply::public(&lifecycle::last_usage_reply(&usage))
}

/// The key of a request that says nothing else.
fn key_of(call: &Call) -> Result<KeyRef, Fault> {
    let request: KeyRequest<'_> = call.parse()?;
    convert::key_itself(request.key_id, "keyId", call.names())
}
