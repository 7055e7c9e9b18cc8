//! The opening of delimited text: its header and the rows below it, to recognise a layout by.
//!
//! Trackers write their header into the first line, so this looks for no preamble; reading itself is left to
//! [`super::delimited`], which does.

use super::delimited::{separator_line, sniff};
use crate::import::grid::Source;
use crate::import::split::reader;
use csv::StringRecord;

/// How much text decides the delimiter here.
const SAMPLE: usize = 1 << 12;

/// A header and what is below.
pub(in crate::import::shapes) struct Opening<'a> {
    /// The header's cells as they stand in the file, without spaces around them: some may be empty or alike.
    pub(in crate::import::shapes) headers: Vec<String>,
    /// The header's line and everything below.
    text: &'a str,
    delimiter: u8,
}

impl<'a> Opening<'a> {
    /// Of the start of a file.
    pub(in crate::import::shapes) fn of(source: &'a Source) -> Option<Self> {
        Self::of_text(source.head())
    }

    /// Of a text; `None` where there is none.
    pub(in crate::import::shapes) fn of_text(text: &'a str) -> Option<Self> {
        let (declared, mut start) = separator_line(text);
        loop {
            let line = text[start..].lines().next()?;
            let told = line.trim_start();
            if !(told.is_empty() || told.starts_with('#') || told.starts_with("//")) {
                break;
            }
            start += line.len();
            start += text[start..].chars().take_while(|c| matches!(c, '\r' | '\n')).count();
        }
        let text = &text[start..];
        let mut end = text.len().min(SAMPLE);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let delimiter = declared.unwrap_or_else(|| sniff(&text[..end]));
        let header = reader(text, delimiter).into_records().next()?.ok()?;
        Some(Self {
            headers: header.iter().map(|name| name.trim().to_owned()).collect(),
            text,
            delimiter,
        })
    }

    /// The place of a column, by its exact name.
    pub(in crate::import::shapes) fn position(&self, name: &str) -> Option<usize> {
        self.headers.iter().position(|header| header == name)
    }

    /// Whether there is a column of this name.
    pub(in crate::import::shapes) fn has(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    /// The rows below the header that are not blank.
    pub(in crate::import::shapes) fn rows(&self) -> impl Iterator<Item = StringRecord> + 'a {
        reader(self.text, self.delimiter)
            .into_records()
            .skip(1)
            .filter_map(Result::ok)
            .filter(|row| row.iter().any(|cell| !cell.trim().is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_and_rows() {
        let opening = Opening::of_text("sep=;\r\n# a remark\r\n\r\n a ;\"b;c\";\r\n1;2;3\n\n4;5;6\n").unwrap();
        assert_eq!(opening.headers, ["a", "b;c", ""]);
        assert_eq!((opening.position("b;c"), opening.has("x")), (Some(1), false));
        assert_eq!(opening.rows().count(), 2);
        assert!(Opening::of_text("").is_none());
        assert!(Opening::of_text("# only\n\n").is_none());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[#/sep=;,\"a1é \r\n]{0,40}") {
            if let Some(opening) = Opening::of_text(&text) {
                opening.rows().count();
            }
        }
    }
}
