use claviger_kmip::{
    ProtocolVersion,
    attributes::RngParameters,
    enums::{
        DestroyAction, ObjectType, QueryFunction, RngAlgorithm, RngMode, ShreddingAlgorithm, UnwrapMode,
    },
    operations::{
        CapabilityInformation, DiscoverVersionsRequest, DiscoverVersionsResponse, QueryRequest,
        QueryResponse, ServerInformation,
    },
};

use super::OFFERED;

const VENDOR: &str = concat!("Claviger ", env!("CARGO_PKG_VERSION"));

const OBJECT_TYPES: &[ObjectType] = &[
    ObjectType::Certificate,
    ObjectType::SymmetricKey,
    ObjectType::PublicKey,
    ObjectType::PrivateKey,
    ObjectType::SecretData,
    ObjectType::OpaqueObject,
];

/// What the service can do (KMIP 2.1 §6.1.40).
pub(super) fn query(request: &QueryRequest) -> QueryResponse {
    let asked = |function| request.functions.contains(&function);
    let mut response = QueryResponse::default();
    if asked(QueryFunction::Operations) {
        response.operations = OFFERED.to_vec();
    }
    if asked(QueryFunction::Objects) {
        response.object_types = OBJECT_TYPES.to_vec();
    }
    if asked(QueryFunction::ServerInformation) {
        response.vendor_identification = Some(VENDOR.to_owned());
        response.server_information = Some(ServerInformation {
            server_name: Some("claviger".to_owned()),
            server_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            product_name: Some("Claviger".to_owned()),
            ..ServerInformation::default()
        });
    }
    if asked(QueryFunction::Rngs) {
        response.rng_parameters = vec![RngParameters {
            rng_algorithm: RngAlgorithm::Unspecified,
            cryptographic_algorithm: None,
            cryptographic_length: None,
            hashing_algorithm: None,
            drbg_algorithm: None,
            recommended_curve: None,
            fips186_variation: None,
            prediction_resistance: None,
        }];
    }
    if asked(QueryFunction::Capabilities) {
        response.capabilities = vec![CapabilityInformation {
            streaming: Some(false),
            asynchronous: Some(false),
            attestation: Some(false),
            batch_undo: Some(false),
            batch_continue: Some(true),
            unwrap_mode: Some(UnwrapMode::NotProcessed),
            destroy_action: Some(DestroyAction::KeyMaterialDeleted),
            shredding_algorithm: Some(ShreddingAlgorithm::Unsupported),
            rng_mode: Some(RngMode::SharedInstantiation),
            quantum_safe: Some(false),
        }];
    }
    response
}

/// The versions that both speak, in the client's order; all of ours if it names none (KMIP 2.1 §6.1.16).
pub(super) fn discover_versions(request: &DiscoverVersionsRequest) -> DiscoverVersionsResponse {
    let versions = match request.versions.is_empty() {
        true => ProtocolVersion::KNOWN.to_vec(),
        false => request.versions.iter().copied().filter(|version| version.is_known()).collect(),
    };
    DiscoverVersionsResponse { versions }
}
