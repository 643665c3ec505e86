//! Patterns of Amazon Resource Names: `arn:partition:service:region:account:resource`.

use crate::{
    AccessRequest,
    pattern::Pattern,
    variables::{Syntax, Template, end_of_variable},
};

/// The partition of every name that this service makes.
const PARTITION: &str = "aws";

/// The resources of a `Resource` or `NotResource` element.
#[derive(Debug)]
pub(crate) struct ResourceSet {
    every: bool,
    patterns: Box<[ResourcePattern]>,
}

/// One ARN pattern. Segments are matched each on its own, so that a wildcard in the region can't reach into the account;
/// in the part after the fifth colon, `*` also matches colons and slashes.
#[derive(Debug)]
struct ResourcePattern {
    service: Box<str>,
    region: Pattern,
    account: Pattern,
    path: Template,
}

impl ResourceSet {
    /// From patterns as the document has them; the error names the first that is not one.
    pub(crate) fn new<'a>(patterns: impl Iterator<Item = &'a str>, variables: bool) -> Result<Self, String> {
        let (mut every, mut compiled) = (false, Vec::new());
        for text in patterns {
            match text {
                "*" => every = true,
                _ => compiled.push(ResourcePattern::parse(text, variables)?),
            }
        }
        Ok(Self { every, patterns: compiled.into() })
    }

    /// Whether the request's resource is in it; `None` if that hangs on a variable without value.
    pub(crate) fn contains(&self, request: &AccessRequest<'_>) -> Option<bool> {
        if self.every {
            return Some(true);
        }
        any(self.patterns.iter().map(|pattern| pattern.matches(request)))
    }
}

impl ResourcePattern {
    fn parse(text: &str, variables: bool) -> Result<Self, String> {
        let refuse = |why: &str| Err(format!("\"{text}\" {why}"));
        let segments = segments(text, variables);
        let (service, region, account, path) = match segments.as_slice() {
            [_, _, service, region, account, path] => (*service, *region, *account, *path),
            // AWS lets a `*` at the end of a segment stand for all that follows.
            [_, _, service, region, account] if ends_in_star(account) => (*service, *region, *account, "*"),
            [_, _, service, region] if ends_in_star(region) => (*service, *region, "*", "*"),
            _ => return refuse("is neither \"*\" nor an ARN of six parts"),
        };
        if segments.first() != Some(&"arn") {
            return refuse("is neither \"*\" nor an ARN");
        }
        if !segments.get(1).is_some_and(|partition| Pattern::parse(partition).matches(PARTITION)) {
            return refuse("names another partition than \"aws\", where nothing of this service is");
        }
        if service.is_empty() || !service.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return refuse("must name its service without wildcards");
        }
        if variables && [region, account].iter().any(|segment| segment.contains("${")) {
            return refuse("has a policy variable before the fifth colon");
        }
        if path.is_empty() {
            return refuse("names no resource");
        }
        Ok(Self {
            service: service.into(),
            region: Pattern::parse(region),
            account: Pattern::parse(account),
            path: Template::parse(path, Syntax { wildcards: true, variables })?,
        })
    }

    fn matches(&self, request: &AccessRequest<'_>) -> Option<bool> {
        let resource = &request.resource;
        if *self.service != *resource.service
            || !self.region.matches(resource.region)
            || !self.account.matches(resource.account.as_str())
        {
            return Some(false);
        }
        self.path.matches(resource.path, request)
    }
}

/// An ARN pattern of a condition, whose six parts are compared each on its own.
#[derive(Debug)]
pub(crate) enum ArnPattern {
    /// `*`.
    Any,
    /// A variable whose value is the whole ARN.
    Variable(Template),
    /// Six parts.
    Parts(Box<[Template; 6]>),
}

impl ArnPattern {
    pub(crate) fn parse(text: &str, variables: bool) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let syntax = Syntax { wildcards: true, variables };
        let segments = segments(text, variables);
        if let [one] = segments.as_slice() {
            let template = Template::parse(one, syntax)?;
            if template.is_one_variable() {
                return Ok(Self::Variable(template));
            }
        }
        let parts: Result<Vec<_>, _> = segments.iter().map(|part| Template::parse(part, syntax)).collect();
        match (<[Template; 6]>::try_from(parts?), segments.first()) {
            (Ok(parts), Some(&"arn")) => Ok(Self::Parts(Box::new(parts))),
            _ => Err(format!("\"{text}\" is not an ARN of six parts")),
        }
    }

    /// `None` if that hangs on a variable without value.
    pub(crate) fn matches(&self, arn: &str, request: &AccessRequest<'_>) -> Option<bool> {
        match self {
            Self::Any => Some(true),
            Self::Variable(template) => template.matches(arn, request),
            Self::Parts(patterns) => {
                let mut parts = arn.splitn(6, ':');
                let mut unresolved = false;
                for pattern in patterns.iter() {
                    match parts.next().map(|part| pattern.matches(part, request)) {
                        Some(Some(true)) => {}
                        Some(None) => unresolved = true,
                        Some(Some(false)) | None => return Some(false),
                    }
                }
                (!unresolved).then_some(true)
            }
        }
    }
}

/// True if one is; otherwise unknown if one is; otherwise false.
pub(crate) fn any(mut outcomes: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut unknown = false;
    let found = outcomes.any(|outcome| {
        unknown |= outcome.is_none();
        outcome == Some(true)
    });
    if found { Some(true) } else { (!unknown).then_some(false) }
}

/// At most six parts between colons; colons of policy variables do not count.
fn segments(text: &str, variables: bool) -> Vec<&str> {
    let (mut segments, mut start, mut at) = (Vec::new(), 0, 0);
    while let Some(rest) = text.get(at..) {
        if segments.len() == 5 {
            break;
        }
        let Some(c) = rest.chars().next() else { break };
        match rest.strip_prefix("${").filter(|_| variables) {
            Some(after) => match end_of_variable(after) {
                Some(end) => at += 2 + end,
                // Refused when the segment is compiled.
                None => break,
            },
            None if c == ':' => {
                segments.extend(text.get(start..at));
                at += 1;
                start = at;
            }
            None => at += c.len_utf8(),
        }
    }
    segments.extend(text.get(start..));
    segments
}

fn ends_in_star(segment: &str) -> bool {
    segment.strip_suffix('*').is_some_and(|rest| !rest.contains(['*', '?', '$']))
}

#[cfg(test)]
mod tests;
