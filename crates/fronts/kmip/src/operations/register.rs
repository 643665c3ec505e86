use claviger_core::ProviderChoice;
use claviger_kmip::{
    Attribute, Object, ResultReason,
    attributes::Digest,
    enums::{CryptographicAlgorithm, HashingAlgorithm, KeyFormatType, UniqueIdentifierEnum as Made},
    objects::{KeyBlock, KeyValue},
    operations::{RegisterRequest, RegisterResponse},
    stored,
    value::UsageMask,
};
use claviger_objects::{RegisterKey, RegisterObject};
use claviger_types::{KeySpec, KeyUsage, ObjectId, ObjectKind, ProtectionLevel, SecretBytes};

use super::create::{check_masks, usual_mask};
use crate::{
    batch::Batch,
    convert::{certificate, keys, parameters, spec, template::Template},
    error::Failure,
    names,
};

/// Takes over an object (KMIP 2.1 §6.1.44). A key that the service can use becomes one of its keys; everything else is kept as it comes.
pub(super) async fn register(
    batch: &mut Batch<'_>,
    request: RegisterRequest,
) -> Result<RegisterResponse, Failure> {
    let RegisterRequest { attributes, object, protection_storage_masks } = request;
    check_masks(&[&protection_storage_masks])?;
    let template = Template::of_new(&[&attributes])?;
    let said = object.key_block().and_then(|block| block.algorithm);
    if said.is_some() && template.algorithm.is_some() && said != template.algorithm {
        return Err(Failure::invalid("The key and its attributes have different algorithms."));
    }
    let id = match usable(&object, &template).await? {
        Some(key) => register_key(batch, key, template).await?,
        None => keep(batch, object, template).await?,
    };
    batch.placeholders.set(Made::Register, id);
    Ok(RegisterResponse { unique_identifier: names::identifier(id), attributes: Vec::new() })
}

/// A key that the service can use.
struct UsableKey {
    spec: KeySpec,
    usage: KeyUsage,
    material: SecretBytes,
}

async fn usable(object: &Object, template: &Template) -> Result<Option<UsableKey>, Failure> {
    match object {
        Object::SymmetricKey(key) => symmetric(&key.key_block, template),
        Object::PrivateKey(key) => private(&key.key_block, template).await,
        Object::Certificate(_) | Object::OpaqueObject(_) | Object::PublicKey(_) | Object::SecretData(_) => {
            Ok(None)
        }
    }
}

fn symmetric(block: &KeyBlock, template: &Template) -> Result<Option<UsableKey>, Failure> {
    let Some(bytes) = keys::symmetric_bytes(block) else { return Ok(None) };
    let actual = u32::try_from(bytes.len().saturating_mul(8)).unwrap_or(u32::MAX);
    for said in [block.length, template.length].into_iter().flatten() {
        if said != actual {
            return Err(Failure::invalid("The key has not the length that is said."));
        }
    }
    let Some(algorithm) = block.algorithm.or(template.algorithm) else { return Ok(None) };
    let known = spec::symmetric(algorithm, actual);
    Ok(known.map(|(spec, usage)| UsableKey { spec, usage, material: bytes.duplicate() }))
}

async fn private(block: &KeyBlock, template: &Template) -> Result<Option<UsableKey>, Failure> {
    let Some(material) = keys::private_bytes(block)? else { return Ok(None) };
    let parsed = material.duplicate();
    let spec = tokio::task::spawn_blocking(move || keys::private_spec(&parsed)).await;
    let spec = spec.map_err(|error| Failure::Answered(claviger_core::Error::internal(error)))??;
    let Some((algorithm, _)) = spec::algorithm_of(spec, KeyUsage::Sign) else {
        return Err(Failure::invalid("KMIP has no name for keys of this kind."));
    };
    let said = block.algorithm.or(template.algorithm);
    let is_ec = |said| matches!(said, CryptographicAlgorithm::Ec | CryptographicAlgorithm::Ecdh);
    if said
        .is_some_and(|said| said != algorithm && !(algorithm == CryptographicAlgorithm::Ecdsa && is_ec(said)))
    {
        return Err(Failure::invalid("The key is not one of the algorithm that is said."));
    }
    let algorithm = said.unwrap_or(algorithm);
    let usage = spec::private_usage(spec, algorithm, template.mask())?;
    Ok(Some(UsableKey { spec, usage, material }))
}

