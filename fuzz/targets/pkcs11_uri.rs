//! A PKCS#11 URI is refused or read, and what is read does not depend on the order of the attributes.
#![no_main]

use claviger_provider_pkcs11::Pkcs11Uri;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(uri) = text.parse::<Pkcs11Uri>() else { return };
    let (scheme, rest) = text.split_once(':').expect("a URI has a scheme");
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    let mut attributes: Vec<_> = path.split(';').collect();
    attributes.reverse();
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    let again = format!("{scheme}:{}{query}", attributes.join(";"));
    assert_eq!(again.parse().as_ref(), Ok(&uri));
});
