//! How well the runs determine each coordinate: the delta method's covariance, from the residuals of one fit.

use super::super::{Outcome, model::Model, model::Slot};
use nalgebra::{Cholesky, DMatrix, DVector};

/// Delta-method covariance of the coordinates that are not at a bound.
pub(super) struct Information {
    /// Coordinates covered.
    coordinates: Vec<usize>,
    /// `None` where JᵀJ is singular.
    covariance: Option<DMatrix<f64>>,
}

impl Information {
    pub(super) fn new(model: &Model, end: &Outcome, n_runs: usize) -> Self {
        let squares = model.evaluate(&end.u, f64::INFINITY, false).reweighted;
        // The exponent of a coefficient that ended at zero is felt by no run.
        let coordinates: Vec<usize> = (0..model.free())
            .filter(|&k| model.at_bound(&end.u, k).is_none() && squares[(k, k)] > 0.0)
            .collect();
        let m = coordinates.len();
        // Scaled to a unit diagonal, so that a failing factorisation means collinear and not small.
        let scale: Vec<f64> = coordinates.iter().map(|&k| squares[(k, k)].sqrt()).collect();
        let matrix = DMatrix::from_fn(m, m, |i, j| {
            squares[(coordinates[i], coordinates[j])] / (scale[i] * scale[j])
        });
        let mut sizes: Vec<f64> = model.residuals(&end.u).iter().map(|r| r.abs()).collect();
        let linear = model.mostly_linear(&sizes);
        sizes.sort_by(f64::total_cmp);
        // The median size of Gaussian noise is σ/1.4826; medians are π/2 times less efficient than means.
        let sigma = 1.4826 * sizes[sizes.len() / 2];
        let efficiency = if linear { std::f64::consts::FRAC_PI_2 } else { 1.0 };
        let clusters = sizes.len() as f64 / n_runs as f64;
        let factor = sigma * sigma * efficiency * clusters;
        let covariance = (m > 0).then(|| Cholesky::new(matrix)).flatten().map(|c| {
            let inverse = c.inverse();
            DMatrix::from_fn(m, m, |i, j| factor * inverse[(i, j)] / (scale[i] * scale[j]))
        });
        Self {
            coordinates,
            covariance,
        }
    }

    fn place(&self, slot: Slot) -> Option<usize> {
        match slot {
            Slot::Free(k) => self.coordinates.iter().position(|&c| c == k),
            Slot::Fixed(_) => None,
        }
    }

    /// Standard error of a free parameter that is not at a bound; infinite where the runs do not determine it.
    pub(super) fn standard_error(&self, slot: Slot) -> Option<f64> {
        let k = self.place(slot)?;
        Some(self.covariance.as_ref().map_or(f64::INFINITY, |c| c[(k, k)].sqrt()))
    }

    /// Correlation of two estimates, 1 where the runs do not determine them.
    pub(super) fn correlation(&self, a: Slot, b: Slot) -> Option<f64> {
        let (a, b) = (self.place(a)?, self.place(b)?);
        Some(
            self.covariance
                .as_ref()
                .map_or(1.0, |c| c[(a, b)] / (c[(a, a)] * c[(b, b)]).sqrt()),
        )
    }

    /// Standard error of a function of θ; `None` where the runs do not determine it or it does not depend on them.
    pub(super) fn standard_error_of(
        &self,
        model: &Model,
        u: &[f64],
        of: impl Fn(&[f64]) -> Option<f64>,
    ) -> Option<f64> {
        let covariance = self.covariance.as_ref()?;
        let slopes = self.coordinates.iter().enumerate().map(|(place, &k)| {
            // Small beside the error, large beside rounding.
            let step = (1e-3 * covariance[(place, place)].sqrt()).max(1e-9 * u[k].abs());
            let beside = |by: f64| {
                let mut u = u.to_vec();
                u[k] += by;
                of(&model.theta(&u))
            };
            Some((beside(step)? - beside(-step)?) / (2.0 * step))
        });
        let slopes = DVector::from_vec(slopes.collect::<Option<Vec<f64>>>()?);
        let error = slopes.dot(&(covariance * &slopes)).sqrt();
        (error.is_finite() && error > 0.0).then_some(error)
    }
}
