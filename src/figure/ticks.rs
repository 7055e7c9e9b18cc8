//! Where an axis has ticks and what they say.
//!
//! Log axes: decades are labelled, 2 to 9 between them are not. Where the decades stand closer than labels may, every
//! second, third, … is labelled and the others become minor ticks. Where fewer than three decades are in view, their
//! 1-3, 1-2-5 or 1-2-3-5 multiples are labelled as well; below half a decade an even step is, as on a linear axis.
//! An axis never has a lone label if a finer step can be read. Ranges that make no sense have no ticks.

use super::{Axis, Scale, TickFormat};
use crate::units::{FLOPS_PER_PF_DAY, superscript};

/// A tick.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Data units.
    pub value: f64,
    /// `None` for a minor tick.
    pub label: Option<String>,
    /// A grid line is drawn stronger.
    pub major: bool,
}

/// Least distance between ticks without labels, in points.
const MINOR_SPACING: f64 = 4.0;

/// An even step is used below this ratio of the ends of a log axis; above, multiples of decades are.
const EVEN_BELOW: f64 = 4.0;

/// Multiples of a decade that are labelled, dense to sparse, with the least distance in decades between neighbours.
const MULTIPLES: [(&[u8], f64); 4] = [
    (&[1, 2, 3, 5], 0.176),
    (&[1, 2, 5], 0.301),
    (&[1, 3], 0.477),
    (&[1], 1.0),
];

/// Ticks of an axis that shows `range` (data units) over `length` points, at about `spacing` points a label.
///
/// In rising order. Empty where the range is not finite, is inverted, or reaches below zero on a log axis.
pub fn ticks(axis: &Axis, range: (f64, f64), length: f32, spacing: f32) -> Vec<Tick> {
    let (low, high) = range;
    let length = f64::from(length);
    let spacing = if spacing >= 1.0 {
        f64::from(spacing).min(1e6)
    } else {
        1.0
    };
    let sound = low.is_finite() && high.is_finite() && (high - low).is_finite() && length > 0.0 && length.is_finite();
    // Below about 1e-9 of the value, labels would need more digits than anyone reads.
    if !sound || high - low <= 1e-9 * low.abs().max(high.abs()) {
        return vec![];
    }
    if axis.format == TickFormat::PfDays {
        return in_pf_days(axis, range, length as f32, spacing as f32);
    }
    let view = View {
        low,
        high,
        length,
        spacing,
        format: axis.format,
    };
    match axis.scale {
        Scale::Linear => view.even(&|value| (value - low) / (high - low) * length),
        Scale::Log if low < f64::MIN_POSITIVE => vec![],
        Scale::Log => view.log(),
    }
}

/// Round numbers of PF-days, at their FLOP.
fn in_pf_days(axis: &Axis, (low, high): (f64, f64), length: f32, spacing: f32) -> Vec<Tick> {
    let plain = Axis {
        format: TickFormat::Plain,
        ..axis.clone()
    };
    let range = (low / FLOPS_PER_PF_DAY, high / FLOPS_PER_PF_DAY);
    let mut found = ticks(&plain, range, length, spacing);
    for tick in &mut found {
        tick.value *= FLOPS_PER_PF_DAY;
    }
    found
}

struct View {
    low: f64,
    high: f64,
    length: f64,
    spacing: f64,
    format: TickFormat,
}

impl View {
    /// Whether a value is in view, with room for rounding at the ends.
    fn shows(&self, value: f64) -> bool {
        let slack = 1e-9 * (self.high - self.low).min(value.abs());
        value >= self.low - slack && value <= self.high + slack
    }

    fn log(&self) -> Vec<Tick> {
        let (first, last) = (self.low.log10(), self.high.log10());
        let per_decade = self.length / (last - first);
        let position = |value: f64| (value.log10() - first) * per_decade;
        if self.high / self.low <= EVEN_BELOW {
            return self.even(&position);
        }
        let stride = decade_stride(per_decade, self.spacing);
        let labelled = (first.ceil() as i32..=last.floor() as i32)
            .filter(|e| e % stride == 0)
            .count();
        if stride > 1 || labelled >= 4 {
            return self.decades(first, last, stride, per_decade);
        }
        // Dense enough to be read, sparse enough not to crowd; crowding a little beats a lone label.
        for patience in [1.0, 0.6, 0.0] {
            for (multiples, gap) in MULTIPLES {
                let count = self
                    .multiples(first, last)
                    .filter(|(_, m)| multiples.contains(m))
                    .count();
                if gap * per_decade >= self.spacing * patience && count >= 3 {
                    return self.with_multiples(first, last, multiples, per_decade);
                }
            }
        }
        self.even(&position)
    }

