//! Values made up from a seed, and their comparison: secrets have no `PartialEq`, and messages therefore none either.
use claviger_types::SecretBytes;

use crate::{
    ProtocolVersion, SecretText,
    value::{
        AsynchronousIndicator, BigInteger, DateTime, DateTimeExtended, Interval, OpenEnumeration,
        ProtectionStorageMask, StorageStatusMask, UniqueIdentifier, UsageMask,
    },
};

/// Numbers from a seed, and the version for which things are made up.
pub(crate) struct Source {
    state: u64,
    pub(crate) version: ProtocolVersion,
}

impl Source {
    pub(crate) fn new(seed: u64, version: ProtocolVersion) -> Self {
        Self { state: seed, version }
    }

    /// SplitMix64.
    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// True once in so many times.
    pub(crate) fn chance(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    pub(crate) fn has(&self, since: ProtocolVersion) -> bool {
        self.version >= since
    }

    pub(crate) fn bytes(&mut self) -> Vec<u8> {
        (0..self.below(20)).map(|_| self.next() as u8).collect()
    }
}

pub(crate) trait Arbitrary: Sized {
    fn arbitrary(source: &mut Source) -> Self;
}

pub(crate) trait Same {
    fn same(&self, other: &Self) -> bool;
}

macro_rules! arbitrary {
    ($($type:ty: $source:ident => $make:expr;)*) => {
        $(impl Arbitrary for $type {
            fn arbitrary($source: &mut Source) -> Self {
                $make
            }
        })*
    };
}

arbitrary! {
    bool: source => source.chance(2);
    u32: source => (source.next() as u32) >> 1;
    i64: source => source.next() as i64;
    String: source => (0..source.below(12)).map(|_| source.pick(&['a', 'Z', '-', ' ', 'ü', '€'])).collect();
    SecretText: source => SecretText::new(&String::arbitrary(source));
    Vec<u8>: source => source.bytes();
    SecretBytes: source => SecretBytes::new(source.bytes());
    BigInteger: source => BigInteger::from_magnitude(&source.bytes());
    DateTime: source => DateTime(source.next() as i64);
    DateTimeExtended: source => DateTimeExtended(source.next() as i64);
    Interval: source => Interval(source.next() as u32);
    UsageMask: source => UsageMask(source.next() as u32);
    StorageStatusMask: source => StorageStatusMask(source.next() as u32);
    ProtectionStorageMask: source => ProtectionStorageMask(source.next() as u32);
    OpenEnumeration: source => OpenEnumeration(source.next() as u32);
    ProtocolVersion: source => ProtocolVersion { major: source.below(4) as u16, minor: source.below(9) as u16 };
    AsynchronousIndicator: source => match source.has(ProtocolVersion::V2_0) {
        true => source.pick(&[
            AsynchronousIndicator::Mandatory,
            AsynchronousIndicator::Optional,
            AsynchronousIndicator::Prohibited,
        ]),
        false => source.pick(&[AsynchronousIndicator::Optional, AsynchronousIndicator::Prohibited]),
    };
    UniqueIdentifier: source => match source.below(3) {
        0 if source.has(ProtocolVersion::V2_0) => UniqueIdentifier::Nth(source.next() as i32),
        1 if source.has(ProtocolVersion::V2_0) => UniqueIdentifier::Of(Arbitrary::arbitrary(source)),
        _ => UniqueIdentifier::Text(String::arbitrary(source)),
    };
}

macro_rules! same_if_equal {
    ($($type:ty),* $(,)?) => {
        $(impl Same for $type {
            fn same(&self, other: &Self) -> bool {
                self == other
            }
        })*
    };
}

same_if_equal!(
    bool,
    u8,
    u32,
    i64,
    String,
    DateTime,
    DateTimeExtended,
    Interval,
    UsageMask,
    StorageStatusMask,
    ProtectionStorageMask,
    OpenEnumeration,
    ProtocolVersion,
    AsynchronousIndicator,
    UniqueIdentifier,
);

impl Same for SecretText {
    fn same(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Same for SecretBytes {
    fn same(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Same for BigInteger {
    fn same(&self, other: &Self) -> bool {
        self.as_wire() == other.as_wire()
    }
}

impl<T: Same> Same for Option<T> {
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Some(one), Some(other)) => one.same(other),
            (None, None) => true,
            _ => false,
        }
    }
}

impl<T: Same> Same for Vec<T> {
    fn same(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(one, other)| one.same(other))
    }
}
