use super::*;
use crate::testing::{Arbitrary, Same, Source};

impl Arbitrary for Object {
    fn arbitrary(source: &mut Source) -> Self {
        match source.below(6) {
            0 => Self::Certificate(Arbitrary::arbitrary(source)),
            1 => Self::SymmetricKey(Arbitrary::arbitrary(source)),
            2 => Self::PublicKey(Arbitrary::arbitrary(source)),
            3 => Self::PrivateKey(Arbitrary::arbitrary(source)),
            4 => Self::SecretData(Arbitrary::arbitrary(source)),
            _ => Self::OpaqueObject(Arbitrary::arbitrary(source)),
        }
    }
}

impl Same for Object {
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Certificate(one), Self::Certificate(other)) => one.same(other),
            (Self::SymmetricKey(one), Self::SymmetricKey(other))
            | (Self::PublicKey(one), Self::PublicKey(other))
            | (Self::PrivateKey(one), Self::PrivateKey(other)) => one.same(other),
            (Self::SecretData(one), Self::SecretData(other)) => one.same(other),
            (Self::OpaqueObject(one), Self::OpaqueObject(other)) => one.same(other),
            _ => false,
        }
    }
}
