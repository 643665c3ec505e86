//! The operations of the protocol (KMIP 2.1 §6.1): each is parsed, called and rendered.

mod attributes;
mod create;
mod cryptography;
mod get;
mod lifecycle;
mod locate;
mod register;
mod server;

use claviger_kmip::{RequestPayload as Request, ResponsePayload as Response, ResultReason, enums::Operation};

use crate::{batch::Batch, error::Failure};

/// What is done here, as Query says it. The codec leaves out what the client's version does not know.
pub(crate) const OFFERED: &[Operation] = &[
    Operation::Create,
    Operation::CreateKeyPair,
    Operation::Register,
    Operation::ReKey,
    Operation::ReKeyKeyPair,
    Operation::Locate,
    Operation::Check,
    Operation::Get,
    Operation::GetAttributes,
    Operation::GetAttributeList,
    Operation::AddAttribute,
    Operation::ModifyAttribute,
    Operation::DeleteAttribute,
    Operation::SetAttribute,
    Operation::Activate,
    Operation::Revoke,
    Operation::Destroy,
    Operation::Query,
    Operation::DiscoverVersions,
    Operation::Encrypt,
    Operation::Decrypt,
    Operation::Sign,
    Operation::SignatureVerify,
    Operation::Mac,
    Operation::MacVerify,
    Operation::RngRetrieve,
    Operation::Hash,
];

/// Does what an item asks for.
pub(crate) async fn perform(batch: &mut Batch<'_>, request: Request) -> Result<Response, Failure> {
    Ok(match request {
        Request::Create(request) => Response::Create(create::create(batch, request).await?),
        Request::CreateKeyPair(request) => {
            Response::CreateKeyPair(create::create_key_pair(batch, request).await?)
        }
        Request::Register(request) => Response::Register(register::register(batch, request).await?),
        Request::ReKey(request) => Response::ReKey(create::re_key(batch, request).await?),
        Request::ReKeyKeyPair(request) => {
            Response::ReKeyKeyPair(create::re_key_key_pair(batch, request).await?)
        }
        Request::Locate(request) => Response::Locate(locate::locate(batch, request).await?),
        Request::Check(request) => Response::Check(lifecycle::check(batch, request).await?),
        Request::Get(request) => Response::Get(get::get(batch, request).await?),
        Request::GetAttributes(request) => Response::GetAttributes(attributes::get(batch, request).await?),
        Request::GetAttributeList(request) => {
            Response::GetAttributeList(attributes::list(batch, request).await?)
        }
        Request::AddAttribute(request) => Response::AddAttribute(attributes::add(batch, request).await?),
        Request::ModifyAttribute(request) => {
            Response::ModifyAttribute(attributes::modify(batch, request).await?)
        }
        Request::DeleteAttribute(request) => {
            Response::DeleteAttribute(attributes::delete(batch, request).await?)
        }
        Request::SetAttribute(request) => Response::SetAttribute(attributes::set(batch, request).await?),
        Request::Activate(request) => Response::Activate(lifecycle::activate(batch, request).await?),
        Request::Revoke(request) => Response::Revoke(lifecycle::revoke(batch, request).await?),
        Request::Destroy(request) => Response::Destroy(lifecycle::destroy(batch, request).await?),
        Request::Query(request) => Response::Query(server::query(&request)),
        Request::DiscoverVersions(request) => Response::DiscoverVersions(server::discover_versions(&request)),
        Request::Encrypt(request) => Response::Encrypt(cryptography::encrypt(batch, request).await?),
        Request::Decrypt(request) => Response::Decrypt(cryptography::decrypt(batch, request).await?),
        Request::Sign(request) => Response::Sign(cryptography::sign(batch, request).await?),
        Request::SignatureVerify(request) => {
            Response::SignatureVerify(cryptography::signature_verify(batch, request).await?)
        }
        Request::Mac(request) => Response::Mac(cryptography::mac(batch, request).await?),
        Request::MacVerify(request) => Response::MacVerify(cryptography::mac_verify(batch, request).await?),
        Request::RngRetrieve(request) => {
            Response::RngRetrieve(cryptography::rng_retrieve(batch, &request).await?)
        }
        Request::Hash(request) => Response::Hash(cryptography::hash(batch, request).await?),
        Request::Archive(_) | Request::Recover(_) => {
            return Err(not_supported("There is no archive: every object is on line."));
        }
        Request::RngSeed(_) => return Err(not_supported("The generator takes no seeds.")),
        Request::Undecoded(_) => return Err(not_supported("This operation is not supported.")),
    })
}

fn not_supported(message: &str) -> Failure {
    Failure::rejected(ResultReason::OperationNotSupported, message)
}
