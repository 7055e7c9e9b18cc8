//! Delimited text to records with physical lines.
//!
//! A quoted field may span several lines. A quote that never closes costs its own line, not the rest of the file. Text
//! without any quotation mark is cut faster, in [`super::unquoted`].

use super::Skipped;
use super::cells::{Cells, Text};
use super::unquoted;
use csv::{ReaderBuilder, StringRecord};

/// Every record with its physical line.
pub(super) struct Records {
    pub(super) rows: Cells,
    /// Lines with a quote that never closes.
    pub(super) unclosed: Vec<Skipped>,
    /// The last line ends without a newline.
    pub(super) cut: bool,
}

impl Records {
    /// Cuts the text from a byte on.
    pub(super) fn split(text: &Text, start: usize, delimiter: u8) -> Self {
        match unquoted::split(text, start, delimiter) {
            Some(rows) => Self {
                rows,
                unclosed: Vec::new(),
                cut: is_cut(text),
            },
            None => Self::read(text, start, delimiter),
        }
    }

    /// The same, record by record.
    pub(super) fn read(text: &str, start: usize, delimiter: u8) -> Self {
        let mut lines = LineCounter::of(text);
        let mut rows = Cells::default();
        let mut swallowed = Vec::new();
        let mut unclosed = Vec::new();
        let mut base = start;
        // A quote that is never closed would swallow the rest of the file: that line is reported and the reading goes
        // on below it. Sixteen of them are another kind of file.
        for _ in 0..16 {
            let mut last_start = base;
            let mut reader = ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .delimiter(delimiter)
                .from_reader(&text.as_bytes()[base..]);
            let mut record = StringRecord::new();
            while let Ok(more) = reader.read_record(&mut record)
                && more
            {
                let mut position = base + record.position().map_or(0, |p| p.byte() as usize);
                while matches!(text.as_bytes().get(position), Some(b'\n' | b'\r')) {
                    position += 1;
                }
                last_start = position;
                rows.push(lines.line(position), &record);
            }
            let tail = &text[last_start..];
            let Some(newline) = tail.trim_end().find('\n') else {
                break;
            };
            if tail.matches('"').count().is_multiple_of(2) {
                break;
            }
            swallowed.extend(rows.len().checked_sub(1));
            unclosed.push(Skipped {
                line: lines.line(last_start),
                column: String::new(),
                value: tail[..newline].trim_end().chars().take(80).collect(),
                reason: "a quote opens here and never closes".to_owned(),
            });
            base = last_start + newline + 1;
        }
        swallowed.dedup();
        Self {
            rows: rows.without(&swallowed),
            unclosed,
            cut: is_cut(text),
        }
    }
}

fn is_cut(text: &str) -> bool {
    !text.ends_with(['\n', '\r'])
}

/// Counts physical lines, for files with LF, CRLF or CR alone.
struct LineCounter<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> LineCounter<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            at: 0,
            line: 1,
        }
    }

    /// The line of a byte that is not before the last one asked for.
    fn line(&mut self, byte: usize) -> u64 {
        let ends = (self.at..byte).filter(|&at| match self.bytes[at] {
            b'\n' => true,
            b'\r' => self.bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        self.line += ends.count() as u64;
        self.at = byte;
        self.line
    }
}
