//! Rows below a header: those of the table, and everything else that stands between and under them.
//!
//! Kept apart with their lines: totals and means, the header again where files were joined (in another order of columns it
//! holds for the rows below it), rows with too many fields, a last row that is still being written. Rows that head blocks
//! fill the blanks of the rows below ([`super::blocks`]).

use super::Skipped;
use super::blocks::Blocks;
use super::grid::Grid;
use super::header::fold;
use super::split::{Record, Records, count_filled, count_numbers, filled_width, is_blank, is_comment};
use csv::StringRecord;

/// First cells of rows that sum others up.
const SUMMARIES: [&str; 22] = [
    "total",
    "totals",
    "subtotal",
    "grandtotal",
    "sum",
    "mean",
    "means",
    "average",
    "averages",
    "avg",
    "median",
    "std",
    "stddev",
    "stdev",
    "gesamt",
    "summe",
    "mittelwert",
    "durchschnitt",
    "moyenne",
    "somme",
    "promedio",
    "totale",
];

/// Sorts the rows below the header into usable ones and others.
pub(super) fn take_rows(mut records: Records, first: usize, grid: &mut Grid) {
    let cut = records.cut;
    let rows = records.rows.split_off(first.min(records.rows.len()));
    let blocks = Blocks::find(&rows, &grid.headers);
    let summaries = Summaries::of(&rows);
    let last = rows.len().saturating_sub(1);
    let mut order: Option<Vec<usize>> = None;
    let (mut short, mut comments) = (0, 0);
    for (index, row) in rows.iter().enumerate() {
        let width = order.as_ref().map_or(grid.headers.len(), Vec::len);
        let length = row.cells.len();
        if is_blank(&row.cells) {
            continue;
        }
        if is_comment(&row.cells) && length != width {
            comments += 1;
            continue;
        }
        grid.seen += 1;
        if blocks.is_head(index) {
            continue;
        }
        let extra = length > width && filled_width(&row.cells) > width;
        let reason = if swallows_rows(&row.cells, width, &grid.delimiter) {
            Some("a quoted field takes in whole rows; is a quote missing?".to_owned())
        } else if let Some(found) = header_again(&row.cells, grid) {
            let same = found.iter().copied().eq(0..grid.headers.len());
            order = (!same).then_some(found);
            Some(if same {
                "the header again".to_owned()
            } else {
                "the header again, with other columns or in another order: the rows below are read by it".to_owned()
            })
        } else if extra {
            Some(format!("{length} fields where the header has {width}"))
        } else if summaries.sums_up(&row.cells) {
            Some("sums up other rows; expected a run".to_owned())
        } else if length < width && index == last && cut {
            Some(format!(
                "the file ends inside this row: {length} fields where the header has {width}"
            ))
        } else if index == last && cut && is_torn(&row.cells) {
            Some("the file ends inside the last number of this row".to_owned())
        } else {
            None
        };
        if let Some(reason) = reason {
            let value: Vec<&str> = row.cells.iter().collect();
            let separator = if grid.delimiter.is_empty() {
                " | "
            } else {
                &grid.delimiter
            };
            grid.skipped.push(Skipped {
                line: row.line,
                column: String::new(),
                value: value.join(separator).chars().take(80).collect(),
                reason,
            });
            continue;
        }
        short += usize::from(length < width);
        if let Some(order) = &order {
            let mut cells = vec![""; grid.headers.len()];
            for (cell, column) in row.cells.iter().zip(order) {
                cells[*column] = cell;
            }
            grid.push(row.line, cells);
        } else if let Some(cells) = blocks.filled(&rows, index, width) {
            grid.push(row.line, cells);
        } else {
            grid.push(row.line, &row.cells);
        }
    }
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
    if order.is_some() {
        grid.notes.push(
            "the header is repeated with other columns or in another order: each row is read by the one above it"
                .to_owned(),
        );
    }
    grid.notes.extend(blocks.note(&grid.headers));
    grid.skipped.sort_by_key(|skipped| skipped.line);
}

/// A field with line breaks and whole rows in it.
fn swallows_rows(cells: &StringRecord, width: usize, delimiter: &str) -> bool {
    width > 1
        && !delimiter.is_empty()
        && cells
            .iter()
            .any(|cell| cell.contains('\n') && cell.matches(delimiter).count() + 1 >= width)
}

/// The columns that a row of names stands for, new ones included; `None` for a row of values.
fn header_again(cells: &StringRecord, grid: &mut Grid) -> Option<Vec<usize>> {
    // Nearly every row is one of values, and its first two cells show it.
    let mut first = cells.iter().map(str::trim).filter(|cell| !cell.is_empty()).take(2);
    if !first.any(|name| grid.column(name).is_some()) {
        return None;
    }
    let names = &cells.iter().map(str::trim).collect::<Vec<_>>()[..filled_width(cells)];
    let known = names.iter().filter(|name| grid.column(name).is_some()).count();
    let gaps_only_at_the_end = names.iter().all(|name| !name.is_empty());
    // The same row again may hold nameless columns; another order must be all names, most of them known.
    let again = names.len() == grid.headers.len() && known == names.len();
    let other = known >= 2 && known * 2 > names.len() && gaps_only_at_the_end && count_numbers(cells) == 0;
    if !again && !other {
        return None;
    }
    Some(names.iter().map(|name| grid.column_or_new(name)).collect())
}

/// The last cell breaks off after a decimal mark: `2.` may become 2.9 when the file is complete.
fn is_torn(record: &StringRecord) -> bool {
    let last = record.iter().next_back().unwrap_or("").trim();
    last.strip_suffix(['.', ','])
        .is_some_and(|whole| whole.parse::<f64>().is_ok())
}

/// Whether rows that begin with `Mean` are summaries; where the first or most rows do, it is a label like any other.
struct Summaries(bool);

impl Summaries {
    fn of(rows: &[Record]) -> Self {
        let named = rows.iter().filter(|row| is_summary(&row.cells)).count();
        let label = rows.first().is_some_and(|row| is_summary(&row.cells)) || named * 2 > rows.len();
        Self(named > 0 && !label)
    }

    fn sums_up(&self, cells: &StringRecord) -> bool {
        self.0 && is_summary(cells)
    }
}

/// Whether a row that begins with this cell may sum up others: quick to ask, and true of some that do not.
pub(super) fn may_sum_up(first: &str) -> bool {
    let longest = first.len() <= 32;
    let initial = first.starts_with(|c: char| "tsgmadp(".contains(c.to_ascii_lowercase()));
    longest
        && initial
        && !first.bytes().any(|byte| byte.is_ascii_digit())
        && SUMMARIES.contains(&fold(first.trim_end_matches(':')).as_str())
}

fn is_summary(cells: &StringRecord) -> bool {
    let first = cells.iter().find(|cell| !cell.trim().is_empty()).unwrap_or("");
    // Most cells are numbers, and a number is no word.
    if count_filled(cells) == 0 || !first.trim_start().starts_with(|c: char| c.is_alphabetic() || c == '(') {
        return false;
    }
    let folded = fold(first.trim().trim_end_matches(':'));
    SUMMARIES.contains(&folded.as_str())
}
