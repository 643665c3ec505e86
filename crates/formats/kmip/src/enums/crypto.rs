//! What algorithms, their parameters and keys are called.
use crate::codec::enumeration;

enumeration! {
    /// KMIP 2.1 §11.12.
    pub enum CryptographicAlgorithm {
        Des = 0x1,
        TripleDes = 0x2,
        Aes = 0x3,
        Rsa = 0x4,
        Dsa = 0x5,
        Ecdsa = 0x6,
        HmacSha1 = 0x7,
        HmacSha224 = 0x8,
        HmacSha256 = 0x9,
        HmacSha384 = 0xa,
        HmacSha512 = 0xb,
        HmacMd5 = 0xc,
        Dh = 0xd,
        Ecdh = 0xe,
        Ecmqv = 0xf,
        Blowfish = 0x10,
        Camellia = 0x11,
        Cast5 = 0x12,
        Idea = 0x13,
        Mars = 0x14,
        Rc2 = 0x15,
        Rc4 = 0x16,
        Rc5 = 0x17,
        Skipjack = 0x18,
        Twofish = 0x19,
        Ec = 0x1a since V1_2,
        OneTimePad = 0x1b since V1_3,
        ChaCha20 = 0x1c since V1_4,
        Poly1305 = 0x1d since V1_4,
        ChaCha20Poly1305 = 0x1e since V1_4,
        Sha3_224 = 0x1f since V1_4,
        Sha3_256 = 0x20 since V1_4,
        Sha3_384 = 0x21 since V1_4,
        Sha3_512 = 0x22 since V1_4,
        HmacSha3_224 = 0x23 since V1_4,
        HmacSha3_256 = 0x24 since V1_4,
        HmacSha3_384 = 0x25 since V1_4,
        HmacSha3_512 = 0x26 since V1_4,
        Shake128 = 0x27 since V1_4,
        Shake256 = 0x28 since V1_4,
        Aria = 0x29 since V2_0,
        Seed = 0x2a since V2_0,
        Sm2 = 0x2b since V2_0,
        Sm3 = 0x2c since V2_0,
        Sm4 = 0x2d since V2_0,
        GostR34102012 = 0x2e since V2_0,
        GostR34112012 = 0x2f since V2_0,
        GostR34132015 = 0x30 since V2_0,
        Gost2814789 = 0x31 since V2_0,
        Xmss = 0x32 since V2_0,
        Sphincs256 = 0x33 since V2_0,
        McEliece = 0x34 since V2_0,
        McEliece6960119 = 0x35 since V2_0,
        McEliece8192128 = 0x36 since V2_0,
        Ed25519 = 0x37 since V2_0,
        Ed448 = 0x38 since V2_0,
    }
}

enumeration! {
    /// KMIP 2.1 §11.6.
    pub enum BlockCipherMode {
        Cbc = 0x1,
        Ecb = 0x2,
        Pcbc = 0x3,
        Cfb = 0x4,
        Ofb = 0x5,
        Ctr = 0x6,
        Cmac = 0x7,
        Ccm = 0x8,
        Gcm = 0x9,
        CbcMac = 0xa,
        Xts = 0xb,
        AesKeyWrapPadding = 0xc,
        NistKeyWrap = 0xd,
        X9102Aeskw = 0xe,
        X9102Tdkw = 0xf,
        X9102Akw1 = 0x10,
        X9102Akw2 = 0x11,
        Aead = 0x12 since V1_4,
    }
}

enumeration! {
    /// KMIP 2.1 §11.37.
    pub enum PaddingMethod {
        None = 0x1,
        Oaep = 0x2,
        Pkcs5 = 0x3,
        Ssl3 = 0x4,
        Zeros = 0x5,
        AnsiX923 = 0x6,
        Iso10126 = 0x7,
        Pkcs1v15 = 0x8,
        X931 = 0x9,
        Pss = 0xa,
    }
}

