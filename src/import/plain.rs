//! The commonest cell: a decimal number with a point or none, read in one go.
//!
//! Everything that could be read in more than one way, or needs looking up, is left to [`super::numbers`]; what is read
//! here has the same value to the bit and tells the same about its column's decimal mark as [`super::decimal`] finds.

/// What a plain number says about the decimal mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Nothing: it has none.
    None,
    /// It is a point.
    Point,
    /// `1.234`: a point or a separator of thousands.
    Either,
}

/// Powers of ten as whole numbers.
const WHOLE_POWERS: [u64; 20] = {
    let mut powers = [1; 20];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// For each power of ten p, 2^64 > r = ⌊2^k / 10^p⌋ ≥ 2^63, and k.
const RECIPROCALS: [(u64, i32); 20] = {
    let mut reciprocals = [(0, 0); 20];
    let mut power = 1;
    while power < reciprocals.len() {
        let quotient = (1u128 << 127) / WHOLE_POWERS[power] as u128;
        let excess = 64 - quotient.leading_zeros();
        reciprocals[power] = ((quotient >> excess) as u64, 127 - excess as i32);
        power += 1;
    }
    reciprocals
};

/// Powers of ten that are exact.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// The first whole number that has no float of its own after it.
const EXACT: u64 = 1 << 53;

/// A whole number by a power of ten from 1 to 19, rounded once; `None` where it is too near the middle between two floats
/// to tell.
///
/// The reciprocal is short by less than 1, the product by less than the number, so that the upper half of the product is
/// short by less than 2. Where it rounds to the same float with and without those 2, so does the quotient. After Eisel and
/// Lemire, "Number parsing at a gigabyte per second" (2021).
fn divided(mantissa: u64, power: usize) -> Option<f64> {
    let (reciprocal, k) = RECIPROCALS[power];
    let shift = mantissa.leading_zeros();
    let product = u128::from(mantissa.checked_shl(shift)?) * u128::from(reciprocal);
    let upper = (product >> 64) as u64;
    let (low, high) = (upper as f64, upper.checked_add(2)? as f64);
    // Exact: a power of two, and nothing near the ends of the range.
    let scale = f64::from_bits(u64::try_from(1023 + 64 - k - shift as i32).ok()? << 52);
    (low == high).then_some(low * scale)
}

/// A whole number times a power of ten, rounded once; `None` where that takes more than one operation.
fn scaled(mantissa: u64, power: i64) -> Option<f64> {
    let size = usize::try_from(power.unsigned_abs()).ok()?;
    match power {
        // Both are exact, so that one operation rounds once, as the number itself is rounded.
        0..=22 if mantissa <= EXACT => Some(mantissa as f64 * POWERS[size]),
        -22..0 if mantissa <= EXACT => Some(mantissa as f64 / POWERS[size]),
        -19..0 => divided(mantissa, size),
        _ => None,
    }
}

/// The value of the eight digits at a place; `None` where there are fewer.
fn eight(bytes: &[u8], at: usize) -> Option<u64> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let word = u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?);
    // A digit has 3 in its upper half, and still has it when 6 is added.
    let upper = EACH * 0xf0;
    if word & upper != EACH * 0x30 || word.wrapping_add(EACH * 6) & upper != EACH * 0x30 {
        return None;
    }
    // The first digit is in the lowest byte: neighbours are joined to pairs, pairs to fours, fours to the whole.
    let digits = word - EACH * 0x30;
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours & 0xffff_ffff) * 10_000 + (fours >> 32))
}

/// Reads `-12.5e-3`: a sign, digits, a point with digits, an exponent. `None` for any other text.
pub(super) fn plain(text: &str) -> Option<(f64, Mark)> {
    let (value, mark, end) = leading(text.as_bytes())?;
    (end == text.len()).then_some((value, mark))
}

