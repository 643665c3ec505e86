//! The contract with a server that can all that KMIP 1.4 can say, and says it in other words than PyKMIP: points and
//! numbers instead of documents, r ‖ s, links, digests.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use claviger_conformance::provider::{Gap, tag};
use claviger_crypto::{
    AesGcm, Curve, HashAlg, HmacKey, Input, KeyKind, PrivateKey, SignatureScheme, aes_cbc_decrypt,
    aes_cbc_encrypt, aes_ctr_decrypt, aes_ctr_encrypt, fill,
};
use claviger_kmip::{
    Attribute, AttributeReference, Object, ProtocolVersion, RequestPayload, ResponsePayload, ResultReason,
    attributes::{CryptographicParameters, Link, Name},
    enums::{
        BlockCipherMode, CryptographicAlgorithm, HashingAlgorithm, KeyFormatType, LinkType, ObjectType,
        Operation, PaddingMethod, RecommendedCurve, State,
    },
    objects::{EcPublicKey, KeyBlock, KeyMaterial, KeyObject, KeyValue, RsaPublicKey},
    operations::{
        CreateKeyPairRequest, CreateResponse, DecryptRequest, DecryptResponse, DiscoverVersionsResponse,
        EncryptRequest, EncryptResponse, GetAttributesRequest, GetAttributesResponse, GetResponse,
        KeyPairResponse, LocateRequest, LocateResponse, MacResponse, ObjectResponse, QueryResponse,
        RegisterResponse, RngRetrieveResponse, SignRequest, SignResponse,
    },
    value::{BigInteger, DateTime, UniqueIdentifier},
};
use claviger_ports::Provider;
use claviger_types::{KeySpec, KeyUsage, SecretBytes};

use crate::{
    fake::{Fake, Handler},
    server::{keeps_the_contract, ready, rejected},
};

#[test]
fn contract() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let fake = runtime.block_on(Fake::with(Some(server(Store::default()))));
    keeps_the_contract(|| ready(fake.config()), &gaps());
}

/// What KMIP 1.4 has no words for.
fn gaps() -> Vec<Gap> {
    let kinds = KeySpec::ALL.into_iter().flat_map(|spec| KeyUsage::ALL.map(|usage| (spec, usage)));
    let missing = kinds.filter(|(spec, usage)| {
        let unknown =
            matches!(spec, KeySpec::Ed25519 | KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87);
        spec.allows(*usage) && (unknown || *usage == KeyUsage::KeyAgreement)
    });
    missing.flat_map(|(spec, usage)| [Gap::Generate(spec, usage), Gap::Import(spec, usage)]).collect()
}

#[test]
fn keys_are_told_apart_by_their_attributes() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut store = Store::default();
    // More than fit on a page of the server's answers.
    for _ in 0..1001 {
        let name = Attribute::Name(Name::text(format!("claviger-{}", tag())));
        let group = Attribute::ObjectGroup("claviger".to_owned());
        store.insert(Secret::Symmetric(vec![1; 32]), vec![name, group]);
    }
    let fake = runtime.block_on(Fake::with(Some(server(store))));
    runtime.block_on(async {
        let provider = ready(fake.config());
        assert_eq!(provider.tagged().await.unwrap().len(), 1001);
        // Taken over through the link, as if another had made it.
        for (spec, usage) in
            [(KeySpec::EcP256, KeyUsage::Sign), (KeySpec::Rsa2048, KeyUsage::AsymmetricDecrypt)]
        {
            let made = provider.generate(spec, usage, tag()).await.unwrap();
            let id = provider.device_id(&made.handle).unwrap();
            let adopted = provider.adopt(spec, usage, &id).await.unwrap();
            assert_eq!(adopted.public, made.public);
            provider.open(spec, &adopted.handle).await.unwrap();
            provider.destroy(spec, &adopted.handle).await.unwrap();
            rejected(provider.open(spec, &made.handle).await, "what was destroyed under another handle");
        }
    });
}

