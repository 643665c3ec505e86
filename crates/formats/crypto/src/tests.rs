//! Suites over the whole interface: vectors of the standards, of OpenSSL and of Project Wycheproof.

mod openssl;
mod standards;
mod wycheproof;
