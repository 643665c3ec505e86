//! What certificates are made for, as data.

use std::time::Duration;

use claviger_core::{Error, Result};
use claviger_types::CertificateProfile;
use const_oid::{
    ObjectIdentifier,
    db::rfc5280::{ID_KP_CLIENT_AUTH, ID_KP_SERVER_AUTH},
};
use der::flagset::FlagSet;
use x509_cert::ext::pkix::KeyUsages;

use crate::{
    constraints::host_of_common_name,
    names::{AltName, MAX_NAMES},
    subject::Subject,
};

/// What a certificate of a profile says, and for how long.
pub(crate) struct Profile {
    pub(crate) key_usage: FlagSet<KeyUsages>,
    pub(crate) extended: &'static [ObjectIdentifier],
    /// How long it is valid if nobody says.
    pub(crate) lifetime: Duration,
    /// The longest that anybody can ask for.
    pub(crate) max_lifetime: Duration,
    naming: Naming,
}

/// How certificates of a profile are named.
struct Naming {
    dns: bool,
    ip: bool,
    spiffe: bool,
    /// What it must have at least.
    needs: Needs,
}

enum Needs {
    /// An alternative name; clients of TLS look at nothing else.
    AltName,
    /// Something.
    Any,
    /// A common name and no alternative names.
    CommonName,
    /// A serial number or common name.
    Device,
}

/// The shortest life of a certificate.
pub(crate) const MIN_LIFETIME: Duration = Duration::from_secs(600);
/// How long a root is valid if nobody says.
pub(crate) const ROOT_LIFETIME: Duration = days(3650);
/// The longest life of a root.
pub(crate) const MAX_ROOT_LIFETIME: Duration = days(9131);

impl Profile {
    pub(crate) fn of(profile: CertificateProfile) -> Self {
        let tls = |extended, ip, needs| Self {
            key_usage: KeyUsages::DigitalSignature.into(),
            extended,
            lifetime: days(90),
            max_lifetime: days(397),
            naming: Naming { dns: true, ip, spiffe: true, needs },
        };
        match profile {
            CertificateProfile::Server => tls(&[ID_KP_SERVER_AUTH], true, Needs::AltName),
            CertificateProfile::Client => tls(&[ID_KP_CLIENT_AUTH], false, Needs::Any),
            CertificateProfile::ServerClient => {
                tls(&[ID_KP_SERVER_AUTH, ID_KP_CLIENT_AUTH], true, Needs::AltName)
            }
            CertificateProfile::Device => Self {
                lifetime: days(365),
                max_lifetime: days(3650),
                ..tls(&[ID_KP_CLIENT_AUTH], false, Needs::Device)
            },
            CertificateProfile::SubordinateCa => Self {
                key_usage: authority_usage(),
                extended: &[],
                lifetime: days(1825),
                max_lifetime: days(5475),
                naming: Naming { dns: false, ip: false, spiffe: false, needs: Needs::CommonName },
            },
        }
    }

    /// Refuses names that certificates of this profile do not have.
    ///
    /// # Errors
    /// `InvalidRequest`.
    pub(crate) fn check_names(&self, subject: &Subject, names: &[AltName]) -> Result<()> {
        if names.len() > MAX_NAMES {
            return Err(Error::invalid(format!("A certificate has at most {MAX_NAMES} alternative names.")));
        }
        for (index, name) in names.iter().enumerate() {
            if names.iter().take(index).any(|earlier| earlier == name) {
                return Err(Error::invalid(format!("The alternative name {name} is given twice.")));
            }
            if !self.naming.allows(name) {
                return Err(Error::invalid(format!(
                    "Certificates of this profile do not have names as {name}."
                )));
            }
        }
        // X509-SVID §2: exactly one URI, or the id would be ambiguous.
        if names.iter().filter(|name| matches!(name, AltName::Spiffe(_))).count() > 1 {
            return Err(Error::invalid("A certificate has at most one SPIFFE id."));
        }
        self.naming.check_needs(subject, names)
    }

    /// How long a certificate is valid.
    ///
    /// # Errors
    /// `InvalidRequest` for what is too short or too long.
    pub(crate) fn lifetime(&self, asked: Option<Duration>) -> Result<Duration> {
        checked_lifetime(asked.unwrap_or(self.lifetime), self.max_lifetime)
    }
}

/// Refuses lifetimes that are too short or too long.
///
/// # Errors
/// `InvalidRequest`.
pub(crate) fn checked_lifetime(lifetime: Duration, max: Duration) -> Result<Duration> {
    match (MIN_LIFETIME..=max).contains(&lifetime) {
        true => Ok(lifetime),
        false => Err(Error::invalid(format!(
            "Such a certificate is valid for {} minutes to {} days.",
            MIN_LIFETIME.as_secs() / 60,
            max.as_secs() / 86_400
        ))),
    }
}

/// What the key of an authority is for: also OCSP responses, which it signs itself.
pub(crate) fn authority_usage() -> FlagSet<KeyUsages> {
    KeyUsages::KeyCertSign | KeyUsages::CRLSign | KeyUsages::DigitalSignature
}

impl Naming {
    fn allows(&self, name: &AltName) -> bool {
        match name {
            AltName::Dns(_) => self.dns,
            AltName::Ip(_) => self.ip,
            AltName::Spiffe(_) => self.spiffe,
        }
    }

    fn check_needs(&self, subject: &Subject, names: &[AltName]) -> Result<()> {
        match self.needs {
            Needs::AltName if names.is_empty() => Err(Error::invalid(
                "Certificates of this profile need an alternative name: DNS, IP or SPIFFE.",
            )),
            Needs::AltName => check_common_name(subject, names),
            Needs::Any if subject.is_empty() && names.is_empty() => {
                Err(Error::invalid("A certificate needs a subject or an alternative name."))
            }
            Needs::CommonName if subject.common_name().is_none() => {
                Err(Error::invalid("A certificate authority needs a subject with a common name (CN)."))
            }
            Needs::Device if subject.serial_number().or(subject.common_name()).is_none() => {
                Err(Error::invalid(
                    "A device needs a subject with a serial number (SERIALNUMBER) or a common name (CN).",
                ))
            }
            Needs::Any | Needs::CommonName | Needs::Device => Ok(()),
        }
    }
}

/// The common name of a server says nothing that its alternative names do not.
fn check_common_name(subject: &Subject, names: &[AltName]) -> Result<()> {
    let Some(common_name) = subject.common_name() else { return Ok(()) };
    let is_among = names.iter().any(|name| match name {
        AltName::Dns(name) => name.as_str().eq_ignore_ascii_case(common_name),
        AltName::Ip(address) => common_name.parse() == Ok(*address),
        AltName::Spiffe(_) => false,
    });
    let is_no_host = host_of_common_name(common_name).is_none()
        && names.iter().all(|name| matches!(name, AltName::Spiffe(_)));
    match is_among || is_no_host {
        true => Ok(()),
        false => Err(Error::invalid("The common name of a server must be one of its alternative names.")),
    }
}

const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

#[cfg(test)]
mod tests;
