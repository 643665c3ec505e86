//! Suites over the whole interface: vectors of the standards and of OpenSSL.

mod openssl;
mod standards;