enumeration! {
    /// KMIP 2.1 §11.21.
    pub enum HashingAlgorithm {
        Md2 = 0x1,
        Md4 = 0x2,
        Md5 = 0x3,
        Sha1 = 0x4,
        Sha224 = 0x5,
        Sha256 = 0x6,
        Sha384 = 0x7,
        Sha512 = 0x8,
        Ripemd160 = 0x9,
        Tiger = 0xa,
        Whirlpool = 0xb,
        Sha512_224 = 0xc since V1_2,
        Sha512_256 = 0xd since V1_2,
        Sha3_224 = 0xe since V1_4,
        Sha3_256 = 0xf since V1_4,
        Sha3_384 = 0x10 since V1_4,
        Sha3_512 = 0x11 since V1_4,
    }
}

enumeration! {
    /// KMIP 2.1 §11.16.
    pub enum DigitalSignatureAlgorithm {
        Md2WithRsaEncryption = 0x1,
        Md5WithRsaEncryption = 0x2,
        Sha1WithRsaEncryption = 0x3,
        Sha224WithRsaEncryption = 0x4,
        Sha256WithRsaEncryption = 0x5,
        Sha384WithRsaEncryption = 0x6,
        Sha512WithRsaEncryption = 0x7,
        RsassaPss = 0x8,
        DsaWithSha1 = 0x9,
        DsaWithSha224 = 0xa,
        DsaWithSha256 = 0xb,
        EcdsaWithSha1 = 0xc,
        EcdsaWithSha224 = 0xd,
        EcdsaWithSha256 = 0xe,
        EcdsaWithSha384 = 0xf,
        EcdsaWithSha512 = 0x10,
        Sha3_256WithRsaEncryption = 0x11 since V1_4,
        Sha3_384WithRsaEncryption = 0x12 since V1_4,
        Sha3_512WithRsaEncryption = 0x13 since V1_4,
    }
}

enumeration! {
    /// KMIP 2.1 §11.26.
    pub enum KeyRoleType {
        Bdk = 0x1,
        Cvk = 0x2,
        Dek = 0x3,
        Mkac = 0x4,
        Mksmc = 0x5,
        Mksmi = 0x6,
        Mkdac = 0x7,
        Mkdn = 0x8,
        Mkcp = 0x9,
        Mkoth = 0xa,
        Kek = 0xb,
        Mac16609 = 0xc,
        Mac97971 = 0xd,
        Mac97972 = 0xe,
        Mac97973 = 0xf,
        Mac97974 = 0x10,
        Mac97975 = 0x11,
        Zpk = 0x12,
        Pvkibm = 0x13,
        Pvkpvv = 0x14,
        Pvkoth = 0x15,
        Dukpt = 0x16 since V1_4,
        Iv = 0x17 since V1_4,
        Trkbk = 0x18 since V1_4,
    }
}

enumeration! {
    /// KMIP 2.1 §11.30; from 1.4 on.
    pub enum MaskGenerator {
        Mgf1 = 0x1 since V1_4,
    }
}

enumeration! {
    /// KMIP 2.1 §11.25. The algorithm-specific elliptic curve formats are reserved from 2.0 on.
    pub enum KeyFormatType {
        Raw = 0x1,
        Opaque = 0x2,
        Pkcs1 = 0x3,
        Pkcs8 = 0x4,
        X509 = 0x5,
        EcPrivateKey = 0x6,
        TransparentSymmetricKey = 0x7,
        TransparentDsaPrivateKey = 0x8,
        TransparentDsaPublicKey = 0x9,
        TransparentRsaPrivateKey = 0xa,
        TransparentRsaPublicKey = 0xb,
        TransparentDhPrivateKey = 0xc,
        TransparentDhPublicKey = 0xd,
        TransparentEcdsaPrivateKey = 0xe,
        TransparentEcdsaPublicKey = 0xf,
        TransparentEcdhPrivateKey = 0x10,
        TransparentEcdhPublicKey = 0x11,
        TransparentEcmqvPrivateKey = 0x12,
        TransparentEcmqvPublicKey = 0x13,
        TransparentEcPrivateKey = 0x14 since V1_3,
        TransparentEcPublicKey = 0x15 since V1_3,
        Pkcs12 = 0x16 since V1_4,
        Pkcs10 = 0x17 since V2_1,
    }
}

