//! Cells to numbers: suffixes, missing values, and the decimal mark of a whole column.
//!
//! The decimal mark is decided once a column, from every cell that can only be read one way (`1,5`, `1.234,5`,
//! `25,165,824`). `1,234` alone can be read two ways; see [`Evidence::decide`] for what it becomes. A number must take
//! up its whole cell: `20,66` is never 20.

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

/// Reads a cell that may hold a number.
pub(super) fn read(text: &str, decimal: char, quantity: Quantity) -> Cell {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if let Some(value) = plain(text, decimal) {
        return checked(value, quantity);
    }
    if is_missing(text) {
        return Cell::Missing;
    }
    if is_not_finite(text) {
        return Cell::NotFinite;
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

fn checked(value: f64, quantity: Quantity) -> Cell {
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

/// What a column's cells say about its decimal mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Evidence {
    /// Cells that only make sense with a decimal point.
    pub(super) point: usize,
    /// Cells that only make sense with a decimal comma.
    pub(super) comma: usize,
    /// `1,234`.
    pub(super) either_comma: usize,
    /// `1.234`.
    pub(super) either_point: usize,
    /// A separator of thousands that is neither point nor comma.
    pub(super) other_thousands: Option<char>,
    /// A point or comma that certainly separates thousands.
    sure_thousands: Option<char>,
}

/// A column's decimal mark and thousands separator.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Format {
    pub(super) decimal: char,
    pub(super) thousands: Option<char>,
    /// The assumption, where one had to be made.
    pub(super) note: Option<&'static str>,
}

impl Evidence {
    /// Takes one more cell into account.
    pub(super) fn add(&mut self, cell: &str) {
        let text = cell.trim().trim_start_matches(['+', '-', '−']);
        if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',')) {
            return;
        }
        let end = text
            .find(|c: char| {
                !(c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '’' | '_' | ' ' | '\u{a0}' | '\u{202f}'))
            })
            .unwrap_or(text.len());
        let (body, rest) = (text[..end].trim_end(), &text[end..]);
        if rest.len() > 16 {
            return;
        }
        if let Some(separator) = body.chars().find(|c| !(c.is_ascii_digit() || matches!(c, '.' | ','))) {
            self.other_thousands.get_or_insert(separator);
        }
        let marks = |mark: char| body.matches(mark).count();
        match (marks('.'), marks(',')) {
            (0, 0) => {}
            (0, 1) => self.one(body, ',', rest),
            (1, 0) => self.one(body, '.', rest),
            (0, _) => self.thousands(','),
            (_, 0) => self.thousands('.'),
            (1, _) if body.rfind('.') > body.rfind(',') => self.thousands(','),
            (_, 1) => self.thousands('.'),
            _ => {}
        }
    }

    fn thousands(&mut self, separator: char) {
        self.sure_thousands.get_or_insert(separator);
        if separator == ',' {
            self.point += 1;
        } else {
            self.comma += 1;
        }
    }

    fn one(&mut self, body: &str, mark: char, rest: &str) {
        let (before, after) = body.split_once(mark).unwrap_or((body, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let exponent = rest.starts_with(['e', 'E', '·', '×', '*', '⋅']);
        let ambiguous = (1..=3).contains(&before.len())
            && after.len() == 3
            && digits(before)
            && digits(after)
            && !before.starts_with('0')
            && !exponent;
        match (mark, ambiguous) {
            (',', true) => self.either_comma += 1,
            (',', false) => self.comma += 1,
            (_, true) => self.either_point += 1,
            (_, false) => self.point += 1,
        }
    }

    /// The column's format. `comma_elsewhere` says that the file's other columns have decimal commas and none has a
    /// point; `delimiter_is_comma` that a decimal comma would have needed quotes.
    ///
    /// A lone `1,234` reads as thousands, except where that is absurd or unlikely: in a loss when the file's delimiter
    /// leaves the comma free, and beside columns that certainly use decimal commas, unless the column counts things.
    pub(super) fn decide(&self, role: Option<Role>, comma_elsewhere: bool, delimiter_is_comma: bool) -> Format {
        let counts = matches!(
            role,
            Some(
                Role::Params
                    | Role::ParamsNonEmbedding
                    | Role::Tokens
                    | Role::UniqueTokens
                    | Role::Step
                    | Role::Batch
                    | Role::SeqLen
            )
        );
        let small = matches!(role, Some(Role::Loss | Role::TrainLoss | Role::Lr));
        let mut note = None;
        let decimal = if self.comma > self.point {
            ','
        } else if self.point > 0 {
            '.'
        } else if self.either_comma > 0 && self.either_point == 0 {
            let as_decimal = if small {
                !delimiter_is_comma || comma_elsewhere
            } else {
                comma_elsewhere && !counts
            };
            note = Some(if as_decimal {
                "values such as `1,234` could be thousands: read as decimals, with a comma"
            } else {
                "values such as `1,234` could be decimals: read as thousands"
            });
            if as_decimal { ',' } else { '.' }
        } else if self.either_point > 0 && comma_elsewhere && !small {
            note = Some("values such as `1.234` could be decimals: read as thousands, as the file has decimal commas");
            ','
        } else if comma_elsewhere && self.either_point == 0 {
            ','
        } else {
            '.'
        };
        let ambiguous_thousands = match decimal {
            '.' if self.either_comma > 0 => Some(','),
            ',' if self.either_point > 0 => Some('.'),
            _ => None,
        };
        Format {
            decimal,
            thousands: self
                .sure_thousands
                .filter(|separator| *separator != decimal)
                .or(ambiguous_thousands)
                .or(self.other_thousands),
            note,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(cells: &[&str], role: Option<Role>, comma_elsewhere: bool) -> (char, bool) {
        let mut evidence = Evidence::default();
        cells.iter().for_each(|cell| evidence.add(cell));
        let format = evidence.decide(role, comma_elsewhere, false);
        (format.decimal, format.note.is_some())
    }

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

    #[test]
    fn decimal_mark_is_decided_a_column_at_a_time() {
        assert_eq!(decided(&["1,23", "1.001,2"], None, false), (',', false));
        assert_eq!(decided(&["3.21", "1,500.30"], None, true), ('.', false));
        assert_eq!(decided(&["25.165.824"], Some(Role::Params), false), (',', false));
        assert_eq!(decided(&["3,4E+20"], Some(Role::Flops), false), (',', false));
        assert_eq!(decided(&["0,123", "1,234"], None, false), (',', false));
        assert_eq!(decided(&["1.234"], None, false), ('.', false));
    }

    #[test]
    fn one_comma_before_three_digits_reads_as_thousands_with_a_note() {
        assert_eq!(decided(&["1,234", "2"], Some(Role::Params), true), ('.', true));
        assert_eq!(decided(&["1,234"], None, false), ('.', true));
        assert_eq!(decided(&["1,234"], None, true), (',', true));
        // A loss of 3,123 nats does not exist.
        assert_eq!(decided(&["3,123"], Some(Role::Loss), false), (',', true));
        assert_eq!(decided(&["1.234"], Some(Role::Tokens), true), (',', true));
        let mut evidence = Evidence::default();
        evidence.add("1,000");
        assert_eq!(evidence.decide(Some(Role::Loss), false, true).decimal, '.');
    }
}
