use std::{
    fs,
    path::{Path, PathBuf},
};

use claviger_client::Client;

use crate::failure::{Failure, Result};

/// Where a service for development is: what is in its data directory.
pub(crate) struct Site {
    data: PathBuf,
    url: String,
}

impl Site {
    /// The service that was last started in this directory.
    pub(crate) fn of(data: PathBuf) -> Result<Self> {
        let path = data.join("dev.env");
        let text = fs::read_to_string(&path).map_err(Failure::at(format!(
            "{} can't be read; is {} the directory of a running 'claviger dev'?",
            path.display(),
            data.display()
        )))?;
        let url = text.lines().find_map(|line| line.strip_prefix("export AWS_ENDPOINT_URL_KMS="));
        let url = url.ok_or_else(|| Failure::new(format!("{} does not say where it is", path.display())))?;
        Ok(Self { url: url.to_owned(), data })
    }

    pub(super) fn data(&self) -> &Path {
        &self.data
    }

    /// The administrator: the user of the machine that the service runs as.
    pub(super) fn administrator(&self) -> Result<Client> {
        let socket = self.data.join("claviger.sock");
        Client::unix(socket).build().map_err(Failure::at("the service can't be called"))
    }

    /// A principal that proves itself with a token over HTTPS.
    pub(super) fn principal(&self, token: &str) -> Result<Client> {
        let client = Client::https(&self.url)
            .trust_file(self.data.join("tls").join("ca.pem"))
            .and_then(|builder| builder.token(token))
            .and_then(claviger_client::Builder::build);
        client.map_err(Failure::at("the service can't be called"))
    }
}
