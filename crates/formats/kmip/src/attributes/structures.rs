//! Attributes that have parts.
use crate::{
    Tag,
    codec::structure,
    enums::{
        AlternativeNameType, BlockCipherMode, CryptographicAlgorithm, DigitalSignatureAlgorithm,
        DrbgAlgorithm, Fips186Variation, HashingAlgorithm, KeyFormatType, KeyRoleType, KeyValueLocationType,
        LinkType, MaskGenerator, NameType, PaddingMethod, RecommendedCurve, RevocationReasonCode,
        RngAlgorithm, UsageLimitsUnit,
    },
    value::UniqueIdentifier,
};

structure! {
    /// What the owner calls an object (KMIP 2.1 §4.32).
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct Name {
        /// The name.
        value: required String = Tag::NAME_VALUE;
        /// How to read it.
        ty: required NameType = Tag::NAME_TYPE;
    }
}

impl Name {
    /// A name that is just a text.
    pub fn text(value: impl Into<String>) -> Self {
        Self { value: value.into(), ty: NameType::UninterpretedTextString }
    }
}

structure! {
    /// How a key is used (KMIP 2.1 §4.16).
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct CryptographicParameters {
        /// Mode of a block cipher.
        block_cipher_mode: optional BlockCipherMode = Tag::BLOCK_CIPHER_MODE;
        /// Padding of a block cipher or of RSA.
        padding_method: optional PaddingMethod = Tag::PADDING_METHOD;
        /// Hash of a signature, of OAEP or of an HMAC.
        hashing_algorithm: optional HashingAlgorithm = Tag::HASHING_ALGORITHM;
        /// What the key is for in payment systems.
        key_role_type: optional KeyRoleType = Tag::KEY_ROLE_TYPE;
        /// Signature algorithm, instead of its parts.
        digital_signature_algorithm: optional DigitalSignatureAlgorithm = Tag::DIGITAL_SIGNATURE_ALGORITHM, since V1_2;
        /// Algorithm.
        cryptographic_algorithm: optional CryptographicAlgorithm = Tag::CRYPTOGRAPHIC_ALGORITHM, since V1_2;
        /// Whether the server makes the initialization vector.
        random_iv: optional bool = Tag::RANDOM_IV, since V1_2;
        /// Length of the initialization vector in bits.
        iv_length: optional u32 = Tag::IV_LENGTH, since V1_2;
        /// Length of the tag in bytes.
        tag_length: optional u32 = Tag::TAG_LENGTH, since V1_2;
        /// Length of the fixed part of the vector in bits.
        fixed_field_length: optional u32 = Tag::FIXED_FIELD_LENGTH, since V1_2;
        /// Length of the invocation part of the vector in bits.
        invocation_field_length: optional u32 = Tag::INVOCATION_FIELD_LENGTH, since V1_2;
        /// Length of the counter in bits.
        counter_length: optional u32 = Tag::COUNTER_LENGTH, since V1_2;
        /// Where the counter begins.
        initial_counter_value: optional u32 = Tag::INITIAL_COUNTER_VALUE, since V1_2;
        /// Length of the salt of PSS in bytes.
        salt_length: optional u32 = Tag::SALT_LENGTH, since V1_4;
        /// Mask generation function.
        mask_generator: optional MaskGenerator = Tag::MASK_GENERATOR, since V1_4;
        /// Hash of the mask generation function.
        mask_generator_hashing_algorithm: optional HashingAlgorithm = Tag::MASK_GENERATOR_HASHING_ALGORITHM, since V1_4;
        /// Label of OAEP.
        p_source: optional Vec<u8> = Tag::P_SOURCE, since V1_4;
        /// Trailer of PSS.
        trailer_field: optional u32 = Tag::TRAILER_FIELD, since V1_4;
    }
}

structure! {
    /// What a key pair is made in (KMIP 2.1 §4.14).
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct CryptographicDomainParameters {
        /// Length of the subgroup's order in bits, for DSA and DH.
        qlength: optional u32 = Tag::QLENGTH;
        /// The elliptic curve.
        recommended_curve: optional RecommendedCurve = Tag::RECOMMENDED_CURVE;
    }
}

structure! {
    /// Whose certificate it is, until 1.0 the only way to say so (KMIP 1.2 §3.13).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CertificateIdentifier {
        /// Distinguished name of the issuer as text.
        issuer: required String = Tag::ISSUER;
        /// Serial number as text.
        serial_number: optional String = Tag::SERIAL_NUMBER;
    }
}

structure! {
    /// Whom a certificate is about, as text (KMIP 1.2 §3.14).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CertificateSubject {
        /// Distinguished name.
        distinguished_name: required String = Tag::CERTIFICATE_SUBJECT_DISTINGUISHED_NAME;
        /// Alternative names.
        alternative_names: many String = Tag::CERTIFICATE_SUBJECT_ALTERNATIVE_NAME;
    }
}

structure! {
    /// Who made a certificate, as text (KMIP 1.2 §3.15).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CertificateIssuer {
        /// Distinguished name.
        distinguished_name: required String = Tag::CERTIFICATE_ISSUER_DISTINGUISHED_NAME;
        /// Alternative names.
        alternative_names: many String = Tag::CERTIFICATE_ISSUER_ALTERNATIVE_NAME;
    }
}

