//! The header as JSON. The twins of the domain's types, and the only place that knows their spelling.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use claviger_crypto::sha256;
use claviger_ports::SlotBody;
use claviger_types::{RootKeyGeneration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::HeaderError;
use super::header::{FORMAT_VERSION, Header, InstallationId, MAX_RETIRED, MAX_SLOTS, RetiredKey, SlotInfo};

const FORMAT: &str = "claviger-keyslots";
/// Far above what the largest header needs.
const MAX_BYTES: usize = 4 << 20;
const MAX_WRAPPED: usize = 8192;
const MAX_PARAMETERS: usize = 32;
const MAX_NAME: usize = 64;
const MAX_VALUE: usize = 8192;

pub(super) fn encode(header: &Header) -> Vec<u8> {
    let wire = WireHeader {
        format: FORMAT.to_owned(),
        version: FORMAT_VERSION,
        installation: header.installation.to_string(),
        generation: header.generation.0,
        slots: header.slots.iter().map(WireSlot::from).collect(),
        retired: header.retired.iter().map(WireRetired::from).collect(),
        integrity: BASE64_STANDARD.encode(header.tag),
        checksum: BASE64_STANDARD.encode(checksum(header)),
    };
    // Invariant: strings, numbers and maps with string keys always serialise to memory.
    #[expect(clippy::expect_used, reason = "there is nothing in it that JSON could not express")]
    let mut text = serde_json::to_vec_pretty(&wire).expect("a header is plain data");
    text.push(b'\n');
    text
}

/// Everything but the bounds of the slots' parameters.
pub(super) fn decode(bytes: &[u8]) -> Result<Header, HeaderError> {
    if bytes.len() > MAX_BYTES {
        return Err(damaged("it is too long"));
    }
    let probe: Probe = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
    if probe.format != FORMAT {
        return Err(damaged("it does not say that it is a keyslot header"));
    }
    if probe.version != FORMAT_VERSION {
        return Err(HeaderError::UnsupportedVersion(probe.version));
    }
    let wire: WireHeader = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
    let expected = wire.checksum.clone();
    let header = Header::try_from(wire)?;
    if BASE64_STANDARD.encode(checksum(&header)) != expected {
        return Err(damaged("its checksum is wrong"));
    }
    Ok(header)
}

#[derive(Deserialize)]
struct Probe {
    format: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireHeader {
    format: String,
    version: u32,
    installation: String,
    generation: u32,
    slots: Vec<WireSlot>,
    retired: Vec<WireRetired>,
    integrity: String,
    checksum: String,
}

impl TryFrom<WireHeader> for Header {
    type Error = HeaderError;

    fn try_from(wire: WireHeader) -> Result<Self, HeaderError> {
        if wire.slots.is_empty() || wire.slots.len() > MAX_SLOTS || wire.retired.len() > MAX_RETIRED {
            return Err(damaged("the number of its slots"));
        }
        let header = Self {
            installation: InstallationId::parse(&wire.installation).ok_or_else(|| damaged("installation"))?,
            generation: RootKeyGeneration(wire.generation),
            slots: wire.slots.into_iter().map(SlotInfo::try_from).collect::<Result<_, _>>()?,
            retired: wire.retired.into_iter().map(RetiredKey::try_from).collect::<Result<_, _>>()?,
            tag: decode_base64(&wire.integrity, 32)?
                .as_ref()
                .try_into()
                .map_err(|_| damaged("its integrity tag"))?,
        };
        check_generations(&header)?;
        check_ids(&header)?;
        Ok(header)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSlot {
    id: String,
    kind: String,
    label: String,
    created: String,
    parameters: BTreeMap<Box<str>, Box<str>>,
    wrapped: String,
}

impl From<&SlotInfo> for WireSlot {
    fn from(slot: &SlotInfo) -> Self {
        Self {
            id: slot.id.to_string(),
            kind: slot.kind.to_string(),
            label: slot.label.as_str().to_owned(),
            created: slot.created.to_string(),
            parameters: slot.body.parameters.clone(),
            wrapped: BASE64_STANDARD.encode(&slot.body.wrapped),
        }
    }
}

impl TryFrom<WireSlot> for SlotInfo {
    type Error = HeaderError;

    fn try_from(wire: WireSlot) -> Result<Self, HeaderError> {
        let kind_is_valid = is_kind(&wire.kind);
        let body =
            SlotBody { parameters: wire.parameters, wrapped: decode_base64(&wire.wrapped, MAX_WRAPPED)? };
        if !kind_is_valid || !is_within_bounds(&body) {
            return Err(damaged("the parameters of a slot"));
        }
        Ok(Self {
            id: wire.id.parse().map_err(|_| damaged("the id of a slot"))?,
            kind: wire.kind.into(),
            label: wire.label.parse().map_err(|_| damaged("the label of a slot"))?,
            created: decode_time(&wire.created)?,
            body,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireRetired {
    generation: u32,
    since: String,
    wrapped: String,
}

impl From<&RetiredKey> for WireRetired {
    fn from(retired: &RetiredKey) -> Self {
        Self {
            generation: retired.generation.0,
            since: retired.since.to_string(),
            wrapped: BASE64_STANDARD.encode(&retired.wrapped),
        }
    }
}

impl TryFrom<WireRetired> for RetiredKey {
    type Error = HeaderError;

    fn try_from(wire: WireRetired) -> Result<Self, HeaderError> {
        Ok(Self {
            generation: RootKeyGeneration(wire.generation),
            since: decode_time(&wire.since)?,
            wrapped: decode_base64(&wire.wrapped, MAX_WRAPPED)?,
        })
    }
}

/// Whether a header can spell this kind.
pub(super) fn is_kind(kind: &str) -> bool {
    (1..=32).contains(&kind.len())
        && kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Whether what a kind wants to store fits into a header.
pub(super) fn is_within_bounds(body: &SlotBody) -> bool {
    let printable = |text: &str, max| text.len() <= max && !text.chars().any(char::is_control);
    body.wrapped.len() <= MAX_WRAPPED
        && body.parameters.len() <= MAX_PARAMETERS
        && body
            .parameters
            .iter()
            .all(|(name, value)| printable(name, MAX_NAME) && printable(value, MAX_VALUE))
}

/// Retired generations are older than the current one and rise.
fn check_generations(header: &Header) -> Result<(), HeaderError> {
    let mut generations = header.retired().chain([header.generation]);
    let first = generations.next();
    let rising = first.is_some_and(|first| {
        first.0 > 0
            && generations.try_fold(first, |previous, next| (previous < next).then_some(next)).is_some()
    });
    if rising { Ok(()) } else { Err(damaged("the order of its root key generations")) }
}

fn check_ids(header: &Header) -> Result<(), HeaderError> {
    let mut ids: Vec<_> = header.slots.iter().map(|slot| slot.id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() == header.slots.len() { Ok(()) } else { Err(damaged("two slots have the same id")) }
}

/// Finds damage, nothing more: whoever changes the header on purpose can compute it again.
fn checksum(header: &Header) -> [u8; 32] {
    let mut whole = header.canonical();
    whole.extend_from_slice(&header.tag);
    sha256(&whole)
}

fn decode_base64(text: &str, max: usize) -> Result<Box<[u8]>, HeaderError> {
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| damaged("base64 text"))?;
    if bytes.len() > max {
        return Err(damaged("a field is too long"));
    }
    Ok(bytes.into_boxed_slice())
}

fn decode_time(text: &str) -> Result<Timestamp, HeaderError> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| damaged("a time"))
}

fn malformed(error: &serde_json::Error) -> HeaderError {
    damaged(&format!("line {}, column {}", error.line(), error.column()))
}

fn damaged(what: &str) -> HeaderError {
    HeaderError::Damaged(what.to_owned())
}
