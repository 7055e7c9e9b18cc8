//! A weighted straight line.

/// y = slope · x + intercept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Change of y with x.
    pub slope: f64,
    /// y at x = 0.
    pub intercept: f64,
    /// Of the slope; `None` where two points leave nothing to judge it by.
    pub standard_error: Option<f64>,
}

/// The line that minimises Σ w_i (y_i − slope x_i − intercept)²; `None` where the x are all the same or a number is not finite.
///
/// ```text
/// Var(slope) = max(1, χ²/(n − 2)) / Σ w_i (x_i − x̄)²      χ² = Σ w_i r_i²
/// ```
///
/// With w = 1/s.e.² that is the textbook error, widened where the points scatter more than their own errors allow (Birge
/// 1932); with weights that are far too large it is the error of plain least squares.
pub fn line(x: &[f64], y: &[f64], weights: &[f64]) -> Option<Line> {
    let total: f64 = weights.iter().sum();
    let mean = |values: &[f64]| values.iter().zip(weights).map(|(v, w)| v * w).sum::<f64>() / total;
    let (mean_x, mean_y) = (mean(x), mean(y));
    let points = || {
        x.iter()
            .zip(y)
            .zip(weights)
            .map(|((x, y), w)| (x - mean_x, y - mean_y, *w))
    };
    let spread: f64 = points().map(|(x, _, w)| w * x * x).sum();
    let slope = points().map(|(x, y, w)| w * x * y).sum::<f64>() / spread;
    if !(spread > 0.0 && slope.is_finite() && mean_y.is_finite()) {
        return None;
    }
    let chi_squared: f64 = points().map(|(x, y, w)| w * (y - slope * x).powi(2)).sum();
    let free = x.len().checked_sub(2).filter(|free| *free > 0);
    Some(Line {
        slope,
        intercept: mean_y - slope * mean_x,
        standard_error: free.map(|free| ((chi_squared / free as f64).max(1.0) / spread).sqrt()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_count_points_and_errors_are_the_textbooks() {
        let (x, y) = ([0.0, 1.0, 2.0, 3.0], [1.0, 3.2, 4.9, 7.1]);
        let heavy = 1e9;
        let plain = line(&x, &y, &[heavy; 4]).unwrap();
        // By hand: slope 10/5 with Σ(x − x̄)² = 5, residuals −.05, .15, −.15, .05 around 2 x + 1.05.
        assert!((plain.slope - 2.0).abs() < 1e-12 && (plain.intercept - 1.05).abs() < 1e-12);
        let residuals: f64 = x.iter().zip(&y).map(|(x, y)| (y - 2.0 * x - 1.05_f64).powi(2)).sum();
        let error = (residuals / 2.0 / 5.0).sqrt();
        assert!((plain.standard_error.unwrap() / error - 1.0).abs() < 1e-9);
        // A point with weight 2 is that point twice.
        let twice = line(&[0.0, 1.0, 1.0, 2.0], &[0.0, 1.0, 1.0, 4.0], &[1.0; 4]).unwrap();
        let weighted = line(&[0.0, 1.0, 2.0], &[0.0, 1.0, 4.0], &[1.0, 2.0, 1.0]).unwrap();
        assert!((twice.slope - weighted.slope).abs() < 1e-12 && (twice.intercept - weighted.intercept).abs() < 1e-12);
        assert_eq!(line(&[1.0, 2.0], &[1.0, 2.0], &[1.0; 2]).unwrap().standard_error, None);
        assert_eq!(line(&[1.0, 1.0], &[1.0, 2.0], &[1.0; 2]), None);
    }
}
