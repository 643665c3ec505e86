use claviger_core::{Error, Reason};
use claviger_keys::{ListResourceTags, TagResource, UntagResource};
use claviger_ports::Page;
use claviger_types::Tags;

use super::{key_itself, limit, marker, required, text};
use crate::{
    error::Fault,
    names::Names,
    wire::{
        Text,
        tag::{
            ListResourceTagsReply, ListResourceTagsRequest, Tag, TagReply, TagResourceRequest,
            UntagResourceRequest,
        },
    },
};

pub(crate) fn tag_resource(request: TagResourceRequest<'_>, names: Names<'_>) -> Result<TagResource, Fault> {
    Ok(TagResource {
        key: key_itself(request.key_id, "keyId", names)?,
        tags: tags(required(request.tags, "tags")?)?,
    })
}

pub(crate) fn untag_resource(
    request: UntagResourceRequest<'_>,
    names: Names<'_>,
) -> Result<UntagResource, Fault> {
    let tag_key = |value: Text<'_>| Ok((*text(value, 1..=128, "tagKeys")?).into());
    Ok(UntagResource {
        key: key_itself(request.key_id, "keyId", names)?,
        tag_keys: required(request.tag_keys, "tagKeys")?
            .into_iter()
            .map(tag_key)
            .collect::<Result<_, Fault>>()?,
    })
}

pub(crate) fn list_resource_tags(
    request: ListResourceTagsRequest<'_>,
    names: Names<'_>,
) -> Result<ListResourceTags, Fault> {
    Ok(ListResourceTags {
        key: key_itself(request.key_id, "keyId", names)?,
        after: marker(request.marker, |text| Some(text.into()))?,
        limit: limit(request.limit, 50, 50)?,
    })
}

pub(crate) fn tags_reply(page: &Page<(Box<str>, Box<str>)>) -> ListResourceTagsReply<'_> {
    ListResourceTagsReply {
        tags: page.items.iter().map(|(key, value)| TagReply { tag_key: key, tag_value: value }).collect(),
        next_marker: page.items.last().filter(|_| page.more).map(|(key, _)| &**key),
        truncated: page.more,
    }
}

/// A key that comes twice is refused: which value was meant is not known.
pub(crate) fn tags(list: Vec<Tag<'_>>) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    for Tag { tag_key, tag_value } in list {
        let key = text(required(tag_key, "tags.member.tagKey")?, 1..=128, "tags.member.tagKey")?;
        let value = text(required(tag_value, "tags.member.tagValue")?, 0..=256, "tags.member.tagValue")?;
        if tags.insert((*key).into(), (*value).into()).is_some() {
            return Err(Error::new(Reason::InvalidTag, "Duplicate tag keys.").into());
        }
    }
    Ok(tags)
}

#[cfg(test)]
mod tests;
