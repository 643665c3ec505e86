use crate::{
    call::Call,
    convert::alias as convert,
    reply::{Answer, Reply},
    wire::alias::{AliasRequest, DeleteAliasRequest, ListAliasesRequest},
};

pub(crate) async fn create_alias(call: &mut Call) -> Answer {
    let request: AliasRequest<'_> = call.parse()?;
    let operation = convert::create_alias(request, call.names())?;
    call.run(operation).await?;
    Ok(Reply::empty())
}

pub(crate) async fn update_alias(call: &mut Call) -> Answer {
    let request: AliasRequest<'_> = call.parse()?;
    let operation = convert::update_alias(request, call.names())?;
    call.run(operation).await?;
    Ok(Reply::empty())
}

pub(crate) async fn delete_alias(call: &mut Call) -> Answer {
    let request: DeleteAliasRequest<'_> = call.parse()?;
    let operation = convert::delete_alias(request)?;
    call.run(operation).await?;
    Ok(Reply::empty())
}

pub(crate) async fn list_aliases(call: &mut Call) -> Answer {
    let request: ListAliasesRequest<'_> = call.parse()?;
    let operation = convert::list_aliases(request, call.names())?;
    let page = call.run(operation).await?;
    Reply::public(&convert::aliases_reply(&page, |alias| call.arn(&format!("alias/{alias}"))))
}
