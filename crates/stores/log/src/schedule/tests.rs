use std::thread;

use rustix::process::{getpriority_process, nice};

use super::*;

#[test]
fn the_policy_changes_for_a_while_and_the_niceness_does_not() {
    for niceness in [0, 1, 7, 19] {
        let checked = thread::spawn(move || {
            nice(niceness).unwrap();
            let before = getpriority_process(None).unwrap();
            let schedule = Schedule::usual().unwrap().unwrap();
            schedule.behind_others(|| {
                assert_eq!(getpriority_process(None).unwrap(), before);
                assert_eq!(thread_schedule_policy().unwrap(), Normal(Batch));
                assert!(Schedule::usual().unwrap().is_none(), "somebody has chosen it");
            });
            assert_eq!(getpriority_process(None).unwrap(), before);
            assert_eq!(thread_schedule_policy().unwrap(), Normal(Other));
        });
        checked.join().unwrap();
    }
}
