//! Smoothing of a learning curve.

/// Half-width of the window over the place in the curve, counted from 1.
const HALF_WIDTH: f64 = 0.05;

/// The mean of each loss and those within ±5 % of its place in the curve, losses in the order of training.
///
/// The window is centred, so nothing is delayed, and it shrinks at the end, where there is nothing to the right. Curves of less
/// than ten points stay as they are. Source: Porian et al. 2024 (arXiv 2406.19146), whose window is as wide.
pub fn smooth(losses: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; losses.len() + 1];
    for (i, loss) in losses.iter().enumerate() {
        sums[i + 1] = sums[i] + loss;
    }
    (0..losses.len())
        .map(|i| {
            let half = ((HALF_WIDTH * (i + 1) as f64).round() as usize).min(losses.len() - 1 - i);
            if half == 0 {
                return losses[i];
            }
            (sums[i + half + 1] - sums[i - half]) / (2 * half + 1) as f64
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_itself_and_noise_shrinks() {
        let line: Vec<f64> = (0..200).map(|i| 5.0 - 0.01 * f64::from(i)).collect();
        for (smoothed, loss) in smooth(&line).iter().zip(&line) {
            assert!((smoothed - loss).abs() < 1e-12);
        }
        let zigzag: Vec<f64> = (0..200).map(|i| 3.0 + if i % 2 == 0 { 0.1 } else { -0.1 }).collect();
        let smoothed = smooth(&zigzag);
        assert!((smoothed[150] - 3.0).abs() < 0.01 && smoothed[199] == zigzag[199] && smoothed[3] == zigzag[3]);
        assert!(smooth(&[]).is_empty());
    }
}
