//! Bytes of others: read, and written again as they were.
use super::*;

/// Wire samples of Krill and PyKMIP: both sides of every operation that Krill uses.
#[test]
fn krill() {
    assert_eq!(check(include_str!("../../../golden/krill.txt")), 16);
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

/// Every line: name, direction, bytes.
fn check(golden: &str) -> usize {
    let lines = golden.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let [name, direction, wire] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let bytes = hex::decode(wire).unwrap();
            let again = match direction {
                "request" => {
                    let message = RequestMessage::decode(&bytes, Limits::REQUEST)
                        .unwrap_or_else(|error| panic!("{name}: {error}"));
                    for item in &message.items {
                        if let Err(error) = &item.payload {
                            panic!("{name}: {error}");
                        }
                    }
                    message.encode().unwrap_or_else(|error| panic!("{name}: {error}"))
                }
                "response" => ResponseMessage::decode(&bytes, Limits::RESPONSE)
                    .unwrap_or_else(|error| panic!("{name}: {error}"))
                    .encode()
                    .unwrap_or_else(|error| panic!("{name}: {error}")),
                other => panic!("{other}"),
            };
            assert_eq!(hex::encode(again.expose()), wire, "{name} {direction}");
        })
        .count()
}

fn read_request(golden: &str, name: &str) -> RequestMessage {
    let prefix = format!("{name} request ");
    let wire = golden.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap();
    RequestMessage::decode(&hex::decode(wire).unwrap(), Limits::REQUEST).unwrap()
}
