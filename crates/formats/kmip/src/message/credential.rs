use super::header::Nonce;
use crate::{
    DecodeError, DecodeErrorKind as Kind, EncodeError, SecretText, Tag, Value,
    codec::{Codec, Cx, Fields, Writer, structure},
    enums::{AttestationType, CredentialType, HashingAlgorithm, TicketType},
    value::DateTimeExtended,
};
use claviger_types::SecretBytes;

/// What a client proves with who it is (KMIP 2.1 §9.11).
#[expect(missing_docs, reason = "the names are those of the specification")]
pub enum Credential {
    UsernameAndPassword(UsernamePassword),
    Device(DeviceCredential),
    Attestation(AttestationCredential),
    OneTimePassword(OneTimePassword),
    HashedPassword(HashedPassword),
    Ticket(Ticket),
}

structure! {
    /// A name and a password.
    pub struct UsernamePassword {
        /// The name.
        username: required String = Tag::USERNAME;
        /// The password.
        password: optional SecretText = Tag::PASSWORD;
    }
}

structure! {
    /// A device; from 1.1 on.
    #[derive(Default)]
    pub struct DeviceCredential {
        /// Its serial number.
        serial_number: optional String = Tag::DEVICE_SERIAL_NUMBER;
        /// A password.
        password: optional SecretText = Tag::PASSWORD;
        /// What it is called.
        device_identifier: optional String = Tag::DEVICE_IDENTIFIER;
        /// Where it is in the network.
        network_identifier: optional String = Tag::NETWORK_IDENTIFIER;
        /// In which machine it is.
        machine_identifier: optional String = Tag::MACHINE_IDENTIFIER;
        /// Which medium is in it.
        media_identifier: optional String = Tag::MEDIA_IDENTIFIER;
    }
}

structure! {
    /// An attested machine; from 1.2 on.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AttestationCredential {
        /// The nonce that the server gave.
        nonce: required Nonce = Tag::NONCE;
        /// How it is attested.
        ty: required AttestationType = Tag::ATTESTATION_TYPE;
        /// What was measured.
        measurement: optional Vec<u8> = Tag::ATTESTATION_MEASUREMENT;
        /// What a third party says.
        assertion: optional Vec<u8> = Tag::ATTESTATION_ASSERTION;
    }
}

structure! {
    /// A password that is used once; from 2.0 on.
    pub struct OneTimePassword {
        /// The name.
        username: required String = Tag::USERNAME;
        /// The password that is used more often.
        password: optional SecretText = Tag::PASSWORD;
        /// The one that is used once.
        one_time_password: required SecretText = Tag::ONE_TIME_PASSWORD;
    }
}

structure! {
    /// A password that is not sent; from 2.0 on.
    pub struct HashedPassword {
        /// The name.
        username: required String = Tag::USERNAME;
        /// When it was hashed.
        time_stamp: required DateTimeExtended = Tag::TIME_STAMP;
        /// With what; SHA-256 if absent.
        hashing_algorithm: optional HashingAlgorithm = Tag::HASHING_ALGORITHM;
        /// The hash of the name, the time and the hash of the password.
        hashed_password: required SecretBytes = Tag::HASHED_PASSWORD;
    }
}

structure! {
    /// What the server gave at login (KMIP 2.1 §7.39); from 2.0 on.
    pub struct Ticket {
        /// What it is for.
        ty: required TicketType = Tag::TICKET_TYPE;
        /// Its value.
        value: required SecretBytes = Tag::TICKET_VALUE;
    }
}

impl Credential {
    /// Its type.
    pub const fn ty(&self) -> CredentialType {
        match self {
            Self::UsernameAndPassword(_) => CredentialType::UsernameAndPassword,
            Self::Device(_) => CredentialType::Device,
            Self::Attestation(_) => CredentialType::Attestation,
            Self::OneTimePassword(_) => CredentialType::OneTimePassword,
            Self::HashedPassword(_) => CredentialType::HashedPassword,
            Self::Ticket(_) => CredentialType::Ticket,
        }
    }

    fn decode_value(ty: CredentialType, value: Value, cx: Cx) -> Result<Self, DecodeError> {
        match ty {
            CredentialType::UsernameAndPassword => Codec::decode(value, cx).map(Self::UsernameAndPassword),
            CredentialType::Device => Codec::decode(value, cx).map(Self::Device),
            CredentialType::Attestation => Codec::decode(value, cx).map(Self::Attestation),
            CredentialType::OneTimePassword => Codec::decode(value, cx).map(Self::OneTimePassword),
            CredentialType::HashedPassword => Codec::decode(value, cx).map(Self::HashedPassword),
            CredentialType::Ticket => {
                let mut fields = Fields::open(value, cx)?;
                let ticket = fields.required(Tag::TICKET)?;
                fields.finish()?;
                Ok(Self::Ticket(ticket))
            }
        }
    }

    fn put_value(&self, out: &mut Writer) -> Result<(), EncodeError> {
        let tag = Tag::CREDENTIAL_VALUE;
        match self {
            Self::UsernameAndPassword(credential) => out.put(tag, credential),
            Self::Device(credential) => out.put(tag, credential),
            Self::Attestation(credential) => out.put(tag, credential),
            Self::OneTimePassword(credential) => out.put(tag, credential),
            Self::HashedPassword(credential) => out.put(tag, credential),
            Self::Ticket(ticket) => out.structure(tag, |out| out.put(Tag::TICKET, ticket)),
        }
    }
}

impl Codec for Credential {
    fn decode(value: Value, cx: Cx) -> Result<Self, DecodeError> {
        let mut fields = Fields::open(value, cx)?;
        let ty = fields.required(Tag::CREDENTIAL_TYPE)?;
        let value = fields.take(Tag::CREDENTIAL_VALUE).ok_or(Kind::Missing(Tag::CREDENTIAL_VALUE))?;
        fields.finish()?;
        Self::decode_value(ty, value, cx).map_err(|error| error.within(Tag::CREDENTIAL_VALUE))
    }

    fn encode(&self, tag: Tag, out: &mut Writer) -> Result<(), EncodeError> {
        out.structure(tag, |out| {
            out.put(Tag::CREDENTIAL_TYPE, &self.ty())?;
            self.put_value(out)
        })
    }
}
