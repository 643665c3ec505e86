use crate::{ProtocolVersion, codec::enumeration};

enumeration! {
    /// Why an operation failed (KMIP 2.1 §11.46).
    pub enum ResultReason {
        ItemNotFound = 0x1,
        ResponseTooLarge = 0x2,
        AuthenticationNotSuccessful = 0x3,
        InvalidMessage = 0x4,
        OperationNotSupported = 0x5,
        MissingData = 0x6,
        InvalidField = 0x7,
        FeatureNotSupported = 0x8,
        OperationCanceledByRequester = 0x9,
        CryptographicFailure = 0xa,
        IllegalOperation = 0xb,
        PermissionDenied = 0xc,
        ObjectArchived = 0xd,
        IndexOutOfBounds = 0xe,
        ApplicationNamespaceNotSupported = 0xf,
        KeyFormatTypeNotSupported = 0x10,
        KeyCompressionTypeNotSupported = 0x11,
        EncodingOptionError = 0x12 since V1_1,
        KeyValueNotPresent = 0x13 since V1_2,
        AttestationRequired = 0x14 since V1_2,
        AttestationFailed = 0x15 since V1_2,
        Sensitive = 0x16 since V1_4,
        NotExtractable = 0x17 since V1_4,
        ObjectAlreadyExists = 0x18 since V1_4,
        GeneralFailure = 0x100,
        InvalidTicket = 0x19 since V2_0,
        UsageLimitExceeded = 0x1a since V2_0,
        NumericRange = 0x1b since V2_0,
        InvalidDataType = 0x1c since V2_0,
        ReadOnlyAttribute = 0x1d since V2_0,
        MultiValuedAttribute = 0x1e since V2_0,
        UnsupportedAttribute = 0x1f since V2_0,
        AttributeInstanceNotFound = 0x20 since V2_0,
        AttributeNotFound = 0x21 since V2_0,
        AttributeReadOnly = 0x22 since V2_0,
        AttributeSingleValued = 0x23 since V2_0,
        BadCryptographicParameters = 0x24 since V2_0,
        BadPassword = 0x25 since V2_0,
        CodecError = 0x26 since V2_0,
        IllegalObjectType = 0x28 since V2_0,
        IncompatibleCryptographicUsageMask = 0x29 since V2_0,
        InternalServerError = 0x2a since V2_0,
        InvalidAsynchronousCorrelationValue = 0x2b since V2_0,
        InvalidAttribute = 0x2c since V2_0,
        InvalidAttributeValue = 0x2d since V2_0,
        InvalidCorrelationValue = 0x2e since V2_0,
        InvalidCsr = 0x2f since V2_0,
        InvalidObjectType = 0x30 since V2_0,
        KeyWrapTypeNotSupported = 0x32 since V2_0,
        MissingInitializationVector = 0x34 since V2_0,
        NonUniqueNameAttribute = 0x35 since V2_0,
        ObjectDestroyed = 0x36 since V2_0,
        ObjectNotFound = 0x37 since V2_0,
        NotAuthorised = 0x39 since V2_0,
        ServerLimitExceeded = 0x3a since V2_0,
        UnknownEnumeration = 0x3b since V2_0,
        UnknownMessageExtension = 0x3c since V2_0,
        UnknownTag = 0x3d since V2_0,
        UnsupportedCryptographicParameters = 0x3e since V2_0,
        UnsupportedProtocolVersion = 0x3f since V2_0,
        WrappingObjectArchived = 0x40 since V2_0,
        WrappingObjectDestroyed = 0x41 since V2_0,
        WrappingObjectNotFound = 0x42 since V2_0,
        WrongKeyLifecycleState = 0x43 since V2_0,
        ProtectionStorageUnavailable = 0x44 since V2_0,
        Pkcs11CodecError = 0x45 since V2_0,
        Pkcs11InvalidFunction = 0x46 since V2_0,
        Pkcs11InvalidInterface = 0x47 since V2_0,
        PrivateProtectionStorageUnavailable = 0x48 since V2_1,
        PublicProtectionStorageUnavailable = 0x49 since V2_1,
        UnknownObjectGroup = 0x4a since V2_1,
        ConstraintViolation = 0x4b since V2_1,
        DuplicateProcessRequest = 0x4c since V2_1,
    }
}

