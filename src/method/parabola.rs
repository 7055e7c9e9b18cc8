//! A parabola through loss against ln N, and how well its vertex is known.
//!
//! ```text
//! L_i = p z_i² + q z_i + r + e_i      z = (x − centre)/scale in −1 … 1      x* = centre − scale · q/(2p)
//! Var(z*) = (q/(2p²))² Var(p) + (1/(2p))² Var(q) − (q/(2p³)) Cov(p, q)      (delta method)
//! ```
//!
//! x in ln N, L in nats per token. Scaling keeps the three columns apart; no result depends on it. Source: Hoffmann et al. 2022
//! (arXiv 2203.15556), section 3.2.
//!
//! Limits: a valley of two powers is no parabola; its vertex is off by what `debias.rs` computes. The variance takes the
//! residuals for independent noise of one size.

use nalgebra::{Matrix3, Vector3};

/// A parabola by plain least squares.
#[derive(Debug, Clone)]
pub struct Parabola {
    centre: f64,
    scale: f64,
    /// p, q, r.
    coefficients: Vector3<f64>,
    /// (ZᵀZ)⁻¹.
    inverse: Matrix3<f64>,
    z: Vec<f64>,
    /// Measured minus predicted, in the order given.
    pub residuals: Vec<f64>,
}

impl Parabola {
    /// Fits one; `None` below three different x, or where a number is not finite.
    pub fn fit(x: &[f64], y: &[f64]) -> Option<Self> {
        let (low, high) = x
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
        let (centre, scale) = (0.5 * (low + high), 0.5 * (high - low));
        if !(scale > 0.0 && scale.is_finite()) {
            return None;
        }
        let z: Vec<f64> = x.iter().map(|x| (x - centre) / scale).collect();
        let mut distinct = z.clone();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup_by(|a, b| *a - *b < 1e-9);
        if distinct.len() < 3 {
            return None;
        }
        let rows = || z.iter().map(|z| Vector3::new(z * z, *z, 1.0));
        let squares: Matrix3<f64> = rows().map(|row| row * row.transpose()).sum();
        let inverse = squares.cholesky()?.inverse();
        // About the mean, so that the digits go to the valley and not to its height.
        let mean = y.iter().sum::<f64>() / y.len() as f64;
        let moments: Vector3<f64> = rows().zip(y).map(|(row, y)| row * (y - mean)).sum();
        let coefficients = inverse * moments + Vector3::new(0.0, 0.0, mean);
        let residuals = rows().zip(y).map(|(row, y)| y - row.dot(&coefficients)).collect();
        coefficients.iter().all(|c| c.is_finite()).then_some(Self {
            centre,
            scale,
            coefficients,
            inverse,
            z,
            residuals,
        })
    }

    /// Second derivative by x; positive where there is a minimum.
    pub fn curvature(&self) -> f64 {
        2.0 * self.coefficients[0] / (self.scale * self.scale)
    }

    /// x of the vertex; `None` where the parabola opens downwards or not at all.
    pub fn vertex(&self) -> Option<f64> {
        let [p, q] = [self.coefficients[0], self.coefficients[1]];
        let x = self.centre - self.scale * q / (2.0 * p);
        (p > 0.0 && x.is_finite()).then_some(x)
    }

    /// L at x.
    pub fn at(&self, x: f64) -> f64 {
        let z = (x - self.centre) / self.scale;
        self.coefficients[0] * z * z + self.coefficients[1] * z + self.coefficients[2]
    }

    /// Standard deviation of the noise from residuals of this parabola's x, n − 3 degrees of freedom; `None` where none is
    /// left.
    pub fn noise(&self, residuals: &[f64]) -> Option<f64> {
        let free = residuals.len().checked_sub(3).filter(|free| *free > 0)?;
        Some((residuals.iter().map(|r| r * r).sum::<f64>() / free as f64).sqrt())
    }

    /// Standard error of x* for noise of this standard deviation in L.
    pub fn vertex_error(&self, noise: f64) -> f64 {
        let [p, q] = [self.coefficients[0], self.coefficients[1]];
        let slope = Vector3::new(q / (2.0 * p * p), -1.0 / (2.0 * p), 0.0);
        self.scale * noise * (slope.dot(&(self.inverse * slope))).max(0.0).sqrt()
    }

    /// Curvature in standard errors for noise of this standard deviation; infinite without noise.
    pub fn curvature_ratio(&self, noise: f64) -> f64 {
        self.coefficients[0] / (noise * self.inverse[(0, 0)].sqrt())
    }

    /// What is left of values at this parabola's x once their own parabola is taken off.
    pub fn unexplained(&self, y: &[f64]) -> Vec<f64> {
        let coefficients = self.coefficients_of(y);
        self.rows().zip(y).map(|(row, y)| y - row.dot(&coefficients)).collect()
    }

