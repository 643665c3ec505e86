//! What the provider and its worker say to each other, over a socket pair between two processes of one program.
//!
//! A frame is its length (4 bytes, big endian, without itself), the number of the request (8 bytes) and a message.
//! Requests are answered once each, in any order. Both sides are of one build, so that messages carry no versions; but
//! the worker holds the vendor's code, and the provider trusts nothing that it sends: it is parsed strictly and under
//! limits, and the first fault ends the worker.

mod codec;

use claviger_crypto::HashAlg;
use claviger_types::{KeySpec, KeyUsage, SecretBytes, SigningAlgorithm};
use zeroize::Zeroizing;

use crate::uri::TokenMatch;
pub(crate) use codec::Malformed;
use codec::{Input, Wire, message};

/// Longest frame: a listing of some hundred thousand keys.
pub(crate) const MAX_FRAME: usize = 16 << 20;

/// Longest text that is signed, encrypted, decrypted or authenticated in one call.
pub(crate) const MAX_TEXT: usize = 1 << 20;

/// Bytes of a frame before the message.
pub(crate) const HEADER_LEN: usize = 12;

/// A frame with `message`. It holds secrets, and is made in one piece so that none is left behind.
pub(crate) fn frame<M: Wire>(number: u64, message: &M) -> Zeroizing<Vec<u8>> {
    let len = codec::encoded_len(message);
    let mut out = Zeroizing::new(Vec::with_capacity(HEADER_LEN + len));
    // Texts are limited before they come here, so that no frame reaches 4 GiB.
    let framed = u32::try_from(8 + len).unwrap_or(u32::MAX);
    out.extend_from_slice(&framed.to_be_bytes());
    out.extend_from_slice(&number.to_be_bytes());
    message.put(&mut *out);
    out
}

/// Length of what follows the length field.
///
/// # Errors
/// If it is no frame's.
pub(crate) fn frame_len(field: [u8; 4]) -> Result<usize, Malformed> {
    let len = usize::try_from(u32::from_be_bytes(field)).map_err(|_| Malformed)?;
    if (8..=MAX_FRAME).contains(&len) { Ok(len) } else { Err(Malformed) }
}

/// Number and message of a frame without its length field.
///
/// # Errors
/// If it is not exactly one message.
pub(crate) fn parse<M: Wire>(frame: &[u8]) -> Result<(u64, M), Malformed> {
    let mut input = Input::new(frame);
    let number = u64::take(&mut input)?;
    let message = M::take(&mut input)?;
    input.end()?;
    Ok((number, message))
}

/// For the fuzz target: whether `frame`, without its length field, is a request or an answer. What is read is written
/// again and must be the same bytes.
///
/// # Panics
/// If it is not.
#[must_use]
pub fn survives_round_trip(bytes: &[u8]) -> bool {
    let request = parse::<Request>(bytes).map(|(number, message)| frame(number, &message));
    let answer = parse::<Answer>(bytes).map(|(number, message)| frame(number, &message));
    for written in request.iter().chain(answer.iter()) {
        assert!(written.get(4..) == Some(bytes), "what is read is written differently");
    }
    request.is_ok() || answer.is_ok()
}

message! {
    /// What the worker is to do. The first request is `Open`, and there is no second one.
    enum Request {
        0 => Open { open: Open },
        1 => Login { pin: Option<SecretBytes> },
        2 => Probe {},
        3 => Random { len: u32 },
        4 => Generate { key: NewKeySpec },
        5 => Import { key: NewKeySpec, material: SecretBytes },
        6 => Find { class: Class, id: Option<Vec<u8>>, label: Option<String> },
        7 => Tagged {},
        8 => Destroy { key: Destruction },
        9 => Sign { id: Vec<u8>, mechanism: SignMechanism, text: SecretBytes },
        10 => Encrypt { id: Vec<u8>, cipher: Cipher, text: SecretBytes },
        11 => Decrypt { id: Vec<u8>, cipher: Cipher, text: SecretBytes },
        12 => Agree { id: Vec<u8>, point: Vec<u8>, len: u32 },
        /// With the one secret key that has this `CKA_LABEL`.
        13 => DecryptNamed { label: String, cipher: Cipher, text: SecretBytes },
    }
}

message! {
    /// What came of it.
    enum Answer {
        0 => Opened { token: TokenState },
        1 => Probed { capabilities: Capabilities },
        2 => Bytes { bytes: SecretBytes },
        3 => Made { public: Option<PublicParts> },
        4 => Found { keys: Vec<FoundKey> },
        5 => Tags { ids: Vec<Vec<u8>> },
        6 => Encrypted { iv: Vec<u8>, text: SecretBytes },
        7 => Done {},
        8 => Failed { failure: Failure },
    }
}

