//! Finding keys, and what the token says of them. Attributes are told apart by what they are, never by their place: a
//! token leaves out those that it does not have.

use std::collections::BTreeSet;

use cryptoki::{
    object::{Attribute, AttributeType, ObjectClass, ObjectHandle},
    session::Session,
};

use super::{token::Token, trouble::Trouble};
use crate::{
    LABEL,
    wire::{Answer, Class, Failure, FoundKey, PublicParts},
};

/// The handle of the one key with this id.
///
/// # Errors
/// `Missing` and `Ambiguous`, and what the token answers.
pub(super) fn key(
    token: &Token,
    session: &Session,
    class: Class,
    id: &[u8],
) -> Result<ObjectHandle, Trouble> {
    let template = [Attribute::Class(object_class(class)), Attribute::Id(id.to_vec())];
    match session.find_objects(&template)?.as_slice() {
        [handle] => {
            token.remember(class, id, *handle);
            Ok(*handle)
        }
        [] => Err(Failure::Missing {}.into()),
        _ => Err(Failure::Ambiguous {}.into()),
    }
}

/// The handle of the one secret key with this label.
///
/// # Errors
/// `Missing` and `Ambiguous`, and what the token answers.
pub(super) fn named(session: &Session, label: &str) -> Result<ObjectHandle, Trouble> {
    let template = [Attribute::Class(ObjectClass::SECRET_KEY), Attribute::Label(label.into())];
    match session.find_objects(&template)?.as_slice() {
        [handle] => Ok(*handle),
        [] => Err(Failure::Missing {}.into()),
        _ => Err(Failure::Ambiguous {}.into()),
    }
}

/// The keys that have this id and this label, of which at least one is given.
pub(super) fn find(
    token: &Token,
    session: &Session,
    class: Class,
    id: Option<&[u8]>,
    label: Option<&str>,
) -> Result<Answer, Trouble> {
    let mut template = vec![Attribute::Class(object_class(class))];
    template.extend(id.map(|id| Attribute::Id(id.to_vec())));
    template.extend(label.map(|label| Attribute::Label(label.as_bytes().to_vec())));
    let found = session.find_objects(&template)?;
    if let (Some(id), None) = (id, label) {
        match found.as_slice() {
            [handle] => token.remember(class, id, *handle),
            _ => token.forget(class, id),
        }
    }
    // More than one is as bad as many.
    let keys =
        found.into_iter().take(2).map(|handle| describe(session, class, handle)).collect::<Result<_, _>>()?;
    Ok(Answer::Found { keys })
}

/// The ids of everything that carries our label.
pub(super) fn tagged(session: &Session) -> Result<Answer, Trouble> {
    let mut ids = BTreeSet::new();
    for class in [ObjectClass::PRIVATE_KEY, ObjectClass::SECRET_KEY, ObjectClass::PUBLIC_KEY] {
        let template = [Attribute::Class(class), Attribute::Label(LABEL.into())];
        for handle in session.find_objects(&template)? {
            for attribute in session.get_attributes(handle, &[AttributeType::Id])? {
                if let Attribute::Id(id) = attribute {
                    ids.insert(id);
                }
            }
        }
    }
    Ok(Answer::Tags { ids: ids.into_iter().collect() })
}

/// What is known of a public key, from any object that says something of it.
pub(super) fn public_parts(session: &Session, handle: ObjectHandle) -> Result<PublicParts, Trouble> {
    let wanted = [
        AttributeType::PublicKeyInfo,
        AttributeType::Modulus,
        AttributeType::PublicExponent,
        AttributeType::EcPoint,
    ];
    let mut parts = PublicParts::default();
    for attribute in session.get_attributes(handle, &wanted)? {
        match attribute {
            Attribute::PublicKeyInfo(info) => parts.info = info,
            Attribute::Modulus(modulus) => parts.modulus = modulus,
            Attribute::PublicExponent(exponent) => parts.exponent = exponent,
            Attribute::EcPoint(point) => parts.point = point,
            _ => {}
        }
    }
    Ok(parts)
}

pub(super) const fn object_class(class: Class) -> ObjectClass {
    match class {
        Class::Private {} => ObjectClass::PRIVATE_KEY,
        Class::Secret {} => ObjectClass::SECRET_KEY,
    }
}

fn describe(session: &Session, class: Class, handle: ObjectHandle) -> Result<FoundKey, Trouble> {
    let wanted = [
        AttributeType::Id,
        AttributeType::KeyType,
        AttributeType::EcParams,
        AttributeType::ValueLen,
        AttributeType::Sign,
        AttributeType::Encrypt,
        AttributeType::Decrypt,
        AttributeType::Derive,
        AttributeType::Sensitive,
        AttributeType::Extractable,
        AttributeType::AlwaysAuthenticate,
    ];
    let mut key = FoundKey {
        id: Vec::new(),
        key_type: u64::MAX,
        curve: Vec::new(),
        value_len: None,
        public: PublicParts::default(),
        signs: false,
        encrypts: false,
        decrypts: false,
        derives: false,
        stays: false,
        wants_pin: false,
    };
    let (mut sensitive, mut extractable) = (false, true);
    for attribute in session.get_attributes(handle, &wanted)? {
        match attribute {
            Attribute::Id(id) => key.id = id,
            Attribute::KeyType(kind) => key.key_type = *kind,
            Attribute::EcParams(params) => key.curve = params,
            Attribute::ValueLen(len) => key.value_len = u64::try_from(usize::from(len)).ok(),
            Attribute::Sign(signs) => key.signs = signs,
            Attribute::Encrypt(encrypts) => key.encrypts = encrypts,
            Attribute::Decrypt(decrypts) => key.decrypts = decrypts,
            Attribute::Derive(derives) => key.derives = derives,
            Attribute::Sensitive(is) => sensitive = is,
            Attribute::Extractable(is) => extractable = is,
            Attribute::AlwaysAuthenticate(does) => key.wants_pin = does,
            _ => {}
        }
    }
    key.stays = sensitive && !extractable;
    if class == (Class::Private {}) {
        key.public = public_half(session, handle, &key.id)?;
    }
    Ok(key)
}

/// From the private key, where tokens say it there, otherwise from the public key with the same id.
fn public_half(session: &Session, private: ObjectHandle, id: &[u8]) -> Result<PublicParts, Trouble> {
    let parts = public_parts(session, private)?;
    if !(parts.info.is_empty() && parts.point.is_empty() && parts.modulus.is_empty()) || id.is_empty() {
        return Ok(parts);
    }
    let template = [Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Id(id.to_vec())];
    match session.find_objects(&template)?.as_slice() {
        [public] => public_parts(session, *public),
        _ => Ok(parts),
    }
}
