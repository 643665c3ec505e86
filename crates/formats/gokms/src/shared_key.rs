use claviger_types::SecretBytes;
use zeroize::Zeroizing;

/// The text of a shared key: base32 (RFC 4648 §6) of 40 bytes in lower case, 64 characters. The bytes must come from a
/// cryptographically secure generator, and the text is the key: clients use its characters as they are.
pub fn shared_key_text(random: &[u8; 40]) -> SecretBytes {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut text = Zeroizing::new(Vec::with_capacity(64));
    for group in random.chunks(5) {
        let bits = group.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        for place in (0..8).rev() {
            let digit = usize::try_from((bits >> (5 * place)) & 31).unwrap_or_default();
            text.extend(ALPHABET.get(digit));
        }
    }
    text.into()
}
