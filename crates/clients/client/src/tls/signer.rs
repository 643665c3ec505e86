use std::{fmt, sync::Arc};

use claviger_api::{Base64, KeySpec, KeyUsage, Sign, SigningAlgorithm};
use rustls::{
    Error as TlsError, OtherError, SignatureAlgorithm, SignatureScheme,
    pki_types::{CertificateDer, SubjectPublicKeyInfoDer},
    sign::{CertifiedKey, Signer, SigningKey},
};

use super::{SigningThreads, threads::note_signature};
use crate::{Error, ErrorKind};

/// A key of TLS that stays in the service: RSA, ECDSA with P-256, P-384 or P-521, or Ed25519.
///
/// [`RemoteAcceptor`](super::RemoteAcceptor) and [`RemoteConnector`](super::RemoteConnector) sign with it without holding
/// up the runtime. It can be used with any other code over rustls too: then the thread that does the handshake is blocked
/// until the signature is there.
pub struct RemoteSigner {
    /// Its id: an alias may have another key tomorrow.
    key: Arc<str>,
    algorithm: SignatureAlgorithm,
    schemes: &'static [Scheme],
    public_key: SubjectPublicKeyInfoDer<'static>,
    threads: SigningThreads,
}

/// What TLS calls a way to sign, and what the service calls it.
type Scheme = (SignatureScheme, SigningAlgorithm);

/// Preferred first, as rustls does: PSS, which alone TLS 1.3 has, before PKCS #1.
const RSA: &[Scheme] = &[
    (SignatureScheme::RSA_PSS_SHA512, SigningAlgorithm::RsaPssSha512),
    (SignatureScheme::RSA_PSS_SHA384, SigningAlgorithm::RsaPssSha384),
    (SignatureScheme::RSA_PSS_SHA256, SigningAlgorithm::RsaPssSha256),
    (SignatureScheme::RSA_PKCS1_SHA512, SigningAlgorithm::RsaPkcs1Sha512),
    (SignatureScheme::RSA_PKCS1_SHA384, SigningAlgorithm::RsaPkcs1Sha384),
    (SignatureScheme::RSA_PKCS1_SHA256, SigningAlgorithm::RsaPkcs1Sha256),
];
const P256: &[Scheme] = &[(SignatureScheme::ECDSA_NISTP256_SHA256, SigningAlgorithm::EcdsaSha256)];
const P384: &[Scheme] = &[(SignatureScheme::ECDSA_NISTP384_SHA384, SigningAlgorithm::EcdsaSha384)];
const P521: &[Scheme] = &[(SignatureScheme::ECDSA_NISTP521_SHA512, SigningAlgorithm::EcdsaSha512)];
const ED25519: &[Scheme] = &[(SignatureScheme::ED25519, SigningAlgorithm::Ed25519)];

impl RemoteSigner {
    /// The key of this name (id, ARN, or `alias/` and an alias). Asks the service for its public half; the caller needs
    /// to be allowed `kms:GetPublicKey` and `kms:Sign`.
    ///
    /// # Errors
    /// `Unsupported` if it is not a key that TLS can sign with; what the service says, or why it cannot be asked.
    pub async fn open(threads: &SigningThreads, key: &str) -> Result<Self, Error> {
        let public = threads.client().public_key(key).await?;
        if public.usage != KeyUsage::Sign {
            let message = format!("the key {} is for {}, not for signatures", public.key, public.usage);
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let (algorithm, schemes) = schemes(public.spec).ok_or_else(|| {
            let message = format!("the key {} is of {}, with which TLS cannot sign", public.key, public.spec);
            Error::new(ErrorKind::Unsupported, message)
        })?;
        Ok(Self {
            key: public.key.into(),
            algorithm,
            schemes,
            public_key: public.public_key.0.into(),
            threads: threads.clone(),
        })
    }

    /// The id of the key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The key with its certificate, the end entity's first.
    ///
    /// # Errors
    /// `Invalid` if there is no certificate, or the first is one of another key.
    pub fn certified(self, chain: Vec<CertificateDer<'static>>) -> Result<CertifiedKey, Error> {
        let failed = format!("the certificate is not one of the key {}", self.key);
        let certified = CertifiedKey::new(chain, Arc::new(self));
        certified.keys_match().map_err(Error::at(ErrorKind::Invalid, failed))?;
        Ok(certified)
    }
}

fn schemes(spec: KeySpec) -> Option<(SignatureAlgorithm, &'static [Scheme])> {
    match spec {
        KeySpec::EcP256 => Some((SignatureAlgorithm::ECDSA, P256)),
        KeySpec::EcP384 => Some((SignatureAlgorithm::ECDSA, P384)),
        KeySpec::EcP521 => Some((SignatureAlgorithm::ECDSA, P521)),
        KeySpec::Ed25519 => Some((SignatureAlgorithm::ED25519, ED25519)),
        KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => Some((SignatureAlgorithm::RSA, RSA)),
        _ => None,
    }
}

impl SigningKey for RemoteSigner {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let (scheme, algorithm) = self.schemes.iter().find(|(scheme, _)| offered.contains(scheme))?;
        Some(Box::new(Signature {
            key: self.key.clone(),
            scheme: *scheme,
            algorithm: *algorithm,
            threads: self.threads.clone(),
        }))
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(SubjectPublicKeyInfoDer::from(self.public_key.as_ref()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }
}

/// A signature that may be made.
struct Signature {
    key: Arc<str>,
    scheme: SignatureScheme,
    algorithm: SigningAlgorithm,
    threads: SigningThreads,
}

impl Signer for Signature {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, TlsError> {
        let request =
            Sign { message: Base64(message.to_vec()), message_type: None, algorithm: self.algorithm };
        let key = self.key.clone();
        let signed = self.threads.wait(move |client| async move { client.sign(&key, &request).await });
        note_signature();
        match signed {
            Ok(signed) => Ok(signed.signature.0),
            Err(error) => Err(TlsError::Other(OtherError(Arc::new(error)))),
        }
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}

impl fmt::Debug for RemoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteSigner").field("key", &self.key).finish_non_exhaustive()
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signature")
            .field("key", &self.key)
            .field("scheme", &self.scheme)
            .finish_non_exhaustive()
    }
}
