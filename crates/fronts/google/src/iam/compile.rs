//! Bindings to statements.
//!
//! A binding allows its members, who are principals of this installation, the actions of its role. What a role has that
//! is not about the resource or what is in it means nothing there and is left out. A key's own policy goes on letting the
//! account decide by the policies of its principals, as a project's do on Google's side.

use claviger_core::{Error, Reason, Result};
use claviger_keys::default_policy;
use claviger_types::{AccountId, AttachedPolicy, PrincipalName};
use serde_json::{Map, Value, json};

use super::{
    condition::{self, Comparison, ResourceType, Term},
    roles::{self, Permission},
};
use crate::{
    auth::EMAIL_DOMAIN,
    json::{self, Style},
    names::Resource,
    wire::{self, iam},
};

/// The version that a policy with conditions must have.
const CONDITIONAL: i32 = 3;

/// Compiles a policy for what it is attached to.
pub(crate) fn compile(policy: &iam::Policy, target: &Resource) -> Result<AttachedPolicy> {
    check(policy)?;
    let mut statements = Vec::new();
    if let Resource::Key(key) = target {
        statements.push(delegation(key.ring.location.account)?);
    }
    for binding in &policy.bindings {
        statements.push(statement(binding, target)?);
    }
    if let (Resource::Ring(ring), []) = (target, statements.as_slice()) {
        statements.push(nothing(ring.location.account));
    }
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    Ok(AttachedPolicy { document: document.to_string().into(), source: source(policy)?.into() })
}

/// The policy that a source is the text of.
pub(crate) fn restored(source: &str) -> Result<iam::Policy> {
    let message = json::read(source.as_bytes(), &descriptor()?)?;
    prost::Message::decode(&**json::into_wire(message)).map_err(Error::internal)
}

/// The text that a policy is kept as: without its etag, which is made when it is shown.
fn source(policy: &iam::Policy) -> Result<String> {
    let mut kept = policy.clone();
    kept.etag.clear();
    let wire = prost::Message::encode_to_vec(&kept);
    let text = json::from_wire(&wire, &descriptor()?, Style::default())?;
    String::from_utf8(text.to_vec()).map_err(Error::internal)
}

fn descriptor() -> Result<prost_reflect::MessageDescriptor> {
    let found = wire::descriptors()?.get_message_by_name("google.iam.v1.Policy");
    found.ok_or_else(|| Error::internal("no descriptor of policies"))
}

fn check(policy: &iam::Policy) -> Result<()> {
    if !policy.audit_configs.is_empty() {
        return Err(Error::invalid("Audit configurations are not supported: every call is recorded."));
    }
    if !matches!(policy.version, 0 | 1 | CONDITIONAL) {
        return Err(Error::invalid("The policy version must be 0, 1 or 3."));
    }
    match has_conditions(policy) && policy.version != CONDITIONAL {
        true => Err(Error::invalid("A policy with conditions must have version 3.")),
        false => Ok(()),
    }
}

/// Whether a binding has a condition.
pub(crate) fn has_conditions(policy: &iam::Policy) -> bool {
    policy.bindings.iter().any(|binding| binding.condition.is_some())
}

fn delegation(account: AccountId) -> Result<Value> {
    let document: Value = serde_json::from_str(&default_policy(account)).map_err(Error::internal)?;
    document
        .pointer("/Statement/0")
        .cloned()
        .ok_or_else(|| Error::internal("the default policy has no statement"))
}

/// A document has a statement, also where nothing is allowed.
fn nothing(account: AccountId) -> Value {
    let root = format!("arn:aws:iam::{account}:root");
    json!({ "Effect": "Allow", "Principal": { "AWS": root }, "NotAction": "*", "Resource": "*" })
}

fn statement(binding: &iam::Binding, target: &Resource) -> Result<Value> {
    let permissions = roles::of(&binding.role)
        .ok_or_else(|| Error::invalid(format!("Role '{}' is not one of this service.", binding.role)))?;
    let mut scope = Scope {
        permissions: permissions.into_iter().filter(|permission| is_within(permission.on, target)).collect(),
        conditions: Map::new(),
    };
    if let Some(condition) = &binding.condition {
        for term in condition::parse(&condition.expression)? {
            scope.narrow(term, target)?;
        }
    }
    if scope.permissions.is_empty() {
        let text = format!("The binding of role '{}' allows nothing on '{target}'.", binding.role);
        return Err(Error::invalid(text));
    }
    let members: Vec<String> =
        binding.members.iter().map(|member| principal_arn(member)).collect::<Result<_>>()?;
    if members.is_empty() {
        return Err(Error::invalid(format!("The binding of role '{}' has no members.", binding.role)));
    }
    let mut actions: Vec<&str> =
        scope.permissions.iter().flat_map(|permission| permission.actions).copied().collect();
    actions.sort_unstable();
    actions.dedup();
    let mut statement = Map::from_iter([
        ("Effect".to_owned(), json!("Allow")),
        ("Principal".to_owned(), json!({ "AWS": members })),
        ("Action".to_owned(), json!(actions)),
        ("Resource".to_owned(), json!("*")),
    ]);
    if !scope.conditions.is_empty() {
        statement.insert("Condition".to_owned(), Value::Object(scope.conditions));
    }
    Ok(Value::Object(statement))
}