impl ResultReason {
    /// The reason that a client of this version knows and that comes closest. Clients of 1.x may take a number that they
    /// don't know for an internal error, and give up on the server.
    #[must_use]
    pub fn in_version(self, version: ProtocolVersion) -> Self {
        if version >= self.since() { self } else { self.ancestor() }
    }

    /// One of the reasons of 1.0.
    const fn ancestor(self) -> Self {
        match self {
            Self::ItemNotFound
            | Self::AttributeNotFound
            | Self::AttributeInstanceNotFound
            | Self::ObjectNotFound
            | Self::ObjectDestroyed
            | Self::WrappingObjectNotFound
            | Self::WrappingObjectDestroyed
            | Self::UnknownObjectGroup => Self::ItemNotFound,
            Self::ResponseTooLarge => Self::ResponseTooLarge,
            Self::AuthenticationNotSuccessful
            | Self::AttestationRequired
            | Self::AttestationFailed
            | Self::InvalidTicket => Self::AuthenticationNotSuccessful,
            Self::InvalidMessage
            | Self::CodecError
            | Self::UnknownTag
            | Self::UnknownMessageExtension
            | Self::UnsupportedProtocolVersion => Self::InvalidMessage,
            Self::OperationNotSupported => Self::OperationNotSupported,
            Self::MissingData | Self::MissingInitializationVector => Self::MissingData,
            Self::InvalidField
            | Self::NumericRange
            | Self::InvalidDataType
            | Self::UnknownEnumeration
            | Self::InvalidAttribute
            | Self::InvalidAttributeValue
            | Self::InvalidCorrelationValue
            | Self::InvalidAsynchronousCorrelationValue
            | Self::InvalidCsr
            | Self::InvalidObjectType
            | Self::IllegalObjectType
            | Self::MultiValuedAttribute
            | Self::AttributeSingleValued
            | Self::NonUniqueNameAttribute
            | Self::ObjectAlreadyExists => Self::InvalidField,
            Self::FeatureNotSupported
            | Self::UnsupportedAttribute
            | Self::UnsupportedCryptographicParameters
            | Self::KeyWrapTypeNotSupported
            | Self::EncodingOptionError
            | Self::Pkcs11CodecError
            | Self::Pkcs11InvalidFunction
            | Self::Pkcs11InvalidInterface => Self::FeatureNotSupported,
            Self::OperationCanceledByRequester => Self::OperationCanceledByRequester,
            Self::CryptographicFailure | Self::BadCryptographicParameters | Self::BadPassword => {
                Self::CryptographicFailure
            }
            Self::IllegalOperation | Self::KeyValueNotPresent => Self::IllegalOperation,
            Self::PermissionDenied
            | Self::NotAuthorised
            | Self::Sensitive
            | Self::NotExtractable
            | Self::ReadOnlyAttribute
            | Self::AttributeReadOnly
            | Self::IncompatibleCryptographicUsageMask
            | Self::UsageLimitExceeded
            | Self::WrongKeyLifecycleState
            | Self::ConstraintViolation => Self::PermissionDenied,
            Self::ObjectArchived | Self::WrappingObjectArchived => Self::ObjectArchived,
            Self::IndexOutOfBounds => Self::IndexOutOfBounds,
            Self::ApplicationNamespaceNotSupported => Self::ApplicationNamespaceNotSupported,
            Self::KeyFormatTypeNotSupported => Self::KeyFormatTypeNotSupported,
            Self::KeyCompressionTypeNotSupported => Self::KeyCompressionTypeNotSupported,
            Self::GeneralFailure
            | Self::InternalServerError
            | Self::ServerLimitExceeded
            | Self::ProtectionStorageUnavailable
            | Self::PrivateProtectionStorageUnavailable
            | Self::PublicProtectionStorageUnavailable
            | Self::DuplicateProcessRequest => Self::GeneralFailure,
        }
    }
}
