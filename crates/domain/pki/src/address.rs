use claviger_core::Settings;
use claviger_types::IssuerId;

/// Where everybody finds what an issuer publishes.
pub struct Addresses {
    base: String,
}

impl Addresses {
    /// Those of an issuer; `None` if the configuration does not say where we are found.
    pub fn of(settings: &Settings, issuer: IssuerId) -> Option<Self> {
        settings.pki_url.as_ref().map(|url| Self { base: format!("{url}/pki/{issuer}") })
    }

    /// Its certificate.
    pub fn certificate(&self) -> String {
        format!("{}/ca.cer", self.base)
    }

    /// Its revocation list.
    pub fn list(&self) -> String {
        format!("{}/crl", self.base)
    }

    /// Its OCSP responder.
    pub fn ocsp(&self) -> String {
        format!("{}/ocsp", self.base)
    }
}
