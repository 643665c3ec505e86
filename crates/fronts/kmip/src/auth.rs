use claviger_core::{Caller, Connection, Error, Reason, Result, Service};
use claviger_keys::token_hash;
use claviger_kmip::{Credential, RequestHeader};

/// Who calls. Every credential of the connection and of the request must be good, and all must prove the same principal: one that is
/// ignored would let somebody believe that he acts as another than he does.
pub(crate) async fn authenticate(
    service: &Service,
    connection: &Connection,
    header: &RequestHeader,
) -> Result<Caller> {
    let now = service.clock().now();
    let directory = service.directory();
    let mut proved = Vec::new();
    if let Some(spki) = connection.client_spki_sha256 {
        proved.push(directory.client_certificate(spki, now).await?);
    }
    for credential in header.authentication.iter().flat_map(|authentication| &authentication.credentials) {
        proved.push(by_credential(service, credential).await?);
    }
    let Some(caller) = proved.pop() else {
        return Err(Error::new(
            Reason::MissingCredential,
            "Prove who you are: with a client certificate, or with a user name and a password.",
        ));
    };
    let principal = caller.identity.principal.id;
    match proved.iter().all(|other| other.identity.principal.id == principal) {
        true => Ok(caller),
        false => Err(Error::new(
            Reason::WrongProof,
            "The request has credentials of different principals; leave all but one away.",
        )),
    }
}

/// A user is a principal, and the password one of its bearer tokens: a credential that the service has made, so that nobody can guess it.
async fn by_credential(service: &Service, credential: &Credential) -> Result<Caller> {
    let Credential::UsernameAndPassword(credential) = credential else {
        return Err(Error::new(
            Reason::WrongProof,
            "The only credential of a request that is understood is a user name with a password.",
        ));
    };
    let wrong = || Error::new(Reason::UnknownCredential, "User name or password is wrong.");
    let password = credential.password.as_ref().ok_or_else(wrong)?;
    let now = service.clock().now();
    let hash = token_hash(password.expose().as_bytes());
    let caller = service.directory().bearer_token(hash, now).await?;
    match caller.identity.principal.name.as_str() == credential.username {
        true => Ok(caller),
        false => Err(wrong()),
    }
}
