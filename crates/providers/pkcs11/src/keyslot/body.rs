use claviger_ports::{KeyslotError, SlotBody};

/// What a slot of a token stores.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) mechanism: Mechanism,
    /// Which token it was locked with, for people: a copy of its key in another opens it as well.
    pub(super) token: String,
    /// `CKA_ID` of the key.
    pub(super) id: Vec<u8>,
    /// An empty text, sealed like the root key.
    pub(super) check: Vec<u8>,
    /// The root key, sealed.
    pub(super) wrapped: Vec<u8>,
}

/// How a text is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mechanism {
    /// AES-256-GCM: nonce, ciphertext, tag.
    Gcm,
    /// A random key in AES-256-CBC (initialization vector, two blocks), and the text in XAES-256-GCM under a key derived
    /// from it (nonce, ciphertext, tag).
    Cbc,
}

const MECHANISMS: [(Mechanism, &str); 2] =
    [(Mechanism::Gcm, "aes-256-gcm"), (Mechanism::Cbc, "aes-256-cbc+xaes-256-gcm")];

const MECHANISM: &str = "mechanism";
const TOKEN: &str = "token";
const CHECK: &str = "check";

impl Body {
    pub(super) fn write(self) -> SlotBody {
        let mechanism = MECHANISMS.iter().find(|(known, _)| *known == self.mechanism);
        let parameters = [
            (MECHANISM, mechanism.map_or("", |(_, name)| name).to_owned()),
            (TOKEN, self.token),
            (SlotBody::KEY_ID, hex::encode(&self.id)),
            (CHECK, hex::encode(&self.check)),
        ];
        let parameters = parameters.into_iter().map(|(name, value)| (name.into(), value.into()));
        SlotBody { parameters: parameters.collect(), wrapped: self.wrapped.into() }
    }

    /// # Errors
    /// `OutOfBounds` if we could not have written it.
    pub(super) fn read(body: &SlotBody) -> Result<Self, KeyslotError> {
        let missing = |name: &str| KeyslotError::OutOfBounds(format!("its {name} is not one"));
        let text = |name: &'static str| body.parameters.get(name).ok_or_else(|| missing(name));
        let bytes = |name| match hex::decode(&**text(name)?) {
            Ok(bytes) if !bytes.is_empty() => Ok(bytes),
            _ => Err(missing(name)),
        };
        let mechanism = text(MECHANISM)?;
        let known = MECHANISMS.iter().find(|(_, name)| *name == &**mechanism);
        Ok(Self {
            mechanism: known.ok_or_else(|| missing(MECHANISM))?.0,
            token: text(TOKEN)?.to_string(),
            id: bytes(SlotBody::KEY_ID)?,
            check: bytes(CHECK)?,
            wrapped: body.wrapped.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests;
