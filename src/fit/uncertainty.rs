//! Intervals of a fit by the way that was chosen: resampled runs, profiles, or the curvature at the optimum.
//!
//! All three answer for a parameter, and for any function of θ such as N*. A profile moves one parameter, so what it does
//! not move has its interval by curvature; so has every standard error that is not resampled.

use super::{Bootstrap, Delta, FitConfig, FitError, FitReport, Observations, likelihood_interval};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// Where intervals come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalMethod {
    /// Percentiles over refits of resampled runs.
    Bootstrap,
    /// How far a parameter can be moved before the fit, with the others following, is too much worse.
    Profile,
    /// The curvature at the optimum. The default: at once, and in simulations of both designs it holds the truth as often as it
    /// says (docs/coverage.md).
    #[default]
    Delta,
}

impl IntervalMethod {
    /// All of them, the default first.
    pub const ALL: [Self; 3] = [Self::Delta, Self::Profile, Self::Bootstrap];

    /// As the command line has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bootstrap => "bootstrap",
            Self::Profile => "profile",
            Self::Delta => "delta",
        }
    }
}

/// Ends of an interval; `None` for a side on which the runs set no end.
pub type Ends = [Option<f64>; 2];

/// Intervals that took no resampling.
#[derive(Debug, Clone)]
pub struct Curved {
    /// By profiles, or by curvature alone.
    pub method: IntervalMethod,
    /// Such as 0.95.
    pub level: f64,
    /// Of each parameter in the law's order; `None` where it is held or nothing is known.
    pub params: Vec<Option<Ends>>,
    /// Of everything else; `None` where the runs do not determine the parameters.
    pub delta: Option<Delta>,
}

impl Curved {
    /// Finds them. `progress` is told the fraction done.
    ///
    /// # Errors
    /// [`FitError::Cancelled`], and whatever [`super::fit`] says of the same input.
    pub fn find(
        config: &FitConfig,
        data: &Observations,
        report: &FitReport,
        method: IntervalMethod,
        level: f64,
        progress: &dyn Fn(f64) -> ControlFlow<()>,
    ) -> Result<Self, FitError> {
        let delta = Delta::new(config, data, report)?;
        let mut params = vec![];
        for index in 0..report.params.len() {
            if progress(index as f64 / report.params.len() as f64).is_break() {
                return Err(FitError::Cancelled);
            }
            params.push(match method {
                IntervalMethod::Profile => likelihood_interval(config, data, report, index, level)?,
                IntervalMethod::Bootstrap | IntervalMethod::Delta => {
                    let ends = delta.as_ref().and_then(|delta| delta.of_parameter(level, index));
                    ends.map(|ends| ends.map(Some))
                }
            });
        }
        Ok(Self {
            method,
            level,
            params,
            delta,
        })
    }
}

/// What is known of the spread of a fit.
#[derive(Debug, Clone, Copy)]
pub enum Uncertainty<'a> {
    /// By resampling.
    Resampled(&'a Bootstrap),
    /// Without.
    Curved(&'a Curved),
}

impl Uncertainty<'_> {
    /// Interval of a parameter, by index; `None` where it is held.
    pub fn of_parameter(&self, report: &FitReport, index: usize, level: f64) -> Option<Ends> {
        if report.params[index].fixed {
            return None;
        }
        match self {
            Self::Resampled(bootstrap) => Some(bootstrap.interval(level, |theta| theta[index])?.map(Some)),
            Self::Curved(curved) => curved.params.get(index).copied().flatten(),
        }
    }

    /// Standard error of a parameter, by index; `None` where it is held.
    pub fn error_of_parameter(&self, report: &FitReport, index: usize) -> Option<f64> {
        (!report.params[index].fixed).then(|| self.standard_error(|theta| theta[index]))?
    }

    /// Interval of a function of θ.
    pub fn interval(&self, level: f64, of: impl Fn(&[f64]) -> f64) -> Option<[f64; 2]> {
        match self {
            Self::Resampled(bootstrap) => bootstrap.interval(level, of),
            Self::Curved(curved) => curved.delta.as_ref()?.interval(level, of),
        }
    }

    /// Interval of a positive function of θ that spans decades, such as N*.
    pub fn interval_in_logs(&self, level: f64, of: impl Fn(&[f64]) -> f64) -> Option<[f64; 2]> {
        match self {
            Self::Resampled(bootstrap) => bootstrap.interval(level, of),
            Self::Curved(curved) => curved.delta.as_ref()?.interval_in_logs(level, of),
        }
    }

    /// Standard error of a function of θ.
    pub fn standard_error(&self, of: impl Fn(&[f64]) -> f64) -> Option<f64> {
        match self {
            Self::Resampled(bootstrap) => bootstrap.standard_error(of),
            Self::Curved(curved) => curved.delta.as_ref()?.standard_error(of),
        }
    }
}
