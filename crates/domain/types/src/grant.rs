use std::collections::BTreeMap;

use crate::{GrantId, KeyId, RequestId, Timestamp};

/// A permission on one key for one grantee, made and taken back without touching the key's policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The key.
    pub key: KeyId,
    /// ARN of the principal that may use the key.
    pub grantee: Box<str>,
    /// ARN of a principal that may retire the grant, besides the grantee if `RetireGrant` is among the operations.
    pub retiring: Option<Box<str>>,
    /// What the grantee may do.
    pub operations: GrantOperations,
    /// What the encryption context of a call must be.
    pub constraint: Option<GrantConstraint>,
    /// A name that makes its creation idempotent.
    pub name: Option<Box<str>>,
    /// ARN of the principal that made it.
    pub issuer: Box<str>,
    /// When it was made.
    pub created: Timestamp,
    /// The call that made it.
    pub request: RequestId,
}

/// Restricts a grant to encryption contexts; names and values are compared exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantConstraint {
    /// The encryption context must be exactly this.
    ContextEquals(BTreeMap<Box<str>, Box<str>>),
    /// The encryption context must hold at least these pairs.
    ContextSubset(BTreeMap<Box<str>, Box<str>>),
}

macro_rules! grant_operations {
    ($($name:ident),* $(,)?) => {
        /// An operation that a grant can allow, by its name in the AWS API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the names are those of the AWS API and say all")]
        pub enum GrantOperation { $($name),* }

        impl GrantOperation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name in the AWS API, which is that of the action without `kms:`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// The inverse of [`name`](Self::name).
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $(stringify!($name) => Some(Self::$name),)* _ => None }
            }
        }
    };
}

grant_operations!(
    CreateGrant,
    Decrypt,
    DeriveSharedSecret,
    DescribeKey,
    Encrypt,
    GenerateDataKey,
    GenerateDataKeyPair,
    GenerateDataKeyPairWithoutPlaintext,
    GenerateDataKeyWithoutPlaintext,
    GenerateMac,
    GetPublicKey,
    ReEncryptFrom,
    ReEncryptTo,
    RetireGrant,
    Sign,
    Verify,
    VerifyMac,
);

/// A set of [`GrantOperation`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GrantOperations(u32);

impl GrantOperations {
    /// Whether `operation` is in it.
    pub const fn contains(self, operation: GrantOperation) -> bool {
        self.0 & (1 << operation as u32) != 0
    }

    /// Whether every operation of `other` is in it too.
    pub const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The operations, in the order of their names.
    pub fn iter(self) -> impl Iterator<Item = GrantOperation> {
        GrantOperation::ALL.iter().copied().filter(move |operation| self.contains(*operation))
    }
}

impl FromIterator<GrantOperation> for GrantOperations {
    fn from_iter<I: IntoIterator<Item = GrantOperation>>(operations: I) -> Self {
        Self(operations.into_iter().fold(0, |set, operation| set | 1 << operation as u32))
    }
}
