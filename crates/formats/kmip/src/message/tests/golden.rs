//! Bytes of others: read, and written again as they were.
use super::*;

/// Wire samples of Krill and PyKMIP: both sides of every operation that Krill uses.
#[test]
fn krill() {
    assert_eq!(check(include_str!("../../../golden/krill.txt"), &[]), 16);
}

/// What PyKMIP's client asks and its server answers; made by `golden/pykmip.py`.
#[test]
fn pykmip() {
    assert_eq!(
        check(
            include_str!("../../../golden/pykmip-1.0.txt"),
            &[
                "encrypt-1 request",
                "encrypt-2 request",
                "sign-1 request",
                "mac-1 request",
                "get-6 request",
                "locate-3 request",
                "get-6 response",
                "rekey-1 request", // With an empty Template-Attribute.
                "discover-versions-1 request",
                "discover-versions-2 request",
                "rekey-key-pair-1 request",
            ]
        ),
        84
    );
    assert_eq!(check(include_str!("../../../golden/pykmip-1.2.txt"), &["rekey-1 request"]), 90);
    assert_eq!(check(include_str!("../../../golden/pykmip-1.4.txt"), &["rekey-1 request"]), 90);
    assert_eq!(check(include_str!("../../../golden/pykmip-2.0.txt"), &["locate-1 request"]), 90);
}

#[test]
fn krill_signs() {
    let message = read_request(include_str!("../../../golden/krill.txt"), "sign-1.2");
    assert_eq!(message.version, ProtocolVersion::V1_2);
    let Ok(RequestPayload::Sign(request)) = &message.items[0].payload else { panic!("another operation") };
    assert_eq!(request.unique_identifier, Some(UniqueIdentifier::from("61")));
    let parameters = request.cryptographic_parameters.as_ref().unwrap();
    assert_eq!(parameters.padding_method, Some(crate::enums::PaddingMethod::Pkcs1v15));
    assert_eq!(parameters.hashing_algorithm, Some(crate::enums::HashingAlgorithm::Sha256));
    assert_eq!(request.data.as_ref().unwrap().expose(), b"Krill signer verification challenge");
}

/// Every line (name, direction, bytes) is read, and written as it was, except what its version does not have: PyKMIP sends
/// that, too.
fn check(golden: &str, only_read: &[&str]) -> usize {
    let lines = golden.lines().filter(|line| !line.starts_with('#'));
    lines
        .inspect(|line| {
            let [name, direction, wire] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let again = rewritten(name, direction, &hex::decode(wire).unwrap());
            let only_read = only_read.contains(&format!("{name} {direction}").as_str());
            assert_eq!(again.as_deref() == Ok(wire), !only_read, "{name} {direction}: {again:?} for {wire}");
        })
        .count()
}

fn rewritten(name: &str, direction: &str, bytes: &[u8]) -> Result<String, EncodeError> {
    let wire = match direction {
        "request" => {
            let message = RequestMessage::decode(bytes, Limits::REQUEST)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            for item in &message.items {
                assert_eq!(item.payload.as_ref().err(), None, "{name}");
            }
            message.encode()
        }
        "response" => ResponseMessage::decode(bytes, Limits::RESPONSE)
            .unwrap_or_else(|error| panic!("{name}: {error}"))
            .encode(),
        other => panic!("{other}"),
    }?;
    Ok(hex::encode(wire.expose()))
}

fn read_request(golden: &str, name: &str) -> RequestMessage {
    let prefix = format!("{name} request ");
    let wire = golden.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap();
    RequestMessage::decode(&hex::decode(wire).unwrap(), Limits::REQUEST).unwrap()
}
