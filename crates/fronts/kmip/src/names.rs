use claviger_kmip::{ResultReason, enums::UniqueIdentifierEnum, value::UniqueIdentifier};
use claviger_types::ObjectId;

use crate::error::Failure;

/// What the items of a batch can call the objects of those before them (KMIP 2.1 §5.1, §11.58).
#[derive(Default)]
pub(crate) struct Placeholders {
    /// What the last item that made or found exactly one object was about.
    last: Option<ObjectId>,
    /// Everything that was made or found, in order.
    all: Vec<(UniqueIdentifierEnum, ObjectId)>,
}

impl Placeholders {
    /// An item has made or found an object.
    pub(crate) fn set(&mut self, by: UniqueIdentifierEnum, object: ObjectId) {
        self.last = Some(object);
        self.all.push((by, object));
    }

    /// An item has found no object, or several.
    pub(crate) fn clear(&mut self) {
        self.last = None;
    }

    /// An item was about an object that it has not made.
    pub(crate) fn about(&mut self, object: ObjectId) {
        self.last = Some(object);
    }

    /// The object that a request names, or the placeholder if it names none.
    pub(crate) fn resolve(&self, identifier: Option<&UniqueIdentifier>) -> Result<ObjectId, Failure> {
        let missing = || {
            Failure::rejected(
                ResultReason::ItemNotFound,
                "No earlier item of the batch has made such an object.",
            )
        };
        match identifier {
            None | Some(UniqueIdentifier::Of(UniqueIdentifierEnum::IdPlaceholder)) => {
                self.last.ok_or_else(|| {
                    Failure::rejected(
                        ResultReason::ItemNotFound,
                        "The request names no object, and nor does the batch.",
                    )
                })
            }
            Some(UniqueIdentifier::Text(text)) => text.parse().map_err(|_| absent(text)),
            Some(UniqueIdentifier::Of(by)) => {
                let last = self.all.iter().rev().find(|(made_by, _)| made_by == by);
                last.map(|(_, object)| *object).ok_or_else(missing)
            }
            Some(UniqueIdentifier::Nth(place)) => {
                let place = i64::from(*place);
                let count = i64::try_from(self.all.len()).unwrap_or(i64::MAX);
                let index = if place < 0 { count.saturating_add(place) } else { place };
                let found = usize::try_from(index).ok().and_then(|index| self.all.get(index));
                found.map(|(_, object)| *object).ok_or_else(missing)
            }
        }
    }
}

/// An identifier that is none of ours names nothing, which is what clients want to hear.
fn absent(_: &str) -> Failure {
    Failure::rejected(ResultReason::ItemNotFound, "There is no object of that identifier.")
}

/// As clients get it.
pub(crate) fn identifier(object: ObjectId) -> UniqueIdentifier {
    UniqueIdentifier::Text(object.to_string())
}
