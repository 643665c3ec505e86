//! Operations with keys, on data that may come in parts from 1.3 on. Data is secret on either side, since nobody here knows
//! what it is.
use claviger_types::SecretBytes;

use crate::{
    Tag, attributes::CryptographicParameters, codec::structure, enums::ValidityIndicator,
    value::UniqueIdentifier,
};

structure! {
    /// Encrypt (KMIP 2.1 §6.1.17).
    #[derive(Default)]
    pub struct EncryptRequest {
        /// With which key.
        unique_identifier: optional UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// How, if not as the key's attributes say.
        cryptographic_parameters: optional CryptographicParameters = Tag::CRYPTOGRAPHIC_PARAMETERS;
        /// What.
        data: optional SecretBytes = Tag::DATA;
        /// Initialization vector.
        iv_counter_nonce: optional Vec<u8> = Tag::IV_COUNTER_NONCE;
        /// Of which operation in parts this is one.
        correlation_value: optional Vec<u8> = Tag::CORRELATION_VALUE, since V1_3;
        /// Whether it is the first part.
        init_indicator: optional bool = Tag::INIT_INDICATOR, since V1_3;
        /// Whether it is the last part.
        final_indicator: optional bool = Tag::FINAL_INDICATOR, since V1_3;
        /// What is authenticated with it.
        additional_data: optional Vec<u8> = Tag::AUTHENTICATED_ENCRYPTION_ADDITIONAL_DATA, since V1_4;
    }
}

structure! {
    /// Encrypted.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct EncryptResponse {
        /// With which key.
        unique_identifier: required UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// The ciphertext.
        data: optional Vec<u8> = Tag::DATA;
        /// Initialization vector, if the server made it.
        iv_counter_nonce: optional Vec<u8> = Tag::IV_COUNTER_NONCE;
        /// What to call the operation in the next part.
        correlation_value: optional Vec<u8> = Tag::CORRELATION_VALUE, only since V1_3;
        /// What authenticates it.
        tag: optional Vec<u8> = Tag::AUTHENTICATED_ENCRYPTION_TAG, only since V1_4;
    }
}

structure! {
    /// Decrypt (KMIP 2.1 §6.1.11).
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct DecryptRequest {
        /// With which key.
        unique_identifier: optional UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// How, if not as the key's attributes say.
        cryptographic_parameters: optional CryptographicParameters = Tag::CRYPTOGRAPHIC_PARAMETERS;
        /// What.
        data: optional Vec<u8> = Tag::DATA;
        /// Initialization vector.
        iv_counter_nonce: optional Vec<u8> = Tag::IV_COUNTER_NONCE;
        /// Of which operation in parts this is one.
        correlation_value: optional Vec<u8> = Tag::CORRELATION_VALUE, since V1_3;
        /// Whether it is the first part.
        init_indicator: optional bool = Tag::INIT_INDICATOR, since V1_3;
        /// Whether it is the last part.
        final_indicator: optional bool = Tag::FINAL_INDICATOR, since V1_3;
        /// What is authenticated with it.
        additional_data: optional Vec<u8> = Tag::AUTHENTICATED_ENCRYPTION_ADDITIONAL_DATA, since V1_4;
        /// What authenticates it.
        tag: optional Vec<u8> = Tag::AUTHENTICATED_ENCRYPTION_TAG, since V1_4;
    }
}

structure! {
    /// Decrypted.
    pub struct DecryptResponse {
        /// With which key.
        unique_identifier: required UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// The plaintext.
        data: optional SecretBytes = Tag::DATA;
        /// What to call the operation in the next part.
        correlation_value: optional Vec<u8> = Tag::CORRELATION_VALUE, only since V1_3;
    }
}

structure! {
    /// Sign (KMIP 2.1 §6.1.55).
    #[derive(Default)]
    pub struct SignRequest {
        /// With which key.
        unique_identifier: optional UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// How, if not as the key's attributes say.
        cryptographic_parameters: optional CryptographicParameters = Tag::CRYPTOGRAPHIC_PARAMETERS;
        /// What; it is hashed by the server.
        data: optional SecretBytes = Tag::DATA;
        /// Its hash, instead of it.
        digested_data: optional SecretBytes = Tag::DIGESTED_DATA, since V1_4;
        /// Of which operation in parts this is one.
        correlation_value: optional Vec<u8> = Tag::CORRELATION_VALUE, since V1_3;
        /// Whether it is the first part.
        init_indicator: optional bool = Tag::INIT_INDICATOR, since V1_3;
        /// Whether it is the last part.
        final_indicator: optional bool = Tag::FINAL_INDICATOR, since V1_3;
    }
}

structure! {
    /// Signed.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SignResponse {
        /// With which key.
        unique_identifier: required UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// The signature.
        signature_data: optional Vec<u8> = Tag::SIGNATURE_DATA;
        /// What to call the operation in the next part.
        correlation_value: optional Vec<u8> = Tag::CORRELATION_VALUE, only since V1_3;
    }
}