    /// p and q of other values at the same x, in this parabola's z.
    pub(super) fn shape_of(&self, y: &[f64]) -> [f64; 2] {
        let coefficients = self.coefficients_of(y);
        [coefficients[0], coefficients[1]]
    }

    fn rows(&self) -> impl Iterator<Item = Vector3<f64>> {
        self.z.iter().map(|z| Vector3::new(z * z, *z, 1.0))
    }

    fn coefficients_of(&self, y: &[f64]) -> Vector3<f64> {
        self.inverse * self.rows().zip(y).map(|(row, y)| row * *y).sum::<Vector3<f64>>()
    }

    /// z of an x.
    pub(super) fn scaled(&self, x: f64) -> f64 {
        (x - self.centre) / self.scale
    }

    /// The middle of the x.
    pub(super) fn centre(&self) -> f64 {
        self.centre
    }

    /// Each residual against the parabola of the others, in its own standard error: Student's t with n − 4 degrees of
    /// freedom. Empty below six points, where one more or less decides everything.
    pub fn leave_one_out(&self) -> Vec<f64> {
        let n = self.residuals.len();
        if n < 6 {
            return vec![];
        }
        let total: f64 = self.residuals.iter().map(|r| r * r).sum();
        self.z
            .iter()
            .zip(&self.residuals)
            .map(|(z, residual)| {
                let row = Vector3::new(z * z, *z, 1.0);
                let room = 1.0 - row.dot(&(self.inverse * row));
                // A point that the parabola must go through cannot be judged.
                if room < 1e-9 {
                    return 0.0;
                }
                let others = (total - residual * residual / room) / (n - 4) as f64;
                residual / (others.max(0.0) * room).sqrt()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: [f64; 8] = [16.0, 16.5, 17.1, 17.4, 18.2, 18.8, 19.5, 20.0];
    const NOISE: [f64; 8] = [0.004, -0.003, 0.002, 0.001, -0.004, 0.003, -0.001, 0.002];

    fn measured(noise: f64) -> Vec<f64> {
        let valley = |x: f64| 0.07 * (x - 18.1).powi(2) + 2.5;
        X.iter().zip(NOISE).map(|(x, e)| valley(*x) + noise * e).collect()
    }

    #[test]
    fn a_parabola_is_itself() {
        let parabola = Parabola::fit(&X, &measured(0.0)).unwrap();
        assert!((parabola.vertex().unwrap() - 18.1).abs() < 1e-12);
        assert!((parabola.curvature() - 0.14).abs() < 1e-12 && (parabola.at(18.1) - 2.5).abs() < 1e-13);
        assert!(parabola.noise(&parabola.residuals).unwrap() < 1e-14);
        let hill: Vec<f64> = measured(0.0).iter().map(|y| -y).collect();
        assert_eq!(Parabola::fit(&X, &hill).unwrap().vertex(), None);
        assert!(Parabola::fit(&[1.0, 2.0, 2.0], &[1.0, 2.0, 3.0]).is_none());
    }

    #[test]
    fn the_vertex_error_is_the_spread_of_vertices_under_noise() {
        let y = measured(1.0);
        let parabola = Parabola::fit(&X, &y).unwrap();
        let vertex = parabola.vertex().unwrap();
        // ∂x*/∂L_i by central differences; for equal noise their squares add up to the variance.
        let step = 1e-6;
        let sum: f64 = (0..X.len())
            .map(|i| {
                let moved = |by: f64| {
                    let mut y = y.clone();
                    y[i] += by;
                    Parabola::fit(&X, &y).unwrap().vertex().unwrap()
                };
                ((moved(step) - moved(-step)) / (2.0 * step)).powi(2)
            })
            .sum();
        let error = parabola.vertex_error(0.003);
        assert!((error / (0.003 * sum.sqrt()) - 1.0).abs() < 1e-7, "{error} at {vertex}");
    }

    #[test]
    fn leaving_one_out_is_fitting_the_others() {
        let mut y = measured(1.0);
        y[4] += 0.1;
        let parabola = Parabola::fit(&X, &y).unwrap();
        let scores = parabola.leave_one_out();
        for i in 0..X.len() {
            let without = |values: &[f64]| -> Vec<f64> {
                let kept = values.iter().enumerate().filter(|(k, _)| *k != i);
                kept.map(|(_, v)| *v).collect()
            };
            let others = Parabola::fit(&without(&X), &without(&y)).unwrap();
            let noise = others.noise(&others.residuals).unwrap();
            let z = others.scaled(X[i]);
            let row = Vector3::new(z * z, z, 1.0);
            let error = noise * (1.0 + row.dot(&(others.inverse * row))).sqrt();
            let expected = (y[i] - others.at(X[i])) / error;
            assert!(
                (scores[i] / expected - 1.0).abs() < 1e-8,
                "{i}: {} {expected}",
                scores[i]
            );
        }
        assert!(
            scores[4] > 10.0 && scores.iter().filter(|t| t.abs() > 10.0).count() == 1,
            "{scores:?}"
        );
    }
}
