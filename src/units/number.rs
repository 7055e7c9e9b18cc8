//! Numbers as people write them: `1,234.5`, `6·10^19`, `4.5E-05`, `1.2` before a unit; and back.
//!
//! A number must consume its whole text up to the unit. The decimal mark never comes from the process locale: it is an
//! argument. Powers of ten shift the decimal exponent instead of multiplying, so that `6.7B` is the float nearest to
//! 6.7e9 and lossless text parses back to the same bits.

/// Why a text is not a number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Nothing to read.
    #[error("empty: expected a number")]
    Empty,
    /// No number at the start, or one that is malformed.
    #[error("`{0}` is not a number")]
    NotANumber(String),
    /// Thousands separators that do not stand between groups of three digits.
    #[error("`{0}`: thousands separators must stand between groups of three digits")]
    Grouping(String),
}

/// A decimal number read from text, with whatever followed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scanned<'a> {
    /// Sign, digits and decimal point, as Rust parses them.
    mantissa: String,
    /// Power of ten written in the text.
    exponent: i64,
    /// What follows the number, trimmed.
    pub unit: &'a str,
}

impl Scanned<'_> {
    /// The value times `multiplier`; correctly rounded where the multiplier is a power of ten.
    pub fn times(&self, multiplier: f64) -> f64 {
        let shift = multiplier.log10().round();
        let parse = |exponent: i64| {
            format!("{}e{exponent}", self.mantissa)
                .parse::<f64>()
                .unwrap_or(f64::NAN)
        };
        if shift.abs() <= 300.0 && multiplier == format!("1e{shift}").parse::<f64>().unwrap_or(f64::NAN) {
            parse(self.exponent.saturating_add(shift as i64))
        } else {
            parse(self.exponent) * multiplier
        }
    }
}

/// Reads a number that takes up the whole text, with `.` as its decimal mark.
///
/// # Errors
/// When the text is empty, is no number, or goes on after the number.
pub fn parse_number(text: &str) -> Result<f64, NumberError> {
    let scanned = scan(text, '.')?;
    if scanned.unit.is_empty() {
        Ok(scanned.times(1.0))
    } else {
        Err(NumberError::NotANumber(text.trim().to_owned()))
    }
}

/// Reads a number and leaves what follows it as the unit; `decimal` is `.` or `,`.
///
/// # Errors
/// When the text is empty or does not start with a number.
pub fn scan(text: &str, decimal: char) -> Result<Scanned<'_>, NumberError> {
    let text = text.trim_matches(is_space);
    if text.is_empty() {
        return Err(NumberError::Empty);
    }
    let not_a_number = || NumberError::NotANumber(text.to_owned());
    let mut rest = text;
    let mut mantissa = String::new();
    if let Some(after) = rest.strip_prefix(['-', '−']) {
        mantissa.push('-');
        rest = after;
    } else if let Some(after) = rest.strip_prefix('+') {
        rest = after;
    }

    let (digits, after) = integer_part(rest, decimal).map_err(|()| NumberError::Grouping(text.to_owned()))?;
    rest = after;
    // `10^19` alone is a power of ten, not a ten with a strange unit.
    if digits == "10" && (rest.starts_with('^') || rest.starts_with(is_superscript)) {
        let (exponent, unit) = power(rest).ok_or_else(not_a_number)?;
        return Ok(Scanned {
            mantissa: mantissa + "1",
            exponent,
            unit: unit.trim_matches(is_space),
        });
    }
    let mut fraction = "";
    if let Some(after) = rest.strip_prefix(decimal) {
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        fraction = &after[..end];
        rest = &after[end..];
    }
    if digits.is_empty() && fraction.is_empty() {
        return Err(not_a_number());
    }
    mantissa.push_str(if digits.is_empty() { "0" } else { &digits });
    if !fraction.is_empty() {
        mantissa.push('.');
        mantissa.push_str(fraction);
    }

    let (exponent, unit) = exponent_part(rest).unwrap_or((0, rest));
    let unit = unit.trim_matches(is_space);
    if unit.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == ',') {
        return Err(not_a_number());
    }
    Ok(Scanned {
        mantissa,
        exponent,
        unit,
    })
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

fn is_superscript(c: char) -> bool {
    SUPERSCRIPTS.contains(&c) || c == '⁻'
}

