//! Operations about the server itself.
use crate::{
    ProtocolVersion, Tag,
    attributes::RngParameters,
    codec::structure,
    enums::{
        AttestationType, DestroyAction, ObjectType, Operation, QueryFunction, RngMode, ShreddingAlgorithm,
        UnwrapMode,
    },
};

structure! {
    /// Which of these versions are spoken? (KMIP 2.1 §6.1.16.)
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct DiscoverVersionsRequest {
        /// Those of the client, best first; none asks for all.
        versions: many ProtocolVersion = Tag::PROTOCOL_VERSION;
    }
}

structure! {
    /// These.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct DiscoverVersionsResponse {
        /// Best first.
        versions: many ProtocolVersion = Tag::PROTOCOL_VERSION;
    }
}

structure! {
    /// What can the server do? (KMIP 2.1 §6.1.40.)
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct QueryRequest {
        /// What the client wants to know.
        functions: known QueryFunction = Tag::QUERY_FUNCTION;
    }
}

structure! {
    /// This. What its version does not know is not told to a client; what this crate does not know is not seen: extensions,
    /// profiles, validations, client registration methods, defaults and protection storage masks.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct QueryResponse {
        /// Operations.
        operations: known Operation = Tag::OPERATION;
        /// Object types.
        object_types: known ObjectType = Tag::OBJECT_TYPE;
        /// Who made the server.
        vendor_identification: optional String = Tag::VENDOR_IDENTIFICATION;
        /// What the server is.
        server_information: optional ServerInformation = Tag::SERVER_INFORMATION;
        /// For which applications it keeps information.
        application_namespaces: many String = Tag::APPLICATION_NAMESPACE;
        /// Which attestations it accepts.
        attestation_types: known AttestationType = Tag::ATTESTATION_TYPE, since V1_2;
        /// How it makes random numbers.
        rng_parameters: many RngParameters = Tag::RNG_PARAMETERS, since V1_3;
        /// What else it can.
        capabilities: many CapabilityInformation = Tag::CAPABILITY_INFORMATION, since V1_3;
    }
}

structure! {
    /// What a server is (KMIP 2.1 §7.37). Until 1.4 the structure was up to vendors, and is left empty.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct ServerInformation {
        /// Name of the server.
        server_name: optional String = Tag::SERVER_NAME, since V2_0;
        /// Serial number.
        server_serial_number: optional String = Tag::SERVER_SERIAL_NUMBER, since V2_0;
        /// Version.
        server_version: optional String = Tag::SERVER_VERSION, since V2_0;
        /// Load.
        server_load: optional String = Tag::SERVER_LOAD, since V2_0;
        /// Name of the product.
        product_name: optional String = Tag::PRODUCT_NAME, since V2_0;
        /// What it was built from.
        build_level: optional String = Tag::BUILD_LEVEL, since V2_0;
        /// When it was built.
        build_date: optional String = Tag::BUILD_DATE, since V2_0;
        /// Of which cluster it is.
        cluster_info: optional String = Tag::CLUSTER_INFO, since V2_0;
        /// Where else to go.
        alternate_failover_endpoints: many String = Tag::ALTERNATE_FAILOVER_ENDPOINTS, since V2_0;
    }
}

structure! {
    /// What a server can beyond its operations (KMIP 2.1 §7.5).
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct CapabilityInformation {
        /// Long data in parts.
        streaming: optional bool = Tag::STREAMING_CAPABILITY;
        /// Answers that come later.
        asynchronous: optional bool = Tag::ASYNCHRONOUS_CAPABILITY;
        /// Clients that are attested.
        attestation: optional bool = Tag::ATTESTATION_CAPABILITY;
        /// Batches that are undone.
        batch_undo: optional bool = Tag::BATCH_UNDO_CAPABILITY, since V1_4;
        /// Batches that go on.
        batch_continue: optional bool = Tag::BATCH_CONTINUE_CAPABILITY, since V1_4;
        /// What happens to wrapped keys.
        unwrap_mode: optional UnwrapMode = Tag::UNWRAP_MODE;
        /// What happens to destroyed keys.
        destroy_action: optional DestroyAction = Tag::DESTROY_ACTION;
        /// How they are shredded.
        shredding_algorithm: optional ShreddingAlgorithm = Tag::SHREDDING_ALGORITHM;
        /// Whose random numbers clients get.
        rng_mode: optional RngMode = Tag::RNG_MODE;
        /// Algorithms that withstand quantum computers.
        quantum_safe: optional bool = Tag::QUANTUM_SAFE_CAPABILITY, since V2_0;
    }
}
