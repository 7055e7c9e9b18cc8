//! Long tables of which every row is like the others: a line each, as many cells in each row as the header has names, no
//! blanks, remarks or sums between the rows.
//!
//! There is nothing to sort out in them, so that rows stay where the text was cut and are looked at in parallel. At the
//! first row that might be anything else the whole text is left to [`super::table_rows`], which reads it record by record;
//! where both read a text, they read it alike.

use super::blocks::Telling;
use super::by_line;
use super::cells::{Fields, Text};
use super::grid::Grid;
use super::header_rows::find_header;
use super::split::{Records, most_common_length};
use super::table_rows::may_sum_up;
use memchr::memchr_iter;

/// How much text the header is looked for in; shorter tables are read record by record anyway.
const HEAD: usize = 1 << 16;

/// Reads the table from a byte of a text on.
pub(super) fn read(text: &Text, start: usize, delimiter: u8) -> Option<Grid> {
    read_below(text, start, delimiter, HEAD)
}

fn read_below(text: &Text, start: usize, delimiter: u8, head: usize) -> Option<Grid> {
    let mut end = start + head;
    if end >= text.len() {
        return None;
    }
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let end = start + text[start..end].rfind(['\n', '\r'])? + 1;
    let records = Records::split(&text[..end], start, delimiter);
    if !records.unclosed.is_empty() {
        return None;
    }
    let fields = most_common_length(records.rows.iter().map(|row| &row.cells));
    let mut grid = Grid::delimited(char::from(delimiter));
    let first = find_header(&records.rows, fields, &mut grid).ok()?;
    let width = grid.headers.len();
    // Trailing columns without a name count only if something stands in them, perhaps far below.
    let header = records.rows.get(first.checked_sub(1)?)?;
    if width < 2 || fields != width || header.cells.len() != width {
        return None;
    }
    let below = by_line::start_of(text, records.rows.get(first)?.line)?;
    let rule = Rule {
        telling: Telling::of(&records.rows[first..], &grid.headers),
        names_begin_with_digits: grid
            .headers
            .iter()
            .any(|name| name.starts_with(|c: char| c.is_ascii_digit())),
        width,
        delimiter,
        grid: &grid,
    };
    let cells = by_line::split(text, below, delimiter, |row, before| rule.holds(row, before))?;
    let last = cells.len().checked_sub(1).map(|row| cells.fields(row));
    if ends_torn(text, last.and_then(|row| row.get(width - 1)).unwrap_or("")) {
        return None;
    }
    grid.seen = cells.len();
    grid.set_rows(cells);
    Some(grid)
}

/// What every row must be like.
struct Rule<'a> {
    grid: &'a Grid,
    width: usize,
    delimiter: u8,
    telling: Telling,
    names_begin_with_digits: bool,
}

impl Rule<'_> {
    /// Whether a row certainly is one; the row before is a help, where it begins alike.
    fn holds(&self, row: &str, before: &str) -> bool {
        // Neither blank nor a comment.
        let ordinary = row
            .trim_start_matches('"')
            .starts_with(|c: char| c.is_ascii_alphanumeric());
        let mut delimiters = memchr_iter(self.delimiter, row.as_bytes());
        let (Some(first), true) = (delimiters.next(), ordinary) else {
            return false;
        };
        let second = delimiters.next();
        let width = 2 + usize::from(second.is_some()) + delimiters.count();
        if width != self.width {
            return false;
        }
        let alike = before.len() > first && before.as_bytes()[..=first] == row.as_bytes()[..=first];
        let fields = Fields::Line {
            text: row,
            delimiter: self.delimiter,
        };
        let cell = |column: usize| fields.get(column).unwrap_or("").trim();
        if !alike && (self.is_name(cell(0)) || may_sum_up(cell(0))) {
            return false;
        }
        // One of the first two cells with something in it is the name of a column: perhaps the header again. A digit shows
        // that it is not.
        let value = row.as_bytes()[first + 1..].first().is_some_and(u8::is_ascii_digit);
        if value && !self.names_begin_with_digits {
            return self.telling.is_no_head(cell);
        }
        let next = (1..self.width).map(cell).find(|cell| !cell.is_empty());
        !next.is_some_and(|cell| self.is_name(cell)) && self.telling.is_no_head(cell)
    }

    fn is_name(&self, cell: &str) -> bool {
        self.grid.column(cell).is_some()
    }
}

