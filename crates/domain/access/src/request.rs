use std::{borrow::Cow, net::IpAddr};

use claviger_types::{AccountId, Timestamp};

use crate::FactKey;

/// What a caller wants to do: `kms:Encrypt` is service `kms` and name `Encrypt`. Compared without regard to case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action<'a> {
    /// The part before the colon.
    pub service: &'a str,
    /// The part after the colon.
    pub name: &'a str,
}

impl<'a> Action<'a> {
    /// From its two parts.
    pub const fn new(service: &'a str, name: &'a str) -> Self {
        Self { service, name }
    }

    /// `kms:` and `name`.
    pub const fn kms(name: &'a str) -> Self {
        Self { service: "kms", name }
    }
}

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The account that the caller belongs to.
    pub account: AccountId,
    /// `arn:aws:iam::<account>:user/<name>`, or `arn:aws:iam::<account>:root` for the account itself.
    pub arn: &'a str,
    /// Whether the caller is the account itself, which needs no identity policy.
    pub is_root: bool,
}

impl<'a> Caller<'a> {
    /// What comes after the last slash of a user's ARN; `None` for the account itself.
    pub fn username(&self) -> Option<&'a str> {
        if self.is_root {
            return None;
        }
        self.arn.rsplit_once('/').map(|(_, name)| name)
    }
}

/// What is acted on: the parts of its ARN, matched one by one so that no ARN need be built. The partition is `aws`.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'a> {
    /// `kms`.
    pub service: &'a str,
    /// The configured region.
    pub region: &'a str,
    /// The account that owns it.
    pub account: AccountId,
    /// The part after the fifth colon: `key/<id>`, `alias/<name>`; `*` for actions on no particular resource.
    pub path: &'a str,
}

/// Answers condition keys and policy variables. Asked only for keys that a policy mentions, so answers may be computed
/// when asked for.
///
/// Keys that follow from the [`Caller`] (`aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:PrincipalType`,
/// `aws:username`, `kms:CallerAccount`) are answered by the evaluator itself and never reach an implementation.
pub trait Facts {
    /// The value of a key; `None` if the request has none. Keys of a family (`kms:EncryptionContext:<name>` and the
    /// tags) carry the name as the policy has it, to be compared by [`name_matches`](crate::name_matches).
    fn fact(&self, key: &FactKey) -> Option<FactValue<'_>>;
}

/// No facts at all: every key is absent.
#[derive(Clone, Copy, Debug)]
pub struct NoFacts;

impl Facts for NoFacts {
    fn fact(&self, _key: &FactKey) -> Option<FactValue<'_>> {
        None
    }
}

/// The value of a condition key in a request.
#[derive(Clone, Debug, PartialEq)]
pub enum FactValue<'a> {
    /// Text that lives elsewhere.
    Str(&'a str),
    /// Text made for the occasion.
    Owned(String),
    /// The values of a multivalued key; none is the same as an absent key.
    Strs(Vec<Cow<'a, str>>),
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// A point in time, compared to the second.
    Time(Timestamp),
    /// An address; an IPv4 address mapped into IPv6 counts as the IPv4 address.
    Ip(IpAddr),
}

/// One question: may this caller do this to that?
#[derive(Clone, Copy)]
pub struct AccessRequest<'a> {
    /// Who.
    pub caller: Caller<'a>,
    /// What.
    pub action: Action<'a>,
    /// On what.
    pub resource: Resource<'a>,
    /// Everything else about the request.
    pub facts: &'a dyn Facts,
}

impl<'a> AccessRequest<'a> {
    pub(crate) fn fact(&self, key: &FactKey) -> Option<FactValue<'_>> {
        match key {
            FactKey::PrincipalArn => Some(FactValue::Str(self.caller.arn)),
            FactKey::PrincipalAccount | FactKey::CallerAccount => {
                Some(FactValue::Str(self.caller.account.as_str()))
            }
            FactKey::PrincipalType => {
                Some(FactValue::Str(if self.caller.is_root { "Account" } else { "User" }))
            }
            FactKey::Username => self.caller.username().map(FactValue::Str),
            _ => self.facts.fact(key),
        }
    }
}

/// A request with its action in lower case, made once for all statements.
#[derive(Clone, Copy)]
pub(crate) struct Query<'q, 'a> {
    pub(crate) request: &'q AccessRequest<'a>,
    pub(crate) action: Action<'q>,
}

/// An action in lower case, on the stack unless it is longer than any that exists.
pub(crate) struct LowerAction {
    stack: [u8; Self::STACK],
    length: usize,
    heap: Option<Box<str>>,
    service: usize,
}

impl LowerAction {
    const STACK: usize = 96;

    pub(crate) fn new(action: Action<'_>) -> Self {
        let service = action.service.len();
        let length = service + action.name.len();
        let mut lower = Self { stack: [0; Self::STACK], length, heap: None, service };
        match lower.stack.get_mut(..length) {
            Some(stack) => {
                let bytes = action.service.bytes().chain(action.name.bytes());
                for (to, from) in stack.iter_mut().zip(bytes) {
                    *to = from.to_ascii_lowercase();
                }
            }
            None => {
                let mut text = String::with_capacity(length);
                text.push_str(action.service);
                text.push_str(action.name);
                text.make_ascii_lowercase();
                lower.heap = Some(text.into());
            }
        }
        lower
    }

    pub(crate) fn as_action(&self) -> Action<'_> {
        let text = match &self.heap {
            Some(heap) => heap,
            // Invariant: the first `length` bytes are two strings in which only ASCII bytes were changed, to ASCII.
            None => self.stack.get(..self.length).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or(""),
        };
        let (service, name) = text.split_at_checked(self.service).unwrap_or(("", ""));
        Action { service, name }
    }
}
