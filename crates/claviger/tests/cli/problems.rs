use crate::service::{Service, check_refused, run};

#[test]
fn wrong_commands_have_a_code_of_their_own() {
    for arguments in [
        &["keys"][..],
        &["keys", "create", "--spec", "aes-512"],
        &["encrypt"],
        &["encrypt", "key", "--context", "no-value"],
        &["encrypt", "key", "--context", "a=1", "--context", "a=2"],
        &["keys", "list", "--url", "https://127.0.0.1:1"],
        &["keys", "list", "--url", "http://127.0.0.1:1", "--ca", "x"],
        &["keys", "list", "--url", "https://a", "--data", "b"],
        &["keys", "import", "key"],
        &["restore", "backup", "--data", "new"],
        &["restore", "backup", "--data", "new", "--audit", "a", "--without-audit"],
    ] {
        check_refused(&run(arguments, b""), arguments, 2, &[]);
    }
}

#[test]
fn where_there_is_no_service_it_says_how_to_find_one() {
    let arguments = ["keys", "list", "--data", "/nonexistent"];
    check_refused(
        &run(&arguments, b""),
        &arguments,
        1,
        &["/nonexistent/claviger.sock", "claviger serve", "--url"],
    );
    let arguments = ["keys", "list", "--socket", "/dev/null"];
    check_refused(&run(&arguments, b""), &arguments, 1, &["/dev/null"]);
}

#[test]
fn refusals_name_reason_and_request() {
    let service = Service::start();
    let unknown = "00000000-0000-4000-8000-000000000000";
    service.refused(&["keys", "show", unknown], 1, &["does not exist", "NotFound", "request "]);
    service.refused(&["keys", "show", "nonsense"], 1, &["its id, its ARN, or alias/"]);
    service.refused(&["keys", "create", "--policy", "/nonexistent"], 1, &["/nonexistent can't be read"]);
    let policy = service.write("policy", b"{}");
    service.refused(&["keys", "create", "--policy", &policy], 1, &["MalformedPolicy"]);
    service.refused(&["keys", "create", "--spec", "aes-256", "--usage", "sign"], 1, &["Unsupported"]);
    let tried = service.run(&["keys", "create", "--dry-run"]);
    assert_eq!(tried.code, 0);
    assert!(tried.stderr.contains("nothing was done"));
    assert_eq!(service.json(&["keys", "list"])["keys"], serde_json::json!([]));
}

#[test]
fn over_tls_a_token_or_certificate_says_who_calls() {
    let service = Service::start();
    let token = service.file("token");
    service.ok(&["credentials", "create", "application", "--kind", "bearer-token", "--secret-out", &token]);
    let (url, ca) = (service.export("AWS_ENDPOINT_URL_KMS"), service.export("AWS_CA_BUNDLE"));
    let over_tls = |more: &[&str]| run(&[&["keys", "create", "--url", url, "--ca", ca], more].concat(), b"");
    let made = over_tls(&["--token-file", &token]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    check_refused(&over_tls(&[]), &[], 1, &["MissingCredential", "--token-file"]);
    let wrong = service.write("wrong", b"clv_wrong\n");
    check_refused(&over_tls(&["--token-file", &wrong]), &[], 1, &["UnknownCredential"]);
    let status = run(&["status", "--url", url, "--ca", ca, "--token-file", &token], b"");
    check_refused(&status, &[], 1, &["Denied", "claviger:ReadStatus", "policies test"]);
    let distrusted = run(&["status", "--url", url, "--ca", "/dev/null", "--token-file", &token], b"");
    assert_eq!(distrusted.code, 1);
    assert!(!distrusted.stderr.contains("clv_"), "{}", distrusted.stderr);
}
