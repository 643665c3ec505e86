use std::sync::{Arc, Mutex, PoisonError};

use claviger_core::{Error, Reason};
use claviger_kmip::{
    Object, ProtocolVersion, ResultReason,
    enums::{
        BlockCipherMode, CryptographicAlgorithm, EncodingOption, KeyCompressionType, KeyFormatType,
        KeyWrapType, WrappingMethod,
    },
    objects::{KeyBlock, KeyMaterial, KeyValue, KeyWrappingData, KeyWrappingSpecification},
    operations::{GetRequest, GetResponse},
    stored,
};
use claviger_objects::{Content, GetObject, GotObject, ObjectView, Wrap};
use claviger_types::SecretBytes;

use super::lifecycle::object;
use crate::{
    batch::Batch,
    convert::{keys, spec},
    error::Failure,
    names,
};

/// Gives out an object with its value (KMIP 2.1 §6.1.22).
pub(super) async fn get(batch: &mut Batch<'_>, request: GetRequest) -> Result<GetResponse, Failure> {
    let id = object(batch, request.unique_identifier.as_ref())?;
    let form = Form { format: request.key_format_type, compression: request.key_compression_type };
    if request.key_wrap_type == Some(KeyWrapType::NotWrapped) && request.key_wrapping_specification.is_some()
    {
        return Err(Failure::invalid("The key is asked for wrapped and not wrapped."));
    }
    let object = match &request.key_wrapping_specification {
        None => {
            let got = batch.run(GetObject { id, wrap: None }).await?;
            if let Content::Kept(value) = &got.content {
                batch.spend(value.len())?;
            }
            plain(&got, form)?
        }
        Some(specification) => {
            let wrapping = Wrapping::of(specification, batch)?;
            let version = batch.version;
            // What the value was taken out of, to be filled with the wrapped one.
            let shell = Arc::new(Mutex::new(None));
            let emptied = Arc::clone(&shell);
            let encode = move |view: &ObjectView, content: &Content| {
                let object = render(view, content, form).map_err(into_error)?;
                if !keys::is_wrappable(&object) {
                    return Err(Error::new(
                        Reason::Unsupported,
                        "Only secret data, symmetric and private keys are given wrapped, and none that is wrapped already.",
                    ));
                }
                let value = clear(&object, wrapping.option, version).map_err(into_error)?;
                *emptied.lock().unwrap_or_else(PoisonError::into_inner) = Some(object);
                Ok(value)
            };
            let wrap = Some(Wrap { key: wrapping.key, encode: Box::new(encode) });
            let got = batch.run(GetObject { id, wrap }).await?;
            let shell = shell.lock().unwrap_or_else(PoisonError::into_inner).take();
            match (shell, got.content) {
                (Some(shell), Content::Wrapped(bytes)) => {
                    batch.spend(bytes.len())?;
                    wrapping.fill(shell, bytes, specification)
                }
                _ => {
                    return Err(Failure::Answered(Error::internal(
                        "a value that was to be wrapped and is not",
                    )));
                }
            }
        }
    };
    if request.key_wrap_type == Some(KeyWrapType::NotWrapped)
        && object.key_block().is_some_and(|block| block.wrapping.is_some())
    {
        return Err(Failure::rejected(
            ResultReason::KeyWrapTypeNotSupported,
            "The object was registered wrapped, and is not unwrapped here.",
        ));
    }
    Ok(GetResponse { unique_identifier: names::identifier(id), object })
}

/// The form in which a key is asked for.
#[derive(Clone, Copy)]
struct Form {
    format: Option<KeyFormatType>,
    compression: Option<KeyCompressionType>,
}

fn plain(got: &GotObject, form: Form) -> Result<Object, Failure> {
    render(&got.view, &got.content, form)
}

fn render(view: &ObjectView, content: &Content, form: Form) -> Result<Object, Failure> {
    let described = view.key.as_ref().and_then(|key| spec::algorithm_of(key.spec, key.usage));
    let described = || {
        described.ok_or_else(|| {
            Failure::rejected(
                ResultReason::FeatureNotSupported,
                "The protocol has no name for keys of this kind.",
            )
        })
    };
    match content {
        Content::Symmetric(bytes) => {
            keys::symmetric(bytes, described()?, form.format).map(Object::SymmetricKey)
        }
        Content::Private(pkcs8) => keys::private(pkcs8, described()?, form.format).map(Object::PrivateKey),
        Content::Public(spki) => {
            keys::public(spki, described()?, form.format, form.compression).map(Object::PublicKey)
        }
        Content::Kept(value) => kept(value, form),
        Content::Wrapped(_) => Err(Failure::Answered(Error::internal("a value that is wrapped already"))),
    }
}

