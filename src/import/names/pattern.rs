//! Patterns that find values in names: `{N}-{multiple}xC` in `190M-5xC`, `d{width}-l{layers}` in `sweep_d512_l8`.
//!
//! A pattern is text with fields in braces. Text is compared without case; `=` stands for any one of `= : - _ . /` and a space,
//! and each of the others for any of them or for none. A match begins and ends at the border of a word. A pattern of one field alone is strict: a size must
//! carry M or B (`{N}` in `model 12m`), compute an exponent (`{C}` in `3e+19`).

use std::ops::Range;

/// What a name can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Field {
    /// N.
    Params,
    /// D at the end of training.
    Tokens,
    /// U, distinct tokens.
    UniqueTokens,
    /// C at the end of training.
    Flops,
    /// D as a multiple of 20 tokens per parameter.
    Multiple,
    /// Width of the model.
    Width,
    /// Its layers.
    Layers,
    /// Batch, in sequences.
    Batch,
    /// Sequence length, in tokens.
    SeqLen,
    /// Learning rate.
    Lr,
    /// Passes over the data.
    Epochs,
    /// Random seed.
    Seed,
}

impl Field {
    const ALL: [(Self, &'static str); 12] = [
        (Self::Params, "N"),
        (Self::Tokens, "D"),
        (Self::UniqueTokens, "U"),
        (Self::Flops, "C"),
        (Self::Multiple, "multiple"),
        (Self::Width, "width"),
        (Self::Layers, "layers"),
        (Self::Batch, "batch"),
        (Self::SeqLen, "seq_len"),
        (Self::Lr, "lr"),
        (Self::Epochs, "epochs"),
        (Self::Seed, "seed"),
    ];

    /// As patterns write it, and as the column of its values is called.
    pub(super) fn name(self) -> &'static str {
        Self::ALL
            .into_iter()
            .find_map(|(field, name)| (field == self).then_some(name))
            .expect("every field is listed")
    }

    /// Letters after the number that multiply it.
    fn takes_suffix(self) -> bool {
        matches!(self, Self::Params | Self::Tokens | Self::UniqueTokens | Self::SeqLen)
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    /// Lower case.
    Text(String),
    Field(Field),
}

/// A pattern, read.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::import) struct Pattern {
    text: String,
    pieces: Vec<Piece>,
}

/// Where a pattern was found, and what its fields hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Match {
    /// In bytes of the name.
    pub(super) range: Range<usize>,
    pub(super) values: Vec<(Field, f64)>,
}

impl Pattern {
    /// Reads a pattern, or says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let Some(open) = rest.find('{') else {
                pieces.push(Piece::Text(rest.to_lowercase()));
                break;
            };
            if open > 0 {
                pieces.push(Piece::Text(rest[..open].to_lowercase()));
            }
            let inside = &rest[open + 1..];
            let close = inside
                .find('}')
                .ok_or_else(|| format!("`{text}`: a `{{` without its `}}`"))?;
            let name = inside[..close].trim();
            let field = Field::ALL
                .into_iter()
                .find(|(_, known)| *known == name)
                .map(|(field, _)| field);
            pieces.push(Piece::Field(field.ok_or_else(|| {
                let known: Vec<&str> = Field::ALL.into_iter().map(|(_, name)| name).collect();
                format!("`{text}`: no field `{name}`; there are {}", known.join(", "))
            })?));
            rest = &inside[close + 1..];
        }
        if !pieces.iter().any(|piece| matches!(piece, Piece::Field(_))) {
            return Err(format!("`{text}`: no field in braces, such as {{N}}"));
        }
        if pieces
            .windows(2)
            .any(|two| matches!(two, [Piece::Field(_), Piece::Field(_)]))
        {
            return Err(format!(
                "`{text}`: nothing between two fields tells where the first ends"
            ));
        }
        Ok(Self {
            text: text.trim().to_owned(),
            pieces,
        })
    }

    /// As the user wrote it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Every match from left to right, none over another.
    pub(super) fn find(&self, name: &str) -> Vec<Match> {
        let mut found: Vec<Match> = Vec::new();
        for (start, _) in name.char_indices() {
            if found.last().is_some_and(|last| start < last.range.end) {
                continue;
            }
            found.extend(self.at(name, start));
        }
        found
    }

    fn at(&self, name: &str, start: usize) -> Option<Match> {
        let before = name[..start].chars().next_back();
        let here = name[start..].chars().next()?;
        if before
            .is_some_and(|c| c.is_alphanumeric() || (c == '.' && here.is_ascii_digit() && decimal_ends(name, start)))
            && here.is_alphanumeric()
        {
            return None;
        }
        let strict = self.pieces.len() == 1;
        let mut at = start;
        let mut values = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => at = skip_text(name, at, text)?,
                Piece::Field(field) => {
                    let (value, end) = number(name, at, *field, strict)?;
                    values.push((*field, value));
                    at = end;
                }
            }
        }
        let mut after = name[at..].chars();
        let ends = match (after.next(), after.next()) {
            (Some(c), _) if c.is_alphanumeric() => false,
            (Some('.'), Some(c)) if c.is_ascii_digit() => false,
            _ => true,
        };
        (at > start && ends).then_some(Match {
            range: start..at,
            values,
        })
    }
}

