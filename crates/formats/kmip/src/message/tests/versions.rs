//! What each version may hear, and how the same thing is said in two of them.
use super::*;
use crate::{
    Attribute, AttributeInstance, AttributeKind, AttributeReference,
    attributes::{CryptographicParameters, Name, VendorAttribute, VendorValue},
    enums::{CryptographicAlgorithm, ObjectType, State, UniqueIdentifierEnum},
    operations::{
        AttributeResponse, CreateRequest, EncryptRequest, EncryptResponse, GetAttributeListResponse,
        GetAttributesResponse, LocateRequest, LocateResponse, ObjectRequest, QueryResponse,
        ServerInformation,
    },
    value::{AsynchronousIndicator, DateTime},
};

fn answered(version: ProtocolVersion, payload: ResponsePayload) -> Result<ResponseMessage, EncodeError> {
    let mut header = ResponseHeader::at(DateTime(0));
    header.server_correlation_value = Some("17".to_owned());
    let item = ResponseItem {
        operation: Some(payload.operation().into()),
        unique_batch_item_id: None,
        outcome: Outcome::Success(payload),
    };
    let wire = ResponseMessage { version, header, items: vec![item] }.encode()?;
    Ok(ResponseMessage::decode(wire.expose(), Limits::RESPONSE).unwrap())
}

fn asked(version: ProtocolVersion, payload: RequestPayload) -> Result<Vec<u8>, EncodeError> {
    let message = RequestMessage { version, header: RequestHeader::default(), items: vec![payload.into()] };
    Ok(message.encode()?.expose().to_vec())
}

/// Krill fails to read a Query response with an operation or object type beyond its version, and any header with more than
/// version, time and count.
#[test]
fn old_clients_hear_only_what_they_know() {
    let everything = || {
        ResponsePayload::Query(QueryResponse {
            operations: Operation::ALL.to_vec(),
            object_types: ObjectType::ALL.to_vec(),
            server_information: Some(ServerInformation {
                server_name: Some("name".to_owned()),
                ..ServerInformation::default()
            }),
            ..QueryResponse::default()
        })
    };
    for version in ProtocolVersion::KNOWN {
        let message = answered(version, everything()).unwrap();
        let Outcome::Success(ResponsePayload::Query(query)) = &message.items[0].outcome else { panic!() };
        assert!(query.operations.iter().all(|operation| operation.since() <= version));
        assert!(query.object_types.iter().all(|ty| ty.since() <= version));
        let named = query.server_information.as_ref().unwrap().server_name.is_some();
        assert_eq!(named, version >= ProtocolVersion::V2_0);
        assert_eq!(message.header.server_correlation_value.is_some(), version >= ProtocolVersion::V1_4);
    }
    let message = answered(ProtocolVersion::V1_2, everything()).unwrap();
    let Outcome::Success(ResponsePayload::Query(query)) = &message.items[0].outcome else { panic!() };
    assert_eq!(query.operations.last(), Some(&Operation::JoinSplitKey));
    assert_eq!(query.object_types.last(), Some(&ObjectType::PgpKey));
}

#[test]
fn old_clients_hear_of_old_attributes() {
    let attributes = || -> Vec<AttributeInstance> {
        vec![
            Attribute::State(State::Active).into(),
            Attribute::Fresh(true).into(),
            Attribute::Sensitive(true).into(),
            Attribute::QuantumSafe(false).into(),
            Attribute::OperationPolicyName("default".to_owned()).into(),
            Attribute::CryptographicAlgorithm(CryptographicAlgorithm::Ed25519).into(),
            vendor("x").into(),
            vendor("Acme").into(),
        ]
    };
    let names = |version| {
        let payload = ResponsePayload::GetAttributes(GetAttributesResponse {
            unique_identifier: "1".into(),
            attributes: attributes(),
        });
        let message = answered(version, payload).unwrap();
        let Outcome::Success(ResponsePayload::GetAttributes(response)) = &message.items[0].outcome else {
            panic!()
        };
        response
            .attributes
            .iter()
            .map(|one| one.attribute.reference().to_string())
            .collect::<Vec<_>>()
            .join(", ")
    };
    assert_eq!(names(ProtocolVersion::V1_0), "State, Operation Policy Name, x-Colour");
    assert_eq!(names(ProtocolVersion::V1_4), "State, Fresh, Sensitive, Operation Policy Name, x-Colour");
    assert_eq!(
        names(ProtocolVersion::V2_0),
        "State, Fresh, Sensitive, Quantum Safe, Cryptographic Algorithm, x-Colour, Acme-Colour"
    );

    let list = ResponsePayload::GetAttributeList(GetAttributeListResponse {
        unique_identifier: "1".into(),
        references: attributes().iter().map(|one| one.attribute.reference()).collect(),
    });
    let message = answered(ProtocolVersion::V1_0, list).unwrap();
    let Outcome::Success(ResponsePayload::GetAttributeList(response)) = &message.items[0].outcome else {
        panic!()
    };
    assert_eq!(
        response.references,
        [
            AttributeReference::Standard(AttributeKind::State),
            AttributeReference::Standard(AttributeKind::OperationPolicyName),
            AttributeReference::Standard(AttributeKind::CryptographicAlgorithm),
            AttributeReference::Vendor { vendor: "x".to_owned(), name: "Colour".to_owned() },
        ]
    );
}

