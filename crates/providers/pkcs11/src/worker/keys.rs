//! Making, taking over and destroying keys.

use claviger_algorithms::key_kind;
use claviger_crypto::{KeyKind, PrivateKey, aes_kwp_wrap, fill};
use claviger_types::{KeySpec, KeyUsage, SecretBytes};
use cryptoki::{
    mechanism::Mechanism,
    object::{Attribute, KeyType, ObjectClass, ObjectHandle},
    session::Session,
    types::Ulong,
};
use zeroize::{Zeroize, Zeroizing};

use super::{
    search::{self, object_class},
    token::Token,
    trouble::Trouble,
};
use crate::{
    LABEL,
    encoding::{self, ED25519_BY_NAME, PrivateParts},
    wire::{Answer, Class, Destruction, Failure, NewKeySpec},
};

/// Where a key is to be.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) spec: KeySpec,
    pub(super) usage: KeyUsage,
    /// `CKA_ID` and `CKA_LABEL`; a key without is gone with its session, and is for trying out.
    pub(super) name: Option<(&'a [u8], &'a str)>,
    /// Only for those who are logged in.
    pub(super) private: bool,
}

/// A key that has been made.
pub(super) struct Made {
    /// The private or secret key.
    pub(super) key: ObjectHandle,
    pub(super) public: Option<ObjectHandle>,
}

pub(super) fn generate(token: &Token, session: &Session, key: &NewKeySpec) -> Result<Answer, Trouble> {
    let made = make(session, &place(token, key))?;
    finish(token, session, key, &made)
}

pub(super) fn import(
    token: &Token,
    session: &Session,
    key: &NewKeySpec,
    material: &SecretBytes,
) -> Result<Answer, Trouble> {
    let made = take_over(session, &place(token, key), material.expose())?;
    finish(token, session, key, &made)
}

/// Deletes both halves. What is not there is no error.
pub(super) fn destroy(token: &Token, session: &Session, key: &Destruction) -> Result<Answer, Trouble> {
    let (classes, label): (&[ObjectClass], _) = match key.class {
        Some(Class::Private {}) => (&[ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY], None),
        Some(Class::Secret {}) => (&[ObjectClass::SECRET_KEY], None),
        // Nothing is known of it but that it is ours.
        None => (
            &[ObjectClass::PRIVATE_KEY, ObjectClass::SECRET_KEY, ObjectClass::PUBLIC_KEY],
            Some(LABEL.into()),
        ),
    };
    for class in classes {
        let mut template = vec![Attribute::Class(*class), Attribute::Id(key.id.clone())];
        template.extend(label.clone().map(Attribute::Label));
        for handle in session.find_objects(&template)? {
            match session.destroy_object(handle).map_err(Trouble::from) {
                Ok(()) | Err(Trouble::Object) => {}
                Err(trouble) => return Err(trouble),
            }
        }
    }
    token.forget(Class::Private {}, &key.id);
    token.forget(Class::Secret {}, &key.id);
    Ok(Answer::Done {})
}

/// Makes a key in the token.
pub(super) fn make(session: &Session, place: &Place<'_>) -> Result<Made, Trouble> {
    let Some(kind) = key_kind(place.spec) else {
        let len = place.spec.symmetric_len().unwrap_or(0);
        let mechanism = match secret_type(place.spec) {
            KeyType::AES => Mechanism::AesKeyGen,
            _ => Mechanism::GenericSecretKeyGen,
        };
        let mut template = private_template(place);
        template.push(Attribute::ValueLen(Ulong::try_from(len)?));
        return Ok(Made { key: session.generate_key(&mechanism, &template)?, public: None });
    };
    let private = private_template(place);
    match kind {
        KeyKind::Rsa(bits) => {
            let mut public = public_template(place);
            public.push(Attribute::ModulusBits(Ulong::from(u64::from(bits))));
            public.push(Attribute::PublicExponent(vec![1, 0, 1]));
            pair(session, &Mechanism::RsaPkcsKeyPairGen, &public, &private)
        }
        KeyKind::Ec(_) => {
            let mut public = public_template(place);
            public.extend(encoding::curve_params(kind).map(Attribute::EcParams));
            pair(session, &Mechanism::EccKeyPairGen, &public, &private)
        }
        KeyKind::Ed25519 => {
            let with = |params: Vec<u8>| {
                let mut public = public_template(place);
                public.push(Attribute::EcParams(params));
                pair(session, &Mechanism::EccEdwardsKeyPairGen, &public, &private)
            };
            let by_number = encoding::curve_params(kind).unwrap_or_default();
            with(by_number).or_else(|_| with(ED25519_BY_NAME.to_vec()))
        }
        KeyKind::MlDsa(_) => Err(unsupported()),
    }
}

