//! What is no request, and what a client makes of a response that says more than it knows.
use super::*;
use crate::{Item, Value};

fn structure(tag: Tag, items: Vec<Item>) -> Item {
    Item::new(tag, Value::Structure(items))
}

fn integer(tag: Tag, number: i32) -> Item {
    Item::new(tag, Value::Integer(number))
}

fn enumeration(tag: Tag, number: u32) -> Item {
    Item::new(tag, Value::Enumeration(number))
}

fn text(tag: Tag, text: &str) -> Item {
    Item::new(tag, Value::TextString(ttlv::SecretText::new(text)))
}

fn version(major: i32, minor: i32) -> Item {
    structure(
        Tag::PROTOCOL_VERSION,
        vec![integer(Tag::PROTOCOL_VERSION_MAJOR, major), integer(Tag::PROTOCOL_VERSION_MINOR, minor)],
    )
}

fn header(count: i32) -> Item {
    structure(Tag::REQUEST_HEADER, vec![version(1, 2), integer(Tag::BATCH_COUNT, count)])
}

fn item(operation: u32, payload: Vec<Item>) -> Item {
    structure(
        Tag::BATCH_ITEM,
        vec![enumeration(Tag::OPERATION, operation), structure(Tag::REQUEST_PAYLOAD, payload)],
    )
}

fn activate() -> Item {
    item(0x12, vec![text(Tag::UNIQUE_IDENTIFIER, "61")])
}

fn read(items: Vec<Item>) -> Result<RequestMessage, RequestError> {
    RequestMessage::decode(ttlv::encode(&structure(Tag::REQUEST_MESSAGE, items)).expose(), Limits::REQUEST)
}

#[test]
fn messages() {
    let v1_2 = Some(ProtocolVersion::V1_2);
    let with = |extra: Item| {
        structure(Tag::REQUEST_HEADER, vec![version(1, 2), extra, integer(Tag::BATCH_COUNT, 1)])
    };
    let credential = |ty: u32| {
        let value =
            structure(Tag::CREDENTIAL_VALUE, vec![text(Tag::USERNAME, "alice"), text(Tag::PASSWORD, "hush")]);
        structure(
            Tag::AUTHENTICATION,
            vec![structure(Tag::CREDENTIAL, vec![enumeration(Tag::CREDENTIAL_TYPE, ty), value])],
        )
    };
    let cases: Vec<(Vec<Item>, Option<ProtocolVersion>, &str)> = vec![
        (vec![], None, "Request Message: Request Header is missing"),
        (vec![header(2), activate()], v1_2, "Request Message: 1 batch items instead of 2"),
        (vec![header(1)], v1_2, "Request Message: 0 batch items instead of 1"),
        (vec![header(1), activate(), activate()], v1_2, "Request Message: 2 batch items instead of 1"),
        (vec![header(-1)], v1_2, "Request Message/Request Header/Batch Count: the number is out of range"),
        (
            vec![header(1), activate(), text(Tag::NAME, "")],
            v1_2,
            "Request Message: Name does not belong here",
        ),
        (
            vec![header(1), header(1), activate()],
            v1_2,
            "Request Message: Request Header does not belong here",
        ),
        (
            vec![structure(Tag::REQUEST_HEADER, vec![version(3, 0), integer(Tag::BATCH_COUNT, 0)])],
            Some(ProtocolVersion { major: 3, minor: 0 }),
            "Request Message/Request Header: version 3.0 is not spoken here",
        ),
        (
            vec![structure(Tag::REQUEST_HEADER, vec![version(1, 70_000)])],
            None,
            "Request Message/Request Header/Protocol Version/Protocol Version Minor: the number is out of range",
        ),
        (
            vec![structure(Tag::REQUEST_HEADER, vec![version(1, 2)])],
            v1_2,
            "Request Message/Request Header: Batch Count is missing",
        ),
        (
            vec![with(text(Tag::NAME, "")), activate()],
            v1_2,
            "Request Message/Request Header: Name does not belong here",
        ),
        (
            vec![with(version(1, 2)), activate()],
            v1_2,
            "Request Message/Request Header: Protocol Version is there more than once",
        ),
        (
            vec![with(enumeration(Tag::ASYNCHRONOUS_INDICATOR, 1)), activate()],
            v1_2,
            "Request Message/Request Header/Asynchronous Indicator: an enumeration instead of a boolean",
        ),
        (
            vec![with(credential(99)), activate()],
            v1_2,
            "Request Message/Request Header/Authentication/Credential/Credential Type: \
             0x63 is no value of the enumeration",
        ),
        (
            vec![with(credential(3)), activate()],
            v1_2,
            "Request Message/Request Header/Authentication/Credential/Credential Value: Nonce is missing",
        ),
        (
            vec![header(1), structure(Tag::BATCH_ITEM, vec![])],
            v1_2,
            "Request Message/Batch Item: Operation is missing",
        ),
        (
            vec![header(1), integer(Tag::BATCH_ITEM, 1)],
            v1_2,
            "Request Message/Batch Item: an integer instead of a structure",
        ),
    ];
    for (items, version, expected) in cases {
        let error = read(items).err().unwrap_or_else(|| panic!("accepted instead of: {expected}"));
        assert_eq!((error.version, error.to_string().as_str()), (version, expected));
    }
    let response = ttlv::encode(&structure(Tag::RESPONSE_MESSAGE, vec![]));
    let error = RequestMessage::decode(response.expose(), Limits::REQUEST).err().unwrap();
    assert_eq!(error.to_string(), "Response Message is not expected here");
    assert!(RequestMessage::decode(&[0x42], Limits::REQUEST).is_err());
}

