//! JSON: an array of records, one a run or a checkpoint.
//!
//! Records are cut apart before they are parsed, so that each has its line and a broken one costs only itself. Bare `NaN`
//! and `Infinity`, as Python writes them, are tolerated. Nested objects are flattened with a dot between the names.

use super::text;
use crate::data::Role;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::roles::role_of;
use crate::import::{ImportError, ImportOptions, Shape, Skipped};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// `[{…}, {…}]`.
pub(in crate::import::shapes) struct JsonRecords;

impl Layout for JsonRecords {
    fn shape(&self) -> Shape {
        Shape::JsonRecords
    }

    fn recognises(&self, source: &Source) -> Option<&'static str> {
        let array = source.text.trim_start().starts_with('[');
        array.then_some("a JSON array")
    }

    fn read(&self, source: Source, _options: &ImportOptions) -> Result<Grid, ImportError> {
        read_history(&source)
    }
}

/// Reads a file of records, and whether they are the history of runs.
pub(in crate::import::shapes) fn read_history(source: &Source) -> Result<Grid, ImportError> {
    let mut grid = read_records(&source.text, 1)?;
    note_history(&mut grid, source.stem());
    Ok(grid)
}

/// Reads records in an array or one after the other; the text begins on a line.
pub(in crate::import::shapes) fn read_records(text: &str, line: u64) -> Result<Grid, ImportError> {
    let mut grid = Grid::default();
    let mut columns: HashMap<String, usize> = HashMap::new();
    let mut first_problem = None;
    for piece in Pieces::of(text, line) {
        grid.seen += 1;
        let parsed = if piece.closed {
            parse(piece.text)
        } else {
            Err("the file ends inside this record".to_owned())
        };
        match parsed {
            Ok(record) => {
                let mut cells = vec![String::new(); grid.headers.len()];
                flatten("", record, &mut |name, value| {
                    let column = *columns.entry(name).or_insert_with_key(|name| {
                        grid.headers.push(name.clone());
                        grid.headers.len() - 1
                    });
                    cells.resize(cells.len().max(column + 1), String::new());
                    cells[column] = value;
                });
                grid.push(piece.line, cells.iter().map(String::as_str));
            }
            Err(reason) => {
                first_problem.get_or_insert((piece.line, reason.clone()));
                grid.skipped.push(Skipped {
                    line: piece.line,
                    column: String::new(),
                    value: piece.text.chars().take(80).collect(),
                    reason,
                });
            }
        }
    }
    match first_problem {
        Some((line, message)) if grid.len() == 0 => Err(ImportError::Syntax { line, message }),
        None if grid.len() == 0 => Err(ImportError::NoRuns {
            message: "no records: expected a JSON array of objects such as [{\"params\": 1e9, \"loss\": 2.5}]"
                .to_owned(),
            line: Some(1),
        }),
        _ => Ok(grid),
    }
}

/// One value at the level of the records.
pub(in crate::import::shapes) struct Piece<'a> {
    pub(in crate::import::shapes) line: u64,
    pub(in crate::import::shapes) text: &'a str,
    pub(in crate::import::shapes) closed: bool,
}

/// Values one after the other, with commas and brackets between them passed over.
pub(in crate::import::shapes) struct Pieces<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl<'a> Pieces<'a> {
    pub(in crate::import::shapes) fn of(text: &'a str, line: u64) -> Self {
        Self { text, at: 0, line }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at)
            && (byte.is_ascii_whitespace() || matches!(byte, b',' | b'[' | b']'))
        {
            self.line += u64::from(*byte == b'\n');
            self.at += 1;
        }
        let (start, line) = (self.at, self.line);
        let braces = *bytes.get(start)? == b'{';
        let (mut depth, mut quoted, mut escaped, mut closed) = (0usize, false, false, false);
        while let Some(&byte) = bytes.get(self.at) {
            if !braces && !quoted && matches!(byte, b',' | b']' | b'\n' | b'{') {
                closed = true;
                break;
            }
            self.at += 1;
            self.line += u64::from(byte == b'\n');
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'{' if !quoted => depth += 1,
                b'}' if !quoted => depth = depth.saturating_sub(1),
                _ => {}
            }
            if braces && depth == 0 {
                closed = true;
                break;
            }
        }
        Some(Piece {
            line,
            text: &self.text[start..self.at],
            closed: closed || !braces,
        })
    }
}

