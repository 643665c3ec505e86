//! JSON as Go's `encoding/json` reads and writes it.
//!
//! The reader stops behind the first value, keeps strings as they are in the text (so that a secret is copied only where
//! it is wanted), and complains in Go's words. Only the members of the outermost object are kept: no request nests.

use std::fmt;

use zeroize::Zeroizing;

/// As deep as Go follows brackets.
const MAX_DEPTH: usize = 10_000;

/// The first value of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Null,
    Bool,
    Number,
    /// What is between the quotes, with its escapes.
    String(&'a [u8]),
    Array,
    /// Members in their order; of an object within another value, none.
    Object(Vec<(&'a [u8], Value<'a>)>),
}

impl Value<'_> {
    /// What Go calls such a value.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Number => "number",
            Self::String(_) => "string",
            Self::Array => "array",
            Self::Object(_) => "object",
        }
    }
}

/// Why a text does not begin with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// There is nothing in it.
    Empty,
    /// It ends within the value.
    Unfinished,
    /// A character that cannot be there, and where that is.
    Invalid(String),
    /// Too many brackets.
    Depth,
}

impl fmt::Display for Syntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "EOF",
            Self::Unfinished => "unexpected EOF",
            Self::Invalid(message) => message,
            Self::Depth => "exceeded max depth",
        })
    }
}

/// Reads the first value of `text`; what follows is ignored.
///
/// # Errors
/// [`Syntax`].
pub(crate) fn decode(text: &[u8]) -> Result<Value<'_>, Syntax> {
    let mut scanner = Scanner { text, at: 0 };
    let first = scanner.token().map_err(|_| Syntax::Empty)?;
    match first {
        b'{' | b'[' => scanner.nested(first),
        _ => scanner.scalar(first),
    }
}

/// Whether Go takes `name` for the field `field`: equal but for the case of letters, and the two letters of Unicode whose
/// lower case is ASCII.
pub(crate) fn equal_fold(field: &str, name: &str) -> bool {
    let fold = |letter: char| match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        letter => letter.to_ascii_lowercase(),
    };
    field.chars().map(fold).eq(name.chars().map(fold))
}

/// The text of a string: escapes resolved, and a replacement character for every byte and surrogate that is no character.
pub(crate) fn unquote(raw: &[u8]) -> Zeroizing<String> {
    // With room for the worst case, so that nothing is left behind by a string that moves.
    let mut out = Zeroizing::new(String::with_capacity(raw.len() * 3));
    let mut rest = raw;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let (plain, escape) = rest.split_at(at);
        push_lossy(plain, &mut out);
        rest = push_escape(escape, &mut out);
    }
    push_lossy(rest, &mut out);
    out
}

