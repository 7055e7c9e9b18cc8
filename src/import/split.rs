//! Delimited text to records with physical lines.
//!
//! A quoted field may span several lines. A quote that never closes costs its own line, not the rest of the file.

use super::Skipped;
use super::numbers::{self, Cell, Quantity};
use csv::{ReaderBuilder, StringRecord};
use std::collections::HashMap;

/// One record.
pub(super) struct Record {
    /// Physical line, 1-based.
    pub(super) line: u64,
    /// Its fields.
    pub(super) cells: StringRecord,
}

/// A reader of the text between records.
pub(super) fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
}

/// Every record with its physical line.
pub(super) struct Records {
    pub(super) rows: Vec<Record>,
    /// Lines with a quote that never closes.
    pub(super) unclosed: Vec<Skipped>,
    /// The last line ends without a newline.
    pub(super) cut: bool,
}

impl Records {
    /// Cuts the text from a byte on.
    pub(super) fn split(text: &str, start: usize, delimiter: u8) -> Self {
        let lines = LineIndex::of(text);
        let mut rows = Vec::new();
        let mut unclosed = Vec::new();
        let mut base = start;
        // A quote that is never closed would swallow the rest of the file: that line is reported and the reading goes
        // on below it. Sixteen of them are another kind of file.
        for _ in 0..16 {
            let mut last_start = base;
            for record in reader(&text[base..], delimiter).into_records().filter_map(Result::ok) {
                let mut position = base + record.position().map_or(0, |p| p.byte() as usize);
                while matches!(text.as_bytes().get(position), Some(b'\n' | b'\r')) {
                    position += 1;
                }
                last_start = position;
                rows.push(Record {
                    line: lines.line(position),
                    cells: record,
                });
            }
            let tail = &text[last_start..];
            let Some(newline) = tail.trim_end().find('\n') else {
                break;
            };
            if tail.matches('"').count().is_multiple_of(2) {
                break;
            }
            rows.pop();
            unclosed.push(Skipped {
                line: lines.line(last_start),
                column: String::new(),
                value: tail[..newline].trim_end().chars().take(80).collect(),
                reason: "a quote opens here and never closes".to_owned(),
            });
            base = last_start + newline + 1;
        }
        Self {
            rows,
            unclosed,
            cut: !text.ends_with(['\n', '\r']),
        }
    }
}

/// Where physical lines start, for files with LF, CRLF or CR alone.
struct LineIndex(Vec<usize>);

impl LineIndex {
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(index, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(index + 1) != Some(&b'\n'),
            _ => false,
        });
        Self(std::iter::once(0).chain(ends.map(|(index, _)| index + 1)).collect())
    }

    fn line(&self, byte: usize) -> u64 {
        self.0.partition_point(|start| *start <= byte) as u64
    }
}

/// How many fields most records have.
pub(super) fn most_common_length<'a>(records: impl Iterator<Item = &'a StringRecord>) -> usize {
    let mut counts: HashMap<usize, usize> = HashMap::new();
    for record in records.filter(|record| !is_blank(record)) {
        *counts.entry(record.len()).or_default() += 1;
    }
    // Among equals the wider: notes are narrower than tables.
    counts
        .into_iter()
        .max_by_key(|(length, count)| (*count, *length))
        .map_or(0, |(length, _)| length)
}

/// Nothing in it, or only a rule such as `---|---`.
pub(super) fn is_blank(record: &StringRecord) -> bool {
    let empty = record.iter().all(|field| field.trim().is_empty());
    empty
        || record
            .iter()
            .all(|field| field.trim().trim_matches([':', '-', '=']).is_empty() && field.len() > 2 || field.is_empty())
}

/// Fields up to the last that is not empty.
pub(super) fn filled_width(record: &StringRecord) -> usize {
    let mut width = 0;
    for (index, field) in record.iter().enumerate() {
        if !field.trim().is_empty() {
            width = index + 1;
        }
    }
    width
}

/// A remark behind `#`, `//` or `%`.
pub(super) fn is_comment(record: &StringRecord) -> bool {
    let first = record.get(0).unwrap_or("").trim_start();
    first.starts_with('#') || first.starts_with("//") || first.starts_with('%')
}

/// Cells that hold something.
pub(super) fn count_filled(record: &StringRecord) -> usize {
    record.iter().filter(|cell| !cell.trim().is_empty()).count()
}

/// Cells that are numbers with one decimal mark or the other, or NaN.
pub(super) fn count_numbers(record: &StringRecord) -> usize {
    let is_number = |cell: &str| {
        ['.', ','].into_iter().any(|decimal| {
            matches!(
                numbers::read(cell, decimal, Quantity::Plain),
                Cell::Number(_) | Cell::WithUnit(_) | Cell::NotFinite
            )
        })
    };
    record.iter().filter(|cell| is_number(cell)).count()
}
