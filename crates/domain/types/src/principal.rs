use std::{fmt, str::FromStr, sync::Arc};

use crate::{AccountId, CredentialId, InvalidName, PrincipalId, Revision, Sealed, Timestamp};

/// A person or a program that calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Its id.
    pub id: PrincipalId,
    /// The project that it belongs to.
    pub project: AccountId,
    /// Its name, unique in the project; policies call it `arn:aws:iam::<account>:user/<name>`.
    pub name: PrincipalName,
    /// A disabled principal is refused whatever its credentials.
    pub disabled: bool,
    /// When it was made.
    pub created: Timestamp,
    /// Counts its changes.
    pub revision: Revision,
}

/// A policy attached to a principal: what it may do, whatever the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityPolicy {
    /// The principal.
    pub principal: PrincipalId,
    /// Its name, unique for the principal.
    pub name: PolicyName,
    /// IAM policy document in JSON, without `Principal` elements.
    pub document: Box<str>,
    /// When it was last written.
    pub updated: Timestamp,
}

/// Something that proves who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Its public id.
    pub id: CredentialId,
    /// Whom it proves.
    pub principal: PrincipalId,
    /// What it is.
    pub kind: CredentialKind,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it is refused.
    pub expires: Option<Timestamp>,
    /// When it was revoked; it is never accepted again.
    pub revoked: Option<Timestamp>,
}

/// The kinds of credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// An access-key pair (AWS Signature Version 4). The secret is kept encrypted, because checking a signature needs it.
    AccessKey {
        /// The secret access key.
        secret: Sealed,
    },
    /// A bearer token (RFC 6750), of which only a hash is kept.
    BearerToken {
        /// SHA-256 of the token, which is random and 256 bits long, so that no slow hash is needed.
        hash: TokenHash,
    },
    /// A client certificate, by its public key.
    ClientCertificate {
        /// SHA-256 of the SubjectPublicKeyInfo in DER.
        spki_sha256: [u8; 32],
    },
    /// A key pair whose private half signs JSON Web Tokens (RFC 7523), as Google's service-account keys do.
    ServiceAccountKey {
        /// SubjectPublicKeyInfo in DER.
        public: Arc<[u8]>,
        /// Its SHA-256.
        spki_sha256: [u8; 32],
    },
    /// A shared HMAC key whose protocol names no key: the one of its listener (go-kms).
    SharedKey {
        /// The key.
        secret: Sealed,
    },
}

impl CredentialKind {
    /// Our name of the kind, in the store, the native API and the audit log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AccessKey { .. } => "access-key",
            Self::BearerToken { .. } => "bearer-token",
            Self::ClientCertificate { .. } => "client-certificate",
            Self::ServiceAccountKey { .. } => "service-account-key",
            Self::SharedKey { .. } => "shared-key",
        }
    }
}

/// SHA-256 of a bearer token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

macro_rules! entity_name {
    ($(#[$doc:meta])* $name:ident, $max:literal, $message:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
                if text.is_empty() || text.len() > $max || !text.bytes().all(allowed) {
                    return Err(InvalidName::new($message));
                }
                Ok(Self(text.into()))
            }
        }
    };
}

entity_name!(
    /// Name of a principal, in the characters of an IAM user name.
    PrincipalName, 64, "a principal's name has 1 to 64 letters, digits and characters of _+=,.@-"
);
entity_name!(
    /// Name of an identity policy, in the characters of an IAM policy name.
    PolicyName, 128, "a policy's name has 1 to 128 letters, digits and characters of _+=,.@-"
);
