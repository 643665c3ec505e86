use serde_json::{Value, json};

use crate::fixtures::Fixture;

#[tokio::test]
async fn a_key_from_creation_to_deletion() {
    let fixture = Fixture::new().await;
    let created = fixture
        .ok("CreateKey", json!({"Description": "first", "Tags": [{"TagKey": "a", "TagValue": "1"}]}))
        .await;
    let metadata = &created["KeyMetadata"];
    let id = metadata["KeyId"].as_str().unwrap();
    let key = json!({"KeyId": id});
    assert_eq!(fixture.ok("DescribeKey", key.clone()).await, created);
    let of = async |member: &str| fixture.ok("DescribeKey", key.clone()).await["KeyMetadata"][member].clone();
    assert_eq!(
        fixture.ok("UpdateKeyDescription", json!({"KeyId": id, "Description": "second"})).await,
        Value::Null
    );
    assert_eq!(of("Description").await, "second");
    assert_eq!(fixture.ok("DisableKey", key.clone()).await, Value::Null);
    assert_eq!((of("KeyState").await, of("Enabled").await), (json!("Disabled"), json!(false)));
    fixture.ok("EnableKey", key.clone()).await;
    let scheduled = fixture.ok("ScheduleKeyDeletion", key.clone()).await;
    // Noon of the first of January 2026, and 30 days.
    let deletion = json!(1_769_860_800.0);
    assert_eq!(
        scheduled,
        json!({
            "KeyId": metadata["Arn"], "DeletionDate": deletion, "KeyState": "PendingDeletion", "PendingWindowInDays": 30,
        })
    );
    assert_eq!((of("KeyState").await, of("DeletionDate").await), (json!("PendingDeletion"), deletion));
    assert_eq!(fixture.refused("EnableKey", key.clone()).await, "KMSInvalidStateException");
    assert_eq!(fixture.ok("CancelKeyDeletion", key.clone()).await, json!({"KeyId": metadata["Arn"]}));
    assert_eq!(of("KeyState").await, "Disabled");
}

#[tokio::test]
async fn names_of_no_key() {
    let fixture = Fixture::new().await;
    let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
    for (name, expected) in [
        (id.to_owned(), "NotFoundException"),
        (format!("arn:aws:kms:eu-test-1:111122223333:key/{id}"), "NotFoundException"),
        (format!("arn:aws:kms:us-east-1:111122223333:key/{id}"), "NotFoundException"),
        (format!("arn:aws:kms:eu-test-1:444455556666:key/{id}"), "AccessDeniedException"),
        ("alias/none".to_owned(), "NotFoundException"),
        ("foo".to_owned(), "NotFoundException"),
        ("arn:aws:s3:::bucket".to_owned(), "InvalidArnException"),
        (String::new(), "ValidationException"),
    ] {
        assert_eq!(fixture.refused("DescribeKey", json!({"KeyId": name})).await, expected, "{name}");
    }
    let key = fixture.symmetric_key().await;
    fixture.ok("CreateAlias", json!({"AliasName": "alias/a", "TargetKeyId": key})).await;
    assert_eq!(fixture.refused("DisableKey", json!({"KeyId": "alias/a"})).await, "NotFoundException");
    let foreign = format!("arn:aws:kms:eu-test-1:444455556666:key/{key}");
    assert_eq!(fixture.refused("DescribeKey", json!({"KeyId": foreign})).await, "AccessDeniedException");
}

