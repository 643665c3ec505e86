//! Whatever is brought as a certification request is refused, or was signed by whoever has its key; so is PEM, and text of
//! people.
#![no_main]

use claviger_pki::{AltName, CertificateRequest, Subject, Subtree, pem};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = CertificateRequest::from_der(data);
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = pem::certificates(text);
        let _ = text.parse::<AltName>();
        let _ = text.parse::<Subtree>();
        if let Ok(subject) = text.parse::<Subject>() {
            assert!(subject.to_string().parse::<Subject>().is_ok_and(|again| again == subject));
        }
    }
});
