//! Names of keys and aliases on the wire: ids, ARNs, `alias/…`.

use claviger_core::{Error, KeyRef, KeyRefName, Reason};
use claviger_types::{AccountId, AliasName, KeyId, Region};

use crate::error::Fault;

/// Reads names as clients of one region write them.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) region: &'a Region,
}

impl Names<'_> {
    /// Any name of a key: id, key ARN, alias or alias ARN.
    pub(crate) fn key(self, text: &str) -> Result<KeyRef, Fault> {
        if text.starts_with("arn:") {
            return self.arn(text);
        }
        let name = match text.strip_prefix("alias/") {
            Some(alias) => alias.parse().ok().map(KeyRefName::Alias),
            None => key_id(text).map(KeyRefName::Id),
        };
        let name = name.ok_or_else(|| Fault::not_found(format!("Invalid keyId '{text}'")))?;
        Ok(KeyRef { account: None, name })
    }

    /// The id or ARN of a key itself, for operations that administer it.
    pub(crate) fn key_itself(self, text: &str) -> Result<KeyRef, Fault> {
        let key = self.key(text)?;
        match (&key.name, key.account) {
            (KeyRefName::Id(_) | KeyRefName::Ring(..), _) => Ok(key),
            (KeyRefName::Alias(_), None) => Err(Fault::not_found(format!("Invalid keyId '{text}'"))),
            (KeyRefName::Alias(_), Some(_)) => Err(invalid_arn(text)),
        }
    }

    /// The id of a key itself.
    pub(crate) fn key_id(self, text: &str) -> Result<KeyId, Fault> {
        match self.key_itself(text)?.name {
            KeyRefName::Id(id) => Ok(id),
            KeyRefName::Alias(_) | KeyRefName::Ring(..) => {
                Err(Fault::not_found(format!("Invalid keyId '{text}'")))
            }
        }
    }

    /// `arn:aws:kms:<region>:<account>:key/<id>` or `…:alias/<name>`.
    fn arn(self, text: &str) -> Result<KeyRef, Fault> {
        let mut parts = text.splitn(6, ':').skip(1);
        let mut next = || parts.next().ok_or_else(|| invalid_arn(text));
        let (partition, service, region, account, resource) = (next()?, next()?, next()?, next()?, next()?);
        if partition != "aws" || service != "kms" {
            return Err(invalid_arn(text));
        }
        let account: AccountId = account.parse().map_err(|_| invalid_arn(text))?;
        if region != self.region.as_str() {
            // What belongs to another region is not to be found here.
            return Err(Fault::not_found(format!("Invalid arn {region}")));
        }
        let name = match resource.split_once('/') {
            Some(("key", id)) => key_id(id)
                .map(KeyRefName::Id)
                .ok_or_else(|| Fault::not_found(format!("Key '{text}' does not exist")))?,
            Some(("alias", alias)) => KeyRefName::Alias(alias.parse().map_err(|_| invalid_arn(text))?),
            _ => return Err(invalid_arn(text)),
        };
        Ok(KeyRef { account: Some(account), name })
    }
}

/// The name of an alias that is made, moved or deleted: `alias/…`.
pub(crate) fn alias(text: &str) -> Result<AliasName, Fault> {
    let Some(name) = text.strip_prefix("alias/") else {
        return Err(Fault::validation("Alias must start with the prefix \"alias/\"."));
    };
    name.parse().map_err(|_| {
        Error::new(Reason::InvalidAliasName, format!("The alias name '{text}' is not valid.")).into()
    })
}

/// Ids have one form, as ARNs are compared letter by letter.
fn key_id(text: &str) -> Option<KeyId> {
    text.parse().ok().filter(|_| !text.bytes().any(|b| b.is_ascii_uppercase()))
}

fn invalid_arn(text: &str) -> Fault {
    Error::new(Reason::InvalidArn, format!("Invalid arn '{text}'")).into()
}

#[cfg(test)]
mod tests;
