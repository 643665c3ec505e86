//! From a request to operations of the domain, and from their answers to JSON.

use claviger_core::{CallContext, Error, Operation, Reason, Service};
use claviger_keys::{
    CreateKey, DataKeyRequest, DecryptGokms, DisableKey, EnableKey, Encrypt, GenerateDataKey, ListKeys,
    ReEncryptGokms, envelope::AdditionalData,
};
use claviger_types::{EncryptionAlgorithm, Key, KeyId, KeySpec, KeyState, KeyUsage, SecretBytes};

use crate::{
    names,
    wire::{Metadata, WireRequest, WireResponse},
};

/// Why there is no answer.
pub(crate) enum Failure {
    /// Found out before the domain was asked, so that the audit log does not know of it yet.
    Rejected(Error),
    /// Said by the domain, which has recorded it.
    Answered(Error),
}

/// As much as an operation of the domain encrypts.
const MAX_PLAINTEXT: usize = 65_536;

/// The protocol has no pages: more keys than this are not listed at all, rather than some of them.
const MAX_LISTED: usize = 100_000;
const PAGE: usize = 1000;

/// Does what a request asks for.
pub(crate) async fn run(
    service: &Service,
    cx: CallContext,
    request: WireRequest,
) -> Result<WireResponse, Failure> {
    let rejected = Failure::Rejected;
    Ok(match request {
        WireRequest::ListKeys => WireResponse::Keys(list(service, cx).await?),
        WireRequest::CreateKey { description } => {
            let created = call(service, cx, create(&description)).await?;
            WireResponse::Key(metadata(&created.key))
        }
        WireRequest::GenerateDataKey { key } => {
            let key = names::key(&key).map_err(rejected)?;
            let request = DataKeyRequest { key, len: 32, additional_data: AdditionalData::None };
            let made = call(service, cx, GenerateDataKey(request)).await?;
            WireResponse::DataKey { plaintext: made.plaintext, ciphertext: made.encrypted.ciphertext }
        }
        WireRequest::EnableKey { key } => {
            let key = names::key(&key).map_err(rejected)?;
            WireResponse::Key(metadata(&call(service, cx, EnableKey { key }).await?))
        }
        WireRequest::DisableKey { key } => {
            let key = names::key(&key).map_err(rejected)?;
            WireResponse::Key(metadata(&call(service, cx, DisableKey { key }).await?))
        }
        WireRequest::Encrypt { key, plaintext } => {
            let operation = encrypt(&key, plaintext).map_err(rejected)?;
            WireResponse::Ciphertext(call(service, cx, operation).await?.ciphertext)
        }
        WireRequest::Decrypt { ciphertext } => {
            WireResponse::Plaintext(call(service, cx, DecryptGokms { ciphertext }).await?.plaintext)
        }
        WireRequest::ReEncrypt { ciphertext, destination } => {
            let destination_key = names::key(&destination).map_err(rejected)?;
            let made = call(service, cx, ReEncryptGokms { ciphertext, destination_key }).await?;
            WireResponse::ReEncrypted {
                ciphertext: made.encrypted.ciphertext,
                key: made.encrypted.key,
                source: made.source_key,
            }
        }
    })
}

async fn call<O: Operation>(service: &Service, cx: CallContext, operation: O) -> Result<O::Output, Failure> {
    service.call(cx, operation).await.map_err(Failure::Answered)
}

/// The keys that this API can use: the others of the project are not its business.
async fn list(service: &Service, cx: CallContext) -> Result<Vec<Metadata>, Failure> {
    let mut keys = Vec::new();
    let mut after: Option<KeyId> = None;
    loop {
        let page = call(service, cx.clone(), ListKeys { after, limit: PAGE }).await?;
        after = page.items.last().map(|key| key.id);
        keys.extend(page.items.iter().filter(|key| key.usage == KeyUsage::Encrypt).map(metadata));
        if keys.len() > MAX_LISTED {
            return Err(Failure::Rejected(Error::new(
                Reason::Unsupported,
                "There are too many keys for one list.",
            )));
        }
        if !page.more || after.is_none() {
            return Ok(keys);
        }
    }
}

fn create(description: &str) -> CreateKey {
    CreateKey { description: description.into(), ..CreateKey::new(KeySpec::Aes256, KeyUsage::Encrypt) }
}

fn encrypt(key: &str, plaintext: SecretBytes) -> Result<Encrypt, Error> {
    if plaintext.len() > MAX_PLAINTEXT {
        return Err(Error::invalid("A plaintext has at most 65536 bytes."));
    }
    Ok(Encrypt {
        key: names::key(key)?,
        version: None,
        plaintext,
        additional_data: AdditionalData::None,
        algorithm: EncryptionAlgorithm::SymmetricDefault,
    })
}

fn metadata(key: &Key) -> Metadata {
    Metadata {
        id: key.id,
        created: key.created,
        description: key.description.clone(),
        enabled: key.state == KeyState::Enabled,
    }
}
