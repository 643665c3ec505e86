use claviger_keys::{CreateAlias, DeleteAlias, ListAliases, UpdateAlias};
use claviger_ports::{AliasRecord, Page};
use claviger_types::AliasName;

use super::{key_text, limit, marker, next, pattern, required, text};
use crate::{
    error::Fault,
    names::{self, Names},
    wire::{
        Seconds, Text,
        alias::{AliasListEntry, AliasRequest, DeleteAliasRequest, ListAliasesReply, ListAliasesRequest},
    },
};

pub(crate) fn create_alias(request: AliasRequest<'_>, names: Names<'_>) -> Result<CreateAlias, Fault> {
    let alias = alias_name(request.alias_name)?;
    Ok(CreateAlias { alias, key: names.key(&key_text(request.target_key_id, "targetKeyId")?)? })
}

pub(crate) fn update_alias(request: AliasRequest<'_>, names: Names<'_>) -> Result<UpdateAlias, Fault> {
    let alias = alias_name(request.alias_name)?;
    Ok(UpdateAlias { alias, key: names.key(&key_text(request.target_key_id, "targetKeyId")?)? })
}

pub(crate) fn delete_alias(request: DeleteAliasRequest<'_>) -> Result<DeleteAlias, Fault> {
    Ok(DeleteAlias { alias: alias_name(request.alias_name)? })
}

pub(crate) fn list_aliases(request: ListAliasesRequest<'_>, names: Names<'_>) -> Result<ListAliases, Fault> {
    let key = request.key_id.map(|value| names.key_id(&key_text(Some(value), "keyId")?)).transpose()?;
    Ok(ListAliases {
        key,
        after: marker(request.marker, |text| text.parse().ok())?,
        limit: limit(request.limit, 50, 100)?,
    })
}

pub(crate) fn aliases_reply(
    page: &Page<AliasRecord>,
    arn: impl Fn(&AliasName) -> String,
) -> ListAliasesReply {
    let entry = |alias: &AliasRecord| AliasListEntry {
        alias_name: format!("alias/{}", alias.name),
        alias_arn: arn(&alias.name),
        target_key_id: alias.key.to_string(),
        creation_date: Seconds(alias.created),
        last_updated_date: Seconds(alias.updated),
    };
    ListAliasesReply {
        aliases: page.items.iter().map(entry).collect(),
        next_marker: next(&page.items, page.more, |alias| alias.name.to_string()),
        truncated: page.more,
    }
}

fn alias_name(value: Option<Text<'_>>) -> Result<AliasName, Fault> {
    let value = text(required(value, "aliasName")?, 1..=256, "aliasName")?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '_' | '-');
    pattern(&value, "aliasName", "^[a-zA-Z0-9:/_-]+$", allowed)?;
    names::alias(&value)
}

#[cfg(test)]
mod tests;