/// What was registered is given as it was, and in no other form.
fn kept(value: &SecretBytes, form: Form) -> Result<Object, Failure> {
    let object =
        stored::decode_object(value.expose()).map_err(|error| Failure::Answered(Error::internal(error)))?;
    let own = object.key_block().map(|block| block.format);
    match form.format.is_none_or(|asked| own == Some(asked)) {
        true => Ok(object),
        false => Err(Failure::rejected(
            ResultReason::KeyFormatTypeNotSupported,
            "The object is given only in the format in which it was registered.",
        )),
    }
}

/// How a value is wrapped.
#[derive(Clone, Copy)]
struct Wrapping {
    key: claviger_types::ObjectId,
    option: EncodingOption,
}

impl Wrapping {
    /// Only the one way that everybody knows: AES key wrap (RFC 3394), with or without the encoding of the key value.
    fn of(specification: &KeyWrappingSpecification, batch: &Batch<'_>) -> Result<Self, Failure> {
        let unsupported =
            |what: &str| Err(Failure::rejected(ResultReason::UnsupportedCryptographicParameters, what));
        if specification.method != WrappingMethod::Encrypt || specification.mac_signature_key.is_some() {
            return unsupported("Values are wrapped by encryption alone.");
        }
        if !specification.attribute_names.is_empty() {
            return unsupported("Attributes are not wrapped with a value.");
        }
        let Some(key) = &specification.encryption_key else {
            return Err(Failure::rejected(ResultReason::MissingData, "The wrapping key is missing."));
        };
        let parameters = key.cryptographic_parameters.as_ref();
        let mode = parameters.and_then(|parameters| parameters.block_cipher_mode);
        let algorithm = parameters.and_then(|parameters| parameters.cryptographic_algorithm);
        if mode.is_some_and(|mode| mode != BlockCipherMode::NistKeyWrap)
            || algorithm.is_some_and(|algorithm| algorithm != CryptographicAlgorithm::Aes)
        {
            return unsupported("Values are wrapped with AES in the mode NISTKeyWrap.");
        }
        // Until 1.0 there was no way to say it, and the whole key value was meant.
        let option = specification.encoding_option.unwrap_or(EncodingOption::TtlvEncoding);
        Ok(Self { key: batch.placeholders.resolve(Some(&key.unique_identifier))?, option })
    }

    /// The object with its value replaced by the wrapped one.
    fn fill(self, shell: Object, wrapped: Vec<u8>, specification: &KeyWrappingSpecification) -> Object {
        let bytes = SecretBytes::new(wrapped);
        let value = match self.option {
            EncodingOption::NoEncoding => {
                KeyValue::Structure { material: KeyMaterial::Bytes(bytes), attributes: Vec::new() }
            }
            EncodingOption::TtlvEncoding => KeyValue::Wrapped(bytes),
        };
        let wrapping = KeyWrappingData {
            method: WrappingMethod::Encrypt,
            encryption_key: specification.encryption_key.clone(),
            mac_signature_key: None,
            mac_signature: None,
            iv_counter_nonce: None,
            encoding_option: specification.encoding_option,
        };
        keys::map_block(shell, |block| {
            // The bytes alone were wrapped, and are no structure any more.
            let is_raw = self.option == EncodingOption::NoEncoding
                && block.format == KeyFormatType::TransparentSymmetricKey;
            let format = if is_raw { KeyFormatType::Raw } else { block.format };
            KeyBlock { format, value: Some(value), wrapping: Some(wrapping), ..block }
        })
    }
}

/// The bytes that are wrapped.
fn clear(object: &Object, option: EncodingOption, version: ProtocolVersion) -> Result<SecretBytes, Failure> {
    match option {
        EncodingOption::TtlvEncoding => Ok(stored::encode_key_value(object, version)?),
        EncodingOption::NoEncoding => {
            let bytes = object.key_block().and_then(keys::symmetric_bytes);
            bytes.map(SecretBytes::duplicate).ok_or_else(|| {
                Failure::rejected(
                    ResultReason::FeatureNotSupported,
                    "The value is not one that can be wrapped.",
                )
            })
        }
    }
}

fn into_error(failure: Failure) -> Error {
    match failure {
        Failure::Answered(error) | Failure::Rejected(_, error) => error,
    }
}
