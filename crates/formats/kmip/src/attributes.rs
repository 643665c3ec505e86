//! Attributes of managed objects (KMIP 2.1 §4, 1.2 §3), and their two encodings: by name until 1.4, by tag from 2.0 on.
use crate::{
    DecodeError, EncodeError, ProtocolVersion, Tag, Value,
    codec::{Codec, Cx, Writer},
    enums::{
        CertificateType, CryptographicAlgorithm, DigitalSignatureAlgorithm, KeyFormatType, NistKeyType,
        ObjectType, ProtectionLevel, State,
    },
    value::{DateTime, Interval, OpenEnumeration, ProtectionStorageMask, UniqueIdentifier, UsageMask},
};

mod structures;
mod vendor;
pub(crate) mod wire;

pub use structures::{
    AlternativeName, ApplicationSpecificInformation, CertificateIdentifier, CertificateIssuer,
    CertificateSubject, CryptographicDomainParameters, CryptographicParameters, Digest, KeyValueLocation,
    Link, Name, RevocationReason, RngParameters, RotateName, UsageLimits, X509CertificateIdentifier,
    X509CertificateIssuer, X509CertificateSubject,
};
pub use vendor::{VendorAttribute, VendorValue};
pub use wire::{AttributeInstance, AttributeReference};

macro_rules! attributes {
    ($($attribute:ident($type:ty) = $tag:ident $(, since $since:ident)? $(, until $until:ident)?;)*) => {
        /// An attribute with its value.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the names are those of the specification")]
        pub enum Attribute {
            $($attribute($type),)*
            /// One that the specification does not know.
            Vendor(VendorAttribute),
        }

        /// What attributes the specification knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the names are those of the specification")]
        pub enum AttributeKind {
            $($attribute,)*
        }

        impl AttributeKind {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$attribute),*];

            /// Its tag.
            pub const fn tag(self) -> Tag {
                match self {
                    $(Self::$attribute => Tag::$tag,)*
                }
            }

            /// The first version that has it.
            pub const fn since(self) -> ProtocolVersion {
                #[allow(unreachable_patterns, clippy::match_same_arms, reason = "generated: not every attribute has a version")]
                match self {
                    $($(Self::$attribute => ProtocolVersion::$since,)?)*
                    _ => ProtocolVersion::V1_0,
                }
            }

            /// The last version that has it, if it was abandoned.
            pub const fn until(self) -> Option<ProtocolVersion> {
                match self {
                    $($(Self::$attribute => Some(ProtocolVersion::$until),)?)*
                    _ => None,
                }
            }
        }

        impl Attribute {
            /// Which attribute it is. `None` for those of vendors.
            pub const fn kind(&self) -> Option<AttributeKind> {
                match self {
                    $(Self::$attribute(_) => Some(AttributeKind::$attribute),)*
                    Self::Vendor(_) => None,
                }
            }

            pub(crate) fn decode(kind: AttributeKind, value: Value, cx: Cx) -> Result<Self, DecodeError> {
                match kind {
                    $(AttributeKind::$attribute => Codec::decode(value, cx).map(Self::$attribute),)*
                }
            }

            pub(crate) fn encode(&self, tag: Tag, out: &mut Writer) -> Result<(), EncodeError> {
                match self {
                    $(Self::$attribute(value) => value.encode(tag, out),)*
                    Self::Vendor(attribute) => attribute.value.encode(tag, out),
                }
            }

            #[cfg(test)]
            fn arbitrary(kind: AttributeKind, source: &mut crate::testing::Source) -> Self {
                match kind {
                    $(AttributeKind::$attribute => Self::$attribute(crate::testing::Arbitrary::arbitrary(source)),)*
                }
            }
        }
    };
}

