use std::sync::Arc;

use claviger_provider_device::{Computing, DeviceKey};
use claviger_types::KeySpec;

use crate::{provider::TokenLink, wire::MAX_TEXT};

/// A secret or private key on the token.
pub(crate) struct TokenKey {
    pub(crate) spec: KeySpec,
    /// `CKA_ID`
    pub(crate) id: Vec<u8>,
    pub(crate) token: Arc<TokenLink>,
}

impl DeviceKey for TokenKey {
    const DEVICE: &'static str = "the token";
    const MAX_TEXT: usize = MAX_TEXT;

    fn spec(&self) -> KeySpec {
        self.spec
    }

    fn on_heap(&self) -> usize {
        self.id.len()
    }

    fn computing(&self) -> &Computing {
        &self.token.computing
    }
}
