//! What a view shows: ranges that hold the data, end on round values, and do not jump.

use crate::figure::Scale;

/// The least range in whole steps of `step` decades that holds low … high.
pub(super) fn snapped(low: f64, high: f64, step: f64) -> (f64, f64) {
    let (low, high) = (
        (low.log10() / step + 1e-9).floor() * step,
        (high.log10() / step - 1e-9).ceil() * step,
    );
    (10f64.powf(low), 10f64.powf(high.max(low + step)))
}

/// Grows `range` in half decades (log) or tenths of the base range (linear) until `value` stands clear of its ends.
///
/// A linear axis does not follow a value farther than one base range away: it would flatten the data.
pub(super) fn include(scale: Scale, base: (f64, f64), range: (f64, f64), value: f64) -> (f64, f64) {
    match scale {
        Scale::Log if value > 0.0 && value.is_finite() => {
            const CLEAR: f64 = 1.6;
            let half = |v: f64, round: fn(f64) -> f64| 10f64.powf(round(v.log10() * 2.0) / 2.0);
            (
                if value < range.0 * CLEAR {
                    range.0.min(half(value / CLEAR, f64::floor))
                } else {
                    range.0
                },
                if value > range.1 / CLEAR {
                    range.1.max(half(value * CLEAR, f64::ceil))
                } else {
                    range.1
                },
            )
        }
        Scale::Linear if value.is_finite() => {
            let span = base.1 - base.0;
            let step = span / 10.0;
            let (low, high) = (value - 0.04 * span, value + 0.04 * span);
            let (mut from, mut to) = range;
            if low < from && value >= base.0 - span {
                from = base.0 - ((base.0 - low) / step).ceil() * step;
            }
            if high > to && value <= base.1 + span {
                to = base.1 + ((high - base.1) / step).ceil() * step;
            }
            (from, to)
        }
        _ => range,
    }
}

/// Smallest and largest of some values; `None` where there are none.
pub(super) fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.filter(|v| v.is_finite()).fold(None, |found, v| match found {
        None => Some((v, v)),
        Some((low, high)) => Some((low.min(v), high.max(v))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_end_on_round_values() {
        let (low, high) = snapped(4.4e7, 1.6e10, 0.5);
        assert!((low / 10f64.powf(7.5) - 1.0).abs() < 1e-12 && (high / 10f64.powf(10.5) - 1.0).abs() < 1e-12);
        let (low, high) = snapped(1e9, 1e9, 1.0);
        assert!(low < high);
    }

    #[test]
    fn a_range_stands_still_until_the_star_would_leave_it() {
        let base = (1e7, 1e12);
        assert_eq!(include(Scale::Log, base, base, 1e10), base);
        let far = include(Scale::Log, base, base, 3e13);
        assert_eq!(
            far,
            include(Scale::Log, base, base, 3.3e13),
            "a small drag does not move the view"
        );
        assert!(far.1 > 4e13 && far.1 < 2e14 && far.0 == base.0);
        assert_eq!(include(Scale::Log, base, base, f64::NAN), base);
        let linear = include(Scale::Linear, (2.0, 3.0), (2.0, 3.0), 1.95);
        assert!((linear.0 - 1.9).abs() < 1e-9 && linear.1 == 3.0);
        assert_eq!(include(Scale::Linear, (2.0, 3.0), (2.0, 3.0), 24.0), (2.0, 3.0));
    }
}
