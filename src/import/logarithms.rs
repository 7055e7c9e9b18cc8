//! Columns that hold logarithms: `log10_N`, `log10(C)`, `ln D`, `log C`, `logN`.
//!
//! A header that names its base is believed. Plain `log` means base ten in one field and base e in the next; the largest
//! value tells, because no model has 10^14 parameters and none has e^13: every such guess is said in a note.

use super::decimal::Format;
use super::grid::Grid;
use super::header::{Base, Unit};
use super::numbers::{Cell, Quantity, read};
use super::roles::Assigned;
use crate::data::Role;

/// What a header says of a logarithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Logarithm<'a> {
    /// `None` where it only says `log`.
    pub(super) base: Option<Base>,
    /// The name of what it is the logarithm of.
    pub(super) of: &'a str,
}

/// Takes a header apart: `log10(Tokens (B))` is the decimal logarithm of `Tokens (B)`.
pub(super) fn logarithm(header: &str) -> Option<Logarithm<'_>> {
    let header = header.trim();
    let names = [
        ("log10", Some(Base::Ten)),
        ("log_10", Some(Base::Ten)),
        ("log2", Some(Base::Two)),
        ("log_2", Some(Base::Two)),
        ("ln", Some(Base::E)),
        ("lg", Some(Base::Ten)),
        ("log", None),
    ];
    for (name, base) in names {
        let Some((start, rest)) = header.split_at_checked(name.len()) else {
            continue;
        };
        if !start.eq_ignore_ascii_case(name) {
            continue;
        }
        let of = rest.trim_start_matches(['_', '-', ' ', '.', '/']);
        let of = inside(of, '(', ')')
            .or_else(|| inside(of, '[', ']'))
            .unwrap_or(of)
            .trim();
        // `logN` is a logarithm, `logits` and `login` are words.
        let apart = of.len() < rest.len() || of.starts_with(char::is_uppercase);
        if apart && !of.is_empty() {
            return Some(Logarithm { base, of });
        }
    }
    // `params (log10)`, `N_log10`.
    let bare = header.trim_end_matches([')', ']']);
    for (name, base) in names {
        let at = bare.len().checked_sub(name.len())?;
        let (Some(of), Some(end)) = (bare.get(..at), bare.get(at..)) else {
            continue;
        };
        let of_name = of.trim_end_matches(['_', '-', ' ', '(', '[']);
        if end.eq_ignore_ascii_case(name) && of_name.len() < of.len() && !of_name.is_empty() {
            return Some(Logarithm { base, of: of_name });
        }
    }
    None
}

/// What stands in a pair of brackets that takes up the whole text.
fn inside(text: &str, open: char, close: char) -> Option<&str> {
    text.strip_prefix(open)?.strip_suffix(close)
}

/// The largest decimal logarithm that is still one, by role: beyond it the base must be e.
fn largest_decimal(role: Role) -> f64 {
    match role {
        Role::Params | Role::ParamsNonEmbedding => 13.5,
        Role::Tokens | Role::UniqueTokens => 16.0,
        _ => 31.0,
    }
}

/// No count and no compute has a natural logarithm above this.
const NOT_A_LOGARITHM: f64 = 80.0;

/// Decides the base where a header only says `log`.
pub(super) fn settle(grid: &Grid, assigned: &mut [Assigned], formats: &[Format], notes: &mut Vec<String>) {
    for (column, found) in assigned.iter_mut().enumerate() {
        let Some(role) = found.role.filter(|_| found.unit.base_unknown()) else {
            continue;
        };
        let largest = (0..grid.len())
            .filter_map(
                |row| match read(grid.cell(row, column), formats[column].decimal, Quantity::Plain) {
                    Cell::Number(value) => Some(value),
                    _ => None,
                },
            )
            .fold(f64::NEG_INFINITY, f64::max);
        let name = &grid.headers[column];
        let read_as = if largest > NOT_A_LOGARITHM {
            found.unit = Unit::one();
            "too much for a logarithm: read as plain numbers".to_owned()
        } else {
            let base = if largest > largest_decimal(role) {
                Base::E
            } else {
                Base::Ten
            };
            found.unit.settle(base);
            let (words, other) = match base {
                Base::E => ("natural", "log10"),
                _ => ("decimal", "ln"),
            };
            format!(
                "read as {words} logarithms ({}); a header such as `{other} N` would tell otherwise",
                base.label()
            )
        };
        notes.push(format!("`{name}` goes up to {largest}: {read_as}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{ImportOptions, import};

    #[test]
    fn values() {
        let read = |header: &str, cell: &str| {
            let text = format!("{header},loss\n{cell},2.5\n");
            let imported = import("a.csv", text.as_bytes(), &ImportOptions::default()).unwrap();
            let point = imported.table.points().get(0);
            let value = point.params.map(|v| v.0).or(point.flops.map(|v| v.0)).unwrap();
            (
                value,
                imported.report.columns[0].unit.clone(),
                imported.report.notes.join("; "),
            )
        };
        assert_eq!(read("log10_N", "9").0, 1e9);
        let (value, unit, note) = read("ln(C)", "46");
        assert!((value / 46f64.exp() - 1.0).abs() < 1e-12);
        assert_eq!(
            (unit.as_str(), note.as_str()),
            ("e^x", "`ln(C)` is a logarithm: its values are read as e^x")
        );
        let (value, _, note) = read("log C", "20.5");
        assert!(
            (value / 10f64.powf(20.5) - 1.0).abs() < 1e-12 && note.contains("decimal"),
            "{note}"
        );
        let (value, _, note) = read("logN", "20.5");
        assert!(
            (value / 20.5f64.exp() - 1.0).abs() < 1e-12 && note.contains("natural"),
            "{note}"
        );
        let (value, unit, note) = read("log params", "1e9");
        assert_eq!((value, unit.as_str()), (1e9, "1"));
        assert!(note.contains("too much for a logarithm"), "{note}");
        assert_eq!(read("log10(params (M))", "2").0, 1e8);
    }

    #[test]
    fn headers() {
        let of = |header| logarithm(header).map(|found| (found.base, found.of));
        assert_eq!(of("log10_N"), Some((Some(Base::Ten), "N")));
        assert_eq!(of("log10(C)"), Some((Some(Base::Ten), "C")));
        assert_eq!(of("Log10 Tokens (B)"), Some((Some(Base::Ten), "Tokens (B)")));
        assert_eq!(of("log C"), Some((None, "C")));
        assert_eq!(of("logN"), Some((None, "N")));
        assert_eq!(of("ln(D)"), Some((Some(Base::E), "D")));
        assert_eq!(of("params (log10)"), Some((Some(Base::Ten), "params")));
        assert_eq!(of("tokens_log"), Some((None, "tokens")));
        for word in ["logits", "login", "log", "lnx", "learning_rate", "loss", "blog", "é"] {
            assert_eq!(of(word), None, "{word}");
        }
    }
}