fn vendor(vendor: &str) -> Attribute {
    Attribute::Vendor(VendorAttribute {
        vendor: vendor.to_owned(),
        name: "Colour".to_owned(),
        value: VendorValue::TextString("blue".to_owned()),
    })
}

/// A ciphertext without its tag is lost, and so is a pending operation without its name.
#[test]
fn nothing_is_left_out_that_is_needed() {
    let encrypted = |tag: Option<Vec<u8>>, correlation_value: Option<Vec<u8>>| {
        ResponsePayload::Encrypt(EncryptResponse {
            unique_identifier: "1".into(),
            data: Some(vec![1]),
            iv_counter_nonce: None,
            correlation_value,
            tag,
        })
    };
    let error = |version, payload| answered(version, payload).err().map(|error| error.to_string());
    assert_eq!(
        error(ProtocolVersion::V1_3, encrypted(Some(vec![2]), None)),
        Some("Authenticated Encryption Tag does not exist in version 1.3".to_owned())
    );
    assert_eq!(error(ProtocolVersion::V1_4, encrypted(Some(vec![2]), None)), None);
    assert_eq!(
        error(ProtocolVersion::V1_2, encrypted(None, Some(vec![2]))),
        Some("Correlation Value does not exist in version 1.2".to_owned())
    );
    let located =
        ResponsePayload::Locate(LocateResponse { located_items: Some(3), unique_identifiers: vec![] });
    let message = answered(ProtocolVersion::V1_2, located).unwrap();
    let Outcome::Success(ResponsePayload::Locate(located)) = &message.items[0].outcome else { panic!() };
    assert_eq!(located.located_items, None);
}

/// Clients are not to ask for what the version does not have: it would be done without.
#[test]
fn requests_are_not_cut_down() {
    let random_iv = RequestPayload::Encrypt(EncryptRequest {
        cryptographic_parameters: Some(CryptographicParameters {
            random_iv: Some(true),
            ..CryptographicParameters::default()
        }),
        additional_data: Some(vec![1]),
        ..EncryptRequest::default()
    });
    let sensitive = RequestPayload::Create(CreateRequest {
        object_type: ObjectType::SymmetricKey,
        attributes: vec![Attribute::Sensitive(true).into()],
        protection_storage_masks: None,
    });
    let placeholder = RequestPayload::Activate(ObjectRequest {
        unique_identifier: Some(UniqueIdentifier::Of(UniqueIdentifierEnum::IdPlaceholder)),
    });
    for (version, payload, expected) in [
        (
            ProtocolVersion::V1_3,
            random_iv,
            "Authenticated Encryption Additional Data does not exist in version 1.3",
        ),
        (ProtocolVersion::V1_3, sensitive, "the attribute Sensitive does not exist in version 1.3"),
        (ProtocolVersion::V1_4, placeholder, "Unique Identifier does not exist in version 1.4"),
        (
            ProtocolVersion { major: 3, minor: 0 },
            RequestPayload::Activate(ObjectRequest::default()),
            "version 3.0 is not spoken here",
        ),
    ] {
        assert_eq!(asked(version, payload).unwrap_err().to_string(), expected);
    }
}

/// Krill fails if the attribute is missing; 2.0 has no place for it.
#[test]
fn changed_attributes_are_shown_until_1_4() {
    let changed = |attribute: Option<Attribute>| {
        ResponsePayload::ModifyAttribute(AttributeResponse {
            unique_identifier: "1".into(),
            attribute: attribute.map(AttributeInstance::from),
        })
    };
    let name = || Some(Attribute::Name(Name::text("new")));
    assert!(answered(ProtocolVersion::V1_4, changed(None)).is_err());
    let shown = |version| {
        let message = answered(version, changed(name())).unwrap();
        let Outcome::Success(ResponsePayload::ModifyAttribute(response)) = &message.items[0].outcome else {
            panic!()
        };
        response.attribute.as_ref().map(|instance| instance.attribute.clone())
    };
    assert_eq!(shown(ProtocolVersion::V1_0), name());
    assert_eq!(shown(ProtocolVersion::V2_0), None);
}

