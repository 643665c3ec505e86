use std::{fmt::Write as _, net::SocketAddr, path::Path};

use claviger_core::SharedSecret;
use claviger_ports::PrincipalReads;
use claviger_types::{Credential, CredentialId, CredentialKind, PrincipalName};
use zeroize::Zeroizing;

use super::Certificates;
use crate::{
    config::Config,
    failure::{Failure, Result},
    files, first,
    open::Opened,
};

/// What clients of a development directory export.
///
/// The secrets come from the store, whose truth it is which of them are valid; the file is written anew at every start.
pub(crate) struct Environment {
    text: Zeroizing<String>,
}

impl Environment {
    pub(crate) async fn of(
        opened: &Opened,
        config: &Config,
        https: SocketAddr,
        insecure_http: Option<SocketAddr>,
        google: &Path,
    ) -> Result<Self> {
        let application = credentials(opened, first::APPLICATION).await?;
        let admin = credentials(opened, first::ADMIN).await?;
        let access_key = pick(&application, |kind| matches!(kind, CredentialKind::AccessKey { .. }))?;
        let shared_key = pick(&application, |kind| matches!(kind, CredentialKind::SharedKey { .. }))?;
        let admin_key = pick(&admin, |kind| matches!(kind, CredentialKind::AccessKey { .. }))?;
        let (url, region) = (format!("https://{https}"), config.region.as_str());
        let ca = Certificates::of(&opened.dir).ca;
        let mut text = Zeroizing::new(String::with_capacity(4096));
        let mut export = |name: &str, value: &str| {
            // Invariant: writing to a String does not fail.
            let _ = writeln!(text, "export {name}={}", &*quoted(value));
        };
        export("AWS_ENDPOINT_URL_KMS", &url);
        export("AWS_ACCESS_KEY_ID", access_key.as_str());
        export("AWS_SECRET_ACCESS_KEY", &secret(opened, &access_key).await?);
        export("AWS_REGION", region);
        export("AWS_DEFAULT_REGION", region);
        export("AWS_CA_BUNDLE", &ca.display().to_string());
        let account = opened.service.settings().account;
        export("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS", &format!("{url}/"));
        export("GOOGLE_APPLICATION_CREDENTIALS", &google.display().to_string());
        export("GOOGLE_CLOUD_PROJECT", account.as_str());
        export("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", &ca.display().to_string());
        export("GOKMSCLI_URL", &url);
        export("GOKMSCLI_AUTHKEY", &secret(opened, &shared_key).await?);
        let _ = writeln!(
            text,
            "# For Google's libraries: api_endpoint {https}, keys under projects/{account}/locations/{region}/keyRings"
        );
        let admin_secret = secret(opened, &admin_key).await?;
        let _ = write!(
            text,
            "# The administrator, for everything beyond keys:\n# AWS_ACCESS_KEY_ID={admin_key}\n# AWS_SECRET_ACCESS_KEY={}\n",
            *admin_secret
        );
        if let Some(address) = insecure_http {
            let _ = writeln!(text, "# Without encryption: http://{address}");
        }
        Ok(Self { text })
    }

    /// What is printed and what is in the file.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Writes it to the data directory.
    pub(crate) fn write(&self, dir: &crate::data_dir::DataDir) -> Result<()> {
        let path = dir.dev_env();
        files::replace(&path, self.text.as_bytes())
            .map_err(Failure::at(format!("{} can't be written", path.display())))
    }
}

/// The credential of the go-kms front in a development directory.
pub(super) async fn shared_key(opened: &Opened) -> Result<CredentialId> {
    pick(&credentials(opened, first::APPLICATION).await?, |kind| {
        matches!(kind, CredentialKind::SharedKey { .. })
    })
}

async fn credentials(opened: &Opened, name: &str) -> Result<Vec<Credential>> {
    let account = opened.service.settings().account;
    let name: PrincipalName = name.parse().map_err(Failure::at("a name of ours is not one"))?;
    let principal = opened.store.principal_named(account, &name).await?;
    let principal = principal.ok_or_else(|| lost(&format!("the principal {name}")))?;
    Ok(opened.store.credentials(principal.id).await?)
}

fn pick(credentials: &[Credential], is_right: impl Fn(&CredentialKind) -> bool) -> Result<CredentialId> {
    let valid = credentials.iter().filter(|credential| credential.revoked.is_none());
    let newest =
        valid.filter(|credential| is_right(&credential.kind)).max_by_key(|credential| credential.created);
    newest.map(|credential| credential.id.clone()).ok_or_else(|| lost("a credential"))
}

fn lost(what: &str) -> Failure {
    Failure::new(format!(
        "{what} of 'claviger dev' is gone from its directory; make it again with the administrator's commands, or \
         remove the directory to begin anew"
    ))
}

async fn secret(opened: &Opened, id: &CredentialId) -> Result<Zeroizing<String>> {
    let shared: std::sync::Arc<SharedSecret> = opened.service.directory().shared_secret(id).await?;
    let text = std::str::from_utf8(shared.secret().expose())
        .map_err(|_| Failure::new("a secret in the store is not what we made"))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// For the shell; what needs no quotes has none.
fn quoted(value: &str) -> Zeroizing<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=+,@%".contains(c);
    match value.chars().all(is_plain) {
        true => Zeroizing::new(value.to_owned()),
        false => Zeroizing::new(format!("'{}'", value.replace('\'', r"'\''"))),
    }
}

#[cfg(test)]
mod tests;
