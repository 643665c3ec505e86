use std::sync::Arc;

use claviger_provider_device::{Computing, DeviceKey};
use claviger_types::KeySpec;

use crate::{raw::Proofs, server::ServerLink};

/// A secret or private key in the server.
pub(crate) struct ServerKey {
    pub(crate) spec: KeySpec,
    /// Its unique identifier.
    pub(crate) id: String,
    pub(crate) server: Arc<ServerLink>,
    pub(crate) proofs: Proofs,
}

impl DeviceKey for ServerKey {
    const DEVICE: &'static str = "the KMIP server";

    /// A request is at most 1 MiB long where nothing else is said.
    const MAX_TEXT: usize = (1 << 20) - 4096;

    fn spec(&self) -> KeySpec {
        self.spec
    }

    fn on_heap(&self) -> usize {
        self.id.len()
    }

    fn computing(&self) -> &Computing {
        &self.server.computing
    }
}