#[test]
fn what_cannot_be_decrypted_costs_no_messages_of_the_key() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let fake = runtime.block_on(Fake::with(Some(server(Store::default()))));
    runtime.block_on(async {
        let provider = ready(fake.config());
        let made = provider.generate(KeySpec::Aes256, KeyUsage::Encrypt, tag()).await.unwrap();
        let key = provider.open(KeySpec::Aes256, &made.handle).await.unwrap();
        let aead = key.encrypt().unwrap();
        let mut sealed = Vec::new();
        aead.seal(b"", b"message", &mut sealed).await.unwrap();
        let before = fake.asked(Operation::Encrypt);
        for aad in [b"other", b"wrong", b"third"] {
            rejected(aead.open(aad, &sealed).await, "other associated data");
        }
        sealed[20] ^= 1;
        for _ in 0..3 {
            rejected(aead.open(b"", &sealed).await, "a changed ciphertext");
        }
        assert_eq!(fake.asked(Operation::Encrypt), before + 2, "one without associated data and one with");
    });
}

struct Stored {
    secret: Secret,
    attributes: Vec<Attribute>,
    state: State,
}

enum Secret {
    Symmetric(Vec<u8>),
    Private(Arc<PrivateKey>),
    Public(Arc<PrivateKey>),
}

const OPERATIONS: [Operation; 14] = [
    Operation::Create,
    Operation::CreateKeyPair,
    Operation::Register,
    Operation::Locate,
    Operation::Get,
    Operation::GetAttributes,
    Operation::Activate,
    Operation::Revoke,
    Operation::Destroy,
    Operation::Encrypt,
    Operation::Decrypt,
    Operation::Sign,
    Operation::Mac,
    Operation::RngRetrieve,
];

type Answer = Result<ResponsePayload, ResultReason>;

#[derive(Default)]
struct Store {
    objects: BTreeMap<u64, Stored>,
    next: u64,
}

fn server(store: Store) -> Handler {
    let store = Mutex::new(store);
    Arc::new(move |request| store.lock().unwrap().answer(request))
}

impl Store {
    fn answer(&mut self, request: &RequestPayload) -> Answer {
        Ok(match request {
            RequestPayload::DiscoverVersions(_) => {
                ResponsePayload::DiscoverVersions(DiscoverVersionsResponse {
                    versions: vec![ProtocolVersion::V2_0, ProtocolVersion::V1_4, ProtocolVersion::V1_0],
                })
            }
            RequestPayload::Query(_) => ResponsePayload::Query(QueryResponse {
                operations: OPERATIONS.to_vec(),
                ..QueryResponse::default()
            }),
            RequestPayload::Create(request) => {
                let attributes = plain(&request.attributes);
                let mut key = vec![0; length(&attributes)?.div_ceil(8)];
                fill(&mut key).unwrap();
                ResponsePayload::Create(CreateResponse {
                    object_type: ObjectType::SymmetricKey,
                    unique_identifier: self.insert(Secret::Symmetric(key), attributes),
                    attributes: Vec::new(),
                })
            }
            RequestPayload::CreateKeyPair(request) => {
                ResponsePayload::CreateKeyPair(self.create_pair(request)?)
            }
            RequestPayload::Register(request) => {
                let unique_identifier = self.insert(registered(&request.object)?, plain(&request.attributes));
                ResponsePayload::Register(RegisterResponse { unique_identifier, attributes: Vec::new() })
            }
            RequestPayload::Locate(request) => ResponsePayload::Locate(self.locate(request)),
            RequestPayload::Get(request) => {
                let (id, stored) = self.find(request.unique_identifier.as_ref())?;
                let Secret::Public(key) = &stored.secret else { return Err(ResultReason::Sensitive) };
                let object = Object::PublicKey(KeyObject { key_block: transparent(key) });
                ResponsePayload::Get(GetResponse { unique_identifier: id, object })
            }
            RequestPayload::GetAttributes(request) => {
                ResponsePayload::GetAttributes(self.attributes(request)?)
            }
            RequestPayload::Activate(request) => ResponsePayload::Activate(self.become_(
                request.unique_identifier.as_ref(),
                &[State::PreActive],
                State::Active,
            )?),
            RequestPayload::Revoke(request) => ResponsePayload::Revoke(self.become_(
                request.unique_identifier.as_ref(),
                &[State::Active],
                State::Deactivated,
            )?),
            // What is destroyed stays, as a shadow.
            RequestPayload::Destroy(request) => ResponsePayload::Destroy(self.become_(
                request.unique_identifier.as_ref(),
                &[State::PreActive, State::Deactivated],
                State::Destroyed,
            )?),
            RequestPayload::Encrypt(request) => ResponsePayload::Encrypt(self.encrypt(request)?),
            RequestPayload::Decrypt(request) => ResponsePayload::Decrypt(self.decrypt(request)?),
            RequestPayload::Sign(request) => ResponsePayload::Sign(self.sign(request)?),
            RequestPayload::Mac(request) => {
                let (unique_identifier, stored) = self.active(request.unique_identifier.as_ref())?;
                let Secret::Symmetric(key) = &stored.secret else { return Err(ResultReason::InvalidField) };
                let hash = hash(request.cryptographic_parameters.as_ref())?;
                let code = HmacKey::new(hash, key).sign(request.data.as_ref().unwrap().expose());
                ResponsePayload::Mac(MacResponse {
                    unique_identifier,
                    mac_data: Some(code),
                    correlation_value: None,
                })
            }
            RequestPayload::RngRetrieve(request) => {
                let mut data = vec![0; usize::try_from(request.data_length).unwrap()];
                fill(&mut data).unwrap();
                ResponsePayload::RngRetrieve(RngRetrieveResponse { data: SecretBytes::new(data) })
            }
            _ => return Err(ResultReason::OperationNotSupported),
        })
    }

