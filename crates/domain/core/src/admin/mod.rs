//! What is done to the installation rather than to a key: keyslots, root key, backups, audit log, status.

mod audit;
mod backup;
mod keyslots;
mod root_key;
mod slot_opener;
mod status;

use std::sync::{Arc, Mutex};

use claviger_ports::{AuditReader, Backups, HeaderStore, KeyslotDevice};

pub use audit::{AuditFilter, AuditPage, AuditStart, CheckpointAudit, ReadAudit};
pub use backup::Backup;
pub use keyslots::{AddKeyslot, KeyslotRemoved, ListKeyslots, RemoveKeyslot};
pub use root_key::{DescribeRootKey, RootKeyStatus, RotateRootKey, SealUpkeep};
pub use slot_opener::{SlotOpener, SlotSecret};
pub use status::{GetStatus, ProviderStatus, ServiceStatus};

use crate::{Error, Reason, Result, service::Core};

/// What administration needs beyond what calls need.
pub struct Administration {
    /// Where the keyslot header is kept.
    pub header: Arc<dyn HeaderStore>,
    /// How the audit log is read.
    pub audit: Arc<dyn AuditReader>,
    /// How backups are made.
    pub backups: Arc<dyn Backups>,
    /// What opens keyslots without anybody giving a secret.
    pub devices: Vec<Arc<dyn KeyslotDevice>>,
}

/// [`Administration`] with its locks and what is known of a rotation under way.
pub(crate) struct Admin {
    pub(crate) header: Arc<dyn HeaderStore>,
    pub(crate) audit: Arc<dyn AuditReader>,
    pub(crate) backups: Arc<dyn Backups>,
    devices: Vec<Arc<dyn KeyslotDevice>>,
    /// Held by whatever changes the header, and while a backup is made: its copy of the store must find every root key
    /// that it needs in its copy of the header.
    pub(crate) header_turn: tokio::sync::Mutex<()>,
    /// Held while secrets are encrypted anew, so that there is one such work at a time.
    reseal_turn: tokio::sync::Mutex<()>,
    progress: Mutex<root_key::Progress>,
}

impl From<Administration> for Admin {
    fn from(parts: Administration) -> Self {
        let Administration { header, audit, backups, devices } = parts;
        Self {
            header,
            audit,
            backups,
            devices,
            header_turn: tokio::sync::Mutex::default(),
            reseal_turn: tokio::sync::Mutex::default(),
            progress: Mutex::default(),
        }
    }
}

impl Core {
    pub(crate) fn admin(&self) -> Result<&Arc<Admin>> {
        self.admin.as_ref().ok_or_else(|| {
            Error::new(Reason::Unsupported, "This service is not administered through its API.")
        })
    }
}