/// Whether a permission can be about the target or something in it.
pub(crate) fn is_within(on: ResourceType, target: &Resource) -> bool {
    match target {
        Resource::Ring(_) => on != ResourceType::Location,
        Resource::Key(_) => matches!(on, ResourceType::Key | ResourceType::Version),
        Resource::Job(_) => on == ResourceType::Job,
    }
}

/// `serviceAccount:NAME@ACCOUNT.iam.claviger.internal`: no other member can prove itself here.
fn principal_arn(member: &str) -> Result<String> {
    let parsed = || {
        let (name, domain) = member.strip_prefix("serviceAccount:")?.rsplit_once('@')?;
        let name: PrincipalName = name.parse().ok()?;
        let account: AccountId = domain.strip_suffix(EMAIL_DOMAIN)?.strip_suffix('.')?.parse().ok()?;
        Some(format!("arn:aws:iam::{account}:user/{name}"))
    };
    parsed().ok_or_else(|| {
        let text =
            format!("Member '{member}' is not 'serviceAccount:NAME@ACCOUNT.{EMAIL_DOMAIN}' of a principal.");
        Error::new(Reason::InvalidRequest, text)
    })
}

/// What is left of a role under conditions.
struct Scope {
    permissions: Vec<&'static Permission>,
    /// By operator, then by key.
    conditions: Map<String, Value>,
}

impl Scope {
    fn narrow(&mut self, term: Term, target: &Resource) -> Result<()> {
        match term {
            Term::Time(comparison, time) => {
                let operator = match comparison {
                    Comparison::Less => "DateLessThan",
                    Comparison::LessOrEqual => "DateLessThanEquals",
                    Comparison::Greater => "DateGreaterThan",
                    Comparison::GreaterOrEqual => "DateGreaterThanEquals",
                };
                self.require(operator, "aws:CurrentTime", time.to_string())
            }
            Term::Type(kind) => {
                self.keep(&[kind]);
                Ok(())
            }
            Term::Name(name) => self.narrow_to_name(&name, target),
            Term::NamePrefix(prefix) => self.narrow_to_prefix(&prefix, target),
        }
    }

    /// One resource: the target, or a key of a ring.
    fn narrow_to_name(&mut self, name: &str, target: &Resource) -> Result<()> {
        if target.to_string() == name {
            self.keep(&[match target {
                Resource::Ring(_) => ResourceType::Ring,
                Resource::Key(_) => ResourceType::Key,
                Resource::Job(_) => ResourceType::Job,
            }]);
            return Ok(());
        }
        let key = key_in_ring(name, target).filter(|key| !key.is_empty()).ok_or_else(|| elsewhere(name))?;
        self.keep(&[ResourceType::Key]);
        self.require("StringEquals", KEY_NAME, key.to_owned())
    }

    /// The target with all in it, or the keys of a ring whose names begin in one way.
    fn narrow_to_prefix(&mut self, prefix: &str, target: &Resource) -> Result<()> {
        if target.to_string().starts_with(prefix) {
            return Ok(());
        }
        let key = key_in_ring(prefix, target).ok_or_else(|| elsewhere(prefix))?;
        self.keep(&[ResourceType::Key, ResourceType::Version]);
        self.require("StringLike", KEY_NAME, format!("{key}*"))
    }

    fn keep(&mut self, types: &[ResourceType]) {
        self.permissions.retain(|permission| types.contains(&permission.on));
    }

    fn require(&mut self, operator: &str, key: &str, value: String) -> Result<()> {
        let keys = self.conditions.entry(operator).or_insert_with(|| Value::Object(Map::new()));
        let known = keys.as_object_mut().and_then(|keys| keys.insert(key.to_owned(), Value::String(value)));
        match known {
            None => Ok(()),
            // Two values of one key would be alternatives.
            Some(_) => Err(Error::invalid("A condition compares the same twice in the same way.")),
        }
    }
}

/// The fact that is the name of a key in its ring.
const KEY_NAME: &str = "claviger:RingKeyName";

/// What is behind `…/cryptoKeys/` in a name, of the characters that names of keys have.
fn key_in_ring<'a>(name: &'a str, target: &Resource) -> Option<&'a str> {
    let Resource::Ring(ring) = target else { return None };
    let key = name.strip_prefix(&ring.to_string())?.strip_prefix("/cryptoKeys/")?;
    key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')).then_some(key)
}

fn elsewhere(name: &str) -> Error {
    Error::invalid(format!(
        "The condition is about '{name}', which is not the resource of the policy nor a key in it."
    ))
}

#[cfg(test)]
mod tests;
