use claviger_core::{Error, KeyEntry, Reason, Result};
use claviger_types::KeyState;

/// The refusal of a change that a key's state does not allow.
pub(crate) fn refuse_state(state: KeyState, arn: &str) -> Error {
    match state {
        KeyState::Disabled => Error::new(Reason::KeyDisabled, format!("{arn} is disabled.")),
        KeyState::Enabled => Error::new(Reason::KeyState, format!("{arn} is not pending deletion.")),
        // Clients recognise this by the words "is pending deletion".
        KeyState::PendingDeletion => Error::new(Reason::KeyState, format!("{arn} is pending deletion.")),
        KeyState::PendingImport => Error::new(Reason::KeyState, format!("{arn} is pending import.")),
        KeyState::Destroyed => Error::new(Reason::KeyState, format!("{arn} is destroyed.")),
    }
}

/// Refuses a key that is not enabled.
pub(crate) fn require_enabled(entry: &KeyEntry, arn: &str) -> Result<()> {
    match entry.key().state {
        KeyState::Enabled => Ok(()),
        state => Err(refuse_state(state, arn)),
    }
}