/// One item that cannot be read doesn't keep the others from being read.
#[test]
fn items() {
    check_items(vec![
        (
            item(0x99, vec![]),
            ResultReason::UnknownEnumeration,
            "Batch Item/Operation: 0x99 is no value of the enumeration",
        ),
        (
            structure(Tag::BATCH_ITEM, vec![enumeration(Tag::OPERATION, 0x12)]),
            ResultReason::MissingData,
            "Batch Item: Request Payload is missing",
        ),
        (
            item(0x12, vec![text(Tag::UNIQUE_IDENTIFIER, "1"), text(Tag::UNIQUE_IDENTIFIER, "2")]),
            ResultReason::InvalidField,
            "Batch Item/Request Payload: Unique Identifier is there more than once",
        ),
        (
            item(0x12, vec![text(Tag::USERNAME, "hush")]),
            ResultReason::UnknownTag,
            "Batch Item/Request Payload: Username does not belong here",
        ),
        (
            item(0x12, vec![integer(Tag::UNIQUE_IDENTIFIER, 1)]),
            ResultReason::InvalidDataType,
            "Batch Item/Request Payload/Unique Identifier: an integer instead of a text string",
        ),
        (
            item(0x13, vec![]),
            ResultReason::MissingData,
            "Batch Item/Request Payload: Revocation Reason is missing",
        ),
        (
            extended(true),
            ResultReason::UnknownMessageExtension,
            "Batch Item/Message Extension: a critical message extension is not understood",
        ),
    ]);
    let message = read(vec![header(1), extended(false)]).unwrap();
    assert!(message.items[0].payload.is_ok());
}

#[test]
fn attributes() {
    let attribute = |name: &str, value: Value| {
        structure(
            Tag::ATTRIBUTE,
            vec![text(Tag::ATTRIBUTE_NAME, name), Item::new(Tag::ATTRIBUTE_VALUE, value)],
        )
    };
    let create = |attributes: Vec<Item>| {
        item(1, vec![enumeration(Tag::OBJECT_TYPE, 2), structure(Tag::TEMPLATE_ATTRIBUTE, attributes)])
    };
    check_items(vec![
        (
            create(vec![attribute("Colour", Value::Integer(1))]),
            ResultReason::InvalidAttribute,
            "Batch Item/Request Payload/Template-Attribute/Attribute/Attribute Name: \
             there is no attribute of that name",
        ),
        (
            create(vec![attribute("Cryptographic Length", Value::Integer(-8))]),
            ResultReason::InvalidField,
            "Batch Item/Request Payload/Template-Attribute/Attribute/Attribute Value: the number is out of range",
        ),
        (
            create(vec![structure(Tag::NAME, vec![])]),
            ResultReason::FeatureNotSupported,
            "Batch Item/Request Payload/Template-Attribute: a template is not supported",
        ),
        (
            item(1, vec![enumeration(Tag::OBJECT_TYPE, 2), structure(Tag::ATTRIBUTES, vec![])]),
            ResultReason::MissingData,
            "Batch Item/Request Payload: Template-Attribute is missing",
        ),
    ]);
}

