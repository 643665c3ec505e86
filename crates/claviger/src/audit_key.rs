use base64::{Engine as _, engine::general_purpose::STANDARD};
use claviger_core::seal::Seal;
use claviger_crypto::{Input, PrivateKey, SignatureScheme};
use claviger_log::{CheckpointSigner, SignerError};
use claviger_ports::{Batch, Change, Random, SealedPlace, Store};
use claviger_types::{RequestId, SecretBytes};

use crate::{
    data_dir::DataDir,
    failure::{Failure, Result},
    files,
};

const SECRET: &str = "audit-signing-key";

/// The Ed25519 key that signs checkpoints of the audit log: made with the installation, sealed in the store.
pub(crate) struct AuditKey(PrivateKey);

impl AuditKey {
    /// That of the store; if there is none and `is_new` says that there can't be, a new one.
    pub(crate) async fn load(
        store: &impl Store,
        seal: &Seal,
        random: &dyn Random,
        is_new: bool,
    ) -> Result<Self> {
        let place = SealedPlace::Installation(SECRET.into());
        let sealed = store.secret(SECRET).await?;
        let pkcs8 = match sealed {
            Some(sealed) => seal.open(&place, &sealed)?,
            None if is_new => {
                let pkcs8 = SecretBytes::from(PrivateKey::generate_ed25519()?.to_pkcs8()?);
                let change = Change::InsertSecret(SECRET.into(), seal.seal(&place, &pkcs8, random)?);
                let outcome = RequestId::from_random(random.bytes());
                store.commit(Batch { outcome, changes: vec![change] }).await?;
                let forget = Change::ForgetOutcomes(vec![outcome]);
                let outcome = RequestId::from_random(random.bytes());
                store.commit(Batch { outcome, changes: vec![forget] }).await?;
                pkcs8
            }
            None => {
                return Err(Failure::new(
                    "the store has no signing key for the audit log: it was altered; restore it from a backup",
                ));
            }
        };
        Ok(Self(PrivateKey::from_pkcs8(pkcs8.expose())?))
    }

    /// Writes the public half where auditors find it.
    pub(crate) fn publish(&self, dir: &DataDir) -> Result<()> {
        let path = dir.audit_public_key();
        let pem = pem("PUBLIC KEY", &self.0.public_key_der()?);
        let failed = || format!("{} can't be written", path.display());
        match files::read_if_any(&path).map_err(Failure::at(failed()))? {
            Some(known) if known == pem.as_bytes() => Ok(()),
            Some(_) => Err(Failure::new(format!(
                "{} is not the key that signs the audit log: somebody changed one of them. Find out who, then move \
                 the file away to have it written anew",
                path.display()
            ))),
            None => files::create(&path, pem.as_bytes()).map_err(Failure::at(failed())),
        }
    }
}

impl CheckpointSigner for AuditKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.0
            .sign(SignatureScheme::Ed25519, Input::Message(message))
            .map_err(|error| SignerError(error.to_string()))
    }
}

/// RFC 7468.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = next;
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}
