//! Tables set with spaces: printed data frames, Fortran output, text copied from a terminal.
//!
//! Three readings are tried in turn and the first under which the rows agree is taken: any run of spaces separates, at least
//! two spaces separate (`Model Size   loss`), or columns are as wide as the blank strips that run through all lines, which
//! keeps empty cells. Quotes hold a cell together in the first two.
//!
//! Limits: strips are found with characters counted as one column each; a tab counts as a space.

use super::split::{Record, Records, count_filled, count_numbers, is_comment};
use csv::StringRecord;

/// How many lines decide the reading.
const SAMPLE: usize = 400;

/// How many lines may stand above the table.
const TITLE: usize = 8;

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
    let words = [1, 2].into_iter().map(Reading::Words);
    // A title above the table has words where its columns have gaps.
    let strips = (0..sample.len().min(TITLE)).map(|above| Reading::Strips(above, strips(&sample[above..])));
    let reading = words.chain(strips).find(|reading| reading.agrees(sample))?;
    Some(Records {
        rows: lines
            .iter()
            .enumerate()
            .map(|(index, line)| Record {
                line: line.number,
                cells: reading.cells(index, line.text),
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

/// How cells are told apart.
enum Reading {
    /// By runs of at least so many spaces.
    Words(usize),
    /// By places, below so many lines of a title.
    Strips(usize, Vec<usize>),
}

impl Reading {
    fn cells(&self, index: usize, line: &str) -> StringRecord {
        match self {
            Self::Words(least) => words(line, *least),
            Self::Strips(above, _) if index < *above => [line.trim()].into_iter().collect(),
            Self::Strips(_, starts) => at_strips(line, starts),
        }
    }

    /// Whether header and rows have the same number of cells, and the rows numbers in them.
    fn agrees(&self, sample: &[Line]) -> bool {
        let rows: Vec<StringRecord> = sample
            .iter()
            .enumerate()
            .map(|(index, line)| self.cells(index, line.text))
            .filter(|row| !is_comment(row) || row.len() > 2)
            .collect();
        let Some(width) = rows.last().map(StringRecord::len).filter(|width| *width > 1) else {
            return false;
        };
        let table: Vec<&StringRecord> = rows.iter().filter(|row| row.len() == width).collect();
        // Where strips of blanks are missing, cells stick together.
        let glued =
            matches!(self, Self::Strips(..)) && table.iter().any(|row| row.iter().any(|cell| cell.contains("  ")));
        let numeric = |row: &StringRecord| count_numbers(row) * 2 >= count_filled(row);
        // A header and one row at least; a title and remarks may stand around them.
        let named = table
            .first()
            .is_some_and(|row| count_numbers(row) * 2 <= width && count_filled(row) > 1);
        !glued
            && table.len() >= 2
            && named
            && table[1..].iter().any(|row| numeric(row))
            && table.len() * 10 >= rows.len() * 7
    }
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
    let starts: Vec<usize> = (0..used.len())
        .filter(|&place| used[place] && (place == 0 || !used[place - 1]))
        .collect();
    // `val loss` over numbers below its second word only: one blank in a header is no strip.
    let mut kept: Vec<usize> = Vec::new();
    for (index, &start) in starts.iter().enumerate() {
        let before = index.checked_sub(1).map(|left| starts[left]);
        let in_header = before.is_some_and(|left| {
            let rows = sample.iter().skip(1);
            used[start - 2] && rows.clone().all(|line| is_blank_between(line.text, left, start))
        });
        if !in_header {
            kept.push(start);
        }
    }
    kept
}

fn is_blank_between(line: &str, start: usize, end: usize) -> bool {
    line.chars().take(end).skip(start).all(char::is_whitespace)
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
        let titled = rows(
            "My sweep of ten runs\n\nrun     N    D  val loss\nsmall  1B  20B       2.5\nlarge      40B       2.4\n",
        );
        assert_eq!(
            (titled[0].len(), titled[1][3].as_str(), titled[3][1].as_str()),
            (1, "val loss", "")
        );
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
