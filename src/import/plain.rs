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

/// The value of the digits that eight bytes begin with, and how many there are.
fn some_digits(bytes: [u8; 8]) -> (u64, usize) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // A digit's byte becomes its value; the upper bit of a sum tells where a byte is ten or more.
    let values = u64::from_le_bytes(bytes) ^ (EACH * 0x30);
    let others = (((values & (EACH * 0x7f)) + EACH * (0x80 - 10)) | values) & (EACH * 0x80);
    let count = others.trailing_zeros() / 8;
    // The first digit is in the lowest byte: with zeros before the digits they are always eight.
    let digits = values.checked_shl(64 - 8 * count).unwrap_or(0);
    // Neighbours are joined to pairs, pairs to fours, fours to the whole.
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    ((fours & 0xffff_ffff) * 10_000 + (fours >> 32), count as usize)
}

/// The sixteen bytes from a place on, as two times eight.
fn sixteen(bytes: &[u8], at: usize) -> Option<[[u8; 8]; 2]> {
    let (halves, _) = bytes.get(at..at + 16)?.as_chunks();
    halves.first_chunk().copied()
}

/// The digit at a place.
fn digit(bytes: &[u8], at: usize) -> Option<u64> {
    let value = bytes.get(at)?.wrapping_sub(b'0');
    (value < 10).then_some(u64::from(value))
}

/// Reads digits from a place on into a whole number, and tells where they end. Too many of them wrap around.
#[inline]
fn digits(bytes: &[u8], from: usize, number: &mut u64) -> usize {
    let mut at = from;
    let mut join = |value: u64, count: usize| {
        *number = number.wrapping_mul(WHOLE_POWERS[count]).wrapping_add(value);
    };
    while let Some([first, second]) = sixteen(bytes, at) {
        let (value, count) = some_digits(first);
        join(value, count);
        at += count;
        if count < 8 {
            return at;
        }
        let (value, count) = some_digits(second);
        join(value, count);
        at += count;
        // Asked of the next byte, because the processor foresees it better than whether the second eight were full.
        if digit(bytes, at).is_none() {
            return at;
        }
    }
    while let Some(value) = digit(bytes, at) {
        join(value, 1);
        at += 1;
    }
    at
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
    let whole = digits(bytes, start, &mut mantissa);
    if whole == start {
        return None;
    }
    let mut end = whole;
    let mut fraction = 0;
    let mut mark = Mark::None;
    if bytes.get(whole) == Some(&b'.') {
        end = digits(bytes, whole + 1, &mut mantissa);
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
        let last = digits(bytes, first, &mut exponent);
        if last == first || last - first > 4 {
            return None;
        }
        let exponent = i64::try_from(exponent).ok()?;
        power += if bytes[end + 1] == b'-' { -exponent } else { exponent };
        end = last;
    }
    // More digits have wrapped around, and are read by the library.
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
        for (text, expected) in [
            (b"12345678", (12_345_678, 8)),
            (b"99999999", (99_999_999, 8)),
            (b"1234567.", (1_234_567, 7)),
            (b"12345:78", (12_345, 5)),
            (b"0120/345", (120, 4)),
            (b"7\xff123456", (7, 1)),
            (b"/2345678", (0, 0)),
        ] {
            assert_eq!(some_digits(*text), expected, "{text:?}");
        }
        for (text, expected) in [
            ("-0123,", (5, 123)),
            ("-01234567890123,                ", (15, 1_234_567_890_123)),
            ("-1234567890123456,              ", (17, 1_234_567_890_123_456)),
            ("-12345678901234567              ", (18, 12_345_678_901_234_567)),
            ("-x                              ", (1, 0)),
        ] {
            let mut number = 0;
            assert_eq!((digits(text.as_bytes(), 1, &mut number), number), expected, "{text:?}");
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
