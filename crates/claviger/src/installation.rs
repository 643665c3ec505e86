use claviger_log::LogId;
use claviger_ports::Random;
use claviger_types::AccountId;
use serde::{Deserialize, Serialize};

use crate::{
    data_dir::DataDir,
    failure::{Failure, Result},
    files,
};

/// What an installation is and always will be; kept in a file of the data directory, because it is needed to open the
/// rest. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Installation {
    /// The account number of its project.
    pub(crate) account: AccountId,
    /// Its audit log.
    pub(crate) audit_log: LogId,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    format: u32,
    account: String,
    audit_log: String,
}

const FORMAT: u32 = 1;

impl Installation {
    /// A new one, with this account number or a random one.
    pub(crate) fn new(account: Option<AccountId>, random: &dyn Random) -> Result<Self> {
        let account = match account {
            Some(account) => account,
            None => random_account(random)?,
        };
        Ok(Self { account, audit_log: LogId::from_bytes(random.bytes()) })
    }

    /// That of a data directory, `None` if it has none yet.
    pub(crate) fn load(dir: &DataDir) -> Result<Option<Self>> {
        let path = dir.installation();
        let failed = || format!("{} can't be read", path.display());
        let Some(bytes) = files::read_if_any(&path).map_err(Failure::at(failed()))? else { return Ok(None) };
        let wire: Wire = serde_json::from_slice(&bytes)
            .map_err(Failure::at(format!("{} is damaged; restore it from a backup", path.display())))?;
        wire.try_into()
            .map(Some)
            .map_err(|what| Failure::new(format!("{}: {what}; restore it from a backup", path.display())))
    }

    /// Writes it; there must be none yet.
    pub(crate) fn store(&self, dir: &DataDir) -> Result<()> {
        let path = dir.installation();
        let wire =
            Wire { format: FORMAT, account: self.account.to_string(), audit_log: self.audit_log.to_string() };
        let failed = || format!("{} can't be written", path.display());
        let text = serde_json::to_string_pretty(&wire).map_err(Failure::at(failed()))?;
        files::create(&path, text.as_bytes()).map_err(Failure::at(failed()))
    }
}

impl TryFrom<Wire> for Installation {
    type Error = String;

    fn try_from(wire: Wire) -> Result<Self, String> {
        if wire.format != FORMAT {
            return Err(format!("it has format {}, and this program reads {FORMAT}", wire.format));
        }
        let account = wire.account.parse().map_err(|error| format!("account is {error}"))?;
        let audit_log = wire.audit_log.parse().map_err(|error| format!("audit_log: {error}"))?;
        Ok(Self { account, audit_log })
    }
}

/// From 100000000000 on, because some tools read the number as an integer and lose leading zeros.
fn random_account(random: &dyn Random) -> Result<AccountId> {
    let number = 100_000_000_000 + u64::from_be_bytes(random.bytes()) % 900_000_000_000;
    number.to_string().parse().map_err(Failure::at("a random account number is not one"))
}

#[cfg(test)]
mod tests;
