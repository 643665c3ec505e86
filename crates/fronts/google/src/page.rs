//! Pages of lists: their sizes, tokens and order.

use std::str::FromStr;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use claviger_core::{Error, Reason, Result};
use claviger_crypto::sha256;
use prost::Message;

use crate::{filter::Filter, order::Order, wire::descriptors};

const USUAL_SIZE: usize = 100;
const MAX_SIZE: usize = 1000;
/// Bytes of the hash that binds a token to its list.
const BINDING: usize = 8;

/// A request for a part of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) parent: &'a str,
    pub(crate) size: i32,
    pub(crate) token: &'a str,
    pub(crate) filter: &'a str,
    pub(crate) order: &'a str,
}

/// Which part of a list is asked for, and what of it.
#[derive(Debug)]
pub(crate) struct Listing {
    size: usize,
    /// The last item of the page before; in an order of its own, how many items were before.
    after: Option<String>,
    binding: [u8; BINDING],
    filter: Filter,
    order: Order,
}

/// A part of a list.
#[derive(Debug)]
pub(crate) struct Shown<T> {
    pub(crate) items: Vec<T>,
    /// The token of the next part; empty if there is none.
    pub(crate) next: String,
    /// How long the whole list is, where the part is all of it and there is no filter; 0 otherwise, which says nothing.
    pub(crate) total: i32,
}

impl Listing {
    /// Reads a request for messages of a kind.
    pub(crate) fn read(asked: Asked<'_>, kind: &str) -> Result<Self> {
        let size = match usize::try_from(asked.size) {
            Ok(0) => USUAL_SIZE,
            Ok(size) => size.min(MAX_SIZE),
            Err(_) => return Err(Error::invalid("The page_size must not be negative.")),
        };
        let binding = binding(asked.parent, asked.filter, asked.order);
        let after = match asked.token {
            "" => None,
            token => Some(opened(token, binding).ok_or_else(wrong_token)?),
        };
        let descriptor = descriptors()?
            .get_message_by_name(&format!("google.cloud.kms.v1.{kind}"))
            .ok_or_else(|| Error::internal(format!("no descriptor of {kind}")))?;
        let order = Order::parse(asked.order, descriptor.clone())?;
        Ok(Self { size, after, binding, filter: Filter::parse(asked.filter, descriptor)?, order })
    }

    /// How many items are asked of the domain. What a filter leaves of them may be less than a page, even nothing.
    pub(crate) fn limit(&self) -> usize {
        if self.filter.is_empty() && self.order.is_usual() { self.size } else { MAX_SIZE }
    }

    /// The name behind which the list goes on.
    pub(crate) fn after<T: FromStr>(&self) -> Result<Option<T>> {
        let after = self.after.as_deref().filter(|_| self.order.is_usual());
        after.map(|text| text.parse().map_err(|_| wrong_token())).transpose()
    }

    pub(crate) fn is_filtered(&self) -> bool {
        !self.filter.is_empty()
    }

    /// The part that is answered, of items with the names by which the list goes on.
    pub(crate) fn shown<M: Message>(&self, items: Vec<(String, M)>, more: bool) -> Result<Shown<M>> {
        if !self.order.is_usual() {
            return self.shown_in_order(items, more);
        }
        let mut shown = Shown { items: Vec::new(), next: String::new(), total: 0 };
        let mut last = None;
        let count = items.len();
        for (name, item) in items {
            if shown.items.len() == self.size {
                shown.next = self.token(last.as_deref().unwrap_or_default());
                return Ok(shown);
            }
            if self.filter.matches(&item)? {
                shown.items.push(item);
            }
            last = Some(name);
        }
        match (more, last) {
            (true, Some(last)) => shown.next = self.token(&last),
            _ if self.after.is_none() && self.filter.is_empty() => {
                shown.total = i32::try_from(count).unwrap_or(i32::MAX);
            }
            _ => {}
        }
        Ok(shown)
    }

    /// The same of the whole list, in the order that was asked for.
    fn shown_in_order<M: Message>(&self, items: Vec<(String, M)>, more: bool) -> Result<Shown<M>> {
        if more {
            return Err(Error::invalid(format!(
                "Lists of more than {MAX_SIZE} can be ordered by name only."
            )));
        }
        let mut fitting = Vec::with_capacity(items.len());
        for (_, item) in items {
            if self.filter.matches(&item)? {
                fitting.push(item);
            }
        }
        self.order.sort(&mut fitting)?;
        let before = self.after.as_deref().map_or(Ok(0), str::parse::<usize>).map_err(|_| wrong_token())?;
        let behind = before.saturating_add(self.size);
        let is_all = fitting.len() <= behind;
        let total = if before == 0 && is_all && self.filter.is_empty() { fitting.len() } else { 0 };
        Ok(Shown {
            next: if is_all { String::new() } else { self.token(&behind.to_string()) },
            total: i32::try_from(total).unwrap_or(i32::MAX),
            items: fitting.into_iter().skip(before).take(self.size).collect(),
        })
    }

    fn token(&self, last: &str) -> String {
        let mut bytes = self.binding.to_vec();
        bytes.extend_from_slice(last.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }
}

fn opened(token: &str, expected: [u8; BINDING]) -> Option<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let (found, last) = bytes.split_first_chunk::<BINDING>()?;
    (*found == expected).then(|| String::from_utf8(last.to_vec()).ok())?
}

fn wrong_token() -> Error {
    Error::new(Reason::InvalidMarker, "The page_token is not one of this list's.")
}

fn binding(parent: &str, filter: &str, order: &str) -> [u8; BINDING] {
    let hash = sha256(format!("{parent}\n{filter}\n{order}").as_bytes());
    // Invariant: a hash is longer than its beginning.
    hash.first_chunk::<BINDING>().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
