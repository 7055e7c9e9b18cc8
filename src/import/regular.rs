//! Long tables of which every row is like the others: no quotation mark, as many cells in each row as the header has names,
//! nothing between the rows.
//!
//! There is nothing to sort out in them, so that rows stay where the text was cut and are looked at in parallel. At the
//! first row that might be anything else the whole text is left to [`super::table_rows`], which reads it record by record;
//! where both read a text, they read it alike.

use super::blocks::Telling;
use super::cells::{Cells, Fields, Text};
use super::grid::Grid;
use super::header_rows::find_header;
use super::split::{Records, most_common_length};
use super::table_rows::may_sum_up;
use super::unquoted;

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
    if text[start..end].contains('"') {
        return None;
    }
    let records = Records::split(&text[..end], start, delimiter);
    let fields = most_common_length(records.rows.iter().map(|row| &row.cells));
    let mut grid = Grid::delimited(char::from(delimiter));
    let first = find_header(&records.rows, fields, &mut grid).ok()?;
    let width = grid.headers.len();
    // Trailing columns without a name count only if something stands in them, perhaps far below.
    let header = records.rows.get(first.checked_sub(1)?)?;
    if width < 2 || fields != width || header.cells.len() != width {
        return None;
    }
    let telling = Telling::of(&records.rows[first..], &grid.headers);
    let cells = unquoted::split(text, start, delimiter)?;
    let odd = cells.any(first, |row| {
        let cell = |column: usize| row.get(column).unwrap_or("").trim();
        row.len() != width
            || !is_ordinary(row)
            || names_columns(row, &grid)
            || may_sum_up(cell(0))
            || !telling.is_no_head(cell)
    });
    if odd || ends_torn(text, &cells) {
        return None;
    }
    grid.seen = cells.len().saturating_sub(first);
    grid.set_rows(cells.without(&(0..first).collect::<Vec<_>>()));
    Some(grid)
}

/// Begins with a letter or a digit: neither blank nor a comment.
fn is_ordinary(row: Fields<'_>) -> bool {
    let first = row.get(0).and_then(|cell| cell.as_bytes().first());
    first.is_some_and(u8::is_ascii_alphanumeric)
}

/// One of the first two cells is the name of a column: perhaps the header again.
fn names_columns(row: Fields<'_>, grid: &Grid) -> bool {
    let mut first = row.iter().map(str::trim).filter(|cell| !cell.is_empty()).take(2);
    first.any(|cell| grid.column(cell).is_some())
}

/// The text ends without a newline and, as far as one can see, inside a number.
fn ends_torn(text: &str, cells: &Cells) -> bool {
    let last = cells.len().checked_sub(1).map(|row| cells.fields(row));
    let cell = last.and_then(|row| row.get(row.len().checked_sub(1)?)).unwrap_or("");
    !text.ends_with(['\n', '\r']) && cell.trim().ends_with(['.', ','])
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
                "(a|b|mean|run|#|1|2)?,([0-9]{1,4}|step| )?,([0-9]\\.[0-9]{1,3}|)(,| |)|", 12..40
            ),
            end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")], cut in any::<bool>(), clean in any::<bool>()
        ) {
            let clean = |row: &String| !clean || row.matches(',').count() == 2 && row.starts_with(['a', 'b', '1', '2']);
            let rows: Vec<String> = rows.into_iter().filter(clean).collect();
            let text = format!("# remark{end}run,step,loss{end}a,1,3.5{end}{}", rows.join(end));
            agrees(&(if cut { text } else { text + end }));
        }
    }

    #[test]
    fn regular_tables_are_read_and_others_left() {
        let table = |row: &str| format!("run,step,loss\n{}{row}", "a,1,2.5\nb 1,2,2.25\n".repeat(20));
        for row in ["", "mean 3,1,2.5\n", "c,,2\n", "c,1,2.5", "\n\nc,1,\n"] {
            assert!(agrees(&table(row)), "{row:?}");
        }
        for row in [
            "a,1\n",
            "a,1,2,3\n",
            "run,step,loss\n",
            "Total:,2,2\n",
            ",1,2\n",
            "#a,1,2\n",
            "\"a\",1,2\n",
            "a,1,2.",
            "c,,\n",
        ] {
            assert!(!agrees(&table(row)), "{row:?}");
        }
    }
}
