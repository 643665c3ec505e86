//! What operations ask and answer (KMIP 2.1 §6.1). Fields are optional here where an operation needs them only in some cases;
//! which, is decided where the operation is done.
use crate::{
    DecodeError, EncodeError, Tag, Value,
    codec::{Codec, Cx, Writer},
    enums::Operation,
};

mod attributes;
mod cryptography;
mod lifecycle;
mod retrieval;
mod server;

pub use attributes::{
    AddAttributeRequest, AttributeResponse, DeleteAttributeRequest, GetAttributeListResponse,
    GetAttributesRequest, GetAttributesResponse, ModifyAttributeRequest, SetAttributeRequest,
};
pub use cryptography::{
    DecryptRequest, DecryptResponse, EncryptRequest, EncryptResponse, HashRequest, HashResponse, MacRequest,
    MacResponse, MacVerifyRequest, MacVerifyResponse, RngRetrieveRequest, RngRetrieveResponse,
    RngSeedRequest, RngSeedResponse, SignRequest, SignResponse, SignatureVerifyRequest,
    SignatureVerifyResponse,
};
pub use lifecycle::{
    CheckRequest, CheckResponse, CreateKeyPairRequest, CreateRequest, CreateResponse, KeyPairResponse,
    ObjectRequest, ObjectResponse, ProtectionStorageMasks, ReKeyKeyPairRequest, ReKeyRequest,
    RegisterRequest, RegisterResponse, RevokeRequest,
};
pub use retrieval::{GetRequest, GetResponse, LocateRequest, LocateResponse};
pub use server::{
    CapabilityInformation, DiscoverVersionsRequest, DiscoverVersionsResponse, QueryRequest, QueryResponse,
    ServerInformation,
};

macro_rules! operations {
    ($($operation:ident($request:ty, $response:ty);)*) => {
        /// What an operation is asked.
        #[expect(missing_docs, reason = "the names are those of the specification")]
        pub enum RequestPayload {
            $($operation($request),)*
            /// One that this crate knows by its name only.
            Undecoded(Operation),
        }

        /// What an operation answers.
        #[expect(missing_docs, reason = "the names are those of the specification")]
        pub enum ResponsePayload {
            $($operation($response),)*
            /// One that this crate knows by its name only.
            Undecoded(Operation),
        }

        impl RequestPayload {
            /// Of which operation.
            pub const fn operation(&self) -> Operation {
                match self {
                    $(Self::$operation(_) => Operation::$operation,)*
                    Self::Undecoded(operation) => *operation,
                }
            }

            pub(crate) fn decode(operation: Operation, value: Value, cx: Cx) -> Result<Self, DecodeError> {
                match operation {
                    $(Operation::$operation => Codec::decode(value, cx)
                        .map(Self::$operation)
                        .map_err(|error| error.within(Tag::REQUEST_PAYLOAD)),)*
                    other => Ok(Self::Undecoded(other)),
                }
            }

            pub(crate) fn put(&self, out: &mut Writer) -> Result<(), EncodeError> {
                match self {
                    $(Self::$operation(payload) => out.put(Tag::REQUEST_PAYLOAD, payload),)*
                    Self::Undecoded(_) => Err(EncodeError::Inconsistent("the payload was not decoded")),
                }
            }
        }

        impl ResponsePayload {
            /// Of which operation.
            pub const fn operation(&self) -> Operation {
                match self {
                    $(Self::$operation(_) => Operation::$operation,)*
                    Self::Undecoded(operation) => *operation,
                }
            }

            pub(crate) fn decode(operation: Operation, value: Value, cx: Cx) -> Result<Self, DecodeError> {
                match operation {
                    $(Operation::$operation => Codec::decode(value, cx)
                        .map(Self::$operation)
                        .map_err(|error| error.within(Tag::RESPONSE_PAYLOAD)),)*
                    other => Ok(Self::Undecoded(other)),
                }
            }

            pub(crate) fn put(&self, out: &mut Writer) -> Result<(), EncodeError> {
                match self {
                    $(Self::$operation(payload) => out.put(Tag::RESPONSE_PAYLOAD, payload),)*
                    Self::Undecoded(_) => Err(EncodeError::Inconsistent("the payload was not decoded")),
                }
            }
        }

        #[cfg(test)]
        mod arbitrary {
            use super::{Operation, RequestPayload, ResponsePayload};
            use crate::testing::{Arbitrary, Same, Source};

            pub(crate) const DECODED: &[Operation] = &[$(Operation::$operation),*];

            impl RequestPayload {
                pub(crate) fn arbitrary(operation: Operation, source: &mut Source) -> Self {
                    match operation {
                        $(Operation::$operation => Self::$operation(Arbitrary::arbitrary(source)),)*
                        other => Self::Undecoded(other),
                    }
                }
            }

            impl ResponsePayload {
                pub(crate) fn arbitrary(operation: Operation, source: &mut Source) -> Self {
                    match operation {
                        $(Operation::$operation => Self::$operation(Arbitrary::arbitrary(source)),)*
                        other => Self::Undecoded(other),
                    }
                }
            }

            impl Same for RequestPayload {
                fn same(&self, other: &Self) -> bool {
                    match (self, other) {
                        $((Self::$operation(one), Self::$operation(other)) => one.same(other),)*
                        _ => false,
                    }
                }
            }

            impl Same for ResponsePayload {
                fn same(&self, other: &Self) -> bool {
                    match (self, other) {
                        $((Self::$operation(one), Self::$operation(other)) => one.same(other),)*
                        _ => false,
                    }
                }
            }
        }
    };
}

operations! {
    Create(CreateRequest, CreateResponse);
    CreateKeyPair(CreateKeyPairRequest, KeyPairResponse);
    Register(RegisterRequest, RegisterResponse);
    ReKey(ReKeyRequest, RegisterResponse);
    Locate(LocateRequest, LocateResponse);
    Check(CheckRequest, CheckResponse);
    Get(GetRequest, GetResponse);
    GetAttributes(GetAttributesRequest, GetAttributesResponse);
    GetAttributeList(ObjectRequest, GetAttributeListResponse);
    AddAttribute(AddAttributeRequest, AttributeResponse);
    ModifyAttribute(ModifyAttributeRequest, AttributeResponse);
    DeleteAttribute(DeleteAttributeRequest, AttributeResponse);
    Activate(ObjectRequest, ObjectResponse);
    Revoke(RevokeRequest, ObjectResponse);
    Destroy(ObjectRequest, ObjectResponse);
    Archive(ObjectRequest, ObjectResponse);
    Recover(ObjectRequest, ObjectResponse);
    Query(QueryRequest, QueryResponse);
    ReKeyKeyPair(ReKeyKeyPairRequest, KeyPairResponse);
    DiscoverVersions(DiscoverVersionsRequest, DiscoverVersionsResponse);
    Encrypt(EncryptRequest, EncryptResponse);
    Decrypt(DecryptRequest, DecryptResponse);
    Sign(SignRequest, SignResponse);
    SignatureVerify(SignatureVerifyRequest, SignatureVerifyResponse);
    Mac(MacRequest, MacResponse);
    MacVerify(MacVerifyRequest, MacVerifyResponse);
    RngRetrieve(RngRetrieveRequest, RngRetrieveResponse);
    RngSeed(RngSeedRequest, RngSeedResponse);
    Hash(HashRequest, HashResponse);
    SetAttribute(SetAttributeRequest, ObjectResponse);
}

#[cfg(test)]
pub(crate) use arbitrary::DECODED;
