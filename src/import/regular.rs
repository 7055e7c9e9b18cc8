//! Long tables of which every row is like the others: a line each, as many cells in each row as the header has names, no
//! blanks, remarks or sums between the rows.
//!
//! There is nothing to sort out in them, so that rows stay where the text was cut, and one pass over them in parallel looks
//! at each and reads its numbers ([`super::survey`]). At the first row that might be anything else the whole text is left to
//! [`super::table_rows`], which reads it record by record; where both read a text, they read it alike.

use super::ImportError;
use super::blocks::Telling;
use super::by_line;
use super::cells::Text;
use super::grid::Grid;
use super::header_rows::find_header;
use super::progress::Progress;
use super::split::{Records, most_common_length};
use super::survey::{Line, survey_if};
use super::table_rows::may_sum_up;

/// How much text the header is looked for in; shorter tables are read record by record anyway.
const HEAD: usize = 1 << 16;

/// Reads the table from a byte of a text on; `None` where it may be none of this kind.
pub(super) fn read(
    text: &Text,
    start: usize,
    delimiter: u8,
    progress: Progress<'_>,
) -> Result<Option<Grid>, ImportError> {
    read_below(text, start, delimiter, HEAD, progress)
}

fn read_below(
    text: &Text,
    start: usize,
    delimiter: u8,
    head: usize,
    progress: Progress<'_>,
) -> Result<Option<Grid>, ImportError> {
    let Some((mut grid, telling, below)) = open(text, start, delimiter, head) else {
        return Ok(None);
    };
    let Some(cells) = by_line::split(text, below, delimiter) else {
        return Ok(None);
    };
    let rule = Rule::of(&grid.headers, telling);
    let width = grid.headers.len();
    let Some(surveyed) = survey_if(&cells, width, |line| rule.holds(line), progress)? else {
        return Ok(None);
    };
    let last = cells.len().checked_sub(1).map(|row| cells.fields(row));
    if ends_torn(text, last.and_then(|row| row.get(width - 1)).unwrap_or("")) {
        return Ok(None);
    }
    grid.seen = cells.len();
    grid.set_surveyed(cells, surveyed);
    Ok(Some(grid))
}

/// The header, what the first rows tell of blocks, and the byte at which the rows begin.
fn open(text: &Text, start: usize, delimiter: u8, head: usize) -> Option<(Grid, Telling, usize)> {
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
    let telling = Telling::of(&records.rows[first..], &grid.headers);
    Some((grid, telling, below))
}

/// What every row must be like.
struct Rule<'a> {
    headers: &'a [String],
    telling: Telling,
    /// A cell that begins with a digit may be the name of a column.
    names_begin_with_digits: bool,
}

impl<'a> Rule<'a> {
    fn of(headers: &'a [String], telling: Telling) -> Self {
        let with_digit = |name: &String| name.starts_with(|c: char| c.is_ascii_digit());
        Self {
            headers,
            telling,
            names_begin_with_digits: headers.iter().any(with_digit),
        }
    }

    /// Whether a row certainly is one.
    fn holds(&self, line: &Line<'_>) -> bool {
        line.is_full
            && (line.begins_alike || self.may_begin(line.cell(0)))
            && !self.may_be_header(line)
            && self.telling.is_no_head(|column| line.is_blank(column))
    }

    /// Whether a row that begins with this cell is neither blank nor a comment, a header or a sum of others.
    fn may_begin(&self, first: &str) -> bool {
        let ordinary = first.starts_with(|c: char| c.is_ascii_alphanumeric());
        ordinary && (self.is_value(first) || !self.is_name(first) && !may_sum_up(first.trim()))
    }

    /// Whether the first cell with something in it after the first of all is the name of a column.
    fn may_be_header(&self, line: &Line<'_>) -> bool {
        if self.is_value(line.cell(1)) {
            return false;
        }
        let next = (1..self.headers.len()).find(|&column| !line.is_blank(column));
        next.is_some_and(|column| self.is_name(line.cell(column)))
    }

    /// Whether a digit shows at once that a cell is no name.
    fn is_value(&self, cell: &str) -> bool {
        !self.names_begin_with_digits && cell.starts_with(|c: char| c.is_ascii_digit())
    }

    fn is_name(&self, cell: &str) -> bool {
        self.headers.iter().any(|name| name == cell.trim())
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
        let Some(fast) = read_below(&text, 0, b',', 64, Progress::unwatched()).unwrap() else {
            return false;
        };
        // Shorter than the head, it is read record by record.
        let slow = delimited_grid(
            &text,
            &ImportOptions {
                delimiter: Some(','),
                ..ImportOptions::default()
            },
            Progress::unwatched(),
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
