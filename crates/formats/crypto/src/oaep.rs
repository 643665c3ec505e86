//! The padding of RSAES-OAEP (RFC 8017 §7.1) without the RSA: for devices that apply a private key and leave the padding
//! to their caller.

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::{CryptoError, HashAlg, Secret, digest};

/// Takes the padding off `encoded`, which is as long as the modulus (§7.1.2 step 3), with the same hash in MGF1.
///
/// In time that depends on the lengths of `encoded`, of `label`, and, when there is one, of the message only: whoever can
/// tell one way of being wrong from another can decrypt (Manger, CRYPTO 2001).
///
/// # Errors
/// `Unsupported` if the hash is SHA-224; `Rejected` for everything that is not the padding of a message, whatever the
/// reason.
pub fn oaep_decode(hash: HashAlg, label: &[u8], encoded: &[u8]) -> Result<Secret, CryptoError> {
    if hash == HashAlg::Sha224 {
        return Err(CryptoError::Unsupported);
    }
    let len = hash.digest_len();
    let (first, rest) = encoded.split_first().ok_or(CryptoError::Rejected)?;
    let (masked_seed, masked_block) = rest.split_at_checked(len).ok_or(CryptoError::Rejected)?;
    let seed = unmask(hash, masked_block, masked_seed);
    let block = unmask(hash, &seed, masked_block);
    let (label_hash, padded) = block.split_at_checked(len).ok_or(CryptoError::Rejected)?;

    let mut valid = first.ct_eq(&0) & label_hash.ct_eq(&digest(hash, label));
    let mut before = Choice::from(1);
    let mut start = 0_u32;
    for (place, byte) in (0_u32..).zip(padded) {
        let separator = before & byte.ct_eq(&1);
        start.conditional_assign(&place, separator);
        before &= !separator;
        valid &= !before | byte.ct_eq(&0);
    }
    valid &= !before;
    if !bool::from(valid) {
        return Err(CryptoError::Rejected);
    }
    let start = usize::try_from(start).map_err(|_| CryptoError::Internal)?;
    let message = padded.get(start + 1..).ok_or(CryptoError::Internal)?;
    Ok(Zeroizing::new(message.to_vec()))
}

/// `masked` XOR MGF1(`seed`) (RFC 8017 §B.2.1).
fn unmask(hash: HashAlg, seed: &[u8], masked: &[u8]) -> Secret {
    let mut out = Zeroizing::new(masked.to_vec());
    let mut input = Zeroizing::new(Vec::with_capacity(seed.len() + 4));
    for (counter, chunk) in (0_u32..).zip(out.chunks_mut(hash.digest_len())) {
        input.clear();
        input.extend_from_slice(seed);
        input.extend_from_slice(&counter.to_be_bytes());
        let mask = Zeroizing::new(digest(hash, &input));
        chunk.iter_mut().zip(mask.iter()).for_each(|(byte, mask)| *byte ^= mask);
    }
    out
}

#[cfg(test)]
mod tests;
