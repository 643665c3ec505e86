use std::cmp::Ordering;

use crate::{Action, pattern::Pattern, request::LowerAction};

/// The actions of an `Action` or `NotAction` element, in lower case.
#[derive(Debug)]
pub(crate) struct ActionSet {
    every: bool,
    /// Sorted by service and name.
    exact: Box<[(Box<str>, Box<str>)]>,
    patterns: Box<[(Box<str>, Pattern)]>,
}

impl ActionSet {
    /// From patterns as the document has them; the error names the first that is not one.
    pub(crate) fn new<'a>(patterns: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let (mut every, mut exact, mut wild) = (false, Vec::new(), Vec::new());
        for text in patterns {
            if text == "*" || text == "*:*" {
                every = true;
                continue;
            }
            let (service, name) = split(text)?;
            match Pattern::parse(&name.to_ascii_lowercase()) {
                Pattern::Exact(name) => exact.push((service, name)),
                pattern => wild.push((service, pattern)),
            }
        }
        exact.sort_unstable();
        exact.dedup();
        Ok(Self { every, exact: exact.into(), patterns: wild.into() })
    }

    /// Of an action in lower case.
    pub(crate) fn contains(&self, Action { service, name }: Action<'_>) -> bool {
        if self.every {
            return true;
        }
        self.patterns.iter().any(|(of, pattern)| **of == *service && pattern.matches(name))
            || self.exact.binary_search_by(|entry| compare(entry, service, name)).is_ok()
    }

    pub(crate) fn mentions(&self) -> impl Iterator<Item = (&str, String)> {
        let every = self.every.then(|| ("*", "*".to_owned()));
        let exact = self.exact.iter().map(|(service, name)| (&**service, name.to_string()));
        let wild = self.patterns.iter().map(|(service, pattern)| (&**service, pattern.to_string()));
        every.into_iter().chain(exact).chain(wild)
    }

    /// The first of its patterns that matches none of `known`.
    pub(crate) fn first_unmatched<'k>(
        &self,
        known: impl Iterator<Item = Action<'k>> + Clone,
    ) -> Option<String> {
        let exists = |service: &str, matches: &dyn Fn(&str) -> bool| {
            known.clone().any(|action| {
                let lower = LowerAction::new(action);
                lower.as_action().service == service && matches(lower.as_action().name)
            })
        };
        let exact = self.exact.iter().find(|(service, name)| !exists(service, &|known| known == &**name));
        let wild = || {
            self.patterns.iter().find(|(service, pattern)| !exists(service, &|known| pattern.matches(known)))
        };
        exact
            .map(|(service, name)| format!("{service}:{name}"))
            .or_else(|| wild().map(|(service, pattern)| format!("{service}:{pattern}")))
    }
}

fn compare(entry: &(Box<str>, Box<str>), service: &str, name: &str) -> Ordering {
    (*entry.0).cmp(service).then_with(|| (*entry.1).cmp(name))
}

fn split(text: &str) -> Result<(Box<str>, &str), String> {
    let refuse = |why: &str| Err(format!("\"{text}\" {why}"));
    let Some((service, name)) = text.split_once(':') else {
        return refuse("is not an action: write \"*\" or \"service:Name\", as in \"kms:Encrypt\"");
    };
    if service.is_empty() || !service.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return refuse("must name its service without wildcards, as in \"kms:Encrypt\"");
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"*?-_.".contains(&b);
    if name.is_empty() || !name.bytes().all(allowed) {
        return refuse(
            "has an action name with other characters than letters, digits, - _ . and the wildcards * ?",
        );
    }
    Ok((service.to_ascii_lowercase().into(), name))
}
