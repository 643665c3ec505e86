use claviger_core::ProviderChoice;
use claviger_kmip::{
    AttributeInstance, ResultReason,
    enums::{CryptographicAlgorithm, ObjectType, UniqueIdentifierEnum as Made},
    operations::{
        CreateKeyPairRequest, CreateRequest, CreateResponse, KeyPairResponse, ReKeyKeyPairRequest,
        ReKeyRequest, RegisterResponse,
    },
    value::{Interval, UniqueIdentifier, UsageMask},
};
use claviger_objects::{CreateObject, CreatedObjects, ReplaceObject};
use claviger_types::{KeyUsage, ObjectId, Timestamp};

use crate::{
    Extractable,
    batch::Batch,
    convert::{parameters, spec, template::Template},
    error::Failure,
    names,
};

/// Makes a symmetric key (KMIP 2.1 §6.1.8).
pub(super) async fn create(batch: &mut Batch<'_>, request: CreateRequest) -> Result<CreateResponse, Failure> {
    if request.object_type != ObjectType::SymmetricKey {
        return Err(Failure::rejected(ResultReason::InvalidField, "Only symmetric keys are made so."));
    }
    let mut template = Template::of_new(&[&request.attributes])?;
    let algorithm = required(template.algorithm)?;
    let bits = template.length.or_else(|| spec::usual_length(algorithm));
    let made = bits.and_then(|bits| spec::symmetric(algorithm, bits));
    let (spec, usage) = made.ok_or_else(|| {
        Failure::invalid("There are no such keys here: AES has 128 or 256 bits, HMAC as many as its hash.")
    })?;
    template.usage_mask.get_or_insert(usual_mask(usage));
    let exportable = template.extractable.unwrap_or(batch.front.extractable != Extractable::None);
    let made = batch
        .run(CreateObject {
            spec,
            usage,
            algorithm: parameters::restriction(template.parameters(), usage)?,
            exportable,
            provider: batch.front.provider.clone(),
            object: template.into_object(false)?,
            public: None,
        })
        .await?;
    batch.placeholders.set(Made::Create, made.object.id);
    Ok(CreateResponse {
        object_type: ObjectType::SymmetricKey,
        unique_identifier: names::identifier(made.object.id),
        attributes: Vec::new(),
    })
}

/// Makes a private and a public key (KMIP 2.1 §6.1.9).
pub(super) async fn create_key_pair(
    batch: &mut Batch<'_>,
    request: CreateKeyPairRequest,
) -> Result<KeyPairResponse, Failure> {
    let mut private = Template::of_new(&[&request.common, &request.private])?;
    let mut public = Template::of_new(&[&request.common, &request.public])?;
    let algorithm = required(private.algorithm)?;
    if public.algorithm != Some(algorithm) || public.length != private.length {
        return Err(Failure::invalid("Both halves of a pair have the same algorithm and length."));
    }
    let spec = spec::asymmetric(algorithm, private.length, private.curve().or(public.curve()))?;
    let usage = spec::private_usage(spec, algorithm, private.mask())?;
    private.usage_mask.get_or_insert(usual_mask(usage));
    public.usage_mask.get_or_insert(usual_public_mask(usage));
    // What is not to leave is the private half.
    public.sensitive = None;
    let exportable = private.extractable.unwrap_or(batch.front.extractable == Extractable::All);
    let made = batch
        .run(CreateObject {
            spec,
            usage,
            algorithm: parameters::restriction(private.parameters(), usage)?,
            exportable,
            provider: batch.front.provider.clone(),
            object: private.into_object(false)?,
            public: Some(public.into_object(false)?),
        })
        .await?;
    Ok(pair(batch, &made, [Made::CreateKeyPair, Made::CreateKeyPairPrivateKey, Made::CreateKeyPairPublicKey]))
}