message! {
    /// What is loaded, and where the worker may go.
    struct Open {
        module: Vec<u8>,
        token: TokenMatch,
        sessions: u16,
        read: Vec<Vec<u8>>,
        write: Vec<Vec<u8>>,
        unix_sockets: Vec<Vec<u8>>,
    }
}

message! {
    struct TokenState {
        label: String,
        serial: String,
        /// Everything that decides what the token can do: module and token with their versions.
        identity: String,
        login_required: bool,
        protected_path: bool,
        pin_locked: bool,
        pin_final_try: bool,
        /// How many calls can run at once.
        sessions: u16,
        confinement: Confinement,
    }
}

message! {
    /// How well the worker is kept from what it has no business with.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Confinement {
        0 => Full {},
        1 => Partial {},
        2 => None {},
    }
}

message! {
    #[derive(Clone)]
    struct NewKeySpec {
        spec: KeySpec,
        usage: KeyUsage,
        id: Vec<u8>,
        label: String,
    }
}

message! {
    struct Destruction {
        class: Option<Class>,
        id: Vec<u8>,
    }
}

message! {
    /// The half of a key that is used: private keys and secret keys have object classes of their own.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    enum Class {
        0 => Private {},
        1 => Secret {},
    }
}

message! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum SignMechanism {
        /// Of a `DigestInfo`.
        0 => RsaPkcs1 {},
        /// Of a message.
        1 => RsaPkcs1Hashing { hash: HashAlg },
        /// Of a digest.
        2 => RsaPss { hash: HashAlg },
        3 => RsaPssHashing { hash: HashAlg },
        4 => Ecdsa {},
        5 => Ed25519 {},
        6 => Ed25519ph {},
        7 => Hmac { hash: HashAlg },
    }
}

message! {
    enum Cipher {
        0 => Cbc { iv: Option<Vec<u8>> },
        1 => Ctr { iv: Option<Vec<u8>> },
        2 => Gcm { iv: Option<Vec<u8>>, aad: Vec<u8> },
        3 => Oaep { hash: HashAlg },
        /// Without padding.
        4 => Rsa {},
        /// PKCS #7 padding, taken off by the token.
        5 => CbcPad { iv: Vec<u8> },
    }
}

message! {
    /// What tokens say of a public key; what one does not say is empty.
    #[derive(Clone, Default)]
    struct PublicParts {
        /// `CKA_PUBLIC_KEY_INFO`
        info: Vec<u8>,
        /// `CKA_MODULUS`
        modulus: Vec<u8>,
        /// `CKA_PUBLIC_EXPONENT`
        exponent: Vec<u8>,
        /// `CKA_EC_POINT`
        point: Vec<u8>,
    }
}

message! {
    /// A private or secret key that is on the token.
    struct FoundKey {
        id: Vec<u8>,
        /// `CKA_KEY_TYPE`
        key_type: u64,
        /// `CKA_EC_PARAMS`
        curve: Vec<u8>,
        /// `CKA_VALUE_LEN`
        value_len: Option<u64>,
        public: PublicParts,
        signs: bool,
        encrypts: bool,
        decrypts: bool,
        derives: bool,
        /// It does not leave the token: `CKA_SENSITIVE`, and not `CKA_EXTRACTABLE`.
        stays: bool,
        /// It wants the PIN for each use: `CKA_ALWAYS_AUTHENTICATE`.
        wants_pin: bool,
    }
}

message! {
    /// What the token was seen to do.
    #[derive(Default)]
    struct Capabilities {
        generate: Vec<Kind>,
        import: Vec<Kind>,
        sign: Vec<Signing>,
        decrypt: Vec<Padding>,
        /// Sentences for the log on what was tried and failed.
        remarks: Vec<String>,
    }
}

message! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Kind {
        spec: KeySpec,
        usage: KeyUsage,
    }
}

message! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Signing {
        algorithm: SigningAlgorithm,
        /// Of a message, with a mechanism that hashes; otherwise of a digest.
        message: bool,
    }
}

message! {
    /// How OAEP with a hash is decrypted: by the token, or by us after the token has applied the private key.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Padding {
        hash: HashAlg,
        token: bool,
    }
}

message! {
    /// Why a request was not carried out.
    #[derive(Debug)]
    enum Failure {
        /// The bytes given are not what they should be.
        0 => Rejected {},
        /// The token refused to decrypt with an error that may be for the ciphertext, or its own.
        1 => Undecided { text: String },
        2 => Unsupported { text: String },
        /// Nobody is logged in any more.
        3 => NotLoggedIn {},
        /// The PIN was refused.
        4 => Pin { text: String },
        /// There is no such key.
        5 => Missing {},
        /// There are several.
        6 => Ambiguous {},
        /// The token can't be used before it is opened again.
        7 => Gone { text: String },
        /// Anything else.
        8 => Broken { text: String },
    }
}

#[cfg(test)]
mod tests;
