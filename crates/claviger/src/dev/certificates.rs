use std::{
    fs::{self, DirBuilder},
    os::unix::fs::DirBuilderExt,
    path::PathBuf,
};

use claviger_ports::Random;
use claviger_types::{Days, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SerialNumber,
};
use time::OffsetDateTime;
use x509_parser::{certificate::X509Certificate, pem::parse_x509_pem, prelude::FromDer};

use crate::{
    ambient::SystemRandom,
    data_dir::DataDir,
    failure::{Failure, Result},
    files,
};

/// The local certificate authority and the server's certificate, in PEM files.
pub(crate) struct Certificates {
    dir: PathBuf,
    /// The authority: what clients trust.
    pub(crate) ca: PathBuf,
    ca_key: PathBuf,
    /// The server's certificate.
    pub(crate) server: PathBuf,
    /// Its key.
    pub(crate) server_key: PathBuf,
}

const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
const CA_DAYS: Days = Days(3650);
/// Clients may refuse certificates that are valid for longer than 398 days.
const SERVER_DAYS: Days = Days(397);
const RENEW_BEFORE: Days = Days(30);

impl Certificates {
    /// Those of a data directory, which may not exist yet.
    pub(crate) fn of(dir: &DataDir) -> Self {
        let dir = dir.tls();
        let file = |name: &str| dir.join(name);
        Self {
            ca: file("ca.pem"),
            ca_key: file("ca.key"),
            server: file("server.pem"),
            server_key: file("server.key"),
            dir,
        }
    }

    /// Makes what is missing or about to expire. As long as it is valid, the authority stays, so that clients that trust
    /// it go on to.
    pub(crate) fn renew(&self, now: Timestamp) -> Result<()> {
        if !self.dir.exists() {
            let made = DirBuilder::new().mode(0o700).create(&self.dir);
            made.map_err(Failure::at(format!("{} can't be made", self.dir.display())))?;
        }
        let is_new = !self.ca_key.exists() || !is_good(&self.ca, now)?;
        if is_new {
            self.make_ca(now)?;
        }
        if is_new || !self.server_key.exists() || !is_good(&self.server, now)? {
            self.make_server(now)?;
        }
        Ok(())
    }

    fn make_ca(&self, now: Timestamp) -> Result<()> {
        let key = new_key()?;
        let mut params = params(&[], "Claviger development CA", now, CA_DAYS)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key).map_err(Failure::at("the CA can't be signed"))?;
        write(&self.ca_key, &key.serialize_pem())?;
        write(&self.ca, &certificate.pem())
    }

    fn make_server(&self, now: Timestamp) -> Result<()> {
        let ca_key = KeyPair::from_pem(&read(&self.ca_key)?)
            .map_err(Failure::at(format!("{} is damaged; remove it", self.ca_key.display())))?;
        let issuer = Issuer::from_ca_cert_pem(&read(&self.ca)?, ca_key)
            .map_err(Failure::at(format!("{} is damaged; remove it", self.ca.display())))?;
        let key = new_key()?;
        let mut params = params(&NAMES, "localhost", now, SERVER_DAYS)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params
            .signed_by(&key, &issuer)
            .map_err(Failure::at("the server's certificate can't be signed"))?;
        write(&self.server_key, &key.serialize_pem())?;
        write(&self.server, &certificate.pem())
    }
}

fn new_key() -> Result<KeyPair> {
    KeyPair::generate().map_err(Failure::at("a key can't be made"))
}

fn params(names: &[&str], name: &str, now: Timestamp, days: Days) -> Result<CertificateParams> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).map_err(Failure::at("a name of the server is not one"))?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    params.distinguished_name = subject;
    let random: &dyn Random = &SystemRandom;
    let mut serial = random.bytes::<16>();
    // Positive, and as long as it looks.
    serial[0] = serial[0] & 0x7f | 0x40;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    // Clocks of containers and virtual machines may be behind.
    params.not_before = date(now.plus_secs(-86_400))?;
    params.not_after = date(now.plus_days(days))?;
    Ok(params)
}

fn date(time: Timestamp) -> Result<OffsetDateTime> {
    time.to_civil().ok_or_else(|| Failure::new("the clock is out of the calendar"))
}

/// Whether the certificate is there, readable, and valid for some time.
fn is_good(path: &std::path::Path, now: Timestamp) -> Result<bool> {
    let failed = || format!("{} can't be read", path.display());
    let Some(bytes) = files::read_if_any(path).map_err(Failure::at(failed()))? else { return Ok(false) };
    let Ok((_, pem)) = parse_x509_pem(&bytes) else { return Ok(false) };
    let Ok((_, certificate)) = X509Certificate::from_der(&pem.contents) else { return Ok(false) };
    let validity = certificate.validity();
    let late = now.plus_days(RENEW_BEFORE).secs();
    Ok(validity.not_before.timestamp() <= now.secs() && late < validity.not_after.timestamp())
}

fn read(path: &std::path::Path) -> Result<String> {
    fs::read_to_string(path).map_err(Failure::at(format!("{} can't be read", path.display())))
}

fn write(path: &std::path::Path, pem: &str) -> Result<()> {
    files::replace(path, pem.as_bytes()).map_err(Failure::at(format!("{} can't be written", path.display())))
}

#[cfg(test)]
mod tests;
