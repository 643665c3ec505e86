//! The messages of Google's protocol definitions, as the build script makes them, and their descriptors.

use std::sync::OnceLock;

use claviger_core::{Error, Result};
use prost_reflect::{DescriptorPool, MethodDescriptor};

#[allow(
    clippy::all,
    clippy::allow_attributes_without_reason,
    dead_code,
    elided_lifetimes_in_paths,
    missing_docs,
    unreachable_pub,
    reason = "generated"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/wire.rs"));
}

#[cfg(test)]
pub(crate) use generated::google::r#type::Expr;
pub(crate) use generated::google::{
    cloud::{kms::v1 as kms, location},
    iam::v1 as iam,
    rpc,
};

const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The descriptors of everything that is served.
///
/// # Errors
/// Never for the descriptors of this build, which a test reads.
pub(crate) fn descriptors() -> Result<&'static DescriptorPool> {
    static POOL: OnceLock<Result<DescriptorPool, String>> = OnceLock::new();
    let pool = POOL.get_or_init(|| DescriptorPool::decode(DESCRIPTORS).map_err(|error| error.to_string()));
    pool.as_ref().map_err(|error| Error::internal(error.clone()))
}

/// The services that are served, by their full names.
pub(crate) const SERVICES: [&str; 3] = [
    "google.cloud.kms.v1.KeyManagementService",
    "google.cloud.location.Locations",
    "google.iam.v1.IAMPolicy",
];

/// Every method of every service.
pub(crate) fn methods() -> Result<Vec<MethodDescriptor>> {
    let pool = descriptors()?;
    Ok(SERVICES
        .iter()
        .filter_map(|service| pool.get_service_by_name(service))
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .collect())
}
