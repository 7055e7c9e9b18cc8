//! Where the header of a table is, and what it says: delimited text and spreadsheets alike.
//!
//! Preamble and comments above it are left out with a note. A header may take two rows: names of groups above the names
//! (`train,,val,` over `loss,ppl,loss,ppl`), names that were merged downwards, or units below (`(B),(tokens),(nats)`).
//! They become one name each, and a note says which.
//!
//! Limits: two rows at most, and the second right below the first.

use super::ImportError;
use super::grid::Grid;
use super::roles::role_of;
use super::split::{Record, count_filled, count_numbers, filled_width, is_blank, is_comment};
use csv::StringRecord;
use std::collections::HashMap;

/// Finds the header, stores it, and gives the index of the first row below. `fields` is how many most rows have.
pub(super) fn find_header(rows: &[Record], fields: usize, grid: &mut Grid) -> Result<usize, ImportError> {
    let mut preamble = 0;
    for (index, row) in rows.iter().enumerate() {
        let cells = &row.cells;
        let filled = count_filled(cells);
        if filled == 0 {
            continue;
        }
        let numeric = count_numbers(cells);
        let below = rows[index + 1..].iter().position(|row| !is_blank(&row.cells));
        let below = below.map(|offset| index + 1 + offset);
        let cells_below = below.map(|row| &rows[row].cells);
        if is_comment(cells)
            && numeric == 0
            && cells.len() == fields
            && cells_below.is_none_or(|cells| count_numbers(cells) > 0)
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
        let second = below.filter(|_| numeric == 0 && has_numbers_after(rows, below));
        if let Some(second) = second
            && let Some(names) = two_rows(cells, &rows[second].cells)
        {
            note_preamble(preamble, grid);
            grid.notes.push(format!(
                "lines {} and {} are one header: {}",
                row.line,
                rows[second].line,
                example(&names, &rows[second].cells)
            ));
            return Ok(take(&names, rows, index, second, grid));
        }
        // Names of groups above the real header leave gaps that the row below fills.
        let group_names = filled < cells.len()
            && numeric == 0
            && cells_below.is_some_and(|cells| count_numbers(cells) == 0 && count_filled(cells) > filled);
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
        note_preamble(preamble, grid);
        if let Some(second) = second
            && let Some(names) = with_units(cells, &rows[second].cells)
        {
            grid.notes.push(format!(
                "line {} holds units: they are joined to the names above, as in {}",
                rows[second].line,
                example(&names, &rows[second].cells)
            ));
            return Ok(take(&names, rows, index, second, grid));
        }
        let names: Vec<String> = cells.iter().map(str::to_owned).collect();
        return Ok(take(&names, rows, index, index, grid));
    }
    let separator = match grid.delimiter.as_str() {
        "" => String::new(),
        delimiter => format!(" separated by `{delimiter}`"),
    };
    Err(ImportError::NoRuns {
        message: format!("no header: no line holds names of columns{separator}"),
        line: Some(1),
    })
}

/// Stores names and gives the first row below the last row of the header.
fn take(names: &[String], rows: &[Record], first: usize, last: usize, grid: &mut Grid) -> usize {
    // Spreadsheets end every line with commas; a nameless last column counts only if it holds something.
    let width = rows[first..]
        .iter()
        .filter(|row| row.cells.len() <= names.len())
        .map(|row| filled_width(&row.cells))
        .max()
        .unwrap_or(0);
    grid.set_headers(names.iter().take(width).map(String::as_str));
    grid.header_line = Some(rows[first].line);
    last + 1
}

fn note_preamble(count: usize, grid: &mut Grid) {
    if count > 0 {
        let lines = if count == 1 { "line" } else { "lines" };
        grid.notes.push(format!("{count} {lines} before the header left out"));
    }
}

/// Whether the row after a second header row is data.
fn has_numbers_after(rows: &[Record], second: Option<usize>) -> bool {
    let mut after = second.into_iter().flat_map(|second| &rows[second + 1..]);
    after
        .find(|row| !is_blank(&row.cells) && !is_comment(&row.cells))
        .is_some_and(|row| count_numbers(&row.cells) > 0)
}

fn cell(record: &StringRecord, column: usize) -> &str {
    record.get(column).unwrap_or("").trim()
}

/// The first name that the second row changed, for the note.
fn example(names: &[String], second: &StringRecord) -> String {
    let changed = names
        .iter()
        .enumerate()
        .find(|(column, name)| !cell(second, *column).is_empty() && *name != cell(second, *column));
    format!("`{}`", changed.map_or(names[0].as_str(), |(_, name)| name))
}

