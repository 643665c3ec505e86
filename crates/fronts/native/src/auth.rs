use claviger_core::{Caller, Connection, Error, Reason, Result};
use claviger_keys::token_hash;
use http::{HeaderMap, header};

use crate::NativeFront;

/// Who calls. Every credential of the request must be good and all must prove the same principal: one that is ignored
/// would let somebody believe that he acts as another than he does.
pub(crate) async fn authenticate(
    front: &NativeFront,
    connection: &Connection,
    headers: &HeaderMap,
) -> Result<Caller> {
    let service = &front.service;
    let now = service.clock().now();
    let directory = service.directory();
    let mut proved = Vec::new();
    if let Some(token) = bearer_token(headers)? {
        if !connection.secure {
            return Err(Error::new(
                Reason::WrongProof,
                "Bearer tokens are refused over connections that are not encrypted.",
            ));
        }
        proved.push(directory.bearer_token(token_hash(token), now).await?);
    }
    if let Some(spki) = connection.client_spki_sha256 {
        proved.push(directory.client_certificate(spki, now).await?);
    }
    if let Some((uid, name)) = connection.uid.and_then(|uid| Some((uid, front.socket_users.get(&uid)?))) {
        proved.push(directory.local_user(service.settings().account, name, uid).await?);
    }
    agree(proved)
}

fn agree(mut proved: Vec<Caller>) -> Result<Caller> {
    let Some(caller) = proved.pop() else {
        return Err(Error::new(
            Reason::MissingCredential,
            "Prove who you are: with a bearer token or client certificate over TLS, or at the Unix socket as a user of \
             the machine whom the configuration maps to a principal.",
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

/// The token of the one Authorization header (RFC 6750 §2.1).
fn bearer_token(headers: &HeaderMap) -> Result<Option<&[u8]>> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let wrong =
        || Error::new(Reason::WrongProof, "The Authorization header must be one of 'Bearer' and a token.");
    if values.next().is_some() {
        return Err(wrong());
    }
    let (scheme, token) = value.as_bytes().split_at_checked(7).ok_or_else(wrong)?;
    match scheme.eq_ignore_ascii_case(b"Bearer ") && !token.is_empty() {
        true => Ok(Some(token)),
        false => Err(wrong()),
    }
}
