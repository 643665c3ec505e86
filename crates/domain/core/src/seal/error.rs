use claviger_ports::{HeaderStoreError, KeyslotError, SealedPlace, StoreError};
use claviger_types::{RootKeyGeneration, Timestamp};

use super::header::{FORMAT_VERSION, SlotId};

/// Why a secret was not sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The cryptographic library failed.
    #[error("the cryptographic library failed")]
    Internal,
    /// It was altered, or stored at another place or under another root key than it was sealed for.
    #[error("a sealed secret is not authentic: the store was altered or damaged; restore it from a backup")]
    NotAuthentic,
    /// The secret is longer than an AEAD can encrypt.
    #[error("the secret is too long to be sealed")]
    TooLong,
    /// We have no root key of this generation.
    #[error(
        "a sealed secret needs root key generation {}, which the keyslot header does not hold: \
         store and header are not of the same time; restore both from the same backup", .0.0
    )]
    UnknownGeneration(RootKeyGeneration),
}

/// Why a header was not read, opened or changed. Nothing has been changed.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// What is on disk is not what was written; the text says what is wrong.
    #[error("the keyslot header is damaged ({0}): restore it from a backup")]
    Damaged(String),
    /// A device that a keyslot needs is not there.
    #[error("keyslot {slot} can't be used now: {reason}")]
    Device {
        /// The slot.
        slot: SlotId,
        /// What is missing.
        reason: String,
    },
    /// The cryptographic library failed.
    #[error("the cryptographic library failed")]
    Internal,
    /// A label that can't be shown well.
    #[error("a keyslot label has 1 to 64 characters and no control characters: choose another")]
    InvalidLabel,
    /// Without this slot nothing could open the header any more.
    #[error("this is the last keyslot: add another before removing it, or every key is lost")]
    LastSlot,
    /// There is no old root key to be removed.
    #[error("no rotation of the root key is under way: there is nothing to finish")]
    NoRotation,
    /// The header has slots, but none that what was offered could open.
    #[error(
        "no keyslot is of a kind offered ({offered}): the header has {present}; unlock with one of those"
    )]
    NoSlotOfKind {
        /// The kinds that were offered.
        offered: String,
        /// The kinds of the header's slots.
        present: String,
    },
    /// There is no slot with this id.
    #[error("there is no keyslot {0}: list the keyslots to see their ids")]
    NoSuchSlot(SlotId),
    /// A slot asks for more memory or time than is allowed: a trap rather than damage.
    #[error(
        "keyslot {slot} is out of bounds ({what}): this program did not write it; \
         restore the header from a backup"
    )]
    OutOfBounds {
        /// The slot.
        slot: SlotId,
        /// What is out of bounds.
        what: String,
    },
    /// A slot is to be kept through a rotation, but nothing that was offered opens it.
    #[error(
        "keyslot {slot} ({kind}, \"{label}\") can't be kept, because what opens it was not given: \
         give it too, or name the slot among those to drop"
    )]
    SlotNotOpened {
        /// The slot.
        slot: SlotId,
        /// Its kind.
        kind: Box<str>,
        /// Its label.
        label: Box<str>,
    },
    /// The header is not the one that the seal was opened with or last changed to.
    #[error("the keyslot header was changed meanwhile: load it and repeat the command")]
    Stale,
    /// Stored secrets are known to need the old root key still, or nobody has looked since the rotation began.
    #[error("stored secrets may still need the old root key: encrypt them anew under the current one first")]
    StillNeeded,
    /// The header could not be stored.
    #[error(transparent)]
    Store(#[from] HeaderStoreError),
    /// A slot opened, but the header is not what the owner of the root key wrote.
    #[error(
        "the keyslot header was tampered with: somebody without the root key changed it. \
         Restore it from a backup, and find out who could write to it"
    )]
    Tampered,
    /// More slots or old root keys than a header may hold.
    #[error("the header can't hold more than {limit} {what}: remove one first")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        limit: usize,
    },
    /// Calls that began before the rotation may still be running.
    #[error("calls from before the rotation may still be running: finish it after {0}")]
    TooSoon(Timestamp),
    /// What would open a slot could be guessed.
    #[error("too weak: {0}")]
    TooWeak(&'static str),
    /// The header was written by another version of the program.
    #[error(
        "the keyslot header has format version {0}, and this program reads version {FORMAT_VERSION}: \
         use the version of the program that wrote it"
    )]
    UnsupportedVersion(u32),
    /// No slot opens with what was offered.
    #[error(
        "no keyslot opens with this passphrase or key file, or by this device: check it and try again; nothing was changed"
    )]
    WrongSecret,
}

impl HeaderError {
    /// `error` of one slot, whose checksum was right.
    pub(super) fn of_slot(slot: SlotId, error: KeyslotError) -> Self {
        match error {
            KeyslotError::Altered => Self::Tampered,
            KeyslotError::OutOfBounds(what) => Self::OutOfBounds { slot, what },
            KeyslotError::Unavailable(reason) => Self::Device { slot, reason },
            KeyslotError::WrongSecret => Self::WrongSecret,
        }
    }
}

/// Why not every stored secret was encrypted anew. Those that were stay so; repeating goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum ResealError {
    /// Others change the same secrets faster than we can follow.
    #[error("the stored secrets change too fast to be encrypted anew: try again when there is less to do")]
    Contended,
    /// A secret could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Every other secret was encrypted anew, but these do not open.
    #[error(
        "{} stored secrets do not open and keep the old root key needed: \
         restore them from a backup or destroy the keys; the first is {:?}", .0.len(), .0.first()
    )]
    Unopenable(Vec<SealedPlace>),
}