    fn create_pair(&mut self, request: &CreateKeyPairRequest) -> Result<KeyPairResponse, ResultReason> {
        let common = plain(&request.common);
        let key = Arc::new(generate(&common)?);
        let with = |more: &[_]| [common.clone(), plain(more)].concat();
        let public_key = self.insert(Secret::Public(Arc::clone(&key)), with(&request.public));
        let mut attributes = with(&request.private);
        attributes.push(Attribute::Link(Link { ty: LinkType::PublicKey, object: public_key.clone() }));
        let private_key = self.insert(Secret::Private(key), attributes);
        Ok(KeyPairResponse { private_key, public_key, private: Vec::new(), public: Vec::new() })
    }

    fn attributes(&self, request: &GetAttributesRequest) -> Result<GetAttributesResponse, ResultReason> {
        let (unique_identifier, stored) = self.find(request.unique_identifier.as_ref())?;
        let is_wanted = |attribute: &Attribute| {
            let kind = attribute.kind().map(AttributeReference::Standard);
            kind.is_some_and(|kind| request.references.contains(&kind))
        };
        let ty = match stored.secret {
            Secret::Symmetric(_) => ObjectType::SymmetricKey,
            Secret::Private(_) => ObjectType::PrivateKey,
            Secret::Public(_) => ObjectType::PublicKey,
        };
        let own =
            [Attribute::State(stored.state), Attribute::ObjectType(ty), Attribute::InitialDate(DateTime(7))];
        let attributes = stored.attributes.iter().cloned().chain(own).filter(is_wanted);
        Ok(GetAttributesResponse { unique_identifier, attributes: attributes.map(Into::into).collect() })
    }

    fn insert(&mut self, secret: Secret, attributes: Vec<Attribute>) -> UniqueIdentifier {
        self.next += 1;
        self.objects.insert(self.next, Stored { secret, attributes, state: State::PreActive });
        format!("object-{}", self.next).into()
    }

    fn find(&self, id: Option<&UniqueIdentifier>) -> Result<(UniqueIdentifier, &Stored), ResultReason> {
        let stored = number(id).and_then(|number| self.objects.get(&number));
        Ok((id.unwrap().clone(), stored.ok_or(ResultReason::ItemNotFound)?))
    }

