/// Keeps the header that holds the keyslots: one small file beside the database.
///
/// Its bytes need no secrecy, but whoever loses them loses every key: without the header nothing in the store opens.
pub trait HeaderStore: Send + Sync {
    /// The header as it was last written.
    ///
    /// # Errors
    /// `Missing` if there is none; `Unavailable` if it can't be read.
    fn load(&self) -> Result<Vec<u8>, HeaderStoreError>;

    /// Writes the first header. Returns after it is durable.
    ///
    /// # Errors
    /// `Exists` if there is one already, which stays as it is; `Unavailable` if it can't be written.
    fn create(&self, bytes: &[u8]) -> Result<(), HeaderStoreError>;

    /// Puts `bytes` in the place of the header, so that a crash at any time leaves the old or the new one whole
    /// (a new file, fsync, rename, fsync of the directory). Returns after it is durable.
    ///
    /// # Errors
    /// `Missing` if there is none; `Unavailable` if it can't be written. After `Unavailable` either may be in place.
    fn replace(&self, bytes: &[u8]) -> Result<(), HeaderStoreError>;
}

/// Why the header was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum HeaderStoreError {
    /// There is already a header.
    #[error(
        "there is a keyslot header already; it is the only way to the keys of this installation and stays"
    )]
    Exists,
    /// There is no header.
    #[error("there is no keyslot header: initialise the data directory, or restore the header from a backup")]
    Missing,
    /// The file can't be used now; the text says why.
    #[error("the keyslot header can't be read or written: {0}")]
    Unavailable(String),
}
