use base64::{Engine, engine::general_purpose::STANDARD};
use claviger_crypto::AesGcm;
use claviger_types::Timestamp;
use proptest::prelude::*;

use super::*;

const PASSPHRASE: &[u8] = b"A long passphrase that will be used to generate the master key";
const KEY_ID: &str = "6f90d707-3b6a-4321-b32c-3c1d37915c1b";
const AES_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const KEY_FILE: &str = "AQEBAQEBAQEBAQEBpF4i+KUPGmK9szaxU65BYpJ+qQvbkyEpWihdMjRmIVbIqHE12AYKV9AYAkQzgSqsPKTKdKaru/1U5dNg3uLrTpiFVDpaoqtda6CdoBLpUhQjMS0FaMeFywkoFmqMwBiylIhpT2PjBVhUAvMGzNayjHurUWMbHqPGYmhUYR9XBTAEqv+1snJHQfVCzsTEMz/ogcM0/7ES3BJeLi4JppwJFvg1LE1nSiqIqyEcmHG8D/bXPBPum9bWdLHCeM6jvTAicG8DoRt9nsReNJ/ffI4US/T3tm6E6nGvgOVpQLG2TS7rUl0ws8OWj5mTiw==";
const CIPHERTEXT: &str = "AgICAgICAgICAgICv9KqXpBBRPxgHJJ233JLcpErj8JdvITRHPawxou1SstzgpPH9sOKm/AUnTRw/XsnS3N4xwMDAwMDAwMDAwMDA6UqXbdq8zN3vzxnH6zLNWZ7N5eRu5ld0OPcJ3xlQ8gz+mJdtsumK8YKnYe5nC/DFRTNiEtcLQ==";

fn master() -> MasterKey {
    MasterKey::derive(PASSPHRASE).unwrap()
}

fn seal(key: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let nonce = [9; 12];
    [nonce.to_vec(), AesGcm::new(key).unwrap().seal(&nonce, &[], plaintext).unwrap()].concat()
}

#[test]
fn master_keys_are_those_of_go_kms() {
    let check = |passphrase: &str, expected: &str| {
        let key = MasterKey::derive(passphrase.as_bytes()).unwrap();
        assert_eq!(hex::encode(key.key().expose()), expected);
    };
    check(
        "A long passphrase that will be used to generate the master key",
        "f938461ce0e4528fa87342f195efb033c66be29070fbcd38280afb0e96556423",
    );
    check("ThisIsAGreatPassphrase", "b65ba8ae83711ab2d9fc4b382e7d2875f928ee8a1993ee42ef965bae2c8b1fdb");
}

#[test]
fn a_key_file_gives_its_key() {
    let file = KeyFile::open(&master(), &STANDARD.decode(KEY_FILE).unwrap()).unwrap();
    assert_eq!(file.id.to_string(), KEY_ID);
    assert_eq!(file.created, Timestamp::parse_rfc3339("2015-01-28T10:42:13.123456Z").unwrap());
    assert_eq!(&*file.description, "Test Encryption Key");
    assert!(file.enabled);
    assert_eq!(hex::encode(file.material.expose()), AES_KEY);
}

#[test]
fn a_ciphertext_gives_key_id_and_message() {
    let bytes = STANDARD.decode(CIPHERTEXT).unwrap();
    let ciphertext = Ciphertext::split(&bytes).unwrap();
    assert_eq!(master().open_header(ciphertext.header).unwrap().to_string(), KEY_ID);
    let key = AesGcm::new(&hex::decode(AES_KEY).unwrap()).unwrap();
    let (nonce, sealed) = ciphertext.sealed.split_first_chunk().unwrap();
    assert_eq!(&**key.open(nonce, &[], sealed).unwrap(), b"Kaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaahn!");
}

#[test]
fn what_is_no_key_file_is_refused() {
    let good = STANDARD.decode(KEY_FILE).unwrap();
    let check = |content: &[u8], expected: KeyFileError| {
        assert_eq!(KeyFile::open(&master(), content).err(), Some(expected));
    };
    check(b"", KeyFileError::Sealed);
    check(&good[..11], KeyFileError::Sealed);
    check(&good[..good.len() - 1], KeyFileError::Sealed);
    for place in [0, 12, good.len() - 1] {
        let mut changed = good.clone();
        changed[place] ^= 1;
        check(&changed, KeyFileError::Sealed);
    }
    let other = MasterKey::derive(b"another passphrase").unwrap();
    assert_eq!(KeyFile::open(&other, &good).err(), Some(KeyFileError::Sealed));

    let json = |id: &str, date: &str, key: &str| {
        format!(
            r#"{{"KeyMetadata":{{"KeyId":"{id}","CreationDate":"{date}","Description":"","Enabled":true}},"AESKey":"{key}"}}"#
        )
    };
    let key = STANDARD.encode([7; 32]);
    let date = "2015-01-28T10:42:13Z";
    let malformed = |json: String, what| {
        check(&seal(master().key().expose(), json.as_bytes()), KeyFileError::Malformed(what));
    };
    malformed("{}".to_owned(), "no key in JSON");
    malformed(json("../../etc/passwd", date, &key), "a key without a key id");
    malformed(json(KEY_ID, "yesterday", &key), "a key without a creation date");
    malformed(json(KEY_ID, date, "?"), "a key that is not base64 of 32 bytes");
    malformed(json(KEY_ID, date, &STANDARD.encode([7; 16])), "a key that is not 32 bytes long");
    malformed(json(KEY_ID, date, &STANDARD.encode([7; 33])), "a key that is not 32 bytes long");
    malformed(json(KEY_ID, date, &STANDARD.encode([7; 64])), "a key that is not base64 of 32 bytes");
    let good = json(KEY_ID, date, &key);
    assert!(KeyFile::open(&master(), &seal(master().key().expose(), good.as_bytes())).is_ok());
}

#[test]
fn a_wrapped_master_key_has_one_length() {
    let content: Vec<u8> = (0..64).collect();
    let wrapped = WrappedMasterKey::parse(&content).unwrap();
    assert_eq!([&wrapped.iv[..], &wrapped.ciphertext].concat(), content);
    for len in [0, 15, 16, 48, 63] {
        assert_eq!(WrappedMasterKey::parse(&content[..len]), None);
    }
    assert_eq!(WrappedMasterKey::parse(&[content, vec![0]].concat()), None);
}

#[test]
fn headers_that_are_not_ours_open_to_nothing() {
    let header =
        |text: &[u8]| -> [u8; HEADER_LEN] { seal(master().key().expose(), text).try_into().unwrap() };
    assert!(master().open_header(&header(KEY_ID.as_bytes())).is_some());
    assert!(master().open_header(&header(&[b'.'; 36])).is_none());
    assert!(master().open_header(&header(&[0xff; 36])).is_none());
    let mut changed = header(KEY_ID.as_bytes());
    changed[20] ^= 1;
    assert!(master().open_header(&changed).is_none());
    assert!(Ciphertext::split(&[0; HEADER_LEN + 27]).is_none());
    assert!(Ciphertext::split(&[0; HEADER_LEN + 28]).is_some());
}

proptest! {
    #[test]
    fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let master = MasterKey::new(claviger_types::SecretKey::take(&mut [7; 32])).unwrap();
        prop_assert!(KeyFile::open(&master, &bytes).is_err());
        prop_assert!(Ciphertext::split(&bytes).is_none_or(|split| master.open_header(split.header).is_none()));
        prop_assert!(KeyFile::open(&master, &seal(&[7; 32], &bytes)).is_err());
    }
}
