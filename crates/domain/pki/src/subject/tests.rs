use super::*;

fn check(text: &str, expected: Result<&str, &str>) {
    let parsed = text.parse::<Subject>();
    match (parsed, expected) {
        (Ok(subject), Ok(expected)) => {
            assert_eq!(subject.to_string(), expected);
            assert_eq!(Subject::from_name(&subject.to_name().unwrap()).unwrap(), subject, "{text}");
            assert_eq!(subject.to_string().parse::<Subject>().unwrap(), subject, "{text}");
        }
        (Err(error), Err(expected)) => assert!(error.public().contains(expected), "{text}: {error:?}"),
        (parsed, _) => panic!("{text}: {parsed:?}"),
    }
}

#[test]
fn texts() {
    check("", Ok(""));
    check("CN=alice", Ok("CN=alice"));
    check("cn=alice,o=Example Org,c=DE", Ok("CN=alice,O=Example Org,C=DE"));
    check(r"CN=a\,b\+c\\d,O=x", Ok(r"CN=a\,b\+c\\d,O=x"));
    check("CN=a=b", Ok("CN=a=b"));
    check("CN=#x", Ok(r"CN=\#x"));
    check(
        "CN=名前,ST=Ω,L=x,OU=y,DC=example,SERIALNUMBER=A-1",
        Ok("CN=名前,ST=Ω,L=x,OU=y,DC=example,SERIALNUMBER=A-1"),
    );
    check("CN=a,", Err("is not a subject"));
    check("CN=a+OU=b", Err("is not a subject"));
    check(r"CN=a\", Err("is not a subject"));
    check("alice", Err("attribute 'alice'"));
    check("E=a@example.org", Err("attribute 'E'"));
    check("CN=", Err("1 to 64"));
    check(&format!("CN={}", "x".repeat(65)), Err("1 to 64"));
    check("CN= a", Err("spaces"));
    check("CN=a\nb", Err("control"));
    check("C=de", Err("two capital letters"));
    check("C=DEU", Err("1 to 2"));
    check("SERIALNUMBER=a*b", Err("only letters"));
    check("DC=a.b", Err("only letters"));
    check(&"CN=a,".repeat(2000), Err("4096"));
    check(&["OU=a"; 21].join(","), Err("20 attributes"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in "(CN|O|C|DC|SERIALNUMBER|x)?=?.{0,40}(,O=.{0,20})?") {
        if let Ok(subject) = text.parse::<Subject>() {
            proptest::prop_assert_eq!(subject.to_string().parse::<Subject>().unwrap(), subject);
        }
    }
}