    /// Decades, every `stride`th labelled.
    fn decades(&self, first: f64, last: f64, stride: i32, per_decade: f64) -> Vec<Tick> {
        if stride == 1 {
            return self.with_multiples(first, last, &[1], per_decade);
        }
        let minors = per_decade >= MINOR_SPACING;
        (first.floor() as i32..=last.ceil() as i32)
            .filter(|e| e % stride == 0 || minors)
            .map(|e| (e, decade(e)))
            .filter(|(_, value)| self.shows(*value))
            .map(|(e, value)| {
                let label = (e % stride == 0).then(|| write(value, value, self.format));
                Tick {
                    value,
                    major: label.is_some(),
                    label,
                }
            })
            .collect()
    }

    /// One to nine times each decade in view, with its multiple.
    fn multiples(&self, first: f64, last: f64) -> impl Iterator<Item = (i32, u8)> {
        (first.floor() as i32..=last.floor() as i32)
            .flat_map(|e| (1..=9).map(move |m| (e, m)))
            .filter(|(e, m)| self.shows(f64::from(*m) * decade(*e)))
    }

    fn with_multiples(&self, first: f64, last: f64, labelled: &[u8], per_decade: f64) -> Vec<Tick> {
        // Nine stands closest to its neighbour, at 0.046 decades.
        let minors = 0.046 * per_decade >= MINOR_SPACING / 2.0;
        self.multiples(first, last)
            .filter(|(_, m)| minors || labelled.contains(m))
            .map(|(e, m)| {
                let value = f64::from(m) * decade(e);
                Tick {
                    value,
                    label: labelled.contains(&m).then(|| write(value, decade(e), self.format)),
                    major: labelled.contains(&m),
                }
            })
            .collect()
    }

    /// An even step in data units; on a log axis the closest neighbours are those at the high end.
    fn even(&self, position: &dyn Fn(f64) -> f64) -> Vec<Tick> {
        let span = self.high - self.low;
        let count = |step: f64| (self.high / step).floor() - (self.low / step).ceil() + 1.0;
        // From a step that labels at most once downwards: the finest that keeps its distance, but never a lone label.
        let mut exponent = span.log10().ceil() as i32;
        let mut best = None;
        'search: for _ in 0..12 {
            for (mantissa, parts) in [(5.0, 5), (2.0, 4), (1.0, 5)] {
                let step = mantissa * decade(exponent - 1);
                let top = (self.high / step).floor() * step;
                let roomy = position(top) - position(top - step) >= self.spacing;
                if (best.is_some() && !roomy) || step <= 0.0 || count(step) > 1000.0 {
                    break 'search;
                }
                if count(step) >= 3.0 {
                    best = Some((step, parts));
                    if !roomy {
                        break 'search;
                    }
                }
            }
            exponent -= 1;
        }
        let Some((step, parts)) = best else { return vec![] };
        let fine = step / f64::from(parts);
        let start = (self.low / fine).ceil();
        let room = position(self.high) - position((self.high - fine).max(self.low)) >= MINOR_SPACING;
        (0..=(span / fine).min(6000.0) as i64 + 1)
            .map(|i| start + i as f64)
            .filter_map(|index| {
                let major = index % f64::from(parts) == 0.0;
                let value = clean(index * fine, fine);
                let label = major.then(|| write(value, step, self.format));
                (self.shows(value) && (major || room)).then_some(Tick { value, label, major })
            })
            .collect()
    }
}

/// Every how many decades a label fits.
fn decade_stride(per_decade: f64, spacing: f64) -> i32 {
    let needed = (spacing / per_decade).ceil();
    let strides = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500];
    strides.into_iter().find(|s| f64::from(*s) >= needed).unwrap_or(1000)
}

/// A power of ten to the bit: `powi` is off by an ulp here and there.
fn decade(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().unwrap_or(f64::NAN)
}

