//! Widths of text in the bundled typeface, without a window.
//!
//! Noto Sans first, DejaVu Sans for the glyphs that it lacks, character by character, as the writers and the window
//! fall back. Kerning is left out: it moves a label by less than a point.

use std::sync::LazyLock;
use ttf_parser::Face;

/// Weight of the typeface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FontWeight {
    /// Noto Sans Regular.
    Regular,
    /// Noto Sans Bold.
    Bold,
}

/// Height of capitals over the baseline, as a share of the font size.
pub const CAP_HEIGHT: f32 = 0.714;

/// Depth of descenders under the baseline, as a share of the font size.
pub const DESCENT: f32 = 0.24;

/// Size of a raised exponent against its base.
pub const EXPONENT_SIZE: f32 = 0.72;

/// How far an exponent is raised, as a share of the base's font size.
pub const EXPONENT_RISE: f32 = 0.36;

static REGULAR: LazyLock<Vec<Face<'static>>> =
    LazyLock::new(|| faces([ttf_noto_sans::REGULAR, dejavu::sans::regular()]));
static BOLD: LazyLock<Vec<Face<'static>>> = LazyLock::new(|| faces([ttf_noto_sans::BOLD, dejavu::sans::bold()]));

fn faces(files: [&'static [u8]; 2]) -> Vec<Face<'static>> {
    files.into_iter().filter_map(|file| Face::parse(file, 0).ok()).collect()
}

/// Width in points of one line at a font size in points; exponents count as drawn.
pub fn text_width(text: &str, size: f32, weight: FontWeight) -> f32 {
    let faces = match weight {
        FontWeight::Regular => &*REGULAR,
        FontWeight::Bold => &*BOLD,
    };
    spans(text)
        .map(|(span, raised)| {
            let size = if raised { size * EXPONENT_SIZE } else { size };
            span.chars().map(|c| advance(faces, c)).sum::<f32>() * size
        })
        .sum()
}

/// Whether a character is drawn in DejaVu Sans, because Noto Sans lacks it.
pub(super) fn in_second_face(c: char) -> bool {
    REGULAR.iter().position(|face| face.glyph_index(c).is_some()) == Some(1)
}

/// Advance of a character at size 1.
fn advance(faces: &[Face<'_>], c: char) -> f32 {
    faces
        .iter()
        .find_map(|face| {
            let units = face.glyph_hor_advance(face.glyph_index(c)?)?;
            Some(f32::from(units) / f32::from(face.units_per_em()))
        })
        // A script that neither font has: about the width of a wide letter.
        .unwrap_or(0.6)
}

/// Splits a text into plain and raised parts: `N ∝ C^0.51` has `0.51` raised, without its `^`.
///
/// Figures hold exponents as typed, so that a text is readable wherever it lands; whoever draws one raises them.
pub fn spans(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = text;
    let mut raised = false;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let (end, skip) = if raised {
                (exponent_length(rest), 0)
            } else {
                match rest
                    .match_indices('^')
                    .find(|(at, _)| exponent_length(&rest[at + 1..]) > 0)
                {
                    Some((at, _)) => (at, 1),
                    None => (rest.len(), 0),
                }
            };
            let span = (&rest[..end], raised);
            rest = &rest[end + skip..];
            raised = skip == 1;
            if !span.0.is_empty() {
                return Some(span);
            }
        }
        None
    })
}

/// Bytes of a signed decimal at the start of a text, 0 where there is none.
fn exponent_length(text: &str) -> usize {
    let sign = text.strip_prefix(['-', '−']).map_or(0, |rest| text.len() - rest.len());
    let digits = text[sign..]
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len() - sign);
    let number = text[sign..sign + digits].trim_end_matches('.');
    if number.is_empty() { 0 } else { sign + number.len() }
}

/// Breaks a text into lines of at most `width` points at spaces; at most `lines`, the last one cut with `…`.
pub fn wrap(text: &str, size: f32, weight: FontWeight, width: f32, lines: usize) -> Vec<String> {
    let fits = |line: &str| text_width(line, size, weight) <= width;
    let mut out: Vec<String> = vec![];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match out.last_mut() {
            Some(line) if fits(&format!("{line} {word}")) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => out.push(word.to_owned()),
        }
    }
    if out.len() > lines {
        out.truncate(lines);
        if let Some(last) = out.last_mut() {
            while !last.is_empty() && !fits(&format!("{last} …")) {
                last.truncate(last.rfind(' ').unwrap_or(0));
            }
            last.truncate(last.trim_end_matches([' ', '·', ',']).len());
            last.push_str(" …");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_add_up_and_scale() {
        let one = text_width("loss", 10.0, FontWeight::Regular);
        assert!(one > 15.0 && one < 25.0, "{one}");
        assert!((text_width("lossloss", 10.0, FontWeight::Regular) - 2.0 * one).abs() < 1e-3);
        assert!((text_width("loss", 20.0, FontWeight::Regular) - 2.0 * one).abs() < 1e-3);
        assert!(text_width("loss", 10.0, FontWeight::Bold) > one);
        assert_eq!(text_width("", 10.0, FontWeight::Bold), 0.0);
    }

    #[test]
    fn the_second_font_has_what_the_first_lacks() {
        for c in ['∝', '⁻', '₀', '∇', '²', 'δ', '·', '…', '−'] {
            assert!(REGULAR.iter().any(|face| face.glyph_index(c).is_some()), "{c}");
            assert!(BOLD.iter().any(|face| face.glyph_index(c).is_some()), "{c}");
        }
        assert!(text_width("語", 10.0, FontWeight::Regular) > 0.0);
    }

    #[test]
    fn exponents_are_raised() {
        let parts = |text| spans(text).collect::<Vec<_>>();
        assert_eq!(
            parts("N ∝ C^0.51 [0.47, 0.55]"),
            [("N ∝ C", false), ("0.51", true), (" [0.47, 0.55]", false)]
        );
        assert_eq!(parts("N^-0.3."), [("N", false), ("-0.3", true), (".", false)]);
        assert_eq!(parts("C^−1"), [("C", false), ("−1", true)]);
        assert_eq!(parts("a^b^2"), [("a^b", false), ("2", true)]);
        assert_eq!(parts("^"), [("^", false)]);
        assert_eq!(parts(""), []);
    }

    #[test]
    fn long_lines_break_at_words() {
        let lines = wrap("one two three four", 10.0, FontWeight::Regular, 45.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'), "{lines:?}");
        assert_eq!(wrap("one two", 10.0, FontWeight::Regular, 500.0, 2), ["one two"]);
    }
}
