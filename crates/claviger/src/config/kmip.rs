//! Listeners for KMIP.

use std::net::SocketAddr;

use claviger_core::{ProviderChoice, ProviderRoles};
use claviger_front_kmip::Extractable;
use claviger_types::ProviderName;
use serde::Deserialize;

use super::{
    SOFTWARE, Tls,
    wire::{parse, wrong},
};
use crate::failure::Failure;

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct Kmip {
    pub(crate) listen: SocketAddr,
    /// That of `[tls]`, if it is not said.
    pub(crate) tls: Option<Tls>,
    pub(crate) provider: ProviderChoice,
    pub(crate) extractable: Extractable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wire {
    listen: String,
    tls: Option<super::wire::Tls>,
    provider: Option<String>,
    #[serde(default)]
    one_off: bool,
    extractable: Option<WireExtractable>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireExtractable {
    None,
    Symmetric,
    All,
}

impl Wire {
    /// `known` are the names of the providers that there are.
    pub(super) fn checked(self, roles: &ProviderRoles, known: &[&ProviderName]) -> Result<Kmip, Failure> {
        let named: Option<ProviderName> =
            self.provider.map(|name| parse("kmip.provider", &name)).transpose()?;
        if let Some(name) = &named
            && name.as_str() != SOFTWARE
            && !known.contains(&name)
        {
            return Err(wrong("kmip.provider", format!("there is no provider \"{name}\"")));
        }
        if named.is_some() && self.one_off {
            return Err(wrong("kmip.one_off", "it says who holds the keys, and so does provider".to_owned()));
        }
        // A device gives no key away.
        let role = if self.one_off { roles.one_off.as_ref() } else { None }.unwrap_or(&roles.default);
        let in_software = named.as_ref().unwrap_or(role).as_str() == SOFTWARE;
        let extractable = match self.extractable {
            Some(WireExtractable::None) => Extractable::None,
            Some(WireExtractable::Symmetric) => Extractable::Symmetric,
            Some(WireExtractable::All) => Extractable::All,
            None if in_software => Extractable::Symmetric,
            None => Extractable::None,
        };
        Ok(Kmip {
            listen: parse("kmip.listen", &self.listen)?,
            tls: self.tls.map(Into::into),
            provider: match named {
                Some(name) => ProviderChoice::Named(name),
                None if self.one_off => ProviderChoice::OneOff,
                None => ProviderChoice::Default,
            },
            extractable,
        })
    }
}