    fn active(&self, id: Option<&UniqueIdentifier>) -> Result<(UniqueIdentifier, &Stored), ResultReason> {
        let (id, stored) = self.find(id)?;
        if stored.state == State::Active { Ok((id, stored)) } else { Err(ResultReason::IllegalOperation) }
    }

    fn become_(
        &mut self,
        id: Option<&UniqueIdentifier>,
        from: &[State],
        to: State,
    ) -> Result<ObjectResponse, ResultReason> {
        let number = number(id).ok_or(ResultReason::ItemNotFound)?;
        let stored = self.objects.get_mut(&number).ok_or(ResultReason::ItemNotFound)?;
        if !from.contains(&stored.state) {
            return Err(ResultReason::IllegalOperation);
        }
        stored.state = to;
        Ok(ObjectResponse { unique_identifier: id.unwrap().clone() })
    }

    fn locate(&self, request: &LocateRequest) -> LocateResponse {
        let wanted = plain(&request.attributes);
        let fits = |stored: &&Stored| wanted.iter().all(|attribute| stored.attributes.contains(attribute));
        let all = self.objects.iter().filter(|(_, stored)| fits(stored));
        let skipped = all.skip(usize::try_from(request.offset_items.unwrap_or(0)).unwrap());
        let most = usize::try_from(request.maximum_items.unwrap_or(u32::MAX)).unwrap();
        let identifiers = skipped.take(most).map(|(number, _)| format!("object-{number}").into());
        LocateResponse { located_items: None, unique_identifiers: identifiers.collect() }
    }

    fn encrypt(&self, request: &EncryptRequest) -> Result<EncryptResponse, ResultReason> {
        let (unique_identifier, stored) = self.active(request.unique_identifier.as_ref())?;
        let Secret::Symmetric(key) = &stored.secret else { return Err(ResultReason::InvalidField) };
        let text = request.data.as_ref().unwrap().expose();
        let iv = request.iv_counter_nonce.as_deref().unwrap_or_default();
        let aad = request.additional_data.as_deref().unwrap_or_default();
        let failed = |_| ResultReason::CryptographicFailure;
        let (data, tag) = match mode(request.cryptographic_parameters.as_ref())? {
            BlockCipherMode::Gcm => {
                let cipher = AesGcm::new(key).map_err(failed)?;
                let nonce = iv.try_into().map_err(|_| ResultReason::InvalidField)?;
                let mut sealed = cipher.seal(nonce, aad, text).map_err(failed)?;
                let tag = sealed.split_off(text.len());
                (sealed, Some(tag))
            }
            BlockCipherMode::Cbc => (aes_cbc_encrypt(key, &block(iv)?, text).map_err(failed)?, None),
            BlockCipherMode::Ctr => (aes_ctr_encrypt(key, &block(iv)?, text).map_err(failed)?, None),
            _ => return Err(ResultReason::InvalidField),
        };
        Ok(EncryptResponse {
            unique_identifier,
            data: Some(data),
            iv_counter_nonce: None,
            correlation_value: None,
            tag,
        })
    }

    fn decrypt(&self, request: &DecryptRequest) -> Result<DecryptResponse, ResultReason> {
        let (unique_identifier, stored) = self.active(request.unique_identifier.as_ref())?;
        let text = request.data.as_deref().unwrap();
        let parameters = request.cryptographic_parameters.as_ref();
        let failed = |_| ResultReason::CryptographicFailure;
        let data = match &stored.secret {
            Secret::Private(key) => key.decrypt_oaep(hash(parameters)?, &[], text).map_err(failed)?.to_vec(),
            Secret::Symmetric(key) => {
                let iv = request.iv_counter_nonce.as_deref().unwrap_or_default();
                let aad = request.additional_data.as_deref().unwrap_or_default();
                match mode(parameters)? {
                    BlockCipherMode::Gcm => {
                        let cipher = AesGcm::new(key).map_err(failed)?;
                        let nonce = iv.try_into().map_err(|_| ResultReason::InvalidField)?;
                        let sealed = [text, request.tag.as_deref().unwrap_or_default()].concat();
                        cipher.open(nonce, aad, &sealed).map_err(failed)?.to_vec()
                    }
                    BlockCipherMode::Cbc => aes_cbc_decrypt(key, &block(iv)?, text).map_err(failed)?.to_vec(),
                    BlockCipherMode::Ctr => aes_ctr_decrypt(key, &block(iv)?, text).map_err(failed)?.to_vec(),
                    _ => return Err(ResultReason::InvalidField),
                }
            }
            Secret::Public(_) => return Err(ResultReason::InvalidField),
        };
        Ok(DecryptResponse { unique_identifier, data: Some(SecretBytes::new(data)), correlation_value: None })
    }