enumeration! {
    /// KMIP 2.1 §11.24.
    pub enum KeyCompressionType {
        Uncompressed = 0x1,
        CompressedPrime = 0x2,
        CompressedChar2 = 0x3,
        Hybrid = 0x4,
    }
}

enumeration! {
    /// KMIP 2.1 §11.29; from 1.4 on.
    pub enum KeyWrapType {
        NotWrapped = 0x1 since V1_4,
        AsRegistered = 0x2 since V1_4,
    }
}

enumeration! {
    /// KMIP 2.1 §11.62.
    pub enum WrappingMethod {
        Encrypt = 0x1,
        MacSign = 0x2,
        EncryptThenMacSign = 0x3,
        MacSignThenEncrypt = 0x4,
        Tr31 = 0x5,
    }
}

enumeration! {
    /// KMIP 2.1 §11.18; from 1.1 on.
    pub enum EncodingOption {
        NoEncoding = 0x1 since V1_1,
        TtlvEncoding = 0x2 since V1_1,
    }
}

enumeration! {
    /// KMIP 2.1 §11.52.
    pub enum SecretDataType {
        Password = 0x1,
        Seed = 0x2,
    }
}

enumeration! {
    /// KMIP 2.1 §11.9.
    pub enum CertificateType {
        X509 = 0x1,
        Pgp = 0x2,
    }
}

enumeration! {
    /// KMIP 2.1 §11.49; from 1.3 on.
    pub enum RngAlgorithm {
        Unspecified = 0x1 since V1_3,
        Fips1862 = 0x2 since V1_3,
        Drbg = 0x3 since V1_3,
        Nrbg = 0x4 since V1_3,
        AnsiX931 = 0x5 since V1_3,
        AnsiX962 = 0x6 since V1_3,
    }
}

enumeration! {
    /// KMIP 2.1 §11.17; from 1.3 on.
    pub enum DrbgAlgorithm {
        Unspecified = 0x1 since V1_3,
        DualEc = 0x2 since V1_3,
        Hash = 0x3 since V1_3,
        Hmac = 0x4 since V1_3,
        Ctr = 0x5 since V1_3,
    }
}

enumeration! {
    /// KMIP 2.1 §11.20; from 1.3 on.
    pub enum Fips186Variation {
        Unspecified = 0x1 since V1_3,
        GpXOriginal = 0x2 since V1_3,
        GpXChangeNotice = 0x3 since V1_3,
        XOriginal = 0x4 since V1_3,
        XChangeNotice = 0x5 since V1_3,
        KOriginal = 0x6 since V1_3,
        KChangeNotice = 0x7 since V1_3,
    }
}

enumeration! {
    /// KMIP 2.1 §11.32; from 2.0 on.
    pub enum NistKeyType {
        PrivateSignatureKey = 0x1 since V2_0,
        PublicSignatureVerificationKey = 0x2 since V2_0,
        SymmetricAuthenticationKey = 0x3 since V2_0,
        PrivateAuthenticationKey = 0x4 since V2_0,
        PublicAuthenticationKey = 0x5 since V2_0,
        SymmetricDataEncryptionKey = 0x6 since V2_0,
        SymmetricKeyWrappingKey = 0x7 since V2_0,
        SymmetricRandomNumberGenerationKey = 0x8 since V2_0,
        SymmetricMasterKey = 0x9 since V2_0,
        PrivateKeyTransportKey = 0xa since V2_0,
        PublicKeyTransportKey = 0xb since V2_0,
        SymmetricKeyAgreementKey = 0xc since V2_0,
        PrivateStaticKeyAgreementKey = 0xd since V2_0,
        PublicStaticKeyAgreementKey = 0xe since V2_0,
        PrivateEphemeralKeyAgreementKey = 0xf since V2_0,
        PublicEphemeralKeyAgreementKey = 0x10 since V2_0,
        SymmetricAuthorizationKey = 0x11 since V2_0,
        PrivateAuthorizationKey = 0x12 since V2_0,
        PublicAuthorizationKey = 0x13 since V2_0,
    }
}

enumeration! {
    /// KMIP 2.1 §11.61.
    pub enum ValidityIndicator {
        Valid = 0x1,
        Invalid = 0x2,
        Unknown = 0x3,
    }
}
