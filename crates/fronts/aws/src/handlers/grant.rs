use claviger_types::Grant;

use crate::{
    call::Call,
    convert::grant as convert,
    reply::{Answer, Reply},
    wire::grant::{
        CreateGrantReply, CreateGrantRequest, ListGrantsRequest, ListRetirableGrantsRequest,
        RetireGrantRequest, RevokeGrantRequest,
    },
};

pub(crate) async fn create_grant(call: &mut Call) -> Answer {
    let request: CreateGrantRequest<'_> = call.parse()?;
    let dry_run = request.dry_run;
    let operation = convert::create_grant(request, call.names())?;
    let created = call.run_or_try(dry_run, operation).await?;
    Reply::public(&CreateGrantReply { grant_token: &created.token, grant_id: created.id.as_str() })
}

pub(crate) async fn list_grants(call: &mut Call) -> Answer {
    let request: ListGrantsRequest<'_> = call.parse()?;
    let operation = convert::list_grants(request, call.names())?;
    let listed = call.run(operation).await?;
    let grants: Vec<&Grant> = listed.page.items.iter().map(|grant| &**grant).collect();
    Reply::public(&convert::grants_reply(&grants, listed.page.more, |_| listed.key_arn.clone()))
}

pub(crate) async fn list_retirable_grants(call: &mut Call) -> Answer {
    let request: ListRetirableGrantsRequest<'_> = call.parse()?;
    let page = call.run(convert::list_retirable_grants(request)?).await?;
    let grants: Vec<&Grant> = page.items.iter().collect();
    let key_arn = |grant: &Grant| call.arn(&format!("key/{}", grant.key));
    Reply::public(&convert::grants_reply(&grants, page.more, key_arn))
}

pub(crate) async fn retire_grant(call: &mut Call) -> Answer {
    let request: RetireGrantRequest<'_> = call.parse()?;
    let dry_run = request.dry_run;
    let operation = convert::retire_grant(request, call.names())?;
    call.run_or_try(dry_run, operation).await?;
    Ok(Reply::empty())
}

pub(crate) async fn revoke_grant(call: &mut Call) -> Answer {
    let request: RevokeGrantRequest<'_> = call.parse()?;
    let dry_run = request.dry_run;
    let operation = convert::revoke_grant(request, call.names())?;
    call.run_or_try(dry_run, operation).await?;
    Ok(Reply::empty())
}
