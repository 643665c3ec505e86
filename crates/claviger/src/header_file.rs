use std::{io, path::PathBuf};

use claviger_ports::{HeaderStore, HeaderStoreError};

use crate::files;

/// The header of keyslots in a file of the data directory.
pub(crate) struct HeaderFile {
    path: PathBuf,
}

impl HeaderFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    fn unavailable(&self, error: &io::Error) -> HeaderStoreError {
        HeaderStoreError::Unavailable(format!("{}: {error}", self.path.display()))
    }
}

impl HeaderStore for HeaderFile {
    fn load(&self) -> Result<Vec<u8>, HeaderStoreError> {
        files::read_if_any(&self.path)
            .map_err(|error| self.unavailable(&error))?
            .ok_or(HeaderStoreError::Missing)
    }

    fn create(&self, bytes: &[u8]) -> Result<(), HeaderStoreError> {
        files::create(&self.path, bytes).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => HeaderStoreError::Exists,
            _ => self.unavailable(&error),
        })
    }

    fn replace(&self, bytes: &[u8]) -> Result<(), HeaderStoreError> {
        // Whoever took the header away must not get a new one that hides it.
        self.load()?;
        files::replace(&self.path, bytes).map_err(|error| self.unavailable(&error))
    }
}

#[cfg(test)]
mod tests;
