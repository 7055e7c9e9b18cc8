//! Delimited text of which every line is a record: no cell has a line break or a delimiter in it.
//!
//! Such text can be cut anywhere between two lines, so it is cut in parallel, and its rows are places in it rather than
//! copies. Lines end with LF, CRLF or CR; those without a character are no records, as for [`super::split`]. Cells may
//! stand between quotation marks, each of them between two.

use super::cells::{Block, Cells, Text};
use memchr::{memchr, memchr_iter, memchr2_iter};
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// How much text is cut at a time, up to the end of the line.
const BLOCK: usize = 1 << 20;

/// Cuts the text from a byte on. `None` where a quotation mark is anything but one of a pair around a cell.
pub(super) fn split(text: &Text, start: usize, delimiter: u8) -> Option<Cells> {
    split_blocks(text, start, delimiter, BLOCK)
}

/// The same with blocks of a length.
pub(super) fn split_blocks(text: &Text, start: usize, delimiter: u8, length: usize) -> Option<Cells> {
    let blocks = blocks(text.as_bytes(), start, length);
    let odd = AtomicBool::new(false);
    let cut: Vec<(Block, u64)> = blocks
        .into_par_iter()
        .filter_map(|(from, to)| {
            if odd.load(Ordering::Relaxed) {
                return None;
            }
            let found = cut(text, from, to, delimiter);
            odd.fetch_or(found.is_none(), Ordering::Relaxed);
            found
        })
        .collect();
    if odd.into_inner() {
        return None;
    }
    let mut lines = 1 + count_lines(&text.as_bytes()[..start]);
    let numbered = cut.into_iter().map(|(mut block, count)| {
        block.lines_before = lines;
        lines += count;
        block
    });
    Some(Cells::of_blocks(text.clone(), numbered.collect()))
}

fn count_lines(bytes: &[u8]) -> u64 {
    line_ends(bytes).count() as u64
}

/// The last byte of every line's end.
fn line_ends(bytes: &[u8]) -> impl Iterator<Item = usize> {
    memchr2_iter(b'\n', b'\r', bytes).filter(|&at| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'))
}

/// The byte at which a physical line begins, 1-based.
pub(super) fn start_of(text: &str, line: u64) -> Option<usize> {
    let bytes = text.as_bytes();
    let ends_before = usize::try_from(line.checked_sub(2)?).ok()?;
    line_ends(bytes).nth(ends_before).map(|end| end + 1)
}

/// Pieces of about a length, each up to the end of a line.
fn blocks(bytes: &[u8], start: usize, length: usize) -> Vec<(usize, usize)> {
    let mut from = start;
    let mut blocks = Vec::new();
    while from < bytes.len() {
        let least = bytes.len().min(from + length);
        let end = bytes[least..].iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let to = end.map_or(bytes.len(), |end| {
            let at = least + end + 1;
            at + usize::from(bytes[at - 1] == b'\r' && bytes.get(at) == Some(&b'\n'))
        });
        blocks.push((from, to));
        from = to;
    }
    blocks
}

/// Cuts whole lines; gives their number too.
fn cut(text: &str, from: usize, to: usize, delimiter: u8) -> Option<(Block, u64)> {
    let text = &text[from..to];
    let bytes = text.as_bytes();
    // Most files have none, and then no line need be looked at for them.
    let quoted = memchr(b'"', bytes).is_some();
    let mut block = Block::of_lines(from, delimiter);
    let (mut row, mut line) = (0, 0);
    let ends = memchr2_iter(b'\n', b'\r', bytes).chain((!text.ends_with(['\n', '\r'])).then_some(bytes.len()));
    for at in ends {
        if at > row {
            if quoted && !is_simply_quoted(&bytes[row..at], delimiter) {
                return None;
            }
            block.push_line(row, line);
        }
        let second = bytes.get(at) == Some(&b'\n') && at > 0 && bytes[at - 1] == b'\r';
        line += u64::from(!second && at < bytes.len());
        row = at + 1;
    }
    Some((block, line))
}

/// Every quotation mark begins or ends a cell that has one at either end and none within.
fn is_simply_quoted(line: &[u8], delimiter: u8) -> bool {
    let mut marks = memchr_iter(b'"', line);
    while let Some(open) = marks.next() {
        let Some(close) = marks.next() else { return false };
        let begins = open == 0 || line[open - 1] == delimiter;
        let ends = line.get(close + 1).is_none_or(|next| *next == delimiter);
        if !begins || !ends || memchr(delimiter, &line[open..close]).is_some() {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::split::Records;
    use proptest::prelude::*;

    fn rows(cells: &Cells) -> Vec<(u64, Vec<String>)> {
        let owned = |row| cells.fields(row).iter().map(str::to_owned).collect();
        (0..cells.len()).map(|row| (cells.line(row), owned(row))).collect()
    }

    fn slowly(text: &str, start: usize, delimiter: u8) -> Vec<(u64, Vec<String>)> {
        let records = Records::split(text, start, delimiter).rows.into_iter();
        records
            .map(|row| (row.line, row.cells.iter().map(str::to_owned).collect()))
            .collect()
    }

    proptest! {
        #[test]
        fn the_same_as_reading_record_by_record(
            text in "([a-z0-9é .;#-]{0,9}|,|,,|\n|\r|\r\n|\n\n|\"[a-zé .]{0,3}\"[,;\n]|\"){0,60}", delimiter in prop_oneof![Just(b','), Just(b';')]
        ) {
            let text = Text::from(text);
            let fast = split(&text, 0, delimiter);
            // The other reader may make sense of more, and of what it takes for a cell of several lines.
            let simple = text.split(['\n', '\r']).all(|line| is_simply_quoted(line.as_bytes(), delimiter));
            prop_assert_eq!(fast.is_some(), simple);
            let Some(fast) = fast else { return Ok(()) };
            prop_assert_eq!(rows(&fast), slowly(&text, 0, delimiter));
            // Blocks may end after any line.
            for length in [1, 2, 7, 20] {
                let mut end = 0;
                for (from, to) in blocks(text.as_bytes(), 0, length) {
                    prop_assert_eq!(from, end);
                    end = to;
                    prop_assert!(to == text.len() || text[..to].ends_with(['\n', '\r']));
                    prop_assert!(!(text[..to].ends_with('\r') && text[to..].starts_with('\n')));
                }
                prop_assert_eq!(end, text.len());
            }
        }
    }

    #[test]
    fn places_and_lines_go_on_across_blocks() {
        let row = format!("run-{},2.5\r\n", "é".repeat(50));
        let text = Text::from(format!("sep=,\r\n{}last", row.repeat(4 * BLOCK / row.len())));
        let fast = split(&text, 5, b',').unwrap();
        assert!(fast.blocks().len() > 3);
        assert_eq!(rows(&fast), slowly(&text, 5, b','));
        assert!(split(&Text::from("a,b\n\"1\",2\n"), 0, b',').is_some());
        assert!(split(&Text::from("a,b\n\"1\n\",2\n"), 0, b',').is_none());
    }
}
