//! Suites over the whole interface: vectors of the standards, of OpenSSL and of Project Wycheproof, and properties.

mod contract;
mod openssl;
mod properties;
mod standards;
mod wycheproof;
