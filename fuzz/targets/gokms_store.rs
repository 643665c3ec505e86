//! Files and ciphertexts of a go-kms key store.
#![no_main]

use claviger_gokms::{Ciphertext, KeyFile, MasterKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = Ciphertext::split(bytes);
    // A fixed key: deriving one from a passphrase would take all the time.
    let key = claviger_types::SecretKey::from_slice(&[7; 32]).expect("32 bytes");
    let master = MasterKey::new(key).expect("a key");
    let _ = KeyFile::open(&master, bytes);
});
