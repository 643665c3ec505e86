//! Project Wycheproof: every valid case must work, every invalid one must be refused, and what the project calls
//! acceptable is decided here.

mod agreement;
mod signatures;
mod symmetric;
mod transport;

use wycheproof::{HashFunction, TestResult};

use crate::HashAlg;

fn hash_alg(hash: HashFunction) -> Option<HashAlg> {
    match hash {
        HashFunction::Sha1 => Some(HashAlg::Sha1),
        HashFunction::Sha2_224 => Some(HashAlg::Sha224),
        HashFunction::Sha2_256 => Some(HashAlg::Sha256),
        HashFunction::Sha2_384 => Some(HashAlg::Sha384),
        HashFunction::Sha2_512 => Some(HashAlg::Sha512),
        _ => None,
    }
}

/// Whether a case must work, given which of the acceptable ones we take.
fn expected(result: TestResult, acceptable: bool) -> bool {
    match result {
        TestResult::Valid => true,
        TestResult::Invalid => false,
        TestResult::Acceptable => acceptable,
    }
}
