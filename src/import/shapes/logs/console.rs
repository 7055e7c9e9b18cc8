//! Console output, line by line, for the layouts of trainers' logs.
//!
//! Records stand among other lines: warnings, traces, progress bars that overwrite themselves with carriage returns, and
//! the same line once more from every rank. In front of a record may be a timestamp, a rank or a logger's name, and colour
//! codes anywhere. A layout says of each line what it holds; everything else here is the same for all of them.
//!
//! Limits: a lone carriage return ends a piece of a line, not a line, unless the file has no other line ends.

use super::rows::Rows;
use crate::import::ImportError;
use crate::import::grid::{Grid, Source};
use std::borrow::Cow;

/// What a line was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::import::shapes) enum Said {
    /// A record, a part of one, or a setting.
    Something,
    /// The beginning of a record and no more: where the file ends there, a loss that is not yet told.
    Begun,
    /// None of these.
    Nothing,
}

/// Reads the lines of one trainer.
pub(in crate::import::shapes) trait Console {
    /// Takes what the line says into the rows. `at` is its physical line.
    fn line(&mut self, at: u64, text: &str, rows: &mut Rows) -> Said;

    /// Takes what was still open when the text ended.
    fn finish(&mut self, _rows: &mut Rows) {}
}

/// Reads the whole text. `example` shows a record, for when there is none.
pub(in crate::import::shapes) fn read(
    source: &Source,
    mut console: impl Console,
    mut rows: Rows,
    example: &str,
) -> Result<Grid, ImportError> {
    for piece in Pieces::of(&source.text) {
        let text = clean(piece.text);
        if text.trim().is_empty() {
            continue;
        }
        rows.begin(rank(&text), (!piece.ended).then_some(&text));
        match console.line(piece.line, &text, &mut rows) {
            Said::Something => {}
            Said::Begun if !piece.ended => rows.cut_short(piece.line),
            Said::Begun | Said::Nothing => rows.leave_out(),
        }
    }
    console.finish(&mut rows);
    rows.finish(source.stem(), example)
}

/// Whether any line satisfies the test, of those at the start, in the middle and at the end: trainers print pages of
/// settings before their first record.
pub(in crate::import::shapes) fn any_line(source: &Source, word: &str, mut test: impl FnMut(&str) -> bool) -> bool {
    const WINDOW: usize = 1 << 16;
    let text = &source.text;
    let window = |start: usize| {
        let (mut start, mut end) = (start.min(text.len()), (start + WINDOW).min(text.len()));
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        &text[start..end]
    };
    let mut windows = vec![source.head()];
    if text.len() > WINDOW {
        windows.extend([window(text.len() / 2), window(text.len() - WINDOW)]);
    }
    windows
        .into_iter()
        .filter(|window| window.contains(word))
        .flat_map(|window| window.split(['\n', '\r']))
        .filter(|line| line.contains(word))
        .any(|line| test(&clean(line)))
}

/// A line, or what a carriage return leaves of it.
struct Piece<'a> {
    line: u64,
    text: &'a str,
    /// Something follows: the text is whole.
    ended: bool,
}

struct Pieces<'a> {
    rest: &'a str,
    line: u64,
    /// Carriage returns are the file's line ends.
    returns: bool,
}

impl<'a> Pieces<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            rest: text,
            line: 1,
            returns: !text.contains('\n'),
        }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let line = self.line;
        let bytes = self.rest.as_bytes();
        let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let Some(end) = end else {
            let text = std::mem::take(&mut self.rest);
            return Some(Piece {
                line,
                text,
                ended: false,
            });
        };
        let mut next = end + 1;
        if bytes[end] == b'\r' && bytes.get(next) == Some(&b'\n') {
            next += 1;
        }
        self.line += u64::from(bytes[next - 1] == b'\n' || self.returns);
        let text = &self.rest[..end];
        self.rest = &self.rest[next..];
        Some(Piece {
            line,
            text,
            ended: true,
        })
    }
}

