//! What the worker gives up before it loads the vendor's code.
//!
//! What is not guaranteed: the module can use the network, which it needs to reach a device there; it has whatever the files
//! and directories hold that the configuration names; and where the configuration gives it Unix sockets, before Linux has
//! Landlock 9, it reaches all that our user reaches.

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
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

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

/// Forbids everything in the file system but what the module needs, and sockets that would lead back to us, for this
/// thread and all that it starts.
///
/// # Errors
/// If Landlock is there and can't be used, or system calls can't be filtered.
pub(super) fn restrict(open: &Open) -> io::Result<Confinement> {
    let confinement = restrict_files(open)?;
    if open.unix_sockets.is_empty() {
        forbid_unix_sockets()?;
    }
    Ok(confinement)
}

fn restrict_files(open: &Open) -> io::Result<Confinement> {
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
        .and_then(|rules| {
            rules.add_rules(path_beneath_rules(paths(&open.unix_sockets), AccessFs::ResolveUnix))
        })
        .and_then(|rules| rules.restrict_self())
        .map_err(io::Error::other)?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => Confinement::Full {},
        RulesetStatus::PartiallyEnforced => Confinement::Partial {},
        RulesetStatus::NotEnforced => Confinement::None {},
    })
}

/// Our own socket knows its callers by their user, and the worker has ours. A ring of system calls would be a way around
/// the filter.
fn forbid_unix_sockets() -> io::Result<()> {
    let unix = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, UNIX)
        .map_err(io::Error::other)?;
    let rules = [
        (libc::SYS_socket, vec![SeccompRule::new(vec![unix]).map_err(io::Error::other)?]),
        (libc::SYS_io_uring_setup, Vec::new()),
    ];
    let refused = SeccompAction::Errno(u32::try_from(libc::EACCES).map_err(io::Error::other)?);
    let processor = std::env::consts::ARCH.try_into().map_err(io::Error::other)?;
    let filter = SeccompFilter::new(rules.into(), SeccompAction::Allow, refused, processor);
    let program: BpfProgram = filter.map_err(io::Error::other)?.try_into().map_err(io::Error::other)?;
    seccompiler::apply_filter(&program).map_err(io::Error::other)
}

/// `AF_UNIX`
const UNIX: u64 = 1;

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
