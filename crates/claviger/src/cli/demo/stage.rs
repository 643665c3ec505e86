use std::path::{Path, PathBuf};

use axum::http::Method;
use claviger_api::{self as api, CertificateProfile, CredentialKind, KeySpec, KeyUsage};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use zeroize::Zeroizing;

use super::say;
use crate::{
    cli::{client::Client, data},
    failure::{Failure, Result},
};

/// Where the development server is called over TLS.
pub(super) struct Address {
    pub(super) url: String,
    pub(super) ca: PathBuf,
}

impl Address {
    /// As the development server wrote it for its clients.
    pub(super) fn of(data_directory: &Path) -> Result<Self> {
        let environment = data::read_text(&data_directory.join("dev.env")).map_err(|failure| {
            Failure::new(
                "the demonstration needs a running 'claviger dev' and its data directory (--data DIR)",
            )
            .because(failure)
        })?;
        let prefix = "export AWS_ENDPOINT_URL_KMS=";
        let url = environment.lines().find_map(|line| line.strip_prefix(prefix));
        let url = url.ok_or_else(|| Failure::new("dev.env does not say where the service is"))?;
        Ok(Self { url: url.trim_matches('\'').to_owned(), ca: data_directory.join("tls").join("ca.pem") })
    }
}

/// All that there must be before two parties can talk: an authority, and for each a key, a certificate and a principal
/// that may use that key and nothing else.
pub(super) struct Stage {
    pub(super) authority: CertificateDer<'static>,
    pub(super) server: Party,
    pub(super) client: Party,
    name: String,
}

/// One side.
pub(super) struct Party {
    pub(super) key: String,
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) service: claviger_client::Client,
    principal: String,
}

impl Stage {
    pub(super) fn set(client: &Client, address: &Address) -> Result<Self> {
        let key = make_key(client, "demo: certificate authority")?;
        let name = format!("demo-{}", key.get(..8).unwrap_or(&key));
        let body = api::CreateCertificateAuthority {
            name: name.clone(),
            key,
            algorithm: None,
            parent: None,
            certificate: None,
            subject: Some(format!("CN=Claviger {name}")),
            lifetime_seconds: Some(30 * 86_400),
            path_length: None,
            permitted: Vec::new(),
            excluded: Vec::new(),
        };
        let made: api::CertificateAuthority = client.post_body(&["certificate-authorities"], &body)?;
        let issuer = made.issuers.first().ok_or_else(|| Failure::new("the authority has no certificate"))?;
        let authority = certificate(&issuer.certificate)?;
        say(&format!("The certificate authority {name} has a key of the service.\n"))?;
        let server = Party::new(
            client,
            address,
            &name,
            "server",
            CertificateProfile::Server,
            &["dns:localhost", "ip:127.0.0.1"],
        )?;
        let peer = Party::new(
            client,
            address,
            &name,
            "client",
            CertificateProfile::Client,
            &["dns:client.example"],
        )?;
        Ok(Self { authority, server, client: peer, name })
    }

    /// What the demonstration leaves behind.
    pub(super) fn left(&self) -> String {
        let mut text = "Left in the service; take it away with:\n".to_owned();
        for party in [&self.server, &self.client] {
            text += &format!("  claviger principals disable {}\n", party.principal);
            text += &format!("  claviger keys schedule-deletion {}\n", party.key);
        }
        text + &format!("The authority is called {}: 'claviger ca show {}'.\n", self.name, self.name)
    }
}

impl Party {
    fn new(
        client: &Client,
        address: &Address,
        authority: &str,
        role: &str,
        profile: CertificateProfile,
        names: &[&str],
    ) -> Result<Self> {
        let key = make_key(client, &format!("demo: TLS {role}"))?;
        let principal = format!("{authority}-{role}");
        let body = api::IssueCertificate {
            profile,
            csr: None,
            key: Some(key.clone()),
            subject: None,
            names: Some(names.iter().map(|name| (*name).to_owned()).collect()),
            lifetime_seconds: Some(7 * 86_400),
            path_length: None,
            permitted: Vec::new(),
            excluded: Vec::new(),
        };
        let issued: api::IssuedCertificate =
            client.post_body(&["certificate-authorities", authority, "certificates"], &body)?;
        let token = make_principal(client, &principal, &key)?;
        say(&format!("The {role} is {principal}; it may sign with its own key {key}, and nothing else.\n"))?;
        let service = claviger_client::Client::https(&address.url);
        let service = service.trust_file(&address.ca).and_then(|builder| builder.token(&token));
        let service = service.and_then(|builder| builder.build());
        Ok(Self {
            key,
            chain: vec![certificate(&issued.certificate.certificate)?],
            service: service.map_err(Failure::at("the service can't be called over TLS"))?,
            principal,
        })
    }

    /// The newest record of a signature with the key.
    pub(super) fn signature(&self, client: &Client) -> Result<String> {
        let query = [
            ("key", self.key.clone()),
            ("caller", self.principal.clone()),
            ("operation", "Sign".to_owned()),
            ("outcome", "Ok".to_owned()),
            ("last", "1000".to_owned()),
        ];
        let page: api::AuditPage = client.get(&["audit", "records"], &query)?;
        let record = page.records.last();
        let record = record.ok_or_else(|| Failure::new("the audit log has no record of the signature"))?;
        Ok(record.to_string())
    }
}

fn make_key(client: &Client, description: &str) -> Result<String> {
    let body = api::CreateKey {
        spec: Some(KeySpec::EcP256),
        usage: Some(KeyUsage::Sign),
        cipher_mode: None,
        origin: None,
        description: description.to_owned(),
        tags: Default::default(),
        policy: None,
        bypass_lockout_check: false,
    };
    let key: api::Key = client.post_body(&["keys"], &body)?;
    Ok(key.summary.id)
}

/// Makes a principal that may use one key; the answer is its token.
fn make_principal(client: &Client, name: &str, key: &str) -> Result<Zeroizing<String>> {
    let _: api::Principal =
        client.post_body(&["principals"], &api::CreatePrincipal { name: name.to_owned() })?;
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": ["kms:GetPublicKey", "kms:Sign"], "Resource": format!("arn:aws:kms:*:*:key/{key}"),
    }]});
    let policy = api::PutIdentityPolicy { policy: policy.to_string() };
    client.act_with(Method::PUT, &["principals", name, "policies", "own-key"], &policy)?;
    let body = api::CreateCredential {
        kind: CredentialKind::BearerToken,
        expires: None,
        spki_sha256: None,
        shared_key: None,
    };
    let made: api::CreatedCredential = client.post_body(&["principals", name, "credentials"], &body)?;
    let secret = made.secret.ok_or_else(|| Failure::new("the service told no token"))?;
    Ok(Zeroizing::new(secret.expose().to_owned()))
}

fn certificate(pem: &str) -> Result<CertificateDer<'static>> {
    CertificateDer::from_pem_slice(pem.as_bytes())
        .map_err(Failure::at("the service told no certificate in PEM"))
}
