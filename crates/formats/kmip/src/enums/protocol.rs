//! What operations, objects and their attributes are called.
use crate::codec::enumeration;

enumeration! {
    /// KMIP 2.1 §11.36.
    pub enum Operation {
        Create = 0x1,
        CreateKeyPair = 0x2,
        Register = 0x3,
        ReKey = 0x4,
        DeriveKey = 0x5,
        Certify = 0x6,
        ReCertify = 0x7,
        Locate = 0x8,
        Check = 0x9,
        Get = 0xa,
        GetAttributes = 0xb,
        GetAttributeList = 0xc,
        AddAttribute = 0xd,
        ModifyAttribute = 0xe,
        DeleteAttribute = 0xf,
        ObtainLease = 0x10,
        GetUsageAllocation = 0x11,
        Activate = 0x12,
        Revoke = 0x13,
        Destroy = 0x14,
        Archive = 0x15,
        Recover = 0x16,
        Validate = 0x17,
        Query = 0x18,
        Cancel = 0x19,
        Poll = 0x1a,
        Notify = 0x1b,
        Put = 0x1c,
        ReKeyKeyPair = 0x1d since V1_1,
        DiscoverVersions = 0x1e since V1_1,
        Encrypt = 0x1f since V1_2,
        Decrypt = 0x20 since V1_2,
        Sign = 0x21 since V1_2,
        SignatureVerify = 0x22 since V1_2,
        Mac = 0x23 since V1_2,
        MacVerify = 0x24 since V1_2,
        RngRetrieve = 0x25 since V1_2,
        RngSeed = 0x26 since V1_2,
        Hash = 0x27 since V1_2,
        CreateSplitKey = 0x28 since V1_2,
        JoinSplitKey = 0x29 since V1_2,
        Import = 0x2a since V1_4,
        Export = 0x2b since V1_4,
        Log = 0x2c since V2_0,
        Login = 0x2d since V2_0,
        Logout = 0x2e since V2_0,
        DelegatedLogin = 0x2f since V2_0,
        AdjustAttribute = 0x30 since V2_0,
        SetAttribute = 0x31 since V2_0,
        SetEndpointRole = 0x32 since V2_0,
        Pkcs11 = 0x33 since V2_0,
        Interop = 0x34 since V2_0,
        Reprovision = 0x35 since V2_0,
        SetDefaults = 0x36 since V2_1,
        SetConstraints = 0x37 since V2_1,
        GetConstraints = 0x38 since V2_1,
        QueryAsynchronousRequests = 0x39 since V2_1,
        Process = 0x3a since V2_1,
        Ping = 0x3b since V2_1,
    }
}

enumeration! {
    /// KMIP 2.1 §11.34. Templates are reserved from 2.0 on.
    pub enum ObjectType {
        Certificate = 0x1,
        SymmetricKey = 0x2,
        PublicKey = 0x3,
        PrivateKey = 0x4,
        SplitKey = 0x5,
        Template = 0x6,
        SecretData = 0x7,
        OpaqueObject = 0x8,
        PgpKey = 0x9 since V1_2,
        CertificateRequest = 0xa since V2_0,
    }
}

enumeration! {
    /// KMIP 2.1 §11.55.
    pub enum State {
        PreActive = 0x1,
        Active = 0x2,
        Deactivated = 0x3,
        Compromised = 0x4,
        Destroyed = 0x5,
        DestroyedCompromised = 0x6,
    }
}

enumeration! {
    /// KMIP 2.1 §11.31.
    pub enum NameType {
        UninterpretedTextString = 0x1,
        Uri = 0x2,
    }
}

enumeration! {
    /// KMIP 2.1 §11.2; from 1.2 on.
    pub enum AlternativeNameType {
        UninterpretedTextString = 0x1 since V1_2,
        Uri = 0x2 since V1_2,
        ObjectSerialNumber = 0x3 since V1_2,
        EmailAddress = 0x4 since V1_2,
        DnsName = 0x5 since V1_2,
        X500DistinguishedName = 0x6 since V1_2,
        IpAddress = 0x7 since V1_2,
    }
}

enumeration! {
    /// KMIP 2.1 §11.28.
    pub enum LinkType {
        Certificate = 0x101,
        PublicKey = 0x102,
        PrivateKey = 0x103,
        DerivationBaseObject = 0x104,
        DerivedKey = 0x105,
        ReplacementObject = 0x106,
        ReplacedObject = 0x107,
        Parent = 0x108 since V1_2,
        Child = 0x109 since V1_2,
        Previous = 0x10a since V1_2,
        Next = 0x10b since V1_2,
        Pkcs12Certificate = 0x10c since V1_4,
        Pkcs12Password = 0x10d since V1_4,
        WrappingKey = 0x10e since V1_4,
    }
}

enumeration! {
    /// KMIP 2.1 §11.27; from 1.2 on.
    pub enum KeyValueLocationType {
        UninterpretedTextString = 0x1 since V1_2,
        Uri = 0x2 since V1_2,
    }
}

enumeration! {
    /// KMIP 2.1 §11.48.
    pub enum RevocationReasonCode {
        Unspecified = 0x1,
        KeyCompromise = 0x2,
        CaCompromise = 0x3,
        AffiliationChanged = 0x4,
        Superseded = 0x5,
        CessationOfOperation = 0x6,
        PrivilegeWithdrawn = 0x7,
    }
}

