//! Disks that fail: what adapters are tested on, because killing a process never loses a write that was not synced.
