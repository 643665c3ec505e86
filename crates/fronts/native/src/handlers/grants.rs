use claviger_api as api;
use claviger_core::{Error, KeyRefName};
use claviger_keys as keys;

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
    Json(body): Json<api::CreateGrant>,
) -> Answered<Created<api::CreatedGrant>> {
    let operation = keys::CreateGrant {
        key: call.key()?,
        grantee: body.grantee.into(),
        retiring: body.retiring.map(Into::into),
        operations: body.operations.into_iter().map(Twin::twin).collect(),
        constraint: body.constraint.map(convert::constraint),
        name: body.name.map(Into::into),
    };
    let created = call.run(operation).await?;
    Ok(Created(api::CreatedGrant { id: created.id.to_string(), token: created.token }))
}

pub(crate) async fn list(call: Call, query: api::GrantQuery, _: Nothing) -> Answered<Json<api::GrantList>> {
    let operation = keys::ListGrants {
        key: call.key()?,
        grant: query.grant.as_deref().map(names::grant).transpose()?,
        grantee: query.grantee.map(Into::into),
        after: query.after.as_deref().map(names::grant).transpose()?,
        limit: convert::limit(query.limit)?,
    };
    let page = call.run(operation).await?.page;
    let next = page.items.last().filter(|_| page.more).map(|grant| grant.id.to_string());
    Ok(Json(api::GrantList { grants: page.items.iter().map(|grant| convert::grant(grant)).collect(), next }))
}

pub(crate) async fn list_retirable(
    call: Call,
    query: api::RetirableQuery,
    _: Nothing,
) -> Answered<Json<api::GrantList>> {
    let operation = keys::ListRetirableGrants {
        retiring: query.principal.into(),
        after: query.after.as_deref().map(names::grant).transpose()?,
        limit: convert::limit(query.limit)?,
    };
    let page = call.run(operation).await?;
    let next = page.items.last().filter(|_| page.more).map(|grant| grant.id.to_string());
    Ok(Json(api::GrantList { grants: page.items.iter().map(convert::grant).collect(), next }))
}

pub(crate) async fn revoke(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Nothing> {
    let (key, grant) = (call.key()?, call.grant()?);
    call.run(keys::RevokeGrant { key, grant }).await?;
    Ok(Nothing)
}

pub(crate) async fn retire(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Nothing> {
    let KeyRefName::Id(key) = call.key()?.name else {
        return Err(Error::invalid("To retire a grant, name its key by id or ARN.").into());
    };
    let grant = call.grant()?;
    call.run(keys::RetireGrant { key, grant }).await?;
    Ok(Nothing)
}

pub(crate) async fn retire_by_token(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::RetireGrant>,
) -> Answered<Nothing> {
    call.run(keys::RetireGrant::by_token(&body.token)?).await?;
    Ok(Nothing)
}
