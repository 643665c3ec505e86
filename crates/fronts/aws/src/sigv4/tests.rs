use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::fixtures::{AccessKey, header_map, sign_request};

#[derive(Deserialize)]
struct Suite {
    secret: String,
    region: String,
    service: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    method: String,
    path: String,
    query: Option<String>,
    headers: Vec<(String, String)>,
    body: String,
    canonical: String,
    string_to_sign: String,
    signature: String,
}

/// What the suite signs is what we reconstruct, byte for byte, and its signatures are right.
#[test]
fn the_published_suite() {
    let suite: Suite = serde_json::from_str(include_str!("../../tests/vectors/sigv4.json")).unwrap();
    assert_eq!(suite.cases.len(), 31);
    for case in &suite.cases {
        let headers = header_map(&case.headers);
        let request = SignedRequest {
            method: &case.method,
            path: &case.path,
            query: case.query.as_deref(),
            authority: None,
            headers: &headers,
            body: case.body.as_bytes(),
        };
        let authorization = Authorization::parse(headers["authorization"].to_str().unwrap()).unwrap();
        let body = body_hash(&request).unwrap();
        let canonical = canonical::canonical_request(&request, authorization.signed_headers, &body).unwrap();
        assert_eq!(String::from_utf8(canonical.clone()).unwrap(), case.canonical, "{}", case.name);
        let time = SigningTime::parse_basic("20150830T123600Z").unwrap();
        let presented = Presented { authorization, time, canonical: sha256(&canonical) };
        assert_eq!(presented.string_to_sign(), case.string_to_sign, "{}", case.name);
        assert_eq!(hex::encode(presented.authorization.signature), case.signature, "{}", case.name);
        let key = signing_key(suite.secret.as_bytes(), "20150830", &suite.region, &suite.service);
        assert!(presented.verify(&key), "{}", case.name);
        let other = signing_key(b"another secret", "20150830", &suite.region, &suite.service);
        assert!(!presented.verify(&other), "{}", case.name);
    }
}

#[test]
fn paths_are_normalised_and_encoded_once_more() {
    let check = |path: &str, expected: &str| {
        let mut out = Vec::new();
        canonical::path(path, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected, "{path}");
    };
    check("", "/");
    check("/", "/");
    check("//", "/");
    check("/kms", "/kms");
    check("/kms/", "/kms/");
    check("/a/./b/../c", "/a/c");
    check("/..", "/");
    check("/a/.", "/a/");
    check("/a/b/..", "/a/");
    check("/a/...", "/a/...");
    check("/../../a", "/a");
    check("/a//b", "/a/b");
    check("/test/@connections/JBDvjfGEIAMCERw%3D", "/test/%40connections/JBDvjfGEIAMCERw%253D");
    check("/functions/arn%3Aaws%3Alambda", "/functions/arn%253Aaws%253Alambda");
}

type Headers = Vec<(String, String)>;

const SHA_OF_EMPTY_OBJECT: &str = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=AK/20260102/eu-here-1/kms/aws4_request, \
     SignedHeaders=content-type;host;x-amz-date;x-amz-target, \
     Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
const HEADERS: &[(&str, &str)] = &[
    ("content-type", "application/x-amz-json-1.1"),
    ("host", "kms.example"),
    ("x-amz-date", "20260102T030405Z"),
    ("x-amz-target", "TrentService.ListKeys"),
];

