use crate::{
    call::Call,
    convert::policy as convert,
    reply::{Answer, Reply},
    wire::policy::{
        GetKeyPolicyReply, GetKeyPolicyRequest, ListKeyPoliciesReply, ListKeyPoliciesRequest,
        PutKeyPolicyRequest,
    },
};

pub(crate) async fn get_key_policy(call: &mut Call) -> Answer {
    let request: GetKeyPolicyRequest<'_> = call.parse()?;
    let operation = convert::get_key_policy(request, call.names())?;
    let policy = &call.run(operation).await?;
    Reply::public(&GetKeyPolicyReply { policy, policy_name: "default" })
}

pub(crate) async fn put_key_policy(call: &mut Call) -> Answer {
    let request: PutKeyPolicyRequest<'_> = call.parse()?;
    let operation = convert::put_key_policy(request, call.names())?;
    call.run(operation).await?;
    Ok(Reply::empty())
}

pub(crate) async fn list_key_policies(call: &mut Call) -> Answer {
    let request: ListKeyPoliciesRequest<'_> = call.parse()?;
    let operation = convert::list_key_policies(request, call.names())?;
    let policy_names = call.run(operation).await?;
    Reply::public(&ListKeyPoliciesReply { policy_names, truncated: false })
}
