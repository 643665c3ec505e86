use std::{path::Path, sync::Arc};

use claviger_crypto::sha256;
use rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{NoClientAuth, WebPkiClientVerifier, danger::ClientCertVerifier},
};
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

use crate::{
    config::Tls,
    failure::{Failure, Result},
};

/// HTTP/2 first; clients that do not negotiate get HTTP/1.1.
pub(super) const H2: &[u8] = b"h2";

/// TLS 1.2 and 1.3 with the server's certificate; client certificates are optional and must be of a configured
/// authority.
pub(super) fn server_config(tls: &Tls) -> Result<ServerConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = match &tls.client_ca {
        Some(path) => client_verifier(path, provider.clone())?,
        None => Arc::new(NoClientAuth),
    };
    let chain = certificates(&tls.certificate)?;
    let shown = tls.key.display();
    let key = PrivateKeyDer::from_pem_file(&tls.key)
        .map_err(Failure::at(format!("there is no private key in PEM to be read in {shown}")))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Failure::at("TLS can't be set up"))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .map_err(Failure::at(format!("{shown} does not go with {}", tls.certificate.display())))?;
    config.alpn_protocols = vec![H2.to_vec(), b"http/1.1".to_vec()];
    config.ticketer =
        aws_lc_rs::Ticketer::new().map_err(Failure::at("keys for TLS session tickets can't be made"))?;
    Ok(config)
}

fn client_verifier(path: &Path, provider: Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        let failed = format!("{} holds a certificate that can't be trusted", path.display());
        roots.add(certificate).map_err(Failure::at(failed))?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    verifier
        .allow_unauthenticated()
        .build()
        .map_err(Failure::at(format!("client certificates can't be verified with {}", path.display())))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let failed = || format!("{} can't be read as certificates in PEM", path.display());
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(Failure::at(failed()))?;
    match certificates.is_empty() {
        true => Err(Failure::new(format!("there is no certificate in PEM in {}", path.display()))),
        false => Ok(certificates),
    }
}

/// SHA-256 of the SubjectPublicKeyInfo of a certificate that was verified; `None` if it can't be read after all, which
/// proves nobody.
pub(super) fn spki_sha256(certificate: &CertificateDer<'_>) -> Option<[u8; 32]> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    Some(sha256(certificate.tbs_certificate.subject_pki.raw))
}
