use std::{net::IpAddr, sync::Arc, time::Duration};

use claviger_access::NamedPolicy;
use claviger_types::{AccountId, CredentialId, Principal, RequestId};

/// Who calls, how, and since when: built by a front from a credential that it has verified.
#[derive(Clone)]
pub struct CallContext {
    /// The caller.
    pub caller: Caller,
    /// The call; also every operation that it causes.
    pub request: RequestId,
    /// The front, by its folder's name.
    pub front: &'static str,
    /// The peer's address, if it came over a network.
    pub peer: Option<IpAddr>,
    /// Whether the transport was encrypted, or never left the machine.
    pub secure: bool,
    /// How long it may take.
    pub deadline: Duration,
    /// Check and decide everything, then do nothing.
    pub dry_run: bool,
}

/// A principal with the credential that proved it.
#[derive(Clone)]
pub struct Caller {
    /// The principal and what it may do.
    pub identity: Arc<Identity>,
    /// The credential.
    pub credential: CredentialId,
    /// The kind of credential or transport, for the audit log.
    pub method: &'static str,
}

/// A principal as policies see it.
pub struct Identity {
    /// The principal.
    pub principal: Principal,
    /// Its name in policies: `arn:aws:iam::<account>:user/<name>`.
    pub arn: Box<str>,
    /// Its own policies.
    pub policies: Vec<Arc<NamedPolicy>>,
}

impl Identity {
    /// The project that it belongs to.
    pub fn account(&self) -> AccountId {
        self.principal.project
    }
}
