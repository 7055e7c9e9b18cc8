//! Tables set with spaces: printed data frames, Fortran output, text copied from a terminal.
//!
//! Three readings are tried in turn and the first under which the rows agree is taken: any run of spaces separates, at least
//! two spaces separate (`Model Size   loss`), or columns are as wide as the blank strips that run through all lines, which
//! keeps empty cells. Quotes hold a cell together in the first two.
//!
//! Limits: strips are found with characters counted as one column each; a tab counts as a space.

use super::split::{Record, Records, count_numbers, is_comment};
use csv::StringRecord;

/// How many lines decide the reading.
const SAMPLE: usize = 400;

/// One line of the file.
struct Line<'a> {
    number: u64,
    text: &'a str,
}

/// Cuts text at spaces; `None` where no reading makes a table of it.
pub(super) fn split(text: &str) -> Option<Records> {
    let lines: Vec<Line> = text
        .split('\n')
        .enumerate()
        .map(|(index, line)| Line {
            number: index as u64 + 1,
            text: line.trim_end_matches('\r'),
        })
        .filter(|line| !line.text.trim().is_empty() && !is_rule(line.text))
        .collect();
    let sample = &lines[..lines.len().min(SAMPLE)];
    let strips = strips(sample);
    let readings: [&dyn Fn(&str) -> StringRecord; 3] = [&|line| words(line, 1), &|line| words(line, 2), &|line| {
        at_strips(line, &strips)
    }];
    let reading = readings.into_iter().find(|reading| agrees(sample, reading))?;
    Some(Records {
        rows: lines
            .iter()
            .map(|line| Record {
                line: line.number,
                cells: reading(line.text),
            })
            .collect(),
        unclosed: Vec::new(),
        cut: !text.ends_with(['\n', '\r']),
    })
}

/// A line drawn under a header.
fn is_rule(line: &str) -> bool {
    line.trim().len() > 2 && line.chars().all(|c| matches!(c, '-' | '=' | '+' | ' ' | '─' | '━'))
}

/// Whether header and rows have the same number of cells, and the rows numbers in them.
fn agrees(sample: &[Line], reading: &dyn Fn(&str) -> StringRecord) -> bool {
    let rows: Vec<StringRecord> = sample
        .iter()
        .map(|line| reading(line.text))
        .filter(|row| !is_comment(row) || row.len() > 2)
        .collect();
    let Some(width) = rows.last().map(StringRecord::len).filter(|width| *width > 1) else {
        return false;
    };
    let agreeing = rows.iter().filter(|row| row.len() == width).count();
    let numeric = rows
        .iter()
        .filter(|row| row.len() == width && count_numbers(row) * 2 >= width)
        .count();
    // A header and one row at least; a title and remarks may stand around them.
    let named = rows
        .iter()
        .find(|row| row.len() == width)
        .is_some_and(|row| count_numbers(row) * 2 <= width);
    numeric >= 1 && agreeing >= 2 && named && agreeing * 10 >= rows.len() * 8
}

/// Cells between runs of at least `least` spaces.
fn words(line: &str, least: usize) -> StringRecord {
    let mut cells = StringRecord::new();
    let mut cell = String::new();
    let (mut spaces, mut quoted) = (0, false);
    for c in line.trim().chars() {
        if c == '"' && (quoted || cell.is_empty() || spaces >= least) {
            quoted = !quoted;
            if spaces >= least && !cell.is_empty() {
                cells.push_field(&cell);
                cell.clear();
            }
            spaces = 0;
        } else if c.is_whitespace() && !quoted {
            spaces += if c == '\t' { least } else { 1 };
        } else {
            if spaces >= least {
                cells.push_field(&cell);
                cell.clear();
            } else if spaces > 0 {
                cell.push(' ');
            }
            spaces = 0;
            cell.push(c);
        }
    }
    cells.push_field(&cell);
    cells
}

/// Where cells begin: after each strip of places that are blank in every line.
fn strips(sample: &[Line]) -> Vec<usize> {
    let mut used: Vec<bool> = Vec::new();
    for line in sample {
        for (place, c) in line.text.chars().enumerate() {
            if used.len() <= place {
                used.resize(place + 1, false);
            }
            used[place] |= !c.is_whitespace();
        }
    }
    (0..used.len())
        .filter(|&place| used[place] && (place == 0 || !used[place - 1]))
        .collect()
}

fn at_strips(line: &str, starts: &[usize]) -> StringRecord {
    let places: Vec<char> = line.chars().collect();
    let mut cells = StringRecord::new();
    for (index, &start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(places.len()).min(places.len());
        let cell: String = places.get(start.min(end)..end).unwrap_or(&[]).iter().collect();
        cells.push_field(cell.trim());
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        let records = split(text).unwrap();
        let cells = |record: &Record| record.cells.iter().map(str::to_owned).collect();
        records.rows.iter().map(cells).collect()
    }

    #[test]
    fn three_readings() {
        assert_eq!(
            rows("N  D loss\n1 20   2.5\n\n\"2 x\" 40 2.4\n")[1..],
            [["1", "20", "2.5"], ["2 x", "40", "2.4"]]
        );
        let two = rows("Model Size   Tokens (B)  loss\n   1.2B          20    2.5\n");
        assert_eq!(two, [["Model Size", "Tokens (B)", "loss"], ["1.2B", "20", "2.5"]]);
        let fixed = rows("run     N    D  loss\n----------------\nsmall  1B  20B   2.5\nlarge      40B   2.4\n");
        assert_eq!(fixed[2], ["large", "", "40B", "2.4"]);
        assert_eq!(split("N D loss\n1 2 3\n").unwrap().rows[1].line, 2);
    }

    #[test]
    fn prose_is_no_table() {
        assert!(split("Dear all,\nplease find the losses attached.\nBest, Ann\n").is_none());
        assert!(split("loss\n2.5\n2.4\n").is_none());
        assert!(split("1 2 3\n4 5 6\n").is_none());
        assert!(split("").is_none());
    }
}
