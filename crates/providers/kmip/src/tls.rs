use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use crate::config::Config;

/// TLS 1.2 and 1.3, only the configured authorities, our certificate. Reads files.
///
/// # Errors
/// Text for people: which file is not what it should be.
pub(crate) fn client_config(config: &Config) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&config.server_ca)? {
        roots.add(certificate).map_err(|error| {
            format!("{} holds a certificate that can't be trusted: {error}", config.server_ca.display())
        })?;
    }
    let key = PrivateKeyDer::from_pem_file(&config.key)
        .map_err(|error| format!("there is no private key in PEM in {}: {error}", config.key.display()))?;
    let client = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS can't be set up: {error}"))?
        .with_root_certificates(roots)
        .with_client_auth_cert(certificates(&config.certificate)?, key)
        .map_err(|error| {
            format!("{} does not go with {}: {error}", config.key.display(), config.certificate.display())
        })?;
    Ok(Arc::new(client))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let failed = |error| format!("{} can't be read as certificates in PEM: {error}", path.display());
    let all = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(failed)?;
    if all.is_empty() { Err(format!("there is no certificate in {}", path.display())) } else { Ok(all) }
}