fn parse(text: &str) -> Result<Map<String, Value>, String> {
    if !text.starts_with('{') {
        return Err("not a record; expected an object in braces".to_owned());
    }
    text::parse(text)
}

/// Records with a step are those of training as it went on, where runs have several, or where all are plainly one run's.
fn note_history(grid: &mut Grid, stem: &str) {
    let roles: Vec<_> = grid.headers.iter().map(|name| role_of(name)).collect();
    let column = |wanted: Role| roles.iter().position(|role| *role == Some(wanted));
    if column(Role::Step).is_none() {
        return;
    }
    if let Some(run) = column(Role::Run) {
        let mut seen = HashSet::new();
        grid.history = (0..grid.len()).any(|row| !seen.insert(grid.cell(row, run).to_owned()));
        return;
    }
    let sizes = [Role::Params, Role::ParamsNonEmbedding, Role::Group].map(column);
    let varies = |column: usize| {
        let mut values = (0..grid.len())
            .map(|row| grid.cell(row, column))
            .filter(|cell| !cell.is_empty());
        let first = values.next();
        values.any(|value| Some(value) != first)
    };
    if grid.len() > 1 && !sizes.into_iter().flatten().any(varies) {
        grid.history = true;
        grid.run = Some(stem.to_owned());
    }
}

/// Names and texts of a record, nested names joined with a dot.
pub(in crate::import::shapes) fn flatten(
    prefix: &str,
    record: Map<String, Value>,
    put: &mut impl FnMut(String, String),
) {
    for (key, value) in record {
        let name = match prefix {
            "" => key,
            prefix if prefix.ends_with('/') => format!("{prefix}{key}"),
            prefix => format!("{prefix}.{key}"),
        };
        match value {
            Value::Object(inner) => flatten(&name, inner, put),
            Value::Null => put(name, String::new()),
            Value::String(text) => put(name, text),
            other => put(name, other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_have_lines_and_unite_their_columns() {
        let grid = read_records(
            "[\n {\"N\": 1e9,\n  \"loss\": NaN},\n {\"loss\": 2.5, \"a\": {\"b\": \"x,}\"}}\n]",
            1,
        )
        .unwrap();
        assert_eq!(grid.headers, ["N", "loss", "a.b"]);
        assert_eq!((grid.line(0), grid.line(1)), (2, 4));
        assert_eq!((grid.cell(0, 1), grid.cell(1, 0)), ("nan", ""));
        assert_eq!(grid.cell(1, 2), "x,}");
        assert_eq!(grid.seen, 2);
    }

    #[test]
    fn a_broken_record_costs_only_itself() {
        let grid = read_records("[{\"loss\": 2}, {\"loss\": oops}, 7, {\"loss\": 3}, {\"loss\": 4", 1).unwrap();
        assert_eq!((grid.len(), grid.skipped.len(), grid.seen), (2, 3, 5));
        assert_eq!(grid.skipped[2].reason, "the file ends inside this record");
    }

    #[test]
    fn what_is_no_list_of_records_is_refused() {
        assert!(matches!(read_records("[]", 1), Err(ImportError::NoRuns { .. })));
        let error = read_records("[1, 2, 3]", 1).unwrap_err().to_string();
        assert_eq!(error, "line 1: not a record; expected an object in braces");
    }

    #[test]
    fn steps_make_a_history() {
        let grid = |text| read_history(&Source::of_text("logs/run-a.jsonl", text)).unwrap();
        let one = grid("{\"_step\": 0, \"loss\": 3}\n{\"_step\": 1, \"val_loss\": 2}\n");
        assert_eq!((one.run.as_deref(), one.history), (Some("run-a"), true));
        let shared = grid("{\"run\": \"a\", \"step\": 0, \"loss\": 3}\n{\"run\": \"a\", \"step\": 1, \"loss\": 2}\n");
        assert_eq!((shared.run.as_deref(), shared.history), (None, true));
        let table = grid("{\"N\": 1, \"step\": 9, \"loss\": 3}\n{\"N\": 2, \"step\": 9, \"loss\": 2}\n");
        assert_eq!((table.run.as_deref(), table.history), (None, false));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[\\[{\",:a1}\\]\\\\é \n]{0,60}") {
            read_records(&text, 1).ok();
        }
    }
}
