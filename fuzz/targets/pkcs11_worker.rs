//! What a worker of the PKCS#11 provider sends, or is sent: refused, or written again as it was read.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = claviger_provider_pkcs11::survives_round_trip(bytes);
});