/// Digits before the decimal mark, with separators in groups of three removed.
fn integer_part(text: &str, decimal: char) -> Result<(String, &str), ()> {
    let mut digits = String::new();
    let mut rest = text;
    let mut separator: Option<char> = None;
    loop {
        let run = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if separator.is_some() && run != 3 {
            return Err(());
        }
        digits.push_str(&rest[..run]);
        rest = &rest[run..];
        let Some(next) = rest.chars().next() else { break };
        let groups = matches!(next, ',' | '.' | '\'' | '’' | '_' | ' ' | '\u{a0}' | '\u{202f}') && next != decimal;
        let after = &rest[next.len_utf8()..];
        let continues = after.starts_with(|c: char| c.is_ascii_digit());
        if !groups || !continues || digits.is_empty() || separator.is_some_and(|s| s != next) {
            break;
        }
        if separator.is_none() && digits.len() > 3 {
            return Err(());
        }
        separator = Some(next);
        rest = after;
    }
    Ok((digits, rest))
}

/// `e-05`, `·10^19`, `×10¹⁹`, `*10^19`; `None` where the text goes on differently.
fn exponent_part(text: &str) -> Option<(i64, &str)> {
    if let Some(after) = text.strip_prefix(['e', 'E'])
        && let Some(found) = signed_integer(after)
    {
        return Some(found);
    }
    let after = text
        .trim_start_matches(is_space)
        .strip_prefix(['·', '×', '*', 'x', '⋅'])?;
    power(after.trim_start_matches(is_space).strip_prefix("10")?)
}

/// `^19`, `^-3`, `¹⁹`, `⁻³`.
fn power(text: &str) -> Option<(i64, &str)> {
    if let Some(after) = text.strip_prefix('^') {
        return signed_integer(after);
    }
    let end = text.find(|c| !is_superscript(c)).unwrap_or(text.len());
    let plain: String = text[..end]
        .chars()
        .map(|c| {
            SUPERSCRIPTS
                .iter()
                .position(|s| *s == c)
                .map_or('-', |d| (b'0' + d as u8) as char)
        })
        .collect();
    plain.parse().ok().map(|exponent| (exponent, &text[end..]))
}

fn signed_integer(text: &str) -> Option<(i64, &str)> {
    let (negative, digits) = match text.strip_prefix(['-', '−']) {
        Some(after) => (true, after),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    // Eight digits are already far outside f64; more would only overflow.
    let magnitude: i64 = digits[..end.min(8)].parse().ok()?;
    Some((if negative { -magnitude } else { magnitude }, &digits[end..]))
}

const SUPERSCRIPTS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/// An integer as Unicode superscripts: `-3` becomes `⁻³`.
pub fn superscript(exponent: i32) -> String {
    exponent
        .to_string()
        .chars()
        .map(|c| c.to_digit(10).map_or('⁻', |d| SUPERSCRIPTS[d as usize]))
        .collect()
}

/// How many significant digits a value deserves: down to the second digit of its error, at least two and at most two more than
/// `known`, which is what it has where no error is known.
pub fn digits_of(value: f64, error: Option<f64>, known: usize) -> usize {
    let place = |x: f64| x.abs().log10().floor();
    let most = known as f64 + 2.0;
    error.map_or(known as f64, |error| {
        (place(value) - place(error) + 2.0).clamp(2.0, most)
    }) as usize
}

/// `digits` significant digits in plain notation where that is readable, with a power of ten elsewhere.
pub fn format_significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let (mantissa, exponent) = rounded(value, digits);
    if (-4..7).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        return group_thousands(&format!("{value:.decimals$}"));
    }
    with_power(&mantissa, exponent)
}

/// Mantissa text with `digits` significant digits, and the decimal exponent after rounding.
fn rounded(value: f64, digits: usize) -> (String, i32) {
    let text = format!("{value:.*e}", digits.saturating_sub(1));
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.to_owned(), exponent.parse().unwrap_or(0))
}

fn with_power(mantissa: &str, exponent: i32) -> String {
    let mantissa = if mantissa.contains('.') {
        mantissa.trim_end_matches('0').trim_end_matches('.')
    } else {
        mantissa
    };
    match mantissa {
        "1" => format!("10{}", superscript(exponent)),
        _ => format!("{mantissa}·10{}", superscript(exponent)),
    }
}

