//! Taking over a key that is in the server already.

use claviger_algorithms::{key_kind, prehash, scheme};
use claviger_crypto::{HashAlg, Input, KeyKind, PublicKey, SignatureScheme};
use claviger_kmip::{
    Attribute, AttributeKind,
    enums::{ObjectType, State},
};
use claviger_ports::ProviderError;
use claviger_provider_device::Form;
use claviger_types::{KeyUsage, SigningAlgorithm};

use crate::{
    capabilities::{Kind, Signing},
    error::CallError,
    handle::{KeyPlace, Mark},
    naming,
    objects::Facts,
    parameters::{algorithm, bits, is_algorithm_of, secret_mask},
    server::{Known, Session},
    signing::readings,
};

/// Where no link leads to the public half, so many public keys are looked at.
const MOST_CANDIDATES: usize = 1000;

/// The key of this identifier.
///
/// # Errors
/// `Rejected` if there is none, or it is not of this kind or not active.
pub(crate) async fn adopt(
    session: &Session,
    known: &Known,
    kind: Kind,
    id: &str,
) -> Result<KeyPlace, ProviderError> {
    let refuse = |reason: &str| {
        tracing::warn!("a key in the KMIP server is not taken over: {reason}");
        ProviderError::Rejected
    };
    let wanted = [
        AttributeKind::Name,
        AttributeKind::ObjectType,
        AttributeKind::CryptographicAlgorithm,
        AttributeKind::CryptographicLength,
        AttributeKind::CryptographicUsageMask,
        AttributeKind::State,
        AttributeKind::InitialDate,
        AttributeKind::Link,
    ];
    let facts = match session.facts(id, &wanted).await {
        Ok(facts) => facts,
        Err(CallError::Refused { message, .. }) => return Err(refuse(&message)),
        Err(error) => return Err(error.into()),
    };
    // With it, whoever may decrypt with it could open a copy of the slot.
    if facts.names.iter().any(|name| name == naming::KEYSLOT) {
        return Err(refuse("it locks a keyslot"));
    }
    check(kind, &facts).map_err(refuse)?;
    let since = facts.initial.ok_or_else(|| refuse("it has no Initial Date"))?;
    let (public_id, public) = match key_kind(kind.spec) {
        None => (None, Vec::new()),
        Some(of) => {
            let found = public_half(session, known, kind, of, id, facts.public).await?;
            let (id, public) = found.ok_or_else(|| refuse("its public half is not found"))?;
            (Some(id), public.der().to_vec())
        }
    };
    Ok(KeyPlace { kind: Some(kind), key: id.to_owned(), public_id, mark: Mark::Since(since), public })
}

fn check(kind: Kind, facts: &Facts) -> Result<(), &'static str> {
    let object_type =
        if kind.spec.is_symmetric() { ObjectType::SymmetricKey } else { ObjectType::PrivateKey };
    if facts.object_type != Some(object_type) {
        return Err("it is an object of another type");
    }
    if !facts.algorithm.is_some_and(|named| is_algorithm_of(kind.spec, named)) {
        return Err("it is of another algorithm");
    }
    if facts.length != bits(kind.spec) {
        return Err("it is of another length");
    }
    if !facts.mask.is_some_and(|mask| mask.contains(secret_mask(kind.usage))) {
        return Err("it is not allowed what it is wanted for");
    }
    if facts.state != Some(State::Active) {
        return Err("it is not active");
    }
    Ok(())
}

/// The public key that what the private one does proves to be its half: the linked one, or else any (PyKMIP has no links).
async fn public_half(
    session: &Session,
    known: &Known,
    kind: Kind,
    of: KeyKind,
    id: &str,
    linked: Option<String>,
) -> Result<Option<(String, PublicKey)>, ProviderError> {
    let proof = Proof::make(session, known, kind, id).await?;
    let candidates = match linked {
        Some(linked) => vec![linked],
        None => {
            let shape = [algorithm(kind.spec).map(Attribute::CryptographicAlgorithm)]
                .into_iter()
                .chain([bits(kind.spec).map(Attribute::CryptographicLength)])
                .flatten();
            let attributes = [Attribute::ObjectType(ObjectType::PublicKey)].into_iter().chain(shape);
            session.locate(attributes.collect()).await?
        }
    };
    for candidate in candidates.into_iter().take(MOST_CANDIDATES) {
        let public = match session.public_key(&candidate).await {
            Ok(public) => public.filter(|public| public.kind() == of),
            Err(CallError::Refused { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        if let Some(public) = public
            && proof.convinces(session, id, &public).await?
        {
            return Ok(Some((candidate, public)));
        }
    }
    Ok(None)
}

const CHALLENGE: &[u8] = b"claviger: is this the private half?\0";

/// What a private key has done to show which one it is.
enum Proof {
    Signature {
        scheme: SignatureScheme,
        readings: Vec<Vec<u8>>,
    },
    /// It is shown a ciphertext for each candidate.
    Decryption(HashAlg),
}

impl Proof {
    async fn make(session: &Session, known: &Known, kind: Kind, id: &str) -> Result<Self, ProviderError> {
        if kind.usage == KeyUsage::AsymmetricDecrypt {
            let hash = known.capabilities.decrypt.iter().next().copied();
            return hash.map(Self::Decryption).ok_or(ProviderError::Unsupported);
        }
        let can = |algorithm: &SigningAlgorithm, form| {
            known.capabilities.sign.contains(&Signing { algorithm: *algorithm, form })
        };
        let ways = SigningAlgorithm::of(kind.spec)
            .iter()
            .flat_map(|algorithm| [(algorithm, Form::Message), (algorithm, Form::Digest)]);
        let (algorithm, form) = ways
            .into_iter()
            .find(|(algorithm, form)| can(algorithm, *form))
            .ok_or(ProviderError::Unsupported)?;
        let scheme = scheme(kind.spec, *algorithm).ok_or(ProviderError::Unsupported)?;
        let text = match (form, prehash(scheme)) {
            (Form::Digest, Some(hash)) => claviger_crypto::digest(hash, CHALLENGE),
            _ => CHALLENGE.to_vec(),
        };
        let made = match session.sign(id, scheme, form, text).await {
            Err(CallError::Refused { .. }) => return Err(ProviderError::Rejected),
            made => made?,
        };
        Ok(Self::Signature { scheme, readings: readings(scheme, made) })
    }

    async fn convinces(
        &self,
        session: &Session,
        id: &str,
        public: &PublicKey,
    ) -> Result<bool, ProviderError> {
        match self {
            Self::Signature { scheme, readings } => {
                let is_right =
                    |made: &Vec<u8>| public.verify(*scheme, Input::Message(CHALLENGE), made).is_ok();
                Ok(readings.iter().any(is_right))
            }
            Self::Decryption(hash) => {
                let Ok(ciphertext) = public.encrypt_oaep(*hash, &[], CHALLENGE) else { return Ok(false) };
                match session.decrypt_oaep(id, *hash, &ciphertext).await {
                    Ok(opened) => Ok(opened.ct_eq(CHALLENGE)),
                    Err(CallError::Refused { .. }) => Ok(false),
                    Err(error) => Err(error.into()),
                }
            }
        }
    }
}