/// Puts a key into the token: wrapped, so that it comes in as a key that was never outside of one, where the token
/// does that, otherwise number by number.
pub(super) fn take_over(session: &Session, place: &Place<'_>, material: &[u8]) -> Result<Made, Trouble> {
    let unwrapped = unwrap(session, place, material);
    let key = match unwrapped {
        Err(Trouble::Failed(Failure::Unsupported { .. } | Failure::Broken { .. })) => {
            create(session, place, material)?
        }
        other => other?,
    };
    // The token can do without the public half: it is for others who look for the key there.
    let public = create_public(session, place, material).ok().flatten();
    Ok(Made { key, public })
}

fn place<'a>(token: &Token, key: &'a NewKeySpec) -> Place<'a> {
    Place {
        spec: key.spec,
        usage: key.usage,
        name: Some((&key.id, &key.label)),
        private: token.is_logged_in(),
    }
}

fn finish(token: &Token, session: &Session, key: &NewKeySpec, made: &Made) -> Result<Answer, Trouble> {
    let public = match made.public {
        Some(public) => search::public_parts(session, public).map(Some),
        None => Ok(None),
    };
    let class = if key.spec.is_symmetric() { Class::Secret {} } else { Class::Private {} };
    match public {
        Ok(public) => {
            token.remember(class, &key.id, made.key);
            Ok(Answer::Made { public })
        }
        Err(trouble) => {
            for handle in [Some(made.key), made.public].into_iter().flatten() {
                let _ = session.destroy_object(handle);
            }
            Err(trouble)
        }
    }
}

fn pair(
    session: &Session,
    mechanism: &Mechanism<'_>,
    public: &[Attribute],
    private: &[Attribute],
) -> Result<Made, Trouble> {
    let (public, key) = session.generate_key_pair(mechanism, public, private)?;
    Ok(Made { key, public: Some(public) })
}

/// What only the private or secret key can do, and that it stays. Every use is said, also those that are not allowed:
/// tokens allow by default.
fn private_template(place: &Place<'_>) -> Vec<Attribute> {
    let usage = place.usage;
    let symmetric = place.spec.is_symmetric();
    let mut template = common_template(place);
    let ciphers = matches!(usage, KeyUsage::Encrypt | KeyUsage::RawEncrypt);
    template.extend([
        Attribute::Private(place.private),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(matches!(usage, KeyUsage::Sign | KeyUsage::Mac)),
        Attribute::Decrypt(ciphers || usage == KeyUsage::AsymmetricDecrypt),
        Attribute::Derive(usage == KeyUsage::KeyAgreement),
        Attribute::Unwrap(false),
    ]);
    if symmetric {
        template.extend([
            Attribute::Encrypt(ciphers),
            Attribute::Verify(usage == KeyUsage::Mac),
            Attribute::Wrap(false),
        ]);
    }
    template
}

fn public_template(place: &Place<'_>) -> Vec<Attribute> {
    let mut template = common_template(place);
    template.extend([
        Attribute::Private(false),
        Attribute::Verify(place.usage == KeyUsage::Sign),
        Attribute::Encrypt(place.usage == KeyUsage::AsymmetricDecrypt),
        Attribute::Wrap(false),
    ]);
    template
}

fn common_template(place: &Place<'_>) -> Vec<Attribute> {
    let mut template = vec![Attribute::Token(place.name.is_some())];
    if let Some((id, label)) = place.name {
        template.extend([Attribute::Id(id.to_vec()), Attribute::Label(label.into())]);
    }
    template
}

/// What a key is, for a template that makes one from something.
fn identity(place: &Place<'_>) -> [Attribute; 2] {
    let (class, kind) = match key_kind(place.spec) {
        None => (Class::Secret {}, secret_type(place.spec)),
        Some(KeyKind::Rsa(_)) => (Class::Private {}, KeyType::RSA),
        Some(KeyKind::Ec(_)) => (Class::Private {}, KeyType::EC),
        Some(KeyKind::Ed25519) => (Class::Private {}, KeyType::EC_EDWARDS),
        Some(KeyKind::MlDsa(_)) => (Class::Private {}, KeyType::ML_DSA),
    };
    [Attribute::Class(object_class(class)), Attribute::KeyType(kind)]
}

