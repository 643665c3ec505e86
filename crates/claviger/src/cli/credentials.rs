use std::path::{Path, PathBuf};

use axum::http::Method;
use clap::{Args, Subcommand};
use claviger_api::{self as api, CredentialKind, Secret};
use claviger_crypto::sha256;
use claviger_types::AccountId;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

use super::{
    arguments::ServiceArgs,
    client::Client,
    data, openers,
    show::{Facts, Format, Table, short_time},
};
use crate::{
    failure::{Failure, Result},
    files,
    google_account::GoogleAccount,
};

/// Where a service is reached that nobody has said anything about.
const ENDPOINT: &str = "https://localhost:7443";

/// What principals prove themselves with
#[derive(Args)]
pub(super) struct Credentials {
    #[command(subcommand)]
    command: CredentialsCommand,
    #[command(flatten)]
    service: ServiceArgs,
}

#[derive(Subcommand)]
enum CredentialsCommand {
    /// Give a principal a credential; its secret is shown this once
    Create(Create),
    /// The credentials of a principal, revoked ones too
    List { principal: String },
    /// Revoke a credential for good: the next call with it is refused
    Revoke { credential: String },
}

#[derive(Args)]
struct Create {
    principal: String,
    /// What it is
    #[arg(long, default_value_t = CredentialKind::AccessKey)]
    kind: CredentialKind,
    /// From when on it is refused, RFC 3339 [default: never]
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// The client certificate, PEM; its public key is what counts
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// A file with a shared key that the other side has already [default: a new one]
    #[arg(long, value_name = "FILE")]
    shared_key_file: Option<PathBuf>,
    /// Where the secret is written instead of being shown
    #[arg(long, value_name = "FILE")]
    secret_out: Option<PathBuf>,
    /// A service-account key in a key file, as Google's libraries read it
    #[arg(long, requires = "out", conflicts_with_all = ["kind", "certificate", "shared_key_file", "secret_out"])]
    google: bool,
    /// The key file, which must not exist
    #[arg(long, value_name = "FILE", requires = "google")]
    out: Option<PathBuf>,
    /// Where Google's libraries reach the service [default: --url, or https://localhost:7443]
    #[arg(long, value_name = "https://HOST[:PORT]", requires = "google")]
    endpoint: Option<String>,
}

impl Credentials {
    pub(super) fn run(self) -> Result<()> {
        let (client, format) = (self.service.client()?, self.service.format());
        match self.command {
            CredentialsCommand::Create(create) => match &create.out {
                Some(out) => create.run_google(&client, format, out, self.service.url()),
                None => create.run(&client, format),
            },
            CredentialsCommand::List { principal } => {
                let list: api::CredentialList =
                    client.get(&["principals", &principal, "credentials"], &[])?;
                format.show(&list, table)
            }
            CredentialsCommand::Revoke { credential } => {
                client.act(Method::POST, &["credentials", &credential, "revoke"])?;
                format.done(&format!("{credential} is revoked"))
            }
        }
    }
}

impl Create {
    fn run(self, client: &Client, format: Format) -> Result<()> {
        let shared_key = self.shared_key_file.as_deref().map(data::read).transpose()?;
        let body = api::CreateCredential {
            kind: self.kind,
            expires: self.expires,
            spki_sha256: self.certificate.as_deref().map(spki_sha256).transpose()?,
            shared_key: shared_key.map(|key| Secret(openers::without_line_end(key))),
        };
        let mut created: api::CreatedCredential =
            client.post_body(&["principals", &self.principal, "credentials"], &body)?;
        if let Some((path, secret)) = self.secret_out.as_deref().zip(created.secret.clone()) {
            created.secret = None;
            data::write(path, secret.expose().as_bytes()).map_err(|failure| {
                Failure::new(format!(
                    "the secret of {} is lost, so revoke it with 'claviger credentials revoke {0}'",
                    created.id
                ))
                .because(failure)
            })?;
        }
        format.show(&created, |created| {
            let mut facts = Facts::default();
            facts.add("credential", &created.id);
            if let Some(secret) = &created.secret {
                facts.add("secret", secret.expose());
            }
            let note = if created.secret.is_some() { "\nThe secret is shown only here.\n" } else { "" };
            facts.render() + note
        })
    }
}

impl Create {
    /// Makes a service-account key and writes its key file; the private key is shown nowhere.
    fn run_google(&self, client: &Client, format: Format, out: &Path, url: Option<String>) -> Result<()> {
        let exists = || Failure::new(format!("{} exists, and is not written over", out.display()));
        if out.try_exists().map_err(Failure::at(format!("{} can't be used", out.display())))? {
            return Err(exists());
        }
        let endpoint = self.endpoint.clone().or(url).unwrap_or_else(|| ENDPOINT.to_owned());
        let principal: api::Principal = client.get(&["principals", &self.principal], &[])?;
        let body = api::CreateCredential {
            kind: CredentialKind::ServiceAccountKey,
            expires: self.expires.clone(),
            spki_sha256: None,
            shared_key: None,
        };
        let mut created: api::CreatedCredential =
            client.post_body(&["principals", &self.principal, "credentials"], &body)?;
        let lost = |failure: Failure| {
            let id = &created.id;
            let text = format!("the key {id} is lost, so revoke it with 'claviger credentials revoke {id}'");
            Failure::new(text).because(failure)
        };
        let secret =
            created.secret.take().ok_or_else(|| Failure::new("there is no private key in the answer"));
        let secret = secret.map_err(lost)?;
        let key = (created.id.as_str(), secret);
        let name = principal.name.parse().map_err(Failure::at("the principal's name is not one"));
        let file =
            account(&principal).and_then(|account| Ok(GoogleAccount::new(account, &name?, key, &endpoint)));
        let json = file.map_err(lost)?.to_json();
        files::create(out, json.as_bytes())
            .map_err(Failure::at(format!("{} can't be written", out.display())))
            .map_err(lost)?;
        format.show(&created, |created| {
            let mut facts = Facts::default();
            facts.add("credential", &created.id);
            facts.add("key file", out.display().to_string());
            facts.add("endpoint", &endpoint);
            facts.render()
        })
    }
}

/// The project of a principal, which its name in policies has: `arn:aws:iam::<account>:user/<name>`.
fn account(principal: &api::Principal) -> Result<AccountId> {
    let account = principal.arn.split(':').nth(4).unwrap_or_default();
    account.parse().map_err(Failure::at("the server's answer is not understood; is it of another release?"))
}

fn table(list: &api::CredentialList) -> String {
    let mut table = Table::new(["CREDENTIAL", "KIND", "CREATED", "EXPIRES", "REVOKED"]);
    for credential in &list.credentials {
        let time = |time: &Option<String>| time.as_deref().map(short_time).unwrap_or_default();
        table.row([
            credential.id.clone(),
            credential.kind.clone(),
            short_time(&credential.created),
            time(&credential.expires),
            time(&credential.revoked),
        ]);
    }
    table.render("no credentials")
}

fn spki_sha256(path: &Path) -> Result<String> {
    let wrong = || Failure::new(format!("{} holds no certificate in PEM", path.display()));
    let der = CertificateDer::from_pem_file(path).map_err(|_| wrong())?;
    let (_, certificate) = X509Certificate::from_der(&der).map_err(|_| wrong())?;
    Ok(hex::encode(sha256(certificate.public_key().raw)))
}
