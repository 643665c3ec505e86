//! What the module sees of the world.

use std::{os::unix::net::UnixListener, sync::Arc};

use claviger_provider_pkcs11::{InvalidConfig, Pkcs11Provider};
use claviger_testkit::SeededRandom;

use crate::shim::Shim;

#[tokio::test(flavor = "multi_thread")]
async fn the_module_reaches_what_it_is_given_and_no_more() {
    let shim = Shim::new();
    // Open without close-on-exec, as somebody who starts us may have left one.
    let leaked =
        rustix::fs::open(shim.secret(), rustix::fs::OFlags::RDONLY, rustix::fs::Mode::empty()).unwrap();
    let _listener = UnixListener::bind(shim.secret().with_extension("socket")).unwrap();
    let _provider = shim.ready();
    let descriptors = shim.read("descriptors");
    assert!(!descriptors.contains("secret"), "a descriptor was inherited:\n{descriptors}");
    drop(leaked);
    let mut environment: Vec<_> = shim.read("environment").split(' ').map(str::to_owned).collect();
    environment.sort();
    assert_eq!(environment, ["SHIM_CONTROL", "SHIM_MODULE", "SHIM_SECRET", "SOFTHSM2_CONF"]);
    assert_eq!(shim.read("connected"), "Err(PermissionDenied)");
    if has_landlock() {
        assert_eq!(shim.read("secret"), "PermissionDenied");
        assert_eq!(shim.read("written"), "Err(PermissionDenied)");
    } else {
        eprintln!("this kernel has no Landlock: the module reads {:?}", shim.read("secret"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_of_our_own_is_never_given() {
    let shim = Shim::new();
    let mut config = shim.config();
    config.unix_sockets = vec![shim.secret().with_extension("socket")];
    let started = Pkcs11Provider::start("softhsm".parse().unwrap(), config, Arc::new(SeededRandom::new(1)));
    assert!(matches!(started.err(), Some(InvalidConfig::Overlap { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn modules_that_need_sockets_get_them() {
    let shim = Shim::new();
    let socket = shim.secret().with_extension("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    let mut config = shim.config();
    config.unix_sockets = vec![socket];
    config.forbidden = Vec::new();
    config.pin_latch = shim.hsm.path().join("latch");
    let _provider = shim.hsm.ready(config);
    assert_eq!(shim.read("connected"), "Ok(())");
    if has_landlock() {
        assert_eq!(shim.read("secret"), "PermissionDenied", "a socket gives no files");
    }
}

fn has_landlock() -> bool {
    use landlock::{ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr};
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))
        .and_then(Ruleset::create)
        .is_ok()
}