fn secret_type(spec: KeySpec) -> KeyType {
    match spec {
        KeySpec::Aes128 | KeySpec::Aes256 => KeyType::AES,
        _ => KeyType::GENERIC_SECRET,
    }
}

fn unwrap(session: &Session, place: &Place<'_>, material: &[u8]) -> Result<ObjectHandle, Trouble> {
    let failed = |_| Trouble::from(Failure::Broken { text: "the material can't be wrapped".to_owned() });
    let mut kek = Zeroizing::new([0; 32]);
    fill(&mut *kek).map_err(failed)?;
    let wrapped = aes_kwp_wrap(&*kek, material).map_err(failed)?;
    let mut template = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::AES),
        Attribute::Token(false),
        Attribute::Private(place.private),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Unwrap(true),
        Attribute::Value(kek.to_vec()),
    ];
    let wrapping = session.create_object(&template);
    wipe(&mut template);
    let wrapping = wrapping?;
    let mut template = private_template(place);
    template.extend(identity(place));
    let key = session.unwrap_key(&Mechanism::AesKeyWrapPad, wrapping, &wrapped, &template);
    // It goes with its session in any case.
    let _ = session.destroy_object(wrapping);
    Ok(key?)
}

fn create(session: &Session, place: &Place<'_>, material: &[u8]) -> Result<ObjectHandle, Trouble> {
    let mut template = private_template(place);
    template.extend(identity(place));
    match key_kind(place.spec) {
        None => template.push(Attribute::Value(material.to_vec())),
        Some(kind) => match encoding::private_parts(kind, material).ok_or_else(unsupported)? {
            PrivateParts::Rsa(parts) => template.extend([
                Attribute::Modulus(parts.modulus),
                Attribute::PublicExponent(parts.public_exponent),
                Attribute::PrivateExponent(parts.private_exponent.to_vec()),
                Attribute::Prime1(parts.prime_1.to_vec()),
                Attribute::Prime2(parts.prime_2.to_vec()),
                Attribute::Exponent1(parts.exponent_1.to_vec()),
                Attribute::Exponent2(parts.exponent_2.to_vec()),
                Attribute::Coefficient(parts.coefficient.to_vec()),
            ]),
            PrivateParts::Ec(scalar) => {
                template.extend(encoding::curve_params(kind).map(Attribute::EcParams));
                template.push(Attribute::Value(scalar.to_vec()));
            }
        },
    }
    let created = session.create_object(&template);
    wipe(&mut template);
    Ok(created?)
}

fn create_public(
    session: &Session,
    place: &Place<'_>,
    material: &[u8],
) -> Result<Option<ObjectHandle>, Trouble> {
    let Some(kind) = key_kind(place.spec) else { return Ok(None) };
    let spki =
        PrivateKey::from_pkcs8(material).and_then(|key| key.public_key_der()).map_err(|_| unsupported())?;
    let [_, key_type] = identity(place);
    let mut template = public_template(place);
    template.extend([Attribute::Class(ObjectClass::PUBLIC_KEY), key_type]);
    match encoding::rsa_parts(&spki) {
        Some((modulus, exponent)) => {
            template.extend([Attribute::Modulus(modulus), Attribute::PublicExponent(exponent)]);
        }
        None => {
            template.extend(encoding::curve_params(kind).map(Attribute::EcParams));
            template.extend(encoding::wrapped_point(&spki).map(Attribute::EcPoint));
        }
    }
    let created = session.create_object(&template);
    if created.is_err() && kind == KeyKind::Ed25519 {
        for attribute in &mut template {
            if let Attribute::EcParams(params) = attribute {
                *params = ED25519_BY_NAME.to_vec();
            }
        }
        return Ok(Some(session.create_object(&template)?));
    }
    Ok(Some(created?))
}

/// The binding's attributes are plain vectors.
fn wipe(template: &mut [Attribute]) {
    for attribute in template {
        match attribute {
            Attribute::Value(secret)
            | Attribute::PrivateExponent(secret)
            | Attribute::Prime1(secret)
            | Attribute::Prime2(secret)
            | Attribute::Exponent1(secret)
            | Attribute::Exponent2(secret)
            | Attribute::Coefficient(secret) => secret.zeroize(),
            _ => {}
        }
    }
}

fn unsupported() -> Trouble {
    Failure::Unsupported { text: "the token has no such keys".to_owned() }.into()
}
