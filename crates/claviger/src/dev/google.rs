use std::{net::SocketAddr, path::PathBuf};

use claviger_api::SecretText;
use claviger_core::CallContext;
use claviger_keys::{CreateCredential, NewCredential};
use claviger_ports::PrincipalReads;
use claviger_types::{CredentialId, PrincipalName};
use zeroize::Zeroizing;

use crate::{
    failure::{Failure, Result},
    files, first,
    google_account::GoogleAccount,
    open::Opened,
};

/// The key file of the directory's application, for Google's libraries. The private key is nowhere else, so that a file
/// that is gone, or whose key is revoked, is made anew with another key; the address in it is that of this start.
pub(crate) async fn google(opened: &Opened, https: SocketAddr) -> Result<PathBuf> {
    let path = opened.dir.google_account();
    let failed = || Failure::at(format!("{} can't be used", path.display()));
    let known = match files::read_if_any(&path).map_err(failed())?.map(Zeroizing::new) {
        Some(bytes) => serde_json::from_slice::<GoogleAccount>(&bytes).ok(),
        None => None,
    };
    let endpoint = format!("https://{https}");
    let account = match known {
        Some(known) if is_valid(opened, &known.private_key_id).await? => known.at(&endpoint),
        _ => new(opened, &endpoint).await?,
    };
    files::replace(&path, account.to_json().as_bytes()).map_err(failed())?;
    Ok(path)
}

async fn is_valid(opened: &Opened, id: &str) -> Result<bool> {
    let Ok(id) = id.parse::<CredentialId>() else { return Ok(false) };
    let credential = opened.store.credential(&id).await?;
    Ok(credential.is_some_and(|credential| credential.revoked.is_none()))
}

async fn new(opened: &Opened, endpoint: &str) -> Result<GoogleAccount> {
    let service = &opened.service;
    let settings = service.settings();
    let name = |name: &str| name.parse::<PrincipalName>().map_err(Failure::at("a name of ours is not one"));
    let principal = name(first::APPLICATION)?;
    let user = rustix::process::getuid().as_raw();
    let cx = CallContext {
        caller: service.directory().local_user(settings.account, &name(first::ADMIN)?, user).await?,
        request: service.request_id(),
        front: "dev",
        peer: None,
        secure: true,
        deadline: settings.deadline,
        dry_run: false,
    };
    let create = CreateCredential {
        principal: principal.clone(),
        kind: NewCredential::ServiceAccountKey,
        expires: None,
    };
    let made = service.call(cx, create).await?;
    let secret = made.secret.ok_or_else(|| Failure::new("a key was made without its private half"))?;
    let text = std::str::from_utf8(secret.expose()).map_err(Failure::at("a key of ours is not text"))?;
    let key = (made.id.as_str(), SecretText::new(text.to_owned()));
    Ok(GoogleAccount::new(settings.account, &principal, key, endpoint))
}
