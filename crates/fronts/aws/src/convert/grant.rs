use claviger_core::{Error, Reason};
use claviger_keys::{CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant};
use claviger_types::{Grant, GrantConstraint, GrantId, GrantOperation};

use super::{
    absent, choice, grant_tokens, key_itself, key_text, limit, marker, next, pattern, required, text,
};
use crate::{
    error::Fault,
    names::Names,
    wire::{
        Seconds, StringMap, Text,
        grant::{
            Constraints, ConstraintsReply, CreateGrantRequest, GrantListEntry, ListGrantsReply,
            ListGrantsRequest, ListRetirableGrantsRequest, RetireGrantRequest, RevokeGrantRequest,
        },
    },
};

const OPERATIONS: &[&str] = &[
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "Sign",
    "Verify",
    "GetPublicKey",
    "CreateGrant",
    "RetireGrant",
    "DescribeKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "VerifyMac",
    "DeriveSharedSecret",
    "Encapsulate",
    "Decapsulate",
];

pub(crate) fn create_grant(request: CreateGrantRequest<'_>, names: Names<'_>) -> Result<CreateGrant, Fault> {
    absent(&request.grantee_service_principal, "GranteeServicePrincipal")?;
    absent(&request.retiring_service_principal, "RetiringServicePrincipal")?;
    grant_tokens(request.grant_tokens)?;
    let operation = |name: &Text<'_>| choice(name, "operations", OPERATIONS, GrantOperation::from_name);
    let name = request.name.map(|value| text(value, 1..=256, "name")).transpose()?;
    if let Some(name) = &name {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '_' | '-');
        pattern(name, "name", "^[a-zA-Z0-9:/_-]+$", allowed)?;
    }
    Ok(CreateGrant {
        key: key_itself(request.key_id, "keyId", names)?,
        grantee: principal(required(request.grantee_principal, "granteePrincipal")?, "granteePrincipal")?,
        retiring: request
            .retiring_principal
            .map(|value| principal(value, "retiringPrincipal"))
            .transpose()?,
        operations: required(request.operations, "operations")?
            .iter()
            .map(operation)
            .collect::<Result<_, _>>()?,
        constraint: request.constraints.map(constraint).transpose()?.flatten(),
        name: name.map(|name| (*name).into()),
    })
}

pub(crate) fn list_grants(request: ListGrantsRequest<'_>, names: Names<'_>) -> Result<ListGrants, Fault> {
    absent(&request.grantee_service_principal, "GranteeServicePrincipal")?;
    Ok(ListGrants {
        key: key_itself(request.key_id, "keyId", names)?,
        grant: request.grant_id.map(grant_id).transpose()?,
        grantee: request.grantee_principal.map(|value| principal(value, "granteePrincipal")).transpose()?,
        after: marker(request.marker, |text| text.parse().ok())?,
        limit: limit(request.limit, 50, 100)?,
    })
}

pub(crate) fn list_retirable_grants(
    request: ListRetirableGrantsRequest<'_>,
) -> Result<ListRetirableGrants, Fault> {
    absent(&request.retiring_service_principal, "RetiringServicePrincipal")?;
    Ok(ListRetirableGrants {
        retiring: principal(required(request.retiring_principal, "retiringPrincipal")?, "retiringPrincipal")?,
        after: marker(request.marker, |text| text.parse().ok())?,
        limit: limit(request.limit, 50, 100)?,
    })
}

/// A page of grants; `key_arn` names the key of each.
pub(crate) fn grants_reply<'a>(
    grants: &[&'a Grant],
    more: bool,
    key_arn: impl Fn(&Grant) -> String,
) -> ListGrantsReply<'a> {
    ListGrantsReply {
        grants: grants.iter().map(|grant| entry(grant, key_arn(grant))).collect(),
        next_marker: next(grants, more, |grant| grant.id.as_str()),
        truncated: more,
    }
}

pub(crate) fn retire_grant(request: RetireGrantRequest<'_>, names: Names<'_>) -> Result<RetireGrant, Fault> {
    match (request.grant_token, request.key_id, request.grant_id) {
        (Some(token), None, None) => Ok(RetireGrant::by_token(&text(token, 1..=8192, "grantToken")?)?),
        (None, Some(key), Some(grant)) => {
            Ok(RetireGrant { key: names.key_id(&key_text(Some(key), "keyId")?)?, grant: grant_id(grant)? })
        }
        _ => Err(Fault::validation("Either a grant token, or a key ID and a grant ID, must be specified.")),
    }
}

pub(crate) fn revoke_grant(request: RevokeGrantRequest<'_>, names: Names<'_>) -> Result<RevokeGrant, Fault> {
    Ok(RevokeGrant {
        key: key_itself(request.key_id, "keyId", names)?,
        grant: grant_id(required(request.grant_id, "grantId")?)?,
    })
}

fn entry<'a>(grant: &'a Grant, key_id: String) -> GrantListEntry<'a> {
    let account = grant.issuer.split(':').nth(4).unwrap_or_default();
    GrantListEntry {
        key_id,
        grant_id: grant.id.as_str(),
        name: grant.name.as_deref(),
        creation_date: Seconds(grant.created),
        grantee_principal: &grant.grantee,
        retiring_principal: grant.retiring.as_deref(),
        issuing_account: format!("arn:aws:iam::{account}:root"),
        operations: grant.operations.iter().map(GrantOperation::name).collect(),
        constraints: grant.constraint.as_ref().map(|constraint| match constraint {
            GrantConstraint::ContextEquals(pairs) => {
                ConstraintsReply { encryption_context_equals: Some(pairs), ..ConstraintsReply::default() }
            }
            GrantConstraint::ContextSubset(pairs) => {
                ConstraintsReply { encryption_context_subset: Some(pairs), ..ConstraintsReply::default() }
            }
        }),
    }
}

fn constraint(constraints: Constraints) -> Result<Option<GrantConstraint>, Fault> {
    absent(&constraints.source_arn, "SourceArn")?;
    match (constraints.encryption_context_equals, constraints.encryption_context_subset) {
        (None, None) => Ok(None),
        (Some(StringMap(pairs)), None) => Ok(Some(GrantConstraint::ContextEquals(pairs))),
        (None, Some(StringMap(pairs))) => Ok(Some(GrantConstraint::ContextSubset(pairs))),
        (Some(_), Some(_)) => Err(Fault::validation(
            "Only one of EncryptionContextEquals and EncryptionContextSubset can be specified.",
        )),
    }
}

fn principal(value: Text<'_>, member: &str) -> Result<Box<str>, Fault> {
    let value = text(value, 1..=256, member)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
    pattern(&value, member, r"^[\w+=,.@:/-]+$", allowed)?;
    Ok((*value).into())
}

fn grant_id(value: Text<'_>) -> Result<GrantId, Fault> {
    let value = text(value, 1..=128, "grantId")?;
    value.parse().map_err(|_| Error::new(Reason::InvalidGrantId, "The grant ID is not valid.").into())
}

#[cfg(test)]
mod tests;