/// The text ends without a newline and, as far as one can see, inside a number.
fn ends_torn(text: &str, last: &str) -> bool {
    !text.ends_with(['\n', '\r']) && last.trim().ends_with(['.', ','])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::ImportOptions;
    use crate::import::shapes::delimited_grid;
    use proptest::prelude::*;

    fn rows(grid: &Grid) -> Vec<(u64, Vec<String>)> {
        let cells = |row| {
            (0..grid.headers.len())
                .map(|column| grid.raw(row, column).to_owned())
                .collect()
        };
        (0..grid.len()).map(|row| (grid.line(row), cells(row))).collect()
    }

    /// Whether it was read; if so, as record by record.
    fn agrees(text: &str) -> bool {
        let text = Text::from(text);
        let Some(fast) = read_below(&text, 0, b',', 64) else {
            return false;
        };
        // Shorter than the head, it is read record by record.
        let slow = delimited_grid(
            &text,
            &ImportOptions {
                delimiter: Some(','),
                ..ImportOptions::default()
            },
        )
        .unwrap();
        assert_eq!(rows(&fast), rows(&slow), "{text:?}");
        assert_eq!(
            (&fast.headers, fast.header_line, fast.seen),
            (&slow.headers, slow.header_line, slow.seen)
        );
        assert_eq!((&fast.skipped, &fast.notes), (&slow.skipped, &slow.notes));
        true
    }

    proptest! {
        #[test]
        fn the_same_as_record_by_record(
            rows in proptest::collection::vec(
                "(a|b|mean|run|#|1|2|\"a\"|\"run\"|\"#\"|\"\")?,([0-9]{1,4}|step| |\"7\")?,([0-9]\\.[0-9]{1,3}|\"2.5\"|)(,| |)|", 12..40
            ),
            end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")], cut in any::<bool>(), clean in any::<bool>()
        ) {
            let clean = |row: &String| !clean || row.matches(',').count() == 2 && row.starts_with(['a', 'b', '1', '2', '"']);
            let rows: Vec<String> = rows.into_iter().filter(clean).collect();
            let text = format!("# remark{end}run,step,loss{end}a,1,3.5{end}{}", rows.join(end));
            agrees(&(if cut { text } else { text + end }));
        }
    }

    #[test]
    fn regular_tables_are_read_and_others_left() {
        let table = |row: &str| format!("run,step,loss\n{}{row}", "a,1,2.5\nb 1,2,2.25\n".repeat(20));
        let quoted = "\"a\",1,\"2.5\"\n";
        for row in [
            "",
            "mean 3,1,2.5\n",
            "c,,2\n",
            "c,1,2.5",
            "\n\nc,1,\n",
            quoted,
            "\"c\",1,\"\"",
        ] {
            assert!(agrees(&table(row)), "{row:?}");
        }
        for row in [
            "a,1\n",
            "a,1,2,3\n",
            "run,step,loss\n",
            "Total:,2,2\n",
            ",1,2\n",
            "#a,1,2\n",
            "\"a\" ,1,2\n",
            "\"a,b\",1,2\n",
            "\"a\nb\",1,2\n",
            "\"\",1,2\n",
            "\"#\",1,2\n",
            "\"Total\",1,2\n",
            "\"step\",1,2\n",
            "a,1,2.",
            "c,,\n",
        ] {
            assert!(!agrees(&table(row)), "{row:?}");
        }
    }
}
