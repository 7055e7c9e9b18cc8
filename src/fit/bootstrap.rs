//! Intervals by resampling runs.

use super::{FitConfig, FitError, FitReport, Observations};
use std::ops::ControlFlow;

/// What the user chose of a bootstrap.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct BootstrapConfig {
    /// Resamples.
    pub replicates: usize,
    /// Of the random numbers.
    pub seed: u64,
}

/// Refits of resampled runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    /// θ of each replicate that converged, in the law's order and in replicate order.
    pub replicates: Vec<Vec<f64>>,
    /// Replicates that did not converge; they are not among `replicates`.
    pub failed: usize,
    /// Of the random numbers.
    pub seed: u64,
}

impl Bootstrap {
    /// Central interval at `level` (0.95) of any function of θ, by percentiles; `None` below 20 finite replicates.
    pub fn interval(&self, _level: f64, _of: impl Fn(&[f64]) -> f64) -> Option<[f64; 2]> {
        todo!()
    }

    /// Standard deviation of a function of θ over the replicates.
    pub fn standard_error(&self, _of: impl Fn(&[f64]) -> f64) -> Option<f64> {
        todo!()
    }
}

/// Resamples runs (not checkpoints) with replacement and refits each resample from the fit's own optimum.
///
/// Runs on the current rayon pool; the result does not depend on its size. `progress` is told the fraction done.
///
/// # Errors
/// [`FitError::Cancelled`] when the caller stops it.
pub fn bootstrap(
    _config: &FitConfig,
    _data: &Observations,
    _report: &FitReport,
    _bootstrap: &BootstrapConfig,
    _progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
) -> Result<Bootstrap, FitError> {
    todo!()
}
