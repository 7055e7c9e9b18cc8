//! Delimited text with a header: one row a run or a checkpoint.
//!
//! The delimiter is the one under which most rows have the same number of fields; the header alone would be fooled by
//! `A;B;C` over `1,1;2,2;3,3`. Lines are physical: a quoted field may span several. A `#` starts a comment only where the
//! row does not have the table's number of fields, because colours such as `#faebdd` are data.
//!
//! Where no delimiter fits, runs of spaces are tried ([`crate::import::aligned`]).
//!
//! Limits: one table a file.

use crate::import::cells::Text;
use crate::import::grid::{Grid, Layout, Source};
use crate::import::header_rows::find_header;
use crate::import::progress::Progress;
use crate::import::split::{Records, is_blank, is_comment, most_common_length, reader};
use crate::import::table_rows::take_rows;
use crate::import::{ImportError, ImportOptions, Shape, aligned, by_line, regular};
use csv::StringRecord;

/// Delimiters that are tried, the likelier first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How much text decides the delimiter.
const SAMPLE: usize = 1 << 16;

/// The general layout; recognises anything.
pub(in crate::import::shapes) struct RunsTable;

impl Layout for RunsTable {
    fn shape(&self) -> Shape {
        Shape::RunsTable
    }

    fn recognises(&self, _source: &Source) -> Option<&'static str> {
        Some("text with a header")
    }

    fn read(&self, source: Source, options: &ImportOptions) -> Result<Grid, ImportError> {
        delimited_grid(&source.text, options, source.progress)
    }
}

/// Delimited text under the header that it has somewhere near its top.
pub(in crate::import) fn delimited_grid(
    text: impl Into<Text>,
    options: &ImportOptions,
    progress: Progress<'_>,
) -> Result<Grid, ImportError> {
    let text: &Text = &text.into();
    let (declared, start) = separator_line(text);
    let delimiter = match options.delimiter.map(u8::try_from) {
        Some(Ok(byte)) if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => byte,
        Some(_) => {
            return Err(ImportError::Options {
                message: "the delimiter must be one ASCII character, such as `,` `;` `|` or a tab".to_owned(),
            });
        }
        None => declared.unwrap_or_else(|| sniff(&text[start..])),
    };
    let spaced = match options.delimiter {
        Some(' ') => {
            Some(
                aligned::split(text).ok_or_else(|| ImportError::Options {
                    message: "spaces do not separate this text into a table: its rows have different numbers of cells"
                        .to_owned(),
                })?,
            )
        }
        None if declared.is_none() && !separates(&text[start..], delimiter) => aligned::split(text),
        _ => None,
    };
    if spaced.is_none()
        && let Some(grid) = regular::read(text, start, delimiter, progress)?
    {
        return Ok(grid);
    }
    let delimiter = if spaced.is_some() { b' ' } else { delimiter };
    let mut records = spaced.unwrap_or_else(|| Records::split(text, start, delimiter));
    let fields = most_common_length(records.rows.iter().map(|row| &row.cells));
    let mut grid = Grid::delimited(char::from(delimiter));
    let first_row = find_header(&records.rows, fields, &mut grid)?;
    grid.skipped.append(&mut records.unclosed);
    grid.seen = grid.skipped.len();
    take_rows(records, first_row, &mut grid);
    Ok(grid)
}

/// Comma-separated text with its header in the first line and nothing to guess.
pub(in crate::import::shapes) fn plain_grid(text: &Text) -> Grid {
    let mut grid = Grid::delimited(',');
    grid.header_line = Some(1);
    let below = by_line::start_of(text, 2).unwrap_or(text.len());
    if let Some(cells) = by_line::split(text, below, b',')
        && !text[..below].contains('"')
    {
        let header = text[..below].trim_start_matches('\u{feff}');
        grid.set_headers(header.trim_end_matches(['\n', '\r']).split(','));
        grid.set_rows(cells);
        grid.seen = grid.len();
        return grid;
    }
    let records = Records::split(text, 0, b',');
    if let Some(header) = records.rows.first() {
        grid.set_headers(header.cells.iter());
    }
    for row in records.rows.iter().skip(1) {
        grid.push(row.line, &row.cells);
    }
    grid.skipped = records.unclosed;
    grid.seen = grid.len() + grid.skipped.len();
    grid
}

/// Excel's `sep=;` line: its delimiter, and where the text goes on.
pub(in crate::import::shapes) fn separator_line(text: &str) -> (Option<u8>, usize) {
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

/// Whether a delimiter cuts the first line and most others into two or more. Spaces are only tried where it does not.
fn separates(text: &str, delimiter: u8) -> bool {
    let records = reader(sample(text), delimiter).into_records().filter_map(Result::ok);
    let records: Vec<StringRecord> = records.filter(|record| !is_blank(record)).collect();
    let header = records.first().is_some_and(|record| record.len() > 1);
    header && records.iter().filter(|record| record.len() > 1).count() * 2 > records.len()
}

/// The lines that decide the delimiter.
fn sample(text: &str) -> &str {
    let mut end = text.len().min(SAMPLE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    match text[..end].rfind('\n') {
        Some(newline) if end < text.len() => &text[..newline],
        _ => &text[..end],
    }
}

/// The delimiter under which the rows agree best.
pub(in crate::import::shapes) fn sniff(text: &str) -> u8 {
    let sample = sample(text);
    let mut best = (0.0, b',');
    for delimiter in DELIMITERS {
        let records: Vec<StringRecord> = reader(sample, delimiter)
            .into_records()
            .filter_map(Result::ok)
            .collect();
        let length = most_common_length(records.iter());
        if length < 2 {
            continue;
        }
        let filled = records.iter().filter(|r| !is_blank(r)).count();
        let agreeing = records.iter().filter(|r| !is_blank(r) && r.len() == length).count();
        // The header must agree too: under the decimal comma of `N;loss` it has one field, the rows have three.
        let header = records
            .iter()
            .find(|r| !is_blank(r) && !is_comment(r))
            .is_some_and(|r| r.len() == length);
        let score = agreeing as f64 / filled.max(1) as f64 + if header { 0.5 } else { 0.0 };
        if score > best.0 + 1e-9 {
            best = (score, delimiter);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(text: &str) -> Grid {
        delimited_grid(text, &ImportOptions::default(), Progress::unwatched()).unwrap()
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
        let read = |text: &str| delimited_grid(text, &ImportOptions::default(), Progress::unwatched());
        let error = read("# indices\n1,2,3\n4,5,6\n").unwrap_err();
        assert!(matches!(error, ImportError::NoRuns { line: Some(2), .. }), "{error}");
        assert!(read("1,5;2,5\n3,5;4,5\n").is_err());
    }
}