    fn sign(&self, request: &SignRequest) -> Result<SignResponse, ResultReason> {
        let (unique_identifier, stored) = self.active(request.unique_identifier.as_ref())?;
        let Secret::Private(key) = &stored.secret else { return Err(ResultReason::InvalidField) };
        let parameters = request.cryptographic_parameters.as_ref();
        let hash = hash(parameters)?;
        let scheme = match (key.kind(), parameters.and_then(|parameters| parameters.padding_method)) {
            (KeyKind::Rsa(_), Some(PaddingMethod::Pkcs1v15)) => SignatureScheme::RsaPkcs1(hash),
            (KeyKind::Rsa(_), Some(PaddingMethod::Pss)) => SignatureScheme::RsaPss(hash),
            (KeyKind::Ec(_), None) => SignatureScheme::Ecdsa(hash),
            _ => return Err(ResultReason::InvalidField),
        };
        let input = match (&request.data, &request.digested_data) {
            (Some(data), None) => Input::Message(data.expose()),
            (None, Some(digest)) => Input::Digest(digest.expose()),
            _ => return Err(ResultReason::InvalidField),
        };
        let mut signature = key.sign(scheme, input).map_err(|_| ResultReason::CryptographicFailure)?;
        if let KeyKind::Ec(curve) = key.kind() {
            signature = concatenated(&signature, field(curve));
        }
        Ok(SignResponse { unique_identifier, signature_data: Some(signature), correlation_value: None })
    }
}

fn number(id: Option<&UniqueIdentifier>) -> Option<u64> {
    match id {
        Some(UniqueIdentifier::Text(id)) => id.strip_prefix("object-")?.parse().ok(),
        _ => None,
    }
}

fn plain(attributes: &[claviger_kmip::AttributeInstance]) -> Vec<Attribute> {
    attributes.iter().map(|instance| instance.attribute.clone()).collect()
}

fn length(attributes: &[Attribute]) -> Result<usize, ResultReason> {
    let length = attributes.iter().find_map(|attribute| match attribute {
        Attribute::CryptographicLength(length) => usize::try_from(*length).ok(),
        _ => None,
    });
    length.ok_or(ResultReason::InvalidField)
}

fn generate(common: &[Attribute]) -> Result<PrivateKey, ResultReason> {
    let curve = common.iter().find_map(|attribute| match attribute {
        Attribute::CryptographicDomainParameters(parameters) => parameters.recommended_curve,
        _ => None,
    });
    let made = match curve {
        Some(RecommendedCurve::P256) => PrivateKey::generate_ec(Curve::P256),
        Some(RecommendedCurve::P384) => PrivateKey::generate_ec(Curve::P384),
        Some(RecommendedCurve::P521) => PrivateKey::generate_ec(Curve::P521),
        Some(RecommendedCurve::Secp256k1) => PrivateKey::generate_ec(Curve::Secp256k1),
        Some(_) => return Err(ResultReason::InvalidField),
        None => PrivateKey::generate_rsa(u32::try_from(length(common)?).unwrap()),
    };
    made.map_err(|_| ResultReason::CryptographicFailure)
}

