use std::{
    fs,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

/// Certificates of a server on this machine and of its clients, on P-256: with an RSA certificate PyKMIP would choose what
/// rustls does not speak.
pub struct Pki {
    dir: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

impl Pki {
    /// Makes an authority, a server certificate for `127.0.0.1` and `localhost`, and a client certificate for the user
    /// `claviger`, as PEM files in `dir`.
    ///
    /// # Panics
    /// If that fails.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "KMIP test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        fs::write(dir.join("ca.pem"), certificate.pem()).unwrap();
        let pki = Self { dir: dir.to_owned(), issuer: Issuer::new(params, key) };
        pki.issue("server", "localhost", Some(ExtendedKeyUsagePurpose::ServerAuth));
        pki.client("claviger");
        pki
    }

    /// Makes a client certificate for a user, whose files are named after it.
    ///
    /// # Panics
    /// If that fails.
    pub fn client(&self, user: &str) {
        self.issue(user, user, Some(ExtendedKeyUsagePurpose::ClientAuth));
    }

    /// Makes a certificate for a user that does not say that it is for clients. PyKMIP does not take it.
    ///
    /// # Panics
    /// If that fails.
    pub fn no_client(&self, user: &str) {
        self.issue(user, user, None);
    }

    /// Certificate of the authority.
    #[must_use]
    pub fn ca(&self) -> PathBuf {
        self.dir.join("ca.pem")
    }

    /// Certificate of the server.
    #[must_use]
    pub fn server(&self) -> PathBuf {
        self.certificate("server")
    }

    /// Key of the server.
    #[must_use]
    pub fn server_key(&self) -> PathBuf {
        self.key("server")
    }

    /// Certificate of a user.
    #[must_use]
    pub fn certificate(&self, user: &str) -> PathBuf {
        self.dir.join(format!("{user}.pem"))
    }

    /// Key of a user.
    #[must_use]
    pub fn key(&self, user: &str) -> PathBuf {
        self.dir.join(format!("{user}.key"))
    }

    fn issue(&self, file: &str, name: &str, usage: Option<ExtendedKeyUsagePurpose>) {
        let names = match usage {
            Some(ExtendedKeyUsagePurpose::ServerAuth) => vec!["127.0.0.1".to_owned(), name.to_owned()],
            _ => Vec::new(),
        };
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = usage.into_iter().collect();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(self.certificate(file), certificate.pem()).unwrap();
        fs::write(self.key(file), key.serialize_pem()).unwrap();
    }
}
