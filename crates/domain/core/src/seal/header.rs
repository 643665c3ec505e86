use std::{fmt, str::FromStr};

use claviger_ports::{KeyslotKind, Random, SlotBody};
use claviger_types::{RootKeyGeneration, Timestamp};

use super::canonical::Canonical;
use super::error::HeaderError;
use super::root::RootKey;
use super::{key_file, passphrase, wire};

/// The version of the header's format that this program reads and writes.
pub(super) const FORMAT_VERSION: u32 = 1;
/// Enough for every administrator and device, few enough that trying them all ends.
pub(super) const MAX_SLOTS: usize = 32;
/// Rotations that began before an earlier one was finished.
pub(super) const MAX_RETIRED: usize = 8;

/// The keyslots and what belongs to them: what is on disk beside the database, as JSON text.
///
/// Nothing in it is secret. A checksum tells damage from a wrong passphrase before any slot is tried; an integrity tag
/// under the root key, checked as soon as a slot has opened, finds what somebody without that key changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub(super) installation: InstallationId,
    pub(super) generation: RootKeyGeneration,
    pub(super) slots: Vec<SlotInfo>,
    pub(super) retired: Vec<RetiredKey>,
    pub(super) tag: [u8; 32],
}

impl Header {
    /// Reads what [`encode`](Self::encode) wrote; white space between the fields does not matter.
    ///
    /// # Errors
    /// `UnsupportedVersion`, `Damaged`, or `OutOfBounds` if a slot asks for more than is allowed.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        let header = wire::decode(bytes)?;
        header.check_slots()?;
        Ok(header)
    }

    /// The text to be stored.
    pub fn encode(&self) -> Vec<u8> {
        wire::encode(self)
    }

    /// Which installation it belongs to; random, made with the first root key.
    pub fn installation(&self) -> InstallationId {
        self.installation
    }

    /// The root key that the slots wrap.
    pub fn generation(&self) -> RootKeyGeneration {
        self.generation
    }

    /// The keyslots, in the order in which they were added.
    pub fn slots(&self) -> &[SlotInfo] {
        &self.slots
    }

    /// Root keys of before that stored secrets may still need, oldest first. Empty unless a rotation is under way.
    pub fn retired(&self) -> impl Iterator<Item = RootKeyGeneration> + '_ {
        self.retired.iter().map(|retired| retired.generation)
    }

    /// Everything but the tag, for the tag.
    pub(super) fn canonical(&self) -> Vec<u8> {
        Canonical::new("claviger keyslot header v1")
            .bytes(self.installation.as_bytes())
            .number(self.generation.0)
            .list(&self.slots, |out, slot| slot.canonical(out))
            .list(&self.retired, |out, retired| {
                out.number(retired.generation.0)
                    .bytes(&retired.since.micros().to_be_bytes())
                    .bytes(&retired.wrapped)
            })
            .finish()
    }

    /// This header with the tag that `root` gives it.
    pub(super) fn tagged(mut self, root: &RootKey) -> Self {
        self.tag = root.header_tag(&self.canonical());
        self
    }

    /// What the body of a slot is bound to, so that it opens in this slot, header and generation only.
    pub(super) fn binding(&self, slot: SlotId, kind: &str) -> Vec<u8> {
        Canonical::new("claviger keyslot v1")
            .bytes(self.installation.as_bytes())
            .number(self.generation.0)
            .bytes(&slot.0)
            .text(kind)
            .finish()
    }

    pub(super) fn slot(&self, id: SlotId) -> Result<&SlotInfo, HeaderError> {
        self.slots.iter().find(|slot| slot.id == id).ok_or(HeaderError::NoSuchSlot(id))
    }

    /// Bounds of the kinds that we know, before anybody spends memory on what a forged header asks for.
    fn check_slots(&self) -> Result<(), HeaderError> {
        self.slots.iter().try_for_each(|slot| {
            let checked = match &*slot.kind {
                passphrase::KIND => passphrase::check(&slot.body),
                key_file::KIND => key_file::check(&slot.body),
                _ => Ok(()),
            };
            checked.map_err(|error| HeaderError::of_slot(slot.id, error))
        })
    }
}

/// A keyslot, without what is wrapped in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotInfo {
    /// Its id.
    pub id: SlotId,
    /// Its kind: `passphrase`, `key-file`, or that of a device.
    pub kind: Box<str>,
    /// What its owner calls it.
    pub label: SlotLabel,
    /// When it was added, in whole seconds.
    pub created: Timestamp,
    pub(super) body: SlotBody,
}

impl SlotInfo {
    /// Public parameters of the kind, such as the cost of a passphrase, for people to read.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.body.parameters.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Whether what `lock` opens could be this slot.
    pub(super) fn is_of(&self, lock: &dyn KeyslotKind) -> bool {
        *self.kind == *lock.kind()
    }

    fn canonical(&self, out: Canonical) -> Canonical {
        let parameters: Vec<_> = self.body.parameters.iter().collect();
        out.bytes(&self.id.0)
            .text(&self.kind)
            .text(self.label.as_str())
            .bytes(&self.created.micros().to_be_bytes())
            .list(&parameters, |out, (name, value)| out.text(name).text(value))
            .bytes(&self.body.wrapped)
    }
}

/// A root key of before, encrypted under the current one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RetiredKey {
    pub(super) generation: RootKeyGeneration,
    /// When the next one took its place, in whole seconds.
    pub(super) since: Timestamp,
    pub(super) wrapped: Box<[u8]>,
}

/// Names a keyslot within its header: eight hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SlotId(pub(super) [u8; 4]);

impl SlotId {
    /// An id that none of `taken` has.
    pub(super) fn generate(taken: &[SlotInfo], random: &dyn Random) -> Self {
        loop {
            let id = Self(random.bytes());
            if taken.iter().all(|slot| slot.id != id) {
                return id;
            }
        }
    }
}

impl fmt::Display for SlotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// Why text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a keyslot id is eight lower-case hexadecimal digits: list the keyslots to see their ids")]
pub struct InvalidSlotId;

impl FromStr for SlotId {
    type Err = InvalidSlotId;

    fn from_str(text: &str) -> Result<Self, InvalidSlotId> {
        decode_hex(text).map(Self).ok_or(InvalidSlotId)
    }
}

/// Names an installation: the pair of header and store that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InstallationId([u8; 16]);

impl InstallationId {
    /// From 16 random bytes.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// From the 32 lower-case hexadecimal digits that `Display` writes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        decode_hex(text).map(Self)
    }
}

impl fmt::Display for InstallationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// What the owner of a keyslot calls it: 1 to 64 characters, no control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotLabel(Box<str>);

impl SlotLabel {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SlotLabel {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Self, HeaderError> {
        let allowed = (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if allowed { Ok(Self(text.into())) } else { Err(HeaderError::InvalidLabel) }
    }
}

/// `now` without its fraction and within the years 0 to 9999, so that it is written and read back as it is.
pub(super) fn whole_seconds(now: Timestamp) -> Timestamp {
    Timestamp::from_secs(now.secs().clamp(-62_167_219_200, 253_402_300_799))
}

/// Exactly `N` bytes in lower-case digits: one spelling per value.
fn decode_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes: [u8; N] = hex::decode(text).ok()?.try_into().ok()?;
    (hex::encode(bytes) == text).then_some(bytes)
}
