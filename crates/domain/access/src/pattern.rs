//! Wildcard patterns, compiled.

use std::fmt;

/// A pattern: `*` matches any text, also none; `?` matches exactly one character. Case-sensitive.
///
/// Matching takes time linear in the text, except that a run between two `*` which contains `?` may be compared at every
/// position of the text, which the compiler bounds. It never backtracks over a `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// Everything: `*`.
    Any,
    /// Exactly this text.
    Exact(Box<str>),
    /// Without `*`, with `?`.
    Shape(Piece),
    /// With `*`.
    Glob(Box<Glob>),
}

/// What is between the stars of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Without `?`.
    Text(Box<str>),
    /// With `?`, which is `None`.
    Mask(Box<[Option<char>]>),
}

/// `head*middle*…*tail`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    head: Piece,
    middle: Box<[Piece]>,
    tail: Piece,
}

impl Pattern {
    /// Of a text in which `*` and `?` are wildcards.
    pub(crate) fn parse(text: &str) -> Self {
        let mut builder = PatternBuilder::default();
        text.chars().for_each(|c| match c {
            '*' => builder.star(),
            '?' => builder.one(),
            _ => builder.char(c),
        });
        builder.finish()
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => **exact == *text,
            Self::Shape(piece) => piece.strip_prefix(text) == Some(""),
            Self::Glob(glob) => glob.matches(text),
        }
    }
}

impl Glob {
    fn matches(&self, text: &str) -> bool {
        let Some(rest) = self.head.strip_prefix(text) else { return false };
        let Some(mut rest) = self.tail.strip_suffix(rest) else { return false };
        for piece in &self.middle {
            // The leftmost place leaves the most for the pieces that follow.
            let Some(after) = piece.skip_to_after(rest) else { return false };
            rest = after;
        }
        true
    }
}

impl Piece {
    fn strip_prefix<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Text(piece) => text.strip_prefix(&**piece),
            Self::Mask(mask) => {
                let mut chars = text.chars();
                let fits = mask.iter().all(|want| match (want, chars.next()) {
                    (Some(want), Some(c)) => *want == c,
                    (None, Some(_)) => true,
                    (_, None) => false,
                });
                fits.then_some(chars.as_str())
            }
        }
    }

    fn strip_suffix<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Text(piece) => text.strip_suffix(&**piece),
            Self::Mask(mask) => {
                let mut chars = text.chars();
                let fits = mask.iter().rev().all(|want| match (want, chars.next_back()) {
                    (Some(want), Some(c)) => *want == c,
                    (None, Some(_)) => true,
                    (_, None) => false,
                });
                fits.then_some(chars.as_str())
            }
        }
    }

    fn skip_to_after<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Text(piece) => text.split_once(&**piece).map(|(_, after)| after),
            Self::Mask(_) => text.char_indices().find_map(|(at, _)| self.strip_prefix(text.get(at..)?)),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Exact(text) => f.write_str(text),
            Self::Shape(piece) => piece.fmt(f),
            Self::Glob(glob) => {
                write!(f, "{}*", glob.head)?;
                glob.middle.iter().try_for_each(|piece| write!(f, "{piece}*"))?;
                glob.tail.fmt(f)
            }
        }
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Mask(mask) => mask.iter().try_for_each(|c| write!(f, "{}", c.unwrap_or('?'))),
        }
    }
}

/// Builds a pattern from wildcards and literal text that have already been told apart.
#[derive(Default)]
pub(crate) struct PatternBuilder {
    pieces: Vec<Piece>,
    current: Vec<Option<char>>,
    ended_by_star: bool,
}

impl PatternBuilder {
    pub(crate) fn char(&mut self, c: char) {
        self.current.push(Some(c));
        self.ended_by_star = false;
    }

    pub(crate) fn literal(&mut self, text: &str) {
        text.chars().for_each(|c| self.char(c));
    }

    pub(crate) fn one(&mut self) {
        self.current.push(None);
        self.ended_by_star = false;
    }

    pub(crate) fn star(&mut self) {
        if !self.ended_by_star {
            let piece = self.take();
            self.pieces.push(piece);
            self.ended_by_star = true;
        }
    }

    pub(crate) fn finish(mut self) -> Pattern {
        let tail = self.take();
        let mut pieces = self.pieces.into_iter();
        match (pieces.next(), tail) {
            (None, Piece::Text(text)) => Pattern::Exact(text),
            (None, mask) => Pattern::Shape(mask),
            (Some(head), tail) => {
                let middle: Box<[Piece]> = pieces.collect();
                if head.is_empty() && middle.is_empty() && tail.is_empty() {
                    return Pattern::Any;
                }
                Pattern::Glob(Box::new(Glob { head, middle, tail }))
            }
        }
    }

    fn take(&mut self) -> Piece {
        let current = std::mem::take(&mut self.current);
        match current.iter().copied().collect::<Option<String>>() {
            Some(text) => Piece::Text(text.into()),
            None => Piece::Mask(current.into()),
        }
    }
}

#[cfg(test)]
mod tests;
