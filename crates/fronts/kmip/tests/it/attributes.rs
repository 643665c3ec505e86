use claviger_kmip::{
    Attribute, AttributeInstance, AttributeKind, AttributeReference, ProtocolVersion, RequestPayload,
    ResponsePayload, ResultReason,
    attributes::{Name, UsageLimits, VendorAttribute, VendorValue},
    enums::{CryptographicAlgorithm, NameType, ObjectType, State, UsageLimitsUnit},
    operations::{
        AddAttributeRequest, DeleteAttributeRequest, LocateRequest, ModifyAttributeRequest,
        SetAttributeRequest,
    },
    value::{DateTime, StorageStatusMask, UniqueIdentifier, UsageMask},
};

use crate::{ALICE, Kmip, VERSIONS, about};

fn vendor(name: &str, value: &str) -> Attribute {
    Attribute::Vendor(VendorAttribute {
        vendor: "x".into(),
        name: name.into(),
        value: VendorValue::TextString(value.into()),
    })
}

fn add(id: &UniqueIdentifier, attribute: Attribute) -> RequestPayload {
    RequestPayload::AddAttribute(AddAttributeRequest {
        unique_identifier: Some(id.clone()),
        new: attribute.into(),
    })
}

fn modify(id: &UniqueIdentifier, index: Option<u32>, attribute: Attribute) -> RequestPayload {
    RequestPayload::ModifyAttribute(ModifyAttributeRequest {
        unique_identifier: Some(id.clone()),
        current: None,
        new: AttributeInstance { index, attribute },
    })
}

async fn names(kmip: &Kmip, id: &UniqueIdentifier) -> Vec<String> {
    let name = |instance: AttributeInstance| match instance.attribute {
        Attribute::Name(name) => Some(name.value),
        _ => None,
    };
    kmip.attributes(id).await.into_iter().filter_map(name).collect()
}

#[tokio::test]
async fn names_come_change_and_go() {
    for version in VERSIONS {
        let kmip = Kmip::new(version).await;
        let id = kmip.aes(vec![Attribute::Name(Name::text("one"))], false).await;
        kmip.ok(add(&id, Attribute::Name(Name { value: "urn:two".into(), ty: NameType::Uri }))).await;
        kmip.ok(modify(&id, None, Attribute::Name(Name::text("first")))).await;
        assert_eq!(names(&kmip, &id).await, ["first", "urn:two"]);
        let uri = Attribute::Name(Name { value: "urn:two".into(), ty: NameType::Uri });
        assert!(kmip.attributes(&id).await.iter().any(|instance| instance.attribute == uri));
        let gone = match version.has_tagged_attributes() {
            true => DeleteAttributeRequest {
                unique_identifier: Some(id.clone()),
                current: Some(Attribute::Name(Name::text("first")).into()),
                ..DeleteAttributeRequest::default()
            },
            false => DeleteAttributeRequest {
                unique_identifier: Some(id.clone()),
                reference: Some(AttributeReference::Standard(AttributeKind::Name)),
                index: Some(0),
                ..DeleteAttributeRequest::default()
            },
        };
        kmip.ok(RequestPayload::DeleteAttribute(gone)).await;
        assert_eq!(names(&kmip, &id).await, ["urn:two"]);
    }
}

#[tokio::test]
async fn what_clients_define_is_kept() {
    for version in [ProtocolVersion::V1_1, ProtocolVersion::V2_0] {
        let kmip = Kmip::new(version).await;
        let id = kmip.aes(vec![vendor("Product_Version", "6.5"), vendor("Seal", "a")], false).await;
        kmip.ok(add(&id, vendor("Seal", "b"))).await;
        let attributes = kmip.attributes(&id).await;
        for wanted in [vendor("Product_Version", "6.5"), vendor("Seal", "a"), vendor("Seal", "b")] {
            assert!(attributes.iter().any(|instance| instance.attribute == wanted), "{wanted:?}");
        }
        let is_second = attributes.iter().find(|instance| instance.attribute == vendor("Seal", "b")).unwrap();
        assert_eq!(is_second.index, (!version.has_tagged_attributes()).then_some(1));
    }
}

#[tokio::test]
async fn what_the_server_says_is_not_for_clients() {
    let kmip = Kmip::new(ProtocolVersion::V2_1).await;
    let id = kmip.aes(Vec::new(), false).await;
    let limits = UsageLimits { total: 1, count: None, unit: UsageLimitsUnit::Object };
    let cases = [
        (Attribute::State(State::Active), ResultReason::ReadOnlyAttribute),
        (Attribute::InitialDate(DateTime(0)), ResultReason::ReadOnlyAttribute),
        (Attribute::CryptographicLength(128), ResultReason::ReadOnlyAttribute),
        (Attribute::Extractable(true), ResultReason::ReadOnlyAttribute),
        (Attribute::UsageLimits(limits), ResultReason::UnsupportedAttribute),
        (Attribute::ProtectStopDate(DateTime(0)), ResultReason::UnsupportedAttribute),
        (Attribute::ActivationDate(DateTime(0)), ResultReason::InvalidField),
    ];
    let before = kmip.attributes(&id).await;
    for (attribute, reason) in cases {
        let set = SetAttributeRequest { unique_identifier: Some(id.clone()), new: attribute.clone().into() };
        kmip.refused(RequestPayload::SetAttribute(set), reason).await;
        kmip.refused(add(&id, attribute), reason).await;
    }
    let name = SetAttributeRequest {
        unique_identifier: Some(id.clone()),
        new: Attribute::Name(Name::text("n")).into(),
    };
    kmip.refused(RequestPayload::SetAttribute(name), ResultReason::MultiValuedAttribute).await;
    assert_eq!(kmip.attributes(&id).await, before);
}

