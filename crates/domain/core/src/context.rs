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
    standing: Standing,
}

/// Whom a caller stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Somebody whom a front has verified.
    Principal,
    /// The service itself, publishing what issuers have revoked.
    Publisher,
    /// The service itself, doing what is due for keys.
    Worker,
}

impl Caller {
    /// A caller whom a front has verified.
    pub fn verified(identity: Arc<Identity>, credential: CredentialId, method: &'static str) -> Self {
        Self { identity, credential, method, standing: Standing::Principal }
    }

    /// The service itself.
    pub(crate) fn service(identity: Arc<Identity>, credential: CredentialId, standing: Standing) -> Self {
        Self { identity, credential, method: "worker", standing }
    }

    pub(crate) fn is_worker(&self) -> bool {
        self.standing == Standing::Worker
    }

    pub(crate) fn is_publisher(&self) -> bool {
        self.standing == Standing::Publisher
    }
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

/// What a listener knows of the connection that a request came over. It puts one into the extensions of every HTTP
/// request; a front that finds none assumes the least: no address, not encrypted, nobody proved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// The peer's address, if it came over a network.
    pub peer: Option<IpAddr>,
    /// Whether the transport was encrypted, or never left the machine.
    pub secure: bool,
    /// SHA-256 of the SubjectPublicKeyInfo of the client certificate whose key the peer proved to hold.
    pub client_spki_sha256: Option<[u8; 32]>,
    /// The user at the other end of a Unix socket.
    pub uid: Option<u32>,
}
