use std::sync::PoisonError;

use claviger_ports::HeaderStore;

use super::error::HeaderError;
use super::header::Header;
use super::{Seal, State};

/// A new header that is neither stored nor in use yet, with the root keys that it holds.
#[must_use = "nothing has been changed until it is committed"]
pub struct HeaderChange {
    pub(super) header: Header,
    pub(super) state: State,
    /// Tag of the header that it replaces.
    pub(super) replaces: [u8; 32],
}

impl HeaderChange {
    /// The header to come.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Stores the header, then lets `seal` use its root keys, and returns it.
    ///
    /// Blocks until the header is durable. After `Store(Unavailable)` the new header may be on disk although `seal`
    /// goes on without it: it opens everything too, and the change can be repeated.
    ///
    /// # Errors
    /// `Stale` if another change was committed since this one was made; `Store` if the header can't be stored.
    pub fn commit(self, store: &dyn HeaderStore, seal: &Seal) -> Result<Header, HeaderError> {
        let _changing = seal.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if seal.state().header_tag != self.replaces {
            return Err(HeaderError::Stale);
        }
        store.replace(&self.header.encode())?;
        seal.install(self.state);
        Ok(self.header)
    }
}

/// What `seal` has open, after a check that `header` is the one that it comes from.
pub(super) fn state_of(seal: &Seal, header: &Header) -> Result<std::sync::Arc<State>, HeaderError> {
    let state = seal.state();
    if state.header_tag != header.tag {
        return Err(HeaderError::Stale);
    }
    state.authenticate(header)?;
    Ok(state)
}
