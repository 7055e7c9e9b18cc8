//! The learning rate of a step as a share of its peak.
//!
//! All begin with a linear warm-up. Then
//!
//! - *constant*: 1
//! - *cosine*: half a period of the cosine down to a tenth at the end (Hoffmann et al. 2022)
//! - *wsd*, warm-up, stable, decay: 1, and over the last fifth 1 − √progress (Hägele et al. 2024, arXiv 2405.18392, section
//!   4.1). The stable part does not know where the run will end, so one of them serves several ends: a branch with its own
//!   decay leaves it for each number of tokens that is of interest.

use serde::{Deserialize, Serialize};

/// The kind of schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// Warm-up, stable, decay.
    #[default]
    Wsd,
    /// Half a cosine.
    Cosine,
    /// Nothing after the warm-up.
    Constant,
}

/// Where the cosine ends.
const COSINE_END: f64 = 0.1;
/// The shortest warm-up, in steps.
const LEAST: f64 = 50.0;
/// The longest warm-up, as part of the shortest run.
const WARM_UP: f64 = 0.1;

impl Schedule {
    /// Part of a wsd run in which the learning rate falls.
    pub const DECAY: f64 = 0.2;

    /// Steps of warm-up of a model with N parameters: as many tokens as parameters, and no fewer than 50 steps, which
    /// Adam's moments need; but no more than a tenth of the run. A longer one shifts what small models can do, and with it
    /// the exponents (Porian et al. 2024, arXiv 2406.19146).
    pub fn warm_up(params: f64, tokens_per_step: f64, steps: u64) -> u64 {
        let most = (WARM_UP * steps as f64).floor().max(1.0);
        (params / tokens_per_step).ceil().max(LEAST).min(most) as u64
    }

    /// Steps at the end of a run of this many in which a wsd learning rate falls.
    pub fn decay(steps: u64) -> u64 {
        ((Self::DECAY * steps as f64).round() as u64).clamp(1, steps)
    }

    /// Share of the peak at step `step`, from 0, of a run of `steps`.
    pub fn share(self, step: u64, steps: u64, warm_up: u64) -> f64 {
        let rise = if step < warm_up {
            (step + 1) as f64 / warm_up as f64
        } else {
            1.0
        };
        match self {
            Self::Constant => rise,
            Self::Cosine => {
                let progress = step.saturating_sub(warm_up) as f64 / (steps - warm_up.min(steps)).max(1) as f64;
                rise * (COSINE_END + (1.0 - COSINE_END) * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos()))
            }
            Self::Wsd => {
                let decay = Self::decay(steps);
                let into = (step + decay).saturating_sub(steps) as f64 / decay as f64;
                rise * (1.0 - into.sqrt())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_rise_hold_and_fall() {
        let share = |schedule: Schedule, step| schedule.share(step, 1000, 50);
        for schedule in [Schedule::Wsd, Schedule::Cosine, Schedule::Constant] {
            assert_eq!(share(schedule, 0), 0.02);
            assert_eq!(share(schedule, 49), 1.0);
        }
        assert_eq!(share(Schedule::Constant, 999), 1.0);
        assert_eq!((share(Schedule::Wsd, 799), share(Schedule::Wsd, 800)), (1.0, 1.0));
        assert_eq!(share(Schedule::Wsd, 850), 0.5);
        assert!(share(Schedule::Wsd, 999) > 0.0 && share(Schedule::Wsd, 999) < 0.01);
        assert!((share(Schedule::Cosine, 525) - 0.55).abs() < 1e-12);
        assert!((share(Schedule::Cosine, 999) - 0.1).abs() < 1e-4);
    }

    #[test]
    fn warm_up_is_short() {
        assert_eq!(Schedule::warm_up(1.5e5, 2048.0, 1000), 74);
        assert_eq!(Schedule::warm_up(1e4, 2048.0, 1000), 50);
        assert_eq!(Schedule::warm_up(1e7, 2048.0, 1000), 100);
        assert_eq!(Schedule::warm_up(10.0, 2048.0, 3), 1);
    }
}