/// Whether the point before `start` belongs to a number.
fn decimal_ends(name: &str, start: usize) -> bool {
    name[..start - 1].ends_with(|c: char| c.is_ascii_digit())
}

fn is_separator(c: char) -> bool {
    matches!(c, '-' | '_' | '=' | ':' | '.' | '/' | ' ')
}

/// Where the pattern's text ends in the name.
fn skip_text(name: &str, mut at: usize, text: &str) -> Option<usize> {
    for wanted in text.chars() {
        let next = name[at..].chars().next();
        if is_separator(wanted) {
            match next.filter(|c| is_separator(*c)) {
                Some(there) => at += there.len_utf8(),
                None if wanted == '=' => return None,
                None => {}
            }
        } else {
            let next = next?;
            if !next.to_lowercase().eq(std::iter::once(wanted)) {
                return None;
            }
            at += next.len_utf8();
        }
    }
    Some(at)
}

/// The number at a place, and where it ends.
fn number(name: &str, start: usize, field: Field, strict: bool) -> Option<(f64, usize)> {
    let bytes = name.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let mut end = digits(start);
    if end == start {
        return None;
    }
    if bytes.get(end) == Some(&b'.') && digits(end + 1) > end + 1 {
        end = digits(end + 1);
    }
    let mut exponent = false;
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let after = digits(end + 1 + sign);
        if after > end + 1 + sign {
            (end, exponent) = (after, true);
        }
    }
    let mut value: f64 = name[start..end].parse().ok()?;
    let mut suffix = b' ';
    if field.takes_suffix()
        && !exponent
        && let Some(letter) = bytes.get(end).map(u8::to_ascii_lowercase)
        && let Some(factor) = factor(letter)
    {
        value *= factor;
        suffix = letter;
        end += 1;
    }
    let told = match field {
        Field::Params | Field::Tokens | Field::UniqueTokens => matches!(suffix, b'm' | b'b' | b'g' | b't'),
        Field::Flops => exponent && value >= 1e12,
        _ => true,
    };
    (value.is_finite() && value > 0.0 || field == Field::Seed)
        .then_some((value, end))
        .filter(|_| told || !strict)
}

fn factor(letter: u8) -> Option<f64> {
    Some(match letter {
        b'k' => 1e3,
        b'm' => 1e6,
        b'b' | b'g' => 1e9,
        b't' => 1e12,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pattern: &str, name: &str) -> Vec<(&'static str, f64)> {
        let found = Pattern::parse(pattern).unwrap().find(name);
        found
            .into_iter()
            .flat_map(|found| found.values)
            .map(|(field, value)| (field.name(), value))
            .collect()
    }

    #[test]
    fn fields_are_found_at_the_borders_of_words() {
        assert_eq!(
            values("{N}-{multiple}xC", "190M-5xC"),
            [("N", 190e6), ("multiple", 5.0)]
        );
        assert_eq!(
            values("{N}-{multiple}xC", "ladder/1.3B_0.5xC"),
            [("N", 1.3e9), ("multiple", 0.5)]
        );
        assert_eq!(values("model-{N}", "moe.model-12m.lr_4e-3"), [("N", 12e6)]);
        assert_eq!(
            values("d{width}-l{layers}", "run_d512_l8"),
            [("width", 512.0), ("layers", 8.0)]
        );
        assert_eq!(
            values("d{width}-l{layers}", "d512l8"),
            [("width", 512.0), ("layers", 8.0)]
        );
        assert_eq!(values("lr-{lr}", "moe.lr_4e-3,experts_4"), [("lr", 4e-3)]);
        assert_eq!(values("{C}", "scaling-optimal-3e+19-5b04fb"), [("C", 3e19)]);
        assert_eq!(values("{N}", "gpt-1.2B seed 3"), [("N", 1.2e9)]);
    }

    #[test]
    fn what_only_looks_like_a_field_is_left_alone() {
        assert!(values("{N}", "exp2166-5b04fb").is_empty());
        assert!(values("{N}", "v1.12m2").is_empty());
        assert!(values("{N}", "ctx-16k").is_empty());
        assert!(values("{C}", "lr-3e-4").is_empty());
        assert!(values("d{width}-l{layers}", "wd512_l8").is_empty());
        assert!(values("lr-{lr}", "clr-3").is_empty());
    }

    #[test]
    fn wrong_patterns_say_what_is_wrong() {
        let error = |text: &str| Pattern::parse(text).unwrap_err();
        assert!(error("model-12m").contains("no field in braces"));
        assert!(error("{size}").starts_with("`{size}`: no field `size`; there are N, D,"));
        assert!(error("{N").contains("without its `}`"));
        assert!(error("{N}{D}").contains("where the first ends"));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(pattern in "[{}NDClr\\-_é.]{0,12}", name in "[0-9a-zµé.\\-+_=]{0,30}") {
            if let Ok(pattern) = Pattern::parse(&pattern) {
                for found in pattern.find(&name) {
                    proptest::prop_assert!(name.get(found.range).is_some());
                }
            }
        }
    }
}