/// Without colour codes and other escape sequences.
fn clean(text: &str) -> Cow<'_, str> {
    const ESCAPE: char = '\u{1b}';
    if !text.contains(ESCAPE) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(ESCAPE) {
        clean.push_str(before);
        let mut chars = after.chars();
        rest = match chars.next() {
            Some('[') => {
                let after = chars.as_str().trim_start_matches(|c| (' '..='?').contains(&c));
                after.strip_prefix(|c| ('@'..='~').contains(&c)).unwrap_or(after)
            }
            // A title or a link, up to a bell or the next escape.
            Some(']') => {
                let after = chars.as_str();
                let end = after.find(['\u{7}', ESCAPE]).unwrap_or(after.len());
                after[end..].trim_start_matches('\u{7}')
            }
            _ => chars.as_str(),
        };
    }
    clean.push_str(rest);
    Cow::Owned(clean)
}

/// The rank in front of a line, as launchers write it: `[rank3]:`, `[default3]:`.
fn rank(text: &str) -> Option<u64> {
    let inside = text.trim_start().strip_prefix('[')?;
    let number = inside.strip_prefix("rank").or_else(|| inside.strip_prefix("default"))?;
    let (rank, rest) = count(number)?;
    rest.starts_with(']').then_some(rank)
}

/// What follows a word that begins the line or stands behind a space or the end of a prefix.
pub(in crate::import::shapes) fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let free = |at: usize| {
        let before = text[..at].chars().next_back();
        before.is_none_or(|c| c.is_whitespace() || matches!(c, ']' | ')' | '>' | ':' | '|'))
    };
    let (at, _) = text.match_indices(word).find(|(at, _)| free(*at))?;
    Some(&text[at + word.len()..])
}

/// A whole number, perhaps with thousands commas, at the start, and what follows it.
pub(in crate::import::shapes) fn count(text: &str) -> Option<(u64, &str)> {
    let text = text.trim_start();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != ',')
        .unwrap_or(text.len());
    let digits = text[..end].trim_end_matches(',');
    if digits.starts_with(',') {
        return None;
    }
    let number = match digits.contains(',') {
        true => digits.replace(',', "").parse().ok()?,
        false => digits.parse().ok()?,
    };
    Some((number, &text[digits.len()..]))
}

/// What follows `/ 1000` behind a step, or the text itself where there is no total.
pub(in crate::import::shapes) fn past_total(text: &str) -> &str {
    let text = text.trim_start();
    match text.strip_prefix('/').and_then(count) {
        Some((_, rest)) => rest.trim_start(),
        None => text,
    }
}

/// The first word, without the punctuation that ends it. Losses are taken like this, so that what is no number is told.
pub(in crate::import::shapes) fn word(text: &str) -> &str {
    let text = text.trim_start();
    let end = text.find(|c: char| c.is_whitespace() || c == '|').unwrap_or(text.len());
    text[..end].trim_end_matches([',', ';'])
}

/// The number at the start, without a unit behind it (`245.31ms`, `48.87GiB(51.44%)`); empty where there is none.
pub(in crate::import::shapes) fn number(text: &str) -> &str {
    let word = word(text);
    if is_not_finite(word) {
        return word;
    }
    let end = word
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '+' | '-' | 'e' | 'E')))
        .unwrap_or(word.len());
    let number = word[..end].trim_end_matches(['e', 'E', '+', '-', ',']);
    match number.bytes().any(|byte| byte.is_ascii_digit()) {
        true => number,
        false => "",
    }
}

fn is_not_finite(word: &str) -> bool {
    let word = word.trim_start_matches(['+', '-']);
    ["nan", "inf", "infinity"]
        .iter()
        .any(|name| word.eq_ignore_ascii_case(name))
}

/// A name and the value behind it: `train loss 3.21` and `norm: 1.2 (+0.1z)`.
pub(in crate::import::shapes) fn named(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let mut at = 0;
    for part in text.split(' ') {
        let numeric = part.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
        if numeric || is_not_finite(part.trim_end_matches([',', ';'])) {
            let name = text[..at].trim().trim_end_matches(':');
            return (!name.is_empty()).then(|| (name, word(&text[at..])));
        }
        at += part.len() + 1;
    }
    None
}

