use std::collections::BTreeMap;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use claviger_ports::{KeyslotError, KeyslotKind, Random, SlotBody};
use claviger_types::{SecretBytes, SecretKey};
use zeroize::Zeroizing;

use super::envelope::{Committed, read_salt};
use super::error::HeaderError;

pub(super) const KIND: &str = "passphrase";
const KDF: &str = "argon2id";
const SALT_LEN: usize = 16;

/// Opens and makes keyslots of kind `passphrase`: Argon2id (RFC 9106) with the parameters that the slot names.
pub struct Passphrase {
    secret: SecretBytes,
    cost: Option<Argon2Cost>,
}

impl Passphrase {
    /// The bytes count exactly as given: who reads them from a file strips the end of the line.
    ///
    /// # Errors
    /// `TooWeak` if there are none.
    pub fn new(secret: SecretBytes) -> Result<Self, HeaderError> {
        if secret.is_empty() {
            return Err(HeaderError::TooWeak("the passphrase is empty; choose one that nobody can guess"));
        }
        Ok(Self { secret, cost: None })
    }

    /// The same passphrase, whose next slots cost `cost`; otherwise they cost what they did before, or the default.
    #[must_use]
    pub fn with_cost(self, cost: Argon2Cost) -> Self {
        Self { cost: Some(cost), ..self }
    }

    fn stretch(&self, cost: Argon2Cost, salt: &[u8; SALT_LEN]) -> Result<SecretKey, KeyslotError> {
        let unavailable = |_| KeyslotError::Unavailable("Argon2id refused its parameters".to_owned());
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(SecretKey::LEN))
            .map_err(unavailable)?;
        let mut memory = working_memory(params.block_count())?;
        let mut out = Zeroizing::new([0; SecretKey::LEN]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(
                self.secret.expose(),
                salt,
                out.as_mut_slice(),
                memory.as_mut_slice(),
            )
            .map_err(unavailable)?;
        Ok(SecretKey::take(&mut out))
    }
}

impl KeyslotKind for Passphrase {
    fn kind(&self) -> &str {
        KIND
    }

    fn lock(
        &self,
        root: &SecretKey,
        binding: &[u8],
        previous: Option<&SlotBody>,
        random: &dyn Random,
    ) -> Result<SlotBody, KeyslotError> {
        let kept = previous.map(Argon2Cost::read).transpose()?;
        let cost = self.cost.or(kept).unwrap_or_default();
        let salt = random.bytes();
        let committed = Committed::lock(&self.stretch(cost, &salt)?, root, binding, random)?;
        Ok(committed.into_body(cost.parameters(), &salt))
    }

    fn open(&self, body: &SlotBody, binding: &[u8]) -> Result<SecretKey, KeyslotError> {
        let cost = Argon2Cost::read(body)?;
        let committed = Committed::read(body)?;
        committed.open(&self.stretch(cost, &read_salt(body)?)?, binding)
    }
}

/// Whether a slot of this kind is one that [`Passphrase`] could have written.
pub(super) fn check(body: &SlotBody) -> Result<(), KeyslotError> {
    Argon2Cost::read(body)?;
    read_salt::<SALT_LEN>(body)?;
    Committed::read(body).map(drop)
}

/// What one guess at a passphrase costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Argon2Cost {
    /// Most memory that a slot may ask for: 1 GiB.
    pub const MAX_MEMORY_KIB: u32 = 1 << 20;
    /// Most passes that a slot may ask for.
    pub const MAX_PASSES: u32 = 32;
    /// Most lanes that a slot may ask for.
    pub const MAX_LANES: u32 = 16;

    /// `memory_kib` KiB, at least 8 per lane; `passes` over it; `lanes`, which are computed one after the other.
    ///
    /// `None` out of these bounds.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Option<Self> {
        let allowed = (1..=Self::MAX_LANES).contains(&lanes)
            && (1..=Self::MAX_PASSES).contains(&passes)
            && (8 * lanes..=Self::MAX_MEMORY_KIB).contains(&memory_kib);
        allowed.then_some(Self { memory_kib, passes, lanes })
    }

    fn read(body: &SlotBody) -> Result<Self, KeyslotError> {
        let number = |name: &str| -> Option<u32> {
            let text = body.parameters.get(name)?;
            text.parse().ok().filter(|number: &u32| number.to_string() == **text)
        };
        if body.parameters.get("kdf").is_none_or(|kdf| **kdf != *KDF) {
            return Err(KeyslotError::OutOfBounds("its kdf is not argon2id".to_owned()));
        }
        let numbers = (number("memory_kib"), number("passes"), number("lanes"));
        let (Some(memory_kib), Some(passes), Some(lanes)) = numbers else {
            return Err(KeyslotError::OutOfBounds("memory_kib, passes or lanes is not a number".to_owned()));
        };
        Self::new(memory_kib, passes, lanes).ok_or_else(|| {
            KeyslotError::OutOfBounds(format!(
                "{memory_kib} KiB, {passes} passes, {lanes} lanes; at most {} KiB, {}, {}",
                Self::MAX_MEMORY_KIB,
                Self::MAX_PASSES,
                Self::MAX_LANES
            ))
        })
    }

    fn parameters(self) -> BTreeMap<Box<str>, Box<str>> {
        let number = |name: &str, value: u32| (name.into(), value.to_string().into());
        [
            ("kdf".into(), KDF.into()),
            number("memory_kib", self.memory_kib),
            number("passes", self.passes),
            number("lanes", self.lanes),
        ]
        .into()
    }
}

/// 64 MiB, three passes: the second recommendation of RFC 9106 section 4, with one lane instead of four because the
/// lanes are computed one after the other.
impl Default for Argon2Cost {
    fn default() -> Self {
        Self { memory_kib: 64 << 10, passes: 3, lanes: 1 }
    }
}

/// Zeroized on drop, and an error instead of an abort if there is not enough.
fn working_memory(blocks: usize) -> Result<Zeroizing<Vec<Block>>, KeyslotError> {
    let mut memory = Zeroizing::new(Vec::new());
    memory.try_reserve_exact(blocks).map_err(|_| {
        KeyslotError::Unavailable(format!("{blocks} KiB of memory for Argon2id are not free"))
    })?;
    memory.resize_with(blocks, Block::default);
    Ok(memory)
}
