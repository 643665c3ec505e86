//! The JSON of a policy document, read strictly: unknown and duplicate members are errors, nothing is skipped.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

use crate::{MAX_POLICY_BYTES, PolicyError, policy::Effect};

/// A document whose elements have the right JSON types; what the texts mean is not checked yet.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) version: Version,
    pub(crate) statements: Vec<RawStatement>,
}

/// The version of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// `2008-10-17`, also if there is none: without policy variables.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// One statement. Of each pair of elements at most one is there.
#[derive(Debug)]
pub(crate) struct RawStatement {
    pub(crate) sid: Option<String>,
    pub(crate) effect: Effect,
    pub(crate) principal: Option<(Polarity, Vec<String>)>,
    pub(crate) action: (Polarity, Vec<String>),
    pub(crate) resource: (Polarity, Vec<String>),
    pub(crate) conditions: Vec<RawConditions>,
}

/// An operator and, for each key under it, the values.
pub(crate) type RawConditions = (String, Vec<(String, Vec<Scalar>)>);

/// Whether an element is the plain or the negated one of a pair (`Action`, `NotAction`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Polarity {
    Plain,
    Negated,
}

/// A value of a condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar {
    Bool(bool),
    Number(String),
    Text(String),
}

impl Scalar {
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Self::Number(text) | Self::Text(text) => Cow::Borrowed(text),
        }
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        crate::condition::values::boolean(&self.text())
    }
}

/// Where in the document something is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum At<'a> {
    Root,
    Member(&'a At<'a>, &'a str),
    Element(&'a At<'a>, usize),
}

impl<'a> At<'a> {
    pub(crate) fn member(&'a self, name: &'a str) -> Self {
        Self::Member(self, name)
    }

    pub(crate) fn element(&'a self, index: usize) -> Self {
        Self::Element(self, index)
    }

