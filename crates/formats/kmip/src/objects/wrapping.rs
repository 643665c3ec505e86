use crate::{
    Tag,
    attributes::CryptographicParameters,
    codec::structure,
    enums::{EncodingOption, WrappingMethod},
    value::UniqueIdentifier,
};

structure! {
    /// How key material is wrapped (KMIP 2.1 §3.3).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct KeyWrappingData {
        /// Encrypted, authenticated, or both.
        method: required WrappingMethod = Tag::WRAPPING_METHOD;
        /// With what it is encrypted.
        encryption_key: optional KeyInformation = Tag::ENCRYPTION_KEY_INFORMATION;
        /// With what it is authenticated.
        mac_signature_key: optional KeyInformation = Tag::MAC_SIGNATURE_KEY_INFORMATION;
        /// The authenticator.
        mac_signature: optional Vec<u8> = Tag::MAC_SIGNATURE;
        /// The initialization vector.
        iv_counter_nonce: optional Vec<u8> = Tag::IV_COUNTER_NONCE;
        /// What was wrapped: the material, or the whole key value (the default).
        encoding_option: optional EncodingOption = Tag::ENCODING_OPTION, since V1_1;
    }
}

structure! {
    /// How key material shall be wrapped (KMIP 2.1 §7.18).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct KeyWrappingSpecification {
        /// Encrypted, authenticated, or both.
        method: required WrappingMethod = Tag::WRAPPING_METHOD;
        /// With what it is encrypted.
        encryption_key: optional KeyInformation = Tag::ENCRYPTION_KEY_INFORMATION;
        /// With what it is authenticated.
        mac_signature_key: optional KeyInformation = Tag::MAC_SIGNATURE_KEY_INFORMATION;
        /// Attributes that are wrapped with it, by their names.
        attribute_names: many String = Tag::ATTRIBUTE_NAME;
        /// What is wrapped: the material, or the whole key value (the default).
        encoding_option: optional EncodingOption = Tag::ENCODING_OPTION, since V1_1;
    }
}

structure! {
    /// A key that wraps, and how it is used (KMIP 2.1 §3.3).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct KeyInformation {
        /// The key.
        unique_identifier: required UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// How it is used, if not as its own attributes say.
        cryptographic_parameters: optional CryptographicParameters = Tag::CRYPTOGRAPHIC_PARAMETERS;
    }
}
