//! What the tests of this crate share: callers, facts and questions in short form.

use std::{collections::BTreeMap, sync::Arc};

use claviger_types::{
    AccountId, Grant, GrantConstraint, GrantOperation, KeyId, PolicyName, RequestId, Timestamp,
};

use crate::{
    AccessRequest, Action, Caller, Delegation, FactKey, FactValue, Facts, NamedPolicy, Policy, PolicyKind,
    Resource, Sources, decide,
};

/// The account that owns the key.
pub(crate) const HOME: &str = "111122223333";
/// Another one.
pub(crate) const AWAY: &str = "444455556666";
pub(crate) const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
pub(crate) const BOB: &str = "arn:aws:iam::444455556666:user/bob";
pub(crate) const HOME_ROOT: &str = "arn:aws:iam::111122223333:root";
pub(crate) const AWAY_ROOT: &str = "arn:aws:iam::444455556666:root";
pub(crate) const KEY: &str = "key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// Facts by name of the key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table(pub(crate) Vec<(FactKey, FactValue<'static>)>);

impl Table {
    pub(crate) fn of(facts: &[(&str, FactValue<'static>)]) -> Self {
        Self(facts.iter().map(|(name, value)| (FactKey::parse(name).unwrap(), value.clone())).collect())
    }
}

impl Facts for Table {
    fn fact(&self, key: &FactKey) -> Option<FactValue<'_>> {
        let same = |known: &FactKey| match (known, key) {
            (FactKey::EncryptionContext(known), FactKey::EncryptionContext(asked))
            | (FactKey::RequestTag(known), FactKey::RequestTag(asked))
            | (FactKey::ResourceTag(known), FactKey::ResourceTag(asked)) => crate::name_matches(asked, known),
            _ => known == key,
        };
        self.0.iter().find(|(known, _)| same(known)).map(|(_, value)| value.clone())
    }
}

pub(crate) fn text(text: &'static str) -> FactValue<'static> {
    FactValue::Str(text)
}

pub(crate) fn texts(texts: &[&'static str]) -> FactValue<'static> {
    FactValue::Strs(texts.iter().map(|text| (*text).into()).collect())
}

pub(crate) fn ip(text: &str) -> FactValue<'static> {
    FactValue::Ip(text.parse().unwrap())
}

pub(crate) fn time(text: &str) -> FactValue<'static> {
    FactValue::Time(Timestamp::parse_rfc3339(text).unwrap())
}

pub(crate) fn account(text: &str) -> AccountId {
    text.parse().unwrap()
}

/// `service:Name`.
pub(crate) fn action(text: &str) -> Action<'_> {
    let (service, name) = text.split_once(':').unwrap();
    Action::new(service, name)
}

/// By ARN.
pub(crate) fn caller(arn: &str) -> Caller<'_> {
    let account = arn.split(':').nth(4).unwrap().parse().unwrap();
    Caller { account, arn, is_root: arn.ends_with(":root") }
}

pub(crate) fn resource(path: &str) -> Resource<'_> {
    Resource { service: "kms", region: "eu-west-1", account: account(HOME), path }
}

pub(crate) fn request<'a>(
    arn: &'a str,
    action_name: &'a str,
    path: &'a str,
    facts: &'a Table,
) -> AccessRequest<'a> {
    AccessRequest { caller: caller(arn), action: action(action_name), resource: resource(path), facts }
}

pub(crate) fn key_policy(statements: &str) -> Policy {
    let json = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    Policy::parse(&json, PolicyKind::Key).unwrap_or_else(|error| panic!("{error} in {json}"))
}

/// Named `p0`, `p1`…
pub(crate) fn identity(policies: &[&str]) -> Vec<Arc<NamedPolicy>> {
    let one = |(index, statements): (usize, &&str)| {
        let json = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        let policy =
            Policy::parse(&json, PolicyKind::Identity).unwrap_or_else(|error| panic!("{error} in {json}"));
        Arc::new(NamedPolicy { name: format!("p{index}").parse::<PolicyName>().unwrap(), policy })
    };
    policies.iter().enumerate().map(one).collect()
}

pub(crate) fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<Box<str>, Box<str>> {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

pub(crate) fn grant(
    id: &str,
    grantee: &str,
    operations: &[GrantOperation],
    constraint: Option<GrantConstraint>,
) -> Arc<Grant> {
    Arc::new(Grant {
        id: id.parse().unwrap(),
        key: KeyId::from_bytes([1; 16]),
        grantee: grantee.into(),
        retiring: None,
        operations: operations.iter().copied().collect(),
        constraint,
        name: None,
        issuer: ALICE.into(),
        created: Timestamp::from_secs(0),
        request: RequestId::from_bytes([2; 16]),
    })
}

/// A question to everything at once.
#[derive(Default)]
pub(crate) struct Question<'a> {
    pub(crate) caller: &'a str,
    pub(crate) action: &'a str,
    /// Statements of the key's policy; `None` for actions on no key.
    pub(crate) key_policy: Option<&'a str>,
    /// Statements of each identity policy.
    pub(crate) identity: &'a [&'a str],
    pub(crate) grants: &'a [Arc<Grant>],
    pub(crate) context: Option<BTreeMap<Box<str>, Box<str>>>,
    pub(crate) delegation: Option<Delegation<'a>>,
    pub(crate) facts: Table,
}

impl Question<'_> {
    pub(crate) fn answer(&self) -> String {
        let identity = identity(self.identity);
        let key_policy = self.key_policy.map(key_policy);
        let path = if key_policy.is_some() { KEY } else { "*" };
        let sources = Sources {
            ring_policy: None,
            identity: &identity,
            key_policy: key_policy.as_ref(),
            resource_account: account(HOME),
            grants: self.grants,
            grant_operation: GrantOperation::from_name(action(self.action).name),
            context: self.context.as_ref().map(|context| context as _),
            delegation: self.delegation,
        };
        let decision = decide(&request(self.caller, self.action, path, &self.facts), &sources);
        let text = decision.reason.to_string();
        assert_eq!(decision.allowed, text.starts_with("allowed"), "{text}");
        text
    }
}
