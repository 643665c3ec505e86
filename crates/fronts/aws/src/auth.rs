//! From a signed request to its caller.

use std::sync::Arc;

use claviger_core::{Caller, Connection, Error, Reason, Service, SharedSecret};
use claviger_types::Timestamp;
use http::request::Parts;

use crate::{
    Options,
    error::Fault,
    sigv4::{Authorization, Expected, Presented, SignedRequest, signing_key},
};

/// The service that signatures must be scoped to.
const SERVICE: &str = "kms";

/// Who signed a request.
///
/// # Errors
/// What is wrong with the signature. Who does not prove to know the secret learns the same about keys that exist and
/// keys that do not, and after the same computations.
pub(crate) async fn authenticate(
    service: &Service,
    options: &Options,
    parts: &Parts,
    body: &[u8],
) -> Result<Caller, Fault> {
    let request = SignedRequest {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query(),
        authority: parts.uri.authority().map(http::uri::Authority::as_str),
        headers: &parts.headers,
        body,
    };
    let presented = Presented::parse(&request)?;
    let now = service.clock().now();
    let region = &service.settings().region;
    presented.check(&Expected { region, service: SERVICE, now, skew: options.clock_skew })?;
    let scope = &presented.authorization;
    let Some(secret) = shared_secret(service, scope.access_key).await? else {
        let _ = presented.verify(&derive(scope, &[0; 40]));
        return Err(unknown().into());
    };
    let key = secret.derived(scope.scope, |secret| derive(scope, secret));
    if !presented.verify(key.expose()) {
        return Err(Error::new(
            Reason::WrongProof,
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method.",
        )
        .into());
    }
    let caller = secret.proven().caller(now)?;
    if caller.method != "access-key" {
        // A shared key of another protocol is no access key, though its secret would sign as well.
        return Err(unknown().into());
    }
    check_certificate(service, parts, &caller, now).await?;
    Ok(caller)
}

async fn shared_secret(service: &Service, access_key: &str) -> Result<Option<Arc<SharedSecret>>, Fault> {
    let Ok(id) = access_key.parse() else { return Ok(None) };
    match service.directory().shared_secret(&id).await {
        Ok(secret) => Ok(Some(secret)),
        Err(error) if error.reason() == Reason::UnknownCredential => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn derive(scope: &Authorization<'_>, secret: &[u8]) -> [u8; 32] {
    signing_key(secret, scope.date, scope.region, scope.service)
}

/// Two credentials on one request must be of the same principal. A client certificate that is no credential says nothing.
async fn check_certificate(
    service: &Service,
    parts: &Parts,
    caller: &Caller,
    now: Timestamp,
) -> Result<(), Fault> {
    let connection = parts.extensions.get::<Connection>().copied().unwrap_or_default();
    let Some(spki_sha256) = connection.client_spki_sha256 else { return Ok(()) };
    match service.directory().client_certificate(spki_sha256, now).await {
        Ok(other) if other.identity.principal.id == caller.identity.principal.id => Ok(()),
        Ok(_) => Err(Error::new(
            Reason::WrongProof,
            "The client certificate and the signature are of different principals.",
        )
        .into()),
        Err(error) if error.reason() == Reason::UnknownCredential => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn unknown() -> Error {
    Error::new(Reason::UnknownCredential, "The security token included in the request is invalid.")
}
