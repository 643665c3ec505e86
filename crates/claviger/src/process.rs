use rustix::{
    mm::{MlockAllFlags, mlockall},
    process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit},
};

/// Keeps what is in memory out of core files, away from debuggers of the same user, and, where the system allows it,
/// out of the swap.
///
/// What it does not keep from it: root, the hypervisor, hibernation, and without the right to lock memory the swap.
pub(crate) fn keep_memory_private() {
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "other processes of this user can read our memory");
    }
    if let Err(error) = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }) {
        tracing::warn!(%error, "a crash may write our memory to a core file");
    }
    lock_memory();
}

fn lock_memory() {
    // Under a limit, a later allocation would fail when it is reached, and with it the process.
    if getrlimit(Resource::Memlock).current.is_some() {
        tracing::debug!("memory may be swapped out: the limit of locked memory is not infinite");
        return;
    }
    // Only what is used is locked: stacks and caches that nobody touches take no memory.
    let flags = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
    if let Err(error) = mlockall(flags) {
        tracing::debug!(%error, "memory may be swapped out");
    }
}
