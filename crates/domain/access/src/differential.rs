//! The same policies and requests put to this crate and to `iam-rs`, an independent evaluator.
//!
//! Where the two are known to differ, the generator leaves the case out and [`divergences`] shows it, with what the
//! documentation of AWS says.

use iam_rs::{
    Arn, Context, ContextValue, Decision as TheirDecision, IAMPolicy, IAMRequest, Principal, PrincipalId,
};
use proptest::{prelude::*, strategy::ValueTree};
use serde_json::{Value, json};

use crate::{
    FactKey, FactValue, Policy, PolicyKind, Reason, Sources, decide,
    fixtures::{ALICE, HOME, HOME_ROOT, Table, account, request},
};

/// What both evaluators can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Allow,
    Deny,
    Nothing,
}

#[derive(Clone, Debug)]
struct Case {
    statements: Vec<Value>,
    kind: PolicyKind,
    action: &'static str,
    path: &'static str,
    facts: Vec<(&'static str, Fact)>,
}

/// A fact in a form that both understand.
#[derive(Clone, Debug)]
enum Fact {
    Text(&'static str),
    Texts(Vec<&'static str>),
    Number(i64),
    Bool(bool),
    Ip(&'static str),
    Time(&'static str),
}

impl Case {
    fn document(&self) -> String {
        json!({"Version": "2012-10-17", "Statement": self.statements}).to_string()
    }

    fn ours(&self) -> Outcome {
        let policy = Policy::parse(&self.document(), self.kind).unwrap();
        let facts =
            self.facts.iter().map(|(name, fact)| (FactKey::parse(name).unwrap(), fact.ours())).collect();
        let facts = Table(facts);
        let request = request(ALICE, self.action, self.path, &facts);
        let policies;
        let sources = match self.kind {
            PolicyKind::Key => Sources::with_key_policy(&[], &policy, account(HOME)),
            PolicyKind::Identity => {
                policies = [std::sync::Arc::new(crate::NamedPolicy { name: "p".parse().unwrap(), policy })];
                Sources::identity_only(&policies, account(HOME))
            }
        };
        match decide(&request, &sources).reason {
            Reason::Allowed { .. } => Outcome::Allow,
            Reason::Denied(_) => Outcome::Deny,
            Reason::NotAllowed { .. } => Outcome::Nothing,
        }
    }

    fn theirs(&self) -> Outcome {
        let policy = IAMPolicy::from_json(&self.document()).unwrap();
        let mut context = Context::new();
        for (name, fact) in &self.facts {
            context.insert((*name).to_owned(), fact.theirs());
        }
        let principal = Principal::Aws(PrincipalId::String(ALICE.to_owned()));
        let resource = Arn::parse(&format!("arn:aws:kms:eu-west-1:{HOME}:{}", self.path)).unwrap();
        let request = IAMRequest::new_with_context(principal, self.action, resource, context);
        match iam_rs::evaluate_policy(&policy, &request).unwrap() {
            TheirDecision::Allow => Outcome::Allow,
            TheirDecision::Deny => Outcome::Deny,
            TheirDecision::NotApplicable => Outcome::Nothing,
        }
    }
}

impl Fact {
    fn ours(&self) -> FactValue<'static> {
        match self {
            Self::Text(text) => FactValue::Str(text),
            Self::Texts(texts) => crate::fixtures::texts(texts),
            Self::Number(number) => FactValue::Number(*number),
            Self::Bool(value) => FactValue::Bool(*value),
            Self::Ip(text) => crate::fixtures::ip(text),
            Self::Time(text) => crate::fixtures::time(text),
        }
    }

    fn theirs(&self) -> ContextValue {
        match self {
            Self::Text(text) | Self::Ip(text) | Self::Time(text) => ContextValue::String((*text).to_owned()),
            Self::Texts(texts) => {
                ContextValue::StringList(texts.iter().map(|text| (*text).to_owned()).collect())
            }
            Self::Number(number) => ContextValue::Number(*number as f64),
            Self::Bool(value) => ContextValue::Boolean(*value),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn both_decide_alike(case in case()) {
        prop_assert_eq!(case.ours(), case.theirs(), "{}", case.document());
    }
}

/// The generator must not make cases that are all of one outcome.
#[test]
fn the_cases_have_every_outcome() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut counts = [0_u32; 3];
    for _ in 0..2_000 {
        let case = case().new_tree(&mut runner).unwrap().current();
        counts[case.ours() as usize] += 1;
    }
    assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
}

fn case() -> impl Strategy<Value = Case> {
    let action =
        prop::sample::select(vec!["kms:Encrypt", "KMS:decrypt", "kms:GenerateDataKey", "kms:CreateGrant"]);
    let path = prop::sample::select(vec!["key/1234", "key/12:34", "alias/a/b", "alias/ab"]);
    (prop::bool::ANY, action, path, facts()).prop_flat_map(|(key, action, path, facts)| {
        let kind = if key { PolicyKind::Key } else { PolicyKind::Identity };
        let statements = prop::collection::vec(statement(key), 1..4);
        statements.prop_map(move |statements| Case { statements, kind, action, path, facts: facts.clone() })
    })
}

fn facts() -> impl Strategy<Value = Vec<(&'static str, Fact)>> {
    let text = || prop::sample::select(vec!["a", "A", "ab", "a*", "7", "10.5", "ä"]);
    let texts = prop::collection::vec(text(), 0..3).prop_map(Fact::Texts);
    let ip = prop::sample::select(vec!["10.1.2.3", "192.0.2.1", "2001:db8::1"]);
    let time = prop::sample::select(vec!["2026-01-01T00:00:00Z", "2026-06-01T12:00:00Z"]);
    let arn = prop::sample::select(vec![ALICE, HOME_ROOT]);
    (
        prop::option::of(text().prop_map(Fact::Text)),
        prop::option::of(texts),
        prop::option::of((5_i64..12).prop_map(Fact::Number)),
        prop::option::of(any::<bool>().prop_map(Fact::Bool)),
        prop::option::of(ip.prop_map(Fact::Ip)),
        prop::option::of(time.prop_map(Fact::Time)),
        prop::option::of(arn.prop_map(Fact::Text)),
    )
        .prop_map(|(text, texts, number, boolean, ip, time, arn)| {
            let facts = [
                ("kms:RequestAlias", text),
                ("aws:TagKeys", texts),
                ("kms:RotationPeriodInDays", number),
                ("aws:SecureTransport", boolean),
                ("aws:SourceIp", ip),
                ("aws:CurrentTime", time),
                ("kms:GranteePrincipal", arn),
            ];
            facts.into_iter().filter_map(|(name, fact)| Some((name, fact?))).collect()
        })
}

fn statement(key: bool) -> impl Strategy<Value = Value> {
    let actions =
        list(vec!["*", "kms:*", "kms:Encrypt", "kms:?ecrypt", "KMS:Gen*Key", "kms:Create*", "s3:*"]);
    let resources = list(vec![
        "*",
        "arn:aws:kms:eu-west-1:111122223333:key/*",
        "arn:aws:kms:eu-*:1111?2223333:key/12?34",
        "arn:aws:kms:*:*:alias/a*b",
        "arn:*:kms:*:*:*",
        "arn:aws:kms:us-east-1:*:*",
        "arn:aws:s3:::bucket/*",
    ]);
    let principals = prop::sample::select(vec![
        json!({"Principal": "*"}),
        json!({"Principal": {"AWS": ALICE}}),
        json!({"Principal": {"AWS": ["arn:aws:iam::111122223333:user/eve", ALICE]}}),
        json!({"Principal": {"AWS": ["arn:aws:iam::111122223333:user/eve"]}}),
    ]);
    let conditions = prop::collection::vec(condition(), 0..3);
    let negate = (prop::bool::weighted(0.2), prop::bool::weighted(0.2));
    (prop::bool::weighted(0.7), actions, resources, principals, conditions, negate).prop_map(
        move |(allow, actions, resources, principals, conditions, (not_action, not_resource))| {
            let mut statement = if key { principals } else { json!({}) };
            statement["Effect"] = json!(if allow { "Allow" } else { "Deny" });
            statement[if not_action { "NotAction" } else { "Action" }] = actions;
            statement[if not_resource { "NotResource" } else { "Resource" }] = resources;
            let mut block = json!({});
            for (operator, key, values) in conditions {
                block[operator][key] = values;
            }
            if block != json!({}) {
                statement["Condition"] = block;
            }
            statement
        },
    )
}

fn list(of: Vec<&'static str>) -> impl Strategy<Value = Value> {
    prop::collection::vec(prop::sample::select(of), 1..4)
        .prop_map(|list| if list.len() == 1 { json!(list[0]) } else { json!(list) })
}

fn condition() -> impl Strategy<Value = (String, &'static str, Value)> {
    let comparisons =
        ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];
    let strings = vec![
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
    ];
    let words = || list(vec!["a", "A", "ab", "a*", "?b", "*", "7", "ä", "?"]);
    let one = |operator: Vec<String>, key: &'static str, values: BoxedStrategy<Value>| {
        let if_exists = prop::bool::weighted(0.3);
        (prop::sample::select(operator), if_exists, values).prop_map(move |(operator, if_exists, values)| {
            (format!("{operator}{}", if if_exists { "IfExists" } else { "" }), key, values)
        })
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let prefixed =
        |prefix: &str| comparisons.iter().map(|name| format!("{prefix}{name}")).collect::<Vec<_>>();
    let sets: Vec<String> = ["ForAllValues", "ForAnyValue"]
        .iter()
        .flat_map(|set| strings.iter().map(move |operator| format!("{set}:{operator}")))
        .collect();
    prop_oneof![
        one(names(&strings), "kms:RequestAlias", words().boxed()),
        one(prefixed("Numeric"), "kms:RequestAlias", list(vec!["7", "10.50", "8"]).boxed()),
        one(prefixed("Numeric"), "kms:RotationPeriodInDays", list(vec!["7", "10", "8.5"]).boxed()),
        one(names(&["Bool"]), "aws:SecureTransport", list(vec!["true", "false"]).boxed()),
        one(
            names(&["IpAddress", "NotIpAddress"]),
            "aws:SourceIp",
            list(vec!["10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "0.0.0.0/0"]).boxed(),
        ),
        one(
            prefixed("Date"),
            "aws:CurrentTime",
            list(vec!["2026-01-01T00:00:00Z", "2026-03-01T00:00:00+01:00", "1780315200"]).boxed(),
        ),
        one(
            names(&["ArnLike", "ArnNotLike"]),
            "kms:GranteePrincipal",
            list(vec!["arn:aws:iam::*:user/*", "arn:aws:iam::111122223333:root", "arn:aws:iam::4*:*"])
                .boxed(),
        ),
        (prop::sample::select(sets), words()).prop_map(|(operator, values)| (
            operator,
            "aws:TagKeys",
            values
        )),
        (any::<bool>(), prop::sample::select(vec!["kms:RequestAlias", "aws:SourceIp"]))
            .prop_map(|(null, key)| ("Null".to_owned(), key, json!(null.to_string()))),
    ]
}

/// The cases that the generator leaves out because the two differ, and why ours is right.
#[test]
fn divergences() {
    let check = |rest: Value, facts: Vec<(&'static str, Fact)>, ours: Outcome, theirs: Outcome| {
        let mut statement = json!({"Effect": "Allow", "Action": "kms:*", "Resource": "*"});
        for (name, value) in rest.as_object().unwrap() {
            statement[name] = value.clone();
        }
        let statements = vec![statement];
        let kind = PolicyKind::Identity;
        let case = Case { statements, kind, action: "kms:Encrypt", path: "alias/prod", facts };
        assert_eq!((case.ours(), case.theirs()), (ours, theirs), "{rest}");
    };
    // ArnEquals and ArnLike behave identically (IAM guide, "ARN condition operators").
    check(
        json!({"Condition": {"ArnEquals": {"kms:GranteePrincipal": "arn:aws:iam::111122223333:user/*"}}}),
        vec![("kms:GranteePrincipal", Fact::Text(ALICE))],
        Outcome::Allow,
        Outcome::Nothing,
    );
    // Each of the six parts of an ARN is compared on its own (ibid., with this example).
    check(
        json!({"Condition": {"ArnLike": {"kms:GranteePrincipal": "arn:aws:someservice:*:111122223333:finance/*"}}}),
        vec![(
            "kms:GranteePrincipal",
            Fact::Text("arn:aws:someservice:r:9:store/abc:111122223333:finance/d"),
        )],
        Outcome::Nothing,
        Outcome::Allow,
    );
    // An empty text is an empty set for set operators (IAM guide, "Multivalued context keys").
    check(
        json!({"Condition": {"ForAllValues:StringEquals": {"kms:RequestAlias": "a"}}}),
        vec![("kms:RequestAlias", Fact::Text(""))],
        Outcome::Allow,
        Outcome::Nothing,
    );
    // Null asks whether the key exists with a value that is not null; an empty set has none (ibid.).
    check(
        json!({"Condition": {"Null": {"aws:TagKeys": "true"}}}),
        vec![("aws:TagKeys", Fact::Texts(vec![]))],
        Outcome::Allow,
        Outcome::Nothing,
    );
    // The value of a variable is no pattern; `${*}` is how a policy writes a literal star (IAM guide, "Variables").
    check(
        json!({"Resource": "arn:aws:kms:*:*:alias/${aws:ResourceTag/team}"}),
        vec![("aws:ResourceTag/team", Fact::Text("*"))],
        Outcome::Nothing,
        Outcome::Allow,
    );
    // A variable without value makes the statement invalid, it is not empty text (ibid.).
    check(
        json!({"Resource": "arn:aws:kms:*:*:alias/prod${aws:ResourceTag/team}"}),
        vec![],
        Outcome::Nothing,
        Outcome::Allow,
    );
}

/// What the other evaluator can't read or decides by rules of its own, so that there is nothing to compare: policies of
/// the version 2008-10-17 without `Version`, ARNs in short form, `IfExists` after a set operator, and accounts as
/// principals, whose delegation to identity policies the rules of KMS add.
#[test]
fn what_is_not_compared() {
    let read = |json: Value| IAMPolicy::from_json(&json.to_string()).is_ok();
    let statement = json!({"Effect": "Allow", "Action": "kms:*", "Resource": "*"});
    assert!(!read(json!({"Statement": statement})));
    let condition = json!({"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "a"}});
    let mut with_condition = statement;
    with_condition["Condition"] = condition;
    assert!(!read(json!({"Version": "2012-10-17", "Statement": with_condition})));
    assert!(Arn::parse("arn:aws:kms:*").is_err());
}
