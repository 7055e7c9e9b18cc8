//! Cells to numbers: suffixes, missing values, divergence.
//!
//! A number must take up its whole cell: `20,66` is never 20. The decimal mark is an argument, decided once a column by
//! [`super::decimal`].

use crate::data::Role;
use crate::units::{Flops, Loss, NumberError, Params, Tokens, UnitError, scan};

/// What a column measures, as far as reading a cell needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    /// N.
    Params,
    /// D.
    Tokens,
    /// C.
    Flops,
    /// L, in whatever unit the header says.
    Loss,
    /// A count that may be zero: steps, epochs.
    Plain,
}

impl Quantity {
    pub(super) fn of(role: Option<Role>) -> Self {
        match role {
            Some(Role::Params | Role::ParamsNonEmbedding) => Self::Params,
            Some(Role::Tokens | Role::UniqueTokens) => Self::Tokens,
            Some(Role::Flops) => Self::Flops,
            Some(Role::Loss | Role::TrainLoss) => Self::Loss,
            _ => Self::Plain,
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Params => "expected a parameter count such as 1.2B",
            Self::Tokens => "expected a token count such as 300B",
            Self::Flops => "expected compute such as 3.4e20",
            Self::Loss => "expected a loss such as 2.31",
            Self::Plain => "expected a number such as 1e-3",
        }
    }
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// Blank, or a word for it.
    Missing,
    /// NaN or an infinity.
    NotFinite,
    /// In the unit of the column's header.
    Number(f64),
    /// In our own unit, because the cell names one (`2.8B`).
    WithUnit(f64),
    /// Why it is no number.
    Bad(String),
}

