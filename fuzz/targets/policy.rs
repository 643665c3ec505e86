//! Whatever is given as a policy is compiled or refused; what compiles answers a request.
#![no_main]

use claviger_access::{
    AccessRequest, Action, Caller, NoFacts, Policy, PolicyKind, Resource, Sources, decide, lockout_check,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(account) = "111122223333".parse() else { return };
    let request = AccessRequest {
        caller: Caller { account, arn: "arn:aws:iam::111122223333:user/alice", is_root: false },
        action: Action::kms("Encrypt"),
        resource: Resource { service: "kms", region: "us-east-1", account, path: "key/x" },
        facts: &NoFacts,
    };
    if let Ok(policy) = Policy::parse(text, PolicyKind::Key) {
        decide(&request, &Sources::with_key_policy(&[], &policy, account));
        lockout_check(&policy, &request);
    }
    let _ = Policy::parse(text, PolicyKind::Identity);
});