/// The same request, by name and by tag.
#[test]
fn two_encodings_of_attributes() {
    let create = || {
        RequestPayload::Create(CreateRequest {
            object_type: ObjectType::SymmetricKey,
            attributes: vec![
                AttributeInstance { index: Some(0), attribute: Attribute::CryptographicLength(256) },
                vendor("x").into(),
            ],
            protection_storage_masks: None,
        })
    };
    let payload = |version| {
        let wire = hex::encode(asked(version, create()).unwrap());
        let start = wire.find("42007901").unwrap();
        wire[start + 16..].to_owned()
    };
    assert_eq!(
        payload(ProtocolVersion::V1_4),
        "42005705000000040000000200000000\
         4200910100000070\
         4200080100000040\
         42000a070000001443727970746f67726170686963204c656e67746800000000\
         42000902000000040000000000000000\
         42000b02000000040000010000000000\
         4200080100000020\
         42000a0700000008782d436f6c6f7572\
         42000b0700000004626c756500000000"
    );
    assert_eq!(
        payload(ProtocolVersion::V2_0),
        "42005705000000040000000200000000\
         4201250100000048\
         42002a02000000040000010000000000\
         4200080100000030\
         42009d07000000017800000000000000\
         42000a0700000006436f6c6f75720000\
         42000b0700000004626c756500000000"
    );
}

/// MySQL sends the index before the value, others behind it; FortiOS wraps what it looks for into a Template-Attribute.
#[test]
fn peculiarities_of_clients() {
    let attribute = |parts: &[&str]| {
        let body = parts.concat();
        format!("42000801{:08x}{body}", body.len() / 2)
    };
    let name = "42000a07000000055374617465000000";
    let index = "42000902000000040000000200000000";
    let value = "42000b05000000040000000200000000";
    let expected = AttributeInstance { index: Some(2), attribute: Attribute::State(State::Active) };
    let orders: [[&str; 3]; 3] = [[name, index, value], [name, value, index], [value, index, name]];
    for order in orders {
        let plain = attribute(&order);
        let wrapped = format!("42009101{:08x}{plain}", plain.len() / 2);
        for payload in [plain, wrapped] {
            let payload = format!("42007901{:08x}{payload}", payload.len() / 2);
            let item = format!("42005c05000000040000000800000000{payload}");
            let item = format!("42000f01{:08x}{item}", item.len() / 2);
            let header = "42007701000000384200690100000020\
                          42006a02000000040000000100000000\
                          42006b02000000040000000000000000\
                          42000d02000000040000000100000000";
            let wire = format!("42007801{:08x}{header}{item}", (header.len() + item.len()) / 2);
            let message = RequestMessage::decode(&hex::decode(wire).unwrap(), Limits::REQUEST).unwrap();
            let Ok(RequestPayload::Locate(LocateRequest { attributes, .. })) = &message.items[0].payload
            else {
                panic!("{:?}", message.items[0].payload.as_ref().err())
            };
            assert_eq!(attributes.as_slice(), std::slice::from_ref(&expected));
        }
    }
}

/// A boolean until 1.4, an enumeration from 2.0 on.
#[test]
fn asynchronous_indicator() {
    let read = |version, indicator| {
        let header = RequestHeader { asynchronous_indicator: Some(indicator), ..RequestHeader::default() };
        let wire = RequestMessage { version, header, items: vec![] }.encode().unwrap();
        RequestMessage::decode(wire.expose(), Limits::REQUEST).unwrap().header.asynchronous_indicator.unwrap()
    };
    use AsynchronousIndicator::{Mandatory, Optional, Prohibited};
    assert_eq!(
        [Mandatory, Optional, Prohibited].map(|indicator| read(ProtocolVersion::V1_0, indicator)),
        [Optional, Optional, Prohibited]
    );
    assert_eq!(
        [Mandatory, Optional, Prohibited].map(|indicator| read(ProtocolVersion::V2_1, indicator)),
        [Mandatory, Optional, Prohibited]
    );
}

#[test]
fn big_integers() {
    use crate::value::BigInteger;
    for (magnitude, wire) in [
        ("", "0000000000000000"),
        ("0000", "0000000000000000"),
        ("01", "0000000000000001"),
        ("80", "0000000000000080"),
        ("7fffffffffffffff", "7fffffffffffffff"),
        ("ffffffffffffffff", "0000000000000000ffffffffffffffff"),
    ] {
        let number = BigInteger::from_magnitude(&hex::decode(magnitude).unwrap());
        assert_eq!(hex::encode(number.as_wire()), wire);
        assert_eq!(hex::encode(number.magnitude().unwrap()), magnitude.trim_start_matches("00"));
    }
    let negative = BigInteger::from_wire(SecretBytes::new(vec![0xFF; 8]));
    assert_eq!(negative.magnitude(), None);
}