fn registered(object: &Object) -> Result<Secret, ResultReason> {
    let block = object.key_block().ok_or(ResultReason::InvalidField)?;
    let Some(KeyValue::Structure { material: KeyMaterial::Bytes(bytes), .. }) = &block.value else {
        return Err(ResultReason::InvalidField);
    };
    match object.ty() {
        ObjectType::SymmetricKey => Ok(Secret::Symmetric(bytes.expose().to_vec())),
        _ => PrivateKey::from_pkcs8(bytes.expose())
            .map(|key| Secret::Private(Arc::new(key)))
            .map_err(|_| ResultReason::InvalidField),
    }
}

fn transparent(key: &PrivateKey) -> KeyBlock {
    let spki = key.public_key_der().unwrap();
    match key.kind() {
        KeyKind::Ec(curve) => {
            let name = match curve {
                Curve::P256 => RecommendedCurve::P256,
                Curve::P384 => RecommendedCurve::P384,
                Curve::P521 => RecommendedCurve::P521,
                Curve::Secp256k1 => RecommendedCurve::Secp256k1,
            };
            let q_string = spki[spki.len() - 1 - 2 * field(curve)..].to_vec();
            KeyBlock::plain(
                KeyFormatType::TransparentEcPublicKey,
                KeyMaterial::EcPublic(EcPublicKey { curve: name, q_string }),
                CryptographicAlgorithm::Ec,
                0,
            )
        }
        _ => {
            // The modulus is before an exponent of five bytes.
            let KeyKind::Rsa(bits) = key.kind() else { panic!("there is no such key") };
            let end = spki.len() - 5;
            let modulus = &spki[end - usize::try_from(bits / 8).unwrap()..end];
            KeyBlock::plain(
                KeyFormatType::TransparentRsaPublicKey,
                KeyMaterial::RsaPublic(RsaPublicKey {
                    modulus: BigInteger::from_magnitude(modulus),
                    public_exponent: BigInteger::from_magnitude(&[1, 0, 1]),
                }),
                CryptographicAlgorithm::Rsa,
                bits,
            )
        }
    }
}

fn field(curve: Curve) -> usize {
    match curve {
        Curve::P256 | Curve::Secp256k1 => 32,
        Curve::P384 => 48,
        Curve::P521 => 66,
    }
}

/// r ‖ s of a signature in DER, whose lengths are all short or have one byte.
fn concatenated(der: &[u8], len: usize) -> Vec<u8> {
    let mut rest = if der[1] < 0x80 { &der[2..] } else { &der[3..] };
    let mut out = Vec::new();
    for _ in 0..2 {
        let (number, behind) = rest[2..].split_at(usize::from(rest[1]));
        let significant = number.strip_prefix(&[0]).unwrap_or(number);
        out.resize(out.len() + len - significant.len(), 0);
        out.extend_from_slice(significant);
        rest = behind;
    }
    out
}

fn mode(parameters: Option<&CryptographicParameters>) -> Result<BlockCipherMode, ResultReason> {
    let parameters = parameters.ok_or(ResultReason::InvalidField)?;
    match (parameters.block_cipher_mode, parameters.padding_method) {
        (Some(mode), None | Some(PaddingMethod::None)) => Ok(mode),
        _ => Err(ResultReason::InvalidField),
    }
}

fn hash(parameters: Option<&CryptographicParameters>) -> Result<HashAlg, ResultReason> {
    match parameters.and_then(|parameters| parameters.hashing_algorithm) {
        Some(HashingAlgorithm::Sha1) => Ok(HashAlg::Sha1),
        Some(HashingAlgorithm::Sha224) => Ok(HashAlg::Sha224),
        Some(HashingAlgorithm::Sha256) => Ok(HashAlg::Sha256),
        Some(HashingAlgorithm::Sha384) => Ok(HashAlg::Sha384),
        Some(HashingAlgorithm::Sha512) => Ok(HashAlg::Sha512),
        _ => Err(ResultReason::InvalidField),
    }
}

fn block(iv: &[u8]) -> Result<[u8; 16], ResultReason> {
    iv.try_into().map_err(|_| ResultReason::InvalidField)
}