/// Appends `text` as a string.
pub(crate) fn quote(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    /// The next byte.
    fn next(&mut self) -> Result<u8, Syntax> {
        let byte = self.text.get(self.at).copied().ok_or(Syntax::Unfinished)?;
        self.at += 1;
        Ok(byte)
    }

    /// The next byte that is no white space.
    fn token(&mut self) -> Result<u8, Syntax> {
        loop {
            match self.next()? {
                b' ' | b'\t' | b'\r' | b'\n' => {}
                byte => return Ok(byte),
            }
        }
    }

    /// An object or array whose opening bracket has been read. Not recursive: a text may be nothing but brackets.
    fn nested(&mut self, open: u8) -> Result<Value<'a>, Syntax> {
        let mut members = Vec::new();
        let mut stack = vec![open];
        let mut fresh = true;
        while let Some(&top) = stack.last() {
            let mut byte = self.token()?;
            if byte == closing(top) {
                stack.pop();
                fresh = false;
                continue;
            }
            if !fresh {
                byte = self.separator(top, byte)?;
            }
            let mut name = None;
            if top == b'{' {
                name = Some(self.name(byte)?);
                byte = self.token()?;
            }
            let depth = stack.len();
            let value = match byte {
                b'{' => Value::Object(Vec::new()),
                b'[' => Value::Array,
                byte => self.scalar(byte)?,
            };
            fresh = matches!(byte, b'{' | b'[');
            if fresh {
                stack.push(byte);
            }
            if stack.len() > MAX_DEPTH {
                return Err(Syntax::Depth);
            }
            if let (1, Some(name)) = (depth, name) {
                members.push((name, value));
            }
        }
        Ok(if open == b'{' { Value::Object(members) } else { Value::Array })
    }

    /// What follows a comma; `byte` should be it.
    fn separator(&mut self, top: u8, byte: u8) -> Result<u8, Syntax> {
        match (byte, top) {
            (b',', _) => self.token(),
            (byte, b'{') => Err(invalid(byte, "after object key:value pair")),
            (byte, _) => Err(invalid(byte, "after array element")),
        }
    }

    /// The name of a member and the colon behind it.
    fn name(&mut self, first: u8) -> Result<&'a [u8], Syntax> {
        if first != b'"' {
            return Err(invalid(first, "looking for beginning of object key string"));
        }
        let name = self.string()?;
        match self.token()? {
            b':' => Ok(name),
            byte => Err(invalid(byte, "after object key")),
        }
    }

    fn scalar(&mut self, first: u8) -> Result<Value<'a>, Syntax> {
        match first {
            b'"' => self.string().map(Value::String),
            b'-' | b'0'..=b'9' => self.number(first),
            b't' => self.literal("true", Value::Bool),
            b'f' => self.literal("false", Value::Bool),
            b'n' => self.literal("null", Value::Null),
            byte => Err(invalid(byte, "looking for beginning of value")),
        }
    }

    fn literal(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, Syntax> {
        for expected in word.bytes().skip(1) {
            let byte = self.next()?;
            if byte != expected {
                let expected = char::from(expected);
                return Err(invalid(byte, &format!("in literal {word} (expecting '{expected}')")));
            }
        }
        Ok(value)
    }

    /// A string whose opening quote has been read.
    fn string(&mut self) -> Result<&'a [u8], Syntax> {
        let start = self.at;
        loop {
            match self.next()? {
                b'"' => return Ok(self.text.get(start..self.at - 1).unwrap_or_default()),
                b'\\' => self.escape()?,
                byte @ ..0x20 => return Err(invalid(byte, "in string literal")),
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Result<(), Syntax> {
        match self.next()? {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => Ok(()),
            b'u' => {
                for _ in 0..4 {
                    let byte = self.next()?;
                    if !byte.is_ascii_hexdigit() {
                        return Err(invalid(byte, "in \\u hexadecimal character escape"));
                    }
                }
                Ok(())
            }
            byte => Err(invalid(byte, "in string escape code")),
        }
    }

    fn number(&mut self, first: u8) -> Result<Value<'a>, Syntax> {
        let first = match first {
            b'-' => self.digit("in numeric literal")?,
            digit => digit,
        };
        if first != b'0' {
            self.digits();
        }
        if self.skip(b".") {
            self.digit("after decimal point in numeric literal")?;
            self.digits();
        }
        if self.skip(b"eE") {
            self.skip(b"+-");
            self.digit("in exponent of numeric literal")?;
            self.digits();
        }
        Ok(Value::Number)
    }

    fn digit(&mut self, place: &str) -> Result<u8, Syntax> {
        match self.next()? {
            digit @ b'0'..=b'9' => Ok(digit),
            byte => Err(invalid(byte, place)),
        }
    }

    fn digits(&mut self) {
        while self.skip(b"0123456789") {}
    }

    /// Goes past the next byte if it is one of `any`.
    fn skip(&mut self, any: &[u8]) -> bool {
        let there = self.text.get(self.at).is_some_and(|byte| any.contains(byte));
        self.at += usize::from(there);
        there
    }
}

const fn closing(open: u8) -> u8 {
    if open == b'{' { b'}' } else { b']' }
}

fn invalid(byte: u8, place: &str) -> Syntax {
    Syntax::Invalid(format!("invalid character {} {place}", quote_byte(byte)))
}

/// Go takes a byte for a character of Latin-1 here, and escapes what it does not print.
fn quote_byte(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".to_owned(),
        b'\\' => r"'\\'".to_owned(),
        0x07 => r"'\a'".to_owned(),
        0x08 => r"'\b'".to_owned(),
        0x0c => r"'\f'".to_owned(),
        b'\n' => r"'\n'".to_owned(),
        b'\r' => r"'\r'".to_owned(),
        b'\t' => r"'\t'".to_owned(),
        0x0b => r"'\v'".to_owned(),
        ..0x20 | 0x7f => format!(r"'\x{byte:02x}'"),
        0x80..=0xa0 | 0xad => format!(r"'\u{byte:04x}'"),
        byte => format!("'{}'", char::from(byte)),
    }
}

fn push_lossy(bytes: &[u8], out: &mut String) {
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
}

/// Resolves the escape at the beginning of `text` and returns what follows it.
fn push_escape<'a>(text: &'a [u8], out: &mut String) -> &'a [u8] {
    let (letter, len) = match text.get(1) {
        Some(b'b') => ('\u{8}', 2),
        Some(b'f') => ('\u{c}', 2),
        Some(b'n') => ('\n', 2),
        Some(b'r') => ('\r', 2),
        Some(b't') => ('\t', 2),
        Some(b'u') => unicode_escape(text),
        Some(other) => (char::from(*other), 2),
        None => (char::REPLACEMENT_CHARACTER, 1),
    };
    out.push(letter);
    text.get(len..).unwrap_or_default()
}

fn unicode_escape(text: &[u8]) -> (char, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let Some(first) = unit(0) else { return (char::REPLACEMENT_CHARACTER, text.len().min(6)) };
    if let Some(letter) = char::from_u32(first.into()) {
        return (letter, 6);
    }
    match unit(6).and_then(|second| char::decode_utf16([first, second]).next()?.ok()) {
        Some(letter) => (letter, 12),
        None => (char::REPLACEMENT_CHARACTER, 6),
    }
}

#[cfg(test)]
mod tests;
