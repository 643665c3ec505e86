/// Builds bytes from fields so that different fields never give the same bytes: a domain string, then every field
/// with its length before it.
pub(super) struct Canonical(Vec<u8>);

impl Canonical {
    /// `domain` separates uses from each other and names the format version.
    pub(super) fn new(domain: &str) -> Self {
        Self(Vec::with_capacity(128)).text(domain)
    }

    pub(super) fn bytes(mut self, field: &[u8]) -> Self {
        self.0.extend_from_slice(&(field.len() as u64).to_be_bytes());
        self.0.extend_from_slice(field);
        self
    }

    pub(super) fn text(self, field: &str) -> Self {
        self.bytes(field.as_bytes())
    }

    pub(super) fn number(self, field: u32) -> Self {
        self.bytes(&field.to_be_bytes())
    }

    /// One field per item and their number before them.
    pub(super) fn list<T>(self, items: &[T], add: impl Fn(Self, &T) -> Self) -> Self {
        items.iter().fold(self.bytes(&(items.len() as u64).to_be_bytes()), add)
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}
