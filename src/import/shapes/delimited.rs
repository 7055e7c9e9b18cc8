//! Delimited text with a header: one row a run or a checkpoint.
//!
//! The delimiter is the one under which most rows have the same number of fields; the header alone would be fooled by
//! `A;B;C` over `1,1;2,2;3,3`. Lines are physical: a quoted field may span several. A `#` starts a comment only where the
//! row does not have the table's number of fields, because colours such as `#faebdd` are data.
//!
//! Limits: no fixed-width tables, one header row, one table a file.

use crate::import::cells::{Cells, Fields, Record, Text};
use crate::import::grid::{Grid, Layout, Source};
use crate::import::numbers::{self, Cell, Quantity};
use crate::import::split::Records;
use crate::import::{ImportError, ImportOptions, Shape, Skipped};
use rayon::prelude::*;
use std::collections::HashMap;

/// Delimiters that are tried, the likelier first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How much text decides the delimiter.
const SAMPLE: usize = 1 << 16;

/// The general layout; recognises anything.
pub(super) struct RunsTable;

impl Layout for RunsTable {
    fn shape(&self) -> Shape {
        Shape::RunsTable
    }

    fn recognises(&self, _source: &Source) -> Option<&'static str> {
        Some("text with a header")
    }

    fn read(&self, source: Source, options: &ImportOptions) -> Result<Grid, ImportError> {
        delimited_grid(&source.text, options)
    }
}

/// Delimited text under the header that it has somewhere near its top.
pub(super) fn delimited_grid(text: impl Into<Text>, options: &ImportOptions) -> Result<Grid, ImportError> {
    let text: Text = text.into();
    let (declared, start) = separator_line(&text);
    let delimiter = match options.delimiter.map(u8::try_from) {
        Some(Ok(byte)) if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => byte,
        Some(_) => {
            return Err(ImportError::Options {
                message: "the delimiter must be one ASCII character, such as `,` `;` `|` or a tab".to_owned(),
            });
        }
        None => declared.unwrap_or_else(|| sniff(&text[start..])),
    };
    let mut records = Records::split(&text, start, delimiter);
    let fields = most_common_length(&records.rows);
    let mut grid = Grid::delimited(char::from(delimiter));
    let first_row = find_header(&records.rows, fields, delimiter, &mut grid)?;
    grid.skipped.append(&mut records.unclosed);
    grid.seen = grid.skipped.len();
    take_rows(records, first_row, &mut grid);
    Ok(grid)
}

/// Comma-separated text with its header in the first line and nothing to guess.
pub(super) fn plain_grid(text: &Text) -> Grid {
    let records = Records::split(text, 0, b',');
    let mut grid = Grid::delimited(',');
    grid.header_line = Some(1);
    if records.rows.len() > 0 {
        grid.set_headers(records.rows.fields(0).iter());
    }
    grid.set_rows(records.rows.without(&[0]));
    grid.skipped = records.unclosed;
    grid.seen = grid.len() + grid.skipped.len();
    grid
}

/// Excel's `sep=;` line: its delimiter, and where the text goes on.
fn separator_line(text: &str) -> (Option<u8>, usize) {
    let end = text.find(['\n', '\r']).unwrap_or(text.len());
    let line = text[..end].trim_matches(['"', ' ']);
    let (Some(key), Some(value)) = (line.get(..4), line.get(4..)) else {
        return (None, 0);
    };
    match value.as_bytes() {
        [delimiter] if key.eq_ignore_ascii_case("sep=") => (Some(*delimiter), end),
        _ if text[..end].eq_ignore_ascii_case("sep=\t") => (Some(b'\t'), end),
        _ => (None, 0),
    }
}

