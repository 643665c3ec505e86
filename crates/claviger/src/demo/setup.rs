use std::net::SocketAddr;

use claviger_api as api;
use claviger_client::{Client, ErrorKind};
use claviger_ports::Random;
use claviger_types::{Days, Timestamp};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde_json::json;

use super::{Admin, Site};
use crate::{
    ambient::SystemRandom,
    failure::{Failure, Result},
};

/// What the service has for the demonstration.
pub(super) struct Setup {
    pub(super) authority: Authority,
    pub(super) server: Party,
    pub(super) client: Party,
}

/// Who certifies both.
pub(super) struct Authority {
    pub(super) name: String,
    pub(super) certificate: CertificateDer<'static>,
    /// Its key, if it was made for the demonstration.
    key: Option<String>,
}

/// The server or the client.
pub(super) struct Party {
    pub(super) principal: String,
    pub(super) arn: String,
    /// The id of its key, which it can use and does not have.
    pub(super) key: String,
    pub(super) chain: Vec<CertificateDer<'static>>,
    /// Its calls of the service.
    pub(super) calls: Client,
    serial: String,
    credential: String,
}

/// Long enough to look at, and gone soon if nobody cleans up.
const TOKEN_DAYS: Days = Days(1);
const CERTIFICATE_SECONDS: u64 = 86_400;
const AUTHORITY_SECONDS: u64 = 7 * 86_400;

impl Setup {
    /// Makes all of it, under names that were not used before.
    pub(super) async fn make(admin: &Admin, site: &Site, ca: Option<&str>, now: Timestamp) -> Result<Self> {
        let random: &dyn Random = &SystemRandom;
        let base = format!("mtls-demo-{}", hex::encode(random.bytes::<4>()));
        let expires = now.plus_days(TOKEN_DAYS).to_string();
        let authority = match ca {
            Some(name) => Authority::existing(admin, name).await?,
            None => Authority::make(admin, &base).await?,
        };
        let certificate = |profile, subject: String, names: &[&str]| api::IssueCertificate {
            profile,
            csr: None,
            key: None,
            subject: Some(subject),
            names: Some(names.iter().map(|name| (*name).to_owned()).collect()),
            lifetime_seconds: Some(CERTIFICATE_SECONDS),
            path_length: None,
            permitted: Vec::new(),
            excluded: Vec::new(),
        };
        let names = ["dns:localhost", "ip:127.0.0.1"];
        let of_server = certificate(api::CertificateProfile::Server, "CN=localhost".to_owned(), &names);
        let name = format!("{base}-server");
        let server = Party::make(admin, site, name, &authority, of_server, expires.clone()).await?;
        let name = format!("{base}-client");
        let of_client = certificate(api::CertificateProfile::Client, format!("CN={name}"), &[]);
        let client = Party::make(admin, site, name, &authority, of_client, expires).await?;
        Ok(Self { authority, server, client })
    }

    pub(super) fn told(&self) -> String {
        let Self { authority, server, client } = self;
        let party = |role: &str, party: &Party| {
            let Party { principal, key, serial, .. } = party;
            format!(
                "{role}     {principal} may sign with the key {key}, and with no other; certificate {serial}\n"
            )
        };
        format!("authority  {}\n{}{}", authority.name, party("server", server), party("client", client))
    }

    /// Shows that neither can use the other's key.
    pub(super) async fn others_are_refused(&self) -> Result<String> {
        let mut told = String::from("\nNeither can use the other's key:\n");
        for (who, other) in [(&self.server, &self.client), (&self.client, &self.server)] {
            let message = api::Base64(b"a signature that must not be".to_vec());
            let algorithm = api::SigningAlgorithm::EcdsaSha256;
            let sign = api::Sign { message, message_type: None, algorithm };
            match who.calls.sign(&other.key, &sign).await {
                Err(error) if error.kind() == ErrorKind::Denied => {
                    told.push_str(&format!(
                        "  {} with the key of {}: {error}\n",
                        who.principal, other.principal
                    ));
                }
                Err(error) => return Err(Failure::new("a refusal was expected, and not this").because(error)),
                Ok(_) => {
                    return Err(Failure::new(format!(
                        "{} signed with the key of {}, which no policy allows",
                        who.principal, other.principal
                    )));
                }
            }
        }
        Ok(told)
    }