#[test]
fn keys() {
    let register = |ty: u32, key_block: Vec<Item>| {
        item(
            3,
            vec![
                enumeration(Tag::OBJECT_TYPE, ty),
                structure(Tag::TEMPLATE_ATTRIBUTE, vec![]),
                structure(Tag::SYMMETRIC_KEY, vec![structure(Tag::KEY_BLOCK, key_block)]),
            ],
        )
    };
    let material = |value: Value| structure(Tag::KEY_VALUE, vec![Item::new(Tag::KEY_MATERIAL, value)]);
    let secret = || Value::ByteString(SecretBytes::new(b"hush".to_vec()));
    check_items(vec![
        (
            register(4, vec![]),
            ResultReason::MissingData,
            "Batch Item/Request Payload: Private Key is missing",
        ),
        (
            register(5, vec![]),
            ResultReason::FeatureNotSupported,
            "Batch Item/Request Payload: a split key is not supported",
        ),
        (
            register(2, vec![enumeration(Tag::KEY_FORMAT_TYPE, 1), Item::new(Tag::KEY_VALUE, secret())]),
            ResultReason::InvalidField,
            "Batch Item/Request Payload/Symmetric Key/Key Block: \
             a wrapped key value has to say how it is wrapped",
        ),
        (
            register(2, vec![enumeration(Tag::KEY_FORMAT_TYPE, 7), material(secret())]),
            ResultReason::InvalidField,
            "Batch Item/Request Payload/Symmetric Key/Key Block: \
             the key material does not have the form of its key format type",
        ),
        (
            register(2, vec![enumeration(Tag::KEY_FORMAT_TYPE, 1), material(Value::Structure(vec![]))]),
            ResultReason::InvalidDataType,
            "Batch Item/Request Payload/Symmetric Key/Key Block/Key Value/Key Material: \
             a structure instead of a byte string",
        ),
        (
            register(2, vec![enumeration(Tag::KEY_FORMAT_TYPE, 8), material(Value::Structure(vec![]))]),
            ResultReason::FeatureNotSupported,
            "Batch Item/Request Payload/Symmetric Key/Key Block/Key Value/Key Material: \
             this key format type is not supported",
        ),
    ]);
}

fn check_items(cases: Vec<(Item, ResultReason, &str)>) {
    for (item, reason, expected) in cases {
        let message = read(vec![header(2), item, activate()]).unwrap();
        let error = message.items[0].payload.as_ref().err().unwrap_or_else(|| panic!("accepted: {expected}"));
        assert_eq!((error.to_string().as_str(), error.reason()), (expected, reason));
        assert!(matches!(message.items[1].payload, Ok(RequestPayload::Activate(_))));
    }
}

fn extended(critical: bool) -> Item {
    structure(
        Tag::BATCH_ITEM,
        vec![
            enumeration(Tag::OPERATION, 0x12),
            structure(Tag::REQUEST_PAYLOAD, vec![]),
            structure(
                Tag::MESSAGE_EXTENSION,
                vec![
                    text(Tag::VENDOR_IDENTIFICATION, "Acme"),
                    Item::new(Tag::CRITICALITY_INDICATOR, Value::Boolean(critical)),
                    structure(Tag::VENDOR_EXTENSION, vec![integer(Tag::NAME, 1)]),
                ],
            ),
        ],
    )
}

