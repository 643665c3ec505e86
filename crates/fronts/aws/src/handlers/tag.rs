use crate::{
    call::Call,
    convert::tag as convert,
    reply::{Answer, Reply},
    wire::tag::{ListResourceTagsRequest, TagResourceRequest, UntagResourceRequest},
};

pub(crate) async fn tag_resource(call: &mut Call) -> Answer {
    let request: TagResourceRequest<'_> = call.parse()?;
    let operation = convert::tag_resource(request, call.names())?;
    call.run(operation).await?;
    Ok(Reply::empty())
}

pub(crate) async fn untag_resource(call: &mut Call) -> Answer {
    let request: UntagResourceRequest<'_> = call.parse()?;
    let operation = convert::untag_resource(request, call.names())?;
    call.run(operation).await?;
    Ok(Reply::empty())
}

pub(crate) async fn list_resource_tags(call: &mut Call) -> Answer {
    let request: ListResourceTagsRequest<'_> = call.parse()?;
    let operation = convert::list_resource_tags(request, call.names())?;
    let page = call.run(operation).await?;
    Reply::public(&convert::tags_reply(&page))
}
