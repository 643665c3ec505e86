//! Path templates of HTTP bindings (`google/api/http.proto`): `/v1/{name=projects/*/locations/*}:encrypt`.

/// A template, ready to be matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    segments: Vec<Segment>,
    variables: Vec<Variable>,
    /// What comes behind the last colon of the last segment.
    verb: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    /// `*`: one segment.
    One,
    /// `**`: all that are left, at least one.
    Rest,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Variable {
    /// A field of the request, or of a message in it: `crypto_key.name`.
    field: String,
    /// Its first segment and the one behind its last.
    from: usize,
    to: usize,
}

/// The variables of a path with their values.
pub(crate) type Bound = Vec<(String, String)>;

impl Template {
    /// From its text; `None` if it is not one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut template = Self { segments: Vec::new(), variables: Vec::new(), verb: None };
        let mut rest = text.strip_prefix('/')?;
        loop {
            rest = match rest.strip_prefix('{') {
                Some(variable) => {
                    let (inside, behind) = variable.split_once('}')?;
                    let (field, pattern) = inside.split_once('=').unwrap_or((inside, "*"));
                    let from = template.segments.len();
                    template.segments.extend(pattern.split('/').map(Segment::parse));
                    let to = template.segments.len();
                    template.variables.push(Variable { field: field.to_owned(), from, to });
                    behind
                }
                None => {
                    let end = rest.find(['/', ':']).unwrap_or(rest.len());
                    let (literal, behind) = rest.split_at_checked(end)?;
                    template.segments.push(Segment::parse(literal));
                    behind
                }
            };
            if let Some(verb) = rest.strip_prefix(':') {
                template.verb = Some(verb.to_owned());
                return Some(template);
            }
            match rest.strip_prefix('/') {
                Some(more) => rest = more,
                None => return rest.is_empty().then_some(template),
            }
        }
    }

    /// The variables of a path, percent-decoded; `None` if it does not fit.
    pub(crate) fn matches(&self, path: &Path<'_>) -> Option<Bound> {
        let found = path.segments.as_slice();
        let fits = |(segment, text): (&Segment, &&str)| match segment {
            Segment::Literal(literal) => literal == text,
            Segment::One | Segment::Rest => !text.is_empty(),
        };
        let is_open = matches!(self.segments.last(), Some(Segment::Rest));
        let is_long_enough = match is_open {
            true => found.len() >= self.segments.len(),
            false => found.len() == self.segments.len(),
        };
        if self.verb.as_deref() != path.verb || !is_long_enough || !self.segments.iter().zip(found).all(fits)
        {
            return None;
        }
        self.variables.iter().map(|variable| variable.bind(found, self.segments.len())).collect()
    }
}

/// The path of a request, taken apart.
pub(crate) struct Path<'a> {
    segments: Vec<&'a str>,
    /// Names of resources have no colons, so that what is behind one is a verb.
    verb: Option<&'a str>,
}

impl<'a> Path<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let text = text.strip_prefix('/').unwrap_or(text);
        let (text, verb) = match text.rsplit_once(':') {
            Some((text, verb)) if !verb.contains('/') => (text, Some(verb)),
            _ => (text, None),
        };
        Self { segments: text.split('/').collect(), verb }
    }
}

impl Segment {
    fn parse(text: &str) -> Self {
        match text {
            "*" => Self::One,
            "**" => Self::Rest,
            literal => Self::Literal(literal.to_owned()),
        }
    }
}

impl Variable {
    fn bind(&self, found: &[&str], segments: usize) -> Option<(String, String)> {
        // What is last takes all that is left.
        let to = if self.to == segments { found.len() } else { self.to };
        let parts: Option<Vec<String>> =
            found.get(self.from..to)?.iter().map(|segment| percent_decoded(segment)).collect();
        Some((self.field.clone(), parts?.join("/")))
    }
}

/// `None` for bad escapes and for what is not UTF-8.
pub(crate) fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
                u8::try_from(high << 4 | low).ok()?
            }
            byte => byte,
        };
        decoded.push(byte);
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests;
