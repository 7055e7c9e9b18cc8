//! Sums and steps of exponentials, taken so that nothing overflows on the way.

/// ln(eᵃ + eᵇ). Either may be minus infinity.
pub(super) fn ln_sum(a: f64, b: f64) -> f64 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    if high == f64::NEG_INFINITY {
        return high;
    }
    high + (low - high).exp().ln_1p()
}

/// ln(1 + eᵗ).
pub(super) fn softplus(t: f64) -> f64 {
    t.max(0.0) + (-t.abs()).exp().ln_1p()
}

/// 1/(1 + e⁻ᵗ), the slope of [`softplus`].
pub(super) fn logistic(t: f64) -> f64 {
    let e = (-t.abs()).exp();
    if t < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_ends_keep_their_digits() {
        assert_eq!(ln_sum(-2000.0, 1500.0), 1500.0);
        assert_eq!(ln_sum(f64::NEG_INFINITY, 3.0), 3.0);
        assert_eq!(ln_sum(f64::NEG_INFINITY, f64::NEG_INFINITY), f64::NEG_INFINITY);
        assert!((ln_sum(2f64.ln(), 3f64.ln()) - 5f64.ln()).abs() < 1e-15);
        assert_eq!(softplus(1e6), 1e6);
        assert!((softplus(-40.0) / (-40f64).exp() - 1.0).abs() < 1e-14);
        assert!((logistic(-40.0) / (-40f64).exp() - 1.0).abs() < 1e-14);
        assert!((logistic(1.5) + logistic(-1.5) - 1.0).abs() < 1e-15);
    }
}
