//! Certificate authorities whose keys are keys of the service: one file for each operation, named after it.
//!
//! An authority never holds a key. What is to be signed is encoded here ([`certificate`], [`revocation_list`], [`ocsp`]),
//! signed through the pipeline with the permission of whoever asks for it, checked against the authority's certificate, and
//! put together. Only what says which certificates are revoked is signed without anybody's permission, by the service itself.
#![forbid(unsafe_code)]

pub mod ocsp;
pub mod pem;

mod address;
mod adoption;
mod certificate;
mod certify;
mod constraints;
mod create_authority;
mod describe;
mod get_authority;
mod get_certificate;
mod get_list;
mod issue_certificate;
mod issuer;
mod issuing;
mod list_authorities;
mod list_certificates;
mod names;
mod profile;
mod publish_list;
mod request;
mod revocation_list;
mod revoke_certificate;
mod rotate_authority;
mod signature;
mod subject;
mod time;

pub use address::Addresses;
pub use certify::Issued;
pub use constraints::{NameConstraints, Subtree};
pub use create_authority::{AuthorityTerms, CreateCertificateAuthority, Origin};
pub use describe::{IssuerDescription, alternative_names};
pub use get_authority::GetCertificateAuthority;
pub use get_certificate::GetCertificate;
pub use get_list::GetRevocationList;
pub use issue_certificate::{IssueCertificate, SubjectKey};
pub use list_authorities::ListCertificateAuthorities;
pub use list_certificates::ListCertificates;
pub use names::{AltName, DnsName, MAX_NAMES, SpiffeId};
pub use publish_list::{Publication, PublishRevocationList};
pub use request::{CertificateRequest, MAX_REQUEST};
pub use revoke_certificate::RevokeCertificate;
pub use rotate_authority::RotateCertificateAuthority;
pub use subject::Subject;
