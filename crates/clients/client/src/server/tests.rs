use super::parse;

#[test]
fn urls_are_https_and_name_a_server() {
    for (url, expected) in [
        ("https://kms.example", "kms.example:443"),
        ("https://kms.example:7443/", "kms.example:7443"),
        ("https://127.0.0.1:7443", "127.0.0.1:7443"),
        ("https://[::1]:7443", "[::1]:7443"),
    ] {
        assert_eq!(parse(url).unwrap().0, expected);
    }
    for url in
        ["http://127.0.0.1:7443", "127.0.0.1", "https://", "https://a/b", "https://a/?b", "ftp://a", ""]
    {
        assert!(parse(url).is_none(), "{url}");
    }
}