/// `key: value` between bars.
pub(in crate::import::shapes) fn fields(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('|')
        .filter_map(|part| part.split_once(':'))
        .map(|(key, value)| (key.trim(), value.trim()))
        .filter(|(key, value)| !key.is_empty() && !value.is_empty())
}

/// A number with a magnitude behind it, as people read it (`41.9M`, `1.04G`): with an exponent instead, and whether there
/// was a magnitude.
pub(in crate::import::shapes) fn magnitude(text: &str) -> (Cow<'_, str>, bool) {
    let word = word(text);
    let number = number(word);
    let exponent = match &word[number.len().min(word.len())..] {
        "K" => "e3",
        "M" => "e6",
        "B" | "G" => "e9",
        "T" => "e12",
        "P" => "e15",
        "E" => "e18",
        _ => return (Cow::Borrowed(word), false),
    };
    match number.contains(['e', 'E']) || is_not_finite(number) || number.is_empty() {
        true => (Cow::Borrowed(word), false),
        false => (Cow::Owned(format!("{number}{exponent}")), true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carriage_returns_end_pieces_and_lines_are_physical() {
        let pieces = |text| -> Vec<(u64, String, bool)> {
            Pieces::of(text)
                .map(|piece| (piece.line, piece.text.to_owned(), piece.ended))
                .collect()
        };
        let found = pieces("a\r\n 10%\r 20%\rb\n\nc");
        let expected = [
            (1, "a", true),
            (2, " 10%", true),
            (2, " 20%", true),
            (2, "b", true),
            (3, "", true),
            (4, "c", false),
        ];
        assert_eq!(
            found,
            expected.map(|(line, text, ended)| (line, text.to_owned(), ended))
        );
        assert_eq!(pieces("a\rb\r")[1], (2, "b".to_owned(), true));
    }

    #[test]
    fn escapes_go() {
        assert_eq!(
            clean("\u{1b}[31mstep: 2\u{1b}[0m  \u{1b}[1;32mloss: 3\u{1b}[39m"),
            "step: 2  loss: 3"
        );
        assert_eq!(clean("\u{1b}]0;title\u{7}a\u{1b}(b"), "ab");
        assert_eq!(clean("a\u{1b}"), "a");
        assert_eq!(clean("a\u{1b}[12"), "a");
    }

    #[test]
    fn words_and_numbers() {
        assert_eq!(rank("[rank12]:[titan] x"), Some(12));
        assert_eq!(rank("[2025-01-01] x"), None);
        assert_eq!(after("x misstep: 1 step: 2", "step:"), Some(" 2"));
        assert_eq!(count(" 491,520 tokens"), Some((491_520, " tokens")));
        assert_eq!(
            (count("x"), count(",5"), count("99999999999999999999999")),
            (None, None, None)
        );
        assert_eq!(
            (number("48.87GiB(51.44%)"), number("245.31ms,"), number("-100.00%")),
            ("48.87", "245.31", "-100.00")
        );
        assert_eq!(
            (number("1.5E"), number("3e-05"), number("NaN|"), number("e")),
            ("1.5", "3e-05", "NaN", "")
        );
        assert_eq!(named("train loss 3.2145"), Some(("train loss", "3.2145")));
        assert_eq!(named("norm: nan (+0.1z)"), Some(("norm", "nan")));
        assert_eq!((named("250.00 ms"), named("no value")), (None, None));
        assert_eq!(past_total("/  50 | x"), "| x");
        assert_eq!(past_total(" | x"), "| x");
    }

    #[test]
    fn magnitudes() {
        let read = |text| {
            let (cell, rounded) = magnitude(text);
            (cell.into_owned(), rounded)
        };
        assert_eq!(read("41.9M"), ("41.9e6".to_owned(), true));
        assert_eq!(read("1.04G (2 GiB)"), ("1.04e9".to_owned(), true));
        assert_eq!(read("1.2E"), ("1.2e18".to_owned(), true));
        assert_eq!(read("9.87 "), ("9.87".to_owned(), false));
        assert_eq!(read("nan"), ("nan".to_owned(), false));
        assert_eq!(read("é"), ("é".to_owned(), false));
    }
}