#[tokio::test]
async fn a_sensitive_object_stays_so() {
    let kmip = Kmip::new(ProtocolVersion::V2_1).await;
    let id = kmip.aes(vec![Attribute::Sensitive(true)], false).await;
    let set =
        SetAttributeRequest { unique_identifier: Some(id.clone()), new: Attribute::Sensitive(false).into() };
    kmip.refused(RequestPayload::SetAttribute(set), ResultReason::InvalidField).await;
}

#[tokio::test]
async fn objects_are_found_by_what_they_have() {
    let kmip = Kmip::new(ProtocolVersion::V1_4).await;
    let group = || Attribute::ObjectGroup("disks".into());
    let one = kmip.aes(vec![Attribute::Name(Name::text("one")), group(), vendor("Host", "h1")], true).await;
    let two = kmip.aes(vec![Attribute::Name(Name::text("two")), group()], false).await;
    let locate = async |attributes: Vec<Attribute>, mask: Option<StorageStatusMask>| {
        let request = LocateRequest {
            attributes: attributes.into_iter().map(Into::into).collect(),
            storage_status_mask: mask,
            ..LocateRequest::default()
        };
        let ResponsePayload::Locate(found) = kmip.ok(RequestPayload::Locate(request)).await else { panic!() };
        let mut found = found.unique_identifiers;
        found.sort_by_key(|id| format!("{id:?}"));
        found
    };
    let mut both = vec![one.clone(), two.clone()];
    both.sort_by_key(|id| format!("{id:?}"));
    let created = DateTime(1_767_268_800);
    let cases = [
        (Vec::new(), both.clone()),
        (vec![group()], both.clone()),
        (vec![Attribute::Name(Name::text("two"))], vec![two.clone()]),
        (vec![group(), Attribute::State(State::Active)], vec![one.clone()]),
        (vec![vendor("Host", "h1")], vec![one.clone()]),
        (vec![Attribute::ObjectType(ObjectType::SymmetricKey)], both.clone()),
        (vec![Attribute::ObjectType(ObjectType::PrivateKey)], Vec::new()),
        (vec![Attribute::CryptographicAlgorithm(CryptographicAlgorithm::Aes)], both.clone()),
        (vec![Attribute::CryptographicUsageMask(UsageMask::ENCRYPT)], both.clone()),
        (vec![Attribute::CryptographicUsageMask(UsageMask::SIGN)], Vec::new()),
        (vec![Attribute::InitialDate(created)], both.clone()),
        (
            vec![
                Attribute::InitialDate(DateTime(created.0 - 5)),
                Attribute::InitialDate(DateTime(created.0 + 5)),
            ],
            both.clone(),
        ),
        (vec![Attribute::InitialDate(DateTime(created.0 + 5))], Vec::new()),
        (vec![Attribute::UniqueIdentifier(one.clone())], vec![one.clone()]),
    ];
    for (wanted, found) in cases {
        assert_eq!(locate(wanted.clone(), None).await, found, "{wanted:?}");
    }
    kmip.ok(RequestPayload::Destroy(about(&two))).await;
    assert_eq!(locate(vec![group()], None).await, std::slice::from_ref(&one));
    assert_eq!(locate(vec![Attribute::State(State::Destroyed)], None).await, std::slice::from_ref(&two));
    assert_eq!(locate(vec![group()], Some(StorageStatusMask::ARCHIVAL)).await, []);
}

#[tokio::test]
async fn searches_go_by_pages() {
    let kmip = Kmip::new(ProtocolVersion::V1_3).await;
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(kmip.aes(Vec::new(), false).await);
    }
    let mut found = Vec::new();
    for offset in [0, 2, 4] {
        let request =
            LocateRequest { offset_items: Some(offset), maximum_items: Some(2), ..LocateRequest::default() };
        let ResponsePayload::Locate(page) = kmip.ok(RequestPayload::Locate(request)).await else { panic!() };
        assert_eq!(page.located_items, Some(5));
        found.extend(page.unique_identifiers);
    }
    let sorted = |mut ids: Vec<UniqueIdentifier>| {
        ids.sort_by_key(|id| format!("{id:?}"));
        ids
    };
    assert_eq!(sorted(found), sorted(all));
    assert!(kmip.one(ALICE, RequestPayload::Locate(LocateRequest::default())).await.is_ok());
}
