use super::Call;

#[track_caller]
fn check(path: &[&str], query: &[(&str, &str)], expected: &str) {
    let call = query.iter().fold(Call::get(path), |call, (name, value)| call.query(name, value));
    assert_eq!(call.path, expected);
}

#[test]
fn no_part_of_a_path_leads_elsewhere() {
    check(&["keys"], &[], "/claviger/v1/keys");
    check(&["keys", "alias/a"], &[], "/claviger/v1/keys/alias%2Fa");
    check(&["keys", "..", "encrypt"], &[], "/claviger/v1/keys/%2E%2E/encrypt");
    check(&["keys", "a?b#c d"], &[], "/claviger/v1/keys/a%3Fb%23c%20d");
    check(&["keys", "ä\r\n"], &[], "/claviger/v1/keys/%C3%A4%0D%0A");
    check(&["principals", "a.b"], &[], "/claviger/v1/principals/a.b");
    check(&["keys"], &[("limit", "5"), ("after", "a&b=c")], "/claviger/v1/keys?limit=5&after=a%26b%3Dc");
}
