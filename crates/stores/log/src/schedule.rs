use std::io;

#[cfg(target_os = "linux")]
use thread_priority::{
    NormalThreadSchedulePolicy::{self, Batch, Other},
    ThreadPriority, ThreadPriorityValue,
    ThreadSchedulePolicy::Normal,
    set_thread_priority_and_policy, thread_native_id, thread_schedule_policy,
};

/// How the system divides the processors between a thread and others.
#[cfg(target_os = "linux")]
pub(crate) struct Schedule {
    /// It is set along with the policy, and may have been chosen for the whole service.
    niceness: ThreadPriority,
}

#[cfg(target_os = "linux")]
impl Schedule {
    /// That of the thread that asks; `None` if somebody has chosen it.
    ///
    /// # Errors
    /// As the system says.
    pub(crate) fn usual() -> io::Result<Option<Self>> {
        if thread_schedule_policy().map_err(io::Error::other)? != Normal(Other) {
            return Ok(None);
        }
        let niceness = rustix::process::getpriority_process(None)?;
        let values = (0..=u8::MAX).map_while(|value| ThreadPriorityValue::try_from(value).ok());
        let same = values
            .map(ThreadPriority::Crossplatform)
            .find(|priority| priority.to_posix(Normal(Other)).is_ok_and(|value| value == niceness));
        Ok(same.map(|niceness| Self { niceness }))
    }

    /// Waits as one that interrupts nobody when it wakes up: whoever makes records goes on until he waits for something or has had his time,
    /// and has made several by then, which share a flush. Where the system does not let us, groups are smaller.
    pub(crate) fn behind_others<T>(&self, wait: impl FnOnce() -> T) -> T {
        self.set(Batch);
        let waited = wait();
        // But when the disk has done its part, nobody who only computes shall keep the answers.
        self.set(Other);
        waited
    }

    fn set(&self, policy: NormalThreadSchedulePolicy) {
        let set = set_thread_priority_and_policy(thread_native_id(), self.niceness, Normal(policy));
        if let Err(error) = set {
            tracing::debug!(?error, ?policy, "the audit log's thread is scheduled as before");
        }
    }
}

/// Only Linux has such policies.
#[cfg(not(target_os = "linux"))]
pub(crate) enum Schedule {}

#[cfg(not(target_os = "linux"))]
impl Schedule {
    pub(crate) fn usual() -> io::Result<Option<Self>> {
        Ok(None)
    }

    pub(crate) fn behind_others<T>(&self, _: impl FnOnce() -> T) -> T {
        match *self {}
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
