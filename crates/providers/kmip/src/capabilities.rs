use std::collections::HashSet;

use claviger_crypto::HashAlg;
use claviger_provider_device::Form;
use claviger_types::{KeySpec, KeyUsage, SigningAlgorithm};

/// What the server was seen to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Capabilities {
    /// Which attributes it lets us give to symmetric keys, and to pairs.
    pub(crate) labels: [Labels; 2],
    /// Keys that it makes.
    pub(crate) generate: HashSet<Kind>,
    /// Keys that it takes over.
    pub(crate) import: HashSet<Kind>,
    /// Ways to sign.
    pub(crate) sign: HashSet<Signing>,
    /// Hashes of OAEP.
    pub(crate) decrypt: HashSet<HashAlg>,
    /// Whether it pads in CBC mode and does not let that be.
    pub(crate) pads: bool,
    /// Whether it draws the nonces of GCM itself: some servers take none from others.
    pub(crate) draws: bool,
    /// Whether it gives random bytes.
    pub(crate) random: bool,
}

impl Capabilities {
    /// Which attributes it lets us give to such a key.
    pub(crate) const fn labels(&self, kind: Kind) -> Labels {
        let [symmetric, pairs] = self.labels;
        if kind.spec.is_symmetric() { symmetric } else { pairs }
    }

    /// Whether all our keys are in our group.
    pub(crate) fn groups(&self) -> bool {
        self.labels.iter().all(|labels| labels.group)
    }
}

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    pub(crate) spec: KeySpec,
    pub(crate) usage: KeyUsage,
}

/// A way to sign: of a digest from KMIP 1.4 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Signing {
    pub(crate) algorithm: SigningAlgorithm,
    pub(crate) form: Form,
}

/// Attributes beyond those that a key can't do without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Labels {
    /// Object Group.
    pub(crate) group: bool,
    /// Sensitive: the key is given out wrapped only. From KMIP 1.4 on.
    pub(crate) sensitive: bool,
    /// Not Extractable: it is not given out at all. From KMIP 1.4 on.
    pub(crate) unextractable: bool,
}

impl Labels {
    /// What is tried, best first.
    pub(crate) const ALL: [Self; 4] = [
        Self { group: true, sensitive: true, unextractable: true },
        Self { group: true, sensitive: true, unextractable: false },
        Self { group: true, sensitive: false, unextractable: false },
        Self { group: false, sensitive: false, unextractable: false },
    ];
}
