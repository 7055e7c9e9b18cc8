//! A second scale on the far side of an axis: another way to say the same number, such as perplexity for a loss.
//!
//! ```text
//! power   s = factor · v^power        GPU-hours of FLOP; tokens per parameter of N at one C, where power is −2
//! exp     s = e^v                     perplexity of nats per token
//! ```
//!
//! Only monotone ways, so that every place has one number on either side.

use super::{Axis, AxisMap, Scale, Tick, TickFormat, ticks};

/// A second scale.
#[derive(Debug, Clone, PartialEq)]
pub struct SecondAxis {
    /// With unit.
    pub label: String,
    /// Labels.
    pub format: TickFormat,
    /// What it makes of a value.
    pub says: Says,
}

/// What a second scale makes of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Says {
    /// `factor · v^power`, both finite and neither 0.
    Power {
        /// Positive.
        factor: f64,
        /// Negative where it falls.
        power: f64,
    },
    /// `e^v`.
    Exp,
}

impl Says {
    /// What stands on the second scale beside a value.
    pub fn of(self, value: f64) -> f64 {
        match self {
            Self::Power { factor, power } => factor * value.powf(power),
            Self::Exp => value.exp(),
        }
    }

    /// The value beside which it stands.
    pub fn value(self, said: f64) -> f64 {
        match self {
            Self::Power { factor, power } => (said / factor).powf(power.recip()),
            Self::Exp => said.ln(),
        }
    }
}

/// The ticks of an axis's second scale, each with the axis's own value at its place and the second scale's label. In the order
/// of that scale; empty where there is none.
pub fn second_ticks(axis: &Axis, map: &AxisMap, length: f32, spacing: f32) -> Vec<Tick> {
    let Some(second) = &axis.second else { return vec![] };
    let (low, high) = map.range();
    let ends = [second.says.of(low), second.says.of(high)];
    let scale = match second.says {
        Says::Power { .. } => axis.scale,
        // Even in v is even in ln s.
        Says::Exp => Scale::Log,
    };
    let as_axis = Axis {
        label: String::new(),
        scale,
        format: second.format,
        range: (ends[0].min(ends[1]), ends[0].max(ends[1])),
        second: None,
    };
    let mut found = ticks(&as_axis, as_axis.range, length, spacing);
    for tick in &mut found {
        tick.value = second.says.value(tick.value);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(scale: Scale, range: (f64, f64), says: Says) -> Axis {
        Axis {
            label: "a".to_owned(),
            scale,
            format: TickFormat::Plain,
            range,
            second: Some(SecondAxis {
                label: "b".to_owned(),
                format: TickFormat::Plain,
                says,
            }),
        }
    }

    fn labels(axis: &Axis) -> Vec<(f64, String)> {
        let map = AxisMap::new(axis.scale, axis.range, 0.0, 400.0);
        let found = second_ticks(axis, &map, 400.0, 40.0);
        found
            .into_iter()
            .filter_map(|tick| Some((tick.value, tick.label?)))
            .collect()
    }

    #[test]
    fn ticks_stand_where_the_second_scale_is_round() {
        let hours = axis(
            Scale::Log,
            (1e18, 1e22),
            Says::Power {
                factor: 1e-18,
                power: 1.0,
            },
        );
        for (value, label) in labels(&hours) {
            assert!(
                (value / 1e18 / label.replace("10⁴", "10000").parse::<f64>().unwrap() - 1.0).abs() < 1e-9,
                "{label}"
            );
        }
        let perplexity = labels(&axis(Scale::Linear, (2.0, 3.0), Says::Exp));
        assert!(perplexity.len() >= 3);
        for (value, label) in perplexity {
            assert!((value.exp() - label.parse::<f64>().unwrap()).abs() < 1e-9, "{label}");
        }
        // Falling: the highest N has the fewest tokens each.
        let ratio = labels(&axis(
            Scale::Log,
            (1e8, 1e10),
            Says::Power {
                factor: 1e20,
                power: -2.0,
            },
        ));
        assert!(ratio.len() >= 3 && ratio.windows(2).all(|pair| pair[0].0 > pair[1].0));
        assert!(
            ratio
                .iter()
                .all(|(value, _)| (1e8 * 0.999..=1e10 * 1.001).contains(value))
        );
    }

    #[test]
    fn both_ways_are_one() {
        for says in [
            Says::Exp,
            Says::Power {
                factor: 3.0,
                power: -2.0,
            },
        ] {
            assert!((says.value(says.of(2.5)) - 2.5).abs() < 1e-12);
        }
    }
}
