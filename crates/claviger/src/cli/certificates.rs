use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use claviger_api::{self as api, CertificateProfile, RevocationReason, SigningAlgorithm};

use super::{
    arguments::ServiceArgs,
    client::Client,
    data,
    show::{Facts, Format, Table, short_time},
};
use crate::{config::units, failure::Result};

/// Certificate authorities, and the certificates that they issue
#[derive(Args)]
pub(super) struct Ca {
    #[command(subcommand)]
    command: CaCommand,
    #[command(flatten)]
    service: ServiceArgs,
}

#[derive(Subcommand)]
enum CaCommand {
    /// Make a certificate authority of a key
    Create(Create),
    /// The certificate authorities of the project
    List,
    /// A certificate authority
    Show(Show),
    /// Give a certificate authority another key; old and new vouch for each other
    Rotate(Rotate),
    /// Issue a certificate
    Issue(Issue),
    /// The certificates that an authority issued
    Certificates { authority: String },
    /// A certificate that an authority issued
    Certificate {
        authority: String,
        serial: String,
        #[command(flatten)]
        pem: PemArgs,
    },
    /// Declare that a certificate is not to be trusted any more
    Revoke {
        authority: String,
        serial: String,
        /// Why
        #[arg(long, value_name = "REASON", default_value_t = RevocationReason::Unspecified)]
        reason: RevocationReason,
    },
    /// The newest revocation list of an authority, in PEM
    Crl {
        authority: String,
        /// Where it is written; - is the standard output
        #[arg(long, value_name = "FILE", default_value = "-")]
        out: PathBuf,
    },
}

#[derive(Args)]
struct Create {
    name: String,
    /// The key that will sign: id, ARN, or alias/ and an alias
    #[arg(long, value_name = "KEY")]
    key: String,
    /// How it will sign [default: the usual algorithm of such a key]
    #[arg(long, value_name = "ALGORITHM")]
    algorithm: Option<SigningAlgorithm>,
    /// Its name in certificates, as CN=Example Root,O=Example
    #[arg(long, value_name = "NAME", required_unless_present = "certificate")]
    subject: Option<String>,
    /// The authority of the project that signs its certificate [default: it signs that itself]
    #[arg(long, value_name = "CA")]
    parent: Option<String>,
    /// Its certificate, if there is one already: PEM, and behind it those above
    #[arg(
        long, value_name = "FILE",
        conflicts_with_all = ["subject", "parent", "lifetime", "path_length", "permit", "exclude"]
    )]
    certificate: Option<PathBuf>,
    /// How long its certificate is valid, as 3650d [default: ten years of a root, five of others]
    #[arg(long, value_name = "TIME", value_parser = units::duration)]
    lifetime: Option<Duration>,
    #[command(flatten)]
    limits: AuthorityLimits,
}

/// What an authority may certify.
#[derive(Args)]
struct AuthorityLimits {
    /// How many authorities may be below it, one under the other [default: any number below a root, none below others]
    #[arg(long, value_name = "NUMBER")]
    path_length: Option<u8>,
    /// Certify only such names: dns:example.org, ip:10.0.0.0/8, uri:example.org; may be given again
    #[arg(long, value_name = "NAMES")]
    permit: Vec<String>,
    /// Never certify such names; may be given again
    #[arg(long, value_name = "NAMES")]
    exclude: Vec<String>,
}

#[derive(Args)]
struct Show {
    name: String,
    #[command(flatten)]
    pem: PemArgs,
    /// Print those by which the newest key and the one before vouch for each other
    #[arg(long, conflicts_with = "pem")]
    cross: bool,
}

#[derive(Args)]
struct PemArgs {
    /// Print the certificate in PEM, and nothing else
    #[arg(long)]
    pem: bool,
    /// Where it is written; - is the standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
}

#[derive(Args)]
struct Rotate {
    name: String,
    /// The key that will sign from now on
    #[arg(long, value_name = "KEY")]
    key: String,
    /// How it will sign [default: the usual algorithm of such a key]
    #[arg(long, value_name = "ALGORITHM")]
    algorithm: Option<SigningAlgorithm>,
    /// How long the new certificate is valid
    #[arg(long, value_name = "TIME", value_parser = units::duration)]
    lifetime: Option<Duration>,
    /// The new certificate, if the old one came from outside: PEM, and behind it those above
    #[arg(long, value_name = "FILE", conflicts_with = "lifetime")]
    certificate: Option<PathBuf>,
}

