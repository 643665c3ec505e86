use std::{net::SocketAddr, path::Path};

use crate::{
    client::{Tls, get, get_tls, get_unix},
    process::{Running, events, free_address},
};

#[test]
fn metrics_are_for_this_machine() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let http = free_address();
    let (running, exports) = Running::dev(&data, &["--insecure-http", &http.to_string()]);
    let answer = get(http, "/metrics", "");
    assert_eq!(answer.status, 200);
    assert!(answer.text.contains("claviger_calls_in_flight 0"), "{}", answer.text);
    assert!(answer.text.trim_end().ends_with("# EOF"), "{}", answer.text);
    assert_eq!(get_unix(&data.join("claviger.sock"), "/metrics").status, 200);
    // What comes through a proxy on this machine comes from anywhere.
    for header in ["X-Forwarded-For: 192.0.2.1\r\n", "Forwarded: for=192.0.2.1\r\n", "Via: 1.1 proxy\r\n"] {
        assert_eq!(get(http, "/metrics", header).status, 401, "{header}");
    }
    let https: SocketAddr =
        exports["AWS_ENDPOINT_URL_KMS"].strip_prefix("https://").unwrap().parse().unwrap();
    let tls = Tls::new(Path::new(&exports["AWS_CA_BUNDLE"]), &[b"http/1.1"], None);
    let wrong = "Via: 1.1 proxy\r\nAuthorization: Bearer clv_wrong\r\n";
    let answer = get_tls(https, "localhost", "/metrics", wrong, &tls).unwrap();
    assert!(answer.status == 401 && answer.text.contains("www-authenticate: Bearer"), "{}", answer.text);
    let refused = "claviger_refused_requests_total{front=\"metrics\",reason=\"UnknownCredential\"} 1";
    let text = get(http, "/metrics", "").text;
    assert!(text.contains(refused), "{text}");
    // The audit log is told how many there were, not each.
    running.stop();
    assert_eq!(events(&data).iter().filter(|event| *event == "refused").count(), 1);
}