/// What its owner brings, and knows anyway, may leave again if nothing else is said; only software can hold it then.
async fn register_key(
    batch: &mut Batch<'_>,
    key: UsableKey,
    mut template: Template,
) -> Result<ObjectId, Failure> {
    let UsableKey { spec, usage, material } = key;
    let exportable = template.extractable.unwrap_or(true);
    template.usage_mask.get_or_insert(usual_mask(usage));
    let made = batch
        .run(RegisterKey {
            spec,
            usage,
            algorithm: parameters::restriction(template.parameters(), usage)?,
            exportable,
            provider: match exportable {
                true => ProviderChoice::Protected(ProtectionLevel::Software),
                false => batch.front.provider.clone(),
            },
            material,
            object: template.into_object(false)?,
            public: None,
        })
        .await?;
    Ok(made.object.id)
}

async fn keep(batch: &mut Batch<'_>, object: Object, mut template: Template) -> Result<ObjectId, Failure> {
    // Nobody could ever read again what must leave wrapped, and can't be wrapped.
    if template.sensitive == Some(true) && !keys::is_wrappable(&object) {
        return Err(Failure::rejected(
            ResultReason::FeatureNotSupported,
            "What can't be given out wrapped can't be sensitive; make it not extractable, or leave it.",
        ));
    }
    let object = without_attributes(object);
    describe(&object, &mut template)?;
    let extractable = template.extractable.unwrap_or(true);
    let made = batch
        .run(RegisterObject {
            kind: kind(&object),
            value: stored::encode_object(&object)?,
            extractable,
            object: template.into_object(true)?,
        })
        .await?;
    Ok(made.id)
}

/// What the object itself says of it.
fn describe(object: &Object, template: &mut Template) -> Result<(), Failure> {
    if let Object::Certificate(certificate) = object {
        // What the certificate says goes before what its client does.
        template.others.retain(|other| !matches!(other, Attribute::CertificateType(_)));
        template.others.extend(certificate::attributes(certificate)?);
    }
    let Some(block) = object.key_block() else { return Ok(()) };
    template.algorithm = template.algorithm.or(block.algorithm);
    template.length = template.length.or(block.length);
    // The digest of a password that can be guessed would give it away.
    let is_random = !matches!(object, Object::SecretData(_));
    if let Some(bytes) = keys::symmetric_bytes(block).filter(|_| is_random) {
        template.others.push(Attribute::Digest(Digest {
            hashing_algorithm: HashingAlgorithm::Sha256,
            value: Some(claviger_crypto::sha256(bytes.expose()).to_vec()),
            key_format_type: Some(KeyFormatType::Raw),
        }));
    }
    if matches!(object, Object::SecretData(_)) {
        template.usage_mask.get_or_insert(UsageMask::default());
    }
    Ok(())
}

/// Attributes inside of a key value are no part of it, and some clients fail when they get them back.
fn without_attributes(object: Object) -> Object {
    keys::map_block(object, |mut block| {
        if let Some(KeyValue::Structure { attributes, .. }) = &mut block.value {
            attributes.clear();
        }
        block
    })
}

fn kind(object: &Object) -> ObjectKind {
    match object {
        Object::Certificate(_) => ObjectKind::Certificate,
        Object::OpaqueObject(_) => ObjectKind::OpaqueObject,
        Object::PrivateKey(_) => ObjectKind::PrivateKey,
        Object::PublicKey(_) => ObjectKind::PublicKey,
        Object::SecretData(_) => ObjectKind::SecretData,
        Object::SymmetricKey(_) => ObjectKind::SymmetricKey,
    }
}
