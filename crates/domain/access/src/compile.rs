use crate::{
    Policy, PolicyError, PolicyKind,
    action::ActionSet,
    arn::ResourceSet,
    condition::{Condition, operators::Operator},
    document::{At, Document, Polarity, RawStatement, Version},
    policy::{Effect, Selector, Statement},
    principal::{PrincipalSet, Principals},
};

/// The most characters, over a whole document, of patterns that are compared at every position of a text.
const MAX_SEARCHED: usize = 2048;

/// Gives the texts of a document their meaning.
pub(crate) fn compile(document: Document, kind: PolicyKind) -> Result<Policy, PolicyError> {
    let at = At::Root;
    if document.statements.iter().map(searched).sum::<usize>() > MAX_SEARCHED {
        return Err(at.error(format!(
            "patterns with ? between two * have more than {MAX_SEARCHED} characters together, which takes too long"
        )));
    }
    let at = at.member("Statement");
    let variables = document.version == Version::V2012;
    let mut statements: Vec<Statement> = Vec::with_capacity(document.statements.len());
    for (index, raw) in document.statements.into_iter().enumerate() {
        let at = at.element(index);
        let statement = statement(raw, kind, variables, &at)?;
        if statement.sid.is_some() && statements.iter().any(|other| other.sid == statement.sid) {
            return Err(at.member("Sid").error("is that of another statement too"));
        }
        statements.push(statement);
    }
    Ok(Policy { kind, statements: statements.into() })
}

fn statement(
    raw: RawStatement,
    kind: PolicyKind,
    variables: bool,
    at: &At<'_>,
) -> Result<Statement, PolicyError> {
    let sid = sid(raw.sid, kind, at)?;
    let principals = principals(raw.principal, raw.effect, kind, at)?;
    let (polarity, actions) = raw.action;
    let actions = Selector {
        negated: polarity == Polarity::Negated,
        set: ActionSet::new(actions.iter().map(String::as_str))
            .map_err(|message| at.member(element(polarity, "Action", "NotAction")).error(message))?,
    };
    let (polarity, resources) = raw.resource;
    let resources = Selector {
        negated: polarity == Polarity::Negated,
        set: ResourceSet::new(resources.iter().map(String::as_str), variables)
            .map_err(|message| at.member(element(polarity, "Resource", "NotResource")).error(message))?,
    };
    let mut conditions = Vec::new();
    let at = at.member("Condition");
    for (name, keys) in &raw.conditions {
        let at = at.member(name);
        let operator = Operator::parse(name).map_err(|message| at.error(message))?;
        for (key, values) in keys {
            conditions.push(Condition::compile(operator, key, values, variables, &at)?);
        }
    }
    Ok(Statement { sid, effect: raw.effect, principals, actions, resources, conditions: conditions.into() })
}

/// Identity policies: letters and digits, as IAM has it. Key policies: also spaces, as the default key policy of AWS.
/// An empty one is the same as none.
fn sid(sid: Option<String>, kind: PolicyKind, at: &At<'_>) -> Result<Option<Box<str>>, PolicyError> {
    let Some(sid) = sid.filter(|sid| !sid.is_empty()) else { return Ok(None) };
    let (allowed, message): (fn(u8) -> bool, _) = match kind {
        PolicyKind::Identity => {
            (|b| b.is_ascii_alphanumeric(), "has other characters than letters and digits")
        }
        PolicyKind::Key => (
            |b| b.is_ascii_alphanumeric() || b" _-.,:/()".contains(&b),
            "has other characters than letters, digits, spaces and _ - . , : / ( )",
        ),
    };
    if sid.bytes().all(allowed) { Ok(Some(sid.into())) } else { Err(at.member("Sid").error(message)) }
}

fn principals(
    raw: Option<(Polarity, Vec<String>)>,
    effect: Effect,
    kind: PolicyKind,
    at: &At<'_>,
) -> Result<Option<Principals>, PolicyError> {
    let (polarity, texts) = match (raw, kind) {
        (None, PolicyKind::Identity) => return Ok(None),
        (None, PolicyKind::Key) => return Err(at.error("has neither Principal nor NotPrincipal")),
        (Some((polarity, _)), PolicyKind::Identity) => {
            let at = at.member(element(polarity, "Principal", "NotPrincipal"));
            return Err(at.error("can't be in a policy that is attached to a principal"));
        }
        (Some(raw), PolicyKind::Key) => raw,
    };
    let at = at.member(element(polarity, "Principal", "NotPrincipal"));
    let set = PrincipalSet::new(texts.iter().map(String::as_str)).map_err(|message| at.error(message))?;
    match polarity {
        Polarity::Plain => Ok(Some(Principals::Of(set))),
        Polarity::Negated if effect == Effect::Allow => {
            Err(at.error("is only supported with the effect Deny: with Allow it would allow almost everyone"))
        }
        Polarity::Negated if set.is_everyone() => Err(at.error("excepts everyone")),
        Polarity::Negated => Ok(Some(Principals::AllBut(set))),
    }
}

/// Threat: whoever may write a policy must not be able to make each decision expensive. Such patterns take time in
/// proportion to the product of their length and that of the text; a variable may bring a long text into the pattern.
fn searched(statement: &RawStatement) -> usize {
    let cost = |text: &str| match text.contains('?') && text.matches('*').count() > 1 {
        true if text.contains("${") => MAX_SEARCHED / 2,
        true => text.len(),
        false => 0,
    };
    let values = statement.conditions.iter().flat_map(|(_, keys)| keys).flat_map(|(_, values)| values);
    values.map(|value| cost(&value.text())).sum::<usize>()
        + statement.resource.1.iter().map(|text| cost(text)).sum::<usize>()
}

fn element(polarity: Polarity, plain: &'static str, negated: &'static str) -> &'static str {
    match polarity {
        Polarity::Plain => plain,
        Polarity::Negated => negated,
    }
}
