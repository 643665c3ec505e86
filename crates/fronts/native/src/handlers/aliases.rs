use claviger_api as api;
use claviger_keys as keys;
use claviger_ports::AliasRecord;

use super::Answered;
use crate::{
    call::Call,
    convert,
    endpoint::{Json, Nothing},
    names,
};

pub(crate) async fn create(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::CreateAlias>,
) -> Answered<Nothing> {
    let (alias, key) = (names::alias(&body.alias)?, call.key_ref(&body.key)?);
    call.run(keys::CreateAlias { alias, key }).await?;
    Ok(Nothing)
}

pub(crate) async fn update(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::UpdateAlias>,
) -> Answered<Nothing> {
    let (alias, key) = (call.alias()?, call.key_ref(&body.key)?);
    call.run(keys::UpdateAlias { alias, key }).await?;
    Ok(Nothing)
}

pub(crate) async fn delete(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Nothing> {
    let alias = call.alias()?;
    call.run(keys::DeleteAlias { alias }).await?;
    Ok(Nothing)
}

pub(crate) async fn list(call: Call, query: api::PageQuery, _: Nothing) -> Answered<Json<api::AliasList>> {
    let after = query.after.as_deref().map(names::alias).transpose()?;
    let limit = convert::limit(query.limit)?;
    let page = call.run(keys::ListAliases { key: None, after, limit }).await?;
    let next = page.items.last().filter(|_| page.more).map(|alias| alias.name.to_string());
    let alias = |alias: &AliasRecord| api::Alias {
        alias: alias.name.to_string(),
        key: alias.key.to_string(),
        created: alias.created.to_string(),
        updated: alias.updated.to_string(),
    };
    Ok(Json(api::AliasList { aliases: page.items.iter().map(alias).collect(), next }))
}
