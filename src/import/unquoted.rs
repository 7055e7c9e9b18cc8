//! Delimited text without a quotation mark: every line is a record, every delimiter ends a cell.
//!
//! Such text can be cut anywhere between two lines, so it is cut in parallel, and its cells are places in it rather than
//! copies. Lines end with LF, CRLF or CR; those without a character are no records, as for [`super::split`].

use super::cells::{Block, Cells, Text};
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// How much text is cut at a time, up to the end of the line.
const BLOCK: usize = 1 << 20;

/// Cuts the text from a byte on; `None` where it has a quotation mark.
pub(super) fn split(text: &Text, start: usize, delimiter: u8) -> Option<Cells> {
    split_blocks(text, start, delimiter, BLOCK)
}

/// The same with blocks of a length.
pub(super) fn split_blocks(text: &Text, start: usize, delimiter: u8, length: usize) -> Option<Cells> {
    let bytes = text.as_bytes();
    let blocks = blocks(bytes, start, length);
    let quoted = AtomicBool::new(false);
    let cut: Vec<(Block, u64)> = blocks
        .into_par_iter()
        .filter_map(|(from, to)| {
            if quoted.load(Ordering::Relaxed) {
                return None;
            }
            let found = cut(bytes, from, to, delimiter);
            quoted.fetch_or(found.is_none(), Ordering::Relaxed);
            found
        })
        .collect();
    if quoted.into_inner() {
        return None;
    }
    let mut lines = 1 + count_lines(&bytes[..start]);
    let numbered = cut.into_iter().map(|(mut block, count)| {
        block.lines_before = lines;
        lines += count;
        block
    });
    Some(Cells::of_blocks(text.clone(), numbered.collect()))
}

fn count_lines(bytes: &[u8]) -> u64 {
    let ends = (0..bytes.len()).filter(|&at| match bytes[at] {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    });
    ends.count() as u64
}

/// Pieces of about a length, each up to the end of a line.
fn blocks(bytes: &[u8], start: usize, length: usize) -> Vec<(usize, usize)> {
    // A second byte-order mark belongs to no cell.
    let mut from = start
        + if bytes[start..].starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        };
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

/// Marks the bytes of a word that equal the pattern's, by their highest bits.
fn equal(word: u64, pattern: u64) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let difference = word ^ pattern;
    !(((difference & LOW) + LOW) | difference | LOW)
}

/// Cuts whole lines; gives their number too. `None` at a quotation mark.
fn cut(bytes: &[u8], from: usize, to: usize, delimiter: u8) -> Option<(Block, u64)> {
    let bytes = &bytes[from..to];
    let [delimiters, feeds, returns, quotes] =
        [delimiter, b'\n', b'\r', b'"'].map(|byte| u64::from_le_bytes([byte; 8]));
    let mut block = Block::of_source(from);
    let (mut row, mut line) = (0, 0);
    let mut base = 0;
    for chunk in bytes.chunks(8) {
        let word = match <[u8; 8]>::try_from(chunk) {
            Ok(whole) => u64::from_le_bytes(whole),
            Err(_) => {
                let mut last = [0; 8];
                last[..chunk.len()].copy_from_slice(chunk);
                u64::from_le_bytes(last)
            }
        };
        if equal(word, quotes) != 0 {
            return None;
        }
        let mut marks = equal(word, delimiters) | equal(word, feeds) | equal(word, returns);
        while marks != 0 {
            let at = base + marks.trailing_zeros() as usize / 8;
            marks &= marks - 1;
            if bytes[at] == delimiter {
                block.end_cell(at);
                continue;
            }
            let second = bytes[at] == b'\n' && at > 0 && bytes[at - 1] == b'\r';
            if at > row {
                block.end_cell(at);
                block.end_row(row, line);
            }
            line += u64::from(!second);
            row = at + 1;
        }
        base += 8;
    }
    if row < bytes.len() {
        block.end_cell(bytes.len());
        block.end_row(row, line);
    }
    Some((block, line))
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
            text in "([a-z0-9é .;#-]{0,9}|,|,,|\n|\r|\r\n|\n\n){0,60}", delimiter in prop_oneof![Just(b','), Just(b';')]
        ) {
            let text = Text::from(text);
            let fast = split(&text, 0, delimiter).unwrap();
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
        assert!(split(&Text::from("a,b\n\"1\",2\n"), 0, b',').is_none());
    }
}
