use super::*;

const HASHES: [HashAlg; 4] = [HashAlg::Sha1, HashAlg::Sha256, HashAlg::Sha384, HashAlg::Sha512];

#[test]
fn what_was_padded_is_unpadded() {
    for hash in HASHES {
        let longest = 256 - 2 * hash.digest_len() - 2;
        for len in [0, 1, 32, longest] {
            let message = vec![1; len];
            for label in [&b""[..], b"label"] {
                let encoded = pad(hash, label, &message);
                assert_eq!(*oaep_decode(hash, label, &encoded).unwrap(), message, "{hash:?} {len}");
                rejected(hash, b"another label", &encoded);
            }
        }
    }
    assert_eq!(oaep_decode(HashAlg::Sha224, b"", &[0; 256]), Err(CryptoError::Unsupported));
}

#[test]
fn what_was_not_is_refused() {
    for hash in HASHES {
        let encoded = pad(hash, b"", b"message");
        for at in 0..encoded.len() - b"message".len() {
            let mut changed = encoded.clone();
            changed[at] ^= 0x40;
            rejected(hash, b"", &changed);
        }
        for len in [0, 1, hash.digest_len(), 2 * hash.digest_len(), 2 * hash.digest_len() + 1, 255] {
            rejected(hash, b"", &encoded[..len]);
            rejected(hash, b"", &vec![0; len]);
        }
        rejected(hash, b"", &[encoded.clone(), vec![0]].concat());
        // All zeros after the hash of the label: no separator.
        rejected(
            hash,
            b"",
            &encode(hash, &[&digest(hash, b"")[..], &vec![0; 255 - 2 * hash.digest_len()]].concat()),
        );
        // A first byte that is not zero, and everything else right.
        let mut changed = encoded.clone();
        changed[0] = 1;
        rejected(hash, b"", &changed);
    }
}

fn rejected(hash: HashAlg, label: &[u8], encoded: &[u8]) {
    assert_eq!(oaep_decode(hash, label, encoded), Err(CryptoError::Rejected));
}

/// §7.1.1 step 2, by the library that also encrypts.
fn pad(hash: HashAlg, label: &[u8], message: &[u8]) -> Vec<u8> {
    crate::ffi::oaep_pad(hash, label, message, 256)
}

/// Masks any data block with a fixed seed.
fn encode(hash: HashAlg, block: &[u8]) -> Vec<u8> {
    let seed = vec![7; hash.digest_len()];
    let masked_block = unmask(hash, &seed, block);
    let masked_seed = unmask(hash, &masked_block, &seed);
    [&[0][..], &masked_seed, &masked_block].concat()
}
