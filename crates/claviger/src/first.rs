//! What an installation begins with.

use claviger_core::{
    FirstCredential, FirstPrincipal,
    seal::{self, Header, Seal},
};
use claviger_ports::{HeaderStore, HeaderStoreError, KeyslotKind, Random};
use claviger_types::AccountId;

use crate::{
    ambient::{SystemClock, SystemRandom},
    data_dir::DataDir,
    failure::{Failure, Result},
    header_file::HeaderFile,
    installation::Installation,
};

/// The principal that may do everything.
pub(crate) const ADMIN: &str = "admin";
/// The principal of a development directory's applications.
pub(crate) const APPLICATION: &str = "application";

const EVERYTHING: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }]
}"#;

const EVERYTHING_WITH_KEYS: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [{ "Effect": "Allow", "Action": "kms:*", "Resource": "*" }]
}"#;

/// The header that is there, or a new one with one keyslot. Repeating what a crash cut short goes on where it stopped.
pub(crate) fn header(dir: &DataDir, lock: &dyn KeyslotKind, label: &str) -> Result<Seal> {
    let store = HeaderFile::new(dir.header());
    match store.load() {
        Ok(bytes) => Ok(seal::unlock(&Header::parse(&bytes)?, &[lock])?.0),
        Err(HeaderStoreError::Missing) if dir.database().exists() => Err(Failure::new(format!(
            "{} is missing, and without it nothing in the store opens: restore it from a backup",
            dir.header().display()
        ))),
        Err(HeaderStoreError::Missing) => {
            use claviger_ports::Clock;
            let (header, seal) = seal::create(lock, label.parse()?, &SystemRandom, SystemClock.now())?;
            store.create(&header.encode())?;
            Ok(seal)
        }
        Err(error) => Err(error.into()),
    }
}

/// What is written of the installation, or a new one.
pub(crate) fn installation(dir: &DataDir, account: Option<AccountId>) -> Result<Installation> {
    if let Some(known) = Installation::load(dir)? {
        return match account.filter(|account| *account != known.account) {
            Some(account) => Err(Failure::new(format!(
                "the configuration says account {account}, and {} belongs to account {}",
                dir.path().display(),
                known.account
            ))),
            None => Ok(known),
        };
    }
    let random: &dyn Random = &SystemRandom;
    let new = Installation::new(account, random)?;
    new.store(dir)?;
    Ok(new)
}

/// A principal that may do everything.
pub(crate) fn admin(credentials: Vec<FirstCredential>) -> Result<FirstPrincipal> {
    principal(ADMIN, EVERYTHING, credentials)
}

/// A principal that may make and use keys.
pub(crate) fn application(credentials: Vec<FirstCredential>) -> Result<FirstPrincipal> {
    principal(APPLICATION, EVERYTHING_WITH_KEYS, credentials)
}

fn principal(name: &str, policy: &str, credentials: Vec<FirstCredential>) -> Result<FirstPrincipal> {
    let wrong = || Failure::at("a name of ours is not one");
    let policy_name = format!("{name}-access").parse().map_err(wrong())?;
    Ok(FirstPrincipal {
        name: name.parse().map_err(wrong())?,
        policies: vec![(policy_name, policy.into())],
        credentials,
    })
}