/// The float nearest to the decimal that was meant.
fn clean(value: f64, step: f64) -> f64 {
    let decimals = decimals_for(step / 10.0, 0);
    if decimals > 0 && decimals < 17 {
        format!("{value:.decimals$}").parse().unwrap_or(value)
    } else {
        value
    }
}

/// Decimals that tell `step` apart when the value is divided by 10^scale.
fn decimals_for(step: f64, scale: i32) -> usize {
    (scale - (step.log10() + 1e-9).floor() as i32).clamp(0, 17) as usize
}

/// A tick label; `step` is the distance that it must tell apart.
pub(super) fn write(value: f64, step: f64, format: TickFormat) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = format!("{:.12e}", value.abs());
    let exponent: i32 = magnitude.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    match format {
        TickFormat::Count => {
            let (scale, suffix) = match exponent {
                3..6 => (3, "K"),
                6..9 => (6, "M"),
                9..12 => (9, "B"),
                12..15 => (12, "T"),
                // 1000T is how the field writes 10¹⁵ tokens; beyond 10¹⁷ a power reads better.
                15..18 => (12, "T"),
                -3..3 => (0, ""),
                _ => return power(value, step, exponent),
            };
            let decimals = decimals_for(step, scale);
            format!("{:.decimals$}{suffix}", value / decade(scale))
        }
        TickFormat::Plain if (-4..6).contains(&exponent) => {
            let decimals = decimals_for(step, 0);
            format!("{value:.decimals$}").replace('-', "−")
        }
        TickFormat::Plain | TickFormat::Power | TickFormat::PfDays => power(value, step, exponent),
    }
}