/// Names of groups, or names merged downwards, over a second row of names.
fn two_rows(upper: &StringRecord, lower: &StringRecord) -> Option<Vec<String>> {
    let width = upper.len().max(lower.len());
    let (mut gaps_filled, mut merged_down) = (0, 0);
    for column in 0..width {
        match (cell(upper, column).is_empty(), cell(lower, column).is_empty()) {
            (true, false) => gaps_filled += 1,
            (false, true) => merged_down += 1,
            _ => {}
        }
    }
    let names_below = lower.iter().all(|text| !text.trim().starts_with(['(', '[']));
    // A title, or a remark such as `by,Anna,,,`, begins at the left and stops.
    let title =
        merged_down == 0 && count_filled(upper) == upper.iter().take_while(|cell| !cell.trim().is_empty()).count();
    if gaps_filled == 0 || title || !names_below || count_numbers(lower) > 0 {
        return None;
    }
    let mut own: HashMap<&str, usize> = HashMap::new();
    for name in lower.iter().map(str::trim) {
        *own.entry(name).or_default() += 1;
    }
    let mut group = "";
    let mut names = Vec::with_capacity(width);
    let mut joined = merged_down > 0;
    for column in 0..width {
        let (above, below) = (cell(upper, column), cell(lower, column));
        if !above.is_empty() {
            group = above;
        }
        names.push(if below.is_empty() {
            // A name merged downwards ends the group on its left.
            group = "";
            above.to_owned()
        } else if group.is_empty() || (own.get(below) == Some(&1) && role_of(below).is_some()) {
            below.to_owned()
        } else {
            joined = true;
            format!("{group}/{below}")
        });
    }
    joined.then_some(names)
}

/// Units below the names: `(B)`, `[nats]`, `FLOP`.
fn with_units(upper: &StringRecord, lower: &StringRecord) -> Option<Vec<String>> {
    let filled = count_filled(lower);
    let all = lower.iter().all(|text| text.trim().is_empty() || unit(text).is_some());
    let only_dashes = lower.iter().all(|text| unit(text).is_none_or(str::is_empty));
    if filled == 0 || !all || only_dashes {
        return None;
    }
    let joined = upper.iter().enumerate().map(|(column, name)| {
        let name = name.trim();
        let unit = unit(cell(lower, column)).unwrap_or("");
        let with = format!("{name} ({unit})");
        // A unit that would hide what a column is stays out of its name.
        if unit.is_empty() || name.is_empty() || role_of(name) != role_of(&with) {
            name.to_owned()
        } else {
            with
        }
    });
    Some(joined.collect())
}

/// The unit in a cell of a row of units; empty for a dash.
fn unit(text: &str) -> Option<&str> {
    const WORDS: [&str; 34] = [
        "k",
        "m",
        "b",
        "bn",
        "t",
        "thousand",
        "thousands",
        "million",
        "millions",
        "billion",
        "billions",
        "trillion",
        "tokens",
        "token",
        "params",
        "parameters",
        "nats",
        "nat",
        "bits",
        "nats/token",
        "bits/byte",
        "flop",
        "flops",
        "gflop",
        "gflops",
        "tflop",
        "eflop",
        "zflop",
        "pf-days",
        "pflop-days",
        "pfd",
        "steps",
        "%",
        "count",
    ];
    let text = text.trim();
    if matches!(text, "-" | "–" | "—") {
        return Some("");
    }
    let bracketed = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .or_else(|| text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')));
    match bracketed {
        Some(inside) => Some(inside.trim()),
        None => WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)).then_some(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(text: &str) -> (Vec<String>, Vec<String>, u64) {
        let rows: Vec<Record> = text
            .lines()
            .enumerate()
            .map(|(index, line)| Record {
                line: index as u64 + 1,
                cells: line.split(',').collect(),
            })
            .collect();
        let fields = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
        let mut grid = Grid::delimited(',');
        let first = find_header(&rows, fields, &mut grid).unwrap();
        (grid.headers, grid.notes, rows[first].line)
    }

    #[test]
    fn units_below_the_names() {
        let (names, notes, first) = headers("run,N,Tokens,loss,lr\n,(B),B,(nats),(x)\na,1,20,2.5,1e-3\n");
        assert_eq!(names, ["run", "N (B)", "Tokens (B)", "loss (nats)", "lr"]);
        assert_eq!((notes.len(), first), (1, 3));
        assert!(
            notes[0].contains("line 2 holds units") && notes[0].contains("`N (B)`"),
            "{notes:?}"
        );
    }

    #[test]
    fn a_row_of_data_is_no_row_of_units() {
        assert_eq!(headers("run,N,loss\nb,-,-\na,1,2\n").0, ["run", "N", "loss"]);
        assert_eq!(headers("run,N,loss\nx,failed,\na,1,2\n").2, 2);
        assert_eq!(headers("run,N,loss\n-,-,-\na,1,2\n").2, 2);
    }

    #[test]
    fn groups_above_the_names() {
        let (names, notes, first) = headers("run,size,,train,,val,\n,N,D,loss,ppl,loss,ppl\na,1,2,3,4,5,6\n");
        assert_eq!(
            names,
            ["run", "N", "D", "train/loss", "train/ppl", "val/loss", "val/ppl"]
        );
        assert_eq!(
            (notes[0].as_str(), first),
            ("lines 1 and 2 are one header: `train/loss`", 3)
        );
        let (names, ..) = headers("N,D,loss,\n,,train,val\n1,2,3,4\n");
        assert_eq!(names, ["N", "D", "loss/train", "loss/val"]);
        // Names that say all by themselves stay as they are, and a title is no group.
        assert_eq!(
            headers(",model,,result\nrun,N,D,loss\na,1,2,3\n").0,
            ["run", "N", "D", "loss"]
        );
        let (names, notes, _) = headers("My sweep,,,\nrun,x,D,loss\na,1,2,3\n");
        assert_eq!(
            (names[1].as_str(), notes[0].as_str()),
            ("x", "1 line before the header left out")
        );
    }
}
