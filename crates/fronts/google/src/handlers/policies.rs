use claviger_core::{Error, PermissionTarget, Reason, Result};
use claviger_crypto::sha256;
use claviger_keys::{self as keys, PolicyOwner};

use crate::{
    call::{Answered, Call, Failure},
    iam::{
        compile::{compile, has_conditions, is_within, restored},
        roles,
    },
    names::Resource,
    wire::iam,
};

pub(crate) async fn get(call: Call, request: iam::GetIamPolicyRequest) -> Answered<iam::Policy> {
    let resource = call.names().resource(&request.resource)?;
    let target = target(&call, &resource)?;
    let version = request.options.map_or(0, |options| options.requested_policy_version);
    if !matches!(version, 0 | 1 | 3) {
        return Err(Error::invalid("The requested_policy_version must be 0, 1 or 3.").into());
    }
    let owner = call.run(keys::GetAttachedPolicy { target }).await?;
    let policy = shown(&owner).map_err(Failure::Answered)?;
    match has_conditions(&policy) && version != 3 {
        // Whoever does not know conditions would take them away when he writes the policy again.
        true => Err(Failure::Answered(Error::invalid(
            "The policy has conditions: ask for it with a requested_policy_version of 3.",
        ))),
        false => Ok(policy),
    }
}

fn shown(owner: &PolicyOwner) -> Result<iam::Policy> {
    match owner {
        PolicyOwner::Nobody => Ok(iam::Policy { etag: etag(""), ..iam::Policy::default() }),
        PolicyOwner::Source(policy) => {
            Ok(iam::Policy { etag: etag(&policy.source), ..restored(&policy.source)? })
        }
        PolicyOwner::Document(_) => Err(Error::new(
            Reason::KeyState,
            "The policy of this key is an IAM policy document, which GetKeyPolicy of the AWS API shows and PutKeyPolicy changes.",
        )),
    }
}

/// Tells one policy from the next: a hash of what is kept of it.
fn etag(source: &str) -> Vec<u8> {
    sha256(source.as_bytes()).to_vec()
}

pub(crate) async fn set(call: Call, request: iam::SetIamPolicyRequest) -> Answered<iam::Policy> {
    let resource = call.names().resource(&request.resource)?;
    let target = target(&call, &resource)?;
    let mask = request.update_mask.unwrap_or_default().paths;
    let is_known = |path: &String| matches!(path.as_str(), "bindings" | "etag" | "version");
    if !mask.iter().all(is_known) || (!mask.is_empty() && !mask.iter().any(|path| path == "bindings")) {
        return Err(
            Error::invalid("The update_mask must have bindings, and besides only etag and version.").into()
        );
    }
    let policy = request.policy.ok_or_else(|| Error::invalid("The policy is required."))?;
    let expected = match policy.etag.as_slice() {
        [] => None,
        etag => Some(etag.try_into().map_err(|_| stale())?),
    };
    let compiled = compile(&policy, &resource)?;
    let written = PolicyOwner::Source(compiled.clone());
    call.run(keys::SetAttachedPolicy { target, policy: compiled, expected }).await?;
    shown(&written).map_err(Failure::Answered)
}

fn stale() -> Error {
    Error::new(Reason::ConcurrentChange, "The etag is not that of the policy; read the policy again.")
}

pub(crate) async fn test(
    call: Call,
    request: iam::TestIamPermissionsRequest,
) -> Answered<iam::TestIamPermissionsResponse> {
    let resource = call.names().resource(&request.resource)?;
    let target = target(&call, &resource)?;
    let mut asked = Vec::with_capacity(request.permissions.len());
    for name in &request.permissions {
        let permission = roles::find(name).filter(|permission| is_within(permission.on, &resource));
        asked.push(
            permission.ok_or_else(|| {
                Error::invalid(format!("Permission '{name}' is not valid for this resource."))
            })?,
        );
    }
    let actions = asked.iter().flat_map(|permission| permission.actions).copied().collect();
    let allowed = call.run(keys::TestPermissions { target, actions }).await?;
    let has =
        |permission: &&&roles::Permission| permission.actions.iter().all(|action| allowed.contains(action));
    let permissions = asked.iter().filter(has).map(|permission| permission.name.to_owned()).collect();
    Ok(iam::TestIamPermissionsResponse { permissions })
}

fn target(call: &Call, resource: &Resource) -> Result<PermissionTarget> {
    match resource {
        Resource::Ring(ring) => Ok(PermissionTarget::Ring(ring.own(call.account())?)),
        Resource::Key(key) => Ok(PermissionTarget::Key(key.key_ref())),
        Resource::Job(_) => Err(Error::new(
            Reason::Unsupported,
            "Import jobs have no policies of their own: the policy of their key ring says who may use them.",
        )),
    }
}
