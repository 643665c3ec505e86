use std::fmt;

/// What the values of a key are, which decides the operators that make sense for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyType {
    /// Text of people's own: may hold anything.
    Text,
    /// Text of ours: a name out of a closed list, an account number.
    Name,
    Arn,
    Bool,
    Number,
    Date,
    Ip,
}

macro_rules! fact_keys {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $type:ident $(, $many:ident)?;)*) => {
        /// A condition key: the name of a fact about a request. Closed: a policy that mentions another is refused.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum FactKey {
            /// `kms:EncryptionContext:<name>`: the value of one pair of the encryption context. As AWS has it, the name
            /// is compared without regard to case; use `kms:EncryptionContextKeys` to insist on the case.
            EncryptionContext(Box<str>),
            /// `aws:RequestTag/<name>`: the value of a tag that the request sets.
            RequestTag(Box<str>),
            /// `aws:ResourceTag/<name>`: the value of a tag of the resource.
            ResourceTag(Box<str>),
            $($(#[$doc])* #[doc = concat!("`", $name, "`.")] $variant,)*
        }

        impl FactKey {
            /// Every key but those of the three families.
            pub const SIMPLE: &'static [Self] = &[$(Self::$variant),*];

            fn simple_name(&self) -> &'static str {
                match self {
                    Self::EncryptionContext(_) => "kms:EncryptionContext:",
                    Self::RequestTag(_) => "aws:RequestTag/",
                    Self::ResourceTag(_) => "aws:ResourceTag/",
                    $(Self::$variant => $name,)*
                }
            }

            pub(crate) fn key_type(&self) -> KeyType {
                match self {
                    Self::EncryptionContext(_) | Self::RequestTag(_) | Self::ResourceTag(_) => KeyType::Text,
                    $(Self::$variant => KeyType::$type,)*
                }
            }

            /// Whether a request can have many values for it; then conditions need `ForAnyValue:` or `ForAllValues:`.
            pub fn is_multivalued(&self) -> bool {
                match self {
                    Self::EncryptionContext(_) | Self::RequestTag(_) | Self::ResourceTag(_) => false,
                    $(Self::$variant => fact_keys!(@many $($many)?),)*
                }
            }
        }
    };
    (@many many) => { true };
    (@many) => { false };
}

