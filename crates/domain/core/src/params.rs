use std::collections::BTreeMap;

use claviger_types::{
    AgreementAlgorithm, AliasName, AuthorityName, CertificateProfile, CertificateSerial, CipherMode, Days,
    EncryptionAlgorithm, GrantConstraint, GrantOperations, KeyOrigin, KeySpec, KeyTag, KeyUsage,
    MacAlgorithm, MessageType, ObjectId, ProviderName, SigningAlgorithm, Tags, Timestamp, VersionNumber,
    WrappingAlgorithm, WrappingKeySpec,
};

/// What a call asks for, as far as policies can decide on it and the audit log records it.
///
/// This is the allow-list of the audit log: a plaintext, ciphertext or secret has no place in it.
#[derive(Clone, Copy, Default)]
#[expect(missing_docs, reason = "each is the parameter of that name of the operations that have it")]
pub struct Params<'a> {
    pub agreement_algorithm: Option<AgreementAlgorithm>,
    pub alias: Option<&'a AliasName>,
    /// A certificate authority.
    pub authority: Option<&'a AuthorityName>,
    pub bypass_lockout_check: Option<bool>,
    pub certificate_profile: Option<CertificateProfile>,
    pub certificate_serial: Option<&'a CertificateSerial>,
    pub cipher_mode: Option<CipherMode>,
    /// Whether an object that is revoked was compromised.
    pub compromised: Option<bool>,
    pub data_key_pair_spec: Option<KeySpec>,
    pub encryption_algorithm: Option<EncryptionAlgorithm>,
    pub encryption_context: Option<&'a EncryptionContext>,
    pub exportable: Option<bool>,
    pub grant: Option<&'a str>,
    pub grant_constraint: Option<&'a GrantConstraint>,
    pub grant_operations: Option<GrantOperations>,
    pub grantee: Option<&'a str>,
    pub key_origin: Option<KeyOrigin>,
    pub key_spec: Option<KeySpec>,
    /// What is written on a key in a device.
    pub key_tag: Option<KeyTag>,
    pub key_usage: Option<KeyUsage>,
    pub mac_algorithm: Option<MacAlgorithm>,
    pub message_type: Option<MessageType>,
    /// Whether a key may be moved to material that others don't know.
    pub new_material: Option<bool>,
    pub number_of_bytes: Option<usize>,
    /// A managed object.
    pub object: Option<ObjectId>,
    pub pending_window: Option<Days>,
    pub provider: Option<&'a ProviderName>,
    pub retiring: Option<&'a str>,
    pub rotation_period: Option<Days>,
    pub same_key: Option<bool>,
    pub signing_algorithm: Option<SigningAlgorithm>,
    /// What an administrative operation is about: a principal, credential, policy, keyslot.
    pub subject: Option<&'a str>,
    pub tag_keys: Option<&'a [Box<str>]>,
    pub tags: Option<&'a Tags>,
    pub valid_to: Option<Timestamp>,
    pub version: Option<VersionNumber>,
    pub wrapping_algorithm: Option<WrappingAlgorithm>,
    pub wrapping_key_spec: Option<WrappingKeySpec>,
}

/// Name–value pairs that are authenticated with a ciphertext, recorded in the audit log, and decided on by policies:
/// never secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncryptionContext(BTreeMap<Box<str>, Box<str>>);

impl EncryptionContext {
    /// From its pairs.
    pub fn new(pairs: BTreeMap<Box<str>, Box<str>>) -> Self {
        Self(pairs)
    }

    /// The pairs, by name.
    pub fn pairs(&self) -> &BTreeMap<Box<str>, Box<str>> {
        &self.0
    }

    /// Whether there are none, which is the same as no context at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends an unambiguous encoding: each name and value, by name, behind its length in bytes (32 bits, big endian).
    pub fn encode(&self, out: &mut Vec<u8>) {
        for text in self.0.iter().flat_map(|(name, value)| [name, value]) {
            // Invariant: fronts bound a request far below 4 GiB, so that no length is cut.
            out.extend_from_slice(&(text.len() as u32).to_be_bytes());
            out.extend_from_slice(text.as_bytes());
        }
    }
}
