use proptest::{collection::vec, prelude::*};

use super::*;

fn body() -> Body {
    let token = "pkcs11:token=a%20b;serial=1".to_owned();
    Body { mechanism: Mechanism::Gcm, token, id: vec![1, 0xab], check: vec![2], wrapped: vec![3] }
}

#[test]
fn what_we_could_not_have_written_is_refused() {
    let check = |name: &str, value: Option<&str>| {
        let mut slot = body().write();
        slot.parameters.remove(name).unwrap();
        slot.parameters.extend(value.map(|value| (name.into(), value.into())));
        assert!(matches!(Body::read(&slot), Err(KeyslotError::OutOfBounds(_))), "{name}: {value:?}");
    };
    for name in ["mechanism", "token", "key-id", "check"] {
        check(name, None);
    }
    check("mechanism", Some("aes-256-ecb"));
    check("mechanism", Some(""));
    check("key-id", Some(""));
    check("key-id", Some("1"));
    check("check", Some("zz"));
}

#[test]
fn bodies_are_written_as_ever() {
    let slot = body().write();
    let shown: Vec<_> = slot.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let token = "token=pkcs11:token=a%20b;serial=1";
    assert_eq!(shown, ["check=02", "key-id=01ab", "mechanism=aes-256-gcm", token]);
    let cbc = Body { mechanism: Mechanism::Cbc, ..body() }.write();
    assert_eq!(&*cbc.parameters["mechanism"], "aes-256-cbc+xaes-256-gcm");
}

proptest! {
    #[test]
    fn what_is_written_is_read(id in vec(any::<u8>(), 1..40), check in vec(any::<u8>(), 1..80), gcm in any::<bool>()) {
        let mechanism = if gcm { Mechanism::Gcm } else { Mechanism::Cbc };
        let read = Body::read(&Body { mechanism, id: id.clone(), check: check.clone(), ..body() }.write());
        prop_assert_eq!(read, Ok(Body { mechanism, id, check, ..body() }));
    }
}