#[derive(Args)]
struct Issue {
    authority: String,
    /// What it is for
    #[arg(long, value_name = "PROFILE")]
    profile: CertificateProfile,
    /// A certification request (PKCS#10) in PEM; - is the standard input
    #[arg(long, value_name = "FILE", conflicts_with = "key", required_unless_present = "key")]
    csr: Option<PathBuf>,
    /// A key of the service that it is about: id, ARN, or alias/ and an alias
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Whose it is, as CN=name,O=organization [default: what the request says]
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,
    /// A name that it is good for: dns:…, ip:…, spiffe://…; may be given again [default: those of the request]
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<String>,
    /// How long it is valid, as 90d or 12h
    #[arg(long, value_name = "TIME", value_parser = units::duration)]
    lifetime: Option<Duration>,
    #[command(flatten)]
    limits: AuthorityLimits,
    /// Where certificate and chain are written in PEM; - is the standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// Only the certificate, not those above it
    #[arg(long)]
    no_chain: bool,
}

const PATH: &str = "certificate-authorities";

impl Ca {
    pub(super) fn run(self) -> Result<()> {
        let (client, format) = (self.service.client()?, self.service.format());
        match self.command {
            CaCommand::Create(create) => create.run(&client, format),
            CaCommand::List => list(&client, format),
            CaCommand::Show(show) => show.run(&client, format),
            CaCommand::Rotate(rotate) => rotate.run(&client, format),
            CaCommand::Issue(issue) => issue.run(&client, format),
            CaCommand::Certificates { authority } => certificates(&client, format, &authority),
            CaCommand::Certificate { authority, serial, pem } => {
                let certificate: api::Certificate =
                    client.get(&[PATH, &authority, "certificates", &serial], &[])?;
                match pem.pem {
                    true => put(&pem.out, &certificate.certificate),
                    false => format.show(&certificate, certificate_facts),
                }
            }
            CaCommand::Revoke { authority, serial, reason } => {
                let path = [PATH, &authority, "certificates", &serial, "revoke"];
                let revoked: api::Certificate =
                    client.post_body(&path, &api::RevokeCertificate { reason })?;
                format.show(&revoked, |revoked| {
                    format!(
                        "{} is revoked; the next revocation list says so in a few seconds\n",
                        revoked.serial
                    )
                })
            }
            CaCommand::Crl { authority, out } => {
                let list: api::RevocationList = client.get(&[PATH, &authority, "crl"], &[])?;
                match format {
                    Format::Json => format.show(&list, |_| String::new()),
                    Format::Table => put(&out, &list.crl),
                }
            }
        }
    }
}

impl Create {
    fn run(self, client: &Client, format: Format) -> Result<()> {
        let body = api::CreateCertificateAuthority {
            name: self.name,
            key: self.key,
            algorithm: self.algorithm,
            parent: self.parent,
            certificate: self.certificate.as_deref().map(data::read_text).transpose()?,
            subject: self.subject,
            lifetime_seconds: self.lifetime.map(|lifetime| lifetime.as_secs()),
            path_length: self.limits.path_length,
            permitted: self.limits.permit,
            excluded: self.limits.exclude,
        };
        let made: api::CertificateAuthority = client.post_body(&[PATH], &body)?;
        format.show(&made, authority_facts)
    }
}

impl Show {
    fn run(self, client: &Client, format: Format) -> Result<()> {
        let authority: api::CertificateAuthority = client.get(&[PATH, &self.name], &[])?;
        let Some(issuer) = authority.issuers.last().filter(|_| self.pem.pem || self.cross) else {
            return format.show(&authority, authority_facts);
        };
        match self.cross {
            true => put(&self.pem.out, &issuer.cross.concat()),
            false => put(&self.pem.out, &(issuer.certificate.clone() + &issuer.chain.concat())),
        }
    }
}

impl Rotate {
    fn run(self, client: &Client, format: Format) -> Result<()> {
        let body = api::RotateCertificateAuthority {
            key: self.key,
            algorithm: self.algorithm,
            lifetime_seconds: self.lifetime.map(|lifetime| lifetime.as_secs()),
            certificate: self.certificate.as_deref().map(data::read_text).transpose()?,
        };
        let rotated: api::CertificateAuthority = client.post_body(&[PATH, &self.name, "rotate"], &body)?;
        format.show(&rotated, authority_facts)
    }
}

impl Issue {
    fn run(self, client: &Client, format: Format) -> Result<()> {
        let body = api::IssueCertificate {
            profile: self.profile,
            csr: self.csr.as_deref().map(data::read_text).transpose()?,
            key: self.key,
            subject: self.subject,
            names: Some(self.names).filter(|names| !names.is_empty()),
            lifetime_seconds: self.lifetime.map(|lifetime| lifetime.as_secs()),
            path_length: self.limits.path_length,
            permitted: self.limits.permit,
            excluded: self.limits.exclude,
        };
        let issued: api::IssuedCertificate =
            client.post_body(&[PATH, &self.authority, "certificates"], &body)?;
        let mut pem = issued.certificate.certificate.clone();
        if !self.no_chain {
            pem.push_str(&issued.chain.concat());
        }
        match (format, self.out.as_os_str() == "-") {
            (Format::Table, true) => put(&self.out, &pem),
            (Format::Json, true) => format.show(&issued, |_| String::new()),
            (_, false) => {
                put(&self.out, &pem)?;
                format.show(&issued, |issued| certificate_facts(&issued.certificate))
            }
        }
    }
}

