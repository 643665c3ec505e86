use claviger_kmip::{
    enums::RevocationReasonCode,
    operations::{CheckRequest, CheckResponse, ObjectRequest, ObjectResponse, RevokeRequest},
    value::{UniqueIdentifier, UsageMask},
};
use claviger_objects::{ActivateObject, DescribeObject, DestroyObject, RevokeObject};
use claviger_types::{ObjectId, ObjectRevocation};

use crate::{batch::Batch, convert::time, error::Failure, names};

/// Makes a pre-active object active (KMIP 2.1 §6.1.1).
pub(super) async fn activate(
    batch: &mut Batch<'_>,
    request: ObjectRequest,
) -> Result<ObjectResponse, Failure> {
    let id = object(batch, request.unique_identifier.as_ref())?;
    batch.run(ActivateObject { id }).await?;
    Ok(about(id))
}

/// Takes an object out of use (KMIP 2.1 §6.1.46).
pub(super) async fn revoke(batch: &mut Batch<'_>, request: RevokeRequest) -> Result<ObjectResponse, Failure> {
    let id = object(batch, request.unique_identifier.as_ref())?;
    let code = request.reason.code;
    let compromised =
        matches!(code, RevocationReasonCode::KeyCompromise | RevocationReasonCode::CaCompromise);
    // Clients send zero where there is nothing to say.
    let occurred = request.compromise_occurrence_date.filter(|_| compromised);
    batch
        .run(RevokeObject {
            id,
            reason: ObjectRevocation { code: code.code(), message: request.reason.message.map(Into::into) },
            compromised,
            occurred: occurred.map(time).transpose()?,
        })
        .await?;
    Ok(about(id))
}

/// Destroys an object (KMIP 2.1 §6.1.15).
pub(super) async fn destroy(
    batch: &mut Batch<'_>,
    request: ObjectRequest,
) -> Result<ObjectResponse, Failure> {
    let id = object(batch, request.unique_identifier.as_ref())?;
    batch.run(DestroyObject { id }).await?;
    Ok(about(id))
}

/// Whether a key may be used so (KMIP 2.1 §6.1.7): what may not be done is said as it could be. Nothing limits how much a key may
/// protect.
pub(super) async fn check(batch: &mut Batch<'_>, request: CheckRequest) -> Result<CheckResponse, Failure> {
    let id = object(batch, request.unique_identifier.as_ref())?;
    let view = batch.run(DescribeObject { id }).await?;
    let allowed = UsageMask(view.object.usage_mask);
    Ok(CheckResponse {
        unique_identifier: names::identifier(id),
        usage_limits_count: None,
        usage_mask: request.usage_mask.filter(|asked| !allowed.contains(*asked)).map(|_| allowed),
        lease_time: None,
    })
}

/// The object that a request is about, which is what the batch is about from then on.
pub(super) fn object(batch: &mut Batch<'_>, named: Option<&UniqueIdentifier>) -> Result<ObjectId, Failure> {
    let id = batch.placeholders.resolve(named)?;
    batch.placeholders.about(id);
    Ok(id)
}

fn about(id: ObjectId) -> ObjectResponse {
    ObjectResponse { unique_identifier: names::identifier(id) }
}
