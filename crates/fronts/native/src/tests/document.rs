use std::{collections::BTreeSet, path::Path};

use serde_json::Value;

use crate::{authorization_table, endpoints, openapi_json, patience};

/// To renew it: `UPDATE_EXPECT=1 cargo test -p claviger-front-native`.
#[test]
fn the_document_in_the_repository_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/openapi.json");
    expect_test::expect_file![path].assert_eq(&openapi_json());
}

#[test]
fn document_router_and_table_speak_of_the_same() {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut documented = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            documented.insert((method.to_uppercase(), path.clone()));
            assert!(!operation["summary"].as_str().unwrap().is_empty(), "{path}");
        }
    }
    let table: BTreeSet<_> =
        authorization_table().into_iter().map(|(_, _, method, path)| (method.to_string(), path)).collect();
    assert_eq!(documented, table);
    assert_eq!(table.len(), endpoints::all().len(), "an endpoint is there twice");
}

/// Generators of clients make a function of each.
#[test]
fn operation_ids_are_unique() {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut ids = BTreeSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id), "{id} is there twice");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, document: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
                }
                members.values().for_each(|value| walk(value, document));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, document)),
            _ => {}
        }
    }
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    walk(&document, &document);
}

#[test]
fn every_action_is_one_that_policies_know() {
    for (operation, action, ..) in authorization_table() {
        assert!(claviger_core::actions::ALL.contains(&action), "{operation}: {action}");
    }
}

#[test]
fn patience_is_for_paths_that_there_are() {
    let table = authorization_table();
    for (tail, deadline) in endpoints::PATIENT {
        let path = format!("/claviger/v1{tail}");
        assert!(table.iter().any(|(.., known)| *known == path), "{path}");
        assert_eq!(patience(&path), Some(deadline));
    }
    assert_eq!(patience("/claviger/v1/keys"), None);
    assert_eq!(patience("/backups"), None);
}

#[test]
fn names_are_those_of_the_wire() {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let names = |schema: &str| document["components"]["schemas"][schema]["enum"].clone();
    let expected: Vec<_> = claviger_api::KeySpec::ALL.iter().map(|name| name.as_str()).collect();
    assert_eq!(names("KeySpec"), Value::from(expected));
    let expected: Vec<_> = claviger_api::SigningAlgorithm::ALL.iter().map(|name| name.as_str()).collect();
    assert_eq!(names("SigningAlgorithm"), Value::from(expected));
}
