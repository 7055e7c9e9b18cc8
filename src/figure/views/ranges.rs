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

/// Grows `range` until `value` stands clear of its ends: in half decades on a long log axis, else in tenths of the
/// base range.
///
/// A linear axis does not follow a value farther than two base ranges away: it would flatten the data.
pub(super) fn include(scale: Scale, base: (f64, f64), range: (f64, f64), value: f64) -> (f64, f64) {
    let forward = |v: f64| if scale == Scale::Log { v.log10() } else { v };
    let back = |u: f64| if scale == Scale::Log { 10f64.powf(u) } else { u };
    let (low, high, at) = (forward(base.0), forward(base.1), forward(value));
    let span = high - low;
    let reach = if scale == Scale::Log { f64::INFINITY } else { 2.0 * span };
    if !(at.is_finite() && span > 0.0 && at >= low - reach && at <= high + reach) {
        return range;
    }
    let long = scale == Scale::Log && span >= 2.0;
    let (step, from) = if long { (0.5, 0.0) } else { (span / 10.0, low) };
    let clear = 0.04 * span;
    let grid = |u: f64, round: fn(f64) -> f64| from + round((u - from) / step) * step;
    (
        if at - clear < forward(range.0) {
            back(grid(at - clear, f64::floor)).min(range.0)
        } else {
            range.0
        },
        if at + clear > forward(range.1) {
            back(grid(at + clear, f64::ceil)).max(range.1)
        } else {
            range.1
        },
    )
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
        let loss = include(Scale::Log, (2.0, 4.0), (2.0, 4.0), 1.95);
        assert!(loss.0 > 1.8 && loss.0 < 1.95 && loss.1 == 4.0, "{loss:?}");
    }
}