/// Makes a key that replaces another (KMIP 2.1 §6.1.42).
pub(super) async fn re_key(
    batch: &mut Batch<'_>,
    request: ReKeyRequest,
) -> Result<RegisterResponse, Failure> {
    let made =
        replace(batch, request.unique_identifier.as_ref(), request.offset, &[&request.attributes]).await?;
    batch.placeholders.set(Made::ReKey, made.object.id);
    Ok(RegisterResponse { unique_identifier: names::identifier(made.object.id), attributes: Vec::new() })
}

/// Makes a pair that replaces another (KMIP 2.1 §6.1.43).
pub(super) async fn re_key_key_pair(
    batch: &mut Batch<'_>,
    request: ReKeyKeyPairRequest,
) -> Result<KeyPairResponse, Failure> {
    let attributes: [&[AttributeInstance]; 3] = [&request.common, &request.private, &request.public];
    let made = replace(batch, request.private_key.as_ref(), request.offset, &attributes).await?;
    Ok(pair(batch, &made, [Made::ReKeyKeyPair, Made::ReKeyKeyPairPrivateKey, Made::ReKeyKeyPairPublicKey]))
}

async fn replace(
    batch: &mut Batch<'_>,
    named: Option<&UniqueIdentifier>,
    offset: Option<Interval>,
    attributes: &[&[AttributeInstance]],
) -> Result<CreatedObjects, Failure> {
    let id = batch.placeholders.resolve(named)?;
    if attributes.iter().any(|list| !list.is_empty()) {
        return Err(Failure::rejected(
            ResultReason::FeatureNotSupported,
            "A key that replaces another is like it; change its attributes afterwards.",
        ));
    }
    let now = batch.front.service.clock().now();
    let activation = offset.map(|Interval(seconds)| after(now, seconds));
    batch.run(ReplaceObject { id, activation, deactivation: None, provider: provider_of_new(batch) }).await
}

fn provider_of_new(batch: &Batch<'_>) -> ProviderChoice {
    batch.front.provider.clone()
}

fn after(now: Timestamp, seconds: u32) -> Timestamp {
    now.plus(std::time::Duration::from_secs(seconds.into()))
}

/// The identifiers of a pair; the batch is about the private key from then on.
fn pair(batch: &mut Batch<'_>, made: &CreatedObjects, names: [Made; 3]) -> KeyPairResponse {
    let [pair, private_name, public_name] = names;
    let private = made.object.id;
    let public = made.public.as_ref().map_or(ObjectId::of_public_half(private.key()), |public| public.id);
    batch.placeholders.set(public_name, public);
    batch.placeholders.set(private_name, private);
    batch.placeholders.set(pair, private);
    KeyPairResponse {
        private_key: names::identifier(private),
        public_key: names::identifier(public),
        private: Vec::new(),
        public: Vec::new(),
    }
}

fn required(algorithm: Option<CryptographicAlgorithm>) -> Result<CryptographicAlgorithm, Failure> {
    algorithm.ok_or_else(|| {
        Failure::rejected(ResultReason::MissingData, "The cryptographic algorithm is missing.")
    })
}

/// What a symmetric or private key may be used for where its maker does not say.
pub(super) fn usual_mask(usage: KeyUsage) -> UsageMask {
    match usage {
        KeyUsage::AsymmetricDecrypt => UsageMask::DECRYPT,
        KeyUsage::Encrypt | KeyUsage::RawEncrypt => UsageMask::ENCRYPT.with(UsageMask::DECRYPT),
        KeyUsage::KeyAgreement => UsageMask::KEY_AGREEMENT,
        KeyUsage::Mac => UsageMask::MAC_GENERATE.with(UsageMask::MAC_VERIFY),
        KeyUsage::Sign => UsageMask::SIGN,
    }
}

fn usual_public_mask(usage: KeyUsage) -> UsageMask {
    match usage {
        KeyUsage::AsymmetricDecrypt => UsageMask::ENCRYPT,
        KeyUsage::Sign => UsageMask::VERIFY,
        other => usual_mask(other),
    }
}