/// Three significant digits as a power of ten: `5.76·10²³`.
pub(super) fn short_power(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let (mantissa, exponent) = rounded(value, 3);
    if (0..4).contains(&exponent) {
        format_significant(value, 3)
    } else {
        with_power(&mantissa, exponent)
    }
}

const SUFFIXES: [(i32, &str); 4] = [(12, "T"), (9, "B"), (6, "M"), (3, "K")];

/// Three significant digits with K, M, B or T.
pub(super) fn short_with_suffix(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let (mantissa, exponent) = rounded(value, 3);
    let Some((power, suffix)) = SUFFIXES.into_iter().find(|(power, _)| exponent >= *power) else {
        return format_significant(value, 3);
    };
    let shown: f64 = format!("{mantissa}e{}", exponent - power).parse().unwrap_or(f64::NAN);
    let decimals = (2 - (exponent - power)).max(0) as usize;
    group_thousands(&format!("{shown:.decimals$}")) + suffix
}

/// Every digit of the float, with K, M, B or T where they apply.
pub(super) fn with_suffix(value: f64) -> String {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    match SUFFIXES
        .into_iter()
        .find(|(power, _)| exponent >= *power && exponent < power + 6)
    {
        // Shifting the decimal exponent of the shortest digits keeps every bit.
        Some((power, suffix)) => format!("{}{suffix}", shifted(mantissa, exponent - power)),
        None => format!("{value}"),
    }
}

/// `mantissa · 10^shift` written plainly, for a mantissa in 1..10 and a shift in 0..6.
fn shifted(mantissa: &str, shift: i32) -> String {
    let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let point = whole.len() + shift.max(0) as usize;
    let all: String = format!("{whole}{fraction:0<width$}", width = shift.max(0) as usize);
    let (left, right) = all.split_at(point.min(all.len()));
    if right.is_empty() {
        format!("{sign}{left}")
    } else {
        format!("{sign}{left}.{right}")
    }
}

/// Commas between groups of three digits, from five digits on.
fn group_thousands(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = rest
        .split_once('.')
        .map_or((rest, None), |(whole, fraction)| (whole, Some(fraction)));
    if whole.len() < 5 {
        return text.to_owned();
    }
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match fraction {
        Some(fraction) => format!("{sign}{grouped}.{fraction}"),
        None => format!("{sign}{grouped}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: f64, unit: &str) {
        let scanned = scan(text, '.').unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((scanned.times(1.0), scanned.unit), (expected, unit), "{text}");
    }

    #[test]
    fn reads_numbers_before_units() {
        check("4.5E-05", 4.5e-5, "");
        check("1.2e9B", 1.2e9, "B");
        check("3E", 3.0, "E");
        check(" 11% ", 11.0, "%");
        check("1\u{202f}234\u{202f}567", 1_234_567.0, "");
        check("1'234", 1234.0, "");
        check("−0.5", -0.5, "");
        check("6 × 10^19 FLOP", 6e19, "FLOP");
        check("10¹⁹", 1e19, "");
        check(".34", 0.34, "");
        check("5.", 5.0, "");
    }

    #[test]
    fn decimal_comma_is_an_argument() {
        assert_eq!(scan("1.234,5", ',').unwrap().times(1.0), 1234.5);
        assert_eq!(scan("3,4E+20", ',').unwrap().times(1.0), 3.4e20);
        assert_eq!(
            scan("3,4E+20", '.').unwrap_err(),
            NumberError::Grouping("3,4E+20".into())
        );
    }

    #[test]
    fn a_number_consumes_its_whole_cell() {
        for text in [
            "1.2.3", "12,34", "1234,567", "1 2", "abc", "-", "e5", "1,23,456", "0x10 3",
        ] {
            assert!(parse_number(text).is_err(), "{text}");
        }
    }

    #[test]
    fn significant_digits_and_groups() {
        assert_eq!(format_significant(92.6474, 3), "92.6");
        assert_eq!(format_significant(0.000_012_34, 3), "1.23·10⁻⁵");
        assert_eq!(format_significant(12345.0, 3), "12,345");
        assert_eq!(format_significant(1e21, 3), "10²¹");
        assert_eq!(superscript(-12), "⁻¹²");
    }
}
