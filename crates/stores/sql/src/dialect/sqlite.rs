//! SQLite: one file, one thread that writes, a few that read.
//!
//! What it promises:
//! - A commit is acknowledged after the write-ahead log was synced (`synchronous=EXTRA`). Commits that wait at the same
//!   time share one transaction and one sync; each is rolled back alone if it conflicts.
//! - Secrets that were removed or replaced are overwritten in the database (`secure_delete`), and the log that may
//!   still hold them is written back and cut to nothing before their removal is acknowledged, unless a reader (a
//!   backup, above all) needs it: then as soon as that is done, and otherwise at the next start. What the file system
//!   and the device keep of overwritten and freed blocks is beyond us; without the root key it is ciphertext.
//! - A second process is refused by a lock on a file beside the database.
//! - Damage is found when a damaged page is read. The whole file is checked by [`SqliteStore::check`] and not at each
//!   start, because that reads everything.

mod backup;
mod migrate;
mod object;
mod open;
mod pki;
mod queue;
mod readers;
mod store;
mod wal;
mod writer;

pub use open::{OpenError, SqliteOptions};
pub use store::SqliteStore;
