use crate::Timestamp;

/// Place of a record in the audit log of a node, from 1, without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditSeq(pub u64);

/// When a call is answered, seen from the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditMode {
    /// After its record has reached the disk; one flush serves all calls in flight.
    Durable,
    /// After its record has been handed to the writer: a power loss or crash of the machine or program can lose the records of the last
    /// moments, although their calls were answered.
    Buffered,
}

/// The newest record of an audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// Its place.
    pub seq: AuditSeq,
    /// Its hash, which covers every record before it.
    pub hash: [u8; 32],
}

/// A signed statement that the log, at some time, had this head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The head.
    pub head: AuditHead,
    /// When it was signed.
    pub time: Timestamp,
    /// Ed25519 signature by the audit key of the installation.
    pub signature: Box<[u8]>,
}