structure! {
    /// A hash of the key material (KMIP 2.1 §4.21).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Digest {
        /// Hash function.
        hashing_algorithm: required HashingAlgorithm = Tag::HASHING_ALGORITHM;
        /// The hash.
        value: optional Vec<u8> = Tag::DIGEST_VALUE;
        /// Of which form of the material.
        key_format_type: optional KeyFormatType = Tag::KEY_FORMAT_TYPE, since V1_1;
    }
}

structure! {
    /// How much a key may still protect (KMIP 2.1 §4.59).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct UsageLimits {
        /// How much it may protect in all.
        total: required i64 = Tag::USAGE_LIMITS_TOTAL;
        /// How much is left.
        count: optional i64 = Tag::USAGE_LIMITS_COUNT;
        /// Of what.
        unit: required UsageLimitsUnit = Tag::USAGE_LIMITS_UNIT;
    }
}

structure! {
    /// Why an object was revoked (KMIP 2.1 §4.47).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RevocationReason {
        /// Which of the reasons.
        code: required RevocationReasonCode = Tag::REVOCATION_REASON_CODE;
        /// In the words of the client.
        message: optional String = Tag::REVOCATION_MESSAGE;
    }
}

structure! {
    /// Another object that belongs to it (KMIP 2.1 §4.31).
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct Link {
        /// How it belongs.
        ty: required LinkType = Tag::LINK_TYPE;
        /// Which one.
        object: required UniqueIdentifier = Tag::LINKED_OBJECT_IDENTIFIER;
    }
}

structure! {
    /// What applications keep with an object (KMIP 2.1 §4.4).
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct ApplicationSpecificInformation {
        /// Which application.
        namespace: required String = Tag::APPLICATION_NAMESPACE;
        /// What it keeps; may be made by the server from 1.3 on.
        data: optional String = Tag::APPLICATION_DATA;
    }
}

structure! {
    /// Whose certificate it is (KMIP 2.1 §4.61).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct X509CertificateIdentifier {
        /// DER of the issuer's name.
        issuer_distinguished_name: required Vec<u8> = Tag::ISSUER_DISTINGUISHED_NAME;
        /// DER of the serial number.
        serial_number: required Vec<u8> = Tag::CERTIFICATE_SERIAL_NUMBER;
    }
}

structure! {
    /// Whom a certificate is about (KMIP 2.1 §4.63).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct X509CertificateSubject {
        /// DER of the name, which may be empty.
        distinguished_name: required Vec<u8> = Tag::SUBJECT_DISTINGUISHED_NAME;
        /// DER of each alternative name.
        alternative_names: many Vec<u8> = Tag::SUBJECT_ALTERNATIVE_NAME;
    }
}

structure! {
    /// Who made a certificate (KMIP 2.1 §4.62).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct X509CertificateIssuer {
        /// DER of the name.
        distinguished_name: required Vec<u8> = Tag::ISSUER_DISTINGUISHED_NAME;
        /// DER of each alternative name.
        alternative_names: many Vec<u8> = Tag::ISSUER_ALTERNATIVE_NAME;
    }
}

structure! {
    /// What else an object is called (KMIP 2.1 §4.2).
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct AlternativeName {
        /// The name.
        value: required String = Tag::ALTERNATIVE_NAME_VALUE;
        /// How to read it.
        ty: required AlternativeNameType = Tag::ALTERNATIVE_NAME_TYPE;
    }
}

structure! {
    /// Where a key is whose value the server does not have (KMIP 2.1 §4.27).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct KeyValueLocation {
        /// The place.
        value: required String = Tag::KEY_VALUE_LOCATION_VALUE;
        /// How to read it.
        ty: required KeyValueLocationType = Tag::KEY_VALUE_LOCATION_TYPE;
    }
}

structure! {
    /// How random numbers were made (KMIP 2.1 §7.36).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RngParameters {
        /// Kind of generator.
        rng_algorithm: required RngAlgorithm = Tag::RNG_ALGORITHM;
        /// Its cipher.
        cryptographic_algorithm: optional CryptographicAlgorithm = Tag::CRYPTOGRAPHIC_ALGORITHM;
        /// The cipher's key length in bits.
        cryptographic_length: optional u32 = Tag::CRYPTOGRAPHIC_LENGTH;
        /// Its hash function.
        hashing_algorithm: optional HashingAlgorithm = Tag::HASHING_ALGORITHM;
        /// Which deterministic generator.
        drbg_algorithm: optional DrbgAlgorithm = Tag::DRBG_ALGORITHM;
        /// Its curve.
        recommended_curve: optional RecommendedCurve = Tag::RECOMMENDED_CURVE;
        /// Which variant of FIPS 186.
        fips186_variation: optional Fips186Variation = Tag::FIPS186_VARIATION;
        /// Whether it is seeded anew for each request.
        prediction_resistance: optional bool = Tag::PREDICTION_RESISTANCE;
    }
}

structure! {
    /// What all generations of a rotated key are called (KMIP 2.1 §4.53).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RotateName {
        /// The name.
        value: required String = Tag::ROTATE_NAME_VALUE;
        /// How to read it: the numbers are those of names.
        ty: required NameType = Tag::ROTATE_NAME_TYPE;
    }
}
