use base64::{Engine as _, engine::general_purpose::STANDARD};
use claviger_crypto::{Input, KeyKind, PublicKey, SignatureScheme};
use claviger_types::{AuditHead, AuditSeq, Checkpoint, Timestamp};
use serde::{Deserialize, Serialize, de::IgnoredAny};

use crate::LogId;

const DOMAIN: &[u8] = b"claviger audit checkpoint v1\0";

/// Signs checkpoints. The key stays with whoever implements this.
pub trait CheckpointSigner: Send + Sync {
    /// Ed25519 signature of `message`.
    ///
    /// # Errors
    /// If the key can't be used now. The log goes on without checkpoints, but starts no new segment.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError>;
}

/// A checkpoint could not be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a checkpoint of the audit log can't be signed: {0}")]
pub struct SignerError(pub String);

/// Checks signatures of checkpoints.
pub trait CheckpointVerifier {
    /// Whether `signature` is one of `message` by the audit key.
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool;
}

/// The public half of the audit key.
pub struct Ed25519Verifier(PublicKey);

impl Ed25519Verifier {
    /// From a DER `SubjectPublicKeyInfo` (RFC 8410); `None` if it is not one of an Ed25519 key.
    pub fn from_spki_der(der: &[u8]) -> Option<Self> {
        PublicKey::from_spki_der(der).ok().filter(|key| key.kind() == KeyKind::Ed25519).map(Self)
    }
}

impl CheckpointVerifier for Ed25519Verifier {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify(SignatureScheme::Ed25519, Input::Message(message), signature).is_ok()
    }
}

/// A checkpoint and the log it belongs to, to be kept outside of the log: verification then notices if the log no
/// longer contains what it contained at the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointExport {
    /// Which log.
    pub log: LogId,
    /// Its last record, and the hash of its last line, which covers all lines.
    pub checkpoint: Checkpoint,
}

impl CheckpointExport {
    /// Signs that `log` had this `head` at this `time`.
    pub(crate) fn sign(
        signer: &dyn CheckpointSigner,
        log: LogId,
        head: AuditHead,
        time: Timestamp,
    ) -> Result<Self, SignerError> {
        let signature = signer.sign(&message(log, head, time))?.into_boxed_slice();
        Ok(Self { log, checkpoint: Checkpoint { head, time, signature } })
    }

    /// Whether the signature is right.
    pub fn verify(&self, key: &dyn CheckpointVerifier) -> bool {
        let Checkpoint { head, time, signature } = &self.checkpoint;
        key.verify(&message(self.log, *head, *time), signature)
    }

    /// The bytes that are signed.
    pub fn message(&self) -> Vec<u8> {
        message(self.log, self.checkpoint.head, self.checkpoint.time)
    }

    /// As one line of JSON: the members `checkpoint` and `signature` of a checkpoint line.
    pub fn to_json(&self) -> String {
        format!("{{{}}}", self.members())
    }

    /// From what [`to_json`](Self::to_json) gave, or from a checkpoint line of a log.
    ///
    /// # Errors
    /// [`InvalidCheckpoint`] if it is anything else.
    pub fn from_json(text: &str) -> Result<Self, InvalidCheckpoint> {
        let wire: Wire = serde_json::from_str(text).map_err(|_| InvalidCheckpoint)?;
        wire.try_into()
    }

    pub(crate) fn members(&self) -> String {
        let Checkpoint { head, time, .. } = &self.checkpoint;
        format!(
            r#""checkpoint":{{"log":"{}","seq":{},"hash":"{}","time":"{}"}},"signature":"{}""#,
            self.log,
            head.seq.0,
            hex::encode(head.hash),
            time,
            self.signature_text(),
        )
    }

    pub(crate) fn signature_text(&self) -> String {
        STANDARD.encode(&self.checkpoint.signature)
    }
}

/// Text that is not a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a checkpoint of an audit log")]
pub struct InvalidCheckpoint;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    #[serde(default, skip_serializing)]
    #[expect(dead_code, reason = "allowed, so that a line of the log can be read, but of no meaning here")]
    flushed: Option<IgnoredAny>,
    checkpoint: HeadWire,
    signature: String,
    #[serde(default, skip_serializing)]
    #[expect(dead_code, reason = "as above")]
    hash: Option<IgnoredAny>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadWire {
    log: String,
    seq: u64,
    hash: String,
    time: String,
}

impl TryFrom<Wire> for CheckpointExport {
    type Error = InvalidCheckpoint;

    fn try_from(wire: Wire) -> Result<Self, InvalidCheckpoint> {
        let head = AuditHead {
            seq: AuditSeq(wire.checkpoint.seq),
            hash: parse_hash(wire.checkpoint.hash.as_bytes()).ok_or(InvalidCheckpoint)?,
        };
        let time = parse_time(&wire.checkpoint.time).ok_or(InvalidCheckpoint)?;
        let signature = parse_signature(&wire.signature).ok_or(InvalidCheckpoint)?;
        let log = wire.checkpoint.log.parse().map_err(|_| InvalidCheckpoint)?;
        Ok(Self { log, checkpoint: Checkpoint { head, time, signature } })
    }
}

/// Lower case only, since otherwise a hash member could be changed unnoticed.
pub(crate) fn parse_hash(text: &[u8]) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    let lower = !text.iter().any(u8::is_ascii_uppercase);
    (lower && hex::decode_to_slice(text, &mut hash).is_ok()).then_some(hash)
}

/// RFC 3339, or what [`Timestamp`] prints beyond the calendar.
pub(crate) fn parse_time(text: &str) -> Option<Timestamp> {
    let beyond = || text.strip_suffix("us")?.parse().ok().map(Timestamp::from_micros);
    Timestamp::parse_rfc3339(text).or_else(beyond)
}

pub(crate) fn parse_signature(text: &str) -> Option<Box<[u8]>> {
    STANDARD.decode(text).ok().map(Vec::into_boxed_slice)
}

fn message(log: LogId, head: AuditHead, time: Timestamp) -> Vec<u8> {
    [DOMAIN, log.as_bytes(), &head.seq.0.to_be_bytes(), &head.hash, &time.micros().to_be_bytes()].concat()
}
