use std::{collections::BTreeMap, env, path::PathBuf};

use clap::{Args, ValueEnum};
use zeroize::Zeroizing;

use super::{
    client::{Client, Server, TlsOptions},
    data,
    show::Format,
};
use crate::failure::{Failure, Result};

/// Where the service is, who calls it, and how its answers are shown: what all commands take that call it.
#[derive(Args)]
#[command(next_help_heading = "Service")]
pub(super) struct ServiceArgs {
    /// The data directory whose socket is used [default: $CLAVIGER_DATA, or ./claviger-data]
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
    /// The Unix socket, if it is not in the data directory
    #[arg(long, value_name = "PATH", global = true, conflicts_with_all = ["data", "url"])]
    socket: Option<PathBuf>,
    /// The service over TLS instead [default: $CLAVIGER_URL]
    #[arg(long, value_name = "https://HOST[:PORT]", global = true, conflicts_with = "data")]
    url: Option<String>,
    /// The authority of the service's certificate, PEM [default: $CLAVIGER_CA]
    #[arg(long, value_name = "FILE", global = true)]
    ca: Option<PathBuf>,
    /// A file that holds a bearer token [default: $CLAVIGER_TOKEN_FILE]
    #[arg(long, value_name = "FILE", global = true)]
    token_file: Option<PathBuf>,
    /// A client certificate, PEM
    #[arg(long, value_name = "FILE", global = true, requires = "client_key")]
    client_cert: Option<PathBuf>,
    /// Its private key, PEM
    #[arg(long, value_name = "FILE", global = true, requires = "client_cert")]
    client_key: Option<PathBuf>,
    #[command(flatten)]
    format: FormatArgs,
    /// Check and decide everything, and do nothing
    #[arg(long, global = true)]
    dry_run: bool,
}

/// How the answer is shown.
#[derive(Args)]
pub(super) struct FormatArgs {
    /// How the answer is shown
    #[arg(long, value_name = "FORMAT", global = true, default_value = "table")]
    output: OutputFormat,
}

#[derive(Clone, Copy, ValueEnum)]
enum OutputFormat {
    Table,
    Json,
}

/// Name–value pairs that a ciphertext is bound to.
#[derive(Args)]
pub(super) struct ContextArgs {
    /// A pair of the encryption context; may be given again
    #[arg(long = "context", value_name = "NAME=VALUE", value_parser = pair)]
    pairs: Vec<(String, String)>,
}

impl ServiceArgs {
    pub(super) fn client(&self) -> Result<Client> {
        let token_file = self.token_file.clone().or_else(|| variable("CLAVIGER_TOKEN_FILE"));
        let token = token_file.map(|path| data::read_token(&path)).transpose()?;
        Client::new(self.server()?, token, self.dry_run)
    }

    /// The address of the service, if it is called over TLS.
    pub(super) fn url(&self) -> Option<String> {
        let from_environment = || variable("CLAVIGER_URL").map(|url| url.to_string_lossy().into_owned());
        match (&self.socket, &self.url, &self.data) {
            (Some(_), ..) => None,
            // What is said on the command line counts before what was said before.
            (None, Some(url), _) => Some(url.clone()),
            (None, None, Some(_)) => None,
            (None, None, None) => from_environment(),
        }
    }

    pub(super) fn format(&self) -> Format {
        self.format.format()
    }

    /// The data directory, for what is done with its files.
    pub(super) fn data_directory(&self) -> PathBuf {
        let given = self.data.clone().or_else(|| variable("CLAVIGER_DATA"));
        given.unwrap_or_else(|| PathBuf::from("./claviger-data"))
    }

    fn server(&self) -> Result<Server> {
        if let Some(socket) = &self.socket {
            return Ok(Server::Socket(socket.clone()));
        }
        let Some(url) = self.url() else {
            return Ok(Server::Socket(self.data_directory().join("claviger.sock")));
        };
        let ca = self.ca.clone().or_else(|| variable("CLAVIGER_CA"));
        let ca = ca.ok_or_else(|| {
            Failure::usage("--url needs --ca, the certificate of the authority that the service's is of")
        })?;
        let identity = self.client_cert.as_deref().zip(self.client_key.as_deref());
        Server::tls(&TlsOptions { url: &url, ca: &ca, identity })
    }
}

impl FormatArgs {
    pub(super) fn format(&self) -> Format {
        match self.output {
            OutputFormat::Json => Format::Json,
            OutputFormat::Table => Format::Table,
        }
    }
}

impl ContextArgs {
    /// A name that is given twice is a mistake: only one value could count.
    pub(super) fn context(&self) -> Result<BTreeMap<String, String>> {
        pairs(&self.pairs, "--context")
    }
}

/// Pairs by name.
pub(super) fn pairs(given: &[(String, String)], option: &str) -> Result<BTreeMap<String, String>> {
    let mut pairs = BTreeMap::new();
    for (name, value) in given {
        if pairs.insert(name.clone(), value.clone()).is_some() {
            return Err(Failure::usage(format!("{option} gives {name} twice")));
        }
    }
    Ok(pairs)
}

/// `NAME=VALUE`; the value may hold further equals signs.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it is NAME=VALUE".to_owned()),
    }
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// What `Zeroizing` holds, for the commands.
pub(super) type SecretBytes = Zeroizing<Vec<u8>>;