/// Whether a cell says that there is no value.
pub(super) fn is_missing(text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() {
        return true;
    }
    if text.len() > 9 || text.as_bytes()[0].is_ascii_digit() {
        return false;
    }
    text.chars().all(|c| matches!(c, '-' | '–' | '—' | '.' | '?'))
        || [
            "none", "null", "nil", "na", "n/a", "#n/a", "<na>", "missing", "unknown", "tbd", "#value!", "#div/0!",
            "#ref!", "#name?", "#null!",
        ]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

fn is_not_finite(text: &str) -> bool {
    let text = text.trim_start_matches(['+', '-', '−']);
    ["nan", "inf", "infinity", "∞", "1.#inf", "1.#qnan", "1.#ind", "#num!"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

/// What a cell says that is a word for no value, or for none that is finite.
pub(super) fn word(text: &str) -> Option<Cell> {
    if is_missing(text) {
        Some(Cell::Missing)
    } else if is_not_finite(text) {
        Some(Cell::NotFinite)
    } else {
        None
    }
}

/// Reads a cell that may hold a number.
pub(super) fn read(text: &str, decimal: char, quantity: Quantity) -> Cell {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if let Some(value) = plain(text, decimal) {
        return checked(value, quantity);
    }
    if let Some(word) = word(text) {
        return word;
    }
    if groups_after_zero(text, decimal) {
        return Cell::Bad(format!(
            "`{decimal}` is the decimal mark of this column; {}",
            quantity.expected()
        ));
    }
    match scan(text, decimal) {
        Err(NumberError::Empty) => Cell::Missing,
        Err(NumberError::NotANumber(_)) => Cell::Bad(format!("not a number; {}", quantity.expected())),
        Err(NumberError::Grouping(_)) => Cell::Bad(format!(
            "not a number: thousands separators must stand between groups of three digits; {}",
            quantity.expected()
        )),
        Ok(number) if number.unit.is_empty() => checked(number.times(1.0), quantity),
        Ok(number) => with_unit(number.times(1.0), number.unit, quantity),
    }
}

/// The common case without suffixes or separators: about ten times faster than the full reader.
fn plain(text: &str, decimal: char) -> Option<f64> {
    let bytes = text.as_bytes();
    let simple = bytes
        .iter()
        .all(|b| matches!(b, b'0'..=b'9' | b'e' | b'E' | b'+' | b'-' | b'.'))
        && bytes
            .first()
            .is_some_and(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.'))
        && (decimal == '.' || !bytes.contains(&b'.'));
    if simple { text.parse().ok() } else { None }
}

pub(super) fn checked(value: f64, quantity: Quantity) -> Cell {
    if !value.is_finite() {
        return Cell::Bad("too large for a number".to_owned());
    }
    let positive = matches!(quantity, Quantity::Params | Quantity::Tokens | Quantity::Flops);
    if positive && value <= 0.0 {
        return Cell::Bad(format!("not positive; {}", quantity.expected()));
    }
    Cell::Number(value)
}

/// `0,123` must not be read as 123.
fn groups_after_zero(text: &str, decimal: char) -> bool {
    let mut chars = text.trim_start_matches(['+', '-', '−']).chars();
    chars.next() == Some('0') && chars.next().is_some_and(|c| matches!(c, ',' | '.') && c != decimal)
}

fn with_unit(value: f64, unit: &str, quantity: Quantity) -> Cell {
    // The units of a quantity are listed in one place, its own reader; shortest digits keep every bit on the way there.
    let text = format!("{value}{unit}");
    let read = match quantity {
        Quantity::Params => text.parse::<Params>().map(|v| v.0),
        Quantity::Tokens => text.parse::<Tokens>().map(|v| v.0),
        Quantity::Flops => text.parse::<Flops>().map(|v| v.0),
        Quantity::Loss => text.parse::<Loss>().map(|v| v.0),
        Quantity::Plain => match unit {
            "%" => return Cell::WithUnit(value / 100.0),
            // Upper case only: `5m` in a column of unknown meaning may be metres or milli.
            "k" | "K" | "M" | "B" | "G" | "T" => text
                .trim_start_matches('-')
                .parse::<Params>()
                .map(|v| v.0.copysign(value)),
            _ => return Cell::Bad(format!("not a number; {}", quantity.expected())),
        },
    };
    match read {
        Ok(value) => Cell::WithUnit(value),
        Err(UnitError::Unit {
            unit,
            quantity,
            expected,
            ..
        }) => Cell::Bad(format!("`{unit}` is no unit of {quantity}; expected {expected}")),
        Err(UnitError::Range { quantity, expected, .. }) => Cell::Bad(format!("{quantity} must be {expected}")),
        Err(UnitError::Number(_)) => Cell::Bad(format!("not a number; {}", quantity.expected())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells() {
        let read = |text, quantity| read(text, '.', quantity);
        assert_eq!(read("2.8B", Quantity::Params), Cell::WithUnit(2.8e9));
        assert_eq!(read("32.0K", Quantity::Plain), Cell::WithUnit(32e3));
        assert_eq!(read("11%", Quantity::Plain), Cell::WithUnit(0.11));
        assert_eq!(read(" 4.5E-05 ", Quantity::Flops), Cell::Number(4.5e-5));
        assert_eq!(read("6·10^19", Quantity::Flops), Cell::Number(6e19));
        assert_eq!(read("19.6 PF-days", Quantity::Flops), Cell::WithUnit(19.6 * 8.64e19));
        assert_eq!(read("25,165,824", Quantity::Params), Cell::Number(25_165_824.0));
        for missing in ["", " ", "-", "None", "null", "N/A", "#N/A", "—"] {
            assert_eq!(read(missing, Quantity::Loss), Cell::Missing, "{missing}");
        }
        for infinite in ["NaN", "nan", "inf", "-Infinity", "∞"] {
            assert_eq!(read(infinite, Quantity::Loss), Cell::NotFinite, "{infinite}");
        }
        for bad in ["abc", "1.2.3", "2.3 or so", "0,123", "1e999", "12,34", "2.1 2.2"] {
            assert!(matches!(read(bad, Quantity::Loss), Cell::Bad(_)), "{bad}");
        }
        assert_eq!(
            read("70X", Quantity::Params),
            Cell::Bad("`X` is no unit of a parameter count; expected K, M, B, T or none, as in 70B".into())
        );
        assert!(matches!(read("-1", Quantity::Tokens), Cell::Bad(_)));
        assert!(matches!(read("0.0", Quantity::Params), Cell::Bad(_)));
    }
}