fn power(value: f64, step: f64, exponent: i32) -> String {
    let decimals = decimals_for(step, exponent);
    let mantissa = format!("{:.decimals$}", value / decade(exponent)).replace('-', "−");
    match mantissa.as_str() {
        "1" => format!("10{}", superscript(exponent)),
        _ => format!("{mantissa}·10{}", superscript(exponent)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(scale: Scale, format: TickFormat) -> Axis {
        Axis {
            label: String::new(),
            scale,
            format,
            range: (1.0, 2.0),
            second: None,
        }
    }

    fn labels(scale: Scale, format: TickFormat, range: (f64, f64), length: f32, spacing: f32) -> Vec<String> {
        ticks(&axis(scale, format), range, length, spacing)
            .into_iter()
            .filter_map(|t| t.label)
            .collect()
    }

    #[test]
    fn a_loss_axis_of_two_to_two_point_six_is_readable_at_any_height() {
        for length in [60.0, 100.0, 200.0, 300.0, 900.0] {
            let found = labels(Scale::Log, TickFormat::Plain, (2.0, 2.6), length, 40.0);
            assert!(found.len() >= 3, "{length}: {found:?}");
        }
        assert_eq!(
            labels(Scale::Log, TickFormat::Plain, (2.0, 2.6), 300.0, 30.0),
            ["2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6"]
        );
    }

    #[test]
    fn nine_decades_do_not_crowd() {
        let range = (1e17, 1e26);
        assert_eq!(
            labels(Scale::Log, TickFormat::Power, range, 300.0, 60.0),
            ["10¹⁸", "10²⁰", "10²²", "10²⁴", "10²⁶"]
        );
        let all = ticks(&axis(Scale::Log, TickFormat::Power), range, 300.0, 60.0);
        assert_eq!(all.len(), 10, "decades that are not labelled are minor ticks");
        assert!(labels(Scale::Log, TickFormat::Power, range, 100.0, 60.0).len() <= 2);
        assert_eq!(labels(Scale::Log, TickFormat::Power, range, 900.0, 60.0).len(), 10);
    }

    #[test]
    fn sizes_are_written_as_people_say_them() {
        assert_eq!(
            labels(Scale::Log, TickFormat::Count, (8e7, 1.2e10), 400.0, 60.0),
            ["100M", "300M", "1B", "3B", "10B"]
        );
        assert_eq!(
            labels(Scale::Log, TickFormat::Count, (1e8, 1e12), 400.0, 60.0),
            ["100M", "1B", "10B", "100B", "1T"]
        );
        assert_eq!(
            labels(Scale::Log, TickFormat::Power, (1e20, 1.2e21), 400.0, 60.0),
            ["10²⁰", "2·10²⁰", "3·10²⁰", "5·10²⁰", "10²¹"]
        );
        assert_eq!(
            labels(Scale::Log, TickFormat::Count, (1e9, 1.4e9), 300.0, 60.0),
            ["1.0B", "1.1B", "1.2B", "1.3B", "1.4B"]
        );
    }

    #[test]
    fn linear_axes_have_even_steps() {
        assert_eq!(
            labels(Scale::Linear, TickFormat::Plain, (1.95, 3.6), 300.0, 40.0),
            ["2.0", "2.5", "3.0", "3.5"]
        );
        assert_eq!(
            labels(Scale::Linear, TickFormat::Plain, (-1.0, 1.0), 200.0, 40.0),
            ["−1.0", "−0.5", "0", "0.5", "1.0"]
        );
    }

    #[test]
    fn nonsense_has_no_ticks() {
        for scale in [Scale::Linear, Scale::Log] {
            for range in [
                (f64::NAN, 1.0),
                (1.0, f64::INFINITY),
                (f64::NEG_INFINITY, f64::INFINITY),
                (2.0, 1.0),
                (1.0, 1.0),
                (-f64::MAX, f64::MAX),
            ] {
                assert!(
                    ticks(&axis(scale, TickFormat::Plain), range, 300.0, 40.0).is_empty(),
                    "{range:?}"
                );
            }
            assert!(ticks(&axis(scale, TickFormat::Plain), (1.0, 2.0), f32::NAN, 40.0).is_empty());
            assert!(ticks(&axis(scale, TickFormat::Plain), (1.0, 2.0), 0.0, 40.0).is_empty());
        }
        assert!(ticks(&axis(Scale::Log, TickFormat::Plain), (-1.0, 1.0), 300.0, 40.0).is_empty());
        assert!(ticks(&axis(Scale::Log, TickFormat::Plain), (0.0, 1.0), 300.0, 40.0).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn ticks_are_few_rising_inside_and_told_apart(
            low in -300.0f64..300.0, span in 1e-6f64..40.0, length in 1.0f32..5000.0, spacing in 0.0f32..200.0,
            log: bool, which in 0usize..3,
        ) {
            let format = [TickFormat::Plain, TickFormat::Count, TickFormat::Power][which];
            let scale = if log { Scale::Log } else { Scale::Linear };
            let range = if log { (10f64.powf(low), 10f64.powf(low + span)) } else { (low, low + span) };
            proptest::prop_assume!(range.1.is_finite());
            let found = ticks(&axis(scale, format), range, length, spacing);
            proptest::prop_assert!(found.len() < 8000);
            proptest::prop_assert!(found.windows(2).all(|w| w[0].value < w[1].value));
            let slack = 1e-6 * (range.1 - range.0);
            proptest::prop_assert!(found.iter().all(|t| t.value >= range.0 - slack && t.value <= range.1 + slack));
            let written: Vec<&String> = found.iter().filter_map(|t| t.label.as_ref()).collect();
            proptest::prop_assert!(written.windows(2).all(|w| w[0] != w[1]), "{written:?}");
        }

        #[test]
        fn a_readable_log_axis_has_no_lone_label(low in -6.0f64..26.0, span in 0.01f64..12.0) {
            let found = labels(Scale::Log, TickFormat::Plain, (10f64.powf(low), 10f64.powf(low + span)), 300.0, 40.0);
            proptest::prop_assert!(found.len() >= 3, "{found:?}");
        }

        #[test]
        fn decades_keep_their_distance(low in 0.0f64..20.0, span in 4.0f64..40.0, length in 50.0f32..2000.0) {
            let range = (10f64.powf(low), 10f64.powf(low + span));
            let found = ticks(&axis(Scale::Log, TickFormat::Power), range, length, 50.0);
            let places: Vec<f64> =
                found.iter().filter(|t| t.label.is_some()).map(|t| t.value.log10() / span * f64::from(length)).collect();
            proptest::prop_assert!(places.windows(2).all(|w| w[1] - w[0] > 29.9), "{places:?}");
        }

        #[test]
        fn never_panics(low: f64, high: f64, length: f32, spacing: f32, log: bool) {
            let scale = if log { Scale::Log } else { Scale::Linear };
            ticks(&axis(scale, TickFormat::Count), (low, high), length, spacing);
        }
    }
}