    pub(super) fn how_to_connect(&self, address: SocketAddr, site: &Site) -> String {
        let (data, ca, port) = (site.data().display(), &self.authority.name, address.port());
        format!(
            "\nServing https://localhost:{port}/ until it is interrupted. To be a client with a key in a file:\n\n  \
             claviger ca show {ca} --pem --out ca.pem --data {data}\n  \
             openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout me.key -subj /CN=me -out me.csr\n  \
             claviger ca issue {ca} --profile client --csr me.csr --out me.pem --data {data}\n  \
             curl --cacert ca.pem --cert me.pem --key me.key https://localhost:{port}/\n\n\
             A revoked certificate is refused within seconds: claviger ca revoke {ca} SERIAL --data {data}\n\n"
        )
    }

    pub(super) fn how_to_clean_up(&self, site: &Site) -> String {
        let data = site.data().display();
        let mut text = String::from(
            "\nThe tokens and certificates expire within a day. To clean up before, and to be rid of the keys:\n\n",
        );
        for party in [&self.server, &self.client] {
            let Party { principal, key, serial, credential, .. } = party;
            let ca = &self.authority.name;
            text.push_str(&format!(
                "  claviger ca revoke {ca} {serial} --reason cessation-of-operation --data {data}\n  \
                 claviger credentials revoke {credential} --data {data}\n  \
                 claviger principals disable {principal} --data {data}\n  \
                 claviger keys schedule-deletion {key} --days 7 --data {data}\n"
            ));
        }
        if let Some(key) = &self.authority.key {
            text.push_str(&format!("  claviger keys schedule-deletion {key} --days 7 --data {data}\n"));
        }
        text
    }
}

impl Authority {
    async fn make(admin: &Admin, base: &str) -> Result<Self> {
        let key = admin.key(&format!("authority of {base}")).await?.id;
        let request = api::CreateCertificateAuthority {
            name: base.to_owned(),
            key: key.clone(),
            algorithm: None,
            parent: None,
            certificate: None,
            subject: Some(format!("CN={base}")),
            lifetime_seconds: Some(AUTHORITY_SECONDS),
            path_length: Some(0),
            permitted: Vec::new(),
            excluded: Vec::new(),
        };
        let made = admin.make_authority(&request).await?;
        Ok(Self { key: Some(key), ..Self::of(&made)? })
    }

    async fn existing(admin: &Admin, name: &str) -> Result<Self> {
        Self::of(&admin.authority(name).await?)
    }

    fn of(shown: &api::CertificateAuthority) -> Result<Self> {
        let name = shown.summary.name.clone();
        let pem = shown.issuers.last().map(|issuer| issuer.certificate.as_str());
        let pem = pem.ok_or_else(|| Failure::new(format!("the authority {name} has no certificate")))?;
        Ok(Self { certificate: certificate(pem)?, name, key: None })
    }
}

impl Party {
    async fn make(
        admin: &Admin,
        site: &Site,
        name: String,
        authority: &Authority,
        certificate_of: api::IssueCertificate,
        expires: String,
    ) -> Result<Self> {
        let key = admin.key(&name).await?;
        let request = api::IssueCertificate { key: Some(key.id.clone()), ..certificate_of };
        let issued = admin.issue(&authority.name, &request).await?;
        let principal = admin.principal(&name).await?;
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": {
                "Sid": "OwnKey",
                "Effect": "Allow",
                "Action": ["kms:Sign", "kms:GetPublicKey"],
                "Resource": key.arn,
            },
        });
        admin.allow(&name, "own-key", policy.to_string()).await?;
        let created = admin.token(&name, expires).await?;
        let token =
            created.secret.ok_or_else(|| Failure::new("the service made a token and did not show it"))?;
        Ok(Self {
            principal: name,
            arn: principal.arn,
            key: key.id,
            chain: vec![certificate(&issued.certificate.certificate)?],
            calls: site.principal(token.expose())?,
            serial: issued.certificate.serial,
            credential: created.id,
        })
    }
}

fn certificate(pem: &str) -> Result<CertificateDer<'static>> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(Failure::at("a certificate is not understood"))
}
