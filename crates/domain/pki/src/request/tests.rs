use claviger_core::Reason;
use rcgen::{CertificateParams, DnType, KeyPair, SanType, SignatureAlgorithm};

use super::*;

fn request(algorithm: &'static SignatureAlgorithm, names: Vec<SanType>) -> Vec<u8> {
    let key = KeyPair::generate_for(algorithm).unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "example.org");
    params.subject_alt_names = names;
    params.serialize_request(&key).unwrap().der().to_vec()
}

fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

#[test]
fn what_a_request_asks_for() {
    for algorithm in [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519] {
        let names = vec![dns("example.org"), SanType::IpAddress([192, 0, 2, 1].into())];
        let parsed = CertificateRequest::from_der(&request(algorithm, names)).unwrap();
        assert_eq!(parsed.subject.to_string(), "CN=example.org");
        let names: Vec<_> = parsed.names.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["dns:example.org", "ip:192.0.2.1"]);
    }
    let nameless = CertificateRequest::from_der(&request(&rcgen::PKCS_ED25519, vec![])).unwrap();
    assert!(nameless.names.is_empty());
}

#[test]
fn what_is_refused() {
    let check = |der: &[u8], reason: Reason| {
        let error = CertificateRequest::from_der(der).map(drop).unwrap_err();
        assert_eq!(error.reason(), reason, "{error:?}");
    };
    let good = request(&rcgen::PKCS_ED25519, vec![dns("example.org")]);
    check(&[], Reason::InvalidRequest);
    check(&good[..good.len() - 1], Reason::InvalidRequest);
    check(&[&good[..], &[0]].concat(), Reason::InvalidRequest);
    check(&vec![0x30; MAX_REQUEST + 1], Reason::InvalidRequest);
    let mut forged = good.clone();
    *forged.last_mut().unwrap() ^= 1;
    check(&forged, Reason::InvalidSignature);
    let at = good.windows(11).position(|window| window == b"example.org").unwrap();
    let mut renamed = good.clone();
    renamed[at] = b'x';
    check(&renamed, Reason::InvalidSignature);
    let mail = SanType::Rfc822Name("a@example.org".try_into().unwrap());
    check(&request(&rcgen::PKCS_ED25519, vec![mail]), Reason::InvalidRequest);
    let many = (0..101).map(|number| dns(&format!("a{number}.org"))).collect();
    check(&request(&rcgen::PKCS_ED25519, many), Reason::InvalidRequest);
}

proptest::proptest! {
    /// A request is good or it is not: whatever is changed, the signature no longer fits.
    #[test]
    fn nothing_can_be_changed(place in 0.0..1.0, bit in 0..8_u32) {
        let good = request(&rcgen::PKCS_ED25519, vec![dns("example.org")]);
        let mut changed = good.clone();
        changed[(place * good.len() as f64) as usize] ^= 1_u8 << bit;
        proptest::prop_assert!(CertificateRequest::from_der(&changed).is_err());
    }
}
