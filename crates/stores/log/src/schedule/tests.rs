use std::thread;

use rustix::process::{getpriority_process, nice};

use super::*;

#[test]
fn the_policy_changes_and_the_niceness_does_not() {
    for niceness in [0, 1, 7, 19] {
        let checked = thread::spawn(move || {
            nice(niceness).unwrap();
            let before = getpriority_process(None).unwrap();
            behind_others().unwrap();
            assert_eq!(getpriority_process(None).unwrap(), before);
            let policy = thread_schedule_policy().unwrap();
            assert_eq!(policy, ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Batch));
            behind_others().unwrap();
        });
        checked.join().unwrap();
    }
}
