use super::*;
use crate::ProtocolVersion;

#[test]
fn old_clients_get_old_reasons() {
    for reason in ResultReason::ALL {
        for version in ProtocolVersion::KNOWN {
            let said = reason.in_version(version);
            assert!(said.since() <= version, "{reason:?} in {version}");
            assert!(version < reason.since() || said == *reason);
        }
        let code = reason.in_version(ProtocolVersion::V1_0).code();
        assert!((1..=0x11).contains(&code) || code == 0x100, "{reason:?}");
    }
    assert_eq!(ResultReason::ObjectNotFound.in_version(ProtocolVersion::V1_4), ResultReason::ItemNotFound);
}

#[test]
fn operations_by_version() {
    let count = |version| Operation::ALL.iter().filter(|operation| operation.since() <= version).count();
    assert_eq!(
        ProtocolVersion::KNOWN.map(count),
        [0x3B, 0x35, 0x2B, 0x29, 0x29, 0x1E, 0x1C],
        "2.1, 2.0, 1.4, 1.3, 1.2, 1.1, 1.0"
    );
    assert_eq!(Operation::from_code(0x31), Some(Operation::SetAttribute));
    assert_eq!(Operation::from_code(0x3C), None);
}
