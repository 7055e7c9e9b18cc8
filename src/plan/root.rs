//! Where a function crosses zero (Ridders 1979, doi:10.1109/TCS.1979.1084580).
//!
//! Each step takes the exponential out of the function that runs through the ends and the middle, so that what is nearly a power
//! law in logs takes a few steps, and the bracket never widens.

/// Steps; six or so are taken.
const STEPS: usize = 100;

/// A place between two at which a function changes from at most zero to at least zero; `None` where it does not do so there.
pub(super) fn crossing(of: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> Option<f64> {
    let (mut at_low, mut at_high) = (of(low), of(high));
    if !(at_low <= 0.0 && at_high >= 0.0) {
        return None;
    }
    let mut last = f64::NAN;
    for _ in 0..STEPS {
        let middle = 0.5 * (low + high);
        let at_middle = of(middle);
        let root = (at_middle * at_middle - at_low * at_high).sqrt();
        let next = if root > 0.0 {
            (middle - (middle - low) * at_middle / root).clamp(low, high)
        } else {
            middle
        };
        let at_next = of(next);
        if at_next == 0.0 || (next - last).abs() <= 4.0 * f64::EPSILON * next.abs() {
            return Some(next);
        }
        last = next;
        for (place, value) in [(middle, at_middle), (next, at_next)] {
            if value <= 0.0 && place >= low {
                (low, at_low) = (place, value);
            } else if value > 0.0 && place <= high {
                (high, at_high) = (place, value);
            }
        }
        if high - low <= 4.0 * f64::EPSILON * high.abs() {
            return Some(0.5 * (low + high));
        }
    }
    Some(0.5 * (low + high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn roots_of_all_sorts_in_few_steps() {
        let cases: [(&dyn Fn(f64) -> f64, f64); 5] = [
            (&|x| x - 3.0, 3.0),
            (&|x| x.exp() - 20.0, 20_f64.ln()),
            (&|x| x.powi(3) - 2.0, 2_f64.cbrt()),
            (&|x| 1.0 - (-5.0 * (x - 1.0)).exp(), 1.0),
            (&|x| if x < 7.0 { -1.0 } else { 1.0 }, 7.0),
        ];
        for (index, (of, root)) in cases.into_iter().enumerate() {
            let asked = Cell::new(0);
            let counted = |x: f64| {
                asked.set(asked.get() + 1);
                of(x)
            };
            let found = crossing(counted, 0.0, 20.0).unwrap();
            assert!((found - root).abs() < 1e-12 * root.max(1.0), "{index}: {found}");
            assert!(
                asked.get() < if index == 4 { 200 } else { 40 },
                "{index}: {}",
                asked.get()
            );
        }
    }

    #[test]
    fn none_where_there_is_none() {
        assert_eq!(crossing(|x| x + 1.0, 0.0, 1.0), None);
        assert_eq!(crossing(|_| f64::NAN, 0.0, 1.0), None);
        assert_eq!(crossing(|x| 1.0 - x, 0.0, 2.0), None);
    }
}