structure! {
    /// Verify a signature (KMIP 2.1 §6.1.56).
    #[derive(Default)]
    pub struct SignatureVerifyRequest {
        /// With which key.
        unique_identifier: optional UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// How, if not as the key's attributes say.
        cryptographic_parameters: optional CryptographicParameters = Tag::CRYPTOGRAPHIC_PARAMETERS;
        /// Of what; it is hashed by the server.
        data: optional SecretBytes = Tag::DATA;
        /// Its hash, instead of it.
        digested_data: optional SecretBytes = Tag::DIGESTED_DATA, since V1_4;
        /// The signature.
        signature_data: optional Vec<u8> = Tag::SIGNATURE_DATA;
        /// Of which operation in parts this is one.
        correlation_value: optional Vec<u8> = Tag::CORRELATION_VALUE, since V1_3;
        /// Whether it is the first part.
        init_indicator: optional bool = Tag::INIT_INDICATOR, since V1_3;
        /// Whether it is the last part.
        final_indicator: optional bool = Tag::FINAL_INDICATOR, since V1_3;
    }
}

structure! {
    /// Verified, or not.
    pub struct SignatureVerifyResponse {
        /// With which key.
        unique_identifier: required UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// Whether it is good.
        validity: optional ValidityIndicator = Tag::VALIDITY_INDICATOR;
        /// What was signed, if the signature tells.
        data: optional SecretBytes = Tag::DATA;
        /// What to call the operation in the next part.
        correlation_value: optional Vec<u8> = Tag::CORRELATION_VALUE, only since V1_3;
    }
}

structure! {
    /// Make a message authentication code (KMIP 2.1 §6.1.32).
    #[derive(Default)]
    pub struct MacRequest {
        /// With which key.
        unique_identifier: optional UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// How, if not as the key's attributes say.
        cryptographic_parameters: optional CryptographicParameters = Tag::CRYPTOGRAPHIC_PARAMETERS;
        /// Of what.
        data: optional SecretBytes = Tag::DATA;
        /// Of which operation in parts this is one.
        correlation_value: optional Vec<u8> = Tag::CORRELATION_VALUE, since V1_3;
        /// Whether it is the first part.
        init_indicator: optional bool = Tag::INIT_INDICATOR, since V1_3;
        /// Whether it is the last part.
        final_indicator: optional bool = Tag::FINAL_INDICATOR, since V1_3;
    }
}

structure! {
    /// Made.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct MacResponse {
        /// With which key.
        unique_identifier: required UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// The code.
        mac_data: optional Vec<u8> = Tag::MAC_DATA;
        /// What to call the operation in the next part.
        correlation_value: optional Vec<u8> = Tag::CORRELATION_VALUE, only since V1_3;
    }
}

structure! {
    /// Verify a message authentication code (KMIP 2.1 §6.1.33).
    #[derive(Default)]
    pub struct MacVerifyRequest {
        /// With which key.
        unique_identifier: optional UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// How, if not as the key's attributes say.
        cryptographic_parameters: optional CryptographicParameters = Tag::CRYPTOGRAPHIC_PARAMETERS;
        /// Of what.
        data: optional SecretBytes = Tag::DATA;
        /// The code.
        mac_data: optional Vec<u8> = Tag::MAC_DATA;
        /// Of which operation in parts this is one.
        correlation_value: optional Vec<u8> = Tag::CORRELATION_VALUE, since V1_3;
        /// Whether it is the first part.
        init_indicator: optional bool = Tag::INIT_INDICATOR, since V1_3;
        /// Whether it is the last part.
        final_indicator: optional bool = Tag::FINAL_INDICATOR, since V1_3;
    }
}

structure! {
    /// Verified, or not.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct MacVerifyResponse {
        /// With which key.
        unique_identifier: required UniqueIdentifier = Tag::UNIQUE_IDENTIFIER;
        /// Whether it is good.
        validity: optional ValidityIndicator = Tag::VALIDITY_INDICATOR;
        /// What to call the operation in the next part.
        correlation_value: optional Vec<u8> = Tag::CORRELATION_VALUE, only since V1_3;
    }
}

structure! {
    /// Hash (KMIP 2.1 §6.1.24).
    #[derive(Default)]
    pub struct HashRequest {
        /// With which function.
        cryptographic_parameters: required CryptographicParameters = Tag::CRYPTOGRAPHIC_PARAMETERS;
        /// What.
        data: optional SecretBytes = Tag::DATA;
        /// Of which operation in parts this is one.
        correlation_value: optional Vec<u8> = Tag::CORRELATION_VALUE, since V1_3;
        /// Whether it is the first part.
        init_indicator: optional bool = Tag::INIT_INDICATOR, since V1_3;
        /// Whether it is the last part.
        final_indicator: optional bool = Tag::FINAL_INDICATOR, since V1_3;
    }
}

structure! {
    /// Hashed.
    #[derive(Default)]
    pub struct HashResponse {
        /// The hash.
        data: optional SecretBytes = Tag::DATA;
        /// What to call the operation in the next part.
        correlation_value: optional Vec<u8> = Tag::CORRELATION_VALUE, only since V1_3;
    }
}

structure! {
    /// Give out random bytes (KMIP 2.1 §6.1.49).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RngRetrieveRequest {
        /// How many.
        data_length: required u32 = Tag::DATA_LENGTH;
    }
}

structure! {
    /// These.
    pub struct RngRetrieveResponse {
        /// The bytes.
        data: required SecretBytes = Tag::DATA;
    }
}

structure! {
    /// Take in random bytes (KMIP 2.1 §6.1.50).
    pub struct RngSeedRequest {
        /// The bytes.
        data: required SecretBytes = Tag::DATA;
    }
}

structure! {
    /// Taken in.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RngSeedResponse {
        /// How many of them.
        data_length: required u32 = Tag::DATA_LENGTH;
    }
}