enumeration! {
    /// KMIP 2.1 §11.60.
    pub enum UsageLimitsUnit {
        Byte = 0x1,
        Object = 0x2,
    }
}

enumeration! {
    /// KMIP 2.1 §11.42; from 2.0 on.
    pub enum ProtectionLevel {
        High = 0x1 since V2_0,
        Low = 0x2 since V2_0,
    }
}

enumeration! {
    /// KMIP 2.1 §11.33; from 1.1 on.
    pub enum ObjectGroupMember {
        Fresh = 0x1 since V1_1,
        Default = 0x2 since V1_1,
    }
}

enumeration! {
    /// KMIP 2.1 §11.44.
    pub enum QueryFunction {
        Operations = 0x1,
        Objects = 0x2,
        ServerInformation = 0x3,
        ApplicationNamespaces = 0x4,
        ExtensionList = 0x5 since V1_1,
        ExtensionMap = 0x6 since V1_1,
        AttestationTypes = 0x7 since V1_2,
        Rngs = 0x8 since V1_3,
        Validations = 0x9 since V1_3,
        Profiles = 0xa since V1_3,
        Capabilities = 0xb since V1_3,
        ClientRegistrationMethods = 0xc since V1_3,
        DefaultsInformation = 0xd since V2_0,
        StorageProtectionMasks = 0xe since V2_0,
    }
}

enumeration! {
    /// KMIP 2.1 §11.11.
    pub enum CredentialType {
        UsernameAndPassword = 0x1,
        Device = 0x2 since V1_1,
        Attestation = 0x3 since V1_2,
        OneTimePassword = 0x4 since V2_0,
        HashedPassword = 0x5 since V2_0,
        Ticket = 0x6 since V2_0,
    }
}

enumeration! {
    /// KMIP 2.1 §11.4; from 1.2 on.
    pub enum AttestationType {
        TpmQuote = 0x1 since V1_2,
        TcgIntegrityReport = 0x2 since V1_2,
        SamlAssertion = 0x3 since V1_2,
    }
}

enumeration! {
    /// KMIP 2.1 §11.57; from 2.0 on.
    pub enum TicketType {
        Login = 0x1 since V2_0,
    }
}

enumeration! {
    /// Objects of earlier items of the same batch (KMIP 2.1 §11.58; from 2.0 on).
    pub enum UniqueIdentifierEnum {
        IdPlaceholder = 0x1 since V2_0,
        Certify = 0x2 since V2_0,
        Create = 0x3 since V2_0,
        CreateKeyPair = 0x4 since V2_0,
        CreateKeyPairPrivateKey = 0x5 since V2_0,
        CreateKeyPairPublicKey = 0x6 since V2_0,
        CreateSplitKey = 0x7 since V2_0,
        DeriveKey = 0x8 since V2_0,
        Import = 0x9 since V2_0,
        JoinSplitKey = 0xa since V2_0,
        Locate = 0xb since V2_0,
        Register = 0xc since V2_0,
        ReKey = 0xd since V2_0,
        ReCertify = 0xe since V2_0,
        ReKeyKeyPair = 0xf since V2_0,
        ReKeyKeyPairPrivateKey = 0x10 since V2_0,
        ReKeyKeyPairPublicKey = 0x11 since V2_0,
    }
}

enumeration! {
    /// What happens to the items of a batch behind one that fails (KMIP 2.1 §11.5).
    pub enum BatchErrorContinuation {
        Continue = 0x1,
        Stop = 0x2,
        Undo = 0x3,
    }
}

enumeration! {
    /// KMIP 2.1 §11.47.
    pub enum ResultStatus {
        Success = 0x0,
        OperationFailed = 0x1,
        OperationPending = 0x2,
        OperationUndone = 0x3,
    }
}

enumeration! {
    /// KMIP 2.1 §11.59; from 1.3 on.
    pub enum UnwrapMode {
        Unspecified = 0x1 since V1_3,
        Processed = 0x2 since V1_3,
        NotProcessed = 0x3 since V1_3,
    }
}

enumeration! {
    /// KMIP 2.1 §11.15; from 1.3 on.
    pub enum DestroyAction {
        Unspecified = 0x1 since V1_3,
        KeyMaterialDeleted = 0x2 since V1_3,
        KeyMaterialShredded = 0x3 since V1_3,
        MetadataDeleted = 0x4 since V1_3,
        MetadataShredded = 0x5 since V1_3,
        Deleted = 0x6 since V1_3,
        Shredded = 0x7 since V1_3,
    }
}

enumeration! {
    /// KMIP 2.1 §11.53; from 1.3 on.
    pub enum ShreddingAlgorithm {
        Unspecified = 0x1 since V1_3,
        Cryptographic = 0x2 since V1_3,
        Unsupported = 0x3 since V1_3,
    }
}

enumeration! {
    /// KMIP 2.1 §11.50; from 1.3 on.
    pub enum RngMode {
        Unspecified = 0x1 since V1_3,
        SharedInstantiation = 0x2 since V1_3,
        NonSharedInstantiation = 0x3 since V1_3,
    }
}