fact_keys! {
    /// Name of the key ring that the request is about, or in which its key is.
    KeyRing = "claviger:KeyRing", Name;
    /// Name of the key in its ring: its id, if it was made without one.
    RingKeyName = "claviger:RingKeyName", Name;
    /// When the request arrived.
    CurrentTime = "aws:CurrentTime", Date;
    /// When the request arrived, for numeric comparison too (seconds since 1970).
    EpochTime = "aws:EpochTime", Date;
    /// Account number of the caller.
    PrincipalAccount = "aws:PrincipalAccount", Name;
    /// ARN of the caller.
    PrincipalArn = "aws:PrincipalArn", Arn;
    /// `User` or `Account`.
    PrincipalType = "aws:PrincipalType", Name;
    /// Whether the request came over TLS.
    SecureTransport = "aws:SecureTransport", Bool;
    /// Address of the peer.
    SourceIp = "aws:SourceIp", Ip;
    /// Names of the tags that the request sets or removes.
    TagKeys = "aws:TagKeys", Text, many;
    /// Id of the caller.
    UserId = "aws:userid", Text;
    /// Name of the caller; absent for the account itself.
    Username = "aws:username", Text;
    /// Whether the request asks to skip the lockout safety check.
    BypassPolicyLockoutSafetyCheck = "kms:BypassPolicyLockoutSafetyCheck", Bool;
    /// Account number of the caller.
    CallerAccount = "kms:CallerAccount", Name;
    /// Specification of a data key pair.
    DataKeyPairSpec = "kms:DataKeyPairSpec", Name;
    /// Encryption algorithm of the request.
    EncryptionAlgorithm = "kms:EncryptionAlgorithm", Name;
    /// Names of the pairs of the encryption context.
    EncryptionContextKeys = "kms:EncryptionContextKeys", Text, many;
    /// Whether the key or object that is made may ever leave.
    Exportable = "claviger:Exportable", Bool;
    /// Whether imported material expires.
    ExpirationModel = "kms:ExpirationModel", Name;
    /// Kind of the constraint of a new grant.
    GrantConstraintType = "kms:GrantConstraintType", Name;
    /// ARN of the grantee of a new grant.
    GranteePrincipal = "kms:GranteePrincipal", Arn;
    /// Whether a service of the provider makes the grant for one of its resources.
    GrantIsForAwsResource = "kms:GrantIsForAWSResource", Bool;
    /// Operations of a new grant.
    GrantOperations = "kms:GrantOperations", Name, many;
    /// Algorithm of a key agreement.
    KeyAgreementAlgorithm = "kms:KeyAgreementAlgorithm", Name;
    /// Where the material of the key comes from.
    KeyOrigin = "kms:KeyOrigin", Name;
    /// Specification of the key.
    KeySpec = "kms:KeySpec", Name;
    /// What the key is for.
    KeyUsage = "kms:KeyUsage", Name;
    /// MAC algorithm of the request.
    MacAlgorithm = "kms:MacAlgorithm", Name;
    /// Whether the request signs a message, a digest or a representative.
    MessageType = "kms:MessageType", Name;
    /// Whether the key is a multi-region key.
    MultiRegion = "kms:MultiRegion", Bool;
    /// Whether a multi-region key is primary or replica.
    MultiRegionKeyType = "kms:MultiRegionKeyType", Name;
    /// Whether a re-encryption stays with the same key.
    ReEncryptOnSameKey = "kms:ReEncryptOnSameKey", Bool;
    /// The alias by which the request names the key, with `alias/`.
    RequestAlias = "kms:RequestAlias", Text;
    /// The aliases of the key, with `alias/`.
    ResourceAliases = "kms:ResourceAliases", Text, many;
    /// ARN of the retiring principal of a new grant.
    RetiringPrincipal = "kms:RetiringPrincipal", Arn;
    /// Days between rotations in the request.
    RotationPeriodInDays = "kms:RotationPeriodInDays", Number;
    /// Days until deletion in the request.
    ScheduleKeyDeletionPendingWindowInDays = "kms:ScheduleKeyDeletionPendingWindowInDays", Number;
    /// Signing algorithm of the request.
    SigningAlgorithm = "kms:SigningAlgorithm", Name;
    /// When imported material expires.
    ValidTo = "kms:ValidTo", Date;
    /// The service on whose behalf the call is made; never present here.
    ViaService = "kms:ViaService", Text;
    /// Wrapping algorithm of an import.
    WrappingAlgorithm = "kms:WrappingAlgorithm", Name;
    /// Wrapping key of an import.
    WrappingKeySpec = "kms:WrappingKeySpec", Name;
}

impl FactKey {
    /// From the name in a policy, without regard to case; `None` for an unknown one.
    pub fn parse(name: &str) -> Option<Self> {
        let family = |prefix: &str, key: fn(Box<str>) -> Self| {
            let (start, rest) = name.split_at_checked(prefix.len())?;
            (start.eq_ignore_ascii_case(prefix) && !rest.is_empty()).then(|| key(rest.into()))
        };
        Self::SIMPLE
            .iter()
            .find(|key| key.simple_name().eq_ignore_ascii_case(name))
            .cloned()
            .or_else(|| family("kms:EncryptionContext:", Self::EncryptionContext))
            .or_else(|| family("aws:RequestTag/", Self::RequestTag))
            .or_else(|| family("aws:ResourceTag/", Self::ResourceTag))
            // The old names of two keys, which mean the same.
            .or_else(|| name.eq_ignore_ascii_case("kms:CustomerMasterKeySpec").then_some(Self::KeySpec))
            .or_else(|| name.eq_ignore_ascii_case("kms:CustomerMasterKeyUsage").then_some(Self::KeyUsage))
    }
}

/// Its name as AWS documents it.
impl fmt::Display for FactKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.simple_name())?;
        match self {
            Self::EncryptionContext(name) | Self::RequestTag(name) | Self::ResourceTag(name) => {
                f.write_str(name)
            }
            _ => Ok(()),
        }
    }
}

/// Whether the name in a [`FactKey`] family (`kms:EncryptionContext:<name>`, the tags) means this pair or tag.
///
/// Without regard to ASCII case. If several pairs of a request fit, answer all of their values
/// ([`FactValue::Strs`](crate::FactValue::Strs)).
pub fn name_matches(in_policy: &str, in_request: &str) -> bool {
    in_policy.eq_ignore_ascii_case(in_request)
}