/// Known by their names only: the front can refuse them as operations that it does not support.
#[test]
fn undecoded_operations() {
    let message = read(vec![header(1), item(5, vec![text(Tag::UNIQUE_IDENTIFIER, "1")])]).unwrap();
    assert_eq!(message.items[0].operation.known(), Some(Operation::DeriveKey));
    assert!(matches!(message.items[0].payload, Ok(RequestPayload::Undecoded(Operation::DeriveKey))));
    assert!(message.encode().is_err());
}

fn answer(operation: u32, status: u32, rest: Vec<Item>) -> Result<ResponseMessage, DecodeError> {
    let mut items = vec![enumeration(Tag::OPERATION, operation), enumeration(Tag::RESULT_STATUS, status)];
    items.extend(rest);
    let header = structure(
        Tag::RESPONSE_HEADER,
        vec![
            version(1, 2),
            Item::new(Tag::TIME_STAMP, Value::DateTime(0)),
            text(Tag::COMMENT, "new"),
            integer(Tag::BATCH_COUNT, 1),
        ],
    );
    let message = structure(Tag::RESPONSE_MESSAGE, vec![header, structure(Tag::BATCH_ITEM, items)]);
    ResponseMessage::decode(ttlv::encode(&message).expose(), Limits::RESPONSE)
}

#[test]
fn clients_skip_what_they_do_not_know() {
    let query = structure(
        Tag::RESPONSE_PAYLOAD,
        vec![
            enumeration(Tag::OPERATION, 0x99),
            enumeration(Tag::OPERATION, 0x0A),
            enumeration(Tag::OBJECT_TYPE, 0x77),
            text(Tag::COMMENT, "new"),
            structure(Tag::SERVER_INFORMATION, vec![text(Tag::COMMENT, "new")]),
        ],
    );
    let message = answer(0x18, 0, vec![query]).unwrap();
    let Outcome::Success(ResponsePayload::Query(query)) = &message.items[0].outcome else { panic!() };
    assert_eq!((&query.operations[..], &query.object_types[..]), (&[Operation::Get][..], &[][..]));

    let named = |name: &str, value: u32| {
        structure(
            Tag::ATTRIBUTE,
            vec![text(Tag::ATTRIBUTE_NAME, name), enumeration(Tag::ATTRIBUTE_VALUE, value)],
        )
    };
    let attributes = structure(
        Tag::RESPONSE_PAYLOAD,
        vec![text(Tag::UNIQUE_IDENTIFIER, "1"), named("Colour", 1), named("State", 2), named("State", 99)],
    );
    let message = answer(0x0B, 0, vec![attributes]).unwrap();
    let Outcome::Success(ResponsePayload::GetAttributes(response)) = &message.items[0].outcome else {
        panic!()
    };
    assert_eq!(response.attributes, [crate::Attribute::State(crate::enums::State::Active).into()]);

    let message = answer(0x0A, 1, vec![enumeration(Tag::RESULT_REASON, 0x7777)]).unwrap();
    let Outcome::Failed { reason, .. } = &message.items[0].outcome else { panic!() };
    assert_eq!(*reason, ResultReason::GeneralFailure);
}

#[test]
fn responses() {
    let payload = |items| structure(Tag::RESPONSE_PAYLOAD, items);
    for (operation, status, rest, expected) in [
        (0x12, 0, vec![payload(vec![])], "Response Payload: Unique Identifier is missing"),
        (0x99, 0, vec![payload(vec![])], "Operation: 0x99 is no value of the enumeration"),
        (0x12, 9, vec![], "Result Status: 0x9 is no value of the enumeration"),
        (0x12, 2, vec![], "Asynchronous Correlation Value is missing"),
        (
            0x0A,
            0,
            vec![payload(vec![enumeration(Tag::OBJECT_TYPE, 2), text(Tag::UNIQUE_IDENTIFIER, "1")])],
            "Response Payload: Symmetric Key is missing",
        ),
    ] {
        let error = answer(operation, status, rest).err().unwrap().to_string();
        let error = error.strip_prefix("Response Message/Batch Item").unwrap_or(&error);
        assert_eq!(error.trim_start_matches([':', '/', ' ']), expected);
    }
}
