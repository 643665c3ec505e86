use serde_json::Value;

use crate::service::Service;

#[test]
fn two_parties_authenticate_with_keys_that_stay_in_the_service() {
    let service = Service::start();
    for _ in 0..2 {
        let told = service.run(&["demo", "mtls"]);
        let text = String::from_utf8(told.stdout).unwrap();
        assert_eq!(told.code, 0, "{text}{}", told.stderr);
        assert!(text.contains("is refused:\n  User: ") && text.contains("kms:Sign"), "{text}");
        assert!(text.contains("answers over TLSv1_3:\n  Hello, "), "{text}");
        let records: Vec<Value> = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter(Value::is_object)
            .collect();
        let callers: Vec<_> = records.iter().filter_map(|record| record["caller"].as_str()).collect();
        assert_eq!(callers.len(), 2, "{text}");
        assert!(callers[0].ends_with("-server") && callers[1].ends_with("-client"), "{text}");
        assert!(records.iter().all(|record| record["operation"] == "Sign" && record["outcome"] == "Ok"));
    }
}

#[test]
fn without_a_development_server_it_says_what_it_needs() {
    let service = Service::start();
    let data = service.data();
    std::fs::remove_file(data.join("dev.env")).unwrap();
    service.refused(&["demo", "mtls"], 1, &["claviger dev"]);
}
