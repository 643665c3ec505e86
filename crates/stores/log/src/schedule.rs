use std::io;

#[cfg(target_os = "linux")]
use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue, ThreadSchedulePolicy,
    set_thread_priority_and_policy, thread_native_id, thread_schedule_policy,
};

/// Has the system let others go on when this thread wakes up, until they wait for something or have had their time: whoever makes records
/// has made several by then, which share a flush. The thread's part of the processor stays the same.
///
/// # Errors
/// If the system does not let us; it is only slower then.
#[cfg(target_os = "linux")]
pub(crate) fn behind_others() -> io::Result<()> {
    const USUAL: ThreadSchedulePolicy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Other);
    const POLICY: ThreadSchedulePolicy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Batch);

    if thread_schedule_policy().map_err(io::Error::other)? != USUAL {
        // Somebody has chosen it for the whole service.
        return Ok(());
    }
    // It is set along with the policy, and may have been chosen too.
    let niceness = rustix::process::getpriority_process(None)?;
    let priorities = (0..=u8::MAX).map_while(|value| ThreadPriorityValue::try_from(value).ok());
    let same = priorities
        .map(ThreadPriority::Crossplatform)
        .find(|priority| priority.to_posix(POLICY).is_ok_and(|value| value == niceness))
        .ok_or_else(|| io::Error::other("no priority stands for the niceness of the process"))?;
    set_thread_priority_and_policy(thread_native_id(), same, POLICY).map_err(io::Error::other)
}

/// Only Linux has such a policy.
#[cfg(not(target_os = "linux"))]
pub(crate) fn behind_others() -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
