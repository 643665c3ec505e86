//! How answers are shown: tables for people, JSON for programs.

use serde::Serialize;

use super::data;
use crate::failure::{Failure, Result};

/// How an answer is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Table,
    Json,
}

/// Rows under headings.
pub(super) struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

/// Names and values, one in a line.
#[derive(Default)]
pub(super) struct Facts(Vec<(String, String)>);

impl Format {
    /// The answer as it came, or as `people` want to see it.
    pub(super) fn show<T: Serialize>(self, answer: &T, people: impl FnOnce(&T) -> String) -> Result<()> {
        let text = match self {
            Self::Json => json(answer)?,
            Self::Table => people(answer),
        };
        data::write_standard(text.as_bytes())
    }

    /// That something was done which has no answer.
    pub(super) fn done(self, what: &str) -> Result<()> {
        match self {
            Self::Json => data::write_standard(b"{}\n"),
            Self::Table => data::write_standard(format!("{}\n", printable(what)).as_bytes()),
        }
    }
}

/// JSON, with the end of the line.
pub(super) fn json<T: Serialize>(answer: &T) -> Result<String> {
    let text = serde_json::to_string_pretty(answer).map_err(Failure::at("the answer can't be shown"))?;
    Ok(text + "\n")
}

impl Table {
    pub(super) fn new<const N: usize>(headings: [&'static str; N]) -> Self {
        Self { headings: headings.to_vec(), rows: Vec::new() }
    }

    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.iter().map(|cell| printable(cell)).collect());
    }

    /// Columns as wide as their widest cell; `empty` if there are no rows.
    pub(super) fn render(&self, empty: &str) -> String {
        if self.rows.is_empty() {
            return format!("{empty}\n");
        }
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
            let heading = self.headings.get(column).map_or(0, |heading| heading.len());
            cells.chain([heading]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.headings.len()).map(width).collect();
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let padded: Vec<String> =
                cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width)).collect();
            format!("{}\n", padded.join("  ").trim_end())
        };
        let mut text = line(&mut self.headings.iter().copied());
        for row in &self.rows {
            text.push_str(&line(&mut row.iter().map(String::as_str)));
        }
        text
    }
}

impl Facts {
    pub(super) fn add(&mut self, name: &str, value: impl ToString) {
        self.0.push((name.to_owned(), printable(&value.to_string())));
    }

    pub(super) fn add_some(&mut self, name: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    pub(super) fn render(&self) -> String {
        let width = self.0.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        self.0.iter().map(|(name, value)| format!("{name:<width$}  {value}\n")).collect()
    }
}

/// Without control characters: a description must not be able to speak to the terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A date and time without its fraction.
pub(super) fn short_time(time: &str) -> String {
    match (time.split_once('.'), time.ends_with('Z')) {
        (Some((seconds, _)), true) => format!("{seconds}Z"),
        _ => time.to_owned(),
    }
}

#[cfg(test)]
mod tests;
