//! What the domain needs from outside: providers that hold keys, stores that remember, the audit log, clock and
//! randomness. Traits and their errors, nothing else; each has one contract suite in `testing/conformance`, which
//! every adapter runs.
#![forbid(unsafe_code)]

mod ambient;
mod audit_reader;
mod backups;
mod header;
mod keyslot;
mod log;
mod log_record;
mod object;
mod pki;
mod provider;
mod store;

pub use ambient::{Clock, Random};
pub use audit_reader::{AuditReadError, AuditReader};
pub use backups::{BackupError, Backups, MadeBackup};
pub use header::{HeaderStore, HeaderStoreError};
pub use keyslot::{InvalidLocator, KeyslotDevice, KeyslotError, KeyslotKind, SlotBody};
pub use log::{AuditLog, LogError};
pub use log_record::{LogRecord, LogValue, MemberName, NoRecord};
pub use object::{ObjectFilter, ObjectReads};
pub use pki::PkiReads;
pub use provider::{
    Agree, AsymmetricDecrypt, Capability, Encrypt, Handle, LiveKey, Mac, NewKey, Provider, ProviderError,
    ProviderState, RawCipher, RawCiphertext, Sign, TaggedKey,
};
pub use store::{
    AliasRecord, Batch, Change, DeviceKey, GrantPage, GrantReads, KeyReads, KeyRecord, MESSAGES_OF_A_VERSION,
    OutcomeReads, Page, PrincipalReads, ProviderReads, RingCursor, RingReads, SealedPlace, SealedReads,
    Store, StoreError,
};