attributes! {
    UniqueIdentifier(UniqueIdentifier) = UNIQUE_IDENTIFIER;
    Name(Name) = NAME;
    ObjectType(ObjectType) = OBJECT_TYPE;
    CryptographicAlgorithm(CryptographicAlgorithm) = CRYPTOGRAPHIC_ALGORITHM;
    CryptographicLength(u32) = CRYPTOGRAPHIC_LENGTH;
    CryptographicParameters(CryptographicParameters) = CRYPTOGRAPHIC_PARAMETERS;
    CryptographicDomainParameters(CryptographicDomainParameters) = CRYPTOGRAPHIC_DOMAIN_PARAMETERS;
    CertificateType(CertificateType) = CERTIFICATE_TYPE;
    CertificateIdentifier(CertificateIdentifier) = CERTIFICATE_IDENTIFIER, until V1_4;
    CertificateSubject(CertificateSubject) = CERTIFICATE_SUBJECT, until V1_4;
    CertificateIssuer(CertificateIssuer) = CERTIFICATE_ISSUER, until V1_4;
    Digest(Digest) = DIGEST;
    OperationPolicyName(String) = OPERATION_POLICY_NAME, until V1_4;
    CryptographicUsageMask(UsageMask) = CRYPTOGRAPHIC_USAGE_MASK;
    LeaseTime(Interval) = LEASE_TIME;
    UsageLimits(UsageLimits) = USAGE_LIMITS;
    State(State) = STATE;
    InitialDate(DateTime) = INITIAL_DATE;
    ActivationDate(DateTime) = ACTIVATION_DATE;
    ProcessStartDate(DateTime) = PROCESS_START_DATE;
    ProtectStopDate(DateTime) = PROTECT_STOP_DATE;
    DeactivationDate(DateTime) = DEACTIVATION_DATE;
    DestroyDate(DateTime) = DESTROY_DATE;
    CompromiseOccurrenceDate(DateTime) = COMPROMISE_OCCURRENCE_DATE;
    CompromiseDate(DateTime) = COMPROMISE_DATE;
    RevocationReason(RevocationReason) = REVOCATION_REASON;
    ArchiveDate(DateTime) = ARCHIVE_DATE;
    ObjectGroup(String) = OBJECT_GROUP;
    Link(Link) = LINK;
    ApplicationSpecificInformation(ApplicationSpecificInformation) = APPLICATION_SPECIFIC_INFORMATION;
    ContactInformation(String) = CONTACT_INFORMATION;
    LastChangeDate(DateTime) = LAST_CHANGE_DATE;
    CertificateLength(u32) = CERTIFICATE_LENGTH, since V1_1;
    X509CertificateIdentifier(X509CertificateIdentifier) = X_509_CERTIFICATE_IDENTIFIER, since V1_1;
    X509CertificateSubject(X509CertificateSubject) = X_509_CERTIFICATE_SUBJECT, since V1_1;
    X509CertificateIssuer(X509CertificateIssuer) = X_509_CERTIFICATE_ISSUER, since V1_1;
    DigitalSignatureAlgorithm(DigitalSignatureAlgorithm) = DIGITAL_SIGNATURE_ALGORITHM, since V1_1;
    Fresh(bool) = FRESH, since V1_1;
    AlternativeName(AlternativeName) = ALTERNATIVE_NAME, since V1_2;
    KeyValuePresent(bool) = KEY_VALUE_PRESENT, since V1_2;
    KeyValueLocation(KeyValueLocation) = KEY_VALUE_LOCATION, since V1_2;
    OriginalCreationDate(DateTime) = ORIGINAL_CREATION_DATE, since V1_2;
    RandomNumberGenerator(RngParameters) = RANDOM_NUMBER_GENERATOR, since V1_3;
    Pkcs12FriendlyName(String) = PKCS12_FRIENDLY_NAME, since V1_4;
    Description(String) = DESCRIPTION, since V1_4;
    Comment(String) = COMMENT, since V1_4;
    Sensitive(bool) = SENSITIVE, since V1_4;
    AlwaysSensitive(bool) = ALWAYS_SENSITIVE, since V1_4;
    Extractable(bool) = EXTRACTABLE, since V1_4;
    NeverExtractable(bool) = NEVER_EXTRACTABLE, since V1_4;
    KeyFormatType(KeyFormatType) = KEY_FORMAT_TYPE, since V2_0;
    NistKeyType(NistKeyType) = NIST_KEY_TYPE, since V2_0;
    OpaqueDataType(OpenEnumeration) = OPAQUE_DATA_TYPE, since V2_0;
    ProtectionLevel(ProtectionLevel) = PROTECTION_LEVEL, since V2_0;
    ProtectionPeriod(Interval) = PROTECTION_PERIOD, since V2_0;
    ProtectionStorageMask(ProtectionStorageMask) = PROTECTION_STORAGE_MASK, since V2_0;
    QuantumSafe(bool) = QUANTUM_SAFE, since V2_0;
    ShortUniqueIdentifier(Vec<u8>) = SHORT_UNIQUE_IDENTIFIER, since V2_0;
    CertificateSubjectCn(String) = CERTIFICATE_SUBJECT_CN, since V2_0;
    CertificateSubjectO(String) = CERTIFICATE_SUBJECT_O, since V2_0;
    CertificateSubjectOu(String) = CERTIFICATE_SUBJECT_OU, since V2_0;
    CertificateSubjectEmail(String) = CERTIFICATE_SUBJECT_EMAIL, since V2_0;
    CertificateSubjectC(String) = CERTIFICATE_SUBJECT_C, since V2_0;
    CertificateSubjectSt(String) = CERTIFICATE_SUBJECT_ST, since V2_0;
    CertificateSubjectL(String) = CERTIFICATE_SUBJECT_L, since V2_0;
    CertificateSubjectUid(String) = CERTIFICATE_SUBJECT_UID, since V2_0;
    CertificateSubjectSerialNumber(String) = CERTIFICATE_SUBJECT_SERIAL_NUMBER, since V2_0;
    CertificateSubjectTitle(String) = CERTIFICATE_SUBJECT_TITLE, since V2_0;
    CertificateSubjectDc(String) = CERTIFICATE_SUBJECT_DC, since V2_0;
    CertificateSubjectDnQualifier(String) = CERTIFICATE_SUBJECT_DN_QUALIFIER, since V2_0;
    CertificateIssuerCn(String) = CERTIFICATE_ISSUER_CN, since V2_0;
    CertificateIssuerO(String) = CERTIFICATE_ISSUER_O, since V2_0;
    CertificateIssuerOu(String) = CERTIFICATE_ISSUER_OU, since V2_0;
    CertificateIssuerEmail(String) = CERTIFICATE_ISSUER_EMAIL, since V2_0;
    CertificateIssuerC(String) = CERTIFICATE_ISSUER_C, since V2_0;
    CertificateIssuerSt(String) = CERTIFICATE_ISSUER_ST, since V2_0;
    CertificateIssuerL(String) = CERTIFICATE_ISSUER_L, since V2_0;
    CertificateIssuerUid(String) = CERTIFICATE_ISSUER_UID, since V2_0;
    CertificateIssuerSerialNumber(String) = CERTIFICATE_ISSUER_SERIAL_NUMBER, since V2_0;
    CertificateIssuerTitle(String) = CERTIFICATE_ISSUER_TITLE, since V2_0;
    CertificateIssuerDc(String) = CERTIFICATE_ISSUER_DC, since V2_0;
    CertificateIssuerDnQualifier(String) = CERTIFICATE_ISSUER_DN_QUALIFIER, since V2_0;
    RotateAutomatic(bool) = ROTATE_AUTOMATIC, since V2_1;
    RotateDate(DateTime) = ROTATE_DATE, since V2_1;
    RotateGeneration(u32) = ROTATE_GENERATION, since V2_1;
    RotateInterval(Interval) = ROTATE_INTERVAL, since V2_1;
    RotateLatest(bool) = ROTATE_LATEST, since V2_1;
    RotateName(RotateName) = ROTATE_NAME, since V2_1;
    RotateOffset(Interval) = ROTATE_OFFSET, since V2_1;
}

impl AttributeKind {
    /// Its name: what it is called on the wire until 1.4.
    pub fn name(self) -> &'static str {
        self.tag().name().unwrap_or_default()
    }

    /// The inverse of [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The inverse of [`tag`](Self::tag).
    pub fn from_tag(tag: Tag) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.tag() == tag)
    }

    /// Whether this version has it.
    pub fn exists_in(self, version: ProtocolVersion) -> bool {
        self.since() <= version && self.until().is_none_or(|until| version <= until)
    }
}

impl Attribute {
    /// How it is asked for.
    pub fn reference(&self) -> AttributeReference {
        match (self.kind(), self) {
            (Some(kind), _) => AttributeReference::Standard(kind),
            (None, Self::Vendor(attribute)) => {
                AttributeReference::Vendor { vendor: attribute.vendor.clone(), name: attribute.name.clone() }
            }
            // Invariant: only those of vendors have no kind.
            (None, _) => AttributeReference::Unknown(String::new()),
        }
    }
}

#[cfg(test)]
mod tests;
