//! What the worker gives up before it loads the vendor's code.
//!
//! What is not guaranteed: the module can use the network, which it needs to reach a device there; before Linux has
//! Landlock 9 it can connect to sockets in the file system that its user may connect to; and it has whatever the files
//! and directories hold that the configuration names.

use std::{
    ffi::OsStr,
    io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus,
    Scope, path_beneath_rules,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

use super::ffi;
use crate::wire::{Confinement, Open};

/// Closes what the parent left open, or whoever started it.
pub(super) fn close_inherited() {
    ffi::close_all_but_standard();
}

/// No new privileges by programs that have some, and neither core files nor debuggers: PINs and plaintexts pass
/// through this process.
///
/// # Errors
/// If the system refuses; the worker does not start then.
pub(super) fn harden() -> io::Result<()> {
    rustix::thread::set_no_new_privs(true)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    Ok(())
}

/// Forbids everything in the file system but what the module needs, for this thread and all that it starts.
///
/// # Errors
/// If Landlock is there and can't be used.
pub(super) fn restrict(open: &Open) -> io::Result<Confinement> {
    let module = PathBuf::from(OsStr::from_bytes(&open.module));
    // Where it is, and where a link leads to.
    let real = module.canonicalize().unwrap_or_else(|_| module.clone());
    let own = [module.parent(), real.parent()].into_iter().flatten();
    let readable = SYSTEM.iter().map(Path::new).chain(own).chain(paths(&open.read));
    let read = AccessFs::from_read(KNOWN);
    let device = AccessFs::from_file(KNOWN) | AccessFs::ReadDir;
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(KNOWN))
        .and_then(|rules| rules.scope(Scope::Signal | Scope::AbstractUnixSocket))
        .and_then(Ruleset::create)
        .and_then(|rules| rules.add_rules(path_beneath_rules(readable, read)))
        .and_then(|rules| rules.add_rules(path_beneath_rules(["/dev"], device)))
        .and_then(|rules| rules.add_rules(path_beneath_rules(paths(&open.write), AccessFs::from_all(KNOWN))))
        .and_then(|rules| rules.restrict_self())
        .map_err(io::Error::other)?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => Confinement::Full {},
        RulesetStatus::PartiallyEnforced => Confinement::Partial {},
        RulesetStatus::NotEnforced => Confinement::None {},
    })
}

/// The newest rules that we know of; a kernel that does not know them all enforces those that it knows.
const KNOWN: ABI = ABI::V9;

/// What every shared library may want to read: libraries, and how to find hosts, certificates and the time. Not `/etc` as
/// a whole, where our own configuration may be.
const SYSTEM: [&str; 24] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share/zoneinfo",
    "/usr/share/ca-certificates",
    "/etc/crypto-policies",
    "/etc/gai.conf",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/pki/tls",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/self",
    "/proc/sys/crypto",
    "/sys/devices/system/cpu",
];

fn paths(given: &[Vec<u8>]) -> impl Iterator<Item = &Path> {
    given.iter().map(|path| Path::new(OsStr::from_bytes(path)))
}