/// Reads such a number at the start of a text, and tells where it ends.
pub(super) fn leading(bytes: &[u8]) -> Option<(f64, Mark, usize)> {
    let negative = bytes.first() == Some(&b'-');
    let start = usize::from(negative);
    let mut mantissa: u64 = 0;
    let digits = |from: usize, mantissa: &mut u64| {
        let mut at = from;
        while let Some(value) = eight(bytes, at) {
            *mantissa = mantissa.wrapping_mul(100_000_000).wrapping_add(value);
            at += 8;
        }
        while let Some(digit) = bytes
            .get(at)
            .map(|byte| byte.wrapping_sub(b'0'))
            .filter(|digit| *digit < 10)
        {
            // Too many digits wrap around, and are read by the library below.
            *mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            at += 1;
        }
        at
    };
    let whole = digits(start, &mut mantissa);
    if whole == start {
        return None;
    }
    let mut end = whole;
    let mut fraction = 0;
    let mut mark = Mark::None;
    if bytes.get(whole) == Some(&b'.') {
        end = digits(whole + 1, &mut mantissa);
        fraction = end - whole - 1;
        mark = match (whole - start, fraction) {
            (1..=3, 3) if bytes[start] != b'0' => Mark::Either,
            _ => Mark::Point,
        };
    }
    let count = end - start - usize::from(mark != Mark::None);
    let mut power = -i64::try_from(fraction).ok()?;
    if let Some(b'e' | b'E') = bytes.get(end) {
        if mark == Mark::Either {
            mark = Mark::Point;
        }
        let signed = matches!(bytes.get(end + 1), Some(b'+' | b'-'));
        let first = end + 1 + usize::from(signed);
        let mut exponent = 0;
        let last = digits(first, &mut exponent);
        if last == first || last - first > 4 {
            return None;
        }
        let exponent = i64::try_from(exponent).ok()?;
        power += if bytes[end + 1] == b'-' { -exponent } else { exponent };
        end = last;
    }
    let value = match scaled(mantissa, power).filter(|_| count <= 19) {
        Some(value) if negative => -value,
        Some(value) => value,
        None => std::str::from_utf8(&bytes[..end]).ok()?.parse().ok()?,
    };
    Some((value, mark, end)).filter(|(value, ..)| f64::is_finite(*value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::decimal::Evidence;
    use crate::import::numbers::{Cell, Quantity, read};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_same_value_and_evidence_as_the_full_reader(
            text in "-?([0-9]{1,4}|[0-9]{1,22})(\\.[0-9]{0,20})?([eE][+-]?[0-9]{1,5})?|[-+0-9.,eE ]{0,9}"
        ) {
            if let Some((value, mark)) = plain(&text) {
                let Cell::Number(slow) = read(&text, '.', Quantity::Plain) else { panic!("{text}") };
                prop_assert_eq!(value.to_bits(), slow.to_bits());
                let mut evidence = Evidence::default();
                evidence.add(&text);
                let mut expected = Evidence::default();
                expected.point += usize::from(mark == Mark::Point);
                expected.either_point += usize::from(mark == Mark::Either);
                prop_assert_eq!(evidence, expected);
            }
        }

        #[test]
        fn every_float_comes_back(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
            prop_assert_eq!(plain(&format!("{value}")).map(|(read, _)| read.to_bits()), Some(value.to_bits()));
            prop_assert_eq!(plain(&format!("{value:e}")).map(|(read, _)| read.to_bits()), Some(value.to_bits()));
        }
    }

    #[test]
    fn quotients_near_the_middle_of_two_floats_are_left_to_the_library() {
        // 2^53 + 1 lies in the middle of two floats, whatever zeros follow it.
        for (text, value) in [
            ("9007199254740993.0", 9_007_199_254_740_992.0),
            ("9007199254740993.00001", 9_007_199_254_740_994.0),
            ("9007199254740995.0", 9_007_199_254_740_996.0),
        ] {
            assert_eq!(plain(text).map(|(value, _)| value), Some(value), "{text}");
        }
        assert_eq!(divided(90_071_992_547_409_930, 1), None);
    }

    #[test]
    fn eight_digits_at_a_time() {
        assert_eq!(eight(b"x12345678", 1), Some(12_345_678));
        assert_eq!(eight(b"99999999", 0), Some(99_999_999));
        for text in ["1234567", "1234567.", "12345:78", "/2345678", "1234567\u{ff}"] {
            assert_eq!(eight(text.as_bytes(), 0), None, "{text}");
        }
    }

    #[test]
    fn anything_else_is_left_to_others() {
        for text in [
            "", "-", ".5", "+1", "1,5", "1.2.3", " 1", "1 ", "1e", "1e999", "2.8B", "nan", "0x1",
        ] {
            assert_eq!(plain(text), None, "{text}");
        }
        assert_eq!(plain("1.234"), Some((1.234, Mark::Either)));
        assert_eq!(plain("0.234"), Some((0.234, Mark::Point)));
        assert_eq!(plain("-7"), Some((-7.0, Mark::None)));
    }
}
