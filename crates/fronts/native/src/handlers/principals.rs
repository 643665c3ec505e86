use claviger_api as api;
use claviger_core::{Error, Result};
use claviger_keys as keys;

use super::Answered;
use crate::{
    call::Call,
    convert,
    endpoint::{Created, Json, Nothing},
    names,
};

pub(crate) async fn create(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::CreatePrincipal>,
) -> Answered<Created<api::Principal>> {
    let name = names::parse(&body.name)?;
    Ok(Created(convert::principal(&call.run(keys::CreatePrincipal { name }).await?)))
}

pub(crate) async fn list(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::PrincipalList>> {
    let principals = call.run(keys::ListPrincipals).await?;
    Ok(Json(api::PrincipalList { principals: principals.iter().map(convert::principal).collect() }))
}

pub(crate) async fn show(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::Principal>> {
    let name = call.principal()?;
    Ok(Json(convert::principal(&call.run(keys::GetPrincipal { name }).await?)))
}

pub(crate) async fn enable(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::Principal>> {
    update(call, false).await
}

pub(crate) async fn disable(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::Principal>> {
    update(call, true).await
}

pub(crate) async fn policies(
    call: Call,
    _: api::NoQuery,
    _: Nothing,
) -> Answered<Json<api::IdentityPolicyList>> {
    let principal = call.principal()?;
    let policies = call.run(keys::ListPrincipalPolicies { principal }).await?;
    let policy = |policy: claviger_types::IdentityPolicy| api::IdentityPolicy {
        name: policy.name.to_string(),
        policy: policy.document.into(),
        updated: policy.updated.to_string(),
    };
    Ok(Json(api::IdentityPolicyList { policies: policies.into_iter().map(policy).collect() }))
}

pub(crate) async fn put_policy(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::PutIdentityPolicy>,
) -> Answered<Nothing> {
    let (principal, name) = (call.principal()?, call.policy()?);
    call.run(keys::PutPrincipalPolicy { principal, name, document: body.policy.into() }).await?;
    Ok(Nothing)
}

pub(crate) async fn delete_policy(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Nothing> {
    let (principal, name) = (call.principal()?, call.policy()?);
    call.run(keys::DeletePrincipalPolicy { principal, name }).await?;
    Ok(Nothing)
}

pub(crate) async fn credentials(
    call: Call,
    _: api::NoQuery,
    _: Nothing,
) -> Answered<Json<api::CredentialList>> {
    let principal = call.principal()?;
    let credentials = call.run(keys::ListCredentials { principal }).await?;
    let credential = |credential: keys::CredentialSummary| api::Credential {
        id: credential.id.to_string(),
        kind: credential.kind.to_owned(),
        created: credential.created.to_string(),
        expires: credential.expires.map(|time| time.to_string()),
        revoked: credential.revoked.map(|time| time.to_string()),
    };
    Ok(Json(api::CredentialList { credentials: credentials.into_iter().map(credential).collect() }))
}

pub(crate) async fn create_credential(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::CreateCredential>,
) -> Answered<Created<api::CreatedCredential>> {
    let operation = keys::CreateCredential {
        principal: call.principal()?,
        expires: body.expires.as_deref().map(names::time).transpose()?,
        kind: new_credential(body)?,
    };
    let created = call.run(operation).await?;
    // The secrets that we make are ASCII; one that its owner brought is not answered.
    let text = |secret: claviger_types::SecretBytes| {
        api::SecretText::new(String::from_utf8_lossy(secret.expose()).into_owned())
    };
    Ok(Created(api::CreatedCredential { id: created.id.to_string(), secret: created.secret.map(text) }))
}

pub(crate) async fn revoke_credential(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Nothing> {
    let id = call.credential()?;
    call.run(keys::RevokeCredential { id }).await?;
    Ok(Nothing)
}

pub(crate) async fn simulate(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::Simulate>,
) -> Answered<Json<api::Simulated>> {
    let context = body.encryption_context;
    let operation = keys::SimulatePolicy {
        principal: names::parse(&body.principal)?,
        action: body.action.into(),
        key: body.key.as_deref().map(|key| call.key_ref(key)).transpose()?,
        encryption_context: (!context.is_empty()).then(|| convert::encryption_context(context)),
        peer: body.source_ip.as_deref().map(names::parse).transpose()?,
    };
    let simulated = call.run(operation).await?;
    Ok(Json(api::Simulated { allowed: simulated.allowed, reason: simulated.reason }))
}

async fn update(call: Call, disabled: bool) -> Answered<Json<api::Principal>> {
    let name = call.principal()?;
    Ok(Json(convert::principal(&call.run(keys::UpdatePrincipal { name, disabled }).await?)))
}

/// A member that does not belong to the kind is refused: somebody who gives it expects that it counts.
fn new_credential(body: api::CreateCredential) -> Result<keys::NewCredential> {
    use api::CredentialKind::{AccessKey, BearerToken, ClientCertificate, ServiceAccountKey, SharedKey};
    match (body.kind, body.spki_sha256, body.shared_key) {
        (AccessKey, None, None) => Ok(keys::NewCredential::AccessKey),
        (BearerToken, None, None) => Ok(keys::NewCredential::BearerToken),
        (ServiceAccountKey, None, None) => Ok(keys::NewCredential::ServiceAccountKey),
        (ClientCertificate, Some(digits), None) => {
            let mut spki_sha256 = [0; 32];
            hex::decode_to_slice(&digits, &mut spki_sha256)
                .map_err(|_| Error::invalid("spki_sha256 has 64 hexadecimal digits."))?;
            Ok(keys::NewCredential::ClientCertificate { spki_sha256 })
        }
        (SharedKey, None, key) => {
            Ok(keys::NewCredential::SharedKey { key: key.map(|api::Secret(key)| key.into()) })
        }
        (ClientCertificate, None, _) => Err(Error::invalid("A client certificate needs spki_sha256.")),
        _ => Err(Error::invalid(
            "spki_sha256 belongs to client certificates and shared_key to shared keys; leave away what does not belong.",
        )),
    }
}
