//! An authority for tests, with a key in memory.

use std::sync::Arc;

use claviger_client::RemoteSigner;
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SubjectPublicKeyInfo,
};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
    sign::{CertifiedKey, SigningKey},
};

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) certificate: CertificateDer<'static>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// A certificate for `localhost`.
    pub(crate) fn certificate(&self, spki: &[u8]) -> CertificateDer<'static> {
        let key = SubjectPublicKeyInfo::from_der(spki).unwrap();
        params().signed_by(&key, &self.issuer).unwrap().der().clone()
    }

    pub(crate) fn certified(&self, signer: RemoteSigner) -> CertifiedKey {
        let certificate = self.certificate(&signer.public_key().unwrap());
        signer.certified(vec![certificate]).unwrap()
    }

    /// Of a server with a key in memory.
    pub(crate) fn server_config(&self) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let certificate = params().signed_by(&key, &self.issuer).unwrap().der().clone();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        Arc::new(builder.with_single_cert(vec![certificate], key).unwrap())
    }

    pub(crate) fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        roots
    }

    /// Of a server that asks clients for certificates of this authority.
    pub(crate) fn mutual_server(
        &self,
        provider: CryptoProvider,
        version: &'static SupportedProtocolVersion,
        resolver: Arc<dyn rustls::server::ResolvesServerCert>,
    ) -> Arc<ServerConfig> {
        let provider = Arc::new(provider);
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(self.roots()), provider.clone()).build();
        let builder =
            ServerConfig::builder_with_provider(provider).with_protocol_versions(&[version]).unwrap();
        Arc::new(builder.with_client_cert_verifier(verifier.unwrap()).with_cert_resolver(resolver))
    }

    pub(crate) fn mutual_client(
        &self,
        provider: CryptoProvider,
        version: &'static SupportedProtocolVersion,
        resolver: Arc<dyn rustls::client::ResolvesClientCert>,
    ) -> Arc<ClientConfig> {
        let builder = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[version])
            .unwrap();
        Arc::new(builder.with_root_certificates(self.roots()).with_client_cert_resolver(resolver))
    }
}

fn params() -> CertificateParams {
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params
}
