//! What leaves the program: data on stdout, words on stderr, an exit code.
//!
//! An answer is put together first and written once, so that a failure never leaves half of one behind. A reader that
//! has gone away (`isoloss … | head`) is no failure of ours and is passed over in silence.
#![allow(clippy::print_stderr, reason = "the command line is the one room that speaks")]

use crate::import::io_reason;
use serde::Serialize;
use serde_json::json;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

/// Exit codes of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// The question was understood and refused.
    Refused = 1,
    /// The command line itself is wrong.
    Usage = 2,
    /// Input that cannot be read, or without one usable row.
    Unreadable = 3,
}

/// Why a command gives no answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Failure {
    exit: Exit,
    /// Stable name.
    code: &'static str,
    /// For people.
    text: String,
    file: Option<String>,
    line: Option<u64>,
}

impl Failure {
    /// Understood, and refused.
    pub(super) fn refused(code: &'static str, text: impl Into<String>) -> Self {
        Self {
            exit: Exit::Refused,
            code,
            text: text.into(),
            file: None,
            line: None,
        }
    }

    /// A flag that does not fit the others or the data.
    pub(super) fn usage(text: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            code: "usage",
            text: text.into(),
            file: None,
            line: None,
        }
    }

    /// A file that cannot be used.
    pub(super) fn unreadable(code: &'static str, text: impl Into<String>, file: &str, line: Option<u64>) -> Self {
        Self {
            exit: Exit::Unreadable,
            code,
            text: text.into(),
            file: Some(file.to_owned()),
            line,
        }
    }

    /// A file that cannot be written.
    pub(super) fn unwritable(path: &Path, error: &io::Error) -> Self {
        let file = Some(path.display().to_string());
        Self {
            exit: Exit::Refused,
            code: "unwritable",
            text: format!("cannot be written: {}", io_reason(error)),
            file,
            line: None,
        }
    }

    /// The sentence.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The sentence behind its place.
    pub(super) fn line(&self) -> String {
        let text = &self.text;
        match (&self.file, self.line) {
            (Some(file), Some(line)) => format!("{file}:{line}: {text}"),
            (Some(file), None) => format!("{file}: {text}"),
            _ => text.clone(),
        }
    }

    /// Says it on stderr, and on stdout too where a script listens for it.
    pub(super) fn report(&self, json: bool) -> ExitCode {
        message("error", &self.line());
        if json && self.exit != Exit::Usage {
            let Self {
                code, text, file, line, ..
            } = self;
            // The exit code already says that something went wrong.
            print_json(&json!({ "error": { "code": code, "text": text, "file": file, "line": line } })).ok();
        }
        ExitCode::from(self.exit as u8)
    }
}

/// A line on stderr.
pub(super) fn message(kind: &str, text: &str) {
    // A closed stderr leaves nobody to tell.
    writeln!(io::stderr().lock(), "{kind}: {text}").ok();
}

/// Writes data to stdout.
///
/// # Errors
/// When stdout cannot take it, unless its reader has gone away.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::unwritable(Path::new("stdout"), &error))
        }
        _ => Ok(()),
    }
}

/// Writes one JSON object on a line of its own; numbers in the fewest digits that read back the same.
///
/// # Errors
/// As [`print`].
pub(super) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    print(&to_json(value)?)
}

/// One JSON object with its line end.
///
/// # Errors
/// When it has no JSON form.
pub(super) fn to_json(value: &impl Serialize) -> Result<String, Failure> {
    match serde_json::to_string(value) {
        Ok(text) => Ok(text + "\n"),
        Err(error) => Err(Failure::refused("internal", error.to_string())),
    }
}

/// Rows of cells under each other, two spaces between columns and two before the first.
pub(super) fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("  {cell:width$}"));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// `1 run`, `3 runs`.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// A share in per cent, without the digits that say nothing: `95`, `99.9`.
pub(super) fn percent(share: f64) -> String {
    let text = crate::units::format_significant(100.0 * share, 4);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}