/// Everything that must be there is demanded; each refusal is of the case that clients know.
#[test]
fn rules_of_a_request() {
    let check = |change: &dyn Fn(&mut Headers), query: Option<&str>, expected: Option<RejectionKind>| {
        let mut headers: Vec<_> = HEADERS.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        headers.push(("authorization".to_owned(), AUTHORIZATION.to_owned()));
        change(&mut headers);
        let map = header_map(&headers);
        let request =
            SignedRequest { method: "POST", path: "/", query, authority: None, headers: &map, body: b"{}" };
        let got = Presented::parse(&request).err();
        assert_eq!(got.as_ref().map(|got| got.kind), expected, "{got:?} of {headers:?} {query:?}");
    };
    let set = |name: &'static str, value: &'static str| {
        move |headers: &mut Headers| {
            headers.retain(|(known, _)| known != name);
            headers.push((name.to_owned(), value.to_owned()));
        }
    };
    let add = |name: &'static str, value: &'static str| {
        move |headers: &mut Headers| headers.push((name.to_owned(), value.to_owned()))
    };
    let remove = |name: &'static str| move |headers: &mut Headers| headers.retain(|(n, _)| n != name);
    let resign = |from: &'static str, to: &'static str| {
        move |headers: &mut Headers| {
            let last = headers.iter_mut().find(|(name, _)| name == "authorization").unwrap();
            last.1 = last.1.replace(from, to);
        }
    };
    use RejectionKind::{Incomplete, Mismatch, Missing, UnknownToken};
    check(&|_| {}, None, None);
    check(&add("accept-encoding", "identity"), None, None);
    check(&add("amz-sdk-invocation-id", "1"), None, None);
    check(&remove("authorization"), None, Some(Missing));
    check(&add("authorization", AUTHORIZATION), None, Some(Incomplete));
    check(&remove("x-amz-date"), None, Some(Incomplete));
    check(&set("x-amz-date", "2026-01-02T03:04:05Z"), None, Some(Incomplete));
    check(&set("x-amz-date", "20260230T030405Z"), None, Some(Incomplete));
    check(&add("x-amz-date", "20260102T030405Z"), None, Some(Incomplete));
    check(&add("x-amz-target", "TrentService.Encrypt"), None, Some(Incomplete));
    check(&add("host", "other.example"), None, Some(Incomplete));
    check(&remove("host"), None, Some(Mismatch));
    check(&remove("content-type"), None, Some(Mismatch));
    check(&resign("host;", ""), None, Some(Mismatch));
    check(&resign(";x-amz-date", ""), None, Some(Mismatch));
    check(&resign(";x-amz-target", ""), None, Some(Mismatch));
    check(&resign("content-type;", ""), None, None);
    check(&add("x-amz-user-agent", "unsigned"), None, Some(Mismatch));
    check(&add("x-amz-security-token", "unsigned"), None, Some(Mismatch));
    check(&add("x-amz-content-sha256", SHA_OF_EMPTY_OBJECT), None, Some(Mismatch));
    let sign_token = |headers: &mut Headers| {
        resign("x-amz-date;", "x-amz-date;x-amz-security-token;")(headers);
        add("x-amz-security-token", "token")(headers);
    };
    check(&sign_token, None, Some(UnknownToken));
    let hashed = |hash: &'static str| {
        move |headers: &mut Headers| {
            resign("host;", "host;x-amz-content-sha256;")(headers);
            add("x-amz-content-sha256", hash)(headers);
        }
    };
    check(&hashed(SHA_OF_EMPTY_OBJECT), None, None);
    check(&hashed("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), None, Some(Mismatch));
    check(&hashed("UNSIGNED-PAYLOAD"), None, Some(Mismatch));
    check(&hashed("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), None, Some(Mismatch));
    check(&|_| {}, Some("a=b"), None);
    check(&|_| {}, Some("X-Amz-Signature=00"), Some(Mismatch));
    check(&remove("authorization"), Some("a=1&x-amz-credential=AK"), Some(Mismatch));
    let by_date_header = |headers: &mut Headers| {
        remove("x-amz-date")(headers);
        resign("content-type;host;x-amz-date", "content-type;date;host")(headers);
        add("date", "Fri, 02 Jan 2026 03:04:05 GMT")(headers);
    };
    check(&by_date_header, None, None);
    let by_unsigned_date = |headers: &mut Headers| {
        remove("x-amz-date")(headers);
        resign(";x-amz-date", "")(headers);
        add("date", "Fri, 02 Jan 2026 03:04:05 GMT")(headers);
    };
    check(&by_unsigned_date, None, Some(Mismatch));
}

#[test]
fn authority_stands_in_for_host() {
    let mut headers = header_map(&pairs(HEADERS));
    headers.remove("host");
    headers.insert("authorization", HeaderValue::from_static(AUTHORIZATION));
    let parse = |headers: &HeaderMap, authority| {
        let request =
            SignedRequest { method: "POST", path: "/", query: None, authority, headers, body: b"{}" };
        Presented::parse(&request).map(|presented| presented.canonical)
    };
    let from_authority = parse(&headers, Some("kms.example")).unwrap();
    headers.insert("host", HeaderValue::from_static("kms.example"));
    assert_eq!(from_authority, parse(&headers, None).unwrap());
    assert_eq!(from_authority, parse(&headers, Some("kms.example")).unwrap());
    assert_eq!(parse(&headers, Some("other.example")).unwrap_err().kind, RejectionKind::Mismatch);
}

#[test]
fn authorization_headers() {
    let check = |change: &dyn Fn(&str) -> String, expected: Option<&str>| {
        let header = change(AUTHORIZATION);
        let got = Authorization::parse(&header).err();
        assert_eq!(got.as_ref().map(|got| got.kind), expected.map(|_| RejectionKind::Incomplete), "{header}");
        if let (Some(got), Some(expected)) = (got, expected) {
            assert!(got.message.contains(expected), "{} of {header}", got.message);
        }
    };
    let replace = |from: &'static str, to: &'static str| move |header: &str| header.replace(from, to);
    check(&|header| header.to_owned(), None);
    check(&replace(", ", ","), None);
    check(&|_| String::new(), Some("not complete"));
    check(&|_| "AWS4-HMAC-SHA256".to_owned(), Some("not complete"));
    check(&replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), Some("algorithm"));
    check(&replace("AWS4-HMAC-SHA256", "Bearer"), Some("algorithm"));
    check(&replace("Credential=", "Creds="), Some("not known"));
    check(&|header| format!("{header}, Signature=00"), Some("more than once"));
    check(&|header| format!("{header}, X"), Some("key=value"));
    check(&|header| header.split(", Signature").next().unwrap().to_owned(), Some("requires 'Signature'"));
    check(
        &|header| header.replace("SignedHeaders=content-type;host;x-amz-date;x-amz-target, ", ""),
        Some("requires 'SignedHeaders'"),
    );
    check(&replace("AK/20260102", "20260102"), Some("5 slash-delimited"));
    check(&replace("aws4_request", "aws4_request/x"), Some("5 slash-delimited"));
    check(&replace("20260102", "2026012"), Some("5 slash-delimited"));
    check(&replace("AK/", "/"), Some("5 slash-delimited"));
    check(&replace("content-type;host", "host;content-type"), Some("sorted"));
    check(&replace("host;", "host;host;"), Some("sorted"));
    check(&replace("host;", "Host;"), Some("lower case"));
    check(&replace("host;", "host;;"), Some("lower case"));
    check(&replace("5fa0", "5FA0"), Some("hexadecimal"));
    check(&replace("5fa0", "5fa"), Some("hexadecimal"));
    check(&replace("5fa0", "5fag"), Some("hexadecimal"));
}

#[test]
fn scope_and_time() {
    let region: Region = "eu-here-1".parse().unwrap();
    let at = |text: &str| SigningTime::parse_basic(text).unwrap();
    let noon = Timestamp::parse_rfc3339("2026-01-02T12:00:00Z").unwrap();
    let check = |authorization: &str, time: SigningTime, expected: Option<(RejectionKind, &str)>| {
        let presented = Presented {
            authorization: Authorization::parse(authorization).unwrap(),
            time,
            canonical: [0; 32],
        };
        let expect = Expected { region: &region, service: "kms", now: noon, skew: Duration::from_secs(300) };
        let got = presented.check(&expect).err();
        assert_eq!(got.as_ref().map(|got| got.kind), expected.map(|(kind, _)| kind), "{got:?}");
        if let (Some(got), Some((_, message))) = (got, expected) {
            assert!(got.message.contains(message), "{}", got.message);
        }
    };
    use RejectionKind::{Mismatch, Skew};
    check(AUTHORIZATION, at("20260102T120000Z"), None);
    check(AUTHORIZATION, at("20260102T115500Z"), None);
    check(AUTHORIZATION, at("20260102T120500Z"), None);
    check(
        AUTHORIZATION,
        at("20260102T115459Z"),
        Some((
            Skew,
            "Signature expired: 20260102T115459Z is now earlier than 20260102T115500Z (20260102T120000Z - 5 min.)",
        )),
    );
    check(AUTHORIZATION, at("20260102T120501Z"), Some((Skew, "Signature not yet current: 20260102T120501Z")));
    check(AUTHORIZATION, at("20260101T120000Z"), Some((Mismatch, "Date in Credential scope")));
    check(
        &AUTHORIZATION.replace("eu-here-1", "us-east-1"),
        at("20260102T120000Z"),
        Some((Mismatch, "valid region")),
    );
    check(
        &AUTHORIZATION.replace("/kms/", "/s3/"),
        at("20260102T120000Z"),
        Some((Mismatch, "correct service")),
    );
    check(
        &AUTHORIZATION.replace("aws4_request", "aws5_request"),
        at("20260102T120000Z"),
        Some((Mismatch, "terminator")),
    );
}

#[test]
fn dates() {
    let check = |text: &str, expected: Option<&str>| {
        assert_eq!(
            SigningTime::parse_date_header(text).map(|t| t.basic().to_owned()).as_deref(),
            expected,
            "{text}"
        );
    };
    check("Sun, 30 Aug 2015 12:36:00 GMT", Some("20150830T123600Z"));
    check("Sun, 30 Aug 2015 12:36:00 +0000", None);
    check("20150830T123600Z", None);
    for text in [
        "20150830T123600",
        "2015083XT123600Z",
        "20151330T123600Z",
        "20150830T243600Z",
        "20150830t123600Z",
        "",
    ] {
        assert_eq!(SigningTime::parse_basic(text), None, "{text}");
    }
}

proptest! {
    /// Whatever an independent signer signs is accepted, and no changed request is.
    #[test]
    fn an_independent_signer_is_understood(
        path in "(/[a-zA-Z0-9._~-]{1,8}){0,3}/?",
        body in proptest::collection::vec(any::<u8>(), 0..200),
        values in proptest::collection::vec("[!-~]{1,10}( {1,3}[!-~]{1,10}){0,3}", 0..4),
        target in "TrentService\\.[A-Z][a-z]{1,20}",
        secret in "[A-Za-z0-9/+]{40}",
        change in 0_usize..6,
    ) {
        let path = if path.is_empty() { "/".to_owned() } else { path };
        let mut headers = vec![
            ("content-type".to_owned(), "application/x-amz-json-1.1".to_owned()),
            ("host".to_owned(), "kms.example".to_owned()),
            ("x-amz-target".to_owned(), target),
        ];
        headers.extend(values.into_iter().enumerate().map(|(i, value)| (format!("x-amz-meta-{i}"), value)));
        let key = AccessKey { id: "AK".to_owned(), secret: secret.clone() };
        let at = Timestamp::parse_rfc3339("2026-01-02T03:04:05Z").unwrap();
        let signed = sign_request(&key, at, "eu-here-1", &path, &headers, &body);
        let accepts = |method: &str, path: &str, headers: &HeaderMap, body: &[u8]| {
            let request = SignedRequest { method, path, query: None, authority: None, headers, body };
            let key = signing_key(secret.as_bytes(), "20260102", "eu-here-1", "kms");
            Presented::parse(&request).is_ok_and(|presented| presented.verify(&key))
        };
        prop_assert!(accepts("POST", &path, &signed, &body));
        let mut other_headers = signed.clone();
        let mut other_body = body.clone();
        let (mut method, mut other_path) = ("POST", path.clone());
        match change {
            0 => other_body.push(b'x'),
            1 => method = "PUT",
            2 => other_path = format!("{path}/x"),
            3 => drop(other_headers.insert("host", HeaderValue::from_static("kms.example:443"))),
            4 => drop(other_headers.insert("x-amz-target", HeaderValue::from_static("TrentService.DisableKey"))),
            _ => drop(other_headers.insert("x-amz-date", HeaderValue::from_static("20260102T030406Z"))),
        }
        prop_assert!(!accepts(method, &other_path, &other_headers, &other_body));
    }

    /// No header makes the parser fail in any other way than by refusing.
    #[test]
    fn any_authorization_header_is_parsed_or_refused(text in "(AWS4-HMAC-SHA256 )?[ -~]{0,120}") {
        let _ = Authorization::parse(&text);
    }
}

fn pairs(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