    pub(crate) fn error(&self, message: impl Into<String>) -> PolicyError {
        PolicyError { path: self.to_string(), message: message.into() }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("document"),
            Self::Member(Self::Root, name) => f.write_str(name),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Element(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// Reads a document.
pub(crate) fn parse(json: &str) -> Result<Document, PolicyError> {
    let at = At::Root;
    if json.len() > MAX_POLICY_BYTES {
        return Err(at.error(format!("longer than {MAX_POLICY_BYTES} bytes")));
    }
    // The parser bounds the nesting (128), so that reading and dropping the tree can't exhaust the stack.
    let node: Node = serde_json::from_str(json).map_err(|error| at.error(format!("not JSON: {error}")))?;
    let mut members = Members::of(node, &at)?;
    let version = match members.take("Version") {
        None => Version::V2008,
        Some(node) => match node.text(&at.member("Version"))?.as_str() {
            "2012-10-17" => Version::V2012,
            "2008-10-17" => Version::V2008,
            _ => return Err(at.member("Version").error("must be \"2012-10-17\" or \"2008-10-17\"")),
        },
    };
    if let Some(id) = members.take("Id") {
        id.text(&at.member("Id"))?;
    }
    let at = at.member("Statement");
    let statements = match members.take("Statement") {
        None => return Err(at.error("missing")),
        Some(Node::Array(nodes)) => nodes
            .into_iter()
            .enumerate()
            .map(|(index, node)| statement(node, &at.element(index)))
            .collect::<Result<Vec<_>, _>>()?,
        Some(node) => vec![statement(node, &at.element(0))?],
    };
    members.finish()?;
    if statements.is_empty() {
        return Err(at.error("has no statement"));
    }
    Ok(Document { version, statements })
}

fn statement(node: Node, at: &At<'_>) -> Result<RawStatement, PolicyError> {
    let mut members = Members::of(node, at)?;
    let sid = members.take("Sid").map(|node| node.text(&at.member("Sid"))).transpose()?;
    let effect = match members.take("Effect") {
        None => return Err(at.member("Effect").error("missing")),
        Some(node) => match node.text(&at.member("Effect"))?.as_str() {
            "Allow" => Effect::Allow,
            "Deny" => Effect::Deny,
            _ => return Err(at.member("Effect").error("must be \"Allow\" or \"Deny\"")),
        },
    };
    let principal = members
        .take_pair("Principal", "NotPrincipal")?
        .map(|(polarity, name, node)| Ok((polarity, principals(node, &at.member(name))?)))
        .transpose()?;
    let action = texts_of_pair(&mut members, "Action", "NotAction")?;
    let resource = texts_of_pair(&mut members, "Resource", "NotResource")?;
    let conditions = match members.take("Condition") {
        None => Vec::new(),
        Some(node) => conditions(node, &at.member("Condition"))?,
    };
    members.finish()?;
    Ok(RawStatement { sid, effect, principal, action, resource, conditions })
}

fn texts_of_pair(
    members: &mut Members<'_>,
    plain: &'static str,
    negated: &'static str,
) -> Result<(Polarity, Vec<String>), PolicyError> {
    let at = members.at;
    match members.take_pair(plain, negated)? {
        Some((polarity, name, node)) => Ok((polarity, node.texts(&at.member(name))?)),
        None => Err(at.error(format!("has neither {plain} nor {negated}"))),
    }
}

fn principals(node: Node, at: &At<'_>) -> Result<Vec<String>, PolicyError> {
    match node {
        Node::Text(text) if text == "*" => Ok(vec![text]),
        Node::Object(_) => {
            let mut members = Members::of(node, at)?;
            for unsupported in ["Service", "Federated", "CanonicalUser"] {
                if members.take(unsupported).is_some() {
                    let message = "is not supported: principals here are accounts and users (\"AWS\")";
                    return Err(at.member(unsupported).error(message));
                }
            }
            let aws = members.take("AWS");
            members.finish()?;
            match aws {
                Some(node) => node.texts(&at.member("AWS")),
                None => Err(at.error("names nobody")),
            }
        }
        _ => Err(at.error("must be \"*\" or an object with the member \"AWS\"")),
    }
}

fn conditions(node: Node, at: &At<'_>) -> Result<Vec<RawConditions>, PolicyError> {
    let operators = Members::of(node, at)?.rest;
    operators
        .into_iter()
        .map(|(operator, node)| {
            let at = at.member(&operator);
            let keys = Members::of(node, &at)?.rest;
            let mut compiled: Vec<(String, Vec<Scalar>)> = Vec::with_capacity(keys.len());
            for (key, node) in keys {
                if compiled.iter().any(|(other, _)| other.eq_ignore_ascii_case(&key)) {
                    return Err(at
                        .member(&key)
                        .error("condition keys that differ only by case are the same key"));
                }
                let values = node.scalars(&at.member(&key))?;
                compiled.push((key, values));
            }
            if compiled.is_empty() {
                return Err(at.error("has no condition key"));
            }
            Ok((operator.clone(), compiled))
        })
        .collect()
}

/// Any JSON, with the members of objects in order and duplicates kept, to be found later.
enum Node {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Node {
    fn text(self, at: &At<'_>) -> Result<String, PolicyError> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(at.error("must be a string")),
        }
    }

    /// One string or a list of at least one.
    fn texts(self, at: &At<'_>) -> Result<Vec<String>, PolicyError> {
        match self {
            Self::Text(text) => Ok(vec![text]),
            Self::Array(nodes) if !nodes.is_empty() => {
                nodes.into_iter().enumerate().map(|(index, node)| node.text(&at.element(index))).collect()
            }
            Self::Array(_) => Err(at.error("is an empty list")),
            _ => Err(at.error("must be a string or a list of strings")),
        }
    }

    /// One value or a list of at least one.
    fn scalars(self, at: &At<'_>) -> Result<Vec<Scalar>, PolicyError> {
        match self {
            Self::Array(nodes) if nodes.is_empty() => Err(at.error("is an empty list")),
            Self::Array(nodes) => {
                nodes.into_iter().enumerate().map(|(index, node)| node.scalar(&at.element(index))).collect()
            }
            node => Ok(vec![node.scalar(at)?]),
        }
    }

    fn scalar(self, at: &At<'_>) -> Result<Scalar, PolicyError> {
        match self {
            Self::Bool(value) => Ok(Scalar::Bool(value)),
            Self::Number(text) => Ok(Scalar::Number(text)),
            Self::Text(text) => Ok(Scalar::Text(text)),
            Self::Null | Self::Array(_) | Self::Object(_) => {
                Err(at.error("must be a string, a number, true or false"))
            }
        }
    }
}

/// The members of an object that have not been taken yet.
struct Members<'a> {
    at: &'a At<'a>,
    rest: Vec<(String, Node)>,
}

impl<'a> Members<'a> {
    fn of(node: Node, at: &'a At<'a>) -> Result<Self, PolicyError> {
        let Node::Object(rest) = node else { return Err(at.error("must be an object")) };
        let mut names: Vec<&str> = rest.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if let Some([name, _]) = names.array_windows().find(|[left, right]| left == right) {
            return Err(at.member(name).error("is there twice"));
        }
        Ok(Self { at, rest })
    }

    fn take(&mut self, name: &str) -> Option<Node> {
        let index = self.rest.iter().position(|(member, _)| member == name)?;
        Some(self.rest.swap_remove(index).1)
    }

    fn take_pair(
        &mut self,
        plain: &'static str,
        negated: &'static str,
    ) -> Result<Option<(Polarity, &'static str, Node)>, PolicyError> {
        match (self.take(plain), self.take(negated)) {
            (Some(_), Some(_)) => Err(self.at.error(format!("has both {plain} and {negated}"))),
            (Some(node), None) => Ok(Some((Polarity::Plain, plain, node))),
            (None, Some(node)) => Ok(Some((Polarity::Negated, negated, node))),
            (None, None) => Ok(None),
        }
    }

    fn finish(self) -> Result<(), PolicyError> {
        match self.rest.first() {
            None => Ok(()),
            Some((name, _)) => Err(self.at.member(name).error("unknown element")),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Node, E> {
        Ok(Node::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = access.next_element()? {
            nodes.push(node);
        }
        Ok(Node::Array(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(Node::Object(members))
    }
}

#[cfg(test)]
mod tests;
