use super::*;

/// A request of OpenSSL's: `openssl ocsp -issuer ca.pem -serial 0x1234 -no_nonce -reqout request`.
const SHA1: &str = "30433041303f303d303b300906052b0e03021a05000414aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
                    0414bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb02021234";

fn der() -> Vec<u8> {
    hex::decode(SHA1).unwrap()
}

#[test]
fn a_request() {
    let request = StatusRequest::from_der(&der()).unwrap();
    assert_eq!(request.hash, CertIdHash::Sha1);
    assert_eq!((&*request.issuer_name, &*request.issuer_key), (&[0xaa; 20][..], &[0xbb; 20][..]));
    assert_eq!(request.serial.to_string(), "1234");
}

#[test]
fn refusals() {
    let check = |der: &[u8], refusal| assert_eq!(StatusRequest::from_der(der), Err(refusal), "{der:02x?}");
    let good = der();
    check(&[], Refusal::MalformedRequest);
    check(&good[..good.len() - 1], Refusal::MalformedRequest);
    check(&[&good[..], &[0]].concat(), Refusal::MalformedRequest);
    check(&[0; MAX_REQUEST + 1], Refusal::MalformedRequest);
    let mut negative = good.clone();
    negative[good.len() - 2] = 0x92;
    check(&negative, Refusal::Unauthorized);
    let mut zero = good.clone();
    zero[good.len() - 3..].copy_from_slice(&[1, 0, 0]);
    check(&zero, Refusal::MalformedRequest);
    // MD5, 1.2.840.113549.2.5, has another length; an unknown identifier of this length will do.
    let mut unknown = good.clone();
    let place = good.windows(5).position(|window| window == [0x2b, 0x0e, 3, 2, 0x1a]).unwrap();
    unknown[place + 4] = 0x1b;
    check(&unknown, Refusal::Unauthorized);
}

#[test]
fn refusals_are_five_bytes() {
    for (refusal, code) in [
        (Refusal::MalformedRequest, 1),
        (Refusal::InternalError, 2),
        (Refusal::TryLater, 3),
        (Refusal::Unauthorized, 6),
    ] {
        assert_eq!(refusal.to_der(), [0x30, 3, 0x0a, 1, code]);
    }
}
