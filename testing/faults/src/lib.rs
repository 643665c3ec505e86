//! Disks that fail: what adapters are tested on, because killing a process never loses a write that was not synced.
//!
//! [`Disk`] keeps files in memory and knows which writes were synced. After the power went off,
//! [`Disk::after_power_loss`] is what a real disk might hold: everything that was synced, and of the rest any part,
//! torn at sectors. [`Vfs`] offers a disk to SQLite.

mod dice;
mod disk;
mod locks;
mod sqlite_vfs;

#[cfg(test)]
mod tests;

pub use dice::Dice;
pub use disk::{Disk, DiskError, Fault};
pub use sqlite_vfs::Vfs;
