//! What a sweep may cost: a time of this machine, or training FLOP.

use crate::units::Flops;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a sweep may cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// FLOP of training, Kaplan's exact count.
    Flops(f64),
    /// Wall clock of this machine.
    Seconds(f64),
}

impl FromStr for Budget {
    type Err = String;

    /// `5min`, `90 s`, `1.5h`, or FLOP.
    fn from_str(text: &str) -> Result<Self, String> {
        let units = [("min", 60.0), ("h", 3600.0), ("s", 1.0)];
        let seconds = units.iter().find_map(|(unit, seconds)| {
            let number: f64 = text.trim().strip_suffix(unit)?.trim().parse().ok()?;
            Some(number * seconds)
        });
        match seconds {
            Some(seconds) if seconds > 0.0 && seconds.is_finite() => Ok(Self::Seconds(seconds)),
            Some(_) => Err("expected a positive time".to_owned()),
            None => match text.parse::<Flops>() {
                Ok(flops) => Ok(Self::Flops(flops.0)),
                Err(error) => Err(format!("{error}; or a time such as 5min")),
            },
        }
    }
}

impl fmt::Display for Budget {
    /// As it may be typed: `10 min`, `1e14 FLOP`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = |value: f64| (value * 100.0).round() / 100.0;
        match *self {
            Self::Flops(flops) => write!(f, "{} FLOP", Flops(flops)),
            Self::Seconds(seconds) if seconds < 60.0 => write!(f, "{} s", rounded(seconds)),
            Self::Seconds(seconds) if seconds < 3600.0 => write!(f, "{} min", rounded(seconds / 60.0)),
            Self::Seconds(seconds) => write!(f, "{} h", rounded(seconds / 3600.0)),
        }
    }
}

/// `12 s`, `3 min 20 s`, `2 h 5 min`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.round().clamp(0.0, 1e9) as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_times_or_compute() {
        let budget = |text: &str| text.parse::<Budget>();
        assert_eq!(budget("5min"), Ok(Budget::Seconds(300.0)));
        assert_eq!(budget("1.5h"), Ok(Budget::Seconds(5400.0)));
        assert_eq!(budget("90 s"), Ok(Budget::Seconds(90.0)));
        assert_eq!(budget("1e14"), Ok(Budget::Flops(1e14)));
        assert!(budget("-5min").is_err() && budget("much").is_err());
    }

    #[test]
    fn what_is_shown_can_be_typed() {
        for (budget, text) in [
            (Budget::Seconds(600.0), "10 min"),
            (Budget::Seconds(5400.0), "1.5 h"),
            (Budget::Seconds(20.0), "20 s"),
            (Budget::Flops(1e14), "1e14 FLOP"),
        ] {
            assert_eq!(budget.to_string(), text);
            assert_eq!(text.parse(), Ok(budget));
        }
    }

    #[test]
    fn durations_are_short() {
        assert_eq!([11.6, 200.0, 7500.0].map(duration), ["12 s", "3 min 20 s", "2 h 5 min"]);
    }
}