fn list(client: &Client, format: Format) -> Result<()> {
    let mut all = api::CertificateAuthorityList { authorities: Vec::new(), next: None };
    loop {
        let page: api::CertificateAuthorityList = client.get(&[PATH], &page_query(all.next.take()))?;
        all.authorities.extend(page.authorities);
        all.next = page.next;
        if all.next.is_none() {
            break;
        }
    }
    format.show(&all, |all| {
        let mut table = Table::new(["NAME", "SUBJECT", "VALID UNTIL", "KEY"]);
        for authority in &all.authorities {
            let (name, subject) = (authority.name.clone(), authority.subject.clone());
            table.row([name, subject, short_time(&authority.not_after), authority.key.clone()]);
        }
        table.render("no certificate authorities; 'claviger ca create' makes one")
    })
}

fn certificates(client: &Client, format: Format, ca: &str) -> Result<()> {
    let mut all = api::CertificateList { certificates: Vec::new(), next: None };
    loop {
        let page: api::CertificateList =
            client.get(&[PATH, ca, "certificates"], &page_query(all.next.take()))?;
        all.certificates.extend(page.certificates);
        all.next = page.next;
        if all.next.is_none() {
            break;
        }
    }
    // Serial numbers are random: their order says nothing to anybody.
    all.certificates.sort_by(|a, b| a.not_before.cmp(&b.not_before));
    format.show(&all, |all| {
        let mut table = Table::new(["SERIAL", "PROFILE", "WHOSE", "VALID UNTIL", "STATE"]);
        for certificate in &all.certificates {
            table.row([
                certificate.serial.clone(),
                certificate.profile.to_string(),
                whose(certificate),
                short_time(&certificate.not_after),
                certificate
                    .revoked
                    .as_ref()
                    .map_or("good".to_owned(), |revoked| format!("revoked, {}", revoked.reason)),
            ]);
        }
        table.render("no certificates; 'claviger ca issue' makes one")
    })
}

fn page_query(next: Option<String>) -> Vec<(&'static str, String)> {
    [("limit", "1000".to_owned())].into_iter().chain(next.map(|next| ("after", next))).collect()
}

fn whose(certificate: &api::Certificate) -> String {
    match (certificate.subject.is_empty(), certificate.names.as_slice()) {
        (false, _) => certificate.subject.clone(),
        (true, [only]) => only.clone(),
        (true, [first, rest @ ..]) => format!("{first} and {} more", rest.len()),
        (true, []) => String::new(),
    }
}

fn authority_facts(authority: &api::CertificateAuthority) -> String {
    let mut facts = Facts::default();
    facts.add("authority", &authority.summary.name);
    facts.add("arn", &authority.summary.arn);
    facts.add("subject", &authority.summary.subject);
    facts.add("created", short_time(&authority.summary.created));
    for (number, issuer) in (1..).zip(&authority.issuers) {
        facts.add(&format!("issuer {number}"), &issuer.id);
        facts.add("  key", &issuer.key);
        facts.add("  algorithm", issuer.algorithm);
        facts.add("  issued by", &issuer.issued_by);
        facts.add(
            "  valid",
            format!("{} to {}", short_time(&issuer.not_before), short_time(&issuer.not_after)),
        );
        facts.add_some("  path length", issuer.path_length);
        facts.add_some("  permitted", Some(issuer.permitted.join(", ")).filter(|names| !names.is_empty()));
        facts.add_some("  excluded", Some(issuer.excluded.join(", ")).filter(|names| !names.is_empty()));
        if let Some(published) = &issuer.published {
            facts.add("  certificate", &published.certificate);
            facts.add("  crl", &published.crl);
            facts.add("  ocsp", &published.ocsp);
        }
    }
    facts.render()
}

fn certificate_facts(certificate: &api::Certificate) -> String {
    let mut facts = Facts::default();
    facts.add("serial", &certificate.serial);
    facts.add("profile", certificate.profile);
    facts.add_some("subject", Some(&certificate.subject).filter(|subject| !subject.is_empty()));
    facts.add_some("names", Some(certificate.names.join(", ")).filter(|names| !names.is_empty()));
    facts.add_some("key", certificate.key.as_ref());
    let (from, until) = (short_time(&certificate.not_before), short_time(&certificate.not_after));
    facts.add("valid", format!("{from} to {until}"));
    let revoked = certificate.revoked.as_ref();
    facts.add_some(
        "revoked",
        revoked.map(|revoked| format!("{}, {}", short_time(&revoked.at), revoked.reason)),
    );
    facts.add("issuer", &certificate.issuer);
    facts.render()
}

/// PEM is no secret, and is shown as it is.
fn put(out: &std::path::Path, pem: &str) -> Result<()> {
    match out.as_os_str() == "-" {
        true => data::write_standard(pem.as_bytes()),
        false => data::write(out, pem.as_bytes()),
    }
}