#[tokio::test]
async fn rotation() {
    let fixture = Fixture::new().await;
    let id = fixture.symmetric_key().await;
    let arn = format!("arn:aws:kms:eu-test-1:111122223333:key/{id}");
    let key = json!({"KeyId": id});
    let status = async || fixture.ok("GetKeyRotationStatus", key.clone()).await;
    assert_eq!(status().await, json!({"KeyRotationEnabled": false, "KeyId": arn}));
    fixture.ok("EnableKeyRotation", json!({"KeyId": id, "RotationPeriodInDays": 100})).await;
    assert_eq!(status().await["RotationPeriodInDays"], 100);
    assert_eq!(status().await["NextRotationDate"], 1_775_908_800.0);
    fixture.ok("DisableKeyRotation", key.clone()).await;
    assert_eq!(status().await["KeyRotationEnabled"], false);
    let blob =
        fixture.ok("Encrypt", json!({"KeyId": id, "Plaintext": "AAAA"})).await["CiphertextBlob"].clone();
    for _ in 0..3 {
        fixture.test.clock.advance(10);
        assert_eq!(fixture.ok("RotateKeyOnDemand", key.clone()).await, json!({"KeyId": arn}));
    }
    assert_eq!(fixture.ok("Decrypt", json!({"CiphertextBlob": blob})).await["Plaintext"], "AAAA");
    let first = fixture.ok("ListKeyRotations", json!({"KeyId": id, "Limit": 2})).await;
    assert_eq!(first["Rotations"].as_array().unwrap().len(), 2);
    assert_eq!(
        first["Rotations"][0],
        json!({"KeyId": arn, "RotationDate": 1_767_268_810.0, "RotationType": "ON_DEMAND"})
    );
    let rest = fixture.ok("ListKeyRotations", json!({"KeyId": id, "Marker": first["NextMarker"]})).await;
    assert_eq!((rest["Rotations"].as_array().unwrap().len(), &rest["Truncated"]), (1, &json!(false)));
    // Clients ask this of every key.
    let mac = fixture.key(json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"})).await;
    assert_eq!(fixture.ok("GetKeyRotationStatus", json!({"KeyId": mac})).await["KeyRotationEnabled"], false);
    assert_eq!(
        fixture.refused("EnableKeyRotation", json!({"KeyId": mac})).await,
        "UnsupportedOperationException"
    );
}

#[tokio::test]
async fn last_usage() {
    let fixture = Fixture::new().await;
    let key = fixture.symmetric_key().await;
    let usage = async || fixture.ok("GetKeyLastUsage", json!({"KeyId": key})).await;
    assert!(usage().await.get("KeyLastUsage").is_none());
    fixture.test.clock.advance(60);
    let answer = fixture.call("Encrypt", json!({"KeyId": key, "Plaintext": "AAAA"})).await;
    let request = answer.headers["x-amzn-requestid"].to_str().unwrap();
    assert_eq!(
        usage().await,
        json!({
            "KeyId": format!("arn:aws:kms:eu-test-1:111122223333:key/{key}"),
            "KeyLastUsage": {"Operation": "Encrypt", "Timestamp": 1_767_268_860.0, "KmsRequestId": request},
            "TrackingStartDate": 1_767_268_800.0,
            "KeyCreationDate": 1_767_268_800.0,
        })
    );
}

/// Each listing, in pages of two, gives everything once and in order.
#[tokio::test]
async fn listings_come_in_pages() {
    let fixture = Fixture::new().await;
    let key = fixture.symmetric_key().await;
    for n in 0..5 {
        fixture.ok("CreateKey", json!({})).await;
        fixture.ok("CreateAlias", json!({"AliasName": format!("alias/{n}"), "TargetKeyId": key})).await;
        let tag = json!([{"TagKey": format!("tag-{n}"), "TagValue": n.to_string()}]);
        fixture.ok("TagResource", json!({"KeyId": key, "Tags": tag})).await;
        let user = "arn:aws:iam::111122223333:user/admin";
        let grant = json!({"KeyId": key, "GranteePrincipal": user, "RetiringPrincipal": user, "Operations": ["Encrypt"]});
        fixture.ok("CreateGrant", grant).await;
    }
    for (operation, request, member, id, count) in [
        ("ListKeys", json!({}), "Keys", "KeyId", 6),
        ("ListAliases", json!({}), "Aliases", "AliasName", 5),
        ("ListAliases", json!({"KeyId": key}), "Aliases", "AliasArn", 5),
        ("ListResourceTags", json!({"KeyId": key}), "Tags", "TagKey", 5),
        ("ListGrants", json!({"KeyId": key}), "Grants", "GrantId", 5),
        (
            "ListRetirableGrants",
            json!({"RetiringPrincipal": "arn:aws:iam::111122223333:user/admin"}),
            "Grants",
            "GrantId",
            5,
        ),
    ] {
        let whole = fixture.ok(operation, request.clone()).await;
        assert_eq!((&whole["Truncated"], whole.get("NextMarker")), (&json!(false), None), "{operation}");
        let mut seen = Vec::new();
        let mut paged = request;
        paged["Limit"] = json!(2);
        loop {
            let page = fixture.ok(operation, paged.clone()).await;
            let items = page[member].as_array().unwrap();
            assert!((1..=2).contains(&items.len()), "{operation}");
            seen.extend(items.iter().cloned());
            if page["Truncated"] == false {
                break;
            }
            paged["Marker"] = page["NextMarker"].clone();
        }
        assert_eq!(json!(seen), whole[member], "{operation}");
        let mut ids: Vec<_> = seen.iter().map(|item| item[id].as_str().unwrap()).collect();
        ids.dedup();
        assert_eq!(ids.len(), count, "{operation}");
        if operation != "ListResourceTags" {
            paged["Marker"] = json!("not a marker!");
            assert_eq!(fixture.refused(operation, paged).await, "InvalidMarkerException", "{operation}");
        }
    }
}

#[tokio::test]
async fn aliases() {
    let fixture = Fixture::new().await;
    let (key, other) = (fixture.symmetric_key().await, fixture.symmetric_key().await);
    let create = json!({"AliasName": "alias/a", "TargetKeyId": key});
    assert_eq!(fixture.ok("CreateAlias", create.clone()).await, Value::Null);
    assert_eq!(fixture.refused("CreateAlias", create).await, "AlreadyExistsException");
    let reserved = json!({"AliasName": "alias/aws/a", "TargetKeyId": key});
    assert_eq!(fixture.refused("CreateAlias", reserved).await, "InvalidAliasNameException");
    fixture.test.clock.advance(5);
    fixture.ok("UpdateAlias", json!({"AliasName": "alias/a", "TargetKeyId": other})).await;
    assert_eq!(
        fixture.ok("ListAliases", json!({})).await["Aliases"],
        json!([{
            "AliasName": "alias/a",
            "AliasArn": "arn:aws:kms:eu-test-1:111122223333:alias/a",
            "TargetKeyId": other,
            "CreationDate": 1_767_268_800.0,
            "LastUpdatedDate": 1_767_268_805.0,
        }])
    );
    fixture.ok("DeleteAlias", json!({"AliasName": "alias/a"})).await;
    assert_eq!(fixture.refused("DeleteAlias", json!({"AliasName": "alias/a"})).await, "NotFoundException");
}

#[tokio::test]
async fn tags() {
    let fixture = Fixture::new().await;
    let key = fixture.symmetric_key().await;
    let tags = json!([{"TagKey": "a", "TagValue": "1"}, {"TagKey": "b", "TagValue": ""}]);
    assert_eq!(fixture.ok("TagResource", json!({"KeyId": key, "Tags": tags})).await, Value::Null);
    assert_eq!(
        fixture.ok("ListResourceTags", json!({"KeyId": key})).await,
        json!({"Tags": tags, "Truncated": false})
    );
    fixture.ok("UntagResource", json!({"KeyId": key, "TagKeys": ["a"]})).await;
    assert_eq!(fixture.ok("ListResourceTags", json!({"KeyId": key})).await["Tags"], json!([tags[1]]));
    let reserved = json!({"KeyId": key, "Tags": [{"TagKey": "aws:a", "TagValue": "1"}]});
    assert_eq!(fixture.refused("TagResource", reserved).await, "TagException");
}