/// The delimiter under which the rows agree best.
pub(super) fn sniff(text: &str) -> u8 {
    let mut end = text.len().min(SAMPLE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let sample = match text[..end].rfind('\n') {
        Some(newline) if end < text.len() => &text[..newline],
        _ => &text[..end],
    };
    let mut best = (0.0, b',');
    for delimiter in DELIMITERS {
        let rows = Records::read(sample, 0, delimiter).rows;
        let records: Vec<Fields<'_>> = rows.records(0).map(|row| row.cells).collect();
        let length = most_common_length(&rows);
        if length < 2 {
            continue;
        }
        let filled = records.iter().filter(|r| !is_blank(**r)).count();
        let agreeing = records.iter().filter(|r| !is_blank(**r) && r.len() == length).count();
        // The header must agree too: under the decimal comma of `N;loss` it has one field, the rows have three.
        let header = records
            .iter()
            .find(|r| !is_blank(**r) && !is_comment(**r))
            .is_some_and(|r| r.len() == length);
        let score = agreeing as f64 / filled.max(1) as f64 + if header { 0.5 } else { 0.0 };
        if score > best.0 + 1e-9 {
            best = (score, delimiter);
        }
    }
    best.1
}

fn most_common_length(rows: &Cells) -> usize {
    let mut counts: HashMap<usize, usize> = HashMap::new();
    let per_block = rows.blocks().par_iter().map(|block| {
        let mut counts: Vec<(usize, usize)> = Vec::new();
        for row in 0..block.len() {
            let record = block.fields(row, rows.source());
            if is_blank(record) {
                continue;
            }
            match counts.iter_mut().find(|(length, _)| *length == record.len()) {
                Some((_, count)) => *count += 1,
                None => counts.push((record.len(), 1)),
            }
        }
        counts
    });
    for (length, count) in per_block.collect::<Vec<_>>().into_iter().flatten() {
        *counts.entry(length).or_default() += count;
    }
    // Among equals the wider: notes are narrower than tables.
    counts
        .into_iter()
        .max_by_key(|(length, count)| (*count, *length))
        .map_or(0, |(length, _)| length)
}

/// Begins with a letter or a digit, as most rows do: neither blank nor a comment.
fn is_ordinary(record: Fields<'_>) -> bool {
    let first = record.get(0).and_then(|field| field.as_bytes().first());
    first.is_some_and(u8::is_ascii_alphanumeric)
}

/// Nothing in it, or only a rule such as `---|---`.
fn is_blank(record: Fields<'_>) -> bool {
    if is_ordinary(record) {
        return false;
    }
    let empty = record.iter().all(|field| field.trim().is_empty());
    empty
        || record
            .iter()
            .all(|field| field.trim().trim_matches([':', '-', '=']).is_empty() && field.len() > 2 || field.is_empty())
}

/// Fields up to the last that is not empty.
fn filled_width(record: Fields<'_>) -> usize {
    record
        .iter()
        .rposition(|field| !field.trim().is_empty())
        .map_or(0, |last| last + 1)
}

fn is_comment(record: Fields<'_>) -> bool {
    let first = record.get(0).unwrap_or("").trim_start();
    first.starts_with('#') || first.starts_with("//") || first.starts_with('%')
}

/// The last cell breaks off after a decimal mark: `2.` may become 2.9 when the file is complete.
fn is_torn(record: Fields<'_>) -> bool {
    let last = record.iter().next_back().unwrap_or("").trim();
    last.strip_suffix(['.', ','])
        .is_some_and(|whole| whole.parse::<f64>().is_ok())
}

fn count_filled(record: Fields<'_>) -> usize {
    record.iter().filter(|cell| !cell.trim().is_empty()).count()
}

/// Cells that are numbers with one decimal mark or the other, or NaN.
fn count_numbers(record: Fields<'_>) -> usize {
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

/// Finds the header, stores it, and gives the index of the first row below.
fn find_header(rows: &Cells, fields: usize, delimiter: u8, grid: &mut Grid) -> Result<usize, ImportError> {
    let mut preamble = 0;
    for (index, row) in rows.records(0).enumerate() {
        let cells = row.cells;
        let filled = count_filled(cells);
        if filled == 0 {
            continue;
        }
        let numeric = count_numbers(cells);
        let below = rows
            .records(index + 1)
            .map(|row| row.cells)
            .find(|cells| !is_blank(*cells));
        if is_comment(cells)
            && numeric == 0
            && cells.len() == fields
            && below.is_none_or(|cells| count_numbers(cells) > 0)
        {
            // A header behind `# `, as numerical libraries write it, or one whose first name is really `#`.
            let names = cells.iter().map(|cell| cell.trim_start_matches(['#', '%', '/']).trim());
            grid.set_headers(names);
            grid.header_line = Some(row.line);
            return Ok(index + 1);
        }
        if is_comment(cells) && (cells.len() != fields || numeric == 0) {
            continue;
        }
        // Group names above the real header leave gaps that the row below fills.
        let group_names = filled < cells.len()
            && numeric == 0
            && below.is_some_and(|cells| count_numbers(cells) == 0 && count_filled(cells) > filled);
        if group_names {
            preamble += 1;
            continue;
        }
        if filled * 2 < fields && fields > 1 {
            preamble += 1;
            continue;
        }
        if numeric * 2 > filled {
            let found = if numeric == filled {
                "holds only numbers"
            } else {
                "looks like data"
            };
            return Err(ImportError::NoRuns {
                message: format!(
                    "no header: line {} {found}; expected names of columns such as `params`, `tokens`, `flops` and `loss`",
                    row.line
                ),
                line: Some(row.line),
            });
        }
        if preamble > 0 {
            let lines = if preamble == 1 { "line" } else { "lines" };
            grid.notes
                .push(format!("{preamble} {lines} before the header left out"));
        }
        // Spreadsheets end every line with commas; a nameless last column counts only if it holds something.
        let mut width = 0;
        for row in rows.records(index).filter(|row| row.cells.len() <= cells.len()) {
            width = width.max(filled_width(row.cells));
            if width == cells.len() {
                break;
            }
        }
        grid.set_headers(cells.iter().take(width));
        grid.header_line = Some(row.line);
        return Ok(index + 1);
    }
    Err(ImportError::NoRuns {
        message: format!(
            "no header: no line holds names of columns separated by `{}`",
            char::from(delimiter)
        ),
        line: Some(1),
    })
}

/// What a row below the header is, where it is not one like the others.
enum Odd {
    Blank,
    Comment,
    /// It has fewer fields than the header, and is used all the same.
    Short,
    /// It cannot be used.
    Skipped(Skipped),
}

/// Sorts the rows below the header into usable ones and others.
fn take_rows(records: Records, first: usize, grid: &mut Grid) {
    let last = records.rows.len().saturating_sub(1);
    let judged = records
        .rows
        .filter_map(first, |index, row| judge(row, index == last && records.cut, grid));
    let mut unwanted: Vec<usize> = (0..first).collect();
    let (mut short, mut comments, mut blank) = (0, 0, 0);
    for (index, odd) in judged {
        match odd {
            Odd::Blank => blank += 1,
            Odd::Comment => comments += 1,
            Odd::Short => {
                short += 1;
                continue;
            }
            Odd::Skipped(skipped) => grid.skipped.push(skipped),
        }
        unwanted.push(index);
    }
    grid.seen += records.rows.len() - first - blank - comments;
    grid.set_rows(records.rows.without(&unwanted));
    if short > 0 {
        let rows = if short == 1 { "row has" } else { "rows have" };
        grid.notes.push(format!(
            "{short} {rows} fewer fields than the header: the last ones are read as empty"
        ));
    }
    if comments > 0 {
        let lines = if comments == 1 { "line" } else { "lines" };
        grid.notes.push(format!("{comments} comment {lines} left out"));
    }
    grid.skipped.sort_by_key(|skipped| skipped.line);
}

/// Looks at one row; `cut` says that the file ends in it without a newline.
fn judge(row: Record<'_>, cut: bool, grid: &Grid) -> Option<Odd> {
    let width = grid.headers.len();
    let length = row.cells.len();
    let first = grid.headers.first().map(String::as_str);
    if !cut && length == width && is_ordinary(row.cells) && row.cells.get(0) != first && !row.cells.may_span_lines() {
        return None;
    }
    if is_blank(row.cells) {
        return Some(Odd::Blank);
    }
    if is_comment(row.cells) && length != width {
        return Some(Odd::Comment);
    }
    let extra = length > width && filled_width(row.cells) > width;
    let repeated = length >= width
        && row
            .cells
            .iter()
            .zip(&grid.headers)
            .all(|(cell, name)| cell.trim() == name);
    let swallowed = width > 1
        && row.cells.may_span_lines()
        && row
            .cells
            .iter()
            .any(|cell| cell.contains('\n') && cell.matches(&grid.delimiter).count() + 1 >= width);
    let reason = if swallowed {
        "a quoted field takes in whole rows; is a quote missing?".to_owned()
    } else if extra {
        format!("{length} fields where the header has {width}")
    } else if repeated {
        "the header again".to_owned()
    } else if length < width && cut {
        format!("the file ends inside this row: {length} fields where the header has {width}")
    } else if cut && is_torn(row.cells) {
        "the file ends inside the last number of this row".to_owned()
    } else {
        return (length < width).then_some(Odd::Short);
    };
    let value: Vec<&str> = row.cells.iter().collect();
    Some(Odd::Skipped(Skipped {
        line: row.line,
        column: String::new(),
        value: value.join(&grid.delimiter).chars().take(80).collect(),
        reason,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(text: &str) -> Grid {
        delimited_grid(text, &ImportOptions::default()).unwrap()
    }

    fn lines(grid: &Grid) -> Vec<u64> {
        (0..grid.len()).map(|row| grid.line(row)).collect()
    }

    #[test]
    fn delimiter_by_consistency() {
        assert_eq!(sniff("A;B;C\n1,1;2,2;3,3\n4,5;6,7;8,9\n"), b';');
        assert_eq!(sniff("A;B\n1,1;2,2\n3,3;4,4\n"), b';');
        assert_eq!(sniff("N,loss\n1,2\n"), b',');
        assert_eq!(sniff("N\tloss\n1,5\t2,5\n"), b'\t');
        assert_eq!(sniff("N|loss\n1|2\n"), b'|');
        assert_eq!(sniff("name,loss\n\"a;b;c\",2\n\"d;e;f\",3\n"), b',');
        assert_eq!(sniff("loss\n1\n2\n"), b',');
    }

    #[test]
    fn lines_are_physical() {
        let text = "name,loss\r\n\"two\r\nlines\",2\r\n\r\nx,3\r\n";
        let quoted = grid(text);
        assert_eq!(lines(&quoted), [2, 5]);
        assert_eq!(quoted.cell(0, 0), "two\r\nlines");
        assert_eq!(lines(&grid("N,loss\r1,2\r3,4\r")), [2, 3]);
    }

    #[test]
    fn comments_preamble_and_separator_line() {
        let grid_ = grid("sep=;\nN;loss\n1;2\n");
        assert_eq!((grid_.headers.len(), lines(&grid_)), (2, vec![3]));
        let grid_ =
            grid("Exported by hand\n# a note, with commas\nN,color,loss\n1,#ff0000,3\n#faebdd,#aa0000,4\n# end\n");
        assert_eq!(grid_.headers, ["N", "color", "loss"]);
        assert_eq!(lines(&grid_), [4, 5]);
        let grid_ = grid("# N,D,loss\n1,2,3\n");
        assert_eq!((grid_.headers[0].as_str(), lines(&grid_)), ("N", vec![2]));
        let grid_ = grid("# one, two, three\n,model,,result\nrun,N,D,loss\na,1,2,3\nb,4,5,6\n");
        assert_eq!((grid_.headers[0].as_str(), lines(&grid_)), ("run", vec![4, 5]));
        let grid_ = grid("# x, y, z\nrun,N,loss\na,1,3\n# x, y, z\n");
        assert_eq!((grid_.headers[0].as_str(), lines(&grid_)), ("run", vec![3, 4]));
        let grid_ = grid("| N | loss |\n|---|:----|\n| 1 | 2 |\n");
        assert_eq!(
            (grid_.headers.as_slice(), lines(&grid_)),
            (["column 1", "N", "loss"].map(String::from).as_slice(), vec![3])
        );
    }

    #[test]
    fn ragged_rows_are_told() {
        let grid = grid("N,D,loss,\n1,2,3,\n1,2,3,\n1,2,3,4,5\n1,2\nN,D,loss,\n1,");
        assert_eq!(lines(&grid), [2, 3, 5]);
        let reasons: Vec<&str> = grid.skipped.iter().map(|s| s.reason.as_str()).collect();
        assert_eq!(reasons[..2], ["5 fields where the header has 3", "the header again"]);
        assert!(reasons[2].starts_with("the file ends inside"));
        assert_eq!(grid.seen, 6);
    }

    #[test]
    fn a_number_cut_short_is_no_number() {
        let cut = grid("N,loss\n1,2.9\n2,3.\n3,2.");
        assert_eq!((lines(&cut), cut.skipped[0].line), (vec![2, 3], 4));
        assert_eq!(lines(&grid("N,loss\n1,2.9\n3,2.\n")), [2, 3]);
        assert_eq!(lines(&grid("N,loss,note\n1,2.9,a.\n3,2.8,done.")), [2, 3]);
    }

    #[test]
    fn an_open_quote_costs_one_row() {
        let one = grid("name,loss\na,1\n\"b,2\nc,3\nd,4\n");
        assert_eq!(lines(&one), [2, 4, 5]);
        assert_eq!((one.skipped[0].line, one.seen), (3, 4));
        let two = grid("name,loss\na,1\n\"b,2\nc,3\n\"d,4\n");
        assert_eq!((lines(&two), two.skipped[0].line), (vec![2], 3));
    }

    #[test]
    fn lists_of_numbers_have_no_header() {
        let error = delimited_grid("# indices\n1,2,3\n4,5,6\n", &ImportOptions::default()).unwrap_err();
        assert!(matches!(error, ImportError::NoRuns { line: Some(2), .. }), "{error}");
        assert!(delimited_grid("1,5;2,5\n3,5;4,5\n", &ImportOptions::default()).is_err());
    }
}
